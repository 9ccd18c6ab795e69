"""A queue that is asked again and again: the next item is waited for."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.blocks import drop, unwrap
from asynclint.fixes.expressions import awaited
from asynclint.fixes.statements import behind, is_path, loop_around, own_parts, statements_of
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_EMPTY: Final = ("QueueEmpty", "asyncio.QueueEmpty")
_TRUE: Final = frozenset({"True", "1"})


def get_next(place: Place) -> None:
    """A loop that asks for an item, and again where there is none, waits for it: ``await queue.get()``. The place is the question:
    ``get_nowait()`` in a ``try``, or ``empty()`` in a test."""
    asked = place.exactly(cst.Call, place.fix.places[0])
    if not isinstance(asked.func, cst.Attribute) or not is_path(asked.func.value) or asked.args:
        raise Refused("the queue has no name")
    may_await(place, asked)
    statement = place.statement(asked)
    if isinstance(statement, cst.While):
        _wait_at(place, statement, asked)
        return
    outer = next((part for part in place.tree.parents(asked) if isinstance(part, (cst.If, cst.Try, cst.While, cst.For))), None)
    if not isinstance(outer, (cst.If, cst.Try)):
        raise Refused("the loop does not ask in a plain `try` or `if`")
    loop = loop_around(place, asked)
    if not isinstance(loop, cst.While) or place.tree.code(loop.test) not in _TRUE:
        raise Refused("what ends the loop would not be looked at while it waits")
    if next(statements_of(loop.body)) is not outer:
        raise Refused("the loop does something else before it asks")
    if isinstance(outer, cst.Try):
        _wait_in_try(place, outer, asked)
    else:
        _wait_in_if(place, outer, asked)


def _wait_in_try(place: Place, tried: cst.Try, asked: cst.Call) -> None:
    """``try: job = queue.get_nowait()``, with a handler that sleeps or goes on."""
    if asked.func.attr.value != "get_nowait" or place.statement(asked) is not next(statements_of(tried.body)):  # type: ignore[attr-defined]
        raise Refused("it is not the first that is tried")
    if len(tried.handlers) != 1 or tried.finalbody is not None:
        raise Refused("other errors are handled with it")
    handler = tried.handlers[0]
    if handler.type is None or not place.tree.code(handler.type).endswith("QueueEmpty") or handler.name is not None:
        raise Refused("other errors are handled with it")
    if not _is_idle(place, handler.body):
        raise Refused("something else is done when the queue is empty")
    goes_on = isinstance(list(statements_of(handler.body))[-1], cst.Continue)
    if not goes_on and not all(_sleeps_or_passes(place, other) for other in behind(place, tried)):
        raise Refused("the loop does something else when the queue is empty")
    if any(part is not asked.func and _asks(part) for part in place.tree.walk(tried.body)):
        raise Refused("another queue is asked as well")
    _wait_for(place, asked)
    unwrap(place, tried, ["body", "orelse"] if tried.orelse is not None else ["body"])


def _wait_in_if(place: Place, tested: cst.If, asked: cst.Call) -> None:
    """``if queue.empty():`` with something idle to do, or ``if not queue.empty():`` with the rest in it."""
    queue = _queue(place, asked)
    if tested.test is asked and tested.orelse is None and _is_idle(place, tested.body):
        if not isinstance(list(statements_of(tested.body))[-1], cst.Continue):
            raise Refused("the loop does something else when the queue is empty")
        following = behind(place, tested)
        _wait_for(place, _taken(place, following[0] if following else None, queue))
        drop(place, tested)
        return
    is_denied = isinstance(tested.test, cst.UnaryOperation) and isinstance(tested.test.operator, cst.Not)
    if not is_denied or cast(cst.UnaryOperation, tested.test).expression is not asked:
        raise Refused("it asks for something else as well")
    if tested.orelse is not None and (isinstance(tested.orelse, cst.If) or not _is_idle(place, tested.orelse.body)):
        raise Refused("the loop does something else when the queue is empty")
    if not all(_sleeps_or_passes(place, other) for other in behind(place, tested)):
        raise Refused("the loop does something else when the queue is empty")
    _wait_for(place, _taken(place, next(statements_of(tested.body)), queue))
    unwrap(place, tested, ["body"])


def _wait_at(place: Place, loop: cst.While, asked: cst.Call) -> None:
    """``while queue.empty(): await asyncio.sleep(1)``, and then an item is taken."""
    if loop.test is not asked or loop.orelse is not None or not _is_idle(place, loop.body):
        raise Refused("the loop does something else as well")
    following = behind(place, loop)
    _wait_for(place, _taken(place, following[0] if following else None, _queue(place, asked)))
    drop(place, loop)


def _queue(place: Place, call: cst.Call) -> str:
    return place.tree.code(cast(cst.Attribute, call.func).value)


def _asks(part: cst.CSTNode) -> bool:
    return isinstance(part, cst.Attribute) and part.attr.value in ("get_nowait", "empty")


def _taken(place: Place, statement: cst.CSTNode | None, queue: str) -> cst.Call:
    """The call that takes an item, in a plain statement."""
    if isinstance(statement, cst.BaseSmallStatement):
        found = [
            part
            for part in own_parts(place, statement)
            if isinstance(part, cst.Call) and place.tree.code(part.func) in (f"{queue}.get", f"{queue}.get_nowait") and not part.args
        ]
        awaits = [part for part in own_parts(place, statement) if isinstance(part, cst.Await)]
        if len(found) == 1 and (not awaits or (place.tree.parent(found[0]) is awaits[0] and len(awaits) == 1)):
            return found[0]
    raise Refused("the item is not taken at once")


def _wait_for(place: Place, taken: cst.Call) -> None:
    """Take an item by ``await queue.get()``."""
    if isinstance(place.tree.parent(taken), cst.Await):
        return
    may_await(place, taken)
    function = cast(cst.Attribute, taken.func).with_changes(attr=cst.Name("get"))
    place.replace(taken, lambda old: awaited(place, taken, cast(cst.Call, old).with_changes(func=function)))


def _is_idle(place: Place, body: cst.BaseSuite) -> bool:
    return all(_sleeps_or_passes(place, statement) for statement in statements_of(body))


def _sleeps_or_passes(place: Place, statement: cst.CSTNode) -> bool:
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Await):
        call = statement.value.expression
        return isinstance(call, cst.Call) and place.tree.code(call.func).rpartition(".")[2] == "sleep"
    return isinstance(statement, (cst.Continue, cst.Pass))
