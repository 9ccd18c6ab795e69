"""Whether a stream, a process or a socket is the function's alone, so that nobody else works with it at the same time."""

from __future__ import annotations

from typing import Final

from asynclint.project.values import Function
from asynclint.rules.view import View
from asynclint.source.references import ATTR, COLLECTION, NAME, PARAM, STAR, SUPER, TEST, UNION, UNKNOWN
from asynclint.source.uses import AWAITED, USE_CALL, USE_EXCHANGE, USE_RETURN, USE_STORE, USE_YIELD

_OF_OTHERS: Final = frozenset({ATTR, NAME, PARAM, SUPER, TEST, UNION, UNKNOWN})
_GIVEN_AWAY: Final = frozenset({USE_EXCHANGE, USE_RETURN, USE_STORE, USE_YIELD})


def is_own(view: View, function: Function, row: int) -> bool:
    """Whether the function has made the value of a row, or a library has made it for the function, and gives it to nobody but to coroutines
    that it waits for. The input of a process is the function's own if the process is."""
    module = function.module
    row = module.broad(row)
    while module.rows[row][0] == ATTR:
        row = module.broad(module.rows[row][1])
    operation, base, _, rest = module.rows[row]
    if operation == PARAM:
        if base != function.number or not view.linker.is_from_library(function, rest[0]):
            return False
    elif operation in _OF_OTHERS:
        return False
    return not _is_given_away(view, function, row)


def _is_given_away(view: View, function: Function, row: int) -> bool:
    rows = function.module.rows
    if any(operation in (COLLECTION, STAR) and row in (base, *rest) for operation, base, _, rest in rows):
        return True
    for number in view.fates.of(function, row):
        kind, used, flags, _ = function.facts.uses[number]
        if kind in _GIVEN_AWAY:
            return True
        if kind == USE_CALL and row in rows[used][3] and not flags & AWAITED and not view.fates.shows(function, number):
            return True
    return False
