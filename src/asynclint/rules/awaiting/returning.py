"""What a coroutine function returns un-awaited, and whether that is meant: what rules 206 and 207 share."""

from __future__ import annotations

from typing import NamedTuple

from asynclint.model import Certainty
from asynclint.project.awaitables import COROUTINE, Made
from asynclint.project.evidence import TAKERS
from asynclint.project.fates import last_name
from asynclint.project.modules import Module
from asynclint.project.values import Function, Instance
from asynclint.rules.view import View
from asynclint.source.references import AENTER, AWAIT, CALL, ENTER
from asynclint.source.uses import IN_TRY


class Returned(NamedTuple):
    """A coroutine that a function gives un-awaited, and how sure it is that nobody wants it so."""

    made: Made
    certainty: Certainty


def coroutine_returned(view: View, function: Function, number: int) -> Returned | None:
    """What use `number` (a return or yield) of a coroutine function gives un-awaited, if that is a coroutine and not meant."""
    made = view.awaitables.coroutine(function, function.facts.uses[number][1])
    if made is None or made.nature != COROUTINE or _is_declared(view, function) or _is_awaited_again(view, function):
        return None
    certainty = Certainty.POSSIBLE if function.doubtful and made.usage is not None else Certainty.CERTAIN
    return Returned(made, certainty)


def is_in_scope(function: Function, number: int) -> bool:
    """Whether a return stands in a ``try`` that handles errors or cleans up, or in a ``with``."""
    return bool(function.facts.uses[number][2] & IN_TRY or entered_around(function, number))


def entered_around(function: Function, number: int) -> list[int]:
    """The rows of what ``with`` has entered around a return."""
    rows = function.module.rows
    return [guard for guard in function.facts.uses[number][3] if rows[guard][0] in (ENTER, AENTER)]


def _is_declared(view: View, function: Function) -> bool:
    """Whether the function says that it gives something to await, or something that may be."""
    if not function.facts.result:
        return False
    declared = view.linker.value(function.module, function.facts.result)
    return any(
        isinstance(alternative, Instance) and alternative.klass.derives_from("collections.abc.Awaitable")
        for alternative in declared.alternatives
    )


def _is_awaited_again(view: View, function: Function) -> bool:
    """Whether a caller awaits what awaiting the function gives, or gives it to something that does."""
    for module, call in view.linker.calls_of(function.facts.name.rpartition(".")[2]):
        if any(_is_awaited(module, awaited) for awaited in _results(module, call)):
            return True
    return False


def _results(module: Module, call: int) -> list[int]:
    return [number for number, row in enumerate(module.rows) if row[0] == AWAIT and row[1] == call]


def _is_awaited(module: Module, result: int) -> bool:
    for operation, base, _, rest in module.rows:
        if operation in (AWAIT, AENTER) and base == result:
            return True
        if operation == CALL and result in rest and last_name(module.rows, base) in TAKERS:
            return True
    return False
