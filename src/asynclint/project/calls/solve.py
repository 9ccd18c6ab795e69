"""Solve effects to a fixed point: which functions can block, and the best way from each to where it does.

An effect is a rule's name: that a call of the function can break this rule. Solving goes breadth first from the sinks against
the direction of the calls, one rule after the other, the certain ways before the likely ones. So every function has one way an
effect, the most certain, then the shortest, then the first by text, and only its next step is kept; the way is read by following
steps. Where a way depends on the function's arguments (see :mod:`asynclint.project.calls.arguments`), the best that depends on less is
kept too. A function that is a root of its own lends its effects to nobody: they are reported there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.calls.arguments import Carried, Conditions, carry, contradict_each_other, exclude_each_other
from asynclint.project.calls.busy import RULES_OF_LOOPS, loop_of
from asynclint.project.calls.contexts import Contexts, Root
from asynclint.project.calls.edges import Edges, Sink, Step
from asynclint.project.calls.graph import MOST_BRANCHES, CallGraph
from asynclint.project.linking.link import Renewal
from asynclint.project.linking.values import Function
from asynclint.source.uses import IN_BRANCH


class Way(NamedTuple):
    """A way from a function to an effect: its use `number`, and then `onward`, the way of the function that this runs, or at the
    end the `sink`.

    `steps` counts the uses of the way; `certainty` is that of the whole; `conditions` must hold of the function's parameters.
    """

    certainty: Certainty
    steps: int
    function: Function
    number: int
    conditions: Conditions
    branches: int
    """How many of its uses stand in branches of dependencies."""
    onward: Way | None
    sink: Sink


class Reach(NamedTuple):
    """A root reaches a sink: use `number` of `root` breaks `rule`.

    `way` leads from there: functions of the program, each with the number of the use that goes on; empty where the sink is the use itself.
    """

    root: Function
    number: int
    rule: str
    certainty: Certainty
    sink: Sink
    way: tuple[tuple[Function, int], ...]


_Waiting = dict[int, dict[tuple[Function, Conditions], Way]]
"""Ways on offer, by their steps, then by function and conditions."""

LONGEST_SHOWN: Final = 7
"""A way of more steps than this passes so many branches that it is possible at most."""

_SHORT_WAY: Final = 3
"""A way of at most so many steps is short."""

_MOST_ROUNDS: Final = 4
"""Through so many calls of methods that classes leave to others, one behind the other, a way is likely."""

MOST_WAYS: Final = 4
"""Ways under different conditions that are kept for one function and effect."""

Silenced = Callable[[Function, int, str], bool]
"""Whether a comment at a use (number) or at a function's ``def`` (number -1) silences a rule for every way that passes there."""


class Interests(NamedTuple):
    """What a solver solves for."""

    rules: frozenset[str]
    """The effects."""
    harmless_once: frozenset[str]
    """Those of them that hurt nobody where they happen once or where the code has the loop to itself."""
    harmless_at_start: frozenset[str]
    """Those that do not where a service begins or ends, in a command, and before a main coroutine starts anything else."""
    hand_overs: frozenset[str]
    """Those that are mostly short where they stand behind several calls."""
    of_data: frozenset[str]
    """Those about what is done with data, whose texts choose branches."""


