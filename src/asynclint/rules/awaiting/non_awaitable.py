"""``await`` stands in front of what is nothing to await: a TypeError whenever the line is reached.

## What it reports

An awaited call whose result is known and cannot be awaited: of a function that returns nothing, or a number, a text, a list or an
object of a class without `__await__` (`await writer.write(data)`, `await queue.put_nowait(item)`, `await event.set()`,
`await task.cancel()`); of a plain generator; of an async context manager. An awaited list or tuple of coroutines; an awaited object
(`await self.event`); an awaited function that nobody calls (`await writer.drain`).

## Why it hurts

Python asks the result for `__await__` after the call was made: its effect has happened, and then comes the TypeError. It often stands on
paths that are rarely run, such as those that clean up.

## Example

```python
import asyncio

async def send(writer: asyncio.StreamWriter, data):
    await writer.write(data)
```

## Instead

```python
import asyncio

async def send(writer: asyncio.StreamWriter, data):
    writer.write(data)
    await writer.drain()
```

## When it stays silent

Where anything of it is not known: the callable, one of several, what it gives, a decorator, a base class. For a method that has no
body to speak of, that a subclass overrides with a coroutine function, or that something else is assigned to. Where the function
asks whether it can be awaited (`inspect.isawaitable`, `asyncio.iscoroutinefunction`, `isinstance`, `is not None`). For a call that
blocks the event loop, which its own rule reports (`blocking-sleep` for `await time.sleep(1)`). It is possible at most in tests, where
a double may stand for anything, and where only an annotation says that an object is of a class of an installed package: it may
name the synchronous one of two twins.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: the `await` is dropped; for a stream's `write`, `await writer.drain()` follows. Unsafe for
`await task.cancel()`: the task is cancelled and then waited for.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.fates import last_name
from asynclint.project.non_awaitables import NonAwaitable
from asynclint.project.values import External, Function
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, TEST
from asynclint.source.uses import ERROR_EXPECTED, USE_AWAIT, USE_CALL

RULE = Rule(
    "await-on-non-awaitable",
    "ASL209",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_ASKS: Final = re.compile(r"is_?awaitable|is_?corou?tine|is_?future|is_?async|hasattr|isinstance|maybe")
"""Names of what asks whether something can be awaited."""

_INSTEAD: Final = {
    "asyncio.StreamWriter.write": "Drop the `await`, and put `await {receiver}.drain()` behind it.",
    "asyncio.StreamWriter.writelines": "Drop the `await`, and put `await {receiver}.drain()` behind it.",
    "asyncio.StreamWriter.close": "Drop the `await`, and put `await {receiver}.wait_closed()` behind it.",
    "asyncio.Future.cancel": "Drop the `await`; to wait until it has ended, await `{receiver}` itself.",
    "asyncio.Queue.put_nowait": "Drop the `await`, or wait for a free slot: `await {receiver}.put(...)`.",
    "asyncio.Queue.get_nowait": "Drop the `await`, or wait for an item: `await {receiver}.get()`.",
}
"""What to do about an awaited call, by its name."""

_OF_OBJECTS: Final = {
    "asyncio.Event": "Wait for it: `await {subject}.wait()`.",
    "asyncio.Lock": "Enter it: `async with {subject}:`.",
    "asyncio.Semaphore": "Enter it: `async with {subject}:`.",
    "asyncio.Condition": "Enter it: `async with {subject}:`.",
    "asyncio.Queue": "Take an item: `await {subject}.get()`.",
    "builtins.list": "Await what is in it: `await asyncio.gather(*...)`.",
    "builtins.tuple": "Await what is in it: `await asyncio.gather(*...)`.",
    "concurrent.futures.Future": "Wrap it: `await asyncio.wrap_future(...)`.",
}
"""What to do about an awaited object, by its class."""


@RULE.on_use(USE_CALL, USE_AWAIT)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is awaited, if it cannot be."""
    kind, _, flags, guards = function.facts.uses[number]
    rows = function.module.rows
    row = view.fates.awaited(function, number)
    found = view.non_awaitables.of(function.module, row) if row else None
    if found is None or _asks(view, function, row) or flags & ERROR_EXPECTED:
        return
    if found.may_be_none and any(rows[guard][0] == TEST and rows[guard][1] == row for guard in guards):
        return  # `if result is not None: await result`
    subject = view.subject(function, number).removeprefix("await ")
    is_call = rows[row][0] == CALL
    if found.is_function and not is_call:
        message = f"`{subject}` is {found.words}, and nobody calls it: there is nothing to await"
    elif kind == USE_CALL:
        message = f"`{subject}` gives {found.words}, which cannot be awaited"
    else:
        message = f"`{subject}` is {found.words}, which cannot be awaited"
    yield view.finding(
        rule,
        function,
        number,
        message,
        certainty=found.certainty,
        advice=_advice(view, function, row, found, subject),
        subject=subject,
        sink=view.callee(function.module, row).removesuffix("()") if is_call else "",
    )


def _asks(view: View, function: Function, row: int) -> bool:
    """Whether the function asks somewhere if what is awaited, or the callable that gives it, can be awaited."""
    rows = function.module.rows
    operation, callee, _, _ = rows[row]
    for part in (row, callee) if operation == CALL else (row,):
        for number in view.fates.of(function, part):
            kind, used, _, _ = function.facts.uses[number]
            if kind == USE_CALL and part in rows[used][3] and _ASKS.search(last_name(rows, rows[used][1]).lower()):
                return True
    return False


def _advice(view: View, function: Function, row: int, found: NonAwaitable, subject: str) -> str:
    rows = function.module.rows
    if found.is_function:
        return f"Call it: `await {subject}()`." if rows[row][0] != CALL else "Call what it gives."
    if found.is_manager:
        return f"Enter it: `async with {subject.removesuffix('()')}(...):`."
    if found.klass is not None:
        for base in found.klass.mro:
            if base.name in _OF_OBJECTS and (rows[row][0] != CALL or not base.name.startswith("builtins.")):
                return _OF_OBJECTS[base.name].format(subject=subject)
    if rows[row][0] == CALL:
        for alternative in view.linker.value(function.module, rows[row][1]).alternatives:
            if isinstance(alternative, External) and alternative.name in _INSTEAD:
                return _INSTEAD[alternative.name].format(receiver=subject.removesuffix("()").rpartition(".")[0])
    return "Drop the `await`."
