"""What other places of the program say about something: attributes that are assigned from outside of their class, and arguments that are
given to parameters which declare nothing.

Neither is the whole truth, since code outside of the program may assign and call too: such values are always open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.project.linking.generics import Generics
from asynclint.project.linking.index import is_of_tests
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    External,
    Function,
    Instance,
    ModuleObject,
    Value,
    join,
)

MOST_CANDIDATES: Final = 64
"""Of a name that is called or assigned in more places than this, none is looked at."""

_MOST_PLACES: Final = 8


class Elsewhere(Generics):
    """Looks for what other places say. Its indexes are made when they are first asked for."""

    def stored(self, owner: Class | Module, name: str) -> Value:
        """What is assigned from outside to attribute `name` of a module or of a class's objects."""
        places = self.stores.of(name, self.modules.values())
        found: list[Value] = []
        for module, receiver, row in places if len(places) <= MOST_CANDIDATES else ():
            if any(_is_of(alternative, owner) for alternative in self.value(module, receiver).alternatives):
                found.append(self.value(module, row))
        return _open(found)

    def is_stored(self, owner: Class, name: str) -> bool:
        """Whether some code assigns an attribute of this name to an object of a class, or to what may be one; tests may only do so to what
        is known to be one, since most of what they replace is a double's."""
        for module, receiver, _ in self.stores.of(name, self.modules.values()):
            value = self.value(module, receiver)
            if any(_is_of(alternative, owner) for alternative in value.alternatives):
                return True
            if not value.alternatives and not is_of_tests(module):
                return True
        return False

    def is_assigned(self, name: str) -> bool:
        """Whether some code assigns an attribute of this name from outside."""
        return bool(self.stores.of(name, self.modules.values()))

    def stores_of(self, name: str) -> Sequence[tuple[Module, int, int]]:
        """Where an attribute of this name is assigned from outside: the file, and the rows of the object and of the value."""
        return self.stores.of(name, self.modules.values())

    def passed(self, function: Function, position: int) -> Value:
        """The objects that the program's calls give for a parameter. Callables are followed call by call: see ``CallGraph.handed``."""
        if function.facts.name.rpartition(".")[2].startswith("__") and not function.facts.name.endswith("__init__"):
            return NOTHING_KNOWN
        found = self.given_by_calls(function, position)
        found += self._passed_by_libraries(function, position)
        return _open([Value(tuple([part for part in value.alternatives if isinstance(part, Instance)]), True) for value in found])

    def given_by_calls(self, function: Function, position: int) -> list[Value]:
        """What each of the program's calls of a function gives for a parameter."""
        name = function.facts.name.rpartition(".")[2]
        places: list[tuple[Module, int]] = []
        for called in self._names_of(function, name):
            places += self.calls_of(called)
        found: list[Value] = []
        for module, number in places if len(places) <= MOST_CANDIDATES else ():
            offset = self._offset_of_call(self.value(module, module.rows[number][1]), function)
            if offset is not None:
                row = self.given_to(function, position, (module, number), offset)
                if row is not None:
                    found.append(self.value(module, row))
        return found

    def is_from_library(self, function: Function, position: int) -> bool:
        """Whether a library that a function is handed to makes what it gives for a parameter: a stream for each connection."""
        return any(True for _ in self._passed_by_libraries(function, position))

    def _passed_by_libraries(self, function: Function, position: int) -> Iterator[Value]:
        """What libraries that a function is handed to give for its parameter: a server to the handler of connections."""
        for name in sorted(self.knowledge.passing):
            for module, number in self.calls_of(name):
                for api in self.value(module, module.rows[number][1]).alternatives:
                    entry = self.knowledge.callable(api.name) if isinstance(api, (Class, External)) else None
                    for parameter, types in entry.passes.items() if entry is not None else ():
                        row = self.argument((module, number), parameter, entry.parameters if entry is not None else ())
                        offset = self._offset_of_call(self.value(module, row), function) if row is not None else None
                        if offset is not None and offset <= position < offset + len(types):
                            yield self.typed(types[position - offset])

    def _names_of(self, function: Function, name: str) -> list[str]:
        """The last names under which a function is called."""
        if name != "__init__" or function.owner is None:
            return [name]
        classes = [function.owner, *function.owner.overriders]
        return [klass.name.rpartition(".")[2] for klass in classes]

    def calls_of(self, name: str) -> Sequence[tuple[Module, int]]:
        """All calls of something with this last name in the program, as modules and rows; those in tests are left out."""
        return self.calls.of(name, self.modules.values())

    def _offset_of_call(self, callee: Value, function: Function) -> int | None:
        """1 where the call's receiver is the first parameter, 0 where not, None where it does not call the function."""
        for alternative in callee.alternatives:
            if alternative is function:
                return 0
            if isinstance(alternative, Bound) and alternative.function is function:
                return 1
            if isinstance(alternative, Class) and function.owner is not None:
                initialiser = self.member(alternative, "__init__")
                if initialiser is not None and function in initialiser.alternatives:
                    return 1
        return None


def _is_of(receiver: Alternative, owner: Class | Module) -> bool:
    if isinstance(receiver, ModuleObject):
        return receiver.module is owner
    klass = receiver.klass if isinstance(receiver, Instance) else receiver
    return isinstance(klass, Class) and isinstance(owner, Class) and (klass in owner.mro or owner in klass.mro)


def _open(found: list[Value]) -> Value:
    known = [value for value in found if value.alternatives]
    if not known or len(known) > _MOST_PLACES:
        return NOTHING_KNOWN
    return Value(join(known).alternatives, True)
