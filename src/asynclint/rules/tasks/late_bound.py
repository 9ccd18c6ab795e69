"""A function that is scheduled in a loop reads the loop's variable when it runs: all of them see its last value.

## What it reports

A `lambda`, a nested function, or a coroutine of one, that is defined in a loop, reads a name which the loop binds in every round, and is
handed over to run later: to `call_soon`, `call_later`, `add_done_callback`, `create_task`, `start_soon`, to a thread or a pool.

## Why it hurts

The function does not keep what the name was bound to: it looks when it runs. That is after the loop has gone on, so the callbacks of ten
connections all close the tenth.

## Example

```python
import asyncio

def close_all(connections):
    loop = asyncio.get_running_loop()
    for connection in connections:
        loop.call_later(5, lambda: connection.close())
```

## Instead

```python
import asyncio

def close_all(connections):
    loop = asyncio.get_running_loop()
    for connection in connections:
        loop.call_later(5, connection.close)
```

## When it stays silent

Where the name is a parameter of the function, with or without a default (`lambda connection=connection: ...`); where the round awaits
something, or leaves a group or another `async with`, behind the place, so that the function may have run; where the loop suspends in
front of it and the function runs at the next chance; where the loop is left in the same round; for names that are the same in every round;
and for lazy iterators such as `filter`.

## When to turn it off

Where the last value is meant, say so at the line with `# asynclint: ignore[late-bound-loop-variable]`.

## Fix

Safe: of a lambda, the name becomes a parameter with a default, `lambda connection=connection: ...`, which keeps what it
is bound to in this round.

Unsafe: the same for a nested function, which others may call as well. None where the name may not be bound yet where
the function is made, or is bound again behind it in the same round.
"""

import ast
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.base import constant
from asynclint.project.linking.values import Function
from asynclint.project.questions.blocks import extent, holds
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import AITER, ATTR, CALL, ENTER, FUNCTION, Row
from asynclint.source.scopes import LAMBDA
from asynclint.source.uses import (
    AWAITED,
    ERROR_EXPECTED,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_ENTER,
    USE_ITER,
    USE_LATE,
    USE_LOOP,
    Use,
)

RULE = Rule(
    "late-bound-loop-variable",
    "ASL515",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    equivalents=("B023",),
)

_CONTEXTS: Final = frozenset({"loop", "process", "task", "thread"})
_LATER: Final = frozenset({"add_done_callback", "call_at", "call_later"})
"""They call at some later time, whatever is awaited meanwhile."""
_WAITS: Final = frozenset({"acquire", "join", "result", "shutdown", "wait"})
"""Methods that wait for a thread."""
_GO_THROUGH: Final = frozenset({"all", "any", "dict", "list", "max", "min", "set", "sorted", "sum", "tuple"})
"""Functions that ask for all that threads give."""


@RULE.on_hop
def check(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report a function that is handed over, if it is one that reads what a loop binds."""
    function, number = hop.function, hop.number
    rows = function.module.rows
    handed = rows[hop.row][1] if rows[hop.row][0] == CALL else hop.row
    if hop.context not in _CONTEXTS or rows[handed][0] != FUNCTION or function.facts.uses[number][2] & (AWAITED | ERROR_EXPECTED):
        return
    loops = view.blocks.around(function, number, USE_LOOP)
    late = [use for use in function.facts.uses if use[0] == USE_LATE and use[1] == handed] if loops else []
    api = hop.api.rpartition(".")[2]
    if not late or _may_have_run(function, loops[0], number, api):
        return
    names = ", ".join(f"`{constant(rows[row][2])}`" for row in late[0][3][:3])
    yield view.finding(
        rule,
        function,
        number,
        f"what `{api}` is given reads {names} when it runs, and the loop has gone on by then",
        certainty=Certainty.CERTAIN if len(loops) == 1 else Certainty.LIKELY,
        advice="Hand the value over: as an argument, or as a default of a parameter.",
        sink=hop.api,
        fix=_fix(view, function, late[0]),
    )


def _fix(view: View, function: Function, late: Use) -> Fix:
    """To keep the values as defaults of parameters. Others may call a nested function, so that it is safe for a lambda only."""
    defined = function.module.functions[function.module.rows[late[1]][1]]
    is_lambda = bool(defined.facts.flags & LAMBDA)
    names = [ast.literal_eval(function.module.rows[row][2]) for row in late[3]]
    place = view.span(function, function.facts.uses.index(late))
    kind, safety = ("lambda", Safety.SAFE) if is_lambda else ("def", Safety.UNSAFE)
    shown = ", ".join(f"{name}={name}" for name in names[:3])
    return Fix("bind-early", f"Keep the value as a default: `{shown}`", safety, (kind, *names), (place,))


def _may_have_run(function: Function, loop: int, number: int, api: str) -> bool:
    """Whether what a use hands over may have run before the next round."""
    rows = function.module.rows
    place, _ = extent(function, number)
    call = function.facts.uses[number][1]
    operation, pool, _, _ = rows[rows[call][1]]
    entered = {pool, rows[pool][1]} if operation == ATTR and rows[pool][0] == ENTER else set()
    if rows[function.facts.uses[loop][1]][0] == AITER and api not in _LATER:
        return True
    for other, (kind, row, flags, _) in enumerate(function.facts.uses):
        suspends = kind in (USE_AENTER, USE_AITER, USE_AWAIT) or (kind == USE_CALL and flags & AWAITED)
        if (kind == USE_ENTER and row in entered and holds(function, loop, other)) or _goes_through(rows, kind, row, call):
            return True
        waits = kind == USE_CALL and last_name(rows, rows[row][1]) in _WAITS
        if (suspends or waits) and holds(function, loop, other):
            is_behind = extent(function, other)[1] > place or kind == USE_AENTER
            if is_behind or (suspends and api not in _LATER):
                return True
    return False


def _goes_through(rows: list[Row], kind: int, row: int, results: int) -> bool:
    """Whether a use goes through all results at once, as ``list(pool.map(...))`` does."""
    if kind == USE_ITER:
        return row == results or rows[row][1] == results
    return kind == USE_CALL and results in rows[row][3] and last_name(rows, rows[row][1]) in _GO_THROUGH
