"""A coroutine is returned un-awaited from inside a `try` or `with`, which ends before the work begins.

## What it reports

`return g()` in an `async def` where `g` is a coroutine function, inside a `try` with handlers or a `finally`, or inside of `with` or
`async with`: a lock, a timeout, a session, a transaction. In a plain function only where the scope is a timeout or a lock,
or where what it enters is used by the call.

## Why it hurts

The coroutine runs when the caller awaits it. By then the lock is released, the timeout is over, the session is closed, and no handler
catches its errors.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return "page"

async def handler(url):
    try:
        return fetch(url)
    except OSError:
        return "none"
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return "page"

async def handler(url):
    try:
        return await fetch(url)
    except OSError:
        return "none"
```

## When it stays silent

In plain functions, a `try` around the call for errors of the call itself is normal. Where the function says that it returns an awaitable,
or a caller awaits what it gets once more; and where what is called is not known.

## When to turn it off

Never.

## Fix

Safe: in a coroutine function, `return g()` becomes `return await g()`, where the function declares that it gives something else than a
coroutine, and all that call it in the program await it once. The scope around it holds until the work is done, as it was meant to.

Unsafe: everywhere else, since a caller that nobody sees here may await what it gets.

Nothing is done in a plain function; for a name, which may be awaited elsewhere; and under a lock of threads.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import last_name
from asynclint.rules.awaiting.returning import coroutine_returned, entered_around, is_in_scope, missing_await_of_result
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_RETURN

RULE = Rule(
    "unawaited-return-in-scope",
    "ASL207",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_HOLDS: Final = re.compile(r"lock|mutex|semaphore|time_?out|fail_after|move_on_after|fail_at|move_on_at")
"""In names of what is held or counted while its block runs."""


@RULE.on_use(USE_RETURN)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a coroutine that leaves the scope which was meant for it."""
    if not is_in_scope(function, number):
        return
    in_coroutine = bool(function.facts.flags & ASYNC)
    if not in_coroutine and not _needs_scope(function, number):
        return
    found = coroutine_returned(view, function, number)
    if found is None:
        return
    scope = "`with`" if entered_around(function, number) else "`try`"
    message = f"is returned un-awaited: the {scope} around it ends before it runs"
    certainty = found.certainty if in_coroutine else min(found.certainty, Certainty.LIKELY)
    place = view.place_of(function, number, function.facts.uses[number][1], found.made.certainty)
    if place is not None:
        fix = missing_await_of_result(view, function, number, found) if not place.way else None
        yield from report(view, rule, function, place.number, found.made, message, certainty=certainty, fix=fix)


def _needs_scope(function: Function, number: int) -> bool:
    """Whether what is entered around a return is a lock or a timeout, or is used by the call that is returned."""
    rows = function.module.rows
    returned = rows[function.facts.uses[number][1]]
    for entered in entered_around(function, number):
        manager = rows[entered][1]
        name = last_name(rows, rows[manager][1] if rows[manager][0] == CALL else manager)
        if _HOLDS.search(name.lower()):
            return True
        callee = rows[returned[1]]
        if entered in returned[3] or (callee[0] == ATTR and callee[1] == entered):
            return True
    return False
