"""Whether an event loop is running where a plain function is called: asked of its callers, and of theirs."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from asynclint.model import Certainty
from asynclint.project.calls.contexts import Contexts
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function, unbound
from asynclint.project.questions.fates import last_name
from asynclint.source.references import ATTR, CONST, NAME
from asynclint.source.uses import USE_CALL

RUNNING: Final = "running"
"""It is called by a coroutine, or as a callback of the loop."""
THREAD: Final = "thread"
"""It is handed to a thread, which has no loop."""
NONE: Final = "none"
"""It is called by a file's own code, before any loop runs."""
NOT_KNOWN: Final = "not known"
"""Nobody in the program calls it."""

_MOST_CALLERS: Final = 64
"""So many functions are asked for one."""


RUNS: Final = frozenset({"run_until_complete", "run_forever"})
"""Methods that run a loop."""

_SETS: Final = "set_event_loop"


class Loops:
    """Answers for the functions of a linked program."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self._callers: dict[Function, list[Function]] | None = None
        self._handed: dict[Function, str] = {}
        self._named: dict[str, frozenset[Module]] = {}

    def around(self, function: Function) -> frozenset[str]:
        """What the places where a function runs have in common with regard to a loop, as far as the program calls it."""
        callers = self._find_callers()
        found: set[str] = set()
        waiting = [function]
        for asked in waiting:  # the list grows
            root = self.contexts.roots.get(asked)
            if root is not None and root.certainty >= Certainty.LIKELY:
                found.add(RUNNING)
            elif not asked.number:
                found.add(NONE)
            else:
                callers_here = callers.get(asked, [])
                if asked in self._handed:
                    found.add(self._handed[asked])
                elif not callers_here or len(waiting) > _MOST_CALLERS:
                    found.add(NOT_KNOWN)
                waiting += [caller for caller in callers_here if caller not in waiting]
        return frozenset(found)

    def _find_callers(self) -> dict[Function, list[Function]]:
        if self._callers is None:
            graph = self.contexts.graph
            self._callers = {}
            for function, edges in graph.edges.items():
                for step in edges.steps:
                    self._callers.setdefault(step.target, []).append(function)
            for hop in graph.hops:
                if hop.context in ("thread", "process"):
                    where = THREAD if hop.context == "thread" else NONE  # a process has a main thread of its own
                    targets = [unbound(part) for part in hop.value.alternatives]
                    self._handed.update({target: where for target in targets if isinstance(target, Function)})
        return self._callers

    def sets_loop(self, module: Module) -> bool:
        """Whether a file names ``set_event_loop``: then what it asks for is there."""
        return module in self._naming(_SETS)

    @cached_property
    def setters(self) -> tuple[Function, ...]:
        """What sets a loop for others on the way, and does not run it itself: constructors, properties and files' own code."""
        return tuple(function for module in self._naming(_SETS) for function in module.functions if self._sets(function))

    def _sets(self, function: Function) -> bool:
        is_made = function.owner is not None and function.facts.name.rpartition(".")[2] in ("__init__", "__new__")
        if function.number and not is_made and function.nature not in ("property", "cached-property"):
            return False
        rows = function.module.rows
        calls = [rows[row] for kind, row, _, _ in function.facts.uses if kind == USE_CALL]
        return any(
            last_name(rows, callee) == _SETS and any(rows[argument][:3] != (CONST, 0, "None") for argument in arguments)
            for _, callee, _, arguments in calls
        ) and not any(last_name(rows, callee) in RUNS for _, callee, _, _ in calls)

    @cached_property
    def run_forever(self) -> bool:
        """Whether the program runs loops that end only when they are stopped: it names ``run_forever``, or is one of tornado."""
        modules = self.contexts.graph.linker.modules.values()
        return bool(self._naming("run_forever")) or any("tornado" in module.tops for module in modules)

    @cached_property
    def runs_coroutines(self) -> bool:
        """Whether the program runs a coroutine itself, on a loop that ends with it."""
        graph = self.contexts.graph
        return any(hop.context == "alone" for hop in graph.hops) or any(function.nature == "alone" for function in graph.edges)

    def _naming(self, name: str) -> frozenset[Module]:
        """The files that name something."""
        known = self._named.get(name)
        if known is None:
            known = self._named[name] = frozenset(
                module
                for module in self.contexts.graph.linker.modules.values()
                if any(operation in (NAME, ATTR) and text.rpartition(".")[2] == name for operation, _, text, _ in module.rows)
            )
        return known
