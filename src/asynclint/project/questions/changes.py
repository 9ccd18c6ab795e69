"""What code uses that has changed between versions of Python, as the knowledge tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from asynclint.knowledge import ChangeEntry
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, Instance
from asynclint.project.questions.versions import Version, parse_version
from asynclint.source.references import ATTR, NAME, keywords_of
from asynclint.source.uses import USE_CALL, USE_IMPORT


class Changed(NamedTuple):
    """A name, or one parameter of it, with the first versions that warn of it, that do not have it, and that have what `advice` speaks of.
    `kind` is shared by all that changed together, `instead` is what to call in the same way."""

    name: str
    kind: str
    parameter: str | None
    deprecated: Version | None
    removed: Version | None
    since: Version | None
    advice: str
    instead: str | None


def changed(linker: Linker, function: Function, number: int) -> Changed | None:
    """What has changed about what a use imports, reads or calls, or about an argument that it gives by name."""
    kind, row, _, _ = function.facts.uses[number]
    module = function.module
    rows = module.rows
    named = rows[row][1] if kind == USE_CALL else row
    if rows[named][2].rpartition(".")[2] in linker.knowledge.changed_names and (kind == USE_IMPORT or rows[named][0] == ATTR):
        found = _about(linker, _names_of(linker, module, named), None)
        if found is not None:
            return found
    if kind == USE_CALL and rows[row][2]:
        for parameter in keywords_of(rows[row]):
            if parameter in linker.knowledge.changed_parameters:
                return _about_parameter(linker, module, row, parameter)
    return None


def _about(linker: Linker, names: Iterable[str], parameter: str | None) -> Changed | None:
    for name in names:
        for change in linker.knowledge.changes(name):
            if change.parameter == parameter:
                return _as_changed(name, change)
    return None


def _as_changed(name: str, change: ChangeEntry) -> Changed:
    deprecated, removed, since = (
        None if text is None else parse_version(text) for text in (change.deprecated, change.removed, change.since)
    )
    return Changed(name, change.names[0], change.parameter, deprecated, removed, since, change.advice, change.instead)


def _about_parameter(linker: Linker, module: Module, call: int, parameter: str) -> Changed | None:
    """The change about a parameter, if all that may be called has it."""
    callee = linker.value(module, module.rows[call][1])
    if callee.open:
        return None
    found: Changed | None = None
    for alternative in callee.alternatives:
        names = _classes(alternative) if isinstance(alternative, Class) else []
        if isinstance(alternative, External):
            names = [alternative.name.removesuffix(".__init__")]
        found = _about(linker, names, parameter)
        if found is None:
            return None
    return found


def _names_of(linker: Linker, module: Module, row: int) -> Iterator[str]:
    """What a row is called outside of the program: as it is written, or as what its object is known to be."""
    parts: list[str] = []
    start = row
    while module.rows[start][0] == ATTR:
        parts.append(module.rows[start][2])
        start = module.rows[start][1]
    if module.rows[start][0] == NAME:
        yield linker.knowledge.canonical(".".join([module.rows[start][2], *reversed(parts)]))
    else:
        owner = linker.value(module, module.rows[row][1])
        if not owner.open:
            classes = [base for part in owner.alternatives if isinstance(part, Instance) for base in part.klass.mro]
            yield from (f"{klass.name}.{module.rows[row][2]}" for klass in classes)


def _classes(klass: Class) -> list[str]:
    """The classes whose constructor makes an object of this one."""
    names: list[str] = []
    for base in klass.mro:
        if base.facts is not None and not {"__init__", "__new__"}.isdisjoint(base.facts.members):
            break
        names.append(base.name)
    return names
