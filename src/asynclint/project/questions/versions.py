"""Whether code runs in some versions of Python only, as the tests and handlers around it say."""

from __future__ import annotations

import re
from typing import Final

from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import last_name
from asynclint.source.references import CALL, TEST, Row
from asynclint.source.uses import NAME_MISSES, VERSION

_TELLS: Final = re.compile(r"hasattr|python_?version|(^|_)py(thon)?_?[23]", re.IGNORECASE)
"""Names of what tells which version this is, or what it has."""


Version = tuple[int, int]


def parse_version(text: str) -> Version:
    """The version that a text such as ``3.10`` names."""
    major, _, minor = text.partition(".")
    return (int(major), int(minor))


def runs_since(function: Function, number: int, version: Version) -> bool:
    """Whether a use may be reached in Python `version` or a later one. Where it is not known which versions a test or a handler is about,
    it is not."""
    _, _, flags, guards = function.facts.uses[number]
    return not flags & NAME_MISSES and all(_admits(function.module.rows, guard, version) for guard in guards)


def _admits(rows: list[Row], guard: int, version: Version) -> bool:
    operation, tested, state, _ = rows[guard]
    if operation == TEST and state.startswith(VERSION):
        operator, _, text = state.removeprefix(VERSION).partition(" ")
        if operator not in ("<", "<=", "=="):
            return operator != "?"
        named = parse_version(text)
        return version < named if operator == "<" else version <= named
    is_denied = operation == TEST
    if is_denied:
        guard = tested
        operation, tested, _, _ = rows[guard]
    name = last_name(rows, tested if operation == CALL else guard)
    return _TELLS.search(name) is None and not (is_denied and name == "getattr")  # `getattr(asyncio, "run", None) or ...`
