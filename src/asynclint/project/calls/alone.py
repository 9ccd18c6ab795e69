"""Code that has the event loop to itself: nobody waits while it blocks for a moment.

That is a program's start, before it starts tasks or a server, and what a command does for the one who has typed it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple, TypeVar

from asynclint.knowledge import CallableEntry
from asynclint.project.calls.graph import CallGraph
from asynclint.project.linking.index import is_of_tests
from asynclint.project.linking.modules import COMMAND_WORDS, is_of_commands
from asynclint.project.linking.values import Class, External, Function
from asynclint.source.references import AENTER, ATTR, CALL
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, CONDITIONAL, ENDLESS, FIRST_TIME, IN_BRANCH, USE_AENTER, USE_AITER, USE_CALL, USE_LOOP

_STARTS: Final = frozenset({"listen", "run", "run_async", "run_forever", "run_until_disconnected", "serve", "serve_forever", "start"})
"""Names of methods that start a server or tasks, where nothing else is known about them."""

_CONNECTS: Final = frozenset({"run", "start"})
"""Those of them by which commands do something else as well: a client connects."""

_ENDS: Final = frozenset({"cleanup", "shutdown", "teardown"})
"""Words in the names of what ends a service."""

_COMMAND_LINES: Final = frozenset({"asyncclick", "click", "cyclopts", "rich_click", "typer"})
"""Libraries whose decorators make commands."""

_GOES_ON: Final = frozenset({USE_AENTER, USE_AITER})

_T = TypeVar("_T")

Places = dict[Function, list[tuple[Function, int]]]


class Alone:
    """The part of each coroutine function that has its loop to itself.

    `until` gives, for a coroutine function, the number of its first use that starts others: up to there it has the loop to itself, and
    starves nobody. `callers` are the places where coroutine functions are called, but for those that are handed to ``asyncio.run`` there.
    """

    def __init__(self, graph: CallGraph, callers: Places, start_ups: Set[Function], mains: Set[Function], typed: Set[Function]) -> None:
        self.graph = graph
        self._callers = callers
        self._entered = self._find_entered()
        self._starters = self._find_starters()
        self._named = self._find_named()
        self.until: dict[Function, int] = {}
        self.starting = self._find_starting(start_ups)
        """The same for what runs when a service begins or ends, and what it alone calls: nobody is served yet, or any more."""
        self.once = dict(self.until)
        """The same with what runs once, whenever that is."""
        self._find(mains, typed)

    def _find_starting(self, start_ups: Set[Function]) -> dict[Function, int]:
        rounds = {function: number for function in self.graph.edges if (number := _first_round(function)) >= 0 and not _is_ending(function)}
        self._spread(start_ups, rounds, anyway=True)
        starting = dict(self.until)
        self._spread(set(self._called_once()), rounds, anyway=True)
        return starting

    def _find(self, mains: Set[Function], typed: Set[Function]) -> None:
        """Follow coroutines that are handed to ``asyncio.run`` up to where they start anything else, and commands up to where they
        serve.

        A coroutine that is called only from such places is alone as far as it starts nothing itself. A command may start tasks: nobody
        but its user waits for them.
        """
        commands = {function for function in self.graph.edges if function.nature == "alone"}
        serving = self._find_serving()
        self._spread(commands, serving)
        typed_names = {function for function in self.graph.edges if _is_of_command_line(function) or self._is_command(function)}
        self._spread(typed_names, serving, anyway=True)
        if typed:
            going_on = self._with_callers(_earliest(_first(self._starters, _starts_server), dict(self._find_endless())))
            self._spread(typed, _earliest(serving, going_on))
        # Who decorates a function, calls it too.
        self._spread({main for main in mains if not main.facts.decorators or self._is_command(main)}, self._find_spawning())

    def _spread(self, starts: Set[Function], shared: Mapping[Function, int], anyway: bool = False) -> None:
        """Add the functions that are called only by those which are alone, before they share the loop, each with the number of its first
        use that does.

        `shared` holds that number for every function that shares it at all. With `anyway`, it does not matter who else calls `starts`. What
        tests call, they call as the program does.
        """
        waiting = sorted(starts, key=lambda function: function.index)
        while waiting:
            function = waiting.pop()
            limit = shared.get(function, len(function.facts.uses))
            if self.until.get(function, -1) >= limit or function not in self.graph.edges:
                continue
            in_tests = is_of_tests(function.module)
            called_from = [place for place in [*self._callers.get(function, ()), *self._entered.get(function, ())] if place[0].number]
            called_from = [place for place in called_from if in_tests or not is_of_tests(place[0].module)]
            if not (anyway and function in starts) and not all(
                number <= self.until.get(caller, -1) and _is_run(caller, number) for caller, number in called_from
            ):
                continue
            self.until[function] = limit
            edges = self.graph.edges[function]
            waiting += [target for number, target in edges.awaits if number <= limit and _is_run(function, number)]
            waiting += [step.target for step in edges.steps if step.number <= limit and step.target in self._entered]

    def _is_command(self, function: Function) -> bool:
        """Whether a function's decorators, one of which at least is from a library for command lines, make it a command."""
        if not function.facts.decorators or _COMMAND_LINES.isdisjoint(function.module.tops):
            return False
        rows = function.module.rows
        for row in function.facts.decorators:
            value = self.graph.linker.value(function.module, rows[row][1] if rows[row][0] == CALL else row)
            if any(isinstance(part, External) and part.name.partition(".")[0] in _COMMAND_LINES for part in value.alternatives):
                return True
        return False

    def _find_entered(self) -> Places:
        """Where coroutine functions are called by ``async with`` and ``async for``."""
        entered: Places = {}
        for function, edges in self.graph.edges.items():
            for step in edges.steps:
                if function.facts.uses[step.number][0] in _GOES_ON and step.target.facts.flags & ASYNC:
                    entered.setdefault(step.target, []).append((function, step.number))
        return entered

    def _called_once(self) -> Iterator[Function]:
        """The coroutine functions that are called only to store what they give: ``if self._key is None: self._key = await load()``."""
        for function, places in self._callers.items():
            if not function.module.is_dependency and all(caller.facts.uses[number][2] & FIRST_TIME for caller, number in places):
                yield function

    # -- what shares the loop

    def _find_serving(self) -> dict[Function, int]:
        """The functions that serve, or reach what does, each with the number of the first use that does so."""
        return self._with_callers(_first(self._named, lambda name: name not in _CONNECTS))

    def _find_spawning(self) -> dict[Function, int]:
        """The functions that start tasks or serve, or that reach what serves, or what leaves tasks behind in the same file, each with the
        number of the first such use. Tasks that are started far away look after what was made there."""
        spawning = _first(self._starters, _spawns)
        leaving = _first(self._starters, lambda start: _spawns(start) and not _is_in_own_group(start))
        serving = _earliest(_first(self._named, lambda name: True), _first(self._starters, _starts_server))
        return _earliest(spawning, self._with_callers(leaving, in_file=True), self._with_callers(serving))

    def _find_endless(self) -> Iterator[tuple[Function, int]]:
        """The coroutine functions that go round for ever and await something, as a service does, each with the number of the last use
        in front of such a loop."""
        for function in self.graph.edges:
            for number, (kind, _, flags, _) in enumerate(function.facts.uses if function.facts.flags & ASYNC else ()):
                if kind == USE_LOOP and flags & ENDLESS:
                    place = function.module.places.of_use
                    start = place(function.number, number)[:2]
                    inside = [other for other in range(number) if place(function.number, other)[:2] >= start]
                    if any(function.facts.uses[other][2] & AWAITED for other in inside):
                        yield function, inside[0] - 1
                        break

    def _with_callers(self, first: dict[Function, int], in_file: bool = False) -> dict[Function, int]:
        """These functions with all that reach them, each with the number of its first use that does."""
        callers: Places = {}
        for function, edges in self.graph.edges.items():
            for number, target in [(step.number, step.target) for step in edges.steps] + edges.awaits:
                if not in_file or target.module is function.module:
                    callers.setdefault(target, []).append((function, number))
        waiting = list(first)
        while waiting:
            for caller, number in callers.get(waiting.pop(), ()):
                known = first.get(caller)
                if known is None:
                    waiting.append(caller)
                if known is None or number < known:
                    first[caller] = number
        return first

    def _find_named(self) -> dict[Function, list[tuple[int, str]]]:
        """What is awaited that starts a server or tasks by its name, where nothing is known about it: ``await server.serve()``. That is,
        by function, the number of the use and the name."""
        named: dict[Function, list[tuple[int, str]]] = {}
        for function, edges in self.graph.edges.items():
            rows = function.module.rows
            for number, (kind, row, flags, _) in enumerate(function.facts.uses):
                if kind == USE_CALL and flags & AWAITED:
                    name = rows[rows[row][1]][2].rpartition(".")[2]
                    if name in _STARTS and all(number != awaiting for awaiting, _ in edges.awaits):
                        named.setdefault(function, []).append((number, name))
        return named

    def _find_starters(self) -> dict[Function, list[tuple[int, _Start]]]:
        """The calls of what is known to start something, by function, each with its number."""
        linker = self.graph.linker
        starters: dict[Function, list[tuple[int, _Start]]] = {}
        for function in self.graph.edges:
            linker.beat()
            for number, (kind, row, _, _) in enumerate(function.facts.uses):
                if kind != USE_CALL:
                    continue
                for alternative in linker.value(function.module, function.module.rows[row][1]).alternatives:
                    entry = alternative.entry if isinstance(alternative, (External, Function)) else None
                    if isinstance(alternative, Class) and not alternative.is_own:
                        entry = linker.knowledge.callable(alternative.name)
                    if entry is not None and entry.spawns:
                        starters.setdefault(function, []).append((number, _Start(function, number, entry)))
        return starters


