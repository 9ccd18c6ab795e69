"""Tasks that are left over when others are done."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.hoisting import fresh_name
from asynclint.fixes.statements import compound
from asynclint.fixes.tree import Place, Refused


def cancel_pending(place: Place) -> None:
    """``done, pending = await asyncio.wait(tasks, timeout=1)`` gets a loop behind it that cancels what is pending."""
    statement = place.statement(place.innermost(cst.BaseSmallStatement))  # type: ignore[type-abstract]  # any of its kinds
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1 or not isinstance(statement.value, cst.Await):
        raise Refused("what `wait` gives is not taken apart right here")
    pending = _second(place, statement, statement.targets[0].target)
    task = fresh_name(place, statement, "task", "left", "one")
    place.after(statement, compound(place, f"for {task} in {pending}:", f"{task}.cancel()"))


def _second(place: Place, statement: cst.Assign, target: cst.BaseExpression) -> str:
    """The name of the second set; where it has none, it gets one."""
    elements = target.elements if isinstance(target, cst.Tuple) else ()
    names = [element.value for element in elements if isinstance(element, cst.Element)]
    if len(elements) != 2 or len(names) != 2 or not isinstance(names[1], cst.Name):
        raise Refused("what `wait` gives is not bound to two names")
    if names[1].value.strip("_"):
        return names[1].value
    name = fresh_name(place, statement, "pending", "unfinished", "not_done")
    place.put(names[1], cst.Name(name))
    return name
