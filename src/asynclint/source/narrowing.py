"""What a test with ``isinstance`` says of the names and paths in it, where it has come out true or false.

The walk asks in front of the code that the test decides about. What is known holds in that branch: its environment binds the name
or path to a row that is narrowed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from asynclint.source.paths import is_path, path_text
from asynclint.source.references import NARROWED
from asynclint.source.walker import Walker

Narrowing = tuple[str, int, int]
"""A key of the environment, what it was (0 for nothing), and what it is narrowed to."""

_MOST_CLASSES = 4


def narrow(walker: Walker, test: ast.expr, wanted: bool) -> list[Narrowing]:
    """Narrow what `test` speaks of, known to have come out as `wanted`.

    Returns what has changed, for :func:`widen`.
    """
    undo: list[Narrowing] = []
    for call, is_so in _instance_tests(test, wanted):
        if walker.references.rows[walker.lookup("isinstance")][2] != "builtins.isinstance":
            continue
        subject, classes = call.args
        parts = classes.elts if isinstance(classes, ast.Tuple) else [classes]
        if not is_path(subject) or len(parts) > _MOST_CLASSES or not all(is_path(part) for part in parts):
            continue
        key = path_text(subject)
        if "." in key:
            walker.paths.add(key)
        elif key not in walker.scope.environment:
            continue  # a name of another scope, which may be bound again meanwhile
        base = walker.silent_path(subject)
        rows = tuple([walker.silent_path(part) for part in parts])
        how = "" if is_so else "not"
        if walker.references.rows[base] != (NARROWED, walker.references.rows[base][1], how, rows):  # else it is known already
            narrowed = walker.add(NARROWED, base, how, rows)
            undo.append((key, walker.scope.environment.get(key, 0), narrowed))
            walker.scope.environment[key] = narrowed
    return undo


def widen(walker: Walker, undo: list[Narrowing]) -> None:
    """Take back what :func:`narrow` did, behind an expression that holds the test, but for what is bound anew."""
    environment = walker.scope.environment
    for key, row, narrowed in reversed(undo):
        if environment.get(key) != narrowed:
            continue
        if row:
            environment[key] = row
        else:
            environment.pop(key, None)


def _instance_tests(test: ast.expr, wanted: bool) -> Iterator[tuple[ast.Call, bool]]:
    stack = [(test, wanted)]
    while stack:
        node, is_so = stack.pop()
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            stack.append((node.operand, not is_so))
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And if is_so else ast.Or):
            stack.extend([(value, is_so) for value in reversed(node.values)])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance" and len(node.args) == 2:
            yield node, is_so
