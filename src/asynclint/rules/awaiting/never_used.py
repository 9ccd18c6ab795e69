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

Where the name is used for anything else as well, returned or stored; where it is read by a function inside, is global, or may be read
through `locals()`; where the value is a task or a future; and where what is called is not known.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `x = f()` becomes `x = await f()`. Nobody else has the coroutine, as the name is not read, or only looked
at. Where other tasks could change something under the function's hands meanwhile, and in clean-up code, it is done with
`--unsafe-fixes` only.

Unsafe: where `f` may have been meant to run beside the function, because it goes on without an end, or is started as a task in
other places; and where it is only likely that it is a coroutine function.

Nothing is done in a plain function and under a lock of threads.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.rules.awaiting.repairs import missing_await_of_dropped
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION
from asynclint.source.uses import ERROR_EXPECTED, USE_OVERWRITTEN, USE_SHOWN, USE_UNUSED

RULE = Rule(
    "coroutine-never-used",
    "ASL202",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


_HOW: Final = {
    USE_OVERWRITTEN: "is not awaited before the name is bound again",
    USE_SHOWN: "is never awaited, only looked at",
    USE_UNUSED: "is not awaited, nor is the name it is bound to ever read",
}


@RULE.on_use(*_HOW)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is bound to a name, if it is a coroutine and the name is not read, or only looked at."""
    kind, row, flags, _ = function.facts.uses[number]
    if function.module.rows[row][0] == COLLECTION or flags & ERROR_EXPECTED:
        return
    made = view.awaitables.dropped(function, row)
    if made is not None and (made.usage is None or kind == USE_UNUSED):
        fix = missing_await_of_dropped(view, function, number, made)
        yield from report(view, rule, function, number, made, _HOW[kind], fix=fix)
