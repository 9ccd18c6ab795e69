"""Where functions run: which of them run on the event loop's thread, and why.

A *root* is a function that the loop itself runs: a coroutine function, a callback that it is given, a method of an
asyncio protocol, a function that cannot run without a loop. What roots call is found by following the call graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.calls.alone import Alone
from asynclint.project.calls.conditions import needs_loop
from asynclint.project.calls.edges import Hop
from asynclint.project.calls.graph import MOST_BRANCHES, CallGraph, runs_when_called
from asynclint.project.calls.loopless import as_written, find_loopless
from asynclint.project.linking.link import Renewal
from asynclint.project.linking.modules import Module, reads_command_line
from asynclint.project.linking.values import Class, External, Function, Pending, unbound
from asynclint.source.references import ATTR, CALL, CONST, NAME
from asynclint.source.scopes import ASYNC, IN_TYPING
from asynclint.source.uses import CONDITIONAL, IN_MAIN_GUARD, LOOP_GUARDED, USE_CALL

_START_UP: Final = frozenset({"async_start", "init", "initialise", "initialize", "listen", "set_up", "setup", "start", "start_unsafe"})
"""Names of coroutine functions that run once, when a program or a service begins. One that must be given something is
not meant: a handler may be called `start` too."""

_HOOKS: Final = frozenset({
    "lifespan", "on_cleanup", "on_shutdown", "on_startup", "shutdown", "startup", "start_up", "tear_down", "teardown",
})  # fmt: skip
"""The same, and at the end, whatever they are given: the service, as a rule."""

_SHORTEST_PREFIX: Final = 5
"""Quotes included: of shorter texts, too many names begin with one."""

_OF_HANDLERS: Final = frozenset({"context", "ctx", "event", "message", "request", "update"})
"""Parameters of what answers somebody."""

_ROUTES: Final = frozenset({"api_route", "delete", "get", "patch", "post", "put", "route", "websocket"})
"""Decorators that register what answers a request, whatever the framework."""


class Root(NamedTuple):
    """Why a function runs on the loop, in words that follow "it", and how sure that is.

    `guards` are what is known where the evidence stands, as of a use: branches that exclude it need not run on the loop.
    """

    reason: str
    certainty: Certainty
    guards: tuple[int, ...] = ()


class Contexts:
    """The roots of a program by function, and the part of each coroutine that has its loop to itself. Ways less certain than `sought`
    need not be there: for them dependencies are not followed.

    `alone` gives, for a coroutine function, the number of its first use that starts others: up to there it has the loop to itself, and
    starves nobody; `starting` is the part of it in which a service begins or ends, `once` that and what runs once. After a
    `renewal`, the contexts `before` speak for all other functions, and for what has its loop to itself.
    """

    def __init__(self, graph: CallGraph, sought: Certainty, before: Contexts | None = None, renewal: Renewal | None = None) -> None:
        self.graph = graph
        self.roots: dict[Function, Root] = {}
        if before is None or renewal is None:
            self.named = _named(graph.linker.modules.values())
            self.loopless = find_loopless(graph, graph.edges)
            self._find_roots(graph.edges)
            graph.follow(self.roots, MOST_BRANCHES[sought])
            found = Alone(graph, self.callers, self.start_ups, self.mains, self.typed)
            self.alone, self.starting, self.once = found.until, found.starting, found.once
        else:
            self.named = before.named.joined(_named([renewal.module]))
            self.loopless = renewal.without(before.loopless) | find_loopless(graph, renewal.functions)
            self.roots = renewal.without(before.roots)
            self._find_roots(renewal.functions)
            graph.follow([function for function in renewal.functions if function in self.roots], MOST_BRANCHES[sought])
            self.alone, self.starting, self.once = before.alone, before.starting, before.once

    def _find_roots(self, functions: Iterable[Function]) -> None:
        named, texts = self.named
        for function in functions:
            if function.facts.flags & IN_TYPING or function.nature in ("overload", "thread"):
                continue
            if function.facts.flags & ASYNC:
                name = _last_name(function)
                is_named = not _is_private(function) or name in named or name.startswith(texts)
                sure = Certainty.CERTAIN if is_named else Certainty.POSSIBLE
                self.roots[function] = Root("is a coroutine function", sure)
            elif function.nature == "loop":
                self.roots[function] = Root("is declared to run on the event loop", Certainty.CERTAIN)
            elif function.owner is not None and _last_name(function) in _called_by_loop(function.owner):
                self.roots[function] = Root("is called by the event loop, which its class promises", Certainty.CERTAIN)
            elif function.number and function not in self.loopless:
                self._find_need_of_loop(function)
        for hop in self.graph.hops:
            if hop.context not in ("loop", "startup", "task"):
                continue
            certain = not hop.value.open and len(hop.value.alternatives) == 1
            for alternative in hop.value.alternatives:
                target = unbound(alternative)
                if isinstance(target, Function) and target in self.graph.edges and target.entry is None and runs_when_called(target):
                    sure = Certainty.CERTAIN if certain else Certainty.LIKELY
                    known = self.roots.get(target)
                    if known is None or known.certainty < sure:
                        self.roots[target] = Root(f"is given to `{as_written(hop.api)}`, which runs it on the event loop", sure)

    def _find_need_of_loop(self, function: Function) -> None:
        linker = self.graph.linker
        for kind, row, flags, guards in function.facts.uses:
            if kind != USE_CALL or flags & (LOOP_GUARDED | IN_MAIN_GUARD):
                continue
            callee = linker.value(function.module, function.module.rows[row][1])
            if callee.open or len(callee.alternatives) != 1:
                continue
            only = callee.alternatives[0]
            if isinstance(only, External) and needs_loop(linker, function.module, row, only):
                sure = Certainty.LIKELY if flags & CONDITIONAL else Certainty.CERTAIN
                known = self.roots.get(function)
                if known is None or known.certainty < sure:
                    self.roots[function] = Root(f"needs a running event loop: it calls `{as_written(only.name)}`", sure, guards)

    # -- what is handed over, and called

    @cached_property
    def callers(self) -> dict[Function, list[tuple[Function, int]]]:
        """Where coroutine functions are called, but for those that are handed to ``asyncio.run`` there."""
        run_here = {(hop.function, hop.row) for hop in self.graph.hops if hop.context == "alone"}
        callers: dict[Function, list[tuple[Function, int]]] = {}
        for function, edges in self.graph.edges.items():
            for number, target in edges.awaits:
                if (function, function.facts.uses[number][1]) not in run_here:
                    callers.setdefault(target, []).append((function, number))
        return callers

    def _handed_to(self, context: str) -> Iterator[Function]:
        for hop in self.graph.hops:
            if hop.context == context:
                yield from self._targets(hop)

    def _targets(self, hop: Hop) -> Iterator[Function]:
        for alternative in hop.value.alternatives:
            target = unbound(alternative.callee if isinstance(alternative, Pending) else alternative)
            if isinstance(target, Function):
                yield target

    @cached_property
    def mains(self) -> frozenset[Function]:
        """The coroutine functions that are handed to ``asyncio.run`` and its kind: the loop ends with them."""
        return frozenset(self._handed_to("alone"))

    @cached_property
    def typed(self) -> frozenset[Function]:
        """Those of them that do what a program's user has typed."""
        files: dict[Module, bool] = {}
        found = set()
        for hop in self.graph.hops:
            for target in self._targets(hop) if hop.context == "alone" else ():
                for module in (target.module, hop.function.module):
                    if module not in files:
                        files[module] = reads_command_line(module)
                    if files[module]:
                        found.add(target)
        return frozenset(found)

    @cached_property
    def tasks(self) -> frozenset[Function]:
        """The functions that the program starts as tasks."""
        return frozenset(self._handed_to("task"))

    @cached_property
    def start_ups(self) -> frozenset[Function]:
        """The functions that run once, when a program or a service begins or ends, as what they are handed to or their names tell."""
        named = (function for function in self.roots if _is_start_up(function) and not self._is_asked_for(function))
        return frozenset({*named, *self._handed_to("startup")})

    def _is_asked_for(self, function: Function) -> bool:
        """Whether what answers requests calls a function: they ask to start one of many."""
        return any(_answers_requests(caller) for caller, _ in self.callers.get(function, ()))


