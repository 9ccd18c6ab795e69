"""What a class and those that derive from it make of one attribute."""

from __future__ import annotations

from asynclint.project.linking.link import Linker
from asynclint.project.linking.values import Class, Instance
from asynclint.source.references import FUNCTION, UNION


def is_replaced(linker: Linker, receiver: Instance | Class, name: str) -> bool:
    """Whether an attribute that is a method may be something else in an object: a class of the hierarchy declares it, assigns it
    or binds it to what is no function, or other code assigns it from outside."""
    klass = receiver.klass if isinstance(receiver, Instance) else receiver
    return any(_replaces(part, name) for part in (*klass.mro, *below(receiver))) or linker.is_stored(klass, name)


def below(receiver: Instance | Class) -> list[Class]:
    """The classes of the program that an object may be of instead, since they derive from the class that it is known to be of."""
    if isinstance(receiver, Class):
        return receiver.overriders
    return [] if receiver.exact or receiver.behind is not None else receiver.klass.overriders


def _replaces(klass: Class, name: str) -> bool:
    facts = klass.facts
    if facts is None or klass.module is None:
        return False
    if name in facts.declared or name in facts.assigned:
        return True
    row = facts.members.get(name)
    if row is None:
        return False
    rows = klass.module.rows
    parts = rows[row][3] if rows[row][0] == UNION else (row,)
    return not all(rows[part][0] == FUNCTION for part in parts)
