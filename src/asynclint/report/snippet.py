"""A source line as a report shows it: without its indentation, behind its number, with a span underlined."""

from __future__ import annotations

import click

from asynclint.model import Span
from asynclint.report.printable import printable

_TAB = "    "


def numbered(line: int, source_line: str) -> str:
    """Return ``9 | with open(PATH) as f:``."""
    return f"{_gutter(str(line))} {_cells(source_line.strip())}"


def underlined(span: Span, source_line: str) -> list[str]:
    """Return the numbered line and, below it, carets under the part of `span` that stands on it."""
    from rich.cells import cell_len

    source_line = source_line.rstrip()
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(source_line)
    indentation = min(len(source_line) - len(source_line.lstrip()), start)
    before = cell_len(_cells(source_line[indentation:start]))
    width = max(cell_len(_cells(source_line[start:end])), 1)
    number = str(span.line)
    return [
        f"{_gutter(number)} {_cells(source_line[indentation:])}",
        f"{_gutter(' ' * len(number))} {' ' * before}{click.style('^' * width, fg='red', bold=True)}",
    ]


def _gutter(number: str) -> str:
    return click.style(f"{number} |", fg="blue")


def _cells(code: str) -> str:
    """Return `code` so that the width of a part of it does not depend on what stands before: tabs have no stops."""
    return printable(code.replace("\t", _TAB))
