"""The reference table: symbolic paths from names to what they may be, resolvable later, one table a file.

A row is an operation on smaller rows or on text. ``self.client.get(url)`` in a method is four rows::

    0  unknown
    1  param   3 "self"        the first parameter of function 3
    2  attr    1 "client"
    3  attr    2 "get"
    4  call    3 ...           with the rows of its arguments

Equal rows are one row, and operands always come first, so that linking is one loop over the table. Every row is a tuple
of the same shape, ``(operation, base, text, rest)``; what the fields mean, stands with each operation below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Row = tuple[int, int, str, tuple[int, ...]]

UNKNOWN: Final = 0
"""Nothing is known. It is row 0 of every table."""
NAME: Final = 1
"""An absolute dotted name, after imports: ``text``."""
FUNCTION: Final = 2
"""The function or lambda number ``base`` of this file."""
CLASS: Final = 3
"""The class number ``base`` of this file."""
ATTR: Final = 4
"""Attribute ``text`` of ``base``."""
CALL: Final = 5
"""Call of ``base``; ``rest`` are the arguments, the last ones by the keywords in ``text``, joined by commas (``**`` for an
unpacked mapping).
"""
AWAIT: Final = 6
"""What awaiting ``base`` gives."""
ENTER: Final = 7
"""What ``with base as x`` binds."""
AENTER: Final = 8
"""What ``async with base as x`` binds."""
ITER: Final = 9
"""An element of ``base``."""
AITER: Final = 10
"""An element of ``base`` in ``async for``."""
ITEM: Final = 11
"""``base[rest[0]]``."""
PARAM: Final = 12
"""Parameter ``text`` at position ``rest[0]`` of function ``base``."""
UNION: Final = 13
"""One of ``rest``."""
CONST: Final = 14
"""The constant whose ``repr`` is ``text``: None, a number, a truth value, a short text or bytes."""
DECLARED: Final = 15
"""An instance of the class ``base``, as an annotation says."""
GENERIC: Final = 16
"""An instance of the class ``base`` made generic by the declared types ``rest``: ``list[Path]``."""
COLLECTION: Final = 17
"""A display or comprehension of type ``text`` with the elements ``rest`` (a comprehension has one). Of a ``dict``, keys and values
in turn; an unpacked mapping is a ``STAR`` under the key 0. A generator expression is a ``generator`` or an ``async generator``.
"""
BINARY: Final = 18
"""``base`` and ``rest[0]`` combined by the operator ``text``; for ``not``, only ``base``."""
STAR: Final = 19
"""An unpacked argument."""
SUPER: Final = 20
"""``super()`` in a method of class ``base``."""
TEST: Final = 21
"""The parameter, attribute, global name or call's result ``base`` is in the state ``text``, as a test or handler says. It is no value."""
ANNOTATED: Final = 22
"""A variable: ``base`` as it is declared, ``rest[0]`` what it was given."""
NARROWED: Final = 23
"""``base`` behind a test that it is an instance of one of the classes ``rest`` (or, where ``text`` is ``not``, of none)."""
LOOP: Final = 24
"""A loop that may keep others waiting, and how: ``text`` (see :mod:`asynclint.source.busy`). It is no value. ``base`` is what it goes
through, ``rest`` first a constant, how many uses in front of its own stand inside of it, and then rows of ``ROUND``.
"""
ROUND: Final = 25
"""Of a loop that nothing of its own ends, a way round: the rows ``rest`` of all that is awaited on it. Of a nest, what the loops in each
other go through."""
KEYWORDS: Final = 26
"""What a function takes by ``**``, declared as ``base``; ``text`` is the function's number."""

OPERATIONS: Final = (
    "unknown", "name", "function", "class", "attr", "call", "await", "enter", "aenter", "iter", "aiter", "item",
    "param", "union", "const", "declared", "generic", "collection", "binary", "star", "super", "test", "annotated", "narrowed", "loop",
    "round", "keywords",
)  # fmt: skip
"""The operations' names by their number."""

MOST_ALTERNATIVES: Final = 8
"""A union of more alternatives than this is unknown."""


def keywords_of(row: Row) -> list[str]:
    """The keywords of a call's last arguments, in their order."""
    return row[2].split(",") if row[2] else []


_NOTHING: Final[Row] = (UNKNOWN, 0, "", ())


class References:
    """A table under construction, which goes on from the rows `known`. Row numbers are what its methods take and give."""

    __slots__ = ("_known", "_numbers", "rows")

    def __init__(self, known: Sequence[Row] = ()) -> None:
        self.rows: list[Row] = [*known] or [_NOTHING]
        self._numbers: dict[Row, int] = {_NOTHING: 0}
        self._known: dict[Row, int] = {row: number for number, row in enumerate(known)}

    def add(self, operation: int, base: int = 0, text: str = "", rest: tuple[int, ...] = ()) -> int:
        """The number of this row, which is made if there is none like it."""
        row = (operation, base, text, rest)
        number = self._numbers.get(row)
        if number is None:
            number = self._known.get(row, len(self.rows))
            self._numbers[row] = number
            if number == len(self.rows):
                self.rows.append(row)
        return number

    def finish(self) -> list[Row]:
        """The rows. Those of the known ones that nothing has asked for are unknown from now on."""
        for row, number in self._known.items():
            if row not in self._numbers:
                self.rows[number] = _NOTHING
        return self.rows

    def broad(self, number: int) -> int:
        """The row before any test narrowed it."""
        while self.rows[number][0] == NARROWED:
            number = self.rows[number][1]
        return number

    def union(self, numbers: list[int]) -> int:
        """The row that is one of `numbers`: flattened, without repetitions, unknown when there are too many."""
        flat: list[int] = []
        for number in numbers:
            row = self.rows[number]
            for part in row[3] if row[0] == UNION else (number,):
                if part not in flat:
                    flat.append(part)
        if len(flat) == 1:
            return flat[0]
        if not flat or len(flat) > MOST_ALTERNATIVES:
            return 0
        flat.sort()
        return self.add(UNION, 0, "", tuple(flat))
