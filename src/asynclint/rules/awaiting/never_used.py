"""A coroutine is bound to a name and never awaited: nothing of it ever runs.

## What it reports

`task = fetch(url)` where the name is never read, `_ = fetch(url)`, a name that is bound again before it is read, and a name that is
only printed, logged, formatted, or compared by `is`.

## Why it hurts

Calling a coroutine function only makes an object. Binding it to a name does not start it: the work is never done, and there
is no error.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    _ = store(record)
```

## Instead

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    await store(record)
```

## When it stays silent

Where the name is read by a function inside, is global, or may be read through `locals()`; where the value is a task or a future; and
where what is called is not known.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: in a coroutine, `x = f()` becomes `x = await f()`.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.values import Function
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION
from asynclint.source.roles import may_be_coroutine
from asynclint.source.uses import USE_CALL, USE_FORMAT, USE_IDENTITY, USE_OVERWRITTEN, USE_UNUSED

RULE = Rule(
    "coroutine-never-used",
    "ASL202",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_UNUSED, USE_OVERWRITTEN, USE_FORMAT, USE_IDENTITY, USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is bound to a name, if it is a coroutine and the name is not read, or only looked at."""
    kind, row, _, _ = function.facts.uses[number]
    rows = function.module.rows
    if kind == USE_CALL:
        for argument in rows[row][3]:
            if may_be_coroutine(rows, argument):
                yield from _looked_at(view, rule, function, number, argument)
    elif kind in (USE_FORMAT, USE_IDENTITY):
        yield from _looked_at(view, rule, function, number, row)
    elif rows[row][0] != COLLECTION:
        again = " before the name is bound again" if kind == USE_OVERWRITTEN else ", nor is the name it is bound to ever read"
        yield from _report(view, rule, function, number, row, f"is not awaited{again}")


def _looked_at(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    if (
        view.awaitables.coroutine(function, row) is not None
        and view.fates.is_only_looked_at(function, row)
        and view.fates.of(function, row)[0] == number
    ):
        yield from _report(view, rule, function, view.fates.maker(function, number, row), row, "is never awaited, only looked at")


def _report(view: View, rule: Rule, function: Function, number: int, row: int, message: str) -> Iterator[Finding]:
    made = view.awaitables.coroutine(function, row)
    if made is not None and (made.usage is None or function.facts.uses[number][0] == USE_UNUSED):
        yield from report(view, rule, function, number, made, message)
