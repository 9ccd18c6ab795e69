"""Running an event loop: by ``asyncio.run`` where none runs, and not at all where one does."""

from __future__ import annotations

from typing import Final

import libcst as cst

from asynclint.fixes.expressions import awaited, keep_comments, unpacked
from asynclint.fixes.loops import held, is_made, take_away
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_KEYWORDS: Final = ("main", "future", "coro")


def run_instead(place: Place) -> None:
    """``loop = asyncio.get_event_loop()``, ``loop.run_until_complete(main())`` and ``loop.close()`` become ``asyncio.run(main())``."""
    made = place.exactly(cst.Call)
    outer = place.tree.parent(made)
    if isinstance(outer, cst.Attribute):
        call = place.tree.parent(outer)
        if not isinstance(call, cst.Call) or call.func is not outer or outer.attr.value != "run_until_complete":
            raise Refused("the loop is not run right here")
        _use_run(place, call)
        return
    target = outer.targets[0].target if isinstance(outer, cst.Assign) else None
    loop = held(place, target.value, place.function(made)) if isinstance(target, cst.Name) else None
    if loop is None or loop.is_used_otherwise or len(loop.runs) != 1:
        raise Refused("the loop is used for something else as well")
    around = list(place.tree.parents(loop.made))
    if any(isinstance(one, (cst.For, cst.While, cst.BaseComp)) and one not in around for one in place.tree.parents(loop.runs[0])):
        raise Refused("the loop may run more than once")
    _use_run(place, loop.runs[0])
    take_away(place, loop)


def _use_run(place: Place, call: cst.Call) -> None:
    _coroutine(call)
    keep_comments(place, call.func)
    function = place.expression(place.name("asyncio.run"))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.Call)
        args = [arg.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT) for arg in old.args]
        return old.with_changes(func=function, args=args)

    place.replace(call, change)


def await_instead(place: Place) -> None:
    """``asyncio.run(f())`` becomes ``await f()``, and so does ``loop.run_until_complete(f())``; the name of a loop that is for nothing
    else goes as well."""
    call = place.exactly(cst.Call)
    coroutine = _coroutine(call)
    receiver = call.func.value if isinstance(call.func, cst.Attribute) and call.func.attr.value == "run_until_complete" else None
    if receiver is not None:
        _without_loop(place, call, receiver)
    keep_comments(place, call, coroutine)
    may_await(place, call)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.Call)
        made = awaited(place, call, unpacked(place, old))
        return made.with_changes(lpar=[*old.lpar, *made.lpar], rpar=[*made.rpar, *old.rpar])

    place.replace(call, change)


def await_handed_over(place: Place) -> None:
    """``asyncio.run_coroutine_threadsafe(f(), loop).result()`` becomes ``await f()``."""
    call = place.exactly(cst.Call)
    inner = call.func.value if isinstance(call.func, cst.Attribute) and not call.args else None
    if not isinstance(inner, cst.Call):
        raise Refused("the future has a name here")
    if len(inner.args) != 2 or any(arg.star or arg.keyword is not None for arg in inner.args[:1]):
        raise Refused("the call does not have one plain coroutine and a loop")
    loop = inner.args[1].value
    if not isinstance(loop, (cst.Name, cst.Attribute)) and not is_made(loop):
        raise Refused("what gives the loop may do something else as well")
    keep_comments(place, call, inner.args[0].value)
    may_await(place, call)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.Call)
        made = cst.ensure_type(cst.ensure_type(old.func, cst.Attribute).value, cst.Call)
        value = awaited(place, call, unpacked(place, made))
        return value.with_changes(lpar=[*old.lpar, *value.lpar], rpar=[*value.rpar, *old.rpar])

    place.replace(call, change)


def _coroutine(call: cst.Call) -> cst.BaseExpression:
    """The one argument of a call that runs a loop."""
    if len(call.args) != 1 or call.args[0].star:
        raise Refused("the call does not have one plain argument")
    keyword = call.args[0].keyword
    if keyword is not None and keyword.value not in _KEYWORDS:
        raise Refused("the call does not have one plain argument")
    return call.args[0].value


def _without_loop(place: Place, call: cst.Call, receiver: cst.BaseExpression) -> None:
    """See to the loop that is not run any more."""
    if not isinstance(receiver, cst.Name):
        named = receiver
        while isinstance(named, cst.Attribute):
            named = named.value
        if not isinstance(named, cst.Name) and not is_made(receiver):
            raise Refused("what gives the loop may do something else as well")
        return
    loop = held(place, receiver.value, place.function(call))
    if loop is None:
        return
    if not loop.is_used_otherwise and loop.runs == [call]:
        take_away(place, loop)
    elif "new_event_loop" in place.tree.code(loop.made.value):
        raise Refused("the loop that is made here is used for something else as well")
    elif not loop.is_used_otherwise:
        place.replace(loop.made, lambda old: old)  # one after the other: the last one takes it away
