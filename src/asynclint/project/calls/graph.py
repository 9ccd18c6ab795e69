"""The call graph: what each function's uses lead to.

A use leads to *steps* (functions of the program whose body runs during it), to *sinks* (known callables that can block), and to
*hops* (callables that are handed over to run in another context). A use that gives a coroutine or a generator runs nothing;
awaiting, iterating or entering it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.model import Certainty
from asynclint.project.calls.arguments import conditions_of, decide
from asynclint.project.calls.busy import effects_of_loop
from asynclint.project.calls.conditions import certainty_of_blocking, rule_of
from asynclint.project.calls.edges import Edges, Hop, Sink, Step
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker, Renewal
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    Alternative,
    Bound,
    Class,
    External,
    Function,
    Instance,
    Origin,
    Pending,
    Value,
    is_none,
    left_to_others,
    unbound,
)
from asynclint.source.references import AENTER, ANNOTATED, ATTR, BINARY, CALL, CONST, ENTER, NAME, PARAM, TEST, UNION, Row, keywords_of
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import (
    AWAITED,
    FIRST_TIME,
    HAS_FAILED,
    IN_BRANCH,
    IN_BRANCHES,
    IS_FALSE,
    IS_NONE,
    IS_NOT_NONE,
    IS_TRUE,
    OTHER_SYSTEM,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_BUSY,
    USE_CALL,
    USE_ENTER,
    USE_ITER,
    USE_READ,
    Use,
)

_PROTOCOLS: Final = {
    USE_ENTER: (("__enter__", "__exit__"), ("context-manager",)),
    USE_ITER: (("__iter__", "__next__"), ("generator",)),
    USE_AENTER: (("__aenter__", "__aexit__"), ("async-context-manager",)),
    USE_AITER: (("__aiter__", "__anext__"), ("async-generator",)),
}
"""What a use runs by a protocol: these methods of an object, and the suspended body of a call of this nature."""

_ENTERS: Final = {"with": USE_ENTER, "async with": USE_AENTER}
"""The use that enters as the knowledge says."""

_OF_DEBUGGING: Final = frozenset({"DEBUG", "DUMP", "LOG", "PROFILE", "PROFILING", "TRACE", "TRACING", "VERBOSE"})
"""Words in names of settings that are off unless somebody looks for a mistake."""

_INITIALISERS: Final = ("__new__", "__init__", "__post_init__")

_DEEPEST_HAND: Final = 100
"""Through so many functions, one behind the other, a callable is followed that they hand on."""

DEEPEST_DEPENDENCY: Final = 10
"""So many calls are followed into installed packages, one behind the other."""

MOST_BRANCHES: Final = {Certainty.CERTAIN: 0, Certainty.LIKELY: 1, Certainty.POSSIBLE: 4}
"""Through how many branches of dependencies a way may lead: of each, nobody knows here whether it is ever taken."""


class CallGraph:
    """The edges of every function of a linked program, and of the functions of dependencies that were followed; and all hops of the
    program. After a `renewal`, the graph `before` speaks for all other functions."""

    def __init__(self, linker: Linker, before: CallGraph | None = None, renewal: Renewal | None = None) -> None:
        self.linker = linker
        self.hops: list[Hop] = []
        self._is_renewed = renewal is not None
        self._answers: dict[Function, bool] = {}
        self._handed: dict[Function, dict[int, set[str]]] = {}
        self._handing = 0
        self.edges: dict[Function, Edges] = {}
        if before is not None and renewal is not None:
            self.hops = [hop for hop in before.hops if hop.function not in renewal.gone]
            self.edges = renewal.without(before.edges)
            for function in renewal.functions:
                self._connect(function)
            for edges in self.edges.values() if not renewal.gone.issubset(self.edges) else ():
                edges.steps[:] = [step for step in edges.steps if step.target not in renewal.gone or step.target in self.edges]
            return
        for module in linker.modules.values():
            for function in module.functions:
                self._connect(function)

    def follow(self, starts: Iterable[Function], most_branches: int) -> None:
        """Connect the functions of dependencies that these functions reach through at most so many branches of dependencies."""
        reached = dict.fromkeys(starts, 0)
        level = list(reached)
        for function in level:  # the list grows: all that they reach in the program itself
            for step in self.edges[function].steps:
                if step.target not in reached and not step.target.module.is_dependency:
                    reached[step.target] = 0
                    level.append(step.target)
        for _ in range(DEEPEST_DEPENDENCY):
            following: dict[Function, None] = {}
            for function in level:
                for step in self.edges[function].steps:
                    branches = reached[function] + step.branches
                    if branches < reached.get(step.target, most_branches + 1):
                        reached[step.target] = branches
                        following[step.target] = None
            level = list(following)
            for function in level:
                if function not in self.edges:
                    self._connect(function)
        for function in reached if self._is_renewed else self.edges:  # what was not followed leads nowhere
            steps = self.edges[function].steps if function in self.edges else []
            steps[:] = [step for step in steps if step.target in self.edges]

    def edges_as(self, kind: int, function: Function, number: int, row: int) -> Edges:
        """What use `number` would lead to, if it were of another `kind`, and of `row`: ``with`` for ``async with``."""
        edges = Edges([], [], [])
        self._implicitly(function, edges, number, function.facts.uses[number], row, *_PROTOCOLS[kind])
        return edges

    # -- from uses to what they run

    def _connect(self, function: Function) -> None:
        self.linker.beat()
        edges = self.edges[function] = Edges([], [], [])
        for number, use in enumerate(function.facts.uses):
            kind = use[0]
            if use[3] and self._runs_without_loop(function, use):
                continue
            known = (len(edges.steps), len(edges.sinks))
            if kind == USE_CALL:
                self._call(function, edges, number, use)
            elif kind == USE_READ:
                self._read(function, edges, number, use)
            elif kind in _PROTOCOLS:
                methods, natures = _PROTOCOLS[kind]
                self._implicitly(function, edges, number, use, function.module.rows[use[1]][1], methods, natures)
            elif kind == USE_AWAIT:
                self._await(function, edges, number, use, function.module.rows[use[1]][1], Certainty.CERTAIN)
            elif kind == USE_BUSY:
                for entry, sure in effects_of_loop(self.linker, function, number, edges.sinks):
                    self._sink(function, edges, number, use, External("loop", entry), sure)
            if use[3] and (
                self._is_switched_off(function, use)
                or is_for_sync_callers(function, use)
                or (function.module.is_dependency and use[2] & OTHER_SYSTEM)
            ):
                edges.steps[known[0] :] = [step._replace(certainty=Certainty.POSSIBLE) for step in edges.steps[known[0] :]]
                edges.sinks[known[1] :] = [sink._replace(certainty=Certainty.POSSIBLE) for sink in edges.sinks[known[1] :]]

    def _runs_without_loop(self, function: Function, use: Use) -> bool:
        """Whether the tests and handlers around a use say that no loop is running in this thread."""
        return any(self._denies_loop(function.module, guard) for guard in use[3])

    def _denies_loop(self, module: Module, guard: int) -> bool:
        rows = module.rows
        operation, tested, state, rest = rows[guard]
        if operation == CALL:
            return self._gives_no_loop(module, guard)
        if operation == BINARY and state == "or":
            return all(rows[part][0] != BINARY and self._denies_loop(module, part) for part in (tested, *rest))
        if operation != TEST or state not in (IS_NONE, IS_FALSE, HAS_FAILED) or rows[tested][0] == PARAM:
            return False
        if rows[tested][0] == ANNOTATED:
            tested = rows[tested][3][0]
        parts = rows[tested][3] if rows[tested][0] == UNION else (tested,)
        return any(self._tells_loop(module, part, state == HAS_FAILED) for part in parts)

    def _is_switched_off(self, function: Function, use: Use) -> bool:
        """Whether a use stands in a branch that a setting excludes, as far as the program tells: a global whose only value says so, or
        whose name says that it is for whoever looks for a mistake, where its value is not known."""
        rows = function.module.rows
        for guard in use[3]:
            operation, tested, state, _ = rows[guard]
            if operation != TEST or not _is_setting(rows, tested) or self.linker.is_assigned(_name_of(rows[tested])):
                continue
            decided = decide(self.linker.value(function.module, tested), state)
            if decided is False or (decided is None and state in (IS_TRUE, IS_NOT_NONE) and _is_of_debugging(_name_of(rows[tested]))):
                return True
        return False

    def _gives_no_loop(self, module: Module, row: int) -> bool:
        """Whether a call is of a function like ``def may_block(): return ... and not is_loop_running()``."""
        callee = self.linker.value(module, module.rows[row][1])
        only = callee.alternatives[0] if len(callee.alternatives) == 1 else None
        if not isinstance(only, Function):
            return False
        operation, base, operator, _ = only.module.rows[only.facts.returned]
        return operation == BINARY and operator == "not" and self._tells_loop(only.module, base, False)

    def _tells_loop(self, module: Module, row: int, by_raising: bool) -> bool:
        operation, base, _, _ = module.rows[row]
        if operation != CALL:
            return False
        callee = self.linker.value(module, base)
        if len(callee.alternatives) != 1:
            return False
        only = callee.alternatives[0]
        if isinstance(only, External) and only.entry is not None:
            # What guesses the loop gives the running one, if there is one; it never gives nothing.
            return only.entry.needs_loop or only.entry.guesses_loop or (only.entry.tells_loop and not by_raising)
        return isinstance(only, Function) and not by_raising and self._answers_loop(only)

    def _answers_loop(self, function: Function) -> bool:
        """Whether a function does nothing but tell whether a loop is running: it asks, guarded, and returns the loop or a truth value."""
        if function not in self._answers:
            self._answers[function] = False  # met again on the way round
            self._answers[function] = self._only_asks(function)
        return self._answers[function]

    def _only_asks(self, function: Function) -> bool:
        rows = function.module.rows
        calls = [use for use in function.facts.uses if use[0] == USE_CALL]
        if not 0 < len(calls) <= 3 or not any(self._tells_loop(function.module, use[1], False) for use in calls):
            return False
        returned = function.facts.returned
        parts = rows[returned][3] if rows[returned][0] == UNION else (returned,)
        if any(rows[part][0] == CONST and rows[part][2] in ("True", "False") for part in parts):
            name = function.facts.name.rpartition(".")[2].lower()  # only the name says which of them means yes
            if any(word in name for word in ("no_", "not_", "without", "outside")):
                return False
        if all(rows[part][0] == CONST and rows[part][2] == "None" for part in parts):
            return False
        return all(rows[part][0] == CONST or self._tells_loop(function.module, part, False) for part in parts)

    def _call(self, function: Function, edges: Edges, number: int, use: Use) -> None:
        module = function.module
        row = module.rows[use[1]]
        callee = self.linker.value(module, row[1])
        known = len(edges.steps)
        for alternative, certainty in _weighed(self.linker, callee, bool(use[2] & AWAITED)):
            self._invoke(function, edges, number, use, alternative, certainty)
        if len(edges.steps) - known > 1 and not module.is_dependency and not _is_async_form(function, module.rows[row[1]]):
            group = left_to_others(callee)
            edges.steps[known:] = [step._replace(group=len(group)) if step.target in group else step for step in edges.steps[known:]]

    def _invoke(self, function: Function, edges: Edges, number: int, use: Use, callee: Alternative, certainty: Certainty) -> None:
        """Calling `callee`: run its body, or note what is known about it, and look at the callables among its arguments."""
        if isinstance(callee, (Function, Bound)):
            target = unbound(callee)
            self.linker.link_decorators(target)
            if isinstance(callee, Bound):
                certainty = min(certainty, callee.certainty)
            if target.entry is not None:
                self._known(function, edges, number, use, External(target.name, target.entry), certainty)
                return
            if target.facts.flags & ASYNC:
                edges.awaits.append((number, target))
                if use[2] & AWAITED:
                    self._await(function, edges, number, use, use[1], certainty)
            if runs_when_called(target):
                sure = min(certainty, Certainty.LIKELY) if target.doubtful else certainty
                if target.doubtful and use[2] & AWAITED:
                    sure = Certainty.POSSIBLE  # its author awaits it: the decorator must have made it something to await
                self._step(function, edges, number, use, target, sure, use[1], isinstance(callee, Bound))
                for wrapper in target.wrappers:
                    self._step(function, edges, number, use, wrapper, sure)
            self._hand_over(function, edges, number, use, target, isinstance(callee, Bound), certainty)
        elif isinstance(callee, Class):
            self._construct(function, edges, number, use, callee, certainty)
        elif isinstance(callee, External):
            self._known(function, edges, number, use, callee, certainty)
        elif isinstance(callee, Instance):
            for method, sure in _weighed(self.linker, self.linker.attribute(callee, "__call__"), False):
                if isinstance(method, (Bound, External)):
                    self._invoke(function, edges, number, use, method, min(certainty, sure))

    def _await(self, function: Function, edges: Edges, number: int, use: Use, row: int, certainty: Certainty) -> None:
        """Awaiting a coroutine of a dependency runs its body; one of the program is a root of its own."""
        for alternative, sure in _weighed(self.linker, self.linker.value(function.module, row), False):
            if isinstance(alternative, Pending) and isinstance(alternative.callee, Function) and alternative.nature == "coroutine":
                target = alternative.callee
                self.linker.link_decorators(target)
                if target.module.is_dependency and target.entry is None and target.nature not in ("thread", "opaque"):
                    call = alternative.origin[1] if alternative.origin[0] is function.module else 0
                    self._step(function, edges, number, use, target, min(sure, certainty), call, alternative.receiver is not None)

    def _construct(self, function: Function, edges: Edges, number: int, use: Use, klass: Class, certainty: Certainty) -> None:
        known = self._known_constructor(klass)
        if known is not None:
            self._known(function, edges, number, use, known, certainty)
        for name in _INITIALISERS if klass.facts is not None else ():
            member = self.linker.member(klass, name) if known is None or name == "__post_init__" else None
            for alternative, sure in _weighed(self.linker, member, False) if member is not None else ():
                if isinstance(alternative, Function):
                    self.linker.link_decorators(alternative)
                    if runs_when_called(alternative):
                        row = 0 if name == "__post_init__" else use[1]
                        self._step(function, edges, number, use, alternative, min(certainty, sure), row, 1)
                    if name == "__init__":
                        self._hand_over(function, edges, number, use, alternative, True, certainty)

    def _known_constructor(self, klass: Class) -> External | None:
        """What is known about the constructor that an object of a class is made with."""
        for base in klass.mro:
            entry = self.linker.knowledge.callable(base.name) if not base.is_own else None
            if entry is not None:
                return External(base.name, entry)
            if base.facts is not None and "__init__" in base.facts.members:
                return None
        return None

    def _known(self, function: Function, edges: Edges, number: int, use: Use, callee: External, certainty: Certainty) -> None:
        entry = callee.entry
        if entry is None:
            return
        if not entry.lazy:
            self._block(function, edges, number, use, callee, entry, certainty)
        call = (function.module, use[1])
        for parameter, context in entry.runs.items():
            row = self.linker.argument(call, parameter, entry.parameters)
            if row is not None:
                self._run_in(function, edges, number, use, callee.name, context, row, certainty)
                if context == "task" and parameter not in entry.awaits:
                    self._await(function, edges, number, use, row, certainty)
        for row in self._arguments(call, entry, [name for name in entry.awaits if entry.runs.get(name) != "alone"]):
            self._await(function, edges, number, use, row, certainty)
        for row in self._arguments(call, entry, entry.consumes):
            self._implicitly(function, edges, number, use, row, *_PROTOCOLS[USE_ITER], certainty)
        for parameter, manager in entry.enters.items():
            row = self.linker.argument(call, parameter, entry.parameters)
            if row is not None:
                methods, natures = _PROTOCOLS[_ENTERS[manager]]
                called = methods if _is_left_here(call[0].rows, use[1]) else methods[:1]
                self._implicitly(function, edges, number, use, row, called, natures, certainty)

    def _arguments(self, call: Origin, entry: CallableEntry, names: Iterable[str]) -> Iterator[int]:
        """The rows of the arguments that a call gives for some parameters; ``*`` are all positional ones."""
        for name in names:
            row = self.linker.argument(call, name, entry.parameters)
            if row is not None:
                yield row
            elif name == "*":
                rest = call[0].rows[call[1]][3]
                yield from rest[: len(rest) - len(keywords_of(call[0].rows[call[1]]))]

    def _block(
        self, function: Function, edges: Edges, number: int, use: Use, callee: External, entry: CallableEntry, certainty: Certainty
    ) -> None:
        if entry.blocks is not None:
            sure = certainty_of_blocking(self.linker, function, use, callee, entry)
            if sure is not None:
                self._sink(function, edges, number, use, callee, min(sure, certainty))

    def _sink(self, function: Function, edges: Edges, number: int, use: Use, callee: External, certainty: Certainty) -> None:
        rule = rule_of(self.linker, callee)
        if callee.entry is not None and rule is not None:
            conditions = conditions_of(self.linker, function, use)
            once = bool(use[2] & FIRST_TIME)
            edges.sinks.append(Sink(number, callee.name, rule, callee.entry, certainty, once, conditions, _branches(function, use)))

    def _run_in(
        self, function: Function, edges: Edges, number: int, use: Use, api: str, context: str, row: int, certainty: Certainty
    ) -> None:
        """A callable handed to `api`, which runs it in `context`: at once, that is a step; else a hop."""
        value = self.linker.value(function.module, row)
        if context == "here":
            for alternative, sure in _weighed(self.linker, value, False):
                if isinstance(alternative, (Function, Bound)):
                    target = unbound(alternative)
                    self.linker.link_decorators(target)
                    if target.entry is None and runs_when_called(target):
                        self._step(function, edges, number, use, target, min(certainty, sure))
                elif isinstance(alternative, External) and alternative.entry is not None:
                    unknown = Certainty.POSSIBLE if alternative.entry.only else Certainty.LIKELY  # with which arguments
                    self._sink(function, edges, number, use, alternative, min(certainty, sure, unknown))
        elif not function.module.is_dependency:
            self.hops.append(Hop(function, number, api, context, row, value))

    def _step(
        self,
        function: Function,
        edges: Edges,
        number: int,
        use: Use,
        target: Function,
        certainty: Certainty,
        row: int = 0,
        offset: int = 0,
    ) -> None:
        once = bool(use[2] & FIRST_TIME)
        branch = _branches(function, use)
        edges.steps.append(
            Step(number, target, certainty, once, target.cached, conditions_of(self.linker, function, use), row, offset, branch)
        )

    def _may_be_property(self, name: str) -> bool:
        """Whether anything that has been read so far has a property of this name."""
        return name in self.linker.property_names or name in self.linker.knowledge.blocking_properties

    def _read(self, function: Function, edges: Edges, number: int, use: Use) -> None:
        operation, base, name, _ = function.module.rows[use[1]]
        if operation != ATTR or not (self._may_be_property(name) or (self.linker.follows and not function.module.is_dependency)):
            return
        owner = self.linker.value(function.module, base)
        for alternative, certainty in _weighed(self.linker, owner, False):
            if not isinstance(alternative, Instance):
                continue
            member = self.linker.member(alternative.klass, name, alternative.behind)
            for found, sure in _weighed(self.linker, member, False) if member is not None else ():
                if isinstance(found, Function):
                    self.linker.link_decorators(found)
                    if found.nature == "property" and found.entry is None:
                        self._step(function, edges, number, use, found, min(certainty, sure))
                elif isinstance(found, External) and found.entry is not None and found.entry.property:
                    self._known(function, edges, number, use, External(found.name, found.entry, alternative), min(certainty, sure))

    def _implicitly(
        self,
        function: Function,
        edges: Edges,
        number: int,
        use: Use,
        row: int,
        methods: tuple[str, ...],
        natures: tuple[str, ...],
        certainty: Certainty = Certainty.CERTAIN,
    ) -> None:
        """Run what an implicit protocol runs on the value of a row."""
        self._iterate(function, edges, number, use, self.linker.value(function.module, row), methods, natures, certainty)

    def _iterate(
        self,
        function: Function,
        edges: Edges,
        number: int,
        use: Use,
        value: Value,
        methods: tuple[str, ...],
        natures: tuple[str, ...],
        certainty: Certainty,
    ) -> None:
        """Run what an implicit protocol runs: the special methods of an object, or the suspended body of a generator."""
        for alternative, sure in _weighed(self.linker, value, False):
            sure = min(sure, certainty)
            if isinstance(alternative, Pending) and not alternative.origin[1]:
                continue  # another has called it, a thread as a rule: the rule `lazy-offload` speaks of that
            if isinstance(alternative, Pending) and alternative.nature in natures and isinstance(alternative.callee, Function):
                if alternative.callee.entry is None:
                    row = alternative.origin[1] if alternative.origin[0] is function.module else 0
                    self._step(function, edges, number, use, alternative.callee, sure, row, alternative.receiver is not None)
            elif isinstance(alternative, Pending) and isinstance(alternative.callee, External):
                lazy = alternative.callee.entry
                if "generator" in natures and lazy is not None and lazy.lazy and alternative.origin[0] is function.module:
                    made = (USE_CALL, alternative.origin[1], use[2], use[3])
                    self._block(function, edges, number, made, alternative.callee, lazy, sure)
            elif isinstance(alternative, External):
                for method in methods:
                    entry = self.linker.knowledge.callable(f"{alternative.name}.{method}")
                    if entry is not None:
                        self._known(function, edges, number, use, External(f"{alternative.name}.{method}", entry), sure)
            elif isinstance(alternative, Instance):
                for method in methods:
                    for found, surer in _weighed(self.linker, self.linker.attribute(alternative, method), False):
                        if isinstance(found, Bound):
                            self._step(function, edges, number, use, found.function, min(sure, surer, found.certainty))
                        elif isinstance(found, External) and found.entry is not None:
                            self._known(function, edges, number, use, found, min(sure, surer))

    # -- callables handed to functions of the program

    def _hand_over(
        self,
        function: Function,
        edges: Edges,
        number: int,
        use: Use,
        target: Function,
        is_bound: bool,
        certainty: Certainty,
    ) -> None:
        """Callables among the arguments run where `target` runs the parameters that they become."""
        module = function.module
        rest = module.rows[use[1]][3]
        if not rest:
            return
        names = keywords_of(module.rows[use[1]])
        positional = len(rest) - len(names)
        contexts: dict[int, set[str]] | None = None
        for index, row in enumerate(rest):
            value = self.linker.value(module, row)
            if not any(_can_be_handed(alternative) for alternative in value.alternatives):
                continue
            if contexts is None:
                contexts = self.handed(target)
            if not contexts:
                return
            position = target.place(index + is_bound, names[index - positional] if index >= positional else "")
            for context in sorted(contexts.get(position, ())):
                self._run_in(function, edges, number, use, target.name, context, row, min(certainty, Certainty.LIKELY))

    def handed(self, function: Function) -> dict[int, set[str]]:
        """Which of a function's parameters its own body calls (``here``) or hands on, and to which contexts."""
        known = self._handed.get(function)
        if known is not None:
            return known
        if self._handing > _DEEPEST_HAND:
            return {}
        contexts: dict[int, set[str]] = {}
        self._handed[function] = contexts  # met again on the way round: what was found so far
        self._handing += 1
        module = function.module
        for use in function.facts.uses:
            if use[0] != USE_CALL:
                continue
            _, callee_row, _, rest = module.rows[use[1]]
            position = self._own_parameter(function, callee_row)
            if position >= 0:
                contexts.setdefault(position, set()).add("here")
            parameters = [(index, self._own_parameter(function, row)) for index, row in enumerate(rest)]
            if all(position < 0 for _, position in parameters):
                continue
            callee = self.linker.value(module, callee_row)
            for index, position in parameters:
                if position >= 0:
                    for context in self._contexts_of_argument(callee, module.rows[use[1]], index):
                        contexts.setdefault(position, set()).add(context)
        self._handing -= 1
        return contexts

    def _own_parameter(self, function: Function, row: int) -> int:
        operation, owner, _, rest = function.module.rows[function.module.broad(row)]
        return rest[0] if operation == PARAM and owner == function.number else -1

    def _contexts_of_argument(self, callee: Value, call: Row, index: int) -> Iterable[str]:
        names = keywords_of(call)
        positional = len(call[3]) - len(names)
        for alternative in callee.alternatives:
            if isinstance(alternative, (Function, Bound)):
                target = unbound(alternative)
                if target.entry is None:
                    offset = isinstance(alternative, Bound)
                    position = target.place(index + offset, names[index - positional] if index >= positional else "")
                    yield from self.handed(target).get(position, ())
                    continue
                entry: CallableEntry | None = target.entry
            elif isinstance(alternative, External):
                entry = alternative.entry
            elif isinstance(alternative, Class) and not alternative.is_own:
                entry = self.linker.knowledge.callable(alternative.name)
            else:
                continue
            if entry is None:
                continue
            name = names[index - positional] if index >= positional else entry.parameters[index] if index < len(entry.parameters) else ""
            if name in entry.runs:
                yield entry.runs[name]


