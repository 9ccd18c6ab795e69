"""Whether a function's body handles its own errors: then nothing is lost where nobody asks for its result."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

_BROAD: Final = frozenset({"Exception", "BaseException"})
_LOGGERS: Final = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
"""Last names of calls that are taken for safe."""

_COMPOUND: Final = (ast.Try, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.If)
"""Statements that may hold, or be, such a ``try``."""

_DEEPEST: Final = 8
"""Statements inside of each other that are looked into."""


def handles_errors(body: Sequence[ast.stmt]) -> bool:
    """Whether all that statements call stands in a ``try`` with a handler for every error; one that raises again is none.

    Logging and printing are taken for safe, and so is what a ``with``, an ``if`` or a loop asks for in its head.
    """
    if not any(isinstance(statement, _COMPOUND) for statement in body) or not _are_safe(body, 0):
        return False
    return any(isinstance(part, ast.Try) for statement in body for part in ast.walk(statement))


def _are_safe(body: Sequence[ast.stmt], depth: int) -> bool:
    return depth < _DEEPEST and all(_is_safe(statement, depth) for statement in body)


def _is_safe(statement: ast.stmt, depth: int) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(statement, ast.Try):
        handled = any(_is_broad(handler) for handler in statement.handlers)
        behind = [*statement.finalbody] if handled else [*statement.body, *statement.orelse, *statement.finalbody]
        return _are_safe(behind, depth + 1)
    if isinstance(statement, _COMPOUND):
        branches = [*statement.body]
        if not isinstance(statement, (ast.With, ast.AsyncWith)):
            branches += statement.orelse
        return _are_safe(branches, depth + 1)
    return not isinstance(statement, ast.Raise) and all(_is_harmless(part) for part in ast.walk(statement))


def _is_harmless(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        return name in _LOGGERS
    return not isinstance(node, (ast.Await, ast.Assert, ast.Delete))


def _is_broad(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    is_broad = any(
        kind is None or (isinstance(kind, (ast.Name, ast.Attribute)) and ast.unparse(kind).rpartition(".")[2] in _BROAD) for kind in types
    )
    return is_broad and not any(isinstance(part, ast.Raise) for statement in handler.body for part in ast.walk(statement))
