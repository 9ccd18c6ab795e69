"""Reports: one module a form, each with ``render(report)``, which yields texts, line ends left out.

Colour is always in the text as ANSI codes; ``click.echo`` takes it out where it does not belong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from asynclint.model import Report
from asynclint.report import concise, github, gitlab, json, json_lines, junit, sarif, text

FORMATS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "text": text.render,
    "concise": concise.render,
    "json": json.render,
    "json-lines": json_lines.render,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
}
"""The values of ``--output-format``."""

DOCUMENTS = frozenset(FORMATS) - {"text", "concise", "github"}
"""The forms that are for programs alone: nothing may stand beside them, and no colour is in them."""

PROPOSING = frozenset({"sarif"})
"""The forms that show what the fix of each finding would do."""
