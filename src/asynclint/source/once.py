"""What is done the first time only: a test finds nothing stored yet, and what is made then is stored.

``if self._cache is None: self._cache = load()``, ``try: return _items[key]`` with a handler that makes the item, ``if self._started:
return``: the walk marks what stands behind such tests, since it happens once, not at every call.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from asynclint.source.paths import is_path, path_text
from asynclint.source.references import ATTR, CALL, NAME, PARAM, Row
from asynclint.source.uses import Stores
from asynclint.source.walker import Walker

_IS_THERE: Final = re.compile("already|cached|is_loaded|is_initiali[sz]ed")
"""Parts of names of functions that tell whether something has been done before."""

_ENDS: Final = frozenset({
    "close", "closed", "closing", "disposed", "done", "ended", "exit", "exited", "finished", "shutdown", "stop", "stopped", "stopping",
})  # fmt: skip
"""Words in names of flags that something sets when it ends: that is once in its life, not once for all."""

_BEGINS: Final = frozenset({"init", "initialization", "initialisation", "set", "setup", "start", "startup"})
"""Words that say of what the end is meant: ``startup_done`` is once for all."""

_FILLS: Final = frozenset({"add", "append", "extend", "put", "set", "setdefault", "update"})
"""Methods that put something into a collection: what found it empty, finds it filled the next time. So do ``set_...`` and ``put_...``."""

_LOADS: Final = re.compile(r"_*(a?load|build|compile|create|ensure|fill|init|initiali[sz]e|load|make|parse|prepare|read|set_?up)(_|$)")
"""Names of methods that see to what is missing, once."""

_LOAD_ALL: Final = frozenset({"init", "initialise", "initialize", "load", "prepare", "set_up", "setup"})
"""Those of them that need not say what."""


def tested_store(walker: Walker, test: ast.expr, missing: bool) -> str:
    """The attribute or global name, as text, that `test` finds missing (or there); empty where it tests something else."""
    if isinstance(test, ast.BoolOp):  # `if item is None or item.closed:`
        if not isinstance(test.op, ast.Or if missing else ast.And):
            return ""
        test = test.values[0]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _store(walker, test.operand) if missing else ""
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
    where the function sets that for good, or ``if is_cached(key): return``."""
    last = node.body[-1]
    if not isinstance(last, ast.Return):
        return False
    if isinstance(node.test, ast.Call) and is_path(node.test.func) and _IS_THERE.search(path_text(node.test.func)):
        return _is_shared(walker, path_text(node.test.func))
    stored = tested_store(walker, node.test, missing=False)
    if not stored:
        return False
    if last.value is not None:
        return stored_text(last.value) == stored
    words = re.split(r"[._]", stored)
    return (_ENDS.isdisjoint(words) or not _BEGINS.isdisjoint(words)) and sets(walker, stored) and stored not in _stores_here(walker)[1]


def sets(walker: Walker, stored: str) -> bool:
    """Whether the function that is walked stores something there, anywhere."""
    return stored in _stores_here(walker)[0]


def _stores_here(walker: Walker) -> Stores:
    if walker.stores_here is None:
        node = walker.body.node
        walker.stores_here = _all_stores(node.body) if node is not None and not isinstance(node, ast.Lambda) else (frozenset(), frozenset())
    return walker.stores_here


def looked_up(body: list[ast.stmt]) -> list[ast.Subscript]:
    """What ``try: return _items[key]`` looks up: where it is missing, a handler makes it and stores it."""
    values = [part.value for part in body if isinstance(part, (ast.Return, ast.Assign, ast.Expr))]
    return [value for value in values if isinstance(value, ast.Subscript) and is_path(value.value)]


def fills(walker: Walker, body: list[ast.stmt], stored: str) -> bool:
    """Whether statements store something there, or call what does: ``if not self._table: self._load_table()``."""
    if stored in _all_stores(body)[0]:
        return True
    calls = (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Call) and is_path(node.func))
    return any(_sees_to(walker, path_text(call.func), stored) for call in calls)


