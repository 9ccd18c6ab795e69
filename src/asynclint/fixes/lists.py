"""Leaving one element out of those that commas separate, with the layout of the others kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_Element = TypeVar("_Element", cst.Arg, cst.ImportAlias)


def without(place: Place, elements: Sequence[_Element], element: _Element) -> list[_Element]:
    """The elements, other than one. Refused where a comment would be lost with it."""
    if any(isinstance(part, cst.Comment) for part in place.tree.walk(element)):
        raise Refused("a comment would be lost with what is left out")
    rest = [other for other in elements if other is not element]
    if rest and element is elements[-1]:
        rest[-1] = cast(_Element, as_last(rest[-1], element))
    return rest


def as_last(element: cst.Arg | cst.ImportAlias, last: cst.Arg | cst.ImportAlias) -> cst.Arg | cst.ImportAlias:
    """An element where the last one was: it ends as that did, and keeps the comment on its own line."""
    kept, end = _behind(element), _behind(last)
    if isinstance(kept, cst.ParenthesizedWhitespace) and isinstance(end, cst.ParenthesizedWhitespace):
        kept = kept.with_changes(indent=end.indent, last_line=end.last_line)
        return element.with_changes(comma=cst.Comma(whitespace_after=kept))
    if isinstance(kept, cst.ParenthesizedWhitespace) and kept.first_line.comment is not None:
        return element.with_changes(comma=cst.Comma(whitespace_after=kept))
    changed = element.with_changes(comma=last.comma)
    return changed.with_changes(whitespace_after_arg=last.whitespace_after_arg) if isinstance(last, cst.Arg) else changed


def _behind(element: cst.Arg | cst.ImportAlias) -> cst.BaseParenthesizableWhitespace:
    if isinstance(element.comma, cst.Comma):
        return element.comma.whitespace_after
    return element.whitespace_after_arg if isinstance(element, cst.Arg) else cst.SimpleWhitespace("")
