"""A coroutine function is called, and nobody awaits the coroutine: nothing of it ever runs.

## What it reports

A call that gives a coroutine as a statement of its own, in a coroutine, a plain function or at module level: of a function of
the program, of a method found through types, of an installed package, of a plain function that returns a coroutine. So it does
for each arm of a conditional expression, of `and`, `or` and `:=`, and each element of a tuple that stands as a statement.

Where the definition cannot be seen, the program's own habits speak: a call whose result is awaited in all other places, but not here.

## Why it hurts

Calling a coroutine function only makes an object. Without `await`, the work is not done, and there is no error: at most a
warning on the console, when the object is thrown away.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    store(record)
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

Where what is called is not known, gives a coroutine in some cases only, or gives a task or future, which runs whether it is
awaited or not; and where it gives back the coroutine that it was given, which it may keep. Where a function only says that it gives
an awaitable, and under a decorator that is not known, the finding is possible at most, unless the program awaits the function elsewhere.
Inside `pytest.raises`, `pytest.warns` and their kind, where a test means it. So it does where the function asks
`iscoroutinefunction` of what it calls, and in branches that never run (`if True: ... else:`).

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `f()` becomes `await f()`: that is what was meant, and other tasks run meanwhile, as with every call of `f`
that is awaited. Where they could change something under the function's hands, because an attribute is read before the call
and written after it, and in clean-up code, which may be cancelled there, it is done with `--unsafe-fixes` only.

Unsafe: where `f` may have been meant to run beside the function, which would wait for it now: it goes round in a `while`, goes
through one message after the other, is named like that (`listen`, `worker`, `serve_forever`), or is started as a task in other
places. Where it is only likely that `f` is a coroutine function. And under `if __name__ == "__main__"`, where `f()` becomes
`asyncio.run(f())`, which the program waits for.

Nothing is done in a plain function, which would have to become a coroutine function, and so would all that call it; under a lock
of threads; in a lambda and in a generator expression.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.graph import is_for_sync_callers
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import COROUTINE, Made
from asynclint.rules.awaiting.repairs import missing_await_of_dropped
from asynclint.rules.awaiting.words import report
from asynclint.rules.offers import framework
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import MODULE
from asynclint.source.uses import ERROR_EXPECTED, IN_MAIN_GUARD, USE_DROP

RULE = Rule(
    "unawaited-coroutine",
    "ASL201",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    equivalents=("ASYNC105",),
)


@RULE.on_use(USE_DROP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is thrown away, if it is a coroutine."""
    _, row, flags, _ = function.facts.uses[number]
    made = view.awaitables.dropped(function, row)
    if made is None or flags & ERROR_EXPECTED or is_for_sync_callers(function, function.facts.uses[number]):
        return
    message = "is not awaited here" if made.usage is not None else "is never awaited: it only makes a coroutine, and nothing of it runs"
    maker = view.fates.maker(function, number, row)
    fix = missing_await_of_dropped(view, function, maker, made) or _running(view, function, maker, made)
    yield from report(view, rule, function, maker, made, message, fix=fix)


def _running(view: View, function: Function, number: int, made: Made) -> Fix | None:
    """To run the coroutine where a program begins."""
    is_main = function.facts.flags & MODULE and function.facts.uses[number][2] & IN_MAIN_GUARD
    if not is_main or made.nature != COROUTINE or made.certainty < Certainty.LIKELY or framework(view, function) != "asyncio":
        return None
    return Fix("run", f"Run it: `asyncio.run({view.subject(function, number)})`", Safety.UNSAFE)
