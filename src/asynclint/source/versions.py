"""Code for some versions of Python only: tests of the version, and handlers for names that a version has not."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from asynclint.source.caught import error_names
from asynclint.source.paths import last_name
from asynclint.source.uses import VERSION

_VERSIONS: Final = frozenset({"version_info", "hexversion"})

_OF_MISSING: Final = frozenset({"AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "TypeError"})
"""What is raised where a name or a parameter is not there."""

_OPERATORS: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.GtE: (">=", "<"), ast.Gt: (">=", "<"), ast.Lt: ("<", ">="), ast.LtE: ("<=", ">"), ast.Eq: ("==", "?"), ast.NotEq: ("?", "=="),
}  # fmt: skip
"""What a comparison says where it has come out true, and where false. ``(3, 9)`` is before all of 3.9, so ``>`` is ``>=``."""


def _is_minor(asked: ast.expr) -> bool:
    """Whether only the minor version is asked for: ``sys.version_info.minor``, ``sys.version_info[1]``."""
    if isinstance(asked, ast.Subscript):
        return isinstance(asked.slice, ast.Constant) and asked.slice.value == 1
    return isinstance(asked, ast.Attribute) and asked.attr == "minor"


def version_asked(test: ast.Compare) -> ast.expr | None:
    """The version that a comparison asks for: of ``sys.version_info[:2] >= (3, 8)`` it is ``sys.version_info``."""
    left = test.left
    if isinstance(left, ast.Subscript) or (isinstance(left, ast.Attribute) and left.attr == "minor"):
        left = left.value
    return left if last_name(left) in _VERSIONS else None


def version_told(test: ast.Compare, wanted: bool) -> str:
    """The state of the version where such a comparison has come out as `wanted`."""
    right = test.comparators[0]
    parts = right.elts if isinstance(right, ast.Tuple) else [right]
    numbers = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, int)]
    if numbers and _is_minor(test.left):
        numbers = [3, numbers[0] + isinstance(test.ops[0], (ast.Gt, ast.LtE))]  # beyond 3.9 is 3.10
    operator = _OPERATORS.get(type(test.ops[0]), ("?", "?"))[0 if wanted else 1]
    if operator == "?" or not numbers or numbers[0] > 9:
        return VERSION + "?"
    return f"{VERSION}{operator} {numbers[0]}.{numbers[1] if len(numbers) > 1 else 0}"


def handles_missing_name(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether one of these handles, by name, the error of a name or parameter that is not there."""
    return any(not _OF_MISSING.isdisjoint(error_names(handler.type)) for handler in handlers)
