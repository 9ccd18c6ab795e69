"""What blocks is handed to a thread."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.calls import handed_over
from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Change, Place, Refused
from asynclint.model import Span

_TAKES_KEYWORDS = "asyncio.to_thread"
"""Of what hands calls to a thread, it alone passes keywords on."""

_IN_THREAD_ONLY = (cst.Await, cst.Yield, cst.NamedExpr, cst.FormattedString)
"""What cannot stand in a lambda, or would mean something else there. An f-string may hold any of them."""


def to_thread(place: Place) -> None:
    """``f(x)`` becomes ``await asyncio.to_thread(f, x)``, at the place of the finding and at the others that it names.

    The words are what hands something to a thread, and how: the ``call`` itself, a ``lambda`` of it, or a ``list`` of what is there, whose
    making may belong in the thread as well (``list-call``), and then the name of what is lazy.
    """
    function, style, *_ = place.fix.words
    if style in ("list", "list-call"):
        _list_in_thread(place, function, style)
        return
    for span in (place.finding.span, *place.fix.places):
        call_in_thread(place, span, function, style)


def call_in_thread(place: Place, span: Span, function: str, style: str = "call") -> None:
    """Hand the call at a place to a thread, by `function`."""
    call = place.exactly(cst.Call, span)
    outer = place.tree.parent(call)
    if isinstance(outer, cst.WithItem):
        raise Refused("what it gives is entered here, and left on the event loop's thread")
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "enter_context":
        raise Refused("what it enters is left on the event loop's thread")
    if isinstance(call.func, cst.Name) and call.func.value == "next" and len(call.args) == 1:
        raise Refused("a thread cannot hand back the StopIteration of `next`")
    if any(isinstance(part, cst.Name) and part.value in ("locals", "globals", "vars", "super") for part in (call.func,)):
        raise Refused("the call means something else in another function")
    may_await(place, call)
    name = place.name(function)
    keeps_keywords = function == _TAKES_KEYWORDS
    if style == "lambda":
        refuse_in_lambda(place, call)
        place.replace(call, lambda old: awaited(place, call, _of_lambda(place, name, cast(cst.Call, old))))
        return
    if not keeps_keywords and any(argument.keyword is not None or argument.star == "**" for argument in call.args):
        place.name("functools.partial")
    place.replace(call, _handing_over(place, call, name, not keeps_keywords))


def _handing_over(place: Place, call: cst.Call, name: str, bind: bool) -> Change:
    return lambda old: awaited(place, call, handed_over(place, cast(cst.Call, old), name, bind=bind))


def _list_in_thread(place: Place, function: str, style: str) -> None:
    iterable = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    outer = place.tree.parent(iterable)
    if not isinstance(outer, (cst.For, cst.CompFor)):
        raise Refused("it is not for a loop")
    if isinstance(outer, cst.For) and place.fix.words[2].endswith("walk"):
        refuse_pruning(place, outer)
    may_await(place, iterable)
    name = place.name(function)
    if style == "list-call":
        if not isinstance(iterable, cst.Call):
            raise Refused("the iterator is not made here")
        refuse_in_lambda(place, iterable)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        value = cast(cst.BaseExpression, old)
        if style == "list-call":
            made = _of_lambda(place, name, cst.Call(cst.Name("list"), [cst.Arg(value)]))
        else:
            made = cst.Call(place.expression(name), [cst.Arg(cst.Name("list")), cst.Arg(value)])
        return awaited(place, iterable, made)

    place.replace(iterable, change)


def _of_lambda(place: Place, function: str, body: cst.BaseExpression) -> cst.Call:
    return cst.Call(place.expression(function), [cst.Arg(cst.Lambda(cst.Parameters(), body))])


def refuse_in_lambda(place: Place, node: cst.CSTNode) -> None:
    """Refuse to move into a lambda what cannot stand there, or would be evaluated later."""
    if any(isinstance(part, _IN_THREAD_ONLY) for part in place.tree.walk(node)):
        raise Refused("a part of it cannot stand in a lambda")


def refuse_pruning(place: Place, loop: cst.For) -> None:
    """Refuse where the loop may tell the walk where to go, by a change of the list of folders that it is given."""
    elements = loop.target.elements if isinstance(loop.target, cst.Tuple) else ()
    folders = elements[1].value if len(elements) >= 3 else None
    if not isinstance(folders, cst.Name) or any(
        isinstance(part, cst.Name) and part.value == folders.value for part in place.tree.walk(loop.body)
    ):
        raise Refused("the loop may tell the walk which folders to go into")
