"""The form for GitHub's workflows: commands that annotate the lines of a change, also readable in the log of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asynclint.model import Finding, Report
from asynclint.report.levels import level
from asynclint.report.paths import RepositoryPaths
from asynclint.report.printable import printable

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> Iterator[str]:
    """Yield a command for each finding, and for each file that could not be analysed."""
    paths = RepositoryPaths()
    for finding in report.findings:
        yield _command(_COMMANDS[level(finding)], _place(finding, paths), _message(finding))
    for error in report.errors:
        place = {"file": paths.relative(error.path), **({} if error.line is None else {"line": str(error.line)}), "title": "not analysed"}
        where = printable(error.path) if error.line is None else f"{printable(error.path)}:{error.line}"
        yield _command("error" if error.given or error.internal else "warning", place, f"{where}: {printable(error.message)}")


def _place(finding: Finding, paths: RepositoryPaths) -> dict[str, str]:
    span = finding.span
    place = {"file": paths.relative(finding.path), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # else GitHub refuses columns
        place |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return {**place, "title": f"{finding.name} [{finding.code}]"}


def _message(finding: Finding) -> str:
    """The log of a job shows nothing but this: so it starts with the place."""
    lines = [f"{printable(finding.path)}:{finding.span.line}:{finding.span.column}: {printable(finding.message)}"]
    lines += [f"{printable(step.path)}:{step.line}: {printable(step.function)} {printable(step.text)}" for step in finding.way]
    return "\n".join([*lines, *([printable(finding.advice)] if finding.advice else [])])


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{name} {listed}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
