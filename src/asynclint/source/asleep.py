"""Loops that do nothing but sleep until something has changed: what they ask, and how long they sleep.

Whether that can be awaited itself, or who changes it, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from typing import Final

from asynclint.source.paths import is_path
from asynclint.source.references import CONST
from asynclint.source.uses import USE_ASLEEP
from asynclint.source.walker import Walker

_SLEEPS: Final = frozenset({"checkpoint", "sleep"})
_SIZES: Final = frozenset({"bool", "len"})
"""Builtins that tell something of what they are given."""


def record(walker: Walker, loop: ast.While, test: int) -> None:
    """Record a loop whose test, of the row `test`, has just been walked, if all that its body does is to sleep."""
    only = loop.body[0]
    value = only.value if isinstance(only, ast.Expr) and len(loop.body) == 1 else None
    call = value.value if isinstance(value, ast.Await) else None
    if not isinstance(call, ast.Call) or not is_path(call.func) or isinstance(loop.test, ast.Constant):
        return
    sleep = walker.silent_path(call.func)
    if walker.references.rows[sleep][2].rpartition(".")[2] not in _SLEEPS:  # as it is called where it comes from
        return
    asked = loop.test
    while isinstance(asked, ast.UnaryOp) and isinstance(asked.op, ast.Not):
        asked = asked.operand
    pause = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None if call.args else 0
    guards = walker.guards
    walker.guards = (sleep, walker.add(CONST, 0, repr(pause)), *_states(walker, asked))
    walker.use(USE_ASLEEP, test, asked)
    walker.guards = guards


def _states(walker: Walker, test: ast.expr) -> list[int]:
    """The rows of the names and attributes that a test compares or looks at; none if it does anything else."""
    found: list[int] = []
    waiting = [test]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.Name, ast.Attribute)) and is_path(part):
            found.append(walker.silent_path(part))
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in _SIZES and len(part.args) == 1:
            waiting.append(part.args[0])
        elif isinstance(part, ast.Compare):
            waiting += (*reversed(part.comparators), part.left)
        elif isinstance(part, ast.UnaryOp):
            waiting.append(part.operand)
        elif not isinstance(part, ast.Constant):
            return []
    return found
