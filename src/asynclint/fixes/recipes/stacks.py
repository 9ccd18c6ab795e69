"""What is given to an exit stack by the wrong one of its methods."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import awaited, touches_word
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def other_method(place: Place) -> None:
    """``stack.enter_context(c)`` becomes ``await stack.enter_async_context(c)``, or the reverse. The first word is the method to call,
    the second ``await`` where what it gives must be awaited, or ``plain`` where that must not be."""
    call = place.exactly(cst.Call)
    if not isinstance(call.func, cst.Attribute):
        raise Refused("the method is not called by its own name")
    name, how = place.fix.words
    outer = place.tree.parent(call)

    def renamed(old: cst.CSTNode) -> cst.Call:
        made = cast(cst.Call, old)
        function = cast(cst.Attribute, made.func)
        return made.with_changes(func=function.with_changes(attr=function.attr.with_changes(value=name)))

    if how == "await":
        may_await(place, call)
        place.replace(call, lambda old: awaited(place, call, renamed(old)))
    elif how == "plain":
        if not isinstance(outer, cst.Await):
            raise Refused("it is not awaited on the spot")
        is_held = _holds_lines_together(place, outer)
        place.replace(outer, lambda old: _bare(renamed(cast(cst.Await, old).expression), cast(cst.Await, old), is_held))
    else:
        place.replace(call, renamed)


def _holds_lines_together(place: Place, around: cst.Await) -> bool:
    """Whether the parentheses around an ``await`` are needed without it."""
    parts = [*around.lpar, *around.rpar, around.whitespace_after_await]
    if any(isinstance(node, cst.Comment) for part in parts for node in place.tree.walk(part)):
        raise Refused("a comment would be lost")
    function = cast(cst.Call, around.expression).func
    return touches_word(place, around) or "\n" in "".join(map(place.tree.code, [*parts, function]))


def _bare(call: cst.Call, around: cst.Await, is_held: bool) -> cst.Call:
    """A call without the ``await`` around it."""
    return call.with_changes(lpar=[*around.lpar, *call.lpar], rpar=[*call.rpar, *around.rpar]) if is_held else call
