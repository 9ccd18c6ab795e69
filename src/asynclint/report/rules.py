"""The rules as a table, and the page of one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from asynclint.model import Safety
from asynclint.report.printable import prose

if TYPE_CHECKING:
    from asynclint.api import Rule

_ON, _STRICT, _OFF = "on", "strict", "off"


def table(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield a heading and one line for each rule: code, name, default, fix, summary."""
    rows = [(rule.code, rule.name, _default(rule), _fix(rule), prose(rule.summary)) for rule in rules]
    heading = ("code", "name", "default", "fix", "summary")
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(4)]
    yield click.style(_line(heading, widths), bold=True)
    for row in rows:
        yield _line(row, widths)


def print_page(rule: Rule) -> None:
    """Print the rule's page: typeset on a terminal, else as the Markdown that it is."""
    facts = f"{rule.code}, {rule.category}, {_default(rule)} by default, fix: {_fix(rule)}, since {rule.since}"
    page = f"# {rule.name}\n\n{facts}\n\n{rule.page.strip()}"
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(page))
    else:
        click.echo(page)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    *columns, summary = row
    return "  ".join([*(cell.ljust(width) for cell, width in zip(columns, widths, strict=True)), summary])


def _default(rule: Rule) -> str:
    return _ON if rule.default else _STRICT if rule.strict else _OFF


def _fix(rule: Rule) -> str:
    return "-" if rule.fix is Safety.NONE else rule.fix.value
