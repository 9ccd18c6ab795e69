"""Reports: one module a form, each with ``render(report)``, which yields texts for standard output, line ends left out.

Colour is always in the text as ANSI codes; ``click.echo`` takes it out where it does not belong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from asynclint.model import Report
from asynclint.report import concise, json, text

FORMATS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "text": text.render,
    "concise": concise.render,
    "json": json.render,
}
"""The values of ``--output-format``."""
