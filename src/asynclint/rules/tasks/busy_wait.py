"""A loop sleeps again and again until a task is done or an event is set, where it could wait for just that.

## What it reports

`while not task.done():`, `while not event.is_set():` and `while lock.locked():` whose whole body is a sleep, for tasks, futures, events and
locks of asyncio, anyio and trio. On request (possible), the same for an attribute of the program's own objects that is set to several
constants, as in `while not self.is_ready:`.

## Why it hurts

It wakes up for nothing many times, and still too late: by half of the pause on average. The object itself can be awaited, and wakes up the
one who waits at once.

## Example

```python
import asyncio

async def report(event: asyncio.Event):
    while not event.is_set():
        await asyncio.sleep(0.1)
    print("ready")
```

## Instead

```python
import asyncio

async def report(event: asyncio.Event):
    await event.wait()
    print("ready")
```

## When it stays silent

Where the body does anything else, or the test asks for more (a deadline); for objects of threads (`threading.Event`,
`concurrent.futures.Future`); for calls that ask the world outside; where it is not known what is asked; and in tests.

## When to turn it off

Never.

## Fix

Unsafe: the loop becomes `await event.wait()` for an event, and for a task `await asyncio.wait([task])`, which raises
none of its errors. The function goes on earlier than before. None for a lock, which others may take first; for an
attribute, since whoever changes it must set an event; and where a comment would be lost.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance, is_none
from asynclint.project.questions.blocks import extent, holds
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, CONST, UNION
from asynclint.source.uses import AWAITED, USE_CALL, USE_LOOP, USE_TEST

RULE = Rule(
    "busy-wait",
    "ASL521",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    in_tests=None,
    equivalents=("ASYNC110",),
)

_SLEEPS: Final = frozenset({"anyio.sleep", "asyncio.sleep", "curio.sleep", "trio.sleep"})
_ASKS: Final = {
    "done": ("asyncio.Future",),
    "is_set": ("asyncio.Event", "anyio.Event", "trio.Event"),
    "locked": ("asyncio.Lock", "asyncio.Semaphore", "anyio.Lock", "trio.Lock"),
}
"""Methods that ask for what can be awaited, by the classes that have them."""
_INSTEAD: Final = {"done": "await asyncio.wait([...])", "is_set": "await ....wait()"}
_ADVICE: Final = {
    "done": "Wait for it: `await asyncio.wait([...])`, which raises none of its errors.",
    "is_set": "Await its `wait()`.",
    "locked": "Acquire it: `async with`.",
}


@RULE.on_use(USE_LOOP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a ``while`` with a single test whose body only sleeps."""
    if function.facts.uses[number][1] or not _only_sleeps(view, function, number):
        return
    start, _ = extent(function, number)
    tests = [other for other, use in enumerate(function.facts.uses) if use[0] == USE_TEST and extent(function, other)[1] < start]
    if not tests:
        return
    test = max(tests, key=lambda other: extent(function, other))
    row = function.facts.uses[test][1]
    source = view.source(function.module.path)
    span = view.span(function, test)
    header, asked = source.line(span.line).strip(), source.segment(span)
    is_denied = header.startswith(f"while not {asked}:")
    if not is_denied and not header.startswith(f"while {asked}:"):
        return
    found = _state(view, function.module, row, is_denied)
    if found is not None:
        message, advice, certainty = found
        method = asked.removesuffix("()").rpartition(".")[2]
        fix = Fix("wait-once", f"Use `{_INSTEAD[method]}`", Safety.UNSAFE) if method in _INSTEAD and asked.endswith("()") else None
        message = f"the loop sleeps until {message}"
        yield view.finding(rule, function, test, message, certainty=certainty, advice=advice, subject=asked, fix=fix)


def _only_sleeps(view: View, function: Function, loop: int) -> bool:
    """Whether a loop's body is nothing but an awaited sleep."""
    rows = function.module.rows
    (line, column), end = extent(function, loop)
    for number, (kind, row, flags, _) in enumerate(function.facts.uses):
        if kind == USE_CALL and flags & AWAITED and holds(function, loop, number):
            if extent(function, number) != ((line, column + len("await ")), end):
                return False
            names = [part.name for part in view.linker.value(function.module, rows[row][1]).alternatives if isinstance(part, External)]
            return len(names) == 1 and names[0] in _SLEEPS
    return False


def _state(view: View, module: Module, row: int, is_denied: bool) -> tuple[str, str, Certainty] | None:
    """What a loop waits for, what to do instead, and how sure it is; None where that cannot be awaited, or is not known."""
    operation, base, name, arguments = module.rows[row]
    if operation == ATTR:
        if not _is_flag(view, module, row):
            return None
        return f"`{name}` changes, which nobody tells it", "Let whoever changes it set an `asyncio.Event`.", Certainty.POSSIBLE
    if operation != CALL or arguments or module.rows[base][0] != ATTR:
        return None
    method = module.rows[base][2]
    if method not in _ASKS or is_denied == (method == "locked"):
        return None
    value = view.linker.value(module, module.rows[base][1])
    objects = [part for part in value.alternatives if not is_none(part)]
    if value.open or not objects:
        return None
    if not all(isinstance(part, Instance) and any(map(part.klass.derives_from, _ASKS[method])) for part in objects):
        return None
    what = {"done": "something is done", "is_set": "an event is set", "locked": "a lock is free"}[method]
    return f"{what}, which can be awaited itself", _ADVICE[method], Certainty.CERTAIN


def _is_flag(view: View, module: Module, row: int) -> bool:
    """Whether an attribute is one that its class sets to several constants."""
    _, base, name, _ = module.rows[row]
    for owner in view.linker.value(module, base).alternatives:
        klass = owner.klass if isinstance(owner, Instance) else None
        if klass is None or klass.facts is None or klass.module is None:
            return False
        rows = klass.module.rows
        operation, _, _, parts = rows[klass.facts.assigned.get(name, 0)]
        if operation != UNION or not all(rows[part][0] == CONST for part in parts):
            return False
    return bool(view.linker.value(module, base).alternatives)
