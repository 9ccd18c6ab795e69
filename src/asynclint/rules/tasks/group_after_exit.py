"""A task is started in a task group that is not open: before its block, or behind it.

## What it reports

`group.create_task(...)` or `group.start_soon(...)` behind the end of the `async with` block of the group, or in front of it, in the
function that opens it: of `asyncio.TaskGroup`, and of the task groups and nurseries of anyio and trio.

## Why it hurts

A group takes tasks while its block runs. Elsewhere it raises `RuntimeError`, and the coroutine that it was given is never awaited.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def save(records):
    async with asyncio.TaskGroup() as group:
        for record in records:
            group.create_task(store(record))
    group.create_task(store("end"))
```

## Instead

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def save(records):
    async with asyncio.TaskGroup() as group:
        for record in records:
            group.create_task(store(record))
    await store("end")
```

## When it stays silent

In other functions, also those inside, which may be called while the block runs; for a group that an exit stack or `__aenter__` opens;
and for one that is kept in an attribute.

## When to turn it off

Never.

## Fix

None. Where the task belongs, only the author knows.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.blocks import extent, holds
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.groups import started_in
from asynclint.rules.view import View
from asynclint.source.references import AENTER, CALL
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_INSIDE

RULE = Rule(
    "task-group-used-after-exit",
    "ASL516",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a start in a group whose blocks all lie elsewhere in the function."""
    _, call, flags, _ = function.facts.uses[number]
    rows = function.module.rows
    group = started_in(view, function.module, call)
    if not group or flags & ERROR_EXPECTED or rows[group][0] not in (AENTER, CALL):
        return
    blocks = [
        other
        for other, (kind, row, _, _) in enumerate(function.facts.uses)
        if kind == USE_INSIDE and (row == group or rows[row][:2] == (AENTER, group))
    ]
    if not blocks or any(holds(function, block, number) for block in blocks) or _is_opened(function, group):
        return
    start, _ = extent(function, number)
    is_behind = any(extent(function, block)[1] <= start for block in blocks)
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` stands {'behind' if is_behind else 'in front of'} the block of its group, which is not open there: RuntimeError",
        certainty=Certainty.CERTAIN,
        advice="Move it into the block, or await the call itself.",
        subject=subject,
    )


def _is_opened(function: Function, group: int) -> bool:
    """Whether something else opens a group: its ``__aenter__``, or a call that it is given to."""
    rows = function.module.rows
    for kind, row, _, _ in function.facts.uses:
        if kind == USE_CALL:
            _, callee, _, arguments = rows[row]
            if group in arguments or (rows[callee][1] == group and last_name(rows, callee) == "__aenter__"):
                return True
    return False
