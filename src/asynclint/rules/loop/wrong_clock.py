"""A deadline is told by another clock than the one that it is held against.

## What it reports

`loop.call_at`, `asyncio.timeout_at` and `Timeout.reschedule` with `time.time()`, the timestamp of a date, or a plain number;
`trio.move_on_at`, `trio.fail_at`, `trio.sleep_until` and the deadline of a cancel scope of trio or anyio with any clock of the
module `time`.

## Why it hurts

The loop's clock counts from some moment that nobody knows, often the start of the machine. By it, `time.time() + 5` lies decades ahead:
the callback never runs, the timeout never fires. A plain `5` is long past.

## Example

```python
import asyncio
import time

async def fetch(session, url):
    async with asyncio.timeout_at(time.time() + 5):
        return await session.get(url)
```

## Instead

```python
import asyncio

async def fetch(session, url):
    async with asyncio.timeout(5):
        return await session.get(url)
```

## When it stays silent

For `None`, infinity, 0 and negative numbers, which mean never or at once. For `time.monotonic()` with asyncio: its loops use that clock
unless somebody has changed it. Where the clock is not known.

## When to turn it off

In tests with a clock of their own, where it is only possible anyway.

## Fix

None yet. Planned, safe: `asyncio.timeout_at(time.time() + 5)` becomes `asyncio.timeout(5)`. Else, to be looked at: `loop.time()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.clocks import LITERAL, wrong_clock
from asynclint.project.values import Class, External, Function
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "wrong-clock",
    "ASL310",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_NAMES = {"wall": "the wall clock", "monotonic": "`time.monotonic()`", "performance": "`time.perf_counter()`", "loop": "the loop's clock"}
_INSTEAD = {"loop": "loop.time()", "trio": "trio.current_time()", "anyio": "anyio.current_time()"}


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report arguments for moments that are told by another clock."""
    module = function.module
    row = function.facts.uses[number][1]
    if not module.rows[row][3] or not view.linker.knowledge.is_timed(module.rows[module.rows[row][1]][2]):
        return
    callee = view.linker.value(module, module.rows[row][1])
    only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
    entry = only.entry if isinstance(only, External) else view.linker.knowledge.callable(only.name) if isinstance(only, Class) else None
    if entry is None or not isinstance(only, (External, Class)):
        return
    for parameter, clock in entry.moments.items():
        argument = view.linker.argument((module, row), parameter, entry.parameters)
        wrong = wrong_clock(view.linker, module, argument, clock) if argument is not None else ""
        if wrong:
            name = only.name.rpartition(".")[2]
            told = "a plain number, which is long past" if wrong == LITERAL else f"a moment of {_NAMES.get(wrong, wrong)}"
            yield view.finding(
                rule,
                function,
                number,
                f"`{name}` waits for a moment of the clock of `{_INSTEAD[clock]}`, and gets {told}",
                certainty=Certainty.CERTAIN if wrong in (LITERAL, "wall") else Certainty.LIKELY,
                advice=f"Count from `{_INSTEAD[clock]}`, or say how long to wait instead of until when.",
            )
