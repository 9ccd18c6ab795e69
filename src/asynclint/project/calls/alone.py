"""Code that has the event loop to itself: nobody waits while it blocks for a moment.

That is a program's start, before it starts tasks or a server, and what a command does for the one who has typed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.project.calls.graph import CallGraph
from asynclint.project.linking.index import is_of_tests
from asynclint.project.linking.modules import COMMAND_WORDS, is_of_commands
from asynclint.project.linking.values import NOTHING_KNOWN, Class, External, Function
from asynclint.source.references import AENTER, ATTR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, CONDITIONAL, FIRST_TIME, IN_BRANCH, USE_AENTER, USE_AITER, USE_CALL

_STARTS: Final = frozenset({"listen", "run", "run_async", "run_forever", "run_until_disconnected", "serve", "serve_forever", "start"})
"""Names of methods that start a server or tasks, where nothing else is known about them."""

_CONNECTS: Final = frozenset({"run", "start"})
"""Those of them by which commands do something else as well: a client connects."""

_ENDS: Final = frozenset({"cleanup", "shutdown", "teardown"})
"""Words in the names of what ends a service."""

_GOES_ON: Final = frozenset({USE_AENTER, USE_AITER})

Places = dict[Function, list[tuple[Function, int]]]


class Alone:
    """The part of each coroutine function that has its loop to itself.

    `until` gives, for a coroutine function, the number of its first use that starts others: up to there it has the loop to itself, and
    starves nobody. `callers` are the places where coroutine functions are called, but for those that are handed to ``asyncio.run`` there.
    """

    def __init__(self, graph: CallGraph, callers: Places, start_ups: Set[Function], mains: Set[Function]) -> None:
        self.graph = graph
        self._callers = callers
        self._entered = self._find_entered()
        self.until: dict[Function, int] = {}
        self.starting = self._find_starting(start_ups)
        """The same for what runs when a service begins or ends, and what it alone calls: nobody is served yet, or any more."""
        self._find(mains)

    def _find_starting(self, start_ups: Set[Function]) -> dict[Function, int]:
        rounds = self._find_own(lambda function, number: _goes_round(function, number) and not _is_ending(function))
        self._spread(start_ups, rounds, anyway=True)
        starting = dict(self.until)
        self._spread(set(self._called_once()), rounds, anyway=True)
        return starting

    def _find(self, mains: Set[Function]) -> None:
        """Follow coroutines that are handed to ``asyncio.run`` up to where they start anything else, and commands up to where they
        serve.

        A coroutine that is called only from such places is alone as far as it starts nothing itself. A command may start tasks: nobody
        but its user waits for them.
        """
        commands = {function for function in self.graph.edges if function.nature == "alone"}
        serving = self._find_serving()
        self._spread(commands, serving)
        self._spread({function for function in self.graph.edges if _is_of_command_line(function)}, serving, anyway=True)
        self._spread(mains, self._find_spawning())

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
        return self._with_callers(self._find_own(lambda function, number: self._serves(function, number, _STARTS - _CONNECTS)))

    def _find_spawning(self) -> dict[Function, int]:
        """The functions that start tasks or serve, or that reach what serves, or what leaves tasks behind in the same file, each with the
        number of the first such use. Tasks that are started far away look after what was made there."""
        own = self._find_own(self._spawns)
        tasks = self._with_callers(self._find_own(self._leaves), in_file=True)
        serving = self._find_own(lambda function, number: self._serves(function, number) or self._starts_server(function, number))
        servers = self._with_callers(serving)
        found: dict[Function, int] = {}
        for function, number in [*own.items(), *tasks.items(), *servers.items()]:
            found[function] = min(number, found.get(function, number))
        return found

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

    def _find_own(self, does: Callable[[Function, int], bool]) -> dict[Function, int]:
        """The functions with a use that `does` something, each with the number of the first."""
        first: dict[Function, int] = {}
        for function in self.graph.edges:
            self.graph.linker.beat()
            number = next((number for number in range(len(function.facts.uses)) if does(function, number)), None)
            if number is not None:
                first[function] = number
        return first

    def _serves(self, function: Function, number: int, names: Set[str] = _STARTS) -> bool:
        """Whether a use awaits what starts a server or tasks by its name, where nothing is known about it: ``await server.serve()``."""
        kind, row, flags, _ = function.facts.uses[number]
        if kind != USE_CALL or not flags & AWAITED:
            return False
        rows = function.module.rows
        if rows[rows[row][1]][2].rpartition(".")[2] not in names:
            return False
        return number not in dict(self.graph.edges[function].awaits)

    def _spawns(self, function: Function, number: int) -> bool:
        """Whether a use starts tasks, or a server. ``await gather(...)`` lasts as long as its tasks do: nothing else goes on meanwhile."""
        flags = function.facts.uses[number][2]
        return any(not (entry.awaits and flags & AWAITED) for entry in self._starting_entries(function, number))

    def _starts_server(self, function: Function, number: int) -> bool:
        """Whether what a use starts is for others, not a task that it is given."""
        return any(
            entry.passes or not (entry.awaits or "task" in entry.runs.values()) for entry in self._starting_entries(function, number)
        )

    def _leaves(self, function: Function, number: int) -> bool:
        """Whether what a use starts goes on when the function has ended: not so in a group that it opens by ``async with``."""
        if not self._spawns(function, number):
            return False
        rows = function.module.rows
        row = function.facts.uses[number][1]
        operation, base, _, _ = rows[rows[row][1]]
        in_own_group = operation == ATTR and rows[function.module.broad(base)][0] == AENTER
        return not in_own_group and not any(kind == USE_AENTER and rows[other][1] == row for kind, other, _, _ in function.facts.uses)

    def _starting_entries(self, function: Function, number: int) -> Iterator[CallableEntry]:
        """What is known about what a use calls, if that starts something."""
        kind, row, _, _ = function.facts.uses[number]
        callee = self.graph.linker.value(function.module, function.module.rows[row][1]) if kind == USE_CALL else NOTHING_KNOWN
        for alternative in callee.alternatives:
            entry = alternative.entry if isinstance(alternative, (External, Function)) else None
            if isinstance(alternative, Class) and not alternative.is_own:
                entry = self.graph.linker.knowledge.callable(alternative.name)
            if entry is not None and entry.spawns:
                yield entry


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


def _goes_round(function: Function, number: int) -> bool:
    """Whether a use awaits something in a loop, as a service does that has begun."""
    kind, _, flags, _ = function.facts.uses[number]
    return kind == USE_AITER or bool(flags & AWAITED and flags & CONDITIONAL and not flags & IN_BRANCH)
