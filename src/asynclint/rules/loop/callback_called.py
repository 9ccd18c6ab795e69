"""A callback is called where it should have been handed over: it runs now, and the loop gets its result to call.

## What it reports

`loop.call_soon(f())`, `call_later`, `call_at`, `call_soon_threadsafe`, `add_reader`, `add_signal_handler`,
`task.add_done_callback(f())`, `signal.signal(s, f())`, and other places that keep a callback for later, where `f` is a function or a
coroutine function whose result cannot be called.

## Why it hurts

A plain function runs at once instead of later. Then the loop calls its result, which is a TypeError that is only logged: the timer never
fires, the signal is never handled. Of a coroutine function nothing runs at all.

## Example

```python
import asyncio

def stop(server) -> None:
    server.close()

async def serve(server):
    asyncio.get_running_loop().call_later(60, stop(server))
    await server.serve_forever()
```

## Instead

```python
import asyncio

def stop(server) -> None:
    server.close()

async def serve(server):
    asyncio.get_running_loop().call_later(60, stop, server)
    await server.serve_forever()
```

## When it stays silent

Where the result can be called (`call_soon(make_handler())`, `functools.partial`), or is not known; and where an object is made, which may
be meant as the callback. Of `start_soon` and its kind, `called-instead-of-passed` speaks; of threads, `offload-called-not-passed`.

## When to turn it off

Never.

## Fix

Safe: `call_soon(f(x))` becomes `call_soon(f, x)`, likewise with `call_later`, `call_at`, `add_reader`, `add_signal_handler` and others that
pass arguments on; with keyword arguments it is `call_soon(functools.partial(f, x, k=y))`. The arguments are evaluated as before, and
the function is called when it should be.

Unsafe: `add_done_callback(f(x))` becomes `add_done_callback(lambda _: f(x))`, and `signal.signal(s, f(x))` becomes
`signal.signal(s, lambda *_: f(x))`, which ignore the arguments that they are called with. The function's own arguments are evaluated
later then. Nothing is done where one of their names is bound again later, and where the call lacks arguments that the function
needs, or its parameters are not known: then it may be meant to get those of the callback.

Nothing is done for coroutine functions, whose coroutines nobody would await, and where further arguments are passed on already.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.rules.awaiting.called_not_passed import called_arguments, is_kept_callback
from asynclint.rules.passing import passing
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "callback-called-not-passed",
    "ASL311",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report arguments that are calls with results that cannot be called, where a callback is kept for later."""
    for argument in called_arguments(view, function, number):
        if not is_kept_callback(view, argument.wish):
            continue
        name = argument.called.removesuffix("()")
        gets = "a coroutine, none of whose code has run" if argument.is_coroutine else "its result, which cannot be called"
        yield view.finding(
            rule,
            function,
            number,
            f"`{argument.called}` is called now, not later: `{argument.wish.api.rpartition('.')[2]}` gets {gets}",
            certainty=argument.certainty,
            advice=f"Hand over `{name}` itself, or `lambda: {argument.called}` where it takes other arguments than it would get.",
            fix=passing(view, function, number, argument.wish, argument.certainty),
        )
