"""Text from files under analysis, made fit for a terminal and for a pipe.

A source line or a file's name may hold anything: escape sequences that would drive the terminal, line ends of all
sorts, marks that reverse the direction of the text and so hide what it says, bytes that were no UTF-8.
"""

from __future__ import annotations

import re

import click

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\N{SYMBOL FOR DELETE}"}
_SEPARATORS = (0x2028, 0x2029)
_DIRECTION_MARKS = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_NO_CHARACTERS = (0xFFFE, 0xFFFF)
_UNPRINTABLE = (*range(0x80, 0xA0), *_SEPARATORS, *_DIRECTION_MARKS, *_NO_CHARACTERS)

_VISIBLE = _CONTROL_PICTURES | dict.fromkeys(_UNPRINTABLE, "\N{REPLACEMENT CHARACTER}")

_CODE = re.compile("`[^`]+`")


def encodable(text: str) -> str:
    """Return `text` with each lone surrogate (a byte of a path that is not UTF-8) as a backslash escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def printable(text: str) -> str:
    """Return `text` as one line that is safe to print: what would act on the terminal becomes a visible sign."""
    return encodable(text.translate(_VISIBLE))


def printable_lines(text: str) -> str:
    """Return a text of several lines, each as :func:`printable` does."""
    return "\n".join(printable(line) for line in text.split("\n"))


def prose(text: str) -> str:
    """Return `text` as :func:`printable` does, with the code between backticks in colour."""
    return _CODE.sub(lambda code: click.style(code[0], fg="cyan"), printable(text))
