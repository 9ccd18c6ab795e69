"""Link definitions: the bases of classes, and what decorators make of functions."""

from __future__ import annotations

import re
from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.project.linking.base import DEEPEST
from asynclint.project.linking.modules import Module
from asynclint.project.linking.names import Names, linearise
from asynclint.project.linking.values import (
    Class,
    External,
    Function,
)
from asynclint.source.references import ATTR, CALL, FUNCTION, ITEM, NARROWED, PARAM, UNION, Row
from asynclint.source.scopes import ASYNC, GENERATOR

_MEMOIZES: Final = re.compile(r"(async_|a)?(lru_)?(memoi[sz]ed?|memo|cached?|cached_?method|once|run_once|singleton)")
"""Names of decorators that store what a function gives, where nothing else is known about them."""


class Definitions(Names):
    """Links the definitions of the program."""

    def link_bases(self, klass: Class, below: tuple[Class, ...] = ()) -> None:
        """Find the bases of a class and its order of look-up. `below` are the classes that ask because they derive from it."""
        if klass.linked or klass.facts is None or len(below) > DEEPEST:
            return
        klass.linked = True
        assert klass.module is not None
        bases: list[Class] = []
        complete = True
        for row in klass.facts.bases:
            operation, inner, _, _ = klass.module.rows[row]
            value = self.value(klass.module, inner if operation == ITEM else row)  # `class A(Base[T])`
            found = [alternative for alternative in value.alternatives if isinstance(alternative, (Class, External))]
            if len(found) != 1 or value.open:
                complete = False
            for base in found[:1]:
                as_class = self.external_class(base.name) if isinstance(base, External) else base
                if as_class is klass or as_class in below:
                    complete = False
                    continue
                self.link_bases(as_class, (*below, klass))
                bases.append(as_class)
        if klass.entry is not None:  # what is known adds to what is written
            bases += [base for base in map(self.external_class, klass.entry.bases) if base is not klass and base not in bases]
        klass.mro = linearise(klass, bases)
        klass.complete = complete and all(base.complete for base in bases)

    def link_decorators(self, function: Function) -> None:
        if function.linked:
            return
        function.linked = True
        module = function.module
        if function.number:
            function.entry = self.knowledge.callable(self.knowledge.canonical(function.name))
        decorations: list[str | None] = []
        for row in reversed(function.facts.decorators):
            nature, known = self._decorator_nature(module, row, function)
            decorations.append(nature if known else None)
            if not known:
                function.doubtful = True
                if _MEMOIZES.fullmatch(self._decorator_name(module, row)):
                    function.cached = True
            if nature in ("cached", "cached-property"):
                function.cached = True
                nature = "keep" if nature == "cached" else "property"
            if nature in ("static", "class"):
                function.binding = nature
            elif nature != "keep":
                function.nature = nature
        function.decorations = tuple(reversed(decorations))
        if function.number and _is_wrapped_by_name(function):
            function.doubtful = True
        if function.nature == "property":
            self.property_names.add(function.facts.name.rpartition(".")[2])

    def _decorator_name(self, module: Module, row: int) -> str:
        """The last part of a decorator's name, as it is written."""
        operation, base, text, _ = module.rows[row]
        if operation == CALL:
            operation, base, text, _ = module.rows[base]
        return module.functions[base].facts.name if operation == FUNCTION else text.rpartition(".")[2]

    def _decorator_nature(self, module: Module, row: int, decorated: Function) -> tuple[str, bool]:
        """What a decorator makes of a function, and whether that is known."""
        operation, base, _, _ = module.rows[row]
        value = self.value(module, base if operation == CALL else row)
        nature, known = "keep", bool(value.alternatives) and not value.open
        for alternative in value.alternatives:
            if isinstance(alternative, External):
                if alternative.entry is None or alternative.entry.decorates is None:
                    known = False
                else:
                    nature = alternative.entry.decorates
                    if nature == "opaque" and alternative.entry.returns is not None:  # the name is bound to such an object
                        decorated.entry = self.knowledge.callable(f"{alternative.entry.returns}.__call__")
            elif isinstance(alternative, Class) and (alternative.derives_from("builtins.property") or _computes(alternative)):
                nature = "property"
            elif isinstance(alternative, Function):
                entry = self.entry_of(alternative)
                if entry is not None and entry.decorates is not None:
                    nature = entry.decorates
                else:
                    worked_out = self._worked_out_nature(alternative, operation == CALL, decorated)
                    if worked_out is None:
                        known = False
                    else:
                        nature = worked_out
            else:
                entry = self.knowledge.callable(alternative.name) if isinstance(alternative, Class) else None
                if entry is not None and entry.decorates is not None:
                    nature = entry.decorates
                else:
                    known = False
        return nature, known

    def entry_of(self, function: Function) -> CallableEntry | None:
        """What the knowledge says about a function of the program."""
        self.link_decorators(function)
        return function.entry

    def _worked_out_nature(self, decorator: Function, is_factory: bool, decorated: Function) -> str | None:
        """What a decorator of the program makes of a function, read off its body; None where that cannot be said.

        A decorator that returns its argument keeps it; so does one that returns an inner function which gives what the argument gives. One
        that returns an inner function which only hands the argument on (to a thread, say), or that is a coroutine function itself, hides
        it: then calling the name does not tell what the body does.
        """
        module = decorator.module
        returned = self._returned_functions(decorator)
        if any(map(self._makes_property, returned if is_factory else [decorator])):
            return "property"
        if is_factory:
            returned = [inner for outer in returned for inner in self._returned_functions(outer)]
        facts = decorator.facts
        if not is_factory and facts.returned and module.rows[facts.returned][0] == PARAM:
            return "keep"
        if decorated.facts.flags & ASYNC and any(inner.facts.flags & ASYNC and not inner.facts.flags & GENERATOR for inner in returned):
            returned = [inner for inner in returned if inner.facts.flags & ASYNC]  # the others are for plain functions
        if len(returned) != 1:
            return None
        inner = returned[0]
        if inner.facts.flags & ASYNC:
            decorated.gives_coroutine = not inner.facts.flags & GENERATOR
            return "opaque"
        wrapped = {row for row, (operation, _, _, rest) in enumerate(module.rows) if operation == PARAM and rest[0] == 0}
        calls_it = any(module.rows[use[1]][0] == CALL and module.rows[use[1]][1] in wrapped for use in inner.facts.uses)
        if not calls_it:
            return "opaque"
        if inner.facts.flags & GENERATOR:
            return None
        decorated.wrappers.append(inner)
        row = inner.facts.returned
        parts = module.rows[row][3] if module.rows[row][0] == UNION else (row,)
        gives_on = all(module.rows[part][0] == CALL and module.rows[part][1] in wrapped for part in parts)
        return "keep" if gives_on else None

    def _makes_property(self, decorator: Function) -> bool:
        """Whether a decorator puts an object in the place of a function that calls it when it is read."""
        operation, callee, _, _ = decorator.module.rows[decorator.facts.returned]
        made = self.value(decorator.module, callee).alternatives if operation == CALL else ()
        return bool(made) and all(isinstance(klass, Class) and _computes(klass) for klass in made)

    def _returned_functions(self, function: Function) -> list[Function]:
        row = function.facts.returned
        rows = function.module.rows
        parts = rows[row][3] if rows[row][0] == UNION else (row,)
        return [function.module.functions[rows[part][1]] for part in parts if rows[part][0] == FUNCTION]


