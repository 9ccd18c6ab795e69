"""What becomes of a value that a local name is bound to: never read, bound again unread, awaited on one path only, awaited twice."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Final

from asynclint.source.awaited import follow
from asynclint.source.bodies import FunctionBody, Held, place
from asynclint.source.names import LOOKS, NAMES, TAKERS
from asynclint.source.paths import last_name
from asynclint.source.references import CALL, NAME
from asynclint.source.roles import is_outcome, makes_any, may_be_coroutine
from asynclint.source.uses import OPTIONAL, USE_AGAIN, USE_LEFT, USE_LOST, USE_OVERWRITTEN, USE_SHOWN, USE_UNUSED
from asynclint.source.walker import Walker

MOST_STEPS: Final = 200_000
"""Of a function with more nodes than this, times the names to follow, nothing is followed: that is no hand's work."""


def hold(walker: Walker, name: str, row: int, node: ast.expr) -> None:
    """Note that a name has just been bound to the value `row` of `node`, if that may be a coroutine or a collection of them. Of a second
    name for the same object nothing is said.
    """
    scope = walker.scope
    if (
        isinstance(node, ast.Name)
        or not walker.number
        or scope.class_number >= 0
        or walker.in_typing
        or name in scope.global_names
        or name in scope.outer_names
    ):
        return
    rows = walker.references.rows
    if may_be_coroutine(rows, row) or makes_any(rows, row) or is_outcome(rows, row):
        held = Held(name, row, node, walker.flags, walker.guards, walker.branches[-1] if walker.branches else None)
        walker.body.held.append(held)
        walker.unread[name] = held


def hold_named(walker: Walker, node: ast.NamedExpr) -> None:
    """Note the name that a statement ``(x := ...)`` binds, whose value goes nowhere else."""
    loaded = walker.scope.loaded
    loaded[node.target.id] -= 1
    if not loaded[node.target.id]:
        del loaded[node.target.id]
    hold(walker, node.target.id, walker.values[-1], node.value)


def hold_all(walker: Walker, target: ast.expr, row: int, node: ast.expr) -> None:
    """Note the names that an assignment's target binds: one, or those that an outcome is unpacked into."""
    if isinstance(target, ast.Name):
        hold(walker, target.id, row, node)
    elif isinstance(target, ast.Tuple) and is_outcome(walker.references.rows, row):
        for position, element in enumerate(target.elts):
            if isinstance(element, ast.Name):
                hold(walker, element.id, walker.item(row, position), node)


def take(walker: Walker, node: ast.Call) -> None:
    """Note the names that a call of a taker is given, and those that a call only shows."""
    func, last = node.func, last_name(node)
    if last in LOOKS:
        for argument in node.args:
            show(walker, argument)
    if last in NAMES and isinstance(func, ast.Attribute):
        show(walker, func.value)
    if last in TAKERS:
        for argument in node.args:
            value = argument.value if isinstance(argument, ast.Starred) else argument
            if isinstance(value, ast.Name):
                walker.body.taken.add(value.id)


def show(walker: Walker, node: ast.expr) -> None:
    """Note a name that is only shown."""
    if isinstance(node, ast.Name) and walker.body.held:
        walker.body.shown[node.id] += 1


def settle(walker: Walker) -> None:
    """Record what became of all that was held. This waits for the end of the walk: functions inside a function may read its names."""
    for body in walker.functions:
        if body.held:
            _settle(walker, body)


def _settle(walker: Walker, body: FunctionBody) -> None:
    scope = body.scope
    assert scope is not None
    rows = walker.references.rows
    if any(rows[use[1]][0] == CALL and rows[rows[use[1]][1]][:3] == (NAME, 0, "builtins.locals") for use in body.uses):
        return
    captured = scope.captured
    for held in body.held:
        if held.name not in scope.loaded and held.name not in captured:
            _note(body, USE_UNUSED, held, held.node)
        elif held.name not in captured and scope.loaded[held.name] == body.shown[held.name]:
            _note(body, USE_SHOWN, held, held.node)
    for held in body.overwritten:
        if held.name in scope.loaded and held.name not in captured:
            _note(body, USE_OVERWRITTEN, held, held.node)
    if body.node is None or isinstance(body.node, ast.Lambda):
        return
    of_name: dict[str, list[Held]] = {}
    for held in body.held:
        if held.name in body.taken and held.name not in captured and not is_outcome(rows, held.row):
            of_name.setdefault(held.name, []).append(held)
    if of_name and len(of_name) * sum(1 for _ in ast.walk(body.node)) <= MOST_STEPS:
        _follow(body, body.node, of_name)


def _follow(body: FunctionBody, node: ast.FunctionDef | ast.AsyncFunctionDef, of_name: dict[str, list[Held]]) -> None:
    overwritten = {id(held) for held in body.overwritten}
    for name, paths in follow(node, {name: [held.node for held in of_name[name]] for name in sorted(of_name)}):
        for number, held in enumerate(of_name[name]):
            left = paths.left.get(number)
            if left is not None and id(held) not in overwritten:
                _note(body, USE_LOST, held, held.node, OPTIONAL if _is_optional(node, held) else 0)
                _note(body, USE_LEFT, held, left)
            for again in paths.again.get(number, ()):
                _note(body, USE_AGAIN, held, again)


def _is_optional(node: ast.AST, held: Held) -> bool:
    """Whether the statement behind the one that binds a name does nothing but await it under a test."""
    for part in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(part, name, ())
            for first, second in pairwise(block if isinstance(block, list) else ()):
                if getattr(first, "value", None) is held.node:
                    return isinstance(second, ast.If) and not second.orelse and any(_awaits(inner, held.name) for inner in second.body)
    return False


def _awaits(statement: ast.stmt, name: str) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Await) and isinstance(value.value, ast.Name) and value.value.id == name


def _note(body: FunctionBody, kind: int, held: Held, node: ast.expr | ast.stmt, flags: int = 0) -> None:
    body.uses.append((kind, held.row, held.flags | flags, held.guards))
    body.positions += place(node)
