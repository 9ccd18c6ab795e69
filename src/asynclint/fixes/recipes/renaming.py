"""Another name for what is called or read, or for where it comes from."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import twins
from asynclint.fixes.lists import without
from asynclint.fixes.tree import Place, Refused


def rename(place: Place) -> None:
    """``asyncio.get_event_loop()`` becomes ``asyncio.get_running_loop()``: the word tells the new name. So it is done at all `places`."""
    new = place.expression(place.name(place.fix.words[0]))
    found = [
        place.exactly(cst.BaseExpression, span)  # type: ignore[type-abstract]  # any of its kinds
        for span in (place.finding.span, *place.fix.places)
    ]
    for named in [part for node in found for part in ([node.func] if isinstance(node, cst.Call) else twins(place, node))]:
        if not _is_dotted(named):
            raise Refused("what is called here is not written as a name")
        place.replace(named, lambda old: new.with_changes(lpar=getattr(old, "lpar", ()), rpar=getattr(old, "rpar", ())))


def _is_dotted(node: cst.CSTNode) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def reimport(place: Place) -> None:
    """``from asyncio import iscoroutinefunction`` becomes ``from inspect import ...``: the name in the file stays the same."""
    alias = place.exactly(cst.ImportAlias)
    statement = place.tree.parent(alias)
    if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        raise Refused("this is not imported by its name")
    module, _, name = place.fix.words[0].rpartition(".")
    bound = place.tree.code(alias.asname.name) if alias.asname is not None else place.tree.code(alias.name)
    if len(statement.names) == 1 and name == place.tree.code(alias.name):
        source = cast("cst.Attribute | cst.Name", place.expression(module))
        place.replace(statement, lambda old: old.with_changes(module=source))
        return
    if len(statement.names) > 1:
        rest = without(place, statement.names, alias)
        place.replace(statement, lambda old: old.with_changes(names=rest))
        suffix = "" if bound == name else f" as {bound}"
        place.after(statement, f"from {module} import {name}{suffix}")
        return
    raise Refused("it has another name there")
