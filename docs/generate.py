"""Writes the pages about rules, ``docs/rules.md`` and ``docs/rules/NAME.md``: what the commands `rules` and `rule NAME` print; and
``docs/libraries.md``, the list of what is known of libraries.

Run it after a change to a rule, or to what is known: ``python docs/generate.py``. A test compares the files with what it would write.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import click

from asynclint.api import Rule, all_rules
from asynclint.knowledge.load import bundled_names, read_bundled
from asynclint.report.rules import print_page, table

DOCS = Path(__file__).parent

INTRODUCTION = """\
# Rules

<!-- Written by docs/generate.py. -->

A rule goes by its name; its code is an alias. *default* says whether the rule runs when nothing is configured, *fix* what the
best fix that it has promises: `safe` keeps the meaning apart from the defect (`--fix`), `unsafe` may not (`--fix --unsafe-fixes`).

"""


LIBRARIES = """\
# Libraries

<!-- Written by docs/generate.py. -->

What asynclint knows of a library is data, in [a file](knowledge.md) of the library's name. A program that has its dependencies
installed is followed into the source of any other library, too.

*version* is the one that every entry was checked against the last time: names, parameters, what is a coroutine function. *blocks*
counts callables by the rule that a call on the event loop breaks, with `*` for all methods of a class that have no entry of their own;
*awaited* those that give something to await; *else* those that are harmless, or are known for other things.

"""


def pages() -> dict[Path, str]:
    """The content of every generated file, by its path below the folder ``docs``."""
    rules = all_rules()
    return {
        Path("libraries.md"): LIBRARIES + "".join(f"{row}\n" for row in _libraries()),
        Path("rules.md"): INTRODUCTION + "".join(f"{row}\n" for row in _rows(rules)),
        **{Path("rules", f"{rule.name}.md"): _page(rule) for rule in rules},
    }


def _rows(rules: tuple[Rule, ...]) -> list[str]:
    heading, *rows = [re.split(" {2,}", click.unstyle(line), maxsplit=4) for line in table(rules)]
    linked = [(code, f"[{name}](rules/{name}.md)", *rest) for code, name, *rest in rows]
    return [_row(heading), _row(["---"] * len(heading)), *[_row(cells) for cells in linked]]


def _libraries() -> Iterator[str]:
    yield _row(["library", "distribution", "version", "blocks", "awaited", "else"])
    yield "|---|---|---|---|---:|---:|"
    for name in sorted(bundled_names(), key=str.lower):
        file = read_bundled(name)
        if file is None or file.distribution == "python":
            continue
        blocks: Counter[str] = Counter()
        for entry in file.callables:
            if entry.blocks is not None:
                blocks[f"`{entry.blocks}`"] += sum(not each.endswith(".*") for each in entry.names)
        families = {f"`{entry.blocks}`" for entry in file.callables for each in entry.names if entry.blocks and each.endswith(".*")}
        counts = [f"{rule} {blocks[rule] or ''}{'*' * (rule in families)}".strip() for rule in sorted(blocks)]
        awaited = sum(len(entry.names) for entry in file.callables if entry.coroutine)
        others = sum(len(entry.names) for entry in file.callables if not entry.coroutine and entry.blocks is None)
        yield _row([f"`{name}`", file.distribution, file.checked, ", ".join(counts), str(awaited or ""), str(others or "")])


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