class Solver:
    """Ways of every function, and what the roots reach. `silenced` answers for comments. After a `renewal`, the solver `before` speaks
    for all other functions."""

    def __init__(
        self,
        graph: CallGraph,
        contexts: Contexts,
        interests: Interests,
        silenced: Silenced,
        direct_only: bool = False,
        before: Solver | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        self.graph = graph
        self.contexts = contexts
        rules = self.rules = interests.rules
        self.harmless_once = interests.harmless_once
        self.harmless_at_start = interests.harmless_at_start
        self.hand_overs = interests.hand_overs
        self.of_data = interests.of_data
        self.silenced = silenced
        self.direct_only = direct_only
        self.ways: dict[str, dict[Function, list[Way]]] = {rule: {} for rule in sorted(rules)}
        self._likely_groups: dict[tuple[Function, int], str] = {}
        """Uses that call a method which a class leaves to others, and the rule that most of those break."""
        if not direct_only:
            functions: Collection[Function] = graph.edges
            if before is not None and renewal is not None:
                functions = self._take_over(before, renewal)
            self._callers = self._find_callers(functions)
            sinks: dict[str, list[tuple[Function, Sink]]] = {rule: [] for rule, ways in self.ways.items() if ways}
            for function in functions:
                for sink in graph.edges[function].sinks:
                    rule = sink.rule
                    if rule in rules and not silenced(function, sink.number, rule):
                        sinks.setdefault(rule, []).append((function, sink))
            for level in (Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE):
                for rule, found in sinks.items():
                    graph.linker.beat()
                    self._solve(rule, found, level)
                if level is Certainty.LIKELY:
                    self._solve_groups(functions)

    def _take_over(self, before: Solver, renewal: Renewal) -> Collection[Function]:
        """Take the ways that a renewal leaves as they were, and give the functions that are to be solved for anew."""
        functions = dict.fromkeys(renewal.module.functions)
        self._likely_groups = {key: rule for key, rule in before._likely_groups.items() if key[0] not in functions}
        for rule, known in before.ways.items():
            for function, ways in known.items():
                kept = [way for way in ways if not any(passed in renewal.gone for passed, _ in _steps(way))]
                if kept:
                    self.ways[rule][function] = kept
                if len(kept) < len(ways) and function in self.graph.edges:
                    functions[function] = None
        return functions

    def _find_callers(self, functions: Iterable[Function]) -> dict[Function, list[tuple[Function, Step]]]:
        callers: dict[Function, list[tuple[Function, Step]]] = {}
        for function in functions:
            for step in self.graph.edges[function].steps:
                if not self._is_own_root(step.target):
                    callers.setdefault(step.target, []).append((function, step))
        return callers

    def _is_own_root(self, function: Function) -> bool:
        root = self.contexts.roots.get(function)
        return root is not None and root.certainty is Certainty.CERTAIN

    def _solve(self, rule: str, sinks: list[tuple[Function, Sink]], level: Certainty) -> None:
        waiting: _Waiting = {}
        for function, sink in sinks:
            if self._certainty(sink, rule, function) >= level:
                self._offer(waiting, rule, Way(level, 1, function, sink.number, sink.conditions, sink.branches, None, sink))
        for ways in list(self.ways[rule].values()):
            for way in ways:
                if way.certainty >= level:
                    self._offer_to_callers(waiting, rule, way, level)
        self._spread(waiting, rule, level)

    def _spread(self, waiting: _Waiting, rule: str, level: Certainty) -> None:
        while waiting:
            for way in waiting.pop(min(waiting)).values():
                if self._is_new(rule, way):
                    self.ways[rule].setdefault(way.function, []).append(way)
                    self._offer_to_callers(waiting, rule, way, level)

    def _solve_groups(self, functions: Iterable[Function]) -> None:
        """One of the methods that a class leaves to others runs, and nobody knows here which: a call is likely to block where most do. It
        is said to break the rule that most of them break. Each round may bring ways that the next one builds on."""
        groups: dict[tuple[Function, int], list[Function]] = {}
        for function in functions:
            for step in self.graph.edges[function].steps:
                if step.group:
                    groups.setdefault((function, step.number), []).append(step.target)
        rules = [rule for rule, ways in self.ways.items() if ways and rule not in self.hand_overs] if groups else []
        for _ in range(_MOST_ROUNDS):
            found: dict[str, list[Function]] = {}
            for (function, number), targets in groups.items():
                if (function, number) in self._likely_groups:
                    continue
                broken = {rule: [target for target in targets if self._blocks_soon(rule, target)] for rule in rules}
                blocking = {target for targets in broken.values() for target in targets}
                if len(blocking) > 1 and 2 * len(blocking) >= len(targets):
                    rule = max(rules, key=lambda rule: len(broken[rule]))
                    self._likely_groups[function, number] = rule
                    found.setdefault(rule, []).extend(broken[rule])
            for rule, targets in found.items():
                waiting: _Waiting = {}
                for target in dict.fromkeys(targets):
                    for way in list(self.ways[rule][target]):
                        self._offer_to_callers(waiting, rule, way, Certainty.LIKELY)
                self._spread(waiting, rule, Certainty.LIKELY)
            if not found:
                break

    def _is_new(self, rule: str, way: Way) -> bool:
        """Whether a way holds where none of the ways found before it does: they are better in everything else."""
        known = self.ways[rule].get(way.function, ())
        return len(known) < MOST_WAYS and not any(other.conditions <= way.conditions for other in known)

    def _blocks_soon(self, rule: str, function: Function) -> bool:
        """Whether a function breaks a rule without a long way: what most do behind many calls, they mostly do only sometimes."""
        return any(way.steps <= _SHORT_WAY for way in self.ways[rule].get(function, ()))

    def _certainty(self, edge: Step | Sink, rule: str, function: Function) -> Certainty:
        """How sure an edge of a function is for a rule: what happens once is possible at most; once for each set of arguments, it is where
        that is harmless, and likely else."""
        if edge.once:
            return Certainty.POSSIBLE
        if isinstance(edge, Step):
            if edge.group and self._likely_groups.get((function, edge.number)) == rule:
                return Certainty.LIKELY
            if edge.cached:
                return min(edge.certainty, Certainty.POSSIBLE if rule in self.harmless_once else Certainty.LIKELY)
        return edge.certainty

    def _offer_to_callers(self, waiting: _Waiting, rule: str, way: Way, level: Certainty) -> None:
        if level > Certainty.POSSIBLE and way.steps >= LONGEST_SHOWN:
            return
        for caller, step in self._callers.get(way.function, ()):
            if self._certainty(step, rule, caller) >= level and not self.silenced(caller, step.number, rule):
                carried = self._carry(caller, step, way)
                if carried is not None and carried.certainty >= level:
                    conditions = carried.conditions | step.conditions
                    branches = way.branches + step.branches
                    self._offer(waiting, rule, Way(level, way.steps + 1, caller, step.number, conditions, branches, way, way.sink))

    def _carry(self, caller: Function, step: Step, way: Way) -> Carried | None:
        by_text = Certainty.LIKELY if way.sink.rule in self.of_data else Certainty.POSSIBLE
        carried = carry(self.graph.linker, caller, step.row, step.target, step.offset, way.conditions, by_text)
        return None if carried is not None and contradict_each_other(carried.conditions | step.conditions) else carried

    def _offer(self, waiting: _Waiting, rule: str, way: Way) -> None:
        if way.branches > MOST_BRANCHES[way.certainty]:
            return
        if not self._is_new(rule, way) or self.silenced(way.function, -1, rule):
            return
        offered = waiting.setdefault(way.steps, {})
        key = (way.function, way.conditions)
        known = offered.get(key)
        if known is None or _text(way) < _text(known):
            offered[key] = way

    # -- what roots reach

    def reaches(self, files: Container[str]) -> Iterator[Reach]:
        """What each root in these files reaches, by root and use: at one use one reach a rule, the best."""
        for function, root in self.contexts.roots.items():
            if function.module.path not in files:
                continue
            edges = self._edges_on_loop(function, root)
            best: dict[tuple[int, str], Reach] = {}
            for sink in edges.sinks:
                rule = sink.rule
                if rule in self.rules:
                    certainty = min(root.certainty, self._certainty(sink, rule, function))
                    self._keep(best, self._reach(function, sink.number, rule, certainty, sink, ()))
            for step in edges.steps:
                if self.direct_only or self._is_own_root(step.target):
                    continue
                for rule, ways in self.ways.items():
                    for way in ways.get(step.target, ()):
                        carried = self._carry(function, step, way)
                        if carried is not None:
                            sure = carried.certainty
                            certainty = min(root.certainty, self._certainty(step, rule, function), way.certainty, sure)
                            self._keep(best, self._reach(function, step.number, rule, certainty, way.sink, _steps(way)))
            yield from (_weighed_against(_weighed_with_inner(best[key], best), best) for key in sorted(best))

    def _edges_on_loop(self, function: Function, root: Root) -> Edges:
        """The edges of a root, but for those of branches that the evidence for its being one excludes."""
        edges = self.graph.edges[function]
        if not root.guards:
            return edges
        uses = function.facts.uses
        away = {number for number, use in enumerate(uses) if use[3] and exclude_each_other(function, root.guards, use[3])}
        steps = [step for step in edges.steps if step.number not in away]
        return Edges(steps, [sink for sink in edges.sinks if sink.number not in away], edges.awaits)

    def _reach(
        self, root: Function, number: int, rule: str, certainty: Certainty, sink: Sink, way: tuple[tuple[Function, int], ...]
    ) -> Reach:
        if self._hurts_nobody(root, number, rule):
            certainty = Certainty.POSSIBLE
        elif rule in self.hand_overs and way:
            certainty = min(certainty, Certainty.LIKELY if len(way) <= 2 else Certainty.POSSIBLE)
        return Reach(root, number, rule, certainty, sink, way)

    def _hurts_nobody(self, root: Function, number: int, rule: str) -> bool:
        """Whether nobody else waits while a use of a root breaks a rule."""
        contexts = self.contexts
        if number > contexts.alone.get(root, -1):
            return False
        is_just_once = contexts.starting.get(root, -1) < number <= contexts.once.get(root, -1)
        return rule in self.harmless_once or (rule in self.harmless_at_start and not is_just_once)

    def _keep(self, best: dict[tuple[int, str], Reach], reach: Reach) -> None:
        key = (reach.number, reach.rule)
        known = best.get(key)
        if known is None or _order(reach) < _order(known):
            best[key] = reach


_REQUESTS: Final = ("blocking-http", "blocking-socket")


def _weighed_against(reach: Reach, best: dict[tuple[int, str], Reach]) -> Reach:
    """A sleep in a dependency, or in a branch, that also makes a request during the same use is that of a retry: the request speaks for
    both."""
    if reach.rule != "blocking-sleep" or not reach.way:
        return reach
    function, number = reach.way[-1]
    is_retry = function.module.is_dependency or bool(function.facts.uses[number][2] & IN_BRANCH)
    requests = [best[reach.number, rule] for rule in _REQUESTS if (reach.number, rule) in best]
    if is_retry and any(other.certainty > Certainty.POSSIBLE or function.module.is_dependency for other in requests):
        return reach._replace(certainty=Certainty.POSSIBLE)
    return reach


def _weighed_with_inner(reach: Reach, best: dict[tuple[int, str], Reach]) -> Reach:
    """Where something in a loop blocks, to await that instead lets others run: it speaks for the loop."""
    if reach.rule not in RULES_OF_LOOPS:
        return reach
    loop = loop_of(reach.root, reach.number) if not reach.way else None
    first = loop.first if loop is not None else reach.number
    blocks = any(
        first <= other.number <= reach.number and other.rule not in RULES_OF_LOOPS and other.certainty > Certainty.POSSIBLE
        for other in best.values()
    )
    return reach._replace(certainty=Certainty.POSSIBLE) if blocks else reach


def _steps(way: Way) -> tuple[tuple[Function, int], ...]:
    steps: list[tuple[Function, int]] = []
    onward: Way | None = way
    while onward is not None:
        steps.append((onward.function, onward.number))
        onward = onward.onward
    return tuple(steps)


def _text(way: Way) -> tuple[str, int]:
    """What decides between ways of the same certainty and length."""
    return (way.onward.function.name if way.onward is not None else way.sink.name, way.number)


def _order(reach: Reach) -> tuple[int, int, str, str]:
    first = reach.way[0][0].name if reach.way else ""
    return (-reach.certainty, len(reach.way), first, reach.sink.name)