def _is_async_form(function: Function, callee: Row) -> bool:
    """Whether a function is by its name the asynchronous form of the method that it calls: ``async def save_async(self): self.save()``. Who
    declares that for others to define, knows what the default does."""
    name, method = function.facts.name.rpartition(".")[2], _name_of(callee)
    return name != method and name.strip("_") in (f"{method.strip('_')}_async", f"async_{method.strip('_')}", f"a{method.strip('_')}")


def _is_left_here(rows: list[Row], call: int) -> bool:
    """Whether the stack that something is given to is left where it was entered: else that is later, and elsewhere."""
    operation, stack, _, _ = rows[rows[call][1]]
    return operation != ATTR or rows[stack][0] in (ENTER, AENTER)


def is_for_sync_callers(function: Function, use: Use) -> bool:
    """Whether a use stands where an attribute that is called async, or after a running loop, is false.

    It does behind ``if self.asynchronous: return ...``.
    """
    rows = function.module.rows
    for guard in use[3]:
        operation, tested, state, _ = rows[guard]
        if operation == TEST and state == IS_FALSE and _is_mode(rows, tested):
            return True
    return False


def _name_of(row: Row) -> str:
    return row[2].rpartition(".")[2]


def _is_of_debugging(name: str) -> bool:
    """Whether a setting is for whoever looks for a mistake: ``LOG_FILE``, ``DEBUG_DUMP``."""
    return name.isupper() and not _OF_DEBUGGING.isdisjoint(name.split("_"))


