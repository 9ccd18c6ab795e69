"""Lines, and places in them, as the protocol counts: lines from 0, and units of an encoding that client and server have agreed on.

Ours count lines and columns from 1, in characters.
"""

from __future__ import annotations

import enum
import re

_LINE_END = re.compile("\r\n|\r|\n")


class Units(enum.Enum):
    """What the protocol counts in a line."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"

    def length(self, text: str) -> int:
        """How many units a text has."""
        if self is Units.UTF32 or text.isascii():
            return len(text)
        if self is Units.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        return len(text.encode("utf-8", "surrogatepass"))

    def characters(self, line: str, units: int) -> int:
        """How many whole characters of a line lie before a place; behind the line's end is its end."""
        if self is Units.UTF32 or line.isascii():
            return min(units, len(line))
        count = 0
        for number, character in enumerate(line):
            count += self.length(character)
            if count > units:
                return number
        return len(line)


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends, which are those of the protocol and of Python. An end begins one more line."""
    return _LINE_END.split(text)


def offset(text: str, line: int, units: int, encoding: Units) -> int:
    """The place of a position in a text, in characters; one behind the end is the end."""
    start = 0
    for _ in range(line):
        end = _LINE_END.search(text, start)
        if end is None:
            return len(text)
        start = end.end()
    end = _LINE_END.search(text, start)
    return start + encoding.characters(text[start : len(text) if end is None else end.start()], units)


class Shift:
    """What became of the lines of a text that was edited: those above all edits stay, those below move, the ones between are lost."""

    def __init__(self, before: str, after: str) -> None:
        old, new = lines_of(before), lines_of(after)
        self._is_same = before == after
        shortest = min(len(old), len(new))
        self._above = next((number for number in range(shortest) if old[number] != new[number]), shortest)
        most = shortest - self._above
        below = next((number for number in range(most) if old[-1 - number] != new[-1 - number]), most)
        self._below = len(old) - below
        self._delta = len(new) - len(old)

    def lines(self, first: int, last: int) -> int | None:
        """By how much lines, counted from 1, have moved together; None if one of them is lost."""
        if self._is_same or last <= self._above:
            return 0
        return self._delta if first > self._below else None
