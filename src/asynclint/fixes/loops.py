"""A name that holds an event loop: what is done with it, and taking it away where nothing else is done than to run and to close it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused, Statement

_ENDS: Final = frozenset({"shutdown_asyncgens", "shutdown_default_executor"})
_MAKERS: Final = frozenset({"get_event_loop", "get_running_loop", "new_event_loop"})


class HeldLoop(NamedTuple):
    """The statement that binds the name; the calls that run the loop, and the statements that only set or end it; whether there are other
    uses."""

    made: cst.Assign
    runs: list[cst.Call]
    ends: list[cst.CSTNode]
    is_used_otherwise: bool


def is_made(node: cst.CSTNode) -> bool:
    """Whether an expression does nothing but to ask for a loop or to make one."""
    func = node.func if isinstance(node, cst.Call) and not node.args else None
    name = func.attr if isinstance(func, cst.Attribute) else func
    return isinstance(name, cst.Name) and name.value in _MAKERS


def held(place: Place, name: str, function: cst.FunctionDef | None) -> HeldLoop | None:
    """What a function (or the module) does with the loop that a name holds; None where it is not bound there, once, by asking for one."""
    made: list[cst.Assign] = []
    runs: list[cst.Call] = []
    ends: list[cst.CSTNode] = []
    others = 0
    for node in place.tree.walk(function if function is not None else place.tree.module):
        if not isinstance(node, cst.Name) or node.value != name or _is_of_another(place, node, function):
            continue
        outer = place.tree.parent(node)
        statement = place.tree.parent(outer) if isinstance(outer, cst.AssignTarget) else None
        call = _method_call(place, node)
        if isinstance(statement, cst.Assign) and len(statement.targets) == 1 and is_made(statement.value):
            made.append(statement)
        elif call is None:
            setting = _setting(place, node)
            ends += [setting] if setting is not None else []
            others += setting is None
        elif _is_end(call):
            ends.append(place.tree.parent(call))
            others += not isinstance(ends[-1], cst.Expr)
        elif isinstance(call.func, cst.Attribute) and call.func.attr.value == "run_until_complete":
            runs.append(call)
        elif not _is_in_end(place, call):
            others += 1
    return HeldLoop(made[0], runs, ends, others > 0) if len(made) == 1 else None


def _is_of_another(place: Place, node: cst.Name, function: cst.FunctionDef | None) -> bool:
    """Whether a name is that of an attribute or a keyword, or one that a function inside binds for itself."""
    outer = place.tree.parent(node)
    if (isinstance(outer, cst.Attribute) and outer.attr is node) or (isinstance(outer, cst.Arg) and outer.keyword is node):
        return True
    for inner in (node, *place.tree.parents(node)):
        if inner is function:
            return False
        if isinstance(inner, cst.FunctionDef) and _binds(place, inner, node.value):
            return True
    return False


def _binds(place: Place, function: cst.FunctionDef, name: str) -> bool:
    """Whether a function has a parameter or a name of its own that is called so."""
    params = [*function.params.params, *function.params.kwonly_params, *function.params.posonly_params]
    if any(param.name.value == name for param in params):
        return True
    parts = place.tree.walk(function.body)
    if any(isinstance(part, cst.NameItem) and part.name.value == name for part in parts):
        return False
    targets = [part.target for part in parts if isinstance(part, cst.AssignTarget)]
    return any(isinstance(target, cst.Name) and target.value == name for target in targets)


def _method_call(place: Place, node: cst.Name) -> cst.Call | None:
    """The call of a method of what a name holds."""
    attribute = place.tree.parent(node)
    call = place.tree.parent(attribute)
    is_method = isinstance(attribute, cst.Attribute) and isinstance(call, cst.Call) and call.func is attribute
    return call if is_method and isinstance(call, cst.Call) else None


def _setting(place: Place, node: cst.Name) -> cst.Expr | None:
    """The statement ``asyncio.set_event_loop(loop)``, which is for nothing without the loop."""
    argument = place.tree.parent(node)
    call = place.tree.parent(argument)
    func = call.func if isinstance(call, cst.Call) and argument in call.args and len(call.args) == 1 else None
    name = func.attr if isinstance(func, cst.Attribute) else func
    statement = place.tree.parent(call)
    is_set = isinstance(name, cst.Name) and name.value == "set_event_loop"
    return statement if is_set and isinstance(statement, cst.Expr) else None


def _is_end(call: cst.Call) -> bool:
    """``loop.close()`` and ``loop.run_until_complete(loop.shutdown_asyncgens())``."""
    if not isinstance(call.func, cst.Attribute):
        return False
    if call.func.attr.value == "close":
        return True
    inner = call.args[0].value if len(call.args) == 1 else None
    name = inner.func if isinstance(inner, cst.Call) else None
    return call.func.attr.value == "run_until_complete" and isinstance(name, cst.Attribute) and name.attr.value in _ENDS


def _is_in_end(place: Place, call: cst.Call) -> bool:
    """Whether a call is the argument of what only ends the loop."""
    outer = place.tree.parent(place.tree.parent(call))
    return isinstance(outer, cst.Call) and _is_end(outer)


def take_away(place: Place, loop: HeldLoop) -> None:
    """Take away the statement that makes a loop and those that set or end it; and a ``finally`` that does nothing else."""
    place.remove(loop.made)
    left = list(loop.ends)
    for end in loop.ends:
        final = next((outer for outer in place.tree.parents(end) if isinstance(outer, cst.Finally)), None)
        if final is not None and end in left:
            inside = [other for other in loop.ends if final in place.tree.parents(other)]
            lines = [part for part in final.body.body if not (isinstance(part, cst.SimpleStatementLine) and part.body[0] in inside)]
            if not lines:
                _drop_finally(place, final)
                left = [other for other in left if other not in inside]
    for end in left:
        place.remove(end)


def _drop_finally(place: Place, final: cst.Finally) -> None:
    block = place.tree.parent(final)
    if any(isinstance(part, cst.Comment) for part in place.tree.walk(final)):
        raise Refused("a comment would be lost with `finally`")
    if not isinstance(block, cst.Try):
        raise Refused("the loop is ended in a way that is not known")
    if block.handlers:
        place.replace(block, lambda old: old.with_changes(finalbody=None))
        return
    body = block.body
    if block.orelse is not None or not isinstance(body, cst.IndentedBlock) or body.header.comment is not None or _has_comment(body.footer):
        raise Refused("what stands around the `try` would be lost with it")

    def change(old: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        assert isinstance(old, cst.Try)
        assert isinstance(old.body, cst.IndentedBlock)
        first, *rest = cast("Sequence[Statement]", old.body.body)
        return cst.FlattenSentinel([first.with_changes(leading_lines=[*old.leading_lines, *first.leading_lines]), *rest])

    place.replace(block, change)


def _has_comment(lines: object) -> bool:
    return isinstance(lines, (list, tuple)) and any(isinstance(line, cst.EmptyLine) and line.comment is not None for line in lines)
