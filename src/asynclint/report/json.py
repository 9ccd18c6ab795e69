"""The form for programs: one JSON document, in ASCII so that no terminal's or pipe's encoding can spoil it.

The format is stable: keys may be added, and a change of meaning raises ``version``. Lines and columns are those of
:mod:`asynclint.model`. Apart from ``seconds`` the document is a function of the files and the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asynclint.model import EnvironmentUse, FileError, Finding, Fix, Report, Step
from asynclint.report.printable import encodable

VERSION = 1


def render(report: Report) -> Iterator[str]:
    """Yield the whole document at once."""
    import json

    yield json.dumps(_document(report), indent=2)


def _document(report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "summary": {
            "files": report.files,
            "findings": len(report.findings),
            "seconds": round(report.seconds, 3),
            "errors": len(report.errors),
            "fixed": len(report.fixed),
            "not_fixed": len(report.refused),
            "baselined": report.baseline.accepted if report.baseline is not None else 0,
            "expired": report.baseline.expired if report.baseline is not None else 0,
            "older": report.since.older if report.since is not None else 0,
            "environment": _environment(report.environment),
        },
        "diagnostics": [diagnostic(finding) for finding in report.findings],
        "errors": [file_error(error) for error in report.errors],
        "fixed": [_place(finding) for finding in report.fixed],
        "not_fixed": [{**_place(finding), "reason": encodable(reason)} for finding, reason in report.refused],
    }


def _environment(use: EnvironmentUse | None) -> dict[str, Any] | None:
    if use is None:
        return None
    path = encodable(use.path) or None
    return {"path": path, "reason": use.reason, "followed": [*use.followed], "missing": [encodable(name) for name in use.missing]}


def diagnostic(finding: Finding) -> dict[str, Any]:
    """One finding, as an element of ``diagnostics``."""
    return {
        "code": finding.code,
        "name": finding.name,
        "path": encodable(finding.path),
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "message": encodable(finding.message),
        "certainty": str(finding.certainty),
        "kind": finding.kind,
        "group": encodable(finding.group),
        "way": [_step(step) for step in finding.way],
        "fix": _fix(finding.fix),
        "function": encodable(finding.function),
        "advice": encodable(finding.advice),
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    return None if fix is None else {"title": encodable(fix.title), "safety": fix.safety.value}


def _place(finding: Finding) -> dict[str, Any]:
    """A finding whose fix was tried: where it stood, and what was to be done."""
    return {
        "code": finding.code,
        "name": finding.name,
        "path": encodable(finding.path),
        "line": finding.span.line,
        "column": finding.span.column,
        "fix": _fix(finding.fix),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "path": encodable(step.path),
        "line": step.line,
        "column": step.column,
        "function": encodable(step.function),
        "text": encodable(step.text),
    }


def file_error(error: FileError) -> dict[str, Any]:
    """One file that could not be analysed, as an element of ``errors``."""
    return {"path": encodable(error.path), "line": error.line, "message": encodable(error.message)}
