"""The sets in which a program keeps its tasks: a further task can be kept there as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Function, Instance, ModuleObject, Value
from asynclint.project.questions.kept import Kept
from asynclint.project.questions.takers import Takers
from asynclint.source.references import ATTR, NAME
from asynclint.source.uses import USE_READ

_KEEPS: Final = frozenset({"add", "discard", "remove"})
"""Methods that do no more with the tasks than to keep them, and to let them go."""
_LETS_GO: Final = frozenset({"discard", "remove"})
_OF_CLASSES: Final = frozenset({"__class_getitem__", "__init_subclass__", "__new__"})
"""Methods that are given a class without saying so."""


class TaskSet(NamedTuple):
    """A set of tasks, as code calls it: ``self.tasks``. `only_keeps` tells that nobody does anything with its members: waits for them,
    cancels or counts them.
    """

    text: str
    only_keeps: bool


class TaskSets:
    """Answers for the functions of a linked program."""

    def __init__(self, linker: Linker, takers: Takers, kept: Kept) -> None:
        self.linker = linker
        self.takers = takers
        self.kept = kept
        self._of_classes: dict[Class, dict[str, bool]] = {}
        self._of_modules: dict[Module, dict[str, bool]] = {}

    def for_tasks_of(self, function: Function) -> TaskSet | None:
        """The set for a task that a function starts: of the class whose method it is, or belongs to, or of its file. One that only keeps
        comes first."""
        found: list[TaskSet] = []
        method = self._method_of(function)
        if method is not None:
            klass, receiver = method
            found += [TaskSet(f"{receiver}.{name}", only_keeps) for name, only_keeps in self._in_class(klass).items()]
        found += self._of_file(function.module)
        return min(found, key=lambda one: not one.only_keeps, default=None)

    def of_file(self, module: Module) -> TaskSet | None:
        """The set of a file, for tasks that any of its functions starts."""
        return min(self._of_file(module), key=lambda one: not one.only_keeps, default=None)

    def _of_file(self, module: Module) -> list[TaskSet]:
        return [TaskSet(name, only_keeps) for name, only_keeps in self._in_module(module).items()]

    def _method_of(self, function: Function) -> tuple[Class, str] | None:
        """The class whose method a function is, or stands in, and what it calls the object; None where there is none in sight."""
        functions = function.module.functions
        inner: list[Function] = []
        while function.facts.owner < 0:
            inner.append(function)
            if function.facts.parent <= 0:
                return None
            function = functions[function.facts.parent]
        self.linker.link_decorators(function)
        name = function.facts.name.rpartition(".")[2]
        if function.binding or name in _OF_CLASSES or not function.facts.parameters:
            return None
        receiver = function.facts.parameters[0].name
        if any(parameter.name == receiver for one in inner for parameter in one.facts.parameters):
            return None
        return function.module.classes[function.facts.owner], receiver

    def _in_class(self, klass: Class) -> dict[str, bool]:
        if klass not in self._of_classes:
            own = [part for part in klass.mro if part.is_own and part.module is not None]
            names = [
                module.rows[row][2]
                for module in dict.fromkeys(part.module for part in own if part.module is not None)
                for row in self._let_go_of(module)
                if module.rows[row][0] == ATTR and self._is_of(klass, self.linker.value(module, module.rows[row][1]))
            ]
            self._of_classes[klass] = {name: self._class_only_keeps(klass, name) for name in names}
        return self._of_classes[klass]

    def _in_module(self, module: Module) -> dict[str, bool]:
        if module not in self._of_modules:
            paths = {module.rows[row][2] for row in self._let_go_of(module) if module.rows[row][0] == NAME}
            self._of_modules[module] = {
                name: self._module_only_keeps(path)
                for name, row in module.facts.bindings.items()
                for path in (f"{module.name}.{name}", module.rows[row][2] if module.rows[row][0] == NAME else "")
                if path in paths
            }
        return self._of_modules[module]

    def _let_go_of(self, module: Module) -> Iterator[int]:
        """The rows of the sets that let go of their tasks when they are done: ``task.add_done_callback(tasks.discard)``."""
        rows = module.rows
        for _, call in module.method_calls("add_done_callback"):
            for callback in rows[call][3][:1]:
                operation, holder, method, _ = rows[callback]
                if operation == ATTR and method in _LETS_GO and _is_set(self.linker.value(module, holder)):
                    yield holder

    def _is_of(self, klass: Class, value: Value) -> bool:
        parts = value.alternatives
        return bool(parts) and all(isinstance(part, Instance) and part.klass in klass.mro for part in parts)

    def _class_only_keeps(self, klass: Class, name: str) -> bool:
        return all(
            self._row_only_keeps(module, row)
            for module, row in self.takers.attributes_of(name)
            if self.kept.may_be_of(klass, self.linker.value(module, module.rows[row][1]))
        )

    def _module_only_keeps(self, path: str) -> bool:
        name = path.rpartition(".")[2]
        places = [
            (module, row)
            for module in self.linker.modules.values()
            if f"{module.name}.{name}" == path or name in module.facts.bindings
            for row, (operation, _, text, _) in enumerate(module.rows)
            if operation == NAME and text == path
        ]
        for module, row in self.takers.attributes_of(name):
            owners = self.linker.value(module, module.rows[row][1]).alternatives
            if any(isinstance(part, ModuleObject) and f"{part.module.name}.{name}" == path for part in owners):
                places.append((module, row))
        return all(self._row_only_keeps(module, row) for module, row in places)

    def _row_only_keeps(self, module: Module, row: int) -> bool:
        users = self.takers.users_in(module).of(row)
        if any(module.rows[user][0] != ATTR or module.rows[user][2] not in _KEEPS for user in users):
            return False
        if row in self.takers.given_away(module):
            return False
        return not any(used == row and kind != USE_READ for body in module.facts.functions for kind, used, _, _ in body.uses)


def _is_set(value: Value) -> bool:
    parts = value.alternatives
    return bool(parts) and not value.open and all(isinstance(part, Instance) and part.klass.derives_from("builtins.set") for part in parts)
