"""The form for programs that read line by line: each finding is one line of JSON in ASCII, as in the form json.

A line ``{"error": ...}`` is no finding: it tells of a file that could not be analysed.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Report
from asynclint.report.json import diagnostic, file_error


def render(report: Report) -> Iterator[str]:
    """Yield a line for each finding, then one for each error."""
    import json

    for finding in report.findings:
        yield json.dumps(diagnostic(finding))
    for error in report.errors:
        yield json.dumps({"error": file_error(error)})
