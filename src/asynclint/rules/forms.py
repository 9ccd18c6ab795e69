"""Offers to write a loop or a block in its other form: with ``async``, or without it."""

from __future__ import annotations

from typing import Final

from asynclint.model import Certainty, Fix, Safety, Span
from asynclint.project.graph import CallGraph, Edges
from asynclint.project.values import Function
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_AENTER, USE_AITER, USE_ENTER, USE_ITER

_OTHER: Final = {USE_ITER: USE_AITER, USE_AITER: USE_ITER, USE_ENTER: USE_AENTER, USE_AENTER: USE_ENTER}
_WRITTEN: Final = {USE_ITER: "for", USE_AITER: "async for", USE_ENTER: "with", USE_AENTER: "async with"}


def in_other_form(view: View, function: Function, number: int, certainty: Certainty, places: tuple[Span, ...] = ()) -> Fix | None:
    """To write ``async for`` for ``for``, and so on, in a use that goes through something or enters it.

    There is none in a plain function, which cannot have the form with ``async``; and none where the plain form would block.
    """
    other = _OTHER[function.facts.uses[number][0]]
    written = _WRITTEN[other]
    if written.startswith("async ") and not function.facts.flags & ASYNC:
        return None
    if not written.startswith("async ") and _may_block(view.contexts.graph, view.contexts.graph.edges_as(other, function, number)):
        return None
    safety = Safety.SAFE if certainty > Certainty.POSSIBLE else Safety.UNSAFE
    return Fix(written.replace(" ", "-"), f"Write `{written}`", safety, places=places)


def _may_block(graph: CallGraph, edges: Edges) -> bool:
    """Whether something that blocks can be reached by some edges, on whatever way."""
    seen: set[Function] = set()
    waiting = [edges]
    for edges in waiting:  # the list grows
        if edges.sinks:
            return True
        targets = {step.target: None for step in edges.steps if step.target not in seen}
        seen.update(targets)
        waiting += [graph.edges[target] for target in targets if target in graph.edges]
    return False
