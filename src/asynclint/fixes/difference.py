"""The smallest edits that make one text of another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import pairwise

from asynclint.model import Edit, Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line as Python ends it, with its end."""


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends."""
    return _LINE.findall(text)


def difference(path: str, before: Sequence[str], after: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of a file that make the lines `after` of `before`, in the order of the text. They are apart, and cut no word in two."""
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    edits = []
    for kind, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if last - first == new_last - new_first:  # line by line
            pairs = [([line], [made]) for line, made in zip(old[first:last], new[new_first:new_last], strict=True)]
        else:
            pairs = [(list(old[first:last]), list(new[new_first:new_last]))]
        for number, (lines, made) in enumerate(pairs, start=start + first + 1):
            edits.append(_edit(path, number, lines, "".join(made)))
    return tuple(edits)


def applied(before: Sequence[str], edits: Sequence[Edit]) -> str:
    """The text that edits make of lines."""
    pieces = []
    line, column = 1, 1
    for edit in edits:
        span = edit.span
        pieces.append(_between(before, line, column, span.line, span.column))
        pieces.append(edit.text)
        line, column = span.end_line, span.end_column
    pieces.append(_between(before, line, column, len(before) + 1, 1))
    return "".join(pieces)


def merged(*parts: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """The edits of several changes of one text in the order of the text; None where they overlap or touch."""
    edits = sorted([edit for part in parts for edit in part], key=lambda edit: edit.span)
    apart = all(before.span[2:] < after.span[:2] for before, after in pairwise(edits))
    return tuple(edits) if apart else None


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """How many elements or characters two sequences begin with alike."""
    for number, (one, other) in enumerate(zip(left, right)):  # noqa: B905 (the shorter one ends it)
        if one != other:
            return number
    return min(len(left), len(right))


def _edit(path: str, number: int, lines: Sequence[str], made: str) -> Edit:
    """Lines from `number` on become another text: the edit of what differs."""
    text = "".join(lines)
    start = _shared(text, made)
    while start and _cuts(text, start) | _cuts(made, start):
        start -= 1
    end = _shared(text[start:][::-1], made[start:][::-1])
    while end and _cuts(text, len(text) - end) | _cuts(made, len(made) - end):
        end -= 1
    first, last = _position(text[:start], number), _position(text[: len(text) - end], number)
    return Edit(path, Span(*first, *last), made[start : len(made) - end])


def _cuts(text: str, at: int) -> bool:
    """Whether a place in a text is inside of a word, or of a line end."""
    pair = text[at - 1 : at + 1]
    return len(pair) == 2 and (pair == "\r\n" or all(character.isalnum() or character == "_" for character in pair))


def _position(text: str, number: int) -> tuple[int, int]:
    """The line and column behind a text that begins with the line `number`."""
    lines = lines_of(text)
    if not lines:
        return number, 1
    if lines[-1].endswith(("\r", "\n")):
        return number + len(lines), 1
    return number + len(lines) - 1, len(lines[-1]) + 1


def _between(lines: Sequence[str], line: int, column: int, end_line: int, end_column: int) -> str:
    if line > len(lines):
        return ""
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    last = lines[end_line - 1][: end_column - 1] if end_line <= len(lines) else ""
    return "".join([lines[line - 1][column - 1 :], *lines[line : end_line - 1], last])
