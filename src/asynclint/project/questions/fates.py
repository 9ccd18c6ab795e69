"""What becomes of a value inside the function where it is made: every use that does something with it, by its row."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.source.names import LOOKS, TAKERS
from asynclint.source.references import ATTR, CALL, COLLECTION, ITEM, NAME, STAR, UNION, Row
from asynclint.source.roles import is_passed
from asynclint.source.uses import (
    AWAITED,
    USE_ABSENT,
    USE_AENTER,
    USE_AITER,
    USE_ASLEEP,
    USE_AWAIT,
    USE_BUSY,
    USE_CALL,
    USE_CLEANUP,
    USE_DROP,
    USE_ENTER,
    USE_ESCAPED,
    USE_EXCHANGE,
    USE_FORMAT,
    USE_IDENTITY,
    USE_INSIDE,
    USE_ITER,
    USE_JOB,
    USE_LATE,
    USE_LEFT_OPEN,
    USE_LOOP,
    USE_MEASURED,
    USE_OPENED,
    USE_POLL,
    USE_READ,
    USE_RETURN,
    USE_SLICED,
    USE_SPINNING_READ,
    USE_STORE,
    USE_TRIED,
    USE_YIELD,
)

_AROUND: Final = frozenset({USE_ENTER, USE_AENTER, USE_ITER, USE_AITER, USE_AWAIT, USE_READ})
"""Kinds of uses whose row stands around that of what they use."""
_NO_USES: Final = frozenset({
    USE_BUSY, USE_CLEANUP, USE_DROP, USE_ESCAPED, USE_INSIDE, USE_JOB, USE_LATE, USE_LEFT_OPEN, USE_LOOP, USE_OPENED,
    USE_ASLEEP, USE_MEASURED, USE_POLL, USE_SLICED, USE_SPINNING_READ, USE_TRIED,
})  # fmt: skip
"""Kinds of uses that do nothing with their row."""


class Fates:
    """Looks up uses by what they use. A function is indexed when it is asked for, and only the last one remembered."""

    def __init__(self) -> None:
        self._function: Function | None = None
        self._uses: dict[int, list[int]] = {}
        self._makers: dict[int, list[int]] = {}
        """The calls that are not awaited, by their rows."""
        self._apart: dict[int, list[int]] = {}
        """The uses that await something made of a row: ``await f(x).json()``."""
        self._module: Module | None = None
        self._collected: frozenset[int] = frozenset()

    def of(self, function: Function, row: int) -> list[int]:
        """The numbers of the uses that do something with the value of a row: read an attribute, call it or with it, test it, await it.

        The call that makes it is not among them.
        """
        self._look_into(function)
        rows = function.module.rows
        while is_passed(rows, row):
            row = rows[row][1]
        return self._uses.get(row, [])

    def _look_into(self, function: Function) -> None:
        """Index the uses of a function, unless it is the last one asked for."""
        if function is self._function:
            return
        self._function = function
        rows = function.module.rows
        self._uses, self._makers, self._apart = _index(function), {}, {}
        for number, (kind, row, flags, _) in enumerate(function.facts.uses):
            if kind == USE_CALL and not flags & AWAITED:
                self._makers.setdefault(row, []).append(number)
            for part in spine(rows, self.awaited(function, number)):
                self._apart.setdefault(part, []).append(number)

    def _is_collected(self, module: Module, row: int) -> bool:
        """Whether a display, a comprehension or an unpacked argument of the file holds the value of a row."""
        if module is not self._module:
            held = [part for operation, base, _, rest in module.rows if operation in (COLLECTION, STAR) for part in (base, *rest)]
            self._module, self._collected = module, frozenset(held)
        return row in self._collected

    def maker(self, function: Function, number: int, row: int, part: int = 0) -> int:
        """The number of the call that made what use `number` does something with: the one inside of it, else the last one above; `number`
        itself where it is not made here. `part` is the one that matters of several that the row may be."""
        places = function.module.places
        line, column, end_line, end_column = places.of_use(function.number, number)
        rows = function.module.rows
        self._look_into(function)
        inside: list[int] = []
        above = -1
        for made in {part} if part else _held_in(rows, row):
            makers = self._makers.get(made, [])
            for other in reversed(makers[: bisect_left(makers, number)]):
                first_line, first_column, last_line, last_column = places.of_use(function.number, other)
                if (line, column) <= (first_line, first_column) and (last_line, last_column) <= (end_line, end_column):
                    inside.append(other)
                elif inside:
                    break
                elif (first_line, first_column) < (line, column):
                    above = max(above, other)
                    break
        return min(inside) if inside else above if above >= 0 else number

    def is_inside(self, function: Function, number: int, maker: int) -> bool:
        """Whether the call `maker` stands inside of the use, rather than above it with a name between."""
        places = function.module.places
        line, column, _, _ = places.of_use(function.number, number)
        first_line, first_column, _, _ = places.of_use(function.number, maker)
        return (line, column) <= (first_line, first_column)

    def is_in_place(self, function: Function, number: int, row: int) -> bool:
        """Whether what use `number` does something with is made there, and no name holds it."""
        maker = self.maker(function, number, row)
        return maker != number and self.is_inside(function, number, maker)

    def awaited_around(self, function: Function, maker: int, row: int) -> int:
        """The number of the awaited expression that takes the value of a row apart before it is awaited, as in ``await f(x).json()`` that
        of ``f(x)``, which the call `maker` makes; -1 where there is none."""
        self._look_into(function)
        for number in self._apart.get(row, ()):
            if number != maker and self._stands_in(function, maker, number):
                return number
        return -1

    def awaited(self, function: Function, number: int) -> int:
        """The row of what a use awaits: a call directly behind ``await``, or the operand of an ``await``; 0 where it awaits nothing.

        What ``async with`` enters is not awaited itself.
        """
        uses = function.facts.uses
        kind, used, flags, _ = uses[number]
        if kind == USE_AWAIT:
            return function.module.rows[used][1]
        if kind != USE_CALL or not flags & AWAITED:
            return 0
        places = function.module.places
        place = places.of_use(function.number, number)
        for other in range(number + 1, len(uses)):
            if places.of_use(function.number, other) != place:
                break
            if uses[other][0] == USE_AENTER:
                return 0
        return used

    def _stands_in(self, function: Function, inner: int, outer: int) -> bool:
        places = function.module.places
        line, column, end_line, end_column = places.of_use(function.number, inner)
        first_line, first_column, last_line, last_column = places.of_use(function.number, outer)
        return (first_line, first_column) <= (line, column) and (end_line, end_column) <= (last_line, last_column)

    def is_seen_to(self, function: Function, row: int) -> bool:
        """Whether the function awaits the value of a row somewhere, or gives it to something that does."""
        rows = function.module.rows
        for number in self.of(function, row):
            kind, used, _, _ = function.facts.uses[number]
            if kind in (USE_AWAIT, USE_AENTER):
                return True
            if kind == USE_CALL and row in rows[used][3] and last_name(rows, rows[used][1]) in TAKERS:
                return True
        return False

    def is_taken_apart(self, function: Function, row: int) -> bool:
        """Whether the function awaits parts of the value of a row, or what its methods give."""
        self._look_into(function)
        return row in self._apart

    def is_kept(self, function: Function, number: int, row: int) -> bool:
        """Whether a name holds the value of a row for something else than use `number`: it is awaited, returned, collected."""
        if self.is_inside(function, number, self.maker(function, number, row)):
            return False
        if self.is_seen_to(function, row) or self._is_collected(function.module, row):
            return True
        seen = (USE_RETURN, USE_YIELD, USE_EXCHANGE, USE_STORE)
        return any(function.facts.uses[other][0] in seen for other in self.of(function, row))

    def shows(self, function: Function, number: int) -> bool:
        """Whether a use only shows what it is given or looks at it: it formats, prints or logs it, or compares it by ``is``."""
        kind, used, _, _ = function.facts.uses[number]
        rows = function.module.rows
        return kind in (USE_ABSENT, USE_FORMAT, USE_IDENTITY) or (kind == USE_CALL and last_name(rows, rows[used][1]) in LOOKS)


def _index(function: Function) -> dict[int, list[int]]:
    rows = function.module.rows
    found: dict[int, list[int]] = {}
    for number, (kind, row, _, _) in enumerate(function.facts.uses):
        _, base, _, rest = rows[row]
        used: tuple[int, ...] = ()
        if kind == USE_CALL:
            used = (*((rows[base][1],) if rows[base][0] == ATTR else ()), *rest)
        elif kind in _AROUND:
            used = (base,)
        elif kind not in _NO_USES:
            used = (row,)
        for part in used:
            for held in _held_in(rows, part):
                found.setdefault(held, []).append(number)
    return found


def _held_in(rows: list[Row], row: int) -> set[int]:
    """A row, what it was before a test narrowed it that a coroutine passes, and the alternatives that it is one of."""
    held = {row}
    while is_passed(rows, row):
        row = rows[row][1]
        held.add(row)
    if rows[row][0] == UNION:
        held.update(rows[row][3])
    return held


def last_name(rows: list[Row], row: int) -> str:
    """The last part of the name of what a row stands for; empty where it has none."""
    operation, _, text, _ = rows[row]
    return text.rpartition(".")[2] if operation in (ATTR, NAME) else ""


def spine(rows: list[Row], row: int) -> list[int]:
    """The rows that a row is built on by attributes, calls and subscripts: of ``f(x).a[0]`` those of ``f(x).a``, ``f(x)`` and ``f``."""
    found: list[int] = []
    while rows[row][0] in (ATTR, CALL, ITEM):
        row = rows[row][1]
        found.append(row)
    return found
