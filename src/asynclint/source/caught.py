"""What handlers are for, by the last names of the errors."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from asynclint.source.paths import last_name

BROAD: Final = frozenset({"BaseException", "Exception"})

CANCELS: Final = frozenset({"Cancelled", "CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit"})
"""Errors that end a loop, or a task, from outside."""

_NOT_READY: Final = frozenset({"BlockingIOError", "SSLWantReadError", "SSLWantWriteError"})
"""Errors of what is told not to wait, where it would have to."""

_BROADER: Final = frozenset({"IOError", "OSError", "SSLError", "error"})
"""Errors that those are among."""

_NUMBERS: Final = frozenset({"EAGAIN", "EINPROGRESS", "EWOULDBLOCK", "SSL_ERROR_WANT_READ", "SSL_ERROR_WANT_WRITE"})
"""How a handler of such an error tells it from others."""


def error_names(node: ast.expr | None) -> frozenset[str]:
    """The last names of the errors that a handler of this type is for; none, where it is for all."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node] if node is not None else []
    return frozenset(map(last_name, parts))


def suppressed_names(node: ast.expr) -> frozenset[str]:
    """The last names of the errors that a manager swallows: ``suppress(OSError)``."""
    return frozenset(map(last_name, node.args)) if isinstance(node, ast.Call) and last_name(node) == "suppress" else frozenset()


def expects_not_ready(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether handlers are for what is told not to wait, and would have to."""
    for handler in handlers:
        names = error_names(handler.type)
        if not names.isdisjoint(_NOT_READY):
            return True
        if not names.isdisjoint(_BROADER) and any(_is_number(part) for statement in handler.body for part in ast.walk(statement)):
            return True
    return False


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) in _NUMBERS


def catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or not BROAD.isdisjoint(error_names(handler.type))


def handles_some(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether handlers catch more than what ends a task from outside."""
    return any(handler.type is None or not error_names(handler.type) <= CANCELS for handler in handlers)
