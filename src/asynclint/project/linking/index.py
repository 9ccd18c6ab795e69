"""What all files of a program say under some name: an index that is made when it is first asked, and kept up to date with single files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from asynclint.project.linking.modules import Module

Entry = TypeVar("Entry")


class Index(Generic[Entry]):
    """The entries of modules by name. `entries` gives those of one module."""

    def __init__(self, entries: Callable[[Module], Iterable[tuple[str, Entry]]]) -> None:
        self._entries = entries
        self._known: dict[str, list[Entry]] | None = None

    def of(self, name: str, modules: Iterable[Module]) -> Sequence[Entry]:
        """The entries under a name in all modules of the program, in their order."""
        if self._known is None:
            self._known = {}
            for module in modules:
                self.add(module)
        return self._known.get(name, ())

    def add(self, module: Module) -> None:
        """Add what a module says, behind all others."""
        if self._known is not None:
            for name, entry in self._entries(module):
                self._known.setdefault(name, []).append(entry)

    def remove(self, module: Module) -> None:
        """Remove what a module says, as long as it still says so."""
        if self._known is not None:
            gone: dict[str, set[Entry]] = {}
            for name, entry in self._entries(module):
                gone.setdefault(name, set()).add(entry)
            for name, entries in gone.items():
                self._known[name] = [entry for entry in self._known[name] if entry not in entries]


def stores_of(module: Module) -> Iterator[tuple[str, tuple[Module, int, int]]]:
    """The attributes that a file assigns to objects from outside of their classes: the rows of the object and of what it is given."""
    for receiver, attribute, row in module.facts.stores:
        yield attribute, (module, receiver, row)


def calls_of(module: Module) -> Iterator[tuple[str, tuple[Module, int]]]:
    """The calls in a file by the last name of what they call; none in tests, which pass doubles."""
    if not is_of_tests(module):
        for name, row in module.calls():
            yield name, (module, row)


def is_of_tests(module: Module) -> bool:
    """Whether a file belongs to tests, as the names of its folders or its own tell."""
    return any(part.lstrip("_").startswith("test") for part in module.name.split("."))