class _Named(NamedTuple):
    """The private names that a program mentions, and the texts that such names may begin with: ``getattr(self, "_cmd_" + name)``."""

    names: frozenset[str]
    texts: tuple[str, ...]

    def joined(self, other: _Named) -> _Named:
        return _Named(self.names | other.names, tuple(sorted({*self.texts, *other.texts})))


def _named(modules: Iterable[Module]) -> _Named:
    names: set[str] = set()
    texts: set[str] = set()
    for module in modules:
        names |= module.facts.private_names
        for operation, _, text, _ in module.rows:
            if operation in (NAME, ATTR):
                names.add(text.rpartition(".")[2])
            elif operation == CONST and text[1:2] == "_" and len(text) > _SHORTEST_PREFIX:
                texts.add(text[1:-1])
    return _Named(frozenset(names), tuple(sorted(texts)))


def _last_name(function: Function) -> str:
    return function.facts.name.rpartition(".")[2]


def _is_private(function: Function) -> bool:
    """Whether only the program itself can call a function: by its name, and since no class from elsewhere may ask for it."""
    name = _last_name(function)
    if not name.startswith("_") or name.endswith("__") or name == "_" or function.facts.decorators:
        return False
    return function.owner is None or all(base.is_own or base.name == "builtins.object" for base in function.owner.mro)


def _is_start_up(function: Function) -> bool:
    name = _last_name(function).strip("_")
    wanted = function.facts.parameters[1 if function.owner is not None else 0 :]
    if name in _HOOKS:
        return not any(parameter.name in _OF_HANDLERS for parameter in wanted)
    return name in _START_UP and all(parameter.default for parameter in wanted)


def _answers_requests(function: Function) -> bool:
    """Whether a function is decorated as a route: ``@router.post("/start")``."""
    rows = function.module.rows
    made = [rows[row][1] for row in function.facts.decorators if rows[row][0] == CALL]
    return any(rows[callee][0] == ATTR and rows[callee][2] in _ROUTES for callee in made)


def _called_by_loop(klass: Class) -> frozenset[str]:
    return frozenset(name for base in klass.mro if base.entry is not None for name in base.entry.on_loop)