def _sees_to(walker: Walker, called: str, stored: str) -> bool:
    """Whether a function of this module, or a method of the object that is asked, stores something there: as its body says, or its name,
    where it stands in another file."""
    receiver, _, name = called.rpartition(".")
    owner, _, attribute = stored.removesuffix("[]").rpartition(".")
    if receiver != owner:
        return False
    key = (walker.enclosing_class() if receiver else -1, name)
    body = walker.defined(*key)
    if body is not None and body.node is not None:
        if isinstance(body.node, ast.Lambda):
            return False
        if key not in walker.stores_by_name:
            walker.stores_by_name[key] = _all_stores(body.node.body)
        if stored not in walker.stores_by_name[key][0]:
            return False
        return bool(owner) or any(isinstance(part, ast.Global) and attribute in part.names for part in ast.walk(body.node))
    words = [word for word in attribute.split("_") if len(word) > 2]
    is_meant = name.strip("_") in _LOAD_ALL or any(word in name for word in words)
    return bool(owner) and _LOADS.match(name) is not None and is_meant


def _all_stores(body: list[ast.stmt]) -> Stores:
    filled: set[str] = set()
    cleared: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                is_nothing = isinstance(node.value, ast.Constant) and not node.value.value
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    (cleared if is_nothing else filled).add(stored_text(target))
            elif (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _fills(node.func.attr) and is_path(node.func.value)
            ):
                filled.update((path_text(node.func.value), path_text(node.func.value) + "[]"))
    filled.update([text.removesuffix("[]") for text in filled])
    return frozenset(filled), frozenset(cleared)


def _fills(method: str) -> bool:
    return method in _FILLS or method.startswith(("set_", "put_"))


def stored_text(node: ast.expr) -> str:
    """A path, or ``path[]`` for an item of what a path leads to."""
    return path_text(node.value) + "[]" if isinstance(node, ast.Subscript) else path_text(node)


def _store(walker: Walker, test: ast.expr) -> str:
    """The text of a path that leads to something shared, or of a name bound to what such a place had; empty for anything else."""
    if isinstance(test, ast.Call) and path_text(test.func) == "hasattr" and len(test.args) == 2:
        owner, name = test.args
        text = (
            f"{path_text(owner)}.{name.value}" if isinstance(name, ast.Constant) and isinstance(name.value, str) and is_path(owner) else ""
        )
        return text if _is_shared(walker, text) else ""
    if isinstance(test, ast.Name) and _is_own(walker, test.id):
        return test.id if _is_looked_up(walker, test.id) else ""
    text = path_text(test)
    return text if _is_shared(walker, text) else ""


def _is_shared(walker: Walker, path: str) -> bool:
    """Whether a path starts at a global, or at the object whose method this is: what is stored there, is there the next time."""
    start = path.partition(".")[0]
    if not start or not _is_own(walker, start):
        return bool(start)
    operation, _, _, rest = walker.references.rows[walker.references.broad(walker.lookup(start))]
    return operation == PARAM and rest[0] == 0 and walker.enclosing_class() >= 0


def _is_own(walker: Walker, name: str) -> bool:
    scope = walker.scope
    return walker.number > 0 and name in scope.bound and name not in scope.global_names and name not in scope.outer_names


def _is_looked_up(walker: Walker, name: str) -> bool:
    """Whether a name is bound to what a place had that this function also fills: ``item = self._items.get(key)``."""
    rows = walker.references.rows
    operation, callee, _, _ = rows[walker.lookup(name)]
    if operation != CALL or rows[callee][0] != ATTR:
        return False
    method = rows[callee][2]
    if method.startswith("get") and "cache" in method:
        return True
    return method == "get" and sets(walker, _text_of(rows, rows[callee][1]) + "[]")


def _text_of(rows: list[Row], row: int) -> str:
    """The text of the path that a row stands for, as far as it is one."""
    names: list[str] = []
    while rows[row][0] == ATTR:
        names.append(rows[row][2])
        row = rows[row][1]
    if rows[row][0] in (NAME, PARAM):
        names.append(rows[row][2].rpartition(".")[2])
    return ".".join(reversed(names))
