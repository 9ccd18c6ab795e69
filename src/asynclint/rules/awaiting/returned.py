"""A coroutine function returns another coroutine instead of what that would give.

## What it reports

`return g()` in an `async def` where `g` is a coroutine function, and `yield g()` in an asynchronous generator: whoever awaits the
function gets a coroutine. So it is with the future of `run_in_executor`, `gather`, `shield` or `wrap_future`, where the function declares
that it returns something else, or where the program awaits the function's calls once and no more.

## Why it hurts

The caller writes `await f()` and has a coroutine object in its hands: true whatever it means, without the attributes it should
have, and its work is not done.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return "page"

async def fetch_home():
    return fetch("/")
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return "page"

async def fetch_home():
    return await fetch("/")
```

## When it stays silent

In a plain function: `return g()` passes the coroutine on, which is right. Where the function says that it returns an awaitable;
where a caller awaits what it gets once more (or each element of it), or gives it to something that does; where a generator that yields
coroutines is given to something that may await them; where something is sent back for what is yielded, `await (yield g())`; for tasks
and all other futures; and where what is called is not known. Inside of a `try` or `with` it is `unawaited-return-in-scope`.

## When to turn it off

Never.

## Fix

Safe: `return g()` becomes `return await g()`, where the function declares that it gives something else than a coroutine, and all that
call it in the program await it once. Where other tasks could change something under the function's hands meanwhile, and in clean-up
code, it is done with `--unsafe-fixes` only.

Unsafe: everywhere else, and for `yield g()`: a caller that nobody sees here may await what it gets.

Nothing is done for a name, which may be awaited elsewhere, and under a lock of threads.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import EAGER
from asynclint.rules.awaiting.returning import coroutine_returned, is_in_scope, missing_await_of_result
from asynclint.rules.awaiting.words import report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_RETURN, USE_YIELD

RULE = Rule(
    "coroutine-returned-from-async",
    "ASL206",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_RETURN, USE_YIELD)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what a coroutine function returns or yields, if it is a coroutine."""
    kind = function.facts.uses[number][0]
    if not function.facts.flags & ASYNC or (kind == USE_RETURN and is_in_scope(function, number)):
        return
    found = coroutine_returned(view, function, number)
    if found is None:
        return
    verb, used = ("returned", "awaits") if kind == USE_RETURN else ("yielded", "iterates")
    name = function.facts.name.rpartition(".")[2]
    what = "a future" if found.made.nature == EAGER else "a coroutine"
    message = f"is {verb} un-awaited from a coroutine function: who {used} `{name}()` gets {what}"
    place = view.place_of(function, number, function.facts.uses[number][1], found.made.certainty)
    if place is not None:
        fix = missing_await_of_result(view, function, number, found) if not place.way else None
        yield from report(view, rule, function, place.number, found.made, message, certainty=found.certainty, fix=fix)
