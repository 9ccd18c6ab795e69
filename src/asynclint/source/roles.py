"""In which role an expression stands whose value may be a coroutine: thrown away, tested, compared, returned.

A parent casts its part in a role before the part is walked; the part plays it when its value is known, and leaves a use. Only calls,
names, and where that matters attributes and collections play roles; what passes its value on (``a if b else c``, ``x := a``) passes on
the role as well, unless a name holds it.
"""

from __future__ import annotations

import ast
from typing import Final

from asynclint.source.names import OUTCOMES
from asynclint.source.paths import last_name
from asynclint.source.references import ATTR, AWAIT, CALL, CLASS, COLLECTION, ITEM, NAME, NARROWED, UNION, Row
from asynclint.source.uses import IN_TRY, USE_DROP, USE_RETURN, USE_STORE, USE_TEST
from asynclint.source.walker import Walker

_AWAITABLE: Final = frozenset({"Awaitable", "Coroutine", "CoroutineType"})
_COLLECTIONS = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def cast(walker: Walker, node: ast.expr, role: int) -> None:
    """Say in which role (a kind of use) an expression that is about to be walked will stand."""
    if isinstance(node, (ast.Call, ast.Name)):
        walker.roles[id(node)] = role
    elif isinstance(node, ast.Attribute):
        if role in (USE_TEST, USE_DROP):
            walker.roles[id(node)] = role
    elif isinstance(node, (ast.IfExp, ast.BoolOp, ast.NamedExpr, ast.Tuple)):
        _cast_arms(walker, node, role)
    elif role == USE_DROP and (isinstance(node, (*_COLLECTIONS, ast.Yield)) or _awaits_outcome(node)):
        walker.roles[id(node)] = role


def _awaits_outcome(node: ast.expr) -> bool:
    return isinstance(node, ast.Await) and isinstance(node.value, ast.Call) and last_name(node.value) in OUTCOMES


def store(walker: Walker, node: ast.expr, target: int) -> None:
    """Cast a call or a name in the role of what is assigned to `target`, the row of an attribute, an item or a declaration."""
    if target and isinstance(node, (ast.Call, ast.Name)):
        walker.roles[id(node)] = USE_STORE
        walker.targets[id(node)] = target


def _cast_arms(walker: Walker, node: ast.expr, role: int) -> None:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.IfExp):
            waiting += (part.body, part.orelse)
        elif isinstance(part, ast.BoolOp):
            waiting.append(part.values[-1])  # those in front of it are tested, whatever becomes of the whole
        elif isinstance(part, ast.NamedExpr):
            if role != USE_DROP:  # a name holds it
                waiting.append(part.value)
        elif isinstance(part, ast.Tuple):
            if role == USE_DROP:
                waiting += part.elts
        else:
            cast(walker, part, role)


def takes_values(match: ast.Match) -> bool:
    """Whether a ``match`` only compares its subject: no pattern binds it to a name, or asks of it whether it is of a class."""
    patterns = [part for case in match.cases for part in ast.walk(case.pattern)]
    whole = [case.pattern for case in match.cases]
    binds = any(isinstance(pattern, ast.MatchAs) and pattern.name for pattern in whole)
    return not binds and not any(isinstance(pattern, ast.MatchClass) for pattern in patterns)


def play(walker: Walker, node: ast.expr, row: int) -> None:
    """Record the use in which the value `row` of a node stands, if it was cast for one and may be a coroutine."""
    role = walker.roles.pop(id(node), -1)
    if role < 0:
        return
    if not _may_play(walker.references.rows, role, row):
        walker.targets.pop(id(node), None)
        return
    if role == USE_STORE:
        guards = walker.guards
        walker.guards += (walker.targets.pop(id(node)),)
        walker.use(role, row, node)
        walker.guards = guards
    elif role == USE_RETURN and (walker.entered or walker.tries):
        guards = walker.guards
        walker.guards += walker.entered
        walker.use(role, row, node, IN_TRY if walker.tries else 0)
        walker.guards = guards
    else:
        walker.use(role, row, node)


def _may_play(rows: list[Row], role: int, row: int) -> bool:
    operation = rows[row][0]
    if operation == ATTR:
        return role in (USE_TEST, USE_DROP)
    if operation == AWAIT:
        return role == USE_DROP and is_outcome(rows, row)
    if operation == COLLECTION:
        return role == USE_DROP and makes_any(rows, row)
    return (role == USE_DROP and operation == CALL) or may_be_coroutine(rows, row)


def may_be_coroutine(rows: list[Row], row: int) -> bool:
    """Whether a row is a call, or one of several, that is not plainly of a class or a builtin."""
    while is_passed(rows, row):
        row = rows[row][1]
    operation, base, _, rest = rows[row]
    if operation == UNION:
        return any(rows[part][0] == CALL for part in rest)
    if operation != CALL:
        return False
    callee = rows[base]
    return not (callee[0] == CLASS or (callee[0] == NAME and callee[2].startswith("builtins.")))


def is_outcome(rows: list[Row], row: int) -> bool:
    """Whether a row is what awaiting a call of ``gather`` or ``wait`` gives, or a part of it."""
    if rows[row][0] == ITEM:
        row = rows[row][1]
    operation, call, _, _ = rows[row]
    return operation == AWAIT and rows[call][0] == CALL and rows[rows[call][1]][2].rpartition(".")[2] in OUTCOMES


def is_passed(rows: list[Row], row: int) -> bool:
    """Whether a row is narrowed by a test that a coroutine passes."""
    operation, _, how, classes = rows[row]
    return operation == NARROWED and (how == "not" or any(rows[part][2].rpartition(".")[2] in _AWAITABLE for part in classes))


def makes_any(rows: list[Row], row: int) -> bool:
    """Whether a row is a display or a comprehension with an element that may be a coroutine."""
    operation, _, text, rest = rows[row]
    return operation == COLLECTION and any(may_be_coroutine(rows, part) for part in (rest[1::2] if text == "dict" else rest))
