"""What handlers are for, by the last names of the errors."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from asynclint.source.paths import last_name

BROAD: Final = frozenset({"BaseException", "Exception"})

CANCELS: Final = frozenset({"Cancelled", "CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit"})
"""Errors that end a loop, or a task, from outside."""


def error_names(node: ast.expr | None) -> frozenset[str]:
    """The last names of the errors that a handler of this type is for; none, where it is for all."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node] if node is not None else []
    return frozenset(map(last_name, parts))


def suppressed_names(node: ast.expr) -> frozenset[str]:
    """The last names of the errors that a manager swallows: ``suppress(OSError)``."""
    return frozenset(map(last_name, node.args)) if isinstance(node, ast.Call) and last_name(node) == "suppress" else frozenset()


def catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or not BROAD.isdisjoint(error_names(handler.type))


def handles_some(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether handlers catch more than what ends a task from outside."""
    return any(handler.type is None or not error_names(handler.type) <= CANCELS for handler in handlers)
