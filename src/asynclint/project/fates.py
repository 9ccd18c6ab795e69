"""What becomes of a value inside the function where it is made: every use that does something with it, by its row."""

from __future__ import annotations

from typing import Final

from asynclint.project.evidence import TAKERS
from asynclint.project.modules import Module
from asynclint.project.values import Function
from asynclint.source.references import ANNOTATED, ATTR, CALL, COLLECTION, NAME, NARROWED, STAR, UNION, Row
from asynclint.source.uses import (
    AWAITED,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_DROP,
    USE_ENTER,
    USE_FORMAT,
    USE_ITER,
    USE_READ,
    USE_RETURN,
    USE_YIELD,
)

_LOOKS: Final = frozenset(
    {"critical", "debug", "error", "exception", "format", "id", "info", "log", "print", "repr", "str", "type", "warning"}
)
"""Last names of callables that show what they are given, and do nothing with it."""

_AROUND: Final = frozenset({USE_ENTER, USE_AENTER, USE_ITER, USE_AITER, USE_AWAIT, USE_READ})
"""Kinds of uses whose row stands around that of what they use."""


class Fates:
    """Looks up uses by what they use. Functions are indexed when they are first asked for."""

    def __init__(self) -> None:
        self._uses: dict[Function, dict[int, list[int]]] = {}

    def of(self, function: Function, row: int) -> list[int]:
        """The numbers of the uses that do something with the value of a row: read an attribute, call it or with it, test it, await it.

        The call that makes it is not among them.
        """
        uses = self._uses.get(function)
        if uses is None:
            uses = self._uses[function] = _index(function)
        return uses.get(row, [])

    def maker(self, function: Function, number: int, row: int) -> int:
        """The number of the call that made what use `number` does something with: the one inside of it, else the last one above; `number`
        itself where it is not made here."""
        places = function.module.places
        line, column, end_line, end_column = places.of_use(function.number, number)
        rows = function.module.rows
        parts = rows[row][3] if rows[row][0] == UNION else (row,)
        above = -1
        for other, (kind, made, flags, _) in enumerate(function.facts.uses):
            if kind != USE_CALL or made not in parts or flags & AWAITED or other == number:
                continue
            first_line, first_column, last_line, last_column = places.of_use(function.number, other)
            if (line, column) <= (first_line, first_column) and (last_line, last_column) <= (end_line, end_column):
                return other
            if (first_line, first_column) < (line, column):
                above = other
        return above if above >= 0 else number

    def is_inside(self, function: Function, number: int, maker: int) -> bool:
        """Whether the call `maker` stands inside of the use, rather than above it with a name between."""
        places = function.module.places
        line, column, _, _ = places.of_use(function.number, number)
        first_line, first_column, _, _ = places.of_use(function.number, maker)
        return (line, column) <= (first_line, first_column)

    def is_seen_to(self, function: Function, row: int) -> bool:
        """Whether the function awaits the value of a row somewhere, returns it, or gives it to something that awaits or keeps it."""
        rows = function.module.rows
        for number in self.of(function, row):
            kind, used, _, _ = function.facts.uses[number]
            if kind in (USE_AWAIT, USE_AENTER, USE_RETURN, USE_YIELD):
                return True
            if kind == USE_CALL and row not in rows[used][3]:
                continue
            if kind == USE_CALL and last_name(rows, rows[used][1]) in TAKERS:
                return True
        return _is_collected(function.module, row)

    def is_only_looked_at(self, function: Function, row: int, maker: int) -> int:
        """The first use, where a name that holds the coroutine is only printed, logged or formatted; -1 where it is not so."""
        rows = function.module.rows
        numbers = self.of(function, row)
        for number in numbers:
            kind, used, _, _ = function.facts.uses[number]
            if (
                self.is_inside(function, number, maker)
                and function.module.places.of_use(function.number, number)[0] == (function.module.places.of_use(function.number, maker)[0])
            ):
                return -1
            if kind == USE_CALL:
                if row not in rows[used][3] or last_name(rows, rows[used][1]) not in _LOOKS:
                    return -1
            elif kind != USE_FORMAT:
                return -1
        return numbers[0] if numbers and not _is_collected(function.module, row) else -1


def _is_collected(module: Module, row: int) -> bool:
    return any(operation in (COLLECTION, STAR) and row in (base, *rest) for operation, base, _, rest in module.rows)


def _index(function: Function) -> dict[int, list[int]]:
    rows = function.module.rows
    found: dict[int, list[int]] = {}
    for number, (kind, row, _, _) in enumerate(function.facts.uses):
        operation, base, _, rest = rows[row]
        if kind == USE_CALL:
            if rows[base][0] == ATTR:
                found.setdefault(rows[base][1], []).append(number)
            for argument in rest:
                found.setdefault(argument, []).append(number)
        elif kind in _AROUND:
            found.setdefault(base, []).append(number)
        elif kind != USE_DROP:
            for part in rest if operation == UNION else (row,):
                found.setdefault(part, []).append(number)
            if operation == UNION:
                found.setdefault(row, []).append(number)
    return found


def last_name(rows: list[Row], row: int) -> str:
    """The last part of the name of what a row stands for; empty where it has none."""
    operation, _, text, _ = rows[row]
    return text.rpartition(".")[2] if operation in (ATTR, NAME) else ""


def plain(rows: list[Row], row: int) -> int:
    """The row behind annotations and narrowings."""
    while rows[row][0] in (NARROWED, ANNOTATED):
        row = rows[row][3][0] if rows[row][0] == ANNOTATED else rows[row][1]
    return row


def made_by_call(rows: list[Row], row: int) -> bool:
    """Whether a row is a call or one of several."""
    operation, _, _, rest = rows[row]
    return operation == CALL or (operation == UNION and any(rows[part][0] == CALL for part in rest))
