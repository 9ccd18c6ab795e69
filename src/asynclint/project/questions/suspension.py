"""Which awaits never let other tasks run: what is awaited goes through without suspending, and so do all that it awaits itself.

An ``await`` suspends only where something at its end does: a future that is not done. A coroutine function that awaits nothing, or only
such functions, is run like a plain call. What is not known may suspend, and so may what others are meant to override.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.project.calls.conditions import never_waits
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, External, Function, Instance, Pending, unbound
from asynclint.source.references import AENTER, AITER, AWAIT
from asynclint.source.scopes import ASYNC, EMPTY, ONLY_RAISES, STUB
from asynclint.source.uses import AWAITED, USE_AENTER, USE_AITER, USE_AWAIT, USE_CALL

_NATURES: Final = {AWAIT: "coroutine", AENTER: "async-context-manager", AITER: "async-generator"}
"""What a call must give that is awaited, entered or gone through, for its own body to run then."""

_METHODS: Final = {AWAIT: (), AENTER: ("__aenter__", "__aexit__"), AITER: ("__aiter__", "__anext__")}
"""The methods of an object that run then."""

_MOST_FUNCTIONS: Final = 500
"""Of what leads to more functions than this, nothing is said."""


class Suspension:
    """Answers for the awaits of a linked program."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self._suspends: dict[Function, bool] = {}

    def may_suspend(self, module: Module, row: int) -> bool:
        """Whether awaiting, entering or going through something may suspend; `row` is what that gives."""
        operation, base, _, _ = module.rows[row]
        return self._do_suspend(self._bodies(module, operation, base))

    def may_suspend_in(self, module: Module, row: int) -> bool:
        """Whether the coroutine `row` may suspend before it is done."""
        return self._do_suspend(self._bodies(module, AWAIT, row))

    def _do_suspend(self, bodies: list[Function] | None) -> bool:
        return bodies is None or any(self._may_suspend(body) for body in bodies)

    def _may_suspend(self, function: Function) -> bool:
        if function not in self._suspends:
            self._solve(function)
        return self._suspends[function]

    def _solve(self, start: Function) -> None:
        """Work out the answer for a function and for all that it awaits: those suspend that lead to something not known."""
        callers: dict[Function, list[Function]] = {start: []}
        suspending: list[Function] = []
        waiting = [start]
        for function in waiting:  # the list grows
            bodies = self._all_bodies(function) if len(waiting) <= _MOST_FUNCTIONS else None
            if bodies is None or any(self._suspends.get(body) for body in bodies):
                suspending.append(function)
                continue
            for body in bodies:
                if body not in callers:
                    callers[body] = []
                    waiting.append(body)
                callers[body].append(function)
        found = set(suspending)
        for function in suspending:  # the list grows
            for caller in callers[function]:
                if caller not in found:
                    found.add(caller)
                    suspending.append(caller)
        for function in waiting:
            self._suspends[function] = function in found

    def _all_bodies(self, function: Function) -> list[Function] | None:
        """The functions that run while a function awaits; None where it awaits something else."""
        if _may_be_more(function):
            return None
        found: list[Function] = []
        for operation, base in awaited_in(function):
            bodies = self._bodies(function.module, operation, base)
            if bodies is None:
                return None
            found += bodies
        return found

    def _bodies(self, module: Module, operation: int, base: int) -> list[Function] | None:
        """The functions whose bodies run while the row `base` is awaited, entered or gone through; None where that may be anything else."""
        value = self.linker.value(module, base)
        if value.open or not value.alternatives or operation not in _NATURES:
            return None
        found: list[Function] = []
        for alternative in value.alternatives:
            if _goes_through(self.linker, alternative):
                continue
            bodies = self._run_by(alternative, operation)
            if bodies is None:
                return None
            found += bodies
        return found

    def _run_by(self, alternative: Alternative, operation: int) -> list[Function] | None:
        if isinstance(alternative, Pending) and isinstance(alternative.callee, Function):
            self.linker.link_decorators(alternative.callee)
            is_plain = not alternative.callee.doubtful and pending_nature(alternative.callee) == _NATURES[operation]
            return [alternative.callee] if is_plain and alternative.callee.entry is None else None
        if not isinstance(alternative, Instance) or not alternative.klass.is_own or not _METHODS[operation]:
            return None
        found: list[Function] = []
        for name in _METHODS[operation]:
            method = self.linker.attribute(alternative, name)
            functions = [unbound(part) for part in method.alternatives if isinstance(part, (Bound, Function))]
            if method.open or not functions or len(functions) < len(method.alternatives):
                return None
            found += functions
        if any(function.doubtful or function.entry is not None for function in found):
            return None
        return [function for function in found if function.facts.flags & ASYNC]  # `__aiter__` is a plain function


def _goes_through(linker: Linker, alternative: Alternative) -> bool:
    """Whether what is known says that awaiting this never suspends."""
    return isinstance(alternative, Pending) and isinstance(alternative.callee, External) and never_waits(linker, alternative.callee)


def _may_be_more(function: Function) -> bool:
    """Whether others may say what a function does: it is abstract, or a method that does nothing, which subclasses fill in."""
    return bool(function.facts.flags & (STUB | ONLY_RAISES)) or (function.owner is not None and bool(function.facts.flags & EMPTY))


def awaited_in(function: Function) -> Iterator[tuple[int, int]]:
    """All that a function awaits, enters and goes through, as operations and the rows that they work on."""
    rows = function.module.rows
    entered = {rows[row][1] for kind, row, _, _ in function.facts.uses if kind == USE_AENTER}
    for kind, row, flags, _ in function.facts.uses:
        if kind in (USE_AWAIT, USE_AENTER, USE_AITER):
            yield rows[row][:2]
        elif kind == USE_CALL and flags & AWAITED and row not in entered:
            yield AWAIT, row
