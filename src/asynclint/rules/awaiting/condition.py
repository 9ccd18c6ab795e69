"""A coroutine is tested for truth before anybody has awaited it: it is always true.

## What it reports

A call that gives a coroutine, or an asynchronous generator, in `if`, `while`, `assert`, `not`, on the left of `and` and `or`, in a
conditional expression, in the filter of a comprehension; and a name or a property that holds one.

## Why it hurts

The object is tested, not what it would give. Objects are true: an authorisation check that is a coroutine lets everybody in.

## Example

```python
import asyncio

async def may_enter(user):
    await asyncio.sleep(1)
    return user == "root"

async def handler(user):
    if may_enter(user):
        return "secret"
```

## Instead

```python
import asyncio

async def may_enter(user):
    await asyncio.sleep(1)
    return user == "root"

async def handler(user):
    if await may_enter(user):
        return "secret"
```

## When it stays silent

Where it may be None or something else instead, which the test may be about; where the function asks `iscoroutine` or `isawaitable` of
it; and where what is called is not known.

## When to turn it off

Never.

## Fix

Safe: for a call in place, `if f():` becomes `if await f():`, and so for a property that gives a coroutine. The branch that was
always taken is taken where it should be. Where other tasks could change something under the function's hands meanwhile, and in
clean-up code, it is done with `--unsafe-fixes` only.

Unsafe: where it is only likely that `f` is a coroutine function.

Nothing is done for a name, which may be awaited elsewhere; for an asynchronous generator; in a plain function; in a generator
expression; and under a lock of threads.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import ASYNC_GENERATOR, AWAITABLE, COROUTINE
from asynclint.rules.awaiting.repairs import missing_await_in_place
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import ERROR_EXPECTED, USE_TEST

RULE = Rule(
    "coroutine-in-condition",
    "ASL204",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_TEST)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is tested, if it is a coroutine."""
    _, row, flags, _ = function.facts.uses[number]
    made = view.awaitables.made(function, row)
    if made is None or flags & ERROR_EXPECTED or made.nature not in (COROUTINE, AWAITABLE, ASYNC_GENERATOR):
        return
    if made.nature == ASYNC_GENERATOR:
        advice = "Go through it: `async for`."
        yield from report(view, rule, function, number, made, "is an asynchronous generator, which is always true", advice=advice)
        return
    place = view.place_of(function, number, row, made.certainty)
    if place is not None:
        message = "is not awaited before it is tested: a coroutine is always true"
        fix = missing_await_in_place(view, function, number, row, made) if not place.way else None
        yield from report(view, rule, function, place.number, made, message, way=place.way, fix=fix)
