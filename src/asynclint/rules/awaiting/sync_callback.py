"""A coroutine function is given to something that calls it and awaits nothing: none of its code ever runs.

## What it reports

An `async def` (or a lambda that only makes a coroutine) as the callback of `loop.call_soon`, `call_later` and `call_at`,
`add_done_callback`, `add_reader`, `add_signal_handler`, `signal.signal`, `atexit.register`, `weakref.finalize`, as the `key` of
`sorted`, `min` and `max`, as what `filter`, `functools.reduce` or `re.sub` calls, as `default` of `json.dumps`; in
`any(map(f, xs))`; and of every function of the program that calls its parameter, on the spot or after it has stored it in an
attribute, and does nothing with the result. A parameter that is only declared to be a `Callable` which gives something plain makes a
finding that is shown on request: too many such declarations are not meant.

## Why it hurts

The call makes a coroutine, and the one who called throws it away, or takes it for the answer: the handler does nothing, the key sorts by
memory addresses or fails, the filter lets everything pass. There is a warning at best, when the garbage is collected.

## Example

```python
import asyncio
import signal

async def shut_down():
    await asyncio.sleep(1)

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, shut_down)
    await asyncio.sleep(3600)
```

## Instead

```python
import asyncio
import signal

async def shut_down():
    await asyncio.sleep(1)

async def main():
    tasks = set()

    def on_signal():
        tasks.add(asyncio.create_task(shut_down()))

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, on_signal)
    await asyncio.sleep(3600)
```

## When it stays silent

Where what the call gives comes back to somebody (`map`, `contextvars.Context.run`); where the one who calls awaits what can be awaited, as
tornado does, or looks whether it is a coroutine function; for threads, of which `offload-of-coroutine-function` speaks, and for
the stacks of `contextlib`, of which `wrong-exit-stack-method` does; and where it is not known what is handed over, or to whom.

## When to turn it off

Never.

## Fix

Unsafe: where a loop of asyncio calls back (`call_soon`, `call_later`, `call_at`, `call_soon_threadsafe`, `add_signal_handler`,
`add_done_callback`), it gets a new function of the file in front of the callback, `call_later(5, _start_task, save, record)`. That one
starts a task of what the callback gives, and keeps it in a set until it is done. Now the code runs, which it never did; it may run after
what follows, and nobody waits for it at the end.

Nothing is done for `add_reader` and `add_writer`, which would start one task after another until the first gets to read or write; in files
where `remove_done_callback` takes callbacks away again; where a result counts, as with `key` and `filter`; and for all others, which may
call at a time or in a thread that has no loop.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.wishes import CALLS, Callback, coroutine_callback
from asynclint.rules.advice import framework_of
from asynclint.rules.keeping import starting
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "async-function-as-sync-callback",
    "ASL212",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the coroutine functions among the arguments of a call that only calls them."""
    module = function.module
    call = function.facts.uses[number][1]
    for wish in view.wishes.at(function, number):
        if wish.does == CALLS and wish.is_own(module):
            callback = coroutine_callback(view.linker, view.awaitables, view.linker.value(module, wish.row))
            if callback is not None:
                certainty = min(wish.certainty, callback.certainty)
                is_sure = certainty > Certainty.POSSIBLE
                fix = starting(view, function, number, callback.name) if is_sure else None
                yield _found(view, rule, function, number, callback, wish.api, certainty, fix)
    yield from _mapped(view, rule, function, number, call)


def _mapped(view: View, rule: Rule, function: Function, number: int, call: int) -> Iterator[Finding]:
    """``any(map(f, xs))``: what `f` gives is consumed, and nothing but a plain value comes of it."""
    module = function.module
    rows = module.rows
    if len(rows[call][3]) != 1 or rows[rows[call][3][0]][0] != CALL:
        return
    (inner,) = rows[call][3]
    for callee in view.linker.value(module, rows[call][1]).alternatives:
        if not isinstance(callee, External) or callee.entry is None or not callee.entry.consumes:
            continue
        if not (callee.entry.returns or "").startswith("builtins.") or callee.entry.coroutine:
            continue
        for mapping in view.linker.value(module, rows[inner][1]).alternatives:
            entry = mapping.entry if isinstance(mapping, External) else None
            if entry is None or not entry.lazy or not (entry.returns or "").startswith("iterator[result "):
                continue
            argument = view.linker.argument((module, inner), entry.parameters[0], entry.parameters)
            if argument is not None:
                callback = coroutine_callback(view.linker, view.awaitables, view.linker.value(module, argument))
                if callback is not None:
                    yield _found(view, rule, function, number, callback, callee.name, callback.certainty)


def _found(
    view: View, rule: Rule, function: Function, number: int, callback: Callback, api: str, certainty: Certainty, fix: Fix | None = None
) -> Finding:
    short = api.rpartition(".")[2]
    what = f"`{callback.name}` is a coroutine function" if callback.is_async else f"`{callback.name}` only makes a coroutine"
    if framework_of(function.module) == "asyncio":
        advice = "Hand over a plain function that starts a task of it, `asyncio.create_task(...)`, and keeps the task."
    else:
        advice = "Hand over a plain function, or await the coroutines first where their results are what counts."
    return view.finding(
        rule,
        function,
        number,
        f"{what}: `{short}` calls it and awaits nothing, so none of its code runs",
        certainty=certainty,
        advice=advice,
        fix=fix,
    )
