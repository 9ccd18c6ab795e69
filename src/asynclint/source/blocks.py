"""The bodies of loops, ``with`` and ``try``, as uses whose place is the body: what stands inside of one, is told by its place."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from asynclint.source.bodies import place
from asynclint.source.nodes import SCOPES, outside
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ENDLESS, PASSES, RAISES, STRAIGHT, USE_CLEANUP, USE_INSIDE, USE_LOOP, USE_TRIED
from asynclint.source.walker import Walker


def loop(walker: Walker, row: int, node: ast.For | ast.AsyncFor | ast.While) -> None:
    """Record the body of a loop that has been walked; in a plain function only if other functions are defined in it."""
    body = node.body
    if walker.body.flags & ASYNC or (walker.functions[-1].parent == walker.number and walker.functions[-1].lines[0] >= body[0].lineno):
        branches = any(isinstance(part, (ast.If, ast.Try, ast.Match)) for part in body)
        _record(walker, USE_LOOP, row, body, (0 if branches else STRAIGHT) | (ENDLESS if _is_endless(node) else 0))


def inside(walker: Walker, rows: Sequence[int], body: Sequence[ast.stmt]) -> None:
    """Record the body of a ``with`` in a coroutine function, once for each of the `rows` that are entered around it."""
    if walker.body.flags & ASYNC:
        for row in rows:
            _record(walker, USE_INSIDE, row, body)


def cleanup(walker: Walker, body: Sequence[ast.stmt]) -> None:
    """Record the body of a ``finally`` or of a handler in a coroutine function."""
    if body and walker.body.flags & ASYNC:
        _record(walker, USE_CLEANUP, 0, body)


def tried(walker: Walker, row: int, body: Sequence[ast.stmt], handler: Sequence[ast.stmt]) -> None:
    """Record the body of a ``try`` in a coroutine function, for one of its handlers; `row` is what that catches."""
    if walker.body.flags & ASYNC:
        raises = any(isinstance(part, ast.Raise) for statement in body for part in ast.walk(statement))
        passes = all(isinstance(part, ast.Pass) for part in handler)
        _record(walker, USE_TRIED, row, body, (RAISES if raises else 0) | (PASSES if passes else 0))


def _record(walker: Walker, kind: int, row: int, body: Sequence[ast.stmt], flags: int = 0) -> None:
    if not walker.in_typing:
        walker.uses.append((kind, row, walker.flags | flags, ()))
        walker.body.positions += place(body[0], body[-1])


def _is_endless(node: ast.For | ast.AsyncFor | ast.While) -> bool:
    """Whether a loop goes round until an error ends it."""
    if not isinstance(node, ast.While) or not isinstance(node.test, ast.Constant) or not node.test.value:
        return False
    return not any(isinstance(part, (ast.Break, ast.Return)) for part in outside(node.body, (*SCOPES, ast.expr)))
