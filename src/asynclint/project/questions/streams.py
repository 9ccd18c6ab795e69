"""Streams: what is written to, and which functions drain what their callers wrote, or wait until it is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asynclint.model import Certainty
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Constant, External, Function, Instance, Value, is_none, unbound
from asynclint.source.references import ATTR, CALL, ITEM, PARAM, Row
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, USE_CALL

DRAINS: Final = frozenset({"communicate", "drain", "start_tls", "wait_closed"})
"""Methods that wait until what was written has gone."""
WAITS: Final = frozenset({"wait_closed"})
"""Methods that wait until it is closed."""

READS: Final = frozenset({"read", "readexactly", "readline", "readuntil"})

_LINES: Final = READS - {"read"}
"""Those that hardly anything else has."""

WRITER: Final = "asyncio.StreamWriter"
READER: Final = "asyncio.StreamReader"

_DEEPEST: Final = 5


class Streams:
    """Answers for the streams of a linked program."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self._known: dict[tuple[frozenset[str], Function, int], bool] = {}
        self._drained: dict[Module, frozenset[str]] = {}
        self._waited: dict[Module, frozenset[str]] = {}
        self._readers: dict[Module, frozenset[int]] = {}

    def is_a(self, module: Module, row: int, name: str) -> Certainty | None:
        """How sure it is that a row is an object of the class `name`, where it is anything at all; None if that is not known."""
        return self._is(module, row, lambda part: part.klass.derives_from(name))

    def is_writer(self, module: Module, row: int) -> Certainty | None:
        """The same for a stream writer, or something that is used like one.

        That is an object with a coroutine method ``drain`` beside its ``write``; and what is not known, where the file drains something of
        the same name, or awaits what the reader beside it gives.
        """
        value = self.linker.value(module, row)
        if all(map(is_none, value.alternatives)):
            is_drained = not value.alternatives and _name_of(module.rows[row]) in self._drained_in(module)
            return Certainty.LIKELY if is_drained or self._has_reader(module, row) else None
        return self._is(module, row, self._is_like_writer)

    def _is(self, module: Module, row: int, fits: Callable[[Instance], bool]) -> Certainty | None:
        value = self.linker.value(module, row)
        parts = [part for part in value.alternatives if not is_none(part)]
        fitting = [part for part in parts if isinstance(part, Instance) and fits(part)]
        if not fitting:
            return None
        return Certainty.CERTAIN if len(fitting) == len(parts) and not value.open else Certainty.LIKELY

    def _is_like_writer(self, instance: Instance) -> bool:
        if instance.klass.derives_from(WRITER):
            return True
        write, drain = (self.linker.member(instance.klass, name) for name in ("write", "drain"))
        return write is not None and drain is not None and _is_plain(write) and not _is_plain(drain)

    def _has_reader(self, module: Module, row: int) -> bool:
        """Whether something is one of a pair, by its name or its place, whose other one the file awaits something to read of."""
        operation, base, text, rest = module.rows[row]
        name = text.removesuffix("writer")
        is_named = operation in (ATTR, PARAM) and name != text
        for other in self._read_in(module):
            kind, of, what, parts = module.rows[other]
            if kind != operation or other == row:
                continue
            if is_named and what == f"{name}reader" and (kind == ATTR or of == base):
                return True
            if kind == ITEM and of == base and (module.rows[parts[0]][2], module.rows[rest[0]][2]) == ("0", "1"):
                return True
        return False

    def _read_in(self, module: Module) -> frozenset[int]:
        """The rows of all that a file awaits something to read of."""
        found = self._readers.get(module)
        if found is None:
            rows = module.rows
            calls = {
                row for function in module.functions for kind, row, flags, _ in function.facts.uses if kind == USE_CALL and flags & AWAITED
            }
            callees = [rows[rows[call][1]] for call in calls]
            found = self._readers[module] = frozenset(
                [base for operation, base, text, _ in callees if operation == ATTR and text in _LINES]
            )
        return found

    def _drained_in(self, module: Module) -> frozenset[str]:
        """The names of the parameters and attributes that a file drains."""
        drained = self._drained.get(module)
        if drained is None:
            rows = module.rows
            drained = self._drained[module] = frozenset(
                _name_of(rows[base]) for operation, base, method, _ in rows if operation == ATTR and method == "drain"
            ) - {""}
        return drained

    def drains_behind(self, function: Function, number: int, called: Function) -> bool:
        """Whether a function drains behind its use `number`, which calls `called`: itself, or by another function that does so itself."""
        module = function.module
        for kind, row, _, _ in function.facts.uses[number + 1 :]:
            if kind == USE_CALL:
                if _is_drain(module, row):
                    return True
                for alternative in self.linker.value(module, module.rows[row][1]).alternatives:
                    helper = unbound(alternative)
                    if isinstance(helper, Function) and helper is not called and self._drains_itself(helper):
                        return True
        return False

    def _drains_itself(self, function: Function) -> bool:
        return any(kind == USE_CALL and _is_drain(function.module, row) for kind, row, _, _ in function.facts.uses)

    def reads(self, module: Module, call: int) -> bool:
        """Whether a call waits for something to read: it is one of a stream reader, or of a function that has one."""
        callee = module.rows[call][1]
        operation, base, method, _ = module.rows[callee]
        if operation == ATTR and method in READS and self.is_a(module, base, READER) is not None:
            return True
        alternatives = self.linker.value(module, callee).alternatives
        return any(isinstance(part, (Function, Bound)) and self.calls(unbound(part), READS) for part in alternatives)

    def may_call(self, module: Module, call: int, methods: frozenset[str]) -> bool:
        """Whether what a call runs may call one of these methods; of what is not known, it may."""
        callee = self.linker.value(module, module.rows[call][1])
        if callee.open or not callee.alternatives:
            return True
        return any(self._may(alternative, methods) for alternative in callee.alternatives)

    def _may(self, callee: Alternative, methods: frozenset[str]) -> bool:
        if isinstance(callee, (Function, Bound)):
            function = unbound(callee)
            return bool(function.facts.flags & ASYNC) and self.calls(function, methods)  # a plain one cannot wait
        if isinstance(callee, External):
            is_known = callee.entry is not None or callee.name.startswith("builtins.")
            return callee.name.rpartition(".")[2] in methods or not is_known
        return not isinstance(callee, Constant)

    def calls(self, function: Function, methods: frozenset[str], depth: int = 0) -> bool:
        """Whether a function calls one of these methods, of whatever object, or something of the program that does."""
        key = (methods, function, depth)  # the depth is part of it: what is asked first must not decide what others are told
        if key not in self._known:
            self._known[key] = self._calls(function, methods, depth)
        return self._known[key]

    def _calls(self, function: Function, methods: frozenset[str], depth: int) -> bool:
        rows = function.module.rows
        called = dict.fromkeys(rows[row][1] for kind, row, _, _ in function.facts.uses if kind == USE_CALL and rows[row][0] == CALL)
        if any(rows[callee][0] == ATTR and rows[callee][2] in methods for callee in called):
            return True
        if depth >= _DEEPEST:
            return False
        for callee in called:
            for alternative in self.linker.value(function.module, callee).alternatives:
                if isinstance(alternative, (Function, Bound)) and self.calls(unbound(alternative), methods, depth + 1):
                    return True
        return False

    def is_waited_for(self, module: Module, row: int) -> bool:
        """Whether the file waits somewhere for an attribute of this name to be closed."""
        operation, _, name, _ = module.rows[row]
        if operation != ATTR:
            return False
        waited = self._waited.get(module)
        if waited is None:
            rows = module.rows
            waited = self._waited[module] = frozenset(
                rows[base][2] for operation, base, method, _ in rows if operation == ATTR and method in WAITS and rows[base][0] == ATTR
            )
        return name in waited


def _is_drain(module: Module, call: int) -> bool:
    operation, _, method, _ = module.rows[module.rows[call][1]]
    return operation == ATTR and method == "drain"


def _name_of(row: Row) -> str:
    """The name of a parameter or attribute; empty for anything else."""
    return row[2] if row[0] in (ATTR, PARAM) else ""


def _is_plain(member: Value) -> bool:
    """Whether a method is certainly no coroutine function."""
    return not any(isinstance(part, Function) and part.facts.flags & ASYNC for part in member.alternatives)
