"""To await what is asked for its result."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def await_result(place: Place) -> None:
    """``task.result()`` becomes ``await task``, where the task has a name. The word ``once`` tells that it can be awaited only once."""
    call = place.exactly(cst.Call)
    method = call.func
    if call.args or not isinstance(method, cst.Attribute) or method.attr.value != "result":
        raise Refused("it is not asked for its result")
    if not isinstance(method.value, (cst.Name, cst.Attribute, cst.Subscript)):
        raise Refused("what is asked has no name")
    if "#" in place.tree.code(call):
        raise Refused("a comment would be lost")
    if place.fix.words == ("once",):
        _refuse_rounds(place, call)
    may_await(place, call)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        before = cast(cst.Call, old)
        task = cast(cst.Attribute, before.func).value
        return awaited(place, call, task.with_changes(lpar=[*before.lpar, *task.lpar], rpar=[*task.rpar, *before.rpar]))

    place.replace(call, change)


def _refuse_rounds(place: Place, call: cst.Call) -> None:
    """Refuse in what may be evaluated more than once in a round of the loop around."""
    inner: cst.CSTNode = call
    for outer in place.tree.parents(call):
        if isinstance(outer, cst.For) and inner is outer.body:
            return
        if isinstance(outer, (cst.BaseComp, cst.While)):
            raise Refused("it may be asked more than once, and can be awaited only once")
        inner = outer
