"""Functions whose body is none, or next to nothing: others are meant to fill them in."""

from __future__ import annotations

import ast

from asynclint.source.paths import last_name
from asynclint.source.scopes import EMPTY, ONLY_RAISES, STUB


def kind_of_body(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The flag for such a body: ``STUB``, ``ONLY_RAISES``, ``EMPTY``; 0 for any other."""
    if any(last_name(decorator).endswith("abstractmethod") for decorator in node.decorator_list):
        return STUB
    last = node.body[-1]
    if len(node.body) > 2 or (len(node.body) == 2 and not _is_constant(node.body[0])):
        return 0  # more than a docstring in front
    if isinstance(last, ast.Raise):
        error = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
        return STUB if isinstance(error, ast.Name) and error.id == "NotImplementedError" else ONLY_RAISES
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is Ellipsis:
        return STUB
    if isinstance(last, ast.Return):
        return EMPTY if last.value is None or isinstance(last.value, ast.Constant) else 0
    return EMPTY if isinstance(last, ast.Pass) or _is_constant(last) else 0


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
