"""Writes the pages about rules, ``docs/rules.md`` and ``docs/rules/NAME.md``: what the commands `rules` and `rule NAME` print.

Run it after a change to a rule: ``python docs/generate.py``. A test compares the files with what it would write.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import click

from asynclint.api import Rule, all_rules
from asynclint.report.rules import print_page, table

DOCS = Path(__file__).parent

INTRODUCTION = """\
# Rules

<!-- Written by docs/generate.py. -->

A rule goes by its name; its code is an alias. *default* says whether the rule runs when nothing is configured, *fix* what the
best fix that it has promises: `safe` keeps the meaning apart from the defect (`--fix`), `unsafe` may not (`--fix --unsafe-fixes`).

"""


def pages() -> dict[Path, str]:
    """The content of every generated file, by its path below the folder ``docs``."""
    rules = all_rules()
    return {
        Path("rules.md"): INTRODUCTION + "".join(f"{row}\n" for row in _rows(rules)),
        **{Path("rules", f"{rule.name}.md"): _page(rule) for rule in rules},
    }


def _rows(rules: tuple[Rule, ...]) -> list[str]:
    heading, *rows = [re.split(" {2,}", click.unstyle(line), maxsplit=4) for line in table(rules)]
    linked = [(code, f"[{name}](rules/{name}.md)", *rest) for code, name, *rest in rows]
    return [_row(heading), _row(["---"] * len(heading)), *[_row(cells) for cells in linked]]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _page(rule: Rule) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        print_page(rule)
    return printed.getvalue()


if __name__ == "__main__":
    for path, text in pages().items():
        target = DOCS / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
