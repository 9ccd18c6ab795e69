"""The form for GitLab's merge requests: a Code Quality report, one JSON document in ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asynclint.model import FileError, Finding, Report
from asynclint.report.fingerprints import fingerprints, of_error, of_finding
from asynclint.report.levels import level
from asynclint.report.paths import RepositoryPaths
from asynclint.report.printable import encodable

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(report: Report) -> Iterator[str]:
    """Yield the whole document at once. Files that could not be analysed are among the findings: there is no other place."""
    import json

    paths = RepositoryPaths()
    identities = [of_finding(finding, paths) for finding in report.findings] + [of_error(error, paths) for error in report.errors]
    issues = [_finding(finding, paths) for finding in report.findings] + [_error(error, paths) for error in report.errors]
    marked = [{**issue, "fingerprint": mark} for issue, mark in zip(issues, fingerprints(identities), strict=True)]
    yield json.dumps(marked, indent=2)


def _finding(finding: Finding, paths: RepositoryPaths) -> dict[str, Any]:
    text = f"{finding.message}. {finding.advice}" if finding.advice else finding.message
    return {
        "description": encodable(text),
        "check_name": finding.name,
        "severity": _SEVERITIES[level(finding)],
        "location": {"path": paths.relative(finding.path), "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
    }


def _error(error: FileError, paths: RepositoryPaths) -> dict[str, Any]:
    return {
        "description": encodable(error.message),
        "check_name": "not-analysed",
        "severity": "critical" if error.given or error.internal else "minor",
        "location": {"path": paths.relative(error.path), "lines": {"begin": error.line or 1}},
    }
