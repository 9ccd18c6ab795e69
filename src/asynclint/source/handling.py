"""Whether a function's body handles its own errors, or tells them: then nothing is lost where nobody asks for its result."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from asynclint.source.caught import catches_all
from asynclint.source.paths import last_name
from asynclint.source.scopes import HANDLES_ERRORS, TELLS_ERRORS

_LOGGERS: Final = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
"""Last names of calls that tell of errors, and raise none."""

_OF_TEXT: Final = frozenset({"endswith", "lower", "lstrip", "removeprefix", "removesuffix", "rstrip", "startswith", "strip", "upper"})
"""Methods that any text has, and that raise no errors."""

_COMPOUND: Final = (ast.Try, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.If)
"""Statements that may hold, or be, such a ``try``."""

_DEEPEST: Final = 8
"""Statements inside of each other that are looked into."""


def kind_of_handling(body: Sequence[ast.stmt]) -> int:
    """The flag for statements that call nothing outside of a ``try`` with a handler for every error: ``HANDLES_ERRORS``, or
    ``TELLS_ERRORS`` if a handler raises the error again that it has logged. 0 for any other.

    Logging, printing, methods of text and an ``assert`` are taken for safe, and so is what a ``with``, an ``if`` or a loop asks for in its
    head, and what cleans up in the ``finally`` of such a ``try`` without an ``await``.
    """
    if not _has_try(body) or not _are_safe(body, 0, True):
        return 0
    return HANDLES_ERRORS if _are_safe(body, 0, False) else TELLS_ERRORS


def _has_try(body: Sequence[ast.stmt]) -> bool:
    waiting = [*body]
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.Try):
            return True
        if isinstance(statement, _COMPOUND):
            waiting += statement.body
            if not isinstance(statement, (ast.With, ast.AsyncWith)):
                waiting += statement.orelse
    return False


def _are_safe(body: Sequence[ast.stmt], depth: int, or_tells: bool) -> bool:
    return depth < _DEEPEST and all(_is_safe(statement, depth, or_tells) for statement in body)


def _is_safe(statement: ast.stmt, depth: int, or_tells: bool) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(statement, ast.Try):
        if any(_is_broad(handler, or_tells) for handler in statement.handlers):
            return all(_cleans_up(part) or _is_safe(part, depth + 1, or_tells) for part in statement.finalbody)
        return _are_safe([*statement.body, *statement.orelse, *statement.finalbody], depth + 1, or_tells)
    if isinstance(statement, _COMPOUND):
        branches = [*statement.body]
        if not isinstance(statement, (ast.With, ast.AsyncWith)):
            branches += statement.orelse
        return _are_safe(branches, depth + 1, or_tells)
    return not isinstance(statement, ast.Raise) and all(_is_harmless(part) for part in ast.walk(statement))


def _cleans_up(statement: ast.stmt) -> bool:
    return not any(isinstance(part, (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Raise)) for part in ast.walk(statement))


def _is_harmless(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _logs(node) or (isinstance(node.func, ast.Attribute) and node.func.attr in _OF_TEXT)
    return not isinstance(node, (ast.Await, ast.Delete))


def _logs(node: ast.Call) -> bool:
    return last_name(node) in _LOGGERS


def _is_broad(handler: ast.ExceptHandler, or_tells: bool) -> bool:
    is_broad = catches_all(handler)
    parts = [part for statement in handler.body for part in ast.walk(statement)] if is_broad else []
    if not any(isinstance(part, ast.Raise) for part in parts):
        return is_broad
    return or_tells and any(isinstance(part, ast.Call) and _logs(part) for part in parts)