def _is_setting(rows: list[Row], row: int) -> bool:
    """Whether a row is a global name, of this file or another."""
    while rows[row][0] == ATTR:
        row = rows[row][1]
    return rows[row][0] == NAME


def _is_mode(rows: list[Row], tested: int) -> bool:
    """Whether a row is an attribute that tells by its name which world its object is made for, or falls back on one."""
    parts = rows[tested][3] if rows[tested][0] == UNION else (tested,)
    return any(rows[part][0] == ATTR and _tells_by_name(rows[part][2]) for part in parts)


def _tells_by_name(name: str) -> bool:
    name = name.lower()
    return "async" in name or "await" in name or "running_loop" in name


def _branches(function: Function, use: Use) -> int:
    if not function.module.is_dependency:
        return 0
    return 2 if use[2] & IN_BRANCHES else 1 if use[2] & IN_BRANCH else 0


def _can_be_handed(alternative: Alternative) -> bool:
    if isinstance(alternative, External):
        return alternative.entry is not None and alternative.entry.blocks is not None
    return isinstance(alternative, (Function, Bound, Pending))


def runs_when_called(function: Function) -> bool:
    """Whether calling a function runs its body on the spot, rather than giving a coroutine, a generator, or something not known."""
    return pending_nature(function) is None and function.nature not in ("task", "opaque", "property")


