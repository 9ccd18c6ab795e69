"""Functions that are defined in a loop and read what the loop binds: when they are called, they find what it is bound to then."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from asynclint.source.bodies import FunctionBody, place
from asynclint.source.flow import AnyLoop
from asynclint.source.nodes import LEAVES, SCOPES, outside
from asynclint.source.paths import last_name
from asynclint.source.references import CONST, FUNCTION
from asynclint.source.scopes import FunctionNode
from asynclint.source.uses import USE_LATE, USE_LOOP
from asynclint.source.walker import Walker


def settle(walker: Walker) -> None:
    """Record such functions, each where it is defined. This waits for the end of the walk: then all functions are known."""
    inner: dict[int, list[int]] = {}
    for number, body in enumerate(walker.functions):
        if body.parent > 0 and body.owner < 0 and body.node is not None:
            inner.setdefault(body.parent, []).append(number)
    for parent, numbers in inner.items():
        outer = walker.functions[parent]
        if outer.node is not None and any(use[0] == USE_LOOP for use in outer.uses):
            _look(walker, outer, numbers)


def _look(walker: Walker, outer: FunctionBody, numbers: list[int]) -> None:
    nodes = {id(walker.functions[number].node): number for number in numbers}
    assert outer.node is not None
    seen: set[int] = set()
    for loop in ast.walk(outer.node):
        if not isinstance(loop, AnyLoop):
            continue
        bound: set[str] | None = None
        for defined in _defined_in(loop):
            number = nodes.get(id(defined))
            if number is None or number in seen:
                continue
            bound = _bound_in(loop) if bound is None else bound
            names = sorted(_free(defined) & bound)
            if names:
                seen.add(number)
                rows = tuple([walker.add(CONST, 0, repr(name)) for name in names])
                outer.uses.append((USE_LATE, walker.add(FUNCTION, number), 0, rows))
                outer.positions += place(defined)


def _defined_in(loop: AnyLoop) -> Iterator[FunctionNode]:
    """The functions that a loop's body defines in a round behind which another one may come."""
    stack: list[list[ast.stmt]] = [loop.body]
    while stack:
        body = stack.pop()
        if isinstance(body[-1], LEAVES):
            continue
        for statement in body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield statement
                continue
            blocks = [part for _, part in ast.iter_fields(statement) if isinstance(part, list) and part and isinstance(part[0], ast.stmt)]
            handlers = [handler.body for handler in getattr(statement, "handlers", ())]
            cases = [case.body for case in getattr(statement, "cases", ())]
            stack += [*blocks, *handlers, *cases]
            yield from _lambdas(statement)


def _lambdas(statement: ast.stmt) -> Iterator[ast.Lambda]:
    """The lambdas in a statement's own expressions."""
    own = [part for part in ast.iter_child_nodes(statement) if isinstance(part, (ast.expr, ast.withitem))]
    return (part for part in outside(own, (ast.Lambda,)) if isinstance(part, ast.Lambda))


def _bound_in(loop: AnyLoop) -> set[str]:
    """The names that every round of a loop binds anew, but for those that are the same in every round."""
    bound: set[str] = set()
    values: dict[str, list[ast.expr]] = {}
    times: Counter[str] = Counter()
    for part in outside(loop.body if isinstance(loop, ast.While) else [loop.target, *loop.body], SCOPES):
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            values.setdefault(part.targets[0].id, []).append(part.value)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            bound.add(part.id)
            times[part.id] += 1
    return {name for name in bound if times[name] != 1 or not all(_is_same(value, bound) for value in values.get(name, [loop]))}


def _is_same(value: ast.AST, bound: set[str]) -> bool:
    """Whether a value is the same in every round: it reads nothing that the loop binds, and calls nothing but ``getattr``."""
    for part in ast.walk(value):
        if isinstance(part, ast.Call) and last_name(part) != "getattr":
            return False
        if isinstance(part, (ast.stmt, ast.Await, ast.Subscript)) or (isinstance(part, ast.Name) and part.id in bound):
            return False
    return True


def _free(function: FunctionNode) -> set[str]:
    """The names that a function's body reads and does not bind itself, as far as names tell."""
    own = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    read: set[str] = set()
    for part in [function.body] if isinstance(function, ast.Lambda) else function.body:
        for node in ast.walk(part):
            if isinstance(node, ast.arg):
                own.add(node.arg)
            elif isinstance(node, ast.Name):
                (read if isinstance(node.ctx, ast.Load) else own).add(node.id)
    return read - own
