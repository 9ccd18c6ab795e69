"""Whether a stream, a process or a socket is the function's alone, so that nobody else works with it at the same time."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import spine
from asynclint.rules.view import View
from asynclint.source.references import ATTR, AWAIT, COLLECTION, NAME, PARAM, STAR, SUPER, TEST, UNION, UNKNOWN
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
    elif operation in _OF_OTHERS or not _is_made_in(function, row):
        return False
    return not _is_given_away(view, function, row) and not is_used_inside(function, row)


def _is_made_in(function: Function, row: int) -> bool:
    """Whether one of the function's own calls has made a value: it may belong to a function around."""
    rows = function.module.rows
    made = {row, *spine(rows, row)}
    made |= {rows[awaited][1] for awaited in made if rows[awaited][0] == AWAIT}
    return any(kind == USE_CALL and called in made for kind, called, _, _ in function.facts.uses)


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


def is_used_inside(function: Function, made: int) -> bool:
    """Whether a function inside of this one does something with a value."""
    module = function.module
    for inner in module.functions[function.number + 1 :]:
        if inner.facts.parent == function.number and any(made in _parts(module, use[1]) for use in inner.facts.uses):
            return True
    return False


def _parts(module: Module, row: int) -> set[int]:
    """The rows that a row is made of, two steps deep."""
    _, base, _, rest = module.rows[row]
    return {row, base, *rest, module.rows[base][1]}
