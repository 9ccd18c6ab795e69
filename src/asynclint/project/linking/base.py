"""The state that all parts of linking share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from asynclint.facts.model import ModuleFacts, Places
from asynclint.knowledge import Knowledge
from asynclint.project.linking.index import Index, calls_of, stores_of
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    Alternative,
    Class,
    Function,
    Instance,
    Origin,
    Value,
)
from asynclint.source.references import STAR, keywords_of
from asynclint.source.scopes import ASYNC, GENERATOR

DEEPEST: Final = 40
"""Jumps from one table into another (or to a function's result) that may lie on top of each other."""

IN_PROGRESS: Final = Value((), True)
"""What a value is while it is being resolved."""

MANAGER_NATURES: Final = ("context-manager", "async-context-manager")


_Definition = TypeVar("_Definition", Function, Class)

SurveyedFile = tuple[str, ModuleFacts, Places]
"""A file's path as reports show it, what it says, and where."""

Load = Callable[[str], "SurveyedFile | None"]
"""Surveys a module of an installed package, by its dotted name; None where there is no source of it."""


class LinkerBase:
    """The program, what is known beside it, and what has been resolved so far. Its subclasses resolve, one kind of question each.

    `beat` is called again and again by all that goes through the whole program; it may raise to end that.
    """

    def __init__(
        self, files: Iterable[SurveyedFile], knowledge: Knowledge, load: Load | None = None, beat: Callable[[], None] = lambda: None
    ) -> None:
        self.beat = beat
        self.knowledge = knowledge
        self.modules: dict[str, Module] = {}
        self.tops: frozenset[str] = frozenset()
        """The top-level names that the program itself defines."""
        self.dependencies: dict[str, Module | None] = {}
        """What has been asked for of installed packages; None for what is not there."""
        self._load = load
        self.functions: list[Function] = []
        self.property_names: set[str] = set()
        self.names: dict[str, Value] = {}
        self.classes: dict[str, Class] = {}
        self.members: dict[tuple[Class, str], Value | None] = {}
        self.results: dict[Function, Value] = {}
        self.stores: Index[tuple[Module, int, int]] = Index(stores_of)
        self.calls: Index[tuple[Module, int]] = Index(calls_of)
        self.implementers: dict[Class, list[Class]] = {}
        self.overriding: dict[tuple[Class, str], list[Function]] = {}
        self.classes_with: Index[Class] = Index(_with_names)
        self.class_variables: dict[Class, tuple[Origin, ...]] = {}
        self.depth = 0
        for path, facts, places in files:
            self.modules[facts.module] = self._define(Module(path, facts, places))
        self.tops = frozenset(name.partition(".")[0] for name in self.modules)

    def _define(self, module: Module) -> Module:
        """Make the functions and classes of a module. Those that it has already stay the same objects, as far as their names do."""
        functions = _by_name(module.functions)
        module.functions = []
        for number, function_facts in enumerate(module.facts.functions):
            known = functions.get(function_facts.name)
            if known:
                function = known.pop()
                function.begin(number, function_facts)
            else:
                function = Function(module, number, function_facts, len(self.functions))
                self.functions.append(function)
            module.functions.append(function)
        classes = _by_name(module.classes)
        module.classes = []
        for number, class_facts in enumerate(module.facts.classes):
            same = classes.get(class_facts.name)
            name = f"{module.name}.{class_facts.name}"
            klass = same.pop() if same else Class(self.knowledge.canonical(name) if module.is_dependency else name)
            klass.begin(module, number, class_facts)
            module.classes.append(klass)
            if module.is_dependency:
                klass.entry = self.knowledge.klass(klass.name)
                self.classes.setdefault(klass.name, klass)
        for function in module.functions:
            if function.facts.owner >= 0:
                function.owner = module.classes[function.facts.owner]
        return module

    @property
    def follows(self) -> bool:
        """Whether installed packages can be looked into."""
        return self._load is not None

    def module(self, name: str) -> Module | None:
        """The module of this name: of the program, or of an installed package, which is read now."""
        module = self.modules.get(name)
        if module is not None or self._load is None:
            return module
        if name not in self.dependencies:
            self.dependencies[name] = None
            top = name.partition(".")[0]
            loaded = self._load(name) if top not in self.tops and not self.knowledge.is_closed(top) else None
            if loaded is not None:
                self.dependencies[name] = self._define(Module(*loaded, is_dependency=True))
        return self.dependencies[name]

    def forget(self, module: Module) -> None:
        """Forget what a module of the program says, as far as that is not kept in the module itself."""
        inside = f"{module.name}."
        self.names = {name: value for name, value in self.names.items() if name != module.name and not name.startswith(inside)}
        self.members = {key: value for key, value in self.members.items() if key[0].module is not module}
        for function in module.functions:
            self.results.pop(function, None)
        for klass in module.classes:
            self.class_variables.pop(klass, None)
        self.implementers = {}
        self.overriding = {}
        self.stores.remove(module)
        self.calls.remove(module)
        self.classes_with.remove(module)

    def remember(self, module: Module) -> None:
        """Take note of what a module of the program says, as far as that is asked across modules."""
        self.stores.add(module)
        self.calls.add(module)
        self.classes_with.add(module)

    def argument(self, call: Origin, name: str, parameters: Sequence[str]) -> int | None:
        """The row of the argument that a call gives for the parameter `name`; None where it gives none, or that cannot be told."""
        module, number = call
        rest = module.rows[number][3]
        names = keywords_of(module.rows[number])
        positional = len(rest) - len(names)
        if name in names:
            return rest[positional + names.index(name)]
        if name in parameters:
            position = parameters.index(name)
            if position < positional and all(module.rows[row][0] != STAR for row in rest[: position + 1]):
                return rest[position]
        return None

    def value(self, module: Module, number: int) -> Value:
        """The value of a row."""
        raise NotImplementedError

    def attribute(self, owner: Alternative, name: str) -> Value:
        """What attribute `name` of `owner` is."""
        raise NotImplementedError

    def typed(self, text: str, receiver: Instance | None = None, call: Origin | None = None, parameters: Sequence[str] = ()) -> Value:
        """The value of a type's text. `call` is the call whose arguments it may speak of, by the names in `parameters`."""
        raise NotImplementedError

    def result_of(self, function: Function, receiver: Instance | Class | None, call: Origin | None = None) -> Value:
        """What the body of a function gives, if need be where `call` calls it on `receiver`."""
        raise NotImplementedError

    def declared_as(self, alternative: Alternative, arguments: tuple[Value, ...]) -> Value:
        """An instance of what an annotation names."""
        raise NotImplementedError

    def stored(self, owner: Class | Module, name: str) -> Value:
        """What is assigned from outside to attribute `name` of a module or of a class's objects."""
        raise NotImplementedError

    def link_bases(self, klass: Class, below: tuple[Class, ...] = ()) -> None:
        """Find the bases of a class and its order of look-up."""
        raise NotImplementedError

    def awaited(self, alternative: Alternative) -> Value:
        """What awaiting gives."""
        raise NotImplementedError

    def entered(self, alternative: Alternative, method: str) -> Value:
        """What a context manager gives; `method` is ``__enter__`` or ``__aenter__``."""
        raise NotImplementedError

    def element_of(self, alternative: Alternative, method: str) -> Value:
        """What iterating gives; `method` is ``__iter__`` or ``__aiter__``."""
        raise NotImplementedError


def _with_names(module: Module) -> Iterator[tuple[str, Class]]:
    """The classes of a file, under the name of each member that they have of their own."""
    for klass in module.classes:
        assert klass.facts is not None
        for name in klass.facts.members.keys() | klass.facts.declared.keys() | klass.facts.assigned.keys():
            yield name, klass


def _by_name(definitions: Iterable[_Definition]) -> dict[str, list[_Definition]]:
    """Functions or classes by their names; of equal names, the first comes last."""
    named: dict[str, list[_Definition]] = {}
    for definition in definitions:
        if definition.facts is not None:
            named.setdefault(definition.facts.name, []).insert(0, definition)
    return named


def pending_nature(function: Function) -> str | None:
    """What a call gives instead of running the body, or None where the body runs."""
    flags = function.facts.flags
    if function.nature in MANAGER_NATURES:
        return function.nature
    if function.nature == "thread" or (function.nature == "opaque" and function.gives_coroutine):
        return "coroutine"
    if function.nature in ("task", "opaque", "property"):
        return None
    if flags & ASYNC:
        return "async-generator" if flags & GENERATOR else "coroutine"
    return "generator" if flags & GENERATOR else None


def constant(text: str) -> object:
    """The value of a constant's ``repr``; the text itself where it is cut off."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return text
