"""Comments that silence nothing."""

from __future__ import annotations

import io
import re
import tokenize
from typing import Final

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_DIRECTIVE: Final = re.compile(r"#.*?(?=#\s*(?:noqa\b|asynclint:)|$)", re.IGNORECASE)
"""A directive with its reason, up to the next one in the same comment."""

_LISTED: Final = re.compile(r"\[([^\]]*)|:\s*((?:[a-z]+\d+\b[\s,]*)+)", re.IGNORECASE)
"""The rules in a directive: ``ignore[a, b]``, ``noqa: A1, B2``."""


def drop_directive(place: Place) -> None:
    """The directive at the place goes, or of several rules that it lists, the one that the word names. Other words of the comment stay."""
    (written,) = place.fix.words
    comment, offset = _comment(place)
    found = _DIRECTIVE.match(comment.value, offset)
    if found is None:
        raise Refused("there is no such comment here")
    text = comment.value[:offset] + _without(found[0], written) + comment.value[found.end() :]
    if text.strip():
        place.put(comment, comment.with_changes(value=text.rstrip()))
        return
    holder = place.tree.parent(comment)
    if isinstance(holder, cst.EmptyLine):
        place.replace(holder, lambda _: cst.RemoveFromParent())
    elif isinstance(holder, cst.TrailingWhitespace):
        place.put(holder, holder.with_changes(comment=None, whitespace=cst.SimpleWhitespace("")))
    else:
        raise Refused("the comment stands inside of an expression")


def _comment(place: Place) -> tuple[cst.Comment, int]:
    """The comment at the place, and where in it the directive begins. libcst does not tell where comments stand: they are counted."""
    nodes = [node for node in place.tree.walk(place.tree.module) if isinstance(node, cst.Comment)]
    lines = io.StringIO(place.tree.source.text, newline=None).readline
    tokens = [token for token in tokenize.generate_tokens(lines) if token.type == tokenize.COMMENT]
    if [node.value for node in nodes] != [token.string for token in tokens]:
        raise Refused("the comments of the file are counted in two ways")
    span = place.finding.span
    for node, token in zip(nodes, tokens, strict=True):
        if token.start[0] == span.line and token.start[1] < span.column <= token.end[1]:
            return node, span.column - 1 - token.start[1]
    raise Refused("there is no such comment here")


def _without(directive: str, rule: str) -> str:
    """A directive that does not list a rule any more; nothing, where it lists no other."""
    found = _LISTED.search(directive)
    if not rule or found is None:
        return ""
    listed = (found[1] or found[2] or "").rstrip(", ")
    others = [name for name in re.split(r"[\s,]+", listed) if name != rule]
    start = max(found.start(1), found.start(2))
    return f"{directive[:start]}{', '.join(others)}{directive[start + len(listed) :]}" if others else ""
