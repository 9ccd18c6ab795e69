"""What is done the first time only: a test finds nothing stored yet, and what is made then is stored.

``if self._cache is None: self._cache = load()``, ``try: return _items[key]`` with a handler that makes the item, ``if self._started:
return``: the walk marks what stands behind such tests, since it happens once, not at every call.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from asynclint.source.references import ATTR, CALL, NAME
from asynclint.source.walker import Walker, is_path, path_text

_IS_THERE: Final = re.compile("already|cached|is_loaded|is_initiali[sz]ed")
"""Parts of names of functions that tell whether something has been done before."""

_ENDS: Final = re.compile("clos|dispos|done|end|exit|finish|shut|stop")
"""Parts of names of flags that something sets when it ends: that is once in its life, not once for all."""

_FILLS: Final = frozenset({"add", "append", "extend", "setdefault", "update"})
"""Methods that put something into a collection: what found it empty, finds it filled the next time."""


def tested_store(walker: Walker, test: ast.expr, missing: bool) -> str:
    """The attribute or global name, as text, that `test` finds missing (or there); empty where it tests something else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _store(walker, test.operand) if missing else ""
    if isinstance(test, ast.BoolOp):  # `if item is None or item.closed:`
        if not isinstance(test.op, ast.Or if missing else ast.And):
            return ""
        test = test.values[0]
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn if missing else ast.In):
        container = _store(walker, test.comparators[0])
        return container + "[]" if container else ""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.comparators[0], ast.Constant):
        if test.comparators[0].value is not None or not isinstance(test.ops[0], ast.Is if missing else ast.IsNot):
            return ""
        return _store(walker, test.left)
    return "" if missing else _store(walker, test)


def returns_stored(walker: Walker, node: ast.If) -> bool:
    """Whether what follows happens the first time only: ``if self._cache is not None: return self._cache``, ``if self._started: return``
    where the function sets that somewhere, or ``if is_cached(key): return``."""
    last = node.body[-1]
    if not isinstance(last, ast.Return):
        return False
    if isinstance(node.test, ast.Call) and is_path(node.test.func) and _IS_THERE.search(path_text(node.test.func)):
        return True
    stored = tested_store(walker, node.test, missing=False)
    if not stored:
        return False
    if last.value is not None:
        return stored_text(last.value) == stored
    return not _ENDS.search(stored) and sets(walker, stored)


def sets(walker: Walker, stored: str) -> bool:
    """Whether the function that is walked stores something there, anywhere."""
    node = walker.body.node
    return node is not None and not isinstance(node, ast.Lambda) and any(stores(part, stored) for part in node.body)


def looked_up(body: list[ast.stmt]) -> list[ast.Subscript]:
    """What ``try: return _items[key]`` looks up: where it is missing, a handler makes it and stores it."""
    values = [part.value for part in body if isinstance(part, (ast.Return, ast.Assign, ast.Expr))]
    return [value for value in values if isinstance(value, ast.Subscript) and is_path(value.value)]


def stores(statement: ast.stmt, stored: str) -> bool:
    targets: list[ast.expr] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AnnAssign):
            targets.append(node.target)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILLS:
            targets.append(node.func.value)
    return any(stored in (path_text(target), stored_text(target)) for target in targets)


def stored_text(node: ast.expr) -> str:
    """A path, or ``path[]`` for an item of what a path leads to."""
    return path_text(node.value) + "[]" if isinstance(node, ast.Subscript) else path_text(node)


def _store(walker: Walker, test: ast.expr) -> str:
    if isinstance(test, ast.Name):
        scope = walker.scope
        is_own = test.id in scope.bound and test.id not in scope.global_names and test.id not in scope.outer_names
        return "" if is_own and not _is_looked_up(walker, test.id) else test.id
    return path_text(test)


def _is_looked_up(walker: Walker, name: str) -> bool:
    """Whether a name is bound to what a shared mapping or a cache had: ``item = self._items.get(key)``, ``cache.get_cache(key)``."""
    rows = walker.references.rows
    operation, callee, _, _ = rows[walker.lookup(name)]
    if operation != CALL or rows[callee][0] != ATTR:
        return False
    method = rows[callee][2]
    if method.startswith("get") and "cache" in method:
        return True
    if method != "get":
        return False
    return rows[rows[callee][1]][0] in (ATTR, NAME)
