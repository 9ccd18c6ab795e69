"""The form for people: each thing to fix once, with its source line, the way to its cause, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from asynclint.model import Certainty, Finding, Report, Safety, Step
from asynclint.report.groups import Group, grouped
from asynclint.report.printable import printable, prose
from asynclint.report.snippet import numbered, underlined

_PACKAGES = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")
"""Where installed packages lie: the end of a report names the environment, once."""

MAX_PLACES = 10
"""So many further places of a group are listed, the rest is counted; the JSON form has them all."""


def render(report: Report) -> Iterator[str]:
    """Yield one block of lines for each group of findings, with an empty line at its end."""
    for group in grouped(report.findings):
        yield "\n".join([*_block(group), ""])


def _block(group: Group) -> Iterator[str]:
    shown = group.shown
    yield _heading(shown)
    yield from _indent(4, underlined(shown.span, shown.source_line))
    if shown.way:
        yield "  the way:"
        for number, step in enumerate(shown.way, start=1):
            yield from _indent(4, _step(number, step))
    if group.others:
        reached = "reached from" if any(finding.way for finding in group.others) else "in"
        yield f"  also {reached} {len(group.others)} more {'place' if len(group.others) == 1 else 'places'}:"
        yield from _indent(4, _places(group.others))
    yield from _help(shown)


def _help(finding: Finding) -> Iterator[str]:
    """What to do next, and what the tool would do itself."""
    help_, advice = click.style("help:", bold=True), prose(finding.advice)
    if finding.fix is None:
        if advice:
            yield f"  {help_} {advice}"
        return
    options = "--fix" if finding.fix.safety is Safety.SAFE else "--fix --unsafe-fixes"
    if finding.advice.startswith(finding.fix.title):
        yield f"  {help_} {advice} ({options})"
        return
    if advice:
        yield f"  {help_} {advice}"
    yield f"  {click.style('fix:', bold=True)} {prose(finding.fix.title)}. ({options})"


def _heading(finding: Finding) -> str:
    place = click.style(_place(finding.path, finding.span.line, finding.span.column), bold=True)
    name = click.style(finding.name, fg="red", bold=True)
    return f"{place}: {name} [{finding.code}]{_doubt(finding)} {prose(finding.message)}"


def _step(number: int, step: Step) -> list[str]:
    label = f"{number}. "
    place = _place(_PACKAGES.sub("", step.path), step.line, step.column)
    return [
        f"{label}{place}: {printable(step.function)} {prose(step.text)}",
        " " * len(label) + numbered(step.line, step.source_line),
    ]


def _places(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:MAX_PLACES]:
        place = _place(finding.path, finding.span.line, finding.span.column)
        yield f"{place} in {printable(finding.function)}: {prose(f'`{finding.subject}`')}{_doubt(finding)}"
    if len(findings) > MAX_PLACES:
        yield f"... and {len(findings) - MAX_PLACES} more"


def _doubt(finding: Finding) -> str:
    return "" if finding.certainty is Certainty.CERTAIN else click.style(f" ({finding.certainty})", fg="yellow")


def _place(path: str, line: int, column: int) -> str:
    return f"{printable(path)}:{line}:{column}"


def _indent(width: int, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield " " * width + line
