"""From findings to what the protocol calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lsprotocol import types

from asynclint.lsp.positions import Units
from asynclint.lsp.workspace import Shown
from asynclint.model import FileError, Finding, Span, Step
from asynclint.report.levels import level
from asynclint.report.printable import printable

SOURCE = "asynclint"

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}

_TAGS = {
    "unused-suppression": types.DiagnosticTag.Unnecessary,
    "useless-task-group": types.DiagnosticTag.Unnecessary,
    "get-event-loop": types.DiagnosticTag.Deprecated,
    "removed-asyncio-api": types.DiagnosticTag.Deprecated,
}

Line = Callable[[str, int], str]
"""Gives a line of a file."""


def diagnostics(shown: Shown, units: Units) -> Iterator[types.Diagnostic]:
    """What is shown of a file."""
    for error in shown.errors:
        yield _failure(error, shown.line, units)
    for finding in shown.findings:
        yield diagnostic(finding, shown, units)


def diagnostic(finding: Finding, shown: Shown, units: Units) -> types.Diagnostic:
    """One finding, with its way as the places that one can jump to."""
    tag = _TAGS.get(finding.name)
    return types.Diagnostic(
        range=range_of(finding.path, finding.span, shown.line, units),
        message="\n".join(filter(None, map(printable, (finding.message, finding.advice)))),
        severity=_SEVERITIES[level(finding)],
        code=finding.code,
        source=SOURCE,
        tags=None if tag is None else [tag],
        related_information=[_step(step, shown, units) for step in finding.way] or None,
        data={"rule": finding.name},
    )


def range_of(path: str, span: Span, line: Line, units: Units) -> types.Range:
    """A piece of a file."""
    return types.Range(
        _position(line(path, span.line), span.line, span.column, units),
        _position(line(path, span.end_line), span.end_line, span.end_column, units),
    )


def _position(text: str, line: int, column: int, units: Units) -> types.Position:
    return types.Position(line - 1, units.length(text[: column - 1]))


def _step(step: Step, shown: Shown, units: Units) -> types.DiagnosticRelatedInformation:
    place = _position(step.source_line, step.line, step.column, units)
    where = types.Location(shown.address(step.path), types.Range(place, place))
    return types.DiagnosticRelatedInformation(where, printable(f"{step.function} {step.text}"))


def _failure(error: FileError, line: Line, units: Units) -> types.Diagnostic:
    number = error.line or 1
    text = line(error.path, number)
    span = Span(number, len(text) - len(text.lstrip()) + 1, number, len(text) + 1)
    severity = types.DiagnosticSeverity.Error if error.internal else types.DiagnosticSeverity.Information
    return types.Diagnostic(range_of(error.path, span, line, units), printable(error.message), severity=severity, source=SOURCE)
