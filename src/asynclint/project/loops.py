"""Whether an event loop is running where a plain function is called: asked of its callers, and of theirs."""

from __future__ import annotations

from typing import Final

from asynclint.model import Certainty
from asynclint.project.contexts import Contexts
from asynclint.project.modules import Module
from asynclint.project.values import Function, unbound
from asynclint.source.references import ATTR, NAME

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


class Loops:
    """Answers for the functions of a linked program."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self._callers: dict[Function, list[Function]] | None = None
        self._in_threads: frozenset[Function] = frozenset()
        self._setting: frozenset[Module] | None = None

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
                if asked in self._in_threads:
                    found.add(THREAD)
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
            targets = [unbound(part) for hop in graph.hops if hop.context in ("thread", "process") for part in hop.value.alternatives]
            self._in_threads = frozenset(target for target in targets if isinstance(target, Function))
        return self._callers

    def sets_loop(self, module: Module) -> bool:
        """Whether a file names ``set_event_loop``: then what it asks for is there."""
        if self._setting is None:
            self._setting = frozenset(
                module
                for module in self.contexts.graph.linker.modules.values()
                if any(operation in (NAME, ATTR) and text.rpartition(".")[2] == "set_event_loop" for operation, _, text, _ in module.rows)
            )
        return module in self._setting
