"""What takes for granted how long something awaited is: ``len(data) != 4``, ``data[2:4]``."""

from __future__ import annotations

import ast
from typing import Final

from asynclint.source.references import AWAIT, CALL, CONST, NAME
from asynclint.source.uses import USE_MEASURED, USE_SLICED
from asynclint.source.walker import Walker

_ASKS_FOR_ALL: Final = (ast.Lt, ast.NotEq, ast.Eq, ast.Gt)
"""How a length is compared with what was asked for, where less is no good."""


def compare(walker: Walker, node: ast.Compare) -> None:
    """Note that the length of something awaited is compared with something; the rows of both lie on the walker's stack."""
    if len(node.ops) > 1 or not isinstance(node.ops[0], _ASKS_FOR_ALL):
        return
    left, right = walker.values[-2:]
    rows = walker.references.rows
    for length, other in ((left, right), (right, left)):
        operation, callee, _, arguments = rows[length]
        if operation == CALL and rows[callee][:3] == (NAME, 0, "builtins.len") and len(arguments) == 1:
            _note(walker, USE_MEASURED, arguments[0], other, node)


def cut(walker: Walker, row: int, node: ast.Subscript) -> None:
    """Note that something awaited is sliced up to a constant place."""
    if isinstance(node.slice, ast.Slice) and isinstance(node.slice.upper, ast.Constant) and type(node.slice.upper.value) is int:
        _note(walker, USE_SLICED, row, walker.add(CONST, 0, repr(node.slice.upper.value)), node)


def _note(walker: Walker, kind: int, row: int, other: int, node: ast.expr) -> None:
    if walker.references.rows[row][0] == AWAIT and other:
        guards = walker.guards
        walker.guards += (other,)
        walker.use(kind, row, node)
        walker.guards = guards