class _Start(NamedTuple):
    """A call of what is known to start something."""

    function: Function
    number: int
    entry: CallableEntry


def _spawns(start: _Start) -> bool:
    """Whether it starts tasks, or a server. ``await gather(...)`` lasts as long as its tasks do: nothing else goes on meanwhile."""
    return not (start.entry.awaits and start.function.facts.uses[start.number][2] & AWAITED)


def _starts_server(start: _Start) -> bool:
    """Whether it starts something for others, not a task that it is given."""
    return bool(start.entry.passes) or not (start.entry.awaits or "task" in start.entry.runs.values())


def _is_in_own_group(start: _Start) -> bool:
    """Whether what is started ends before the function does: in a group that it opens by ``async with``."""
    module, uses = start.function.module, start.function.facts.uses
    rows = module.rows
    row = uses[start.number][1]
    operation, base, _, _ = rows[rows[row][1]]
    if operation == ATTR and rows[module.broad(base)][0] == AENTER:
        return True
    return any(kind == USE_AENTER and rows[other][1] == row for kind, other, _, _ in uses)


def _first(numbered: Mapping[Function, Sequence[tuple[int, _T]]], does: Callable[[_T], bool]) -> dict[Function, int]:
    """The functions with something that does so, each with the number of the first."""
    first: dict[Function, int] = {}
    for function, parts in numbered.items():
        number = next((number for number, part in parts if does(part)), None)
        if number is not None:
            first[function] = number
    return first


