"""A task is made of a coroutine only to be awaited on the spot: awaiting the coroutine does the same, for less.

## What it reports

`await asyncio.create_task(f())`, `await loop.create_task(f())` and `await asyncio.ensure_future(f())`, where `f` is a coroutine function.

## Why it hurts

A task is for what goes on beside the code that starts it. This code waits at once, so nothing runs beside it; the task costs a round
through the event loop and a copy of the context, and its traceback is longer.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url):
    return await asyncio.create_task(fetch(url))
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url):
    return await fetch(url)
```

## When it stays silent

Where the task is given a context of its own (`context=`), has a name, or is awaited later; and where it is not known what is made a task.

## When to turn it off

It is off by default. A task has a context of its own: changes to context variables inside do not come out. And other tasks run first.
Where that is wanted, the task is right.

## Fix

Unsafe: `await asyncio.create_task(f())` becomes `await f()`. Other tasks do not run first then, what the coroutine does
to context variables stays, and a coroutine that ignores its cancellation is not left alone with it.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import COROUTINE
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import keywords_of
from asynclint.source.uses import AWAITED, ERROR_EXPECTED, USE_CALL

RULE = Rule(
    "task-awaited-at-once",
    "ASL514",
    category="tasks",
    since="0.1",
    default=False,
    fix=Safety.UNSAFE,
    page=__doc__,
)


_MEANT: Final = frozenset({"context", "name"})
"""Arguments that only a task has."""


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the tasks that are awaited where they are made."""
    _, row, flags, _ = function.facts.uses[number]
    if not flags & AWAITED or flags & ERROR_EXPECTED or not function.module.rows[row][3]:
        return
    started = view.tasks.started(function, row)
    if started is None or not started.argument or not _MEANT.isdisjoint(keywords_of(function.module.rows[row])):
        return
    made = view.awaitables.made(function, started.argument)
    if made is None or made.nature != COROUTINE:
        return
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` makes a task that is awaited at once: nothing runs beside it",
        certainty=min(started.certainty, made.certainty),
        advice=f"Await the coroutine of `{made.name}` itself.",
        subject=subject,
        sink=started.name,
        fix=Fix("await-coroutine", f"Await the coroutine of `{made.name}` itself", Safety.UNSAFE),
    )
