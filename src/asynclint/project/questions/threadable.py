"""What may run in a thread instead of on the event loop's: what a call runs, as far as the program is read, asks for no loop and touches
nothing that belongs to one thread.
"""

from __future__ import annotations

from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.project.calls.contexts import Contexts
from asynclint.project.calls.graph import CallGraph
from asynclint.project.linking.values import Alternative, Class, External, Function, Instance, Origin, Pending, unbound
from asynclint.source.references import ATTR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_CALL

_OF_LOOPS: Final = frozenset({"aiohttp", "anyio", "asyncio", "curio", "trio", "tornado", "uvloop"})
"""The top-level names of libraries whose objects belong to the thread of their loop."""

_OF_ONE_THREAD: Final = (
    "builtins.breakpoint", "cmd.", "code.", "contextvars.ContextVar.", "curses.", "pdb.", "signal.",
    "threading.current_thread", "threading.get_ident", "threading.get_native_id", "threading.local", "tkinter.",
)  # fmt: skip
"""What only works in the thread that it began in, only in the main thread, or is meant for the task, and what tells threads apart."""

_MOST_FUNCTIONS: Final = 400
"""So many functions are looked through. Of what runs more, nobody can tell."""


class Threadable:
    """Answers for the uses of functions."""

    def __init__(self, contexts: Contexts) -> None:
        self._graph: CallGraph = contexts.graph
        self._linker = contexts.graph.linker
        self._roots = contexts.roots
        self._own: dict[Function, list[Origin | None] | None] = {}

    def may_move(self, function: Function, number: int) -> bool:
        """Whether all that a use calls may run in a thread, with the objects that it is given."""
        if self._bound_by(function, number) != [] or not self._may_be_given(function, number):
            return False
        seen: set[Function] = {function}
        bound: list[Origin | None] = []
        waiting = self._targets(function, number)
        for target in waiting:  # the list grows
            if target in seen:
                continue
            seen.add(target)
            own = self._bound_in(target)
            if len(seen) > _MOST_FUNCTIONS or own is None:
                return False
            bound += own
            waiting += [step.target for step in self._graph.edges[target].steps] if target in self._graph.edges else []
        if not bound:
            return True
        moved = {(target.module, use[1]) for target in seen - {function} for use in target.facts.uses}
        return moved.issuperset(bound)  # what belongs to one thread, is made there as well

    def _targets(self, function: Function, number: int) -> list[Function]:
        """The functions that a use runs, and those that it hands to what it calls."""
        module = function.module
        handed = [
            unbound(alternative)
            for row in module.rows[function.facts.uses[number][1]][3]
            for alternative in self._linker.value(module, row).alternatives
        ]
        steps = [step.target for step in self._graph.edges[function].steps if step.number == number]
        return steps + [target for target in handed if isinstance(target, Function)]

    def _bound_in(self, function: Function) -> list[Origin | None] | None:
        """The calls that make what a function itself works on and what belongs to one thread, None for one that is not seen; None if
        something that it does needs a loop, or the thread that it runs in."""
        if function not in self._own:
            found: list[Origin | None] | None = [] if function not in self._roots or function.facts.flags & ASYNC else None
            for number, use in enumerate(function.facts.uses):
                if use[0] == USE_CALL and found is not None:
                    bound = self._bound_by(function, number)
                    found = None if bound is None else found + bound
            self._own[function] = found
        return self._own[function]

    def _bound_by(self, function: Function, number: int) -> list[Origin | None] | None:
        """The same for one call."""
        module = function.module
        callee = module.rows[function.facts.uses[number][1]][1]
        receiver = module.rows[callee][1] if module.rows[callee][0] == ATTR else 0
        if any(map(_belongs_to_thread, self._linker.value(module, callee).alternatives)):
            return None
        receivers = [one for one in self._linker.value(module, receiver).alternatives if isinstance(one, Instance)]
        if any(map(_belongs_to_thread, receivers)):
            return None
        return [one.made for one in receivers if _is_for_one_thread(one.klass)]

    def _may_be_given(self, function: Function, number: int) -> bool:
        module = function.module
        values = [self._linker.value(module, row) for row in module.rows[function.facts.uses[number][1]][3]]
        given = [alternative for value in values for alternative in value.alternatives]
        return not any(
            _belongs_to_thread(alternative) or (isinstance(alternative, Instance) and _is_for_one_thread(alternative.klass))
            for alternative in given
        )


def _belongs_to_thread(alternative: Alternative) -> bool:
    """Whether something that is called, or whose method is, or that is handed over, is no good in another thread."""
    thing = unbound(alternative)
    if isinstance(thing, External):
        return thing.name.startswith(_OF_ONE_THREAD) or (thing.entry is not None and _needs_loop(thing.entry))
    if isinstance(thing, Class):
        return any(_is_of_loop(base) for base in thing.mro)
    if isinstance(thing, Instance):
        return any(_is_of_loop(base) for base in thing.klass.mro)
    return isinstance(thing, Pending) and thing.nature != "generator"


def _is_for_one_thread(klass: Class) -> bool:
    return any(base.entry is not None and base.entry.one_thread for base in klass.mro)


def _needs_loop(entry: CallableEntry) -> bool:
    return entry.needs_loop or entry.asks_for_loop or entry.guesses_loop or entry.loop_only or entry.tells_loop or entry.spawns


def _is_of_loop(klass: Class) -> bool:
    if klass.is_own or klass.name.endswith(("Error", "Exception")):
        return False
    is_asynchronous = klass.entry is not None and klass.entry.aenter is not None
    return is_asynchronous or klass.name.partition(".")[0] in _OF_LOOPS or klass.name.startswith(_OF_ONE_THREAD)