def _earliest(*numbers: Mapping[Function, int]) -> dict[Function, int]:
    """All these functions, each with the lowest of its numbers."""
    found: dict[Function, int] = {}
    for function, number in itertools.chain.from_iterable(part.items() for part in numbers):
        found[function] = min(number, found.get(function, number))
    return found


def _is_of_command_line(function: Function) -> bool:
    """Whether a function is run by what a user types, by its name or by where it stands: not a method that the class of some framework
    calls."""
    if function.owner is not None and not all(base.is_own or base.name == "builtins.object" for base in function.owner.mro):
        return False
    return is_of_commands(function.module, bool(function.facts.decorators)) or not COMMAND_WORDS.isdisjoint(
        function.facts.name.rpartition(".")[2].split("_")
    )


def _is_run(function: Function, number: int) -> bool:
    """Whether the coroutine that a use makes is awaited at once, or entered or iterated: not one of several at the same time."""
    kind, row, flags, _ = function.facts.uses[number]
    rows = function.module.rows
    return (
        bool(flags & AWAITED)
        or kind in _GOES_ON
        or any(kind in _GOES_ON and rows[other][1] == row for kind, other, _, _ in function.facts.uses)
    )


def _is_ending(function: Function) -> bool:
    """Whether a function ends a service, as its name says: all that it waits for, ends as well."""
    return not _ENDS.isdisjoint(function.facts.name.rpartition(".")[2].split("_"))


def _first_round(function: Function) -> int:
    """The number of the first use that awaits something in a loop, as a service does that has begun; -1 if there is none."""
    for number, (kind, _, flags, _) in enumerate(function.facts.uses):
        if kind == USE_AITER or (flags & AWAITED and flags & CONDITIONAL and not flags & IN_BRANCH):
            return number
    return -1
