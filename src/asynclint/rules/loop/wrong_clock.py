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

Safe: `asyncio.timeout_at(time.time() + 5)` becomes `asyncio.timeout(5)`, which ends at the moment that is meant.
Unsafe: elsewhere, the right clock takes the place of the other one, as in `loop.call_at(loop.time() + 5, f)`: who has relied on a
callback that never runs, gets one that does.

Nothing is done for plain numbers, and where the clock is asked somewhere else than in the argument: what a name or an attribute holds may
be meant for something else as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety, Span
from asynclint.project.calls.clocks import LITERAL, wrong_clock
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import BINARY
from asynclint.source.scopes import ASYNC
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
    equivalents=("ASYNC125",),
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
        if wrong and argument is not None:
            name = only.name.rpartition(".")[2]
            told = "a plain number, which is long past" if wrong == LITERAL else f"a moment of {_NAMES.get(wrong, wrong)}"
            yield view.finding(
                rule,
                function,
                number,
                f"`{name}` waits for a moment of the clock of `{_INSTEAD[clock]}`, and gets {told}",
                certainty=Certainty.CERTAIN if wrong in (LITERAL, "wall") else Certainty.LIKELY,
                advice=f"Count from `{_INSTEAD[clock]}`, or say how long to wait instead of until when.",
                fix=_fix(view, function, number, argument, only.name),
            )


def _fix(view: View, function: Function, number: int, argument: int, name: str) -> Fix | None:
    """To say how long to wait, or to ask the right clock, where the argument itself asks the other one."""
    module = function.module
    around = view.span(function, number)
    asked = [
        (other, row)
        for other, (kind, row, _, _) in enumerate(function.facts.uses)
        if kind == USE_CALL and other != number and _tells_time(view, module, row) and _is_in(view.span(function, other), around)
    ]
    if len(asked) != 1:
        return None
    ((other, row),) = asked
    places = (view.span(function, other),)
    if name == "asyncio.timeout_at" and _is_added_to(module, row, argument):
        return Fix("wait-instead", "Use `asyncio.timeout(...)`", Safety.SAFE, ("asyncio.timeout",), places)
    framework = name.partition(".")[0]
    method = "call_at" if name.endswith(".call_at") else ""
    if framework != "asyncio":
        path = f"{framework}.current_time()"
    elif method or function.facts.flags & ASYNC:
        path = "asyncio.get_running_loop().time()"
    else:
        return None
    return Fix("other-clock", f"Use `{'loop.time()' if method else path}`", Safety.UNSAFE, (method, path), places)


def _is_added_to(module: Module, row: int, argument: int) -> bool:
    """Whether an argument is a sum that starts with a row and something that is added to it."""
    operation, base, operator, rest = module.rows[argument]
    while operation == BINARY and operator in ("+", "-"):
        if operator == "+" and row in (base, *rest):
            return True
        operation, base, operator, rest = module.rows[base]
    return False


def _tells_time(view: View, module: Module, row: int) -> bool:
    callee = view.linker.value(module, module.rows[row][1])
    return any(isinstance(part, External) and part.entry is not None and part.entry.clock for part in callee.alternatives)


def _is_in(inner: Span, outer: Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]
