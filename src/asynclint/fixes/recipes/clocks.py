"""Deadlines by the clock that they are held against."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import keep_comments
from asynclint.fixes.tree import Place, Refused


def wait_instead(place: Place) -> None:
    """``asyncio.timeout_at(time.time() + 5)`` becomes ``asyncio.timeout(5)``. The word is the new name, the place the call of the clock."""
    call, clock, arg = _parts(place)
    if len(call.args) != 1:
        raise Refused("the call does not have one plain argument")
    rest = _summand(place, clock, arg)
    keep_comments(place, call.func)
    keep_comments(place, arg, rest)
    function = place.expression(place.name(place.fix.words[0]))
    place.put(place.tree.parent(clock), rest)
    place.replace(call, lambda old: _plain(cast(cst.Call, old)).with_changes(func=function))


def _plain(call: cst.Call) -> cst.Call:
    """A call whose first argument is given by its position."""
    return call.with_changes(args=[call.args[0].with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT), *call.args[1:]])


def _summand(place: Place, clock: cst.Call, arg: cst.Arg) -> cst.BaseExpression:
    """What is added to what the clock says. Refused where that is not all there is to it."""
    addition = place.tree.parent(clock)
    if not isinstance(addition, cst.BinaryOperation) or not isinstance(addition.operator, cst.Add):
        raise Refused("nothing is added to what the clock says")
    inner: cst.CSTNode = addition
    while (outer := place.tree.parent(inner)) is not arg:
        is_first = isinstance(outer, cst.BinaryOperation) and outer.left is inner
        if not is_first or not isinstance(cast(cst.BinaryOperation, outer).operator, (cst.Add, cst.Subtract)):
            raise Refused("the deadline is not a plain sum")
        inner = outer
    rest = addition.right if addition.left is clock else addition.left
    if isinstance(rest, (cst.Name, cst.Attribute, cst.Call, cst.BaseNumber)):
        return rest
    if addition.lpar:
        return rest.with_changes(lpar=[*addition.lpar, *rest.lpar], rpar=[*rest.rpar, *addition.rpar])
    is_all = place.tree.parent(addition) is arg and len(rest.lpar) == 1 and "\n" not in place.tree.code(rest)
    return rest.with_changes(lpar=[], rpar=[]) if is_all and not isinstance(rest, (cst.NamedExpr, cst.Yield)) else rest


def other_clock(place: Place) -> None:
    """``loop.call_at(time.time() + 5, f)`` becomes ``loop.call_at(loop.time() + 5, f)``. The words are the method of the loop that is
    called, if any, and what tells its time else; the place is the call of the clock."""
    call, clock, _ = _parts(place)
    keep_comments(place, clock)
    method, path = place.fix.words
    if method:
        receiver = call.func.value if isinstance(call.func, cst.Attribute) and call.func.attr.value == method else None
        if receiver is None or not _is_dotted(receiver):
            raise Refused("the loop has no name here")
        text = f"{place.tree.code(receiver)}.time()"
    else:
        head, dot, rest = path.partition("()")
        text = f"{place.name(head)}{dot}{rest}"
    new = place.expression(text)
    place.replace(clock, lambda old: new.with_changes(lpar=cast(cst.Call, old).lpar, rpar=cast(cst.Call, old).rpar))


def _is_dotted(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _parts(place: Place) -> tuple[cst.Call, cst.Call, cst.Arg]:
    """The call that takes a moment, that of the clock in it, and the argument which that stands in."""
    call = place.exactly(cst.Call)
    clock = place.exactly(cst.Call, place.fix.places[0])
    if clock.args:
        raise Refused("the clock is given a moment")
    for outer in place.tree.parents(clock):
        if isinstance(outer, (cst.Lambda, cst.BaseComp)):
            break
        if isinstance(outer, cst.Arg):
            if place.tree.parent(outer) is not call or outer.star:
                break
            return call, clock, outer
    raise Refused("the clock is not asked for the deadline itself")
