"""A task group is opened for a single task: to await the coroutine does the same, with less.

## What it reports

`async with` a task group or nursery (`asyncio.TaskGroup`, `anyio.create_task_group`, `trio.open_nursery`) whose body starts one task, and
does nothing else, whether it keeps the task or not.

## Why it hurts

The block waits for the one task before it goes on, as `await` does. But the task costs a switch, its result is lost, and its errors come
wrapped in an `ExceptionGroup`, so that `except ValueError` around it catches nothing.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def save(record):
    async with asyncio.TaskGroup() as group:
        group.create_task(store(record))
```

## Instead

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def save(record):
    await store(record)
```

## When it stays silent

Where the start stands in a loop or a branch, or beside anything else; where the group is used for something else as well: it is handed to
the task, which may start others, or its cancel scope is read; where the task gets a context of its own; where the block waits until the
task has begun (`await nursery.start(f)`); and inside `pytest.raises` and its kind. In tests, a finding is possible at most.

## When to turn it off

Where one is left for others to come, say so at the line with `# asynclint: ignore[useless-task-group]`.

## Fix

Unsafe: the block becomes `await f(x)`, and of several items of an `async with`, only the group goes. Errors are not
wrapped any more, so that what handles them may have to change; the name of the task is lost. None where something is
done with the task, a handler around it is for groups of errors, or a comment would be lost.
"""

import re
from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import COROUTINE
from asynclint.project.questions.blocks import extent, holds
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.groups import is_group, started_in
from asynclint.rules.view import View
from asynclint.source.references import keywords_of
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_INSIDE

RULE = Rule(
    "useless-task-group",
    "ASL513",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
    equivalents=("ASYNC112",),
)


@RULE.on_use(USE_INSIDE)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a block that only starts one task in the group that it opens."""
    _, group, flags, _ = function.facts.uses[number]
    module = function.module
    if flags & ERROR_EXPECTED or not is_group(view.linker.value(module, group)):
        return
    inside = view.fates.of(function, group)
    place = extent(function, number)
    starts = [other for other in inside if _is_all(view, function, number, other) and _starts(view, function, other, group)]
    if not starts or any(other not in starts and holds(function, number, other) for other in inside):
        return
    if any(inner.facts.parent == function.number and view.fates.of(inner, group) for inner in module.functions):
        return  # what is started may start others
    subject = view.subject(function, starts[0])
    row = function.facts.uses[starts[0]][1]
    method = module.rows[module.rows[row][1]][2]
    yield view.finding(
        rule,
        function,
        starts[0],
        f"`{subject}` is all that the block of its group does: it only wraps the errors of one task",
        certainty=Certainty.CERTAIN,
        advice="Await the call itself, without a group.",
        subject=subject,
        fix=Fix("await-alone", "Await it without a group", Safety.UNSAFE, (method,)) if extent(function, starts[0]) == place else None,
    )


def _is_all(view: View, function: Function, block: int, number: int) -> bool:
    """Whether a call is the only statement of a block, if need be bound to a name."""
    (first, last), (start, end) = extent(function, block), extent(function, number)
    if last != end or first[0] != start[0]:
        return False
    before = view.source(function.module.path).line(first[0]).encode()[first[1] : start[1]].decode(errors="replace")
    return re.fullmatch(r"(\w+(\s*:[^=]*)?\s*=\s*)?", before) is not None


def _starts(view: View, function: Function, number: int, group: int) -> bool:
    """Whether a use starts a task in a group, in the context of the function that does, and does not hand the group on to it."""
    kind, row, _, _ = function.facts.uses[number]
    module = function.module
    if kind != USE_CALL or started_in(view, module, row) != group:
        return False
    _, callee, _, arguments = module.rows[row]
    if not arguments or group in arguments or "context" in keywords_of(module.rows[row]):
        return False
    made = view.awaitables.made(function, arguments[0])
    takes_coroutine = module.rows[callee][2] == "create_task"
    return made is None or (takes_coroutine and made.nature == COROUTINE)  # else it fails, which another rule tells
