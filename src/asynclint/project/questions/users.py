"""Which rows of a file's table are made of which."""

from __future__ import annotations

from array import array

from asynclint.source.references import Row


class Users:
    """For every row of a table the rows that are made of it, in two arrays: a program has millions."""

    __slots__ = ("_numbers", "_starts")

    def __init__(self, rows: list[Row]) -> None:
        counts = array("I", bytes(4 * (len(rows) + 1)))
        for _, base, _, rest in rows:
            for part in (base, *rest):
                counts[part + 1] += 1
        for number in range(len(rows)):
            counts[number + 1] += counts[number]
        self._starts = array("I", counts)
        self._numbers = array("I", bytes(4 * counts[-1]))
        for number, (_, base, _, rest) in enumerate(rows):
            for part in (base, *rest):
                self._numbers[counts[part]] = number
                counts[part] += 1

    def of(self, row: int) -> array[int]:
        """The numbers of the rows that are made of a row; one that is made of it twice stands there twice."""
        return self._numbers[self._starts[row] : self._starts[row + 1]]
