"""Functions in which no event loop can be running.

That is so in what is handed to a thread or a process, and in what runs a loop itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.calls.graph import CallGraph
from asynclint.project.linking.values import External, Function, unbound
from asynclint.source.references import CALL
from asynclint.source.scopes import ASYNC, IN_TYPING
from asynclint.source.uses import ASKS_BY_ERROR, CONDITIONAL, ERROR_EXPECTED, LOOP_GUARDED

ASKED: Final = ASKS_BY_ERROR | ERROR_EXPECTED | LOOP_GUARDED
"""Flags of a use that may only ask whether a loop is running."""


class Loopless(NamedTuple):
    """Why no loop runs in a function, in words that follow "it", and how sure that is."""

    reason: str
    certainty: Certainty
    in_thread: bool


def find_loopless(graph: CallGraph, functions: Iterable[Function]) -> dict[Function, Loopless]:
    """Which of these plain functions, other than files' own code, and of those that are handed somewhere, no event loop can run in."""
    found: dict[Function, Loopless] = {}
    for hop in graph.hops:
        if hop.context in ("thread", "process"):
            sure = Certainty.CERTAIN if len(hop.value.alternatives) == 1 and not hop.value.open else Certainty.LIKELY
            for alternative in hop.value.alternatives:
                target = unbound(alternative)
                if isinstance(target, Function):
                    reason = f"is given to `{as_written(hop.api)}`, which runs it in a {hop.context}"
                    _add(found, target, Loopless(reason, sure, True))
    for function in functions:
        if function.facts.decorators and _is_handed_to_thread(graph, function):
            _add(found, function, Loopless("runs in a thread, unlike a coroutine function", Certainty.CERTAIN, True))
        if function.owner is not None and function.facts.name.rpartition(".")[2] in _in_thread(function):
            _add(found, function, Loopless("runs in a thread, which its class starts", Certainty.CERTAIN, True))
        for sink in graph.edges[function].sinks:
            if sink.entry.fails_on_loop and sink.certainty is Certainty.CERTAIN and is_always(function, sink.number):
                reason = f"calls `{as_written(sink.name)}`, which fails where a loop is running"
                _add(found, function, Loopless(reason, Certainty.CERTAIN, False))
    return found


def _add(found: dict[Function, Loopless], function: Function, why: Loopless) -> None:
    known = found.get(function)
    if not function.facts.flags & (ASYNC | IN_TYPING) and function.number and (known is None or known.certainty < why.certainty):
        found[function] = why


def _is_handed_to_thread(graph: CallGraph, function: Function) -> bool:
    """Whether a decorator is known to hand plain functions to a thread."""
    module = function.module
    for row in function.facts.decorators:
        operation, base, _, _ = module.rows[row]
        for alternative in graph.linker.value(module, base if operation == CALL else row).alternatives:
            if isinstance(alternative, External) and alternative.entry is not None and alternative.entry.plain_in_thread:
                return True
    return False


def _in_thread(function: Function) -> frozenset[str]:
    """The methods of a function's class that run in a thread."""
    bases = function.owner.mro if function.owner is not None else ()
    return frozenset(name for base in bases if base.entry is not None for name in base.entry.in_thread)


def is_always(function: Function, number: int) -> bool:
    """Whether every run of a function comes to a use, and means it."""
    _, _, flags, guards = function.facts.uses[number]
    return not guards and not flags & (ASKED | CONDITIONAL)


def as_written(name: str) -> str:
    """A dotted name as people write it: `asyncio.create_task`, but a method as `call_soon`."""
    parts = name.split(".")
    return name if len(parts) <= 2 else parts[-1]
