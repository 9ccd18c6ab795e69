"""What the call that made an object says about its attributes.

``Manager()`` with ``def __init__(self, folder=None): self.folder = folder`` makes an object whose ``folder`` is None: what stands
under ``if self.folder:`` is not done by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import NOTHING_KNOWN, Class, Constant, Function, Instance, Origin, Value, is_none, join, one
from asynclint.source.references import ATTR, CALL, CONST, PARAM, UNION

_DEEPEST: Final = 4
"""Calls and alternatives around a parameter that are looked through."""


def field_of(linker: Linker, instance: Instance, name: str) -> tuple[Value, Certainty]:
    """What attribute `name` of an object is since its constructor ran, and how sure that is: likely, where what sets it later may do so to
    this object for all that is known. Nothing is known where it does."""
    if instance.made is None or not instance.exact:
        return NOTHING_KNOWN, Certainty.CERTAIN
    initialiser, row, setters = _assigned_by_constructor(linker, instance.klass, name)
    if initialiser is None:
        return NOTHING_KNOWN, Certainty.CERTAIN
    set_later = list(_set_later(linker, instance, name, setters))
    if instance.made in set_later:
        return NOTHING_KNOWN, Certainty.CERTAIN
    return _value_in_call(linker, initialiser, row, instance.made), Certainty.LIKELY if set_later else Certainty.CERTAIN


def _set_later(linker: Linker, instance: Instance, name: str, setters: list[Function]) -> Iterator[Origin | None]:
    """Where the objects were made of which an attribute is set once more, from outside or by one of their methods, as far as they may be
    this one; None for one of which that is not known."""
    receivers = [(module, receiver) for module, receiver, _ in linker.stores_of(name)]
    for setter in setters:
        for module, call in linker.calls_of(setter.facts.name.rpartition(".")[2]):
            operation, base, _, _ = module.rows[module.rows[call][1]]
            receivers.append((module, base if operation == ATTR else 0))
    for module, row in receivers:
        value = linker.value(module, row)
        if not value.alternatives and setters:
            yield None
        for other in value.alternatives:
            if isinstance(other, Instance) and other.klass in instance.klass.mro and other.made in (None, instance.made):
                yield other.made


def _assigned_by_constructor(linker: Linker, klass: Class, name: str) -> tuple[Function | None, int, list[Function]]:
    """The constructor that assigns an attribute, the row that it assigns, and the methods that assign a parameter of theirs."""
    member = linker.member(klass, "__init__")
    initialiser = member.alternatives[0] if member is not None and len(member.alternatives) == 1 else None
    holders = [base for base in klass.mro if base.facts is not None and name in base.facts.assigned]
    if not isinstance(initialiser, Function) or len(holders) != 1 or initialiser.owner is not holders[0]:
        return None, 0, []
    facts = holders[0].facts
    assert facts is not None
    module = initialiser.module
    row = facts.assigned[name]
    if _parameters_in(initialiser, row):
        return initialiser, row, []
    operation, _, _, parts = module.rows[row]
    own = [part for part in parts if _parameters_in(initialiser, part)] if operation == UNION else []
    others = [module.rows[module.broad(part)] for part in parts if part not in own]
    if len(own) != 1 or any(operation != PARAM for operation, _, _, _ in others):
        return None, 0, []
    return initialiser, own[0], [module.functions[owner] for _, owner, _, _ in others]


def _parameters_in(function: Function, row: int, depth: int = 0) -> list[int]:
    """The positions of the parameters that a row is, or is computed from; empty where it is something else too."""
    if depth > _DEEPEST:
        return []
    operation, owner, _, rest = function.module.rows[function.module.broad(row)]
    if operation == PARAM:
        return [rest[0]] if owner == function.number else []
    if operation == UNION:
        parts = [part for part in rest if function.module.rows[part][0] != CONST]
        found = [_parameters_in(function, part, depth + 1) for part in parts]
        return [position for positions in found for position in positions] if all(found) else []
    return _parameters_in(function, rest[0], depth + 1) if operation == CALL and len(rest) == 1 else []


def _value_in_call(linker: Linker, initialiser: Function, row: int, made: Origin) -> Value:
    """What a row of a constructor is in one call of it: its parameter's argument, or, where that is None, what stands for None."""
    operation, _, _, rest = initialiser.module.rows[initialiser.module.broad(row)]
    if operation == PARAM:
        return _argument_value(linker, initialiser, rest[0], made)
    positions = _parameters_in(initialiser, row)
    values = [_argument_value(linker, initialiser, position, made) for position in positions]
    if operation == UNION and all(_is_none(value) for value in values):  # `Path(folder) if folder else None`, `folder or None`
        constants = [Constant(initialiser.module.rows[part][2]) for part in rest if initialiser.module.rows[part][0] == CONST]
        return join([one(part) for part in constants]) if constants else values[0]
    return NOTHING_KNOWN


def argument_of(linker: Linker, function: Function, position: int, call: Origin, offset: int) -> tuple[Module, int, bool] | None:
    """The module and row of what a parameter is in a call, its argument or else its default, and whether the call gives it; None where that
    cannot be told. `offset` is 1 where the receiver is the first parameter.
    """
    module, number = call
    row = linker.given_to(function, position, call, offset)
    if row is not None:
        return module, row, True
    default = function.facts.parameters[position].default
    return (function.module, default, False) if default and not module.is_unpacked(number) else None


def _argument_value(linker: Linker, function: Function, position: int, call: Origin) -> Value:
    found = argument_of(linker, function, position, call, 1)
    return linker.value(found[0], found[1]) if found is not None else NOTHING_KNOWN


def _is_none(value: Value) -> bool:
    return bool(value.alternatives) and not value.open and all(is_none(p) for p in value.alternatives)
