"""A coroutine is awaited on one path through a function, and left un-awaited on another.

## What it reports

A name that is bound to a coroutine which is awaited, gathered or scheduled further down, but not on every path: an early `return`, a
branch without an `await`, a handler, the end of the function, another value bound to the name.

## Why it hurts

On that path the work is not done, and Python warns that the coroutine was never awaited. The other path works, so tests that take it
pass.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url, cache):
    page = fetch(url)
    if url in cache:
        return cache[url]
    return await page
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url, cache):
    if url in cache:
        return cache[url]
    return await fetch(url)
```

## When it stays silent

Where the path closes the coroutine, returns, stores or passes it on; where it raises; where a branch tests the same as the one that
made or awaited the coroutine; and where a function inside uses the name.

## When to turn it off

Never.

## Fix

None. Whether the call should move down or the other path should await it, only its author knows.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION
from asynclint.source.uses import ERROR_EXPECTED, IN_BRANCH, USE_LOST

RULE = Rule(
    "coroutine-not-awaited-on-path",
    "ASL203",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)


@RULE.on_use(USE_LOST)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what the walk has seen to be lost, if it is a coroutine."""
    _, row, flags, _ = function.facts.uses[number]
    if function.module.rows[row][0] == COLLECTION or flags & ERROR_EXPECTED:
        return
    made = view.awaitables.dropped(function, row)
    if made is None or made.usage is not None:
        return
    line = view.span(function, number + 1).end_line
    yield from report(
        view,
        rule,
        function,
        number,
        made,
        f"is awaited on one path, but not on the one that ends in line {line}",
        advice="Call it where it is awaited, or close it on the other path.",
        certainty=Certainty.LIKELY if flags & IN_BRANCH else Certainty.CERTAIN,
    )
