"""What may run in a thread instead of on the event loop's: what a call runs, as far as the program is read, asks for no loop and touches
nothing that belongs to one thread.
"""

from __future__ import annotations

from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.project.contexts import Contexts
from asynclint.project.graph import CallGraph
from asynclint.project.values import Alternative, Class, External, Function, Instance, Pending, unbound
from asynclint.source.references import ATTR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_CALL

_OF_LOOPS: Final = frozenset({"aiohttp", "anyio", "asyncio", "curio", "trio", "tornado", "uvloop"})
"""The top-level names of libraries whose objects belong to the thread of their loop."""

_OF_ONE_THREAD: Final = (
    "builtins.breakpoint", "cmd.", "code.", "contextvars.ContextVar.", "curses.", "pdb.", "signal.", "sqlite3.",
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
        self._own: dict[Function, bool] = {}

    def may_move(self, function: Function, number: int) -> bool:
        """Whether all that a use calls may run in a thread, with the objects that it is given."""
        if not self._may_call(function, number) or not self._may_be_given(function, number):
            return False
        seen: set[Function] = {function}
        waiting = self._targets(function, number)
        for target in waiting:  # the list grows
            if target in seen:
                continue
            seen.add(target)
            if len(seen) > _MOST_FUNCTIONS or not self._is_free(target):
                return False
            waiting += [step.target for step in self._graph.edges[target].steps] if target in self._graph.edges else []
        return True

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

    def _is_free(self, function: Function) -> bool:
        """Whether nothing that a function itself does needs a loop."""
        if function not in self._own:
            calls = [number for number, use in enumerate(function.facts.uses) if use[0] == USE_CALL]
            is_root = function in self._roots and not function.facts.flags & ASYNC
            self._own[function] = not is_root and all(self._may_call(function, number) for number in calls)
        return self._own[function]

    def _may_call(self, function: Function, number: int) -> bool:
        module = function.module
        callee = module.rows[function.facts.uses[number][1]][1]
        receiver = module.rows[callee][1] if module.rows[callee][0] == ATTR else 0
        return not any(map(_belongs_to_thread, self._linker.value(module, callee).alternatives)) and not any(
            isinstance(alternative, Instance) and _belongs_to_thread(alternative)
            for alternative in self._linker.value(module, receiver).alternatives
        )

    def _may_be_given(self, function: Function, number: int) -> bool:
        module = function.module
        values = [self._linker.value(module, row) for row in module.rows[function.facts.uses[number][1]][3]]
        return not any(_belongs_to_thread(alternative) for value in values for alternative in value.alternatives)


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


def _needs_loop(entry: CallableEntry) -> bool:
    return entry.needs_loop or entry.asks_for_loop or entry.guesses_loop or entry.loop_only or entry.tells_loop or entry.spawns


def _is_of_loop(klass: Class) -> bool:
    if klass.is_own or klass.name.endswith(("Error", "Exception")):
        return False
    is_asynchronous = klass.entry is not None and klass.entry.aenter is not None
    return is_asynchronous or klass.name.partition(".")[0] in _OF_LOOPS or klass.name.startswith(_OF_ONE_THREAD)
