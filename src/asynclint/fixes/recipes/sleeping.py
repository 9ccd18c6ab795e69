"""A sleep that lets other tasks run."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def sleep(place: Place) -> None:
    """``time.sleep(x)`` becomes ``await asyncio.sleep(x)``. The word is what to call: ``asyncio.sleep``, or another framework's.

    An ``await`` in front, which waited for nothing, stays the only one.
    """
    call = place.exactly(cst.Call)
    if len(call.args) != 1 or call.args[0].star or call.args[0].keyword is not None:
        raise Refused("the call does not have one plain argument")
    if not isinstance(call.func, (cst.Name, cst.Attribute)):
        raise Refused("what is called here is not written as a name")
    outer = place.tree.parent(call)
    is_awaited = isinstance(outer, cst.Await)
    may_await(place, call)
    function = place.expression(place.name(place.fix.words[0]))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        made = cast(cst.Call, old).with_changes(func=function)
        return made if is_awaited else awaited(place, call, made)

    place.replace(call, change)
