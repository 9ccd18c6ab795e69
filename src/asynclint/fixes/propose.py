"""The fix of each finding alone, as edits, for reports and editors: their user decides which ones are made.

Unlike in :mod:`asynclint.fixes.apply`, nothing is written and the program is not checked again: all that is known of a proposal is that
the file still compiles with it. A file is parsed once for all of its findings, and not at all where there is nothing to fix.
"""

from __future__ import annotations

from asynclint.model import Edit, FileError, Finding, Report, Safety
from asynclint.session import Session, undisturbed


@undisturbed()
def with_edits(session: Session, report: Report, unsafe: bool) -> Report:
    """A report that `session` has made, with the edits of safe fixes, and if `unsafe`, of the others too."""
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.fix is not None and (unsafe or finding.fix.safety is Safety.SAFE):
            by_path.setdefault(finding.path, []).append(finding)
    if not by_path:
        return report
    from asynclint.fixes.alone import edits_of  # which takes a while to load, as libcst does

    edits: dict[Finding, tuple[Edit, ...]] = {}
    errors: list[FileError] = []
    for path, findings in by_path.items():
        found, failures = edits_of(session.source(path), findings, unsafe)
        edits.update(found)
        errors += failures
    return report._replace(edits=edits, errors=(*report.errors, *errors))
