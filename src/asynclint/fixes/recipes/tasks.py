"""Coroutines that become tasks, and tasks that become coroutines again."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import is_dropped, parenthesised
from asynclint.fixes.recipes.unpacking import called, first_of
from asynclint.fixes.tree import Place, Refused

_FIRM = (cst.Await, cst.Call, cst.Name, cst.Attribute, cst.Subscript)


def make_tasks(place: Place) -> None:
    """``wait([f(), g()])`` becomes ``wait([create_task(f()), create_task(g())])``.

    The words are the positions of the coroutines in the collection; the places those of the calls that make them, where the collection has
    a name.
    """
    call = place.exactly(cst.Call)
    if is_dropped(place, call):
        raise Refused("nobody would look at what came of them")
    create_task = place.expression(place.name("asyncio.create_task"))
    if place.fix.places:
        found: list[cst.BaseExpression] = [place.exactly(cst.Call, span) for span in place.fix.places]
    else:
        found = _elements(first_of(call, "fs").value, [int(word) for word in place.fix.words])
    for node in found:
        place.replace(node, lambda old: called(create_task, cast(cst.BaseExpression, old)))


def _elements(collection: cst.BaseExpression, numbers: list[int]) -> list[cst.BaseExpression]:
    """The elements of a display at these positions, or the one of a comprehension."""
    if isinstance(collection, cst.BaseSimpleComp):
        return [collection.elt]
    elements = collection.elements if isinstance(collection, (cst.List, cst.Set, cst.Tuple)) else ()
    if elements and len(elements) > max(numbers) and not any(isinstance(one, cst.StarredElement) for one in elements):
        return [elements[number].value for number in numbers]
    raise Refused("the coroutines are not written in the call")


def await_coroutine(place: Place) -> None:
    """``await create_task(f())`` becomes ``await f()``."""
    call = place.exactly(cst.Call)
    if len(call.args) != 1 or call.args[0].star:
        raise Refused("the task is given more than the coroutine")
    value = call.args[0].value
    if not isinstance(place.tree.parent(call), cst.Await):
        raise Refused("the task is not awaited here")
    if place.tree.code(call).count("#") != place.tree.code(value).count("#"):
        raise Refused("a comment would be lost")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        before = cast(cst.Call, old)
        made = before.args[0].value
        if not isinstance(made, _FIRM) and not made.lpar:
            made = parenthesised(made)
        return made.with_changes(lpar=[*before.lpar, *made.lpar], rpar=[*made.rpar, *before.rpar])

    place.replace(call, change)
