"""One file of the program as the linker sees it: its facts, its functions and classes, and the values of its rows so far."""

from __future__ import annotations

from asynclint.facts.model import ModuleFacts, Places
from asynclint.project.values import Class, Function, Value
from asynclint.source.references import ATTR, CALL


class Module:
    """A file in the program. `path` is what reports call it; `values` fills up as rows are resolved."""

    __slots__ = ("_method_calls", "classes", "facts", "functions", "name", "path", "places", "rows", "tops", "values")

    def __init__(self, path: str, facts: ModuleFacts, places: Places) -> None:
        self.path = path
        self.name = facts.module
        self.facts = facts
        self.places = places
        self.rows = facts.rows
        self.values: list[Value | None] = [None] * len(facts.rows)
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self._method_calls: dict[str, list[tuple[int, int]]] | None = None
        self.tops = frozenset(name.partition(".")[0] for name in facts.imports)

    @property
    def package(self) -> str:
        """The dotted name of the folder that the file lies in."""
        return self.name.rpartition(".")[0]

    def method_calls(self, method: str) -> list[tuple[int, int]]:
        """All calls of a method of this name in the file, as (row of the receiver, row of the call)."""
        if self._method_calls is None:
            self._method_calls = {}
            for number, (operation, base, _, _) in enumerate(self.rows):
                if operation == CALL and self.rows[base][0] == ATTR:
                    _, receiver, name, _ = self.rows[base]
                    self._method_calls.setdefault(name, []).append((receiver, number))
        return self._method_calls.get(method, [])
