"""Types written as text in knowledge files: ``requests.Session``, ``list[pathlib.Path]``, ``argument func``, ``A | None``."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class TypeText(NamedTuple):
    """One parsed type. `form` is ``union``, ``class`` (the class itself), ``argument``, ``instance``, ``self``, ``none`` or ``name``."""

    form: str
    name: str
    arguments: tuple[TypeText, ...]


@cache
def parse_type(text: str) -> TypeText:
    """Parse the text of a type; see :mod:`asynclint.knowledge.schema` for its forms."""
    text = text.strip()
    parts = _split(text, "|")
    if len(parts) > 1:
        return TypeText("union", "", tuple(parse_type(part) for part in parts))
    if text == "None":
        return TypeText("none", "", ())
    if text == "self":
        return TypeText("self", "", ())
    word, _, rest = text.partition(" ")
    if rest and word in ("argument", "instance", "class"):
        return TypeText(word, rest.strip(), ())
    name, bracket, inside = text.partition("[")
    if bracket:
        return TypeText("name", name, tuple(parse_type(part) for part in _split(inside.rstrip()[:-1], ",")))
    return TypeText("name", name, ())


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator that stands outside of brackets."""
    parts = [""]
    depth = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
