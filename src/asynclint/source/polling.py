"""Loops that ask a queue again and again whether there is something in it, and sleep where there is not.

What the queue is of, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.source.caught import error_names
from asynclint.source.names import LOOKS
from asynclint.source.nodes import LEAVES, LOOPS, SCOPES, outside
from asynclint.source.paths import last_name, path_text

ASKS: Final = frozenset({"empty", "get_nowait"})
_EMPTY: Final = frozenset({"Empty", "Exception", "QueueEmpty"})
_OTHERS: Final = "others"
"""What a use says where the loop has other things to do as well."""


def find(loop: ast.While) -> Iterator[tuple[ast.Call, str]]:
    """The call that asks, in a loop that asks a single queue, and what speaks against it."""
    asking = _asking(loop)
    if not asking or len({path_text(call.func).rpartition(".")[0] for call in asking}) > 1:
        return
    if _asks_if_empty(loop.test, asking) is True and all(_is_idle(part) for part in loop.body) and _sleeps(loop.body):
        yield asking[0], ""
        return
    for number, statement in enumerate(loop.body):
        idle = _when_empty(statement, asking)
        if idle is None:
            continue
        is_last = number == len(loop.body) - 1
        behind = loop.body[number + 1 :]
        if _sleeps(idle) and _stays(idle) and (is_last or isinstance(idle[-1], ast.Continue)):
            pass
        elif not (all(_is_idle(part) for part in (*idle, *behind)) and _sleeps(behind)):
            continue
        only_asks = all(_is_idle(part) or _may_leave(part) for part in loop.body[:number])
        yield asking[0], "" if only_asks and not _works(idle) else _OTHERS
        return


def _asking(loop: ast.While) -> list[ast.Call]:
    """The calls that ask a queue, without those in loops and functions inside."""
    found = [
        node
        for node in outside([loop.test, *loop.body], (*LOOPS, *SCOPES))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS and path_text(node.func)
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _when_empty(node: ast.stmt, asking: list[ast.Call]) -> list[ast.stmt] | None:
    """What a statement that asks does when the queue is empty; None for any other."""
    if isinstance(node, ast.If):
        is_empty = _asks_if_empty(node.test, asking)
        return None if is_empty is None else node.body if is_empty else node.orelse
    if isinstance(node, ast.Try) and any(part in asking for statement in node.body for part in ast.walk(statement)):
        for handler in node.handlers:
            if not _EMPTY.isdisjoint(error_names(handler.type)):
                return handler.body
    return None


def _asks_if_empty(test: ast.expr, asking: list[ast.Call]) -> bool | None:
    """Whether a test, or its first part, asks for an empty queue (True) or for one that is not (False); None where for something else."""
    wanted = True
    while isinstance(test, (ast.UnaryOp, ast.BoolOp)):
        if isinstance(test, ast.BoolOp):
            test = test.values[0]
        elif isinstance(test.op, ast.Not):
            test, wanted = test.operand, not wanted
        else:
            return None
    return wanted if isinstance(test, ast.Call) and test in asking and last_name(test) == "empty" else None


def _sleeps(body: Sequence[ast.stmt]) -> bool:
    return any(isinstance(part, ast.Expr) and isinstance(part.value, ast.Await) and last_name(part.value.value) == "sleep" for part in body)


def _works(body: Sequence[ast.stmt]) -> bool:
    """Whether something else is given meanwhile: silence is played where there is no sound."""
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for statement in body for part in ast.walk(statement))


def _stays(body: list[ast.stmt]) -> bool:
    """Whether the loop goes on behind these statements."""
    return not isinstance(body[-1], LEAVES)


def _is_idle(node: ast.stmt) -> bool:
    """Whether a statement does nothing but sleep, show something or go on."""
    if isinstance(node, ast.Expr):
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        return isinstance(value, ast.Constant) or last_name(value) in LOOKS | {"sleep"}
    return isinstance(node, (ast.Pass, ast.Continue))


def _may_leave(node: ast.stmt) -> bool:
    """Whether a statement is there to leave the loop: ``if self.stopped: break``."""
    return isinstance(node, ast.If) and isinstance(node.body[-1], LEAVES)
