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

Safe: the `await` is dropped, as the line raises an error just behind the call. A stream's `write` is followed by
`await writer.drain()`. A coroutine function that needs no arguments is called: `await self.stop` becomes `await self.stop()`.

Unsafe: where it is only likely that it cannot be awaited. For `await task.cancel()`: the task is cancelled, and then waited for by
`await asyncio.gather(task, return_exceptions=True)`, which takes as long as the task needs to end. For `await writer.close()`, where
`await writer.wait_closed()` follows, which may raise the error by which the connection was lost.

Nothing is done for a list of what may be awaited, for a generator, for a manager, for a new object, and for a
future of threads; nor in a generator expression, which would become another kind of generator.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Bound, Class, External, Function, Instance, Pending, Value
from asynclint.project.questions.awaitables import is_coroutine_function
from asynclint.project.questions.blocks import extent
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.forms import AENTER
from asynclint.project.questions.non_awaitables import NonAwaitable
from asynclint.rules.awaiting.repairs import required
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, TEST
from asynclint.source.uses import ERROR_EXPECTED, USE_AWAIT, USE_CALL, USE_INSIDE

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

_BEHIND: Final = {
    "asyncio.StreamWriter.write": "drain",
    "asyncio.StreamWriter.writelines": "drain",
    "asyncio.StreamWriter.close": "wait_closed",
    "asyncio.Future.cancel": "gather",
    "asyncio.Task.cancel": "gather",
}
"""What is awaited behind a call instead of it: a method of the same object, or the object itself by ``gather``."""

_WAITS_LONG: Final = frozenset({"gather", "wait_closed"})

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
        fix=_fix(view, function, number, row, found, subject),
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


def _fix(view: View, function: Function, number: int, row: int, found: NonAwaitable, subject: str) -> Fix | None:
    """To drop the ``await``, and to wait for what was meant; to call what is awaited and nobody calls."""
    rows = function.module.rows
    is_sure = found.certainty is Certainty.CERTAIN
    if found.is_function and rows[row][0] != CALL:
        wanted = [required(one) if is_coroutine_function(one) else None for one in view.linker.value(function.module, row).alternatives]
        is_plain = all(names == [] for names in wanted) and may_await(view, function, number)
        return Fix("call-and-await", f"Call `{subject}`", Safety.SAFE if is_sure else Safety.UNSAFE) if is_plain else None
    value = view.linker.value(function.module, row)
    kept = (Pending, Function, Bound)
    if function.facts.uses[number][0] != USE_CALL or found.is_manager or any(isinstance(part, kept) for part in value.alternatives):
        return None
    if view.awaitables.collection(value) or _is_made_for_more(view, function, row, value):
        return None  # what is in it may be meant
    callees = [one for one in view.linker.value(function.module, rows[row][1]).alternatives if isinstance(one, External)]
    if any(one.entry is not None and one.entry.spawns for one in callees) and _is_all_of_block(view, function, number):
        return None  # a group for one task is no better
    names = {one.name for one in callees}
    words = {word for name, word in _BEHIND.items() if name in names}
    if (words and not may_await(view, function, number)) or len(words) > 1:
        return None
    safety = Safety.SAFE if is_sure and not words & _WAITS_LONG else Safety.UNSAFE
    return Fix("drop-await", f"Do not await `{subject}`", safety, tuple(words))


def _is_all_of_block(view: View, function: Function, number: int) -> bool:
    """Whether a call is all that the body of a ``with`` does, but for the ``await`` in front."""
    start, end = extent(function, number)
    blocks = [extent(function, block) for block in view.blocks.around(function, number, USE_INSIDE)]
    return any(block_start[0] == start[0] and block_end == end for block_start, block_end in blocks)


def _is_made_for_more(view: View, function: Function, row: int, value: Value) -> bool:
    """Whether what is awaited is an object that does nothing by itself, or that is to be waited for in another way."""
    if any(isinstance(one, Class) for one in view.linker.value(function.module, function.module.rows[row][1]).alternatives):
        return True
    if view.forms.may_have(value, AENTER):
        return True
    return any(isinstance(one, Instance) and one.klass.derives_from("concurrent.futures.Future") for one in value.alternatives)


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
