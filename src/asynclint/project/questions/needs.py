"""What is called where no event loop can be running, though it needs one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.calls.conditions import needs_loop
from asynclint.project.calls.contexts import Contexts
from asynclint.project.calls.edges import Hop
from asynclint.project.calls.graph import CallGraph
from asynclint.project.calls.loopless import ASKED, Loopless, is_always
from asynclint.project.linking.values import External, Function, Pending
from asynclint.project.questions.loops import Loops
from asynclint.source.references import CALL, keywords_of
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import IN_MAIN_GUARD, USE_CALL

_MOST_FUNCTIONS: Final = 64
"""So many functions are followed from one place."""


class Need(NamedTuple):
    """Use `number` of a function without a loop calls what needs one, `name`, at the end of the `way`: functions, each with the number of
    the use that goes on."""

    number: int
    name: str
    certainty: Certainty
    way: tuple[tuple[Function, int], ...]
    why: Loopless


class Needs:
    """What functions without a loop do that needs one."""

    def __init__(self, contexts: Contexts, loops: Loops) -> None:
        self.graph = graph = contexts.graph
        self.loopless = contexts.loopless
        self.loops = loops
        self._handed: set[tuple[Function, int]] = {(hop.function, hop.row) for hop in graph.hops if hop.context == "alone"}

    def of(self, function: Function) -> Iterator[Need]:
        """The needs of one function, each at the use that leads to it."""
        if function.number:
            why = self.loopless.get(function)
            if why is not None:
                yield from self._from(function, why)
        elif "asyncio" in function.module.tops:
            yield from self._from(function, Loopless("", Certainty.LIKELY, False))

    def _from(self, start: Function, why: Loopless) -> Iterator[Need]:
        for number, name, sure in self._own(start, why.in_thread):
            if (start, start.facts.uses[number][1]) not in self._handed:
                yield Need(number, name, min(why.certainty, sure), (), self._at(start, number, why))
        seen = {start}
        waiting: list[tuple[Function, tuple[tuple[Function, int], ...]]] = [(start, ())]
        for function, way in waiting:  # the list grows
            for step in self.graph.edges[function].steps:
                target = step.target
                if target in seen or step.certainty < Certainty.CERTAIN or target.facts.flags & ASYNC or target.module.is_dependency:
                    continue
                if not self._comes_to(function, step.number, start) or len(seen) > _MOST_FUNCTIONS:
                    continue
                seen.add(target)
                onward = (*way, (function, step.number))
                waiting.append((target, onward))
                for number, name, sure in self._own(target, why.in_thread):
                    if sure is Certainty.CERTAIN:
                        (_, first), *rest = (*onward, (target, number))
                        yield Need(first, name, min(why.certainty, sure), tuple(rest), self._at(start, first, why))

    def _own(self, function: Function, in_thread: bool) -> Iterator[tuple[int, str, Certainty]]:
        """The uses of a function that need a loop: their numbers, what they call, and how sure it is that they come to it."""
        linker = self.graph.linker
        for number, (kind, row, flags, _) in enumerate(function.facts.uses):
            if kind != USE_CALL or flags & ASKED:
                continue
            callee = linker.value(function.module, function.module.rows[row][1])
            only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
            if not isinstance(only, External) or only.entry is None:
                continue
            if needs_loop(linker, function.module, row, only) or (
                in_thread and only.entry.asks_for_loop and self._has_none_to_take(function, row)
            ):
                always = self._comes_to(function, number, function)
                yield number, only.name, Certainty.CERTAIN if always else Certainty.POSSIBLE

    def _has_none_to_take(self, function: Function, call: int) -> bool:
        """Whether a call in a thread finds no loop: none is given or set, nor is one known to what it is given, as tasks know theirs."""
        module = function.module
        row = module.rows[call]
        if "loop" in keywords_of(row) or self.loops.sets_loop(module):
            return False
        given = [alternative for part in row[3] for alternative in self.graph.linker.value(module, part).alternatives]
        return bool(given) and all(isinstance(part, Pending) and part.nature == "coroutine" for part in given)

    def _comes_to(self, function: Function, number: int, start: Function) -> bool:
        """Whether every run of a function comes to a use; of a file's own code, those that are a program of their own count."""
        if not function.number and function is start and function.facts.uses[number][2] & IN_MAIN_GUARD:
            return not function.facts.uses[number][2] & ASKED
        return is_always(function, number)

    def _at(self, start: Function, number: int, why: Loopless) -> Loopless:
        """Why no loop runs at a use of a file's own code."""
        if start.number:
            return why
        if start.facts.uses[number][2] & IN_MAIN_GUARD:
            return Loopless("this is where the program begins", Certainty.CERTAIN, False)
        return Loopless("this is done when the file is imported", Certainty.LIKELY, False)


def eager_argument(graph: CallGraph, hop: Hop) -> str | None:
    """The name of what is called for the argument of ``asyncio.run(asyncio.gather(...))`` and needs a loop there and then."""
    module = hop.function.module
    if hop.context != "alone" or module.rows[hop.row][0] != CALL or "AbstractEventLoop" in hop.api:
        return None
    callee = graph.linker.value(module, module.rows[hop.row][1])
    only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
    if isinstance(only, External) and only.entry is not None and (only.entry.needs_loop or only.entry.asks_for_loop):
        return only.name
    return None
