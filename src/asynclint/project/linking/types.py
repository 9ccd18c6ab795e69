"""Types written as text in knowledge files: ``requests.Session``, ``list[pathlib.Path]``, ``argument func``, ``A | None``."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple


class TypeText(NamedTuple):
    """One parsed type. `form` is ``union``, ``or``, ``self``, ``none``, ``name``, or one of the words in front of a name."""

    form: str
    name: str
    arguments: tuple[TypeText, ...]


OF_ARGUMENT: Final = frozenset(
    {"argument", "instance", "element", "result", "awaited", "entered", "provided", "type", "attribute", "module"}
)
"""Words in front of a parameter's name."""


@cache
def parse_type(text: str) -> TypeText:
    """Parse the text of a type; see :mod:`asynclint.knowledge.schema` for its forms."""
    text = text.strip()
    parts = _split(text, "|")
    if len(parts) > 1:
        return TypeText("union", "", tuple(parse_type(part) for part in parts))
    given, _, default = text.partition(" or ")
    if default and "[" not in given:
        return TypeText("or", "", (parse_type(given), parse_type(default)))
    if text == "None":
        return TypeText("none", "", ())
    if text == "self":
        return TypeText("self", "", ())
    word, _, rest = text.partition(" ")
    if rest and (word == "class" or word in OF_ARGUMENT):
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
