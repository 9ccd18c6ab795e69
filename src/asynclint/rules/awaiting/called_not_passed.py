"""A function is called where it should have been handed over: what is passed on cannot be called.

## What it reports

`nursery.start_soon(f(x))`, `await group.start(f(x))`, `trio.run(main())`, `anyio.run(main())`, `from_thread.run(f())`, `portal.call(f())`;
and functions of the program that call what they are given. The same for plain functions whose result cannot be called.

## Why it hurts

A coroutine function's body does not run at all: its coroutine is handed over, and the one who tries to call it gets a TypeError. A plain
function runs at once instead of later, and then its result is called.

## Example

```python
import trio

async def fetch(url):
    await trio.sleep(1)

async def main(urls):
    async with trio.open_nursery() as nursery:
        for url in urls:
            nursery.start_soon(fetch(url))
```

## Instead

```python
import trio

async def fetch(url):
    await trio.sleep(1)

async def main(urls):
    async with trio.open_nursery() as nursery:
        for url in urls:
            nursery.start_soon(fetch, url)
```

## When it stays silent

Where the call gives something that can be called (`start_soon(make_worker(x))`, `functools.partial`), or that is not known; for APIs that
take coroutines, as those of asyncio do. Of callbacks that are kept for later, `callback-called-not-passed`
speaks, of threads `offload-called-not-passed`.

## When to turn it off

Never.

## Fix

Safe: `start_soon(f(x))` becomes `start_soon(f, x)`, and with keyword arguments `start_soon(functools.partial(f, x, k=y))`: what is handed
over can be called then, with arguments that are evaluated as before. As it stood, it raised an error.

Nothing is done where a plain function stands in place of a coroutine function, which nothing could await; for `start`, unless the function
has a parameter `task_status`; for functions of the program, which may call what they are given with arguments of their own; where
the coroutine has a name; and where further arguments are passed on already.
"""

from collections.abc import Iterator
from typing import NamedTuple

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Class, Function, Pending
from asynclint.project.questions.awaitables import COROUTINE
from asynclint.project.questions.wishes import AWAITS, CALLS, Wish, cannot_be_called, is_hook
from asynclint.rules.passing import passing
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "called-instead-of-passed",
    "ASL214",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


class Called(NamedTuple):
    """A call in place of the function that is asked for."""

    wish: Wish
    called: str
    is_coroutine: bool
    certainty: Certainty


def called_arguments(view: View, function: Function, number: int) -> Iterator[Called]:
    """The arguments of a call that are calls with results that cannot be called, where a callable is needed."""
    module = function.module
    for wish in view.wishes.at(function, number):
        if wish.does == AWAITS or module.rows[wish.row][0] != CALL:
            continue
        value = view.linker.value(module, wish.row)
        if not cannot_be_called(view.linker, value):
            continue
        if is_hook(view.linker, module, wish.row) or _makes_object(view, function, wish.row):
            continue
        is_coroutine = all(isinstance(part, Pending) and part.nature == COROUTINE for part in value.alternatives)
        made = view.awaitables.made(function, wish.row)
        certainty = min(wish.certainty, made.certainty) if made is not None else wish.certainty
        yield Called(wish, view.callee(module, wish.row), is_coroutine, certainty)


def is_kept_callback(view: View, wish: Wish) -> bool:
    """Whether a wish is for a callback that is kept for later, as the knowledge tells: of that `callback-called-not-passed` speaks."""
    entry = view.linker.knowledge.callable(wish.api) if wish.does == CALLS else None
    return entry is not None and not entry.lazy and not {"loop", "later", "signal"}.isdisjoint(entry.runs.values())


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report such arguments, but for callbacks."""
    for argument in called_arguments(view, function, number):
        if is_kept_callback(view, argument.wish):
            continue
        what = "a coroutine, and none of its code has run" if argument.is_coroutine else "its result, which cannot be called"
        yield view.finding(
            rule,
            function,
            number,
            f"`{argument.called}` is called here: `{argument.wish.api.rpartition('.')[2]}` needs the function itself, and gets {what}",
            certainty=argument.certainty,
            advice=f"Hand over `{argument.called.removesuffix('()')}` itself, and its arguments behind it.",
            fix=passing(view, function, number, argument.wish, argument.certainty),
        )


def _makes_object(view: View, function: Function, row: int) -> bool:
    """Whether a call makes an object: whoever writes that means to hand over the object, whatever is done with it."""
    module = function.module
    return any(isinstance(callee, Class) for callee in view.linker.value(module, module.rows[row][1]).alternatives)
