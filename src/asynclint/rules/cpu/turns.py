"""Offers to let other tasks run in a loop: at the end of its rounds, every so often, or by waiting for what it asks for again and again."""

from __future__ import annotations

from typing import Final

from asynclint.model import Fix, Safety
from asynclint.project.calls.busy import is_heavy, loop_of
from asynclint.project.calls.nests import extent_of
from asynclint.project.linking.values import Function
from asynclint.rules.advice import framework_of
from asynclint.rules.cpu.reach import checkpoint
from asynclint.rules.offers import framework, may_await
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.busy import waits
from asynclint.source.uses import USE_CALL

_ASKS: Final = frozenset({"asyncio.Queue.empty", "asyncio.Queue.get_nowait"})

_ROUNDS: Final = 1000
"""So many rounds of the innermost loop are worth a checkpoint."""


def in_each_round(view: View, function: Function, number: int) -> Fix | None:
    """To let others run in each round of a loop that has awaited nothing, or nothing that suspends. Where the loop asks a queue of asyncio,
    it can wait for that."""
    loop = loop_of(function, number)
    if loop is None or not _may_give_way(view, function, number):
        return None
    module = function.module
    idle = []
    for inside in range(loop.first, number):
        kind, row, _, _ = use = function.facts.uses[inside]
        if kind == USE_CALL and known_callee(view, module, row, lambda callee: callee.name in _ASKS) is not None:
            return Fix("get-next", "Wait for the next item", Safety.UNSAFE, places=(view.span(function, inside),))
        may_suspend = view.suspension.may_suspend_in if kind == USE_CALL else view.suspension.may_suspend
        if waits(use) and not may_suspend(module, row):
            idle.append(view.span(function, inside))
    called = checkpoint(module).removeprefix("await ")
    return Fix("let-run", f"Let other tasks run in each round: `await {called}`", Safety.UNSAFE, (called,), tuple(idle))


def now_and_then(view: View, function: Function, number: int) -> Fix | None:
    """To let others run at the start of some rounds of the outermost of loops in each other. The inner ones must not be too long for that
    themselves."""
    loop = loop_of(function, number)
    if loop is None or not _may_give_way(view, function, number):
        return None
    module = function.module
    inner = [rest for chain in loop.rounds if (rest := chain[chain[0] == loop.iterable :])]
    if is_heavy(view.linker, module, inner):
        return None
    sizes = [extent_of(view.linker, module, chain) for chain in inner]
    is_data = any(size.collections for size in sizes)
    every = 1 if is_data else max(1, _ROUNDS // max([size.known for size in sizes], default=1))
    called = checkpoint(module).removeprefix("await ")
    often = "in each round" if every == 1 else "now and then"
    return Fix("let-run-often", f"Let other tasks run {often}: `await {called}`", Safety.UNSAFE, (called, str(every)))


def _may_give_way(view: View, function: Function, number: int) -> bool:
    """Whether something may be awaited at a loop, in a function whose framework is plain to see."""
    return may_await(view, function, number) and framework(view, function) == framework_of(function.module)
