"""A task is awaited on one path through a function, and left running on another.

## What it reports

A name that is bound to a task which is awaited or gathered further down, but not on every path: an early `return`, a branch without an
`await`, a handler that goes on after an error, another value bound to the name. By all ways to start a task; the same for a list of tasks.

Where the task is awaited under a test right behind (`if wanted: await task`), it is meant to go on alone otherwise: there the finding is
that nobody keeps it.

## Why it hurts

On that path the task goes on, and nobody holds it any more: it works for a caller that is gone, and may be collected before it is done. Its
error is told late, as one that was never retrieved.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url, cache):
    task = asyncio.create_task(fetch(url))
    found = await cache.get(url)
    if found is not None:
        return found
    return await task
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url, cache):
    task = asyncio.create_task(fetch(url))
    found = await cache.get(url)
    if found is not None:
        task.cancel()
        return found
    return await task
```

## When it stays silent

Where the path cancels the task, stores it, returns it, gives it a callback or passes it on; where it raises; where a branch tests the same
as the one that made or awaited the task; and where a function inside uses the name.

## When to turn it off

Never.

## Fix

Unsafe: what follows the task in its block is put into a `try` with `finally: task.cancel()`, which covers all paths, also those that an
error takes; to cancel a task that is done does nothing. Where nothing but a `try` follows, that one gets the `finally`. The task ends where
it went on before, which may have been meant: then it should be kept instead. One that is awaited under a test right behind is kept in a
set, as by the fix of `fire-and-forget-task`.

Nothing is done where the task is more than awaited and asked in what follows (`gather` and `wait_for` count as awaiting it), where its name
is bound in several places or used outside of the block, for lists of tasks other than comprehensions, and in generators.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.tasks import Started
from asynclint.rules.keeping import gives_task, keeping
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED, OPTIONAL, USE_LOST

RULE = Rule(
    "task-abandoned-on-path",
    "ASL503",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)


@RULE.on_use(USE_LOST)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what the walk has seen to be lost, if it is a task."""
    _, row, flags, _ = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    operation, _, _, rest = function.module.rows[row]
    for part in rest if operation == COLLECTION else (row,):
        made = view.tasks.started(function, part)
        if made is None:
            continue
        made_at = view.fates.maker(function, number, part, part)
        subject = view.subject(function, made_at)
        fix = None
        if flags & OPTIONAL:
            message = f"the task of `{subject}` is awaited on one path, but not kept on the other: it may be collected before it is done"
            fix = keeping(view, function, "keep-task", Safety.UNSAFE) if part == row and gives_task(view, function, row, made) else None
            advice = "Keep it: add it to a set, and let `task.add_done_callback(tasks.discard)` take it out."
        else:
            line = view.span(function, number + 1).end_line
            message = f"the task of `{subject}` is awaited on one path, but left running on the one that ends in line {line}"
            advice = "Cancel it on the other path, or use a task group."
            fix = _fix(view, function, part, made, made_at)
        yield view.finding(
            rule,
            function,
            made_at,
            message,
            certainty=min(made.certainty, Certainty.LIKELY),
            advice=advice,
            subject=subject,
            sink=made.name,
            fix=fix,
        )


def _fix(view: View, function: Function, row: int, made: Started, made_at: int) -> Fix | None:
    """To cancel it in the end, and the others that may be left with it."""
    if not function.facts.flags & ASYNC or not gives_task(view, function, row, made):
        return None
    rows = function.module.rows
    places = {
        view.span(function, view.fates.maker(function, number, part, part))
        for number, (kind, lost, flags, _) in enumerate(function.facts.uses)
        if kind == USE_LOST and not flags & (OPTIONAL | ERROR_EXPECTED)
        for part in (rows[lost][3] if rows[lost][0] == COLLECTION else (lost,))
        if view.tasks.started(function, part) is not None
    }
    places.discard(view.span(function, made_at))
    return Fix("cancel-at-end", "Cancel it in the end, whatever happens", Safety.UNSAFE, places=tuple(sorted(places)))
