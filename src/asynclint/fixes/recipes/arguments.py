"""Arguments that nothing takes any more."""

from __future__ import annotations

import re
from typing import Final

import libcst as cst

from asynclint.fixes.lists import without
from asynclint.fixes.tree import Place, Refused

_ASKS: Final = re.compile(r"[\w.]*\bget_(event|running)_loop\(\)|[\w.]+|[\w.]+\.get_loop\(\)")
"""What does nothing but to say which loop is meant."""


def drop_argument(place: Place) -> None:
    """``sleep(1, loop=loop)`` becomes ``sleep(1)``. The word is the keyword."""
    (keyword,) = place.fix.words
    call = place.exactly(cst.Call)
    given = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == keyword]
    if len(given) != 1:
        raise Refused(f"`{keyword}` is not given by its name here")
    if not _ASKS.fullmatch(place.tree.code(given[0].value)):
        raise Refused(f"what `{keyword}` is given may do something else as well")
    args = without(place, call.args, given[0])
    if args:
        place.replace(call, lambda old: old.with_changes(args=args))
        return
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace) and any(
        isinstance(part, cst.Comment) for part in place.tree.walk(call.whitespace_before_args)
    ):
        raise Refused("a comment would be lost with what is left out")
    place.replace(call, lambda old: old.with_changes(args=[], whitespace_before_args=cst.SimpleWhitespace("")))
