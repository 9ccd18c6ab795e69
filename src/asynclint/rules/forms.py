"""Offers to write a loop or a block in its other form: with ``async``, or without it."""

from __future__ import annotations

from typing import Final

from asynclint.model import Certainty, Fix, Safety, Span
from asynclint.project.linking.values import Function
from asynclint.rules.offers import may_await
from asynclint.rules.view import View
from asynclint.source.uses import USE_AENTER, USE_AITER, USE_ENTER, USE_ITER

_OTHER: Final = {USE_ITER: USE_AITER, USE_AITER: USE_ITER, USE_ENTER: USE_AENTER, USE_AENTER: USE_ENTER}
_WRITTEN: Final = {USE_ITER: "for", USE_AITER: "async for", USE_ENTER: "with", USE_AENTER: "async with"}


def in_other_form(view: View, function: Function, number: int, certainty: Certainty, places: tuple[Span, ...] = ()) -> Fix | None:
    """To write ``async for`` for ``for``, and so on, in a use that goes through something or enters it.

    There is none in a plain function, which cannot have the form with ``async``; and none where the plain form would block.
    """
    kind, row, _, _ = function.facts.uses[number]
    other = _OTHER[kind]
    written = _WRITTEN[other]
    if written.startswith("async ") and not may_await(view, function, number):
        return None
    if not written.startswith("async ") and may_block(view, function, number, other, function.module.rows[row][1]):
        return None
    safety = Safety.SAFE if certainty > Certainty.POSSIBLE else Safety.UNSAFE
    return Fix(written.replace(" ", "-"), f"Write `{written}`", safety, places=places)


def may_block(view: View, function: Function, number: int, kind: int, row: int) -> bool:
    """Whether something that blocks can be reached, on whatever way, where use `number` enters or goes through `row` as a use of this
    `kind` does."""
    graph = view.contexts.graph
    seen: set[Function] = set()
    waiting = [graph.edges_as(kind, function, number, row)]
    for edges in waiting:  # the list grows
        if edges.sinks:
            return True
        targets = {step.target: None for step in edges.steps if step.target not in seen}
        seen.update(targets)
        waiting += [graph.edges[target] for target in targets if target in graph.edges]
    return False
