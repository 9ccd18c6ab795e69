"""What is started ends where its function does."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst
from libcst.metadata import ExpressionContext

from asynclint.fixes.hoisting import fresh_name
from asynclint.fixes.statements import bound_in, compound, own_parts
from asynclint.fixes.tree import Place, Refused, Statement
from asynclint.model import Span

_ASKS: Final = frozenset({"cancel", "cancelled", "done", "exception", "get_name", "result", "set_name"})
"""Methods of a task that do not hand it on."""
_WAITS: Final = frozenset({"gather", "wait_for"})
"""What waits for a task and keeps none of it."""


def cancel_at_end(place: Place) -> None:
    """Behind ``task = create_task(f())``, the rest of the block is put into a ``try`` with ``finally: task.cancel()``.

    Those of a list are cancelled one by one. The places are those of further tasks of the function that may be left running: the ones
    on the lines beside are cancelled with it.
    """
    call = place.exactly(cst.Call)
    line = place.tree.parent(place.statement(call))
    block = place.tree.parent(line) if isinstance(line, cst.SimpleStatementLine) else None
    spans = {place.finding.span, *place.fix.places}
    if not isinstance(block, cst.IndentedBlock) or not _name(place, line, spans):
        raise Refused("the task is not bound to one name on a line of its own")
    first = last = block.body.index(line)
    while first > 0 and _name(place, block.body[first - 1], spans):
        first -= 1
    while last + 1 < len(block.body) and _name(place, block.body[last + 1], spans):
        last += 1
    started = {_name(place, one, spans): one for one in block.body[first : last + 1]}
    rest = cast("list[Statement]", list(block.body[last + 1 :]))
    for name, one in started.items():
        _check_uses(place, block, name, rest, is_list=_is_list(one))
    ends = [place.parsed(_end(place, call, name, is_list=_is_list(one))) for name, one in reversed(started.items())]
    finalbody = cst.Finally(body=cst.IndentedBlock(body=ends))
    only = rest[0] if len(rest) == 1 else None
    if isinstance(only, cst.Try) and only.finalbody is None:
        place.replace(only, lambda old: old.with_changes(finalbody=finalbody))
        return

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.IndentedBlock)
        moved = cast("list[Statement]", list(old.body[last + 1 :]))
        lines = moved[0].leading_lines
        blank = next((number for number, one in enumerate(lines) if one.comment is not None), len(lines))
        moved[0] = moved[0].with_changes(leading_lines=lines[blank:])
        body = cst.IndentedBlock(body=moved, footer=old.footer)
        made = cst.Try(body=body, finalbody=finalbody, leading_lines=lines[:blank])
        return old.with_changes(body=[*old.body[: last + 1], made], footer=[])

    place.replace(block, change)


def _end(place: Place, call: cst.Call, name: str, *, is_list: bool) -> str:
    if not is_list:
        return f"{name}.cancel()"
    one = fresh_name(place, call, "task", "running_task", "started_task")
    return compound(place, f"for {one} in {name}:", f"{one}.cancel()")


def _name(place: Place, line: cst.CSTNode, spans: set[Span]) -> str:
    """The name that a line gives to what one of these calls starts, or to a list of it; empty where it does something else."""
    target, value = _binding(line)
    if isinstance(value, cst.ListComp):
        value = value.elt
    is_one = isinstance(target, cst.Name) and isinstance(value, cst.Call) and place.tree.span(value) in spans
    return cast(cst.Name, target).value if is_one else ""


def _is_list(line: cst.CSTNode) -> bool:
    return isinstance(_binding(line)[1], cst.ListComp)


def _binding(line: cst.CSTNode) -> tuple[cst.BaseExpression | None, cst.BaseExpression | None]:
    """What a line binds that does nothing else, and to what."""
    statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement.targets[0].target, statement.value
    return (statement.target, statement.value) if isinstance(statement, cst.AnnAssign) else (None, None)


def _check_uses(place: Place, block: cst.IndentedBlock, name: str, rest: list[Statement], *, is_list: bool) -> None:
    """Refuse where the task may be needed after the rest of its block, or is bound to the name in some places only."""
    function = place.function(block.body[0])
    if function is None:
        raise Refused("the code at this place does not stand in a function")
    inside = {part for statement in rest for part in own_parts(place, statement)}
    if any(isinstance(part, cst.Yield) for part in inside):
        raise Refused("the generator may wait long in what follows")
    if sum(isinstance(part, cst.Name) and part.value == name for part in bound_in(place, function)) != 1:
        raise Refused(f"`{name}` is bound in more than one place")
    roles = place.tree.roles
    for part in place.tree.walk(function):
        if isinstance(part, cst.NameItem) and part.name.value == name:
            raise Refused(f"`{name}` is not the function's own")
        if isinstance(part, cst.Name) and part.value == name and part in roles and roles[part] is not ExpressionContext.STORE:
            if part not in inside:
                raise Refused(f"`{name}` is used outside of the block, too")
            if not _only_waits(place, part, is_list=is_list):
                raise Refused(f"`{name}` is handed on in what follows")


def _only_waits(place: Place, name: cst.Name, *, is_list: bool) -> bool:
    """Whether a task, or a list of tasks, is only waited for or asked something where its name is used."""
    outer = place.tree.parent(name)
    if isinstance(outer, cst.Arg) and (outer.star == "*") == is_list:
        call = place.tree.parent(outer)
        if not isinstance(call, cst.Call) or not isinstance(place.tree.parent(call), cst.Await):
            return False
        func = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        return isinstance(func, cst.Name) and func.value in _WAITS
    if isinstance(outer, cst.Attribute):
        return not is_list and outer.value is name and outer.attr.value in _ASKS
    return not is_list and isinstance(outer, cst.Await)
