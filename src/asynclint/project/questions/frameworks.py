"""Which framework runs a function: asyncio or trio, as far as the program itself starts it."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from asynclint.project.calls.contexts import Contexts
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Class, External, Function, Instance, Pending, unbound
from asynclint.source.references import CONST
from asynclint.source.uses import AWAITED

ASYNCIO: Final = "asyncio"
TRIO: Final = "trio"
ANYIO: Final = "anyio"
_OF: Final = {"asyncio": ASYNCIO, "uvloop": ASYNCIO, "trio": TRIO}

_BRIDGES: Final = frozenset({"trio_asyncio", "greenback", "aiotrio"})
"""Packages that let both run in one thread."""

Start = tuple[Function, int]
"""The function and the use where a framework is given a coroutine to run."""


class Frameworks:
    """Answers for the functions of one program."""

    def __init__(self, contexts: Contexts) -> None:
        self.graph = contexts.graph
        self.linker = contexts.graph.linker

    @cached_property
    def tops(self) -> frozenset[str]:
        """All that the program imports, by its top-level names."""
        return frozenset().union(*(module.tops for module in self.linker.modules.values()))

    @cached_property
    def may_mix(self) -> bool:
        """Whether the program has to do with trio beside another framework, and with nothing that lets both run at once."""
        return TRIO in self.tops and bool(self.tops & {ASYNCIO, ANYIO}) and not self.tops & _BRIDGES

    @cached_property
    def tests_with_trio(self) -> bool:
        """Whether the program names trio as a back end that anyio shall run on, as tests do; anyio's own tests choose one each."""
        return ANYIO in self.tops - self.linker.tops and any(
            function.facts.name.rpartition(".")[2] == "anyio_backend" and _mentions(function.module, TRIO)
            for function in self.linker.functions
        )

    def of(self, function: Function) -> tuple[str, Start] | None:
        """The only framework that the program runs a function in, and where it starts that; None where there are several, or it is not
        seen."""
        found = self._found.get(function, {})
        return next(iter(found.items())) if len(found) == 1 else None

    def is_told(self, module: Module) -> bool:
        """Whether code of a file may ask which framework runs."""
        return "sniffio" in module.tops or _mentions(module, TRIO) or _mentions(module, ASYNCIO)

    @cached_property
    def _found(self) -> dict[Function, dict[str, Start]]:
        found: dict[Function, dict[str, Start]] = {}
        handed: dict[Function, list[Function]] = {}
        waiting: list[tuple[Function, str, Start]] = []
        for hop in self.graph.hops:
            if hop.context not in ("alone", "startup", "task") or hop.value.open or len(hop.value.alternatives) != 1:
                continue
            target = _target(hop.value.alternatives[0])
            if target is not None:
                frameworks = self._of_hop(hop)
                waiting += [(target, framework, (hop.function, hop.number)) for framework in frameworks]
                if not frameworks:
                    handed.setdefault(hop.function, []).append(target)
        given = {(hop.function, hop.row) for hop in self.graph.hops}
        for function, framework, start in waiting:  # the list grows
            known = found.setdefault(function, {})
            if framework not in known:
                known[framework] = start
                waiting += [(target, framework, start) for target in (*self._runs(function, given), *handed.get(function, ()))]
        return found

    def _of_hop(self, hop: Hop) -> tuple[str, ...]:
        """The frameworks in which something is run that is handed over; none where that is the one that runs already."""
        if hop.api != "anyio.run":
            framework = _OF.get(hop.api.partition(".")[0])
            return (framework,) if framework is not None else ()
        module = hop.function.module
        row = self.linker.argument((module, hop.function.facts.uses[hop.number][1]), "backend", ())
        backend = module.rows[row][2].strip("'\"") if row is not None and module.rows[row][0] == CONST else ""
        return (ASYNCIO,) if row is None else (_OF[backend],) if backend in _OF else (ASYNCIO, TRIO)

    def _runs(self, function: Function, given: set[tuple[Function, int]]) -> list[Function]:
        """The functions of the program that a function certainly runs itself."""
        edges = self.graph.edges.get(function)
        if edges is None:
            return []
        module = function.module
        found = []
        awaited = [(number, target) for number, target in edges.awaits if function.facts.uses[number][2] & AWAITED]
        for number, target in [(step.number, step.target) for step in edges.steps] + awaited:
            row = function.facts.uses[number][1]
            value = self.linker.value(module, module.rows[row][1])
            if (function, row) not in given and not target.module.is_dependency and not value.open and len(value.alternatives) == 1:
                found.append(target)
        return found


def _target(alternative: Alternative) -> Function | None:
    target = unbound(alternative.callee if isinstance(alternative, Pending) else alternative)
    return target if isinstance(target, Function) else None


def _mentions(module: Module, text: str) -> bool:
    return any(operation == CONST and constant[1:-1] == text for operation, _, constant, _ in module.rows)


def framework_of(alternative: Alternative) -> str:
    """The framework that a callable or an object belongs to; empty for any other."""
    named = alternative.klass if isinstance(alternative, Instance) else alternative
    top = named.name.partition(".")[0] if isinstance(named, (Class, External)) else ""
    return top if top in (ASYNCIO, TRIO, ANYIO) else ""
