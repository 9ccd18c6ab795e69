"""What stands around a use in its function: the loops, ``with`` and ``try`` whose bodies it is in."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.values import Function
from asynclint.source.uses import USE_CLEANUP, USE_INSIDE, USE_LOOP, USE_TRIED

_BLOCKS: Final = frozenset({USE_CLEANUP, USE_INSIDE, USE_LOOP, USE_TRIED})

Extent = tuple[tuple[int, int], tuple[int, int]]
"""Where something starts and ends: a line and a column each."""


class Blocks:
    """Looks up blocks. A function is indexed when it is asked for, and only the last one remembered."""

    def __init__(self) -> None:
        self._function: Function | None = None
        self._blocks: list[tuple[Extent, int]] = []

    def around(self, function: Function, number: int, *kinds: int) -> list[int]:
        """The blocks of these kinds that a use stands in, the innermost first; of a block itself, those around it."""
        start, end = extent(function, number)
        found = [
            (block_end, (-block_start[0], -block_start[1]), block)
            for (block_start, block_end), block in self._in(function)
            if block != number and block_start <= start and end <= block_end and function.facts.uses[block][0] in kinds
        ]
        return [block for _, _, block in sorted(found)]

    def _in(self, function: Function) -> list[tuple[Extent, int]]:
        if function is not self._function:
            self._function = function
            self._blocks = [(extent(function, number), number) for number, use in enumerate(function.facts.uses) if use[0] in _BLOCKS]
        return self._blocks


def extent(function: Function, number: int) -> Extent:
    """Where a use, or the body that it is, starts and ends."""
    line, column, end_line, end_column = function.module.places.of_use(function.number, number)
    return (line, column), (end_line, end_column)


def holds(function: Function, block: int, number: int) -> bool:
    """Whether a use stands in a block."""
    start, end = extent(function, block)
    first, last = extent(function, number)
    return start <= first and last <= end


def uses_in(function: Function, block: int) -> list[int]:
    """The uses that stand in a block."""
    return [number for number in range(len(function.facts.uses)) if number != block and holds(function, block, number)]
