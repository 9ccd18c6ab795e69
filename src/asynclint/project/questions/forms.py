"""Which form of a protocol a value has: that of ``for`` or of ``async for``, of ``with`` or of ``async with``.

A class of the program or of a dependency tells by its methods, if all its bases are known. An entry of the knowledge names every one of
the four methods that its class has.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from asynclint.knowledge import ClassEntry
from asynclint.model import Certainty
from asynclint.project.linking.link import Linker
from asynclint.project.linking.values import Alternative, Bound, Class, Constant, External, Function, Instance, Pending, Value, is_none
from asynclint.source.references import ATTR, CALL, FUNCTION, NARROWED, PARAM, TEST
from asynclint.source.scopes import ONLY_RAISES

ITER: Final = "__iter__"
AITER: Final = "__aiter__"
ENTER: Final = "__enter__"
AENTER: Final = "__aenter__"

_OF_PENDING: Final = {"generator": ITER, "async-generator": AITER, "context-manager": ENTER, "async-context-manager": AENTER}
"""All that a call of this nature gives."""

_NATURES: Final = {
    "generator": "a plain generator",
    "async-generator": "an asynchronous generator",
    "context-manager": "a plain context manager",
    "async-context-manager": "an asynchronous context manager",
}

_HARMLESS_DECORATORS: Final = frozenset({"attr", "attrs", "dataclasses", "enum", "functools", "typing", "typing_extensions"})
"""Modules whose decorators add none of these methods to a class."""


class Form(NamedTuple):
    """What a value certainly is that has one form of a protocol only: ``an asynchronous generator``, or its class's name with `method`."""

    what: str
    certainty: Certainty


class Forms:
    """Answers for every row of a linked program."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker

    def only(self, function: Function, row: int, method: str, missing: str) -> Form | None:
        """What a row in `function` is, if whatever it may be has `method` and not the one that is `missing`; None where that is not so, or
        not known."""
        module = function.module
        if module.rows[row][0] == NARROWED:
            return None
        value = self.linker.value(module, row)
        found = [part for part in value.alternatives if not is_none(part)]
        if not found or not all(self._has(part, method) and self._has(part, missing) is False for part in found):
            return None
        certainty = min(_certainty(part) for part in found)
        if module.rows[row][0] == CALL:
            certainty = min(certainty, self._of_callee(self.linker.value(module, module.rows[row][1])))
        return Form(_describe(found[0], method), Certainty.POSSIBLE if value.open else certainty)

    def has_both(self, function: Function, row: int, first: str, second: str) -> bool:
        """Whether a row in `function` certainly has both forms of a protocol."""
        value = self.linker.value(function.module, row)
        found = value.alternatives
        return bool(found) and not value.open and all(self._has(part, first) and self._has(part, second) for part in found)

    def may_have(self, value: Value, method: str) -> bool:
        """Whether something that a value may be certainly has a method."""
        return any(self._has(part, method) for part in value.alternatives)

    def _of_callee(self, callee: Value) -> Certainty:
        """How sure it is that one of these methods is what runs."""
        bound = [part.certainty for part in callee.alternatives if isinstance(part, Bound)]
        return max(bound) if bound and len(bound) == len(callee.alternatives) else Certainty.CERTAIN

    def _has(self, alternative: Alternative, method: str) -> bool | None:
        if isinstance(alternative, Pending):
            only = _OF_PENDING.get(alternative.nature)
            return only == method if only is not None else None
        if isinstance(alternative, Constant) and alternative.text[:1] in "'\"b":
            return self._class_has(self.linker.external_class("builtins.str"), method)
        if not isinstance(alternative, Instance):
            return None
        found = self._class_has(alternative.klass, method)
        if found is False and not alternative.exact and any(self._class_has(below, method) for below in alternative.klass.overriders):
            return None
        return found

    def _class_has(self, klass: Class, method: str) -> bool | None:
        """Whether objects of a class have a special method; None where that is not known."""
        known = klass.complete
        for base in klass.mro:
            if base.entry is not None and _names(base.entry, method):
                return True
            if base.facts is None or base.module is None:
                continue
            row = base.facts.members.get(method)
            if row is not None:
                operation, number, _, _ = base.module.rows[row]
                return operation != FUNCTION or not base.module.functions[number].facts.flags & ONLY_RAISES
            if method == ITER and "__getitem__" in base.facts.members:
                return True  # the old protocol
            known = known and not self._is_changed(base)
        return False if known else None

    def _is_changed(self, klass: Class) -> bool:
        """Whether a decorator of a class may have given it more methods."""
        assert klass.facts is not None
        assert klass.module is not None
        for row in klass.facts.decorators:
            operation, base, _, _ = klass.module.rows[row]
            value = self.linker.value(klass.module, base if operation == CALL else row)
            names = [part.name for part in value.alternatives if isinstance(part, External)]
            if not names or any(name.partition(".")[0] not in _HARMLESS_DECORATORS for name in names):
                return True
        return False


def is_asked(function: Function, row: int, guards: tuple[int, ...]) -> bool:
    """Whether a test around a use asks the value of a row something: ``if hasattr(stream, "__aiter__"):``, ``if isasyncgen(stream):``."""
    rows = function.module.rows
    name = _name(function, row)
    for guard in guards:
        operation, base, _, rest = rows[guard]
        if operation == TEST:
            operation, _, _, rest = rows[base]
        if operation == CALL and (row in rest or (name and any(_name(function, part) == name for part in rest))):
            return True
    return False


def _name(function: Function, row: int) -> str:
    """The name of a parameter or an attribute, which an object and those who look into it have in common."""
    operation, _, name, _ = function.module.rows[row]
    return name if operation in (ATTR, PARAM) else ""


def _names(entry: ClassEntry, method: str) -> bool:
    if method == ITER:
        return entry.iterates is not None or entry.items is not None
    if method == AITER:
        return entry.aiterates is not None
    return (entry.enter if method == ENTER else entry.aenter) is not None


def _certainty(alternative: Alternative) -> Certainty:
    if isinstance(alternative, Pending):
        doubtful = isinstance(alternative.callee, Function) and alternative.callee.doubtful
        return Certainty.POSSIBLE if doubtful else Certainty.CERTAIN
    if isinstance(alternative, Instance) and not alternative.exact:
        return Certainty.LIKELY  # it may be of a subclass that has more
    return Certainty.CERTAIN


def _describe(alternative: Alternative, method: str) -> str:
    if isinstance(alternative, Pending):
        return f"it is {_NATURES[alternative.nature]}"
    name = alternative.klass.name if isinstance(alternative, Instance) else "str"
    if name == "collections.abc.AsyncGenerator":
        return "it is an asynchronous generator"
    return f"`{name.rpartition('.')[2]}` has only `{method}`"
