"""One file of the program as the linker sees it: its facts, its functions and classes, and the values of its rows so far."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from asynclint.facts.model import ModuleFacts, Places
from asynclint.project.linking.values import Class, Function, Value
from asynclint.source.references import ATTR, CALL, CLASS, FUNCTION, NAME, NARROWED, STAR, keywords_of

COMMAND_WORDS: Final = frozenset({"cli", "cmdline"})
"""Words in names of what a program's user has typed."""

_OF_COMMANDS: Final = frozenset({
    "_cli", "_scripts", "benchmark", "benchmarks", "bin", "cli", "cmds", "migrations", "playground", "scripts",
})  # fmt: skip
"""Names of packages with nothing else."""

_READS_COMMAND_LINE: Final = frozenset({"argv", "docopt", "parse_args", "parse_known_args"})
"""Names of what gives what a program's user has typed."""


class Module:
    """A file of the program, or of an installed package that it calls into (`is_dependency`).

    `path` is what reports call it; `values` fills up as rows are resolved.
    """

    __slots__ = (
        "_method_calls", "classes", "facts", "functions", "is_dependency", "name", "package", "path", "places", "rows", "tops", "values",
    )  # fmt: skip

    def __init__(self, path: str, facts: ModuleFacts, places: Places, is_dependency: bool = False) -> None:
        self.path = path
        self.is_dependency = is_dependency
        self.name = facts.module
        is_folder = posixpath.basename(path.replace("\\", "/")).partition(".")[0] == "__init__"
        self.package = self.name if is_folder else self.name.rpartition(".")[0]
        """The dotted name of the folder that the file lies in."""
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.begin(facts, places)

    def begin(self, facts: ModuleFacts, places: Places) -> None:
        """Take what the facts say; no row has a value then."""
        self.facts = facts
        self.places = places
        self.rows = facts.rows
        self.values: list[Value | None] = [None] * len(facts.rows)
        self._method_calls: dict[str, list[tuple[int, int]]] | None = None
        self.tops = frozenset(name.partition(".")[0] for name in facts.imports)

    def go_on(self, facts: ModuleFacts, places: Places) -> None:
        """Take what the facts say, where only bodies of functions differ: rows keep their values."""
        values = self.values
        self.begin(facts, places)
        self.values[: len(values)] = values

    def calls(self) -> Iterator[tuple[str, int]]:
        """All calls in the file of what has a name, as (the last part of the name, row of the call)."""
        for number, (operation, base, _, _) in enumerate(self.rows):
            if operation == CALL:
                callee = self.rows[base]
                if callee[0] in (NAME, ATTR):
                    yield callee[2].rpartition(".")[2], number
                elif callee[0] == FUNCTION:
                    yield self.facts.functions[callee[1]].name.rpartition(".")[2], number
                elif callee[0] == CLASS:
                    yield self.facts.classes[callee[1]].name.rpartition(".")[2], number

    def is_unpacked(self, call: int) -> bool:
        """Whether a call unpacks arguments, which may be any."""
        row = self.rows[call]
        return "**" in keywords_of(row) or any(self.rows[part][0] == STAR for part in row[3])

    def broad(self, row: int) -> int:
        """The row before tests of its type narrowed it: the same object."""
        while self.rows[row][0] == NARROWED:
            row = self.rows[row][1]
        return row

    def method_calls(self, method: str) -> list[tuple[int, int]]:
        """All calls of a method of this name in the file, as (row of the receiver, row of the call)."""
        if self._method_calls is None:
            self._method_calls = {}
            for number, (operation, base, _, _) in enumerate(self.rows):
                if operation == CALL and self.rows[base][0] == ATTR:
                    _, receiver, name, _ = self.rows[base]
                    receiver = self.broad(receiver)
                    self._method_calls.setdefault(name, []).append((receiver, number))
        return self._method_calls.get(method, [])


def is_of_commands(module: Module, is_decorated: bool) -> bool:
    """Whether a function's file belongs to a program's command line or its scripts, by its name and by those of the packages around it.

    What is decorated there may be the command of a bot, but in a file that says what it is.
    """
    *packages, last = module.name.split(".")
    if (last == "__main__" and packages) or not COMMAND_WORDS.isdisjoint(last.split("_")):
        return True
    return not is_decorated and not _OF_COMMANDS.isdisjoint(packages)


def reads_command_line(module: Module) -> bool:
    """Whether a file looks at what a program's user has typed."""
    return any(operation in (ATTR, NAME) and text.rpartition(".")[2] in _READS_COMMAND_LINE for operation, _, text, _ in module.rows)
