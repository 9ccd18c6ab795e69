"""By which clock a moment is told: followed through sums, names, attributes of the object, and functions that give it."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.base import constant
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Bound, Constant, External, Function, unbound
from asynclint.source.references import ANNOTATED, ATTR, BINARY, CALL, PARAM, UNION

LITERAL: Final = "literal"
"""A number that stands for itself."""

_WALL: Final = "wall"
_MOST_ROWS: Final = 16

_SAME: Final = {
    "loop": frozenset({"loop", "monotonic", "performance", "anyio"}),
    "trio": frozenset({"trio", "anyio"}),
    "anyio": frozenset({"anyio", "loop", "trio"}),
}
"""The clocks whose moments do for another, as far as one can tell."""


def wrong_clock(linker: Linker, module: Module, row: int, wanted: str) -> str:
    """The clock that a moment is told by, where that is certainly not the one that is `wanted`; empty where it may be."""
    value = linker.value(module, row)
    numbers = [constant(part.text) for part in value.alternatives if isinstance(part, Constant)]
    if len(numbers) == 1 and not value.open and len(value.alternatives) == 1:
        number = numbers[0]
        return LITERAL if isinstance(number, (int, float)) and not isinstance(number, bool) and 0 < number < float("inf") else ""
    clocks = _clocks(linker, module, row)
    return clocks.pop() if len(clocks) == 1 and clocks.isdisjoint(_SAME[wanted]) else ""


def _clocks(linker: Linker, module: Module, row: int) -> set[str]:
    """All clocks that the parts of a moment are told by; an empty text for a part that is not known to be of any."""
    found: set[str] = set()
    waiting = [(module, row)]
    for place, number in waiting:  # the list grows
        if len(waiting) > _MOST_ROWS:
            return {""}
        operation, base, text, rest = place.rows[number]
        if operation == BINARY and text == "+":
            waiting += [(place, part) for part in (base, *rest) if _tells(linker, place, part)]
        elif operation == UNION:
            waiting += [(place, part) for part in rest]
        elif operation == ANNOTATED:
            waiting.append((place, rest[0]))
        elif operation == CALL:
            found |= _of_call(linker, place, number, waiting)
        elif operation == ATTR and place.rows[base][0] == PARAM:
            waiting.append((place, _assigned(place, base, text)))
        else:
            found.add("")
    return found


def _tells(linker: Linker, module: Module, row: int) -> bool:
    """Whether a summand may be the moment, rather than what is added to it."""
    operation, base, _, _ = module.rows[row]
    if operation == CALL:
        return any(
            isinstance(part, External) and part.entry is not None and part.entry.clock for part in linker.value(module, base).alternatives
        )
    return operation == BINARY


def _of_call(linker: Linker, module: Module, call: int, waiting: list[tuple[Module, int]]) -> set[str]:
    """The clock that a call asks; what a function of the program gives is looked at next."""
    _, base, _, arguments = module.rows[call]
    if module.rows[base][0] == ATTR and module.rows[base][2] == "timestamp" and not arguments:
        return {_WALL}  # of a date
    found: set[str] = set()
    callee = linker.value(module, base)
    for alternative in callee.alternatives:
        target = unbound(alternative)
        if isinstance(target, External) and target.entry is not None and target.entry.clock is not None:
            found.add(target.entry.clock)
        elif isinstance(alternative, (Function, Bound)) and isinstance(target, Function) and target.facts.returned:
            waiting.append((target.module, target.facts.returned))
        else:
            found.add("")
    return found if callee.alternatives and not callee.open else {""}


def _assigned(module: Module, receiver: int, name: str) -> int:
    """The row that a method's own class assigns to an attribute of its objects; 0 where that is not known."""
    _, function, _, rest = module.rows[receiver]
    owner = module.functions[function].owner
    return owner.facts.assigned.get(name, 0) if owner is not None and owner.facts is not None and rest[0] == 0 else 0
