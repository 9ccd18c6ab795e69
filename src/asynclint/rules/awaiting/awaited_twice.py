"""One coroutine object is awaited, gathered or scheduled twice.

## What it reports

A name that is bound to a coroutine and awaited again on a path where it has been before: twice in a row, in a loop around the
`await`, in a retry, once by `asyncio.gather` and once by `await`.

## Why it hurts

A coroutine runs once. Awaiting it again raises `RuntimeError: cannot reuse already awaited coroutine`, mostly on a path that is
taken rarely, such as a retry.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url):
    page = fetch(url)
    for _ in range(3):
        try:
            return await page
        except OSError:
            await asyncio.sleep(1)
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def handler(url):
    for _ in range(3):
        try:
            return await fetch(url)
        except OSError:
            await asyncio.sleep(1)
```

## When it stays silent

For tasks and futures, which can be awaited any number of times; where the loop is left after the `await`; for a name that one call
of `asyncio.gather` is given twice; and where what is called is not known.

## When to turn it off

Never.

## Fix

None. Either the function is to be called again, or its result is to be kept, or a task is to be made of it.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import COROUTINE
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION
from asynclint.source.uses import USE_AGAIN

RULE = Rule(
    "coroutine-awaited-twice",
    "ASL210",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)


@RULE.on_use(USE_AGAIN)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is awaited once more, if it is a coroutine."""
    row = function.facts.uses[number][1]
    operation, _, _, rest = function.module.rows[row]
    made = view.awaitables.coroutine(function, rest[-1] if operation == COLLECTION else row)
    if made is None or made.nature != COROUTINE or made.usage is not None:
        return
    what = f"the coroutines of `{made.name}()`" if operation == COLLECTION else f"the coroutine of `{made.name}()`"
    advice = f"Call `{made.name}` again for each await, or make a task of it once: `asyncio.create_task(...)`."
    message = f"awaits {what} again, which has been awaited before: that raises RuntimeError"
    yield from report(view, rule, function, number, made, message, advice=advice)