def _weighed(linker: Linker, value: Value, awaited: bool) -> Iterator[tuple[Alternative, Certainty]]:
    """The alternatives that can be used at all, and how sure each is: the only one certainly, one of several likely.

    Of several alternatives of an awaited call, those that give something to await are meant.
    """
    alternatives = [a for a in value.alternatives if not is_none(a)]
    certain = len(alternatives) == 1 and not value.open
    if awaited and not certain:
        alternatives = [a for a in alternatives if _may_be_awaited(linker, a)]
    has_async = any(_is_async(alternative) for alternative in alternatives)
    for alternative in alternatives:
        if certain:
            yield alternative, Certainty.CERTAIN
        elif has_async and not _is_async(alternative):  # made for both worlds: the other one is meant in a coroutine
            yield alternative, Certainty.POSSIBLE
        else:
            yield alternative, Certainty.LIKELY


def _is_async(alternative: Alternative) -> bool:
    if isinstance(alternative, External):
        is_coroutine = alternative.entry is not None and alternative.entry.coroutine
        return is_coroutine or alternative.name.partition(".")[0] in ("asyncio", "trio", "anyio")
    function = unbound(alternative)
    return isinstance(function, Function) and bool(function.facts.flags & ASYNC)


def _may_be_awaited(linker: Linker, callee: Alternative) -> bool:
    """Whether a call may give something to await; a plain function that says what it returns does only if that is not known."""
    if isinstance(callee, Instance):
        methods = linker.attribute(callee, "__call__").alternatives
        return not methods or any(_may_be_awaited(linker, method) for method in methods if not isinstance(method, Instance))
    if isinstance(callee, External):
        return callee.entry is None or callee.entry.coroutine or callee.entry.blocks is None
    function = unbound(callee)
    if not isinstance(function, Function) or pending_nature(function) is not None or not function.facts.result:
        return True
    declared = linker.value(function.module, function.facts.result)
    return declared.open or not declared.alternatives or function.doubtful