def _computes(klass: Class) -> bool:
    """Whether objects of a class call what they hold with the object that they are read from."""
    for base in klass.mro:
        if base.facts is None or base.module is None or "__get__" not in base.facts.members:
            continue
        rows = base.module.rows
        operation, number, _, parts = rows[base.facts.members["__get__"]]
        getters = (
            [rows[part][1] for part in parts if rows[part][0] == FUNCTION] if operation == UNION else [number] * (operation == FUNCTION)
        )
        for getter in getters:
            for _, used, _, _ in base.module.functions[getter].facts.uses:
                kind, callee, _, rest = rows[used]
                if kind == CALL and rows[callee][0] == ATTR and rest and _is_parameter(rows, rest[0], getter, 1):
                    return _is_parameter(rows, rows[callee][1], getter, 0)
        return False
    return False


def _is_parameter(rows: list[Row], row: int, function: int, position: int) -> bool:
    while rows[row][0] == NARROWED:
        row = rows[row][1]
    operation, number, _, rest = rows[row]
    return operation == PARAM and number == function and rest[0] == position


def _is_wrapped_by_name(function: Function) -> bool:
    """Whether a function's name is bound again to what a call makes of it: ``load = make_sync(load)``."""
    module = function.module
    bindings = function.owner.facts.members if function.owner is not None and function.owner.facts is not None else module.facts.bindings
    operation, _, _, parts = module.rows[bindings.get(function.facts.name.rpartition(".")[2], 0)]
    if operation != UNION:
        return False
    own = [part for part in parts if module.rows[part][:2] == (FUNCTION, function.number)]
    return any(module.rows[part][0] == CALL and not set(own).isdisjoint(module.rows[part][3]) for part in parts)
