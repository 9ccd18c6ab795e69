"""A handler waits for the TimeoutError of `asyncio.wait`, which never raises one: the timeout passes unseen.

## What it reports

`await asyncio.wait(tasks, timeout=...)` in a `try` with `except TimeoutError`, or in a `with suppress(TimeoutError)`, where nothing else
in the body can raise that error.

## Why it hurts

`asyncio.wait_for` raises TimeoutError and cancels what it waits for. `asyncio.wait` does neither: when the time is over, it gives the
tasks that are done and those that are not, and these go on. So the handler never runs, and the code behind goes on as if all were done.

## Example

```python
import asyncio

async def collect(tasks):
    try:
        await asyncio.wait(tasks, timeout=5)
    except asyncio.TimeoutError:
        print("too slow")
    return [task.result() for task in tasks]
```

## Instead

```python
import asyncio

async def collect(tasks):
    done, pending = await asyncio.wait(tasks, timeout=5)
    for task in pending:
        print("too slow")
        task.cancel()
    return [task.result() for task in done]
```

## When it stays silent

Where the body awaits or enters anything else (`asyncio.wait_for`, `asyncio.timeout`), raises an error of its own, or asks a task for its
result, any of which can raise TimeoutError; where the handler catches other errors as well; and where no timeout is given.
A finding is likely only where the body also calls functions that are not known; for `suppress`, and a handler that is only `pass`, it is
possible at most, since nothing is meant to happen then.

## When to turn it off

Never.

## Fix

None. What is meant, a look at the tasks that are pending or `asyncio.wait_for`, only the author knows.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, is_none
from asynclint.project.questions.blocks import uses_in
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, COLLECTION
from asynclint.source.uses import (
    AWAITED,
    PASSES,
    RAISES,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_INSIDE,
    USE_TRIED,
)

RULE = Rule(
    "wait-timeout-misread",
    "ASL509",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_WAIT: Final = "asyncio.wait"
_TIMEOUTS: Final = frozenset({"asyncio.TimeoutError", "builtins.TimeoutError", "concurrent.futures.TimeoutError"})
_SUPPRESS: Final = "contextlib.suppress"
_OUTCOMES: Final = frozenset({"exception", "result"})
_QUIET: Final = frozenset({"asyncio", "builtins", "logging"})
"""Modules whose plain functions raise no TimeoutError."""


@RULE.on_call("wait")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a wait with a timeout whose end a handler waits for."""
    certainty = misread(view, function, number)
    if certainty is not None:
        yield view.finding(
            rule,
            function,
            number,
            "`asyncio.wait` raises no TimeoutError when the time is over: what is meant to handle it never runs",
            certainty=certainty,
            advice="Look at the second set that it gives: the tasks in it are not done, and go on.",
            sink=_WAIT,
        )


def misread(view: View, function: Function, number: int) -> Certainty | None:
    """How sure it is that a use is a wait with a timeout whose TimeoutError is waited for in vain; None where it is not."""
    _, call, flags, _ = function.facts.uses[number]
    module = function.module
    timeout = view.linker.argument((module, call), "timeout", ()) if flags & AWAITED else None
    if timeout is None or _names(view, module, module.rows[call][1]) != [_WAIT] or _may_be_none(view, module, timeout):
        return None
    for block in view.blocks.around(function, number, USE_TRIED, USE_INSIDE):
        kind, row, block_flags, _ = function.facts.uses[block]
        caught = _suppressed(view, module, row) if kind == USE_INSIDE else _parts(module, row)
        if not caught or not all(_TIMEOUTS.issuperset(_names(view, module, part)) for part in caught):
            continue
        certainty = None if block_flags & RAISES else _nothing_else_raises(view, function, block)
        if certainty is not None:
            return Certainty.POSSIBLE if kind == USE_INSIDE or block_flags & PASSES else certainty
    return None


def _nothing_else_raises(view: View, function: Function, block: int) -> Certainty | None:
    """How sure it is that nothing in a block but a wait could raise a TimeoutError; None where something may."""
    certainty = Certainty.CERTAIN
    rows = function.module.rows
    for number in uses_in(function, block):
        kind, row, flags, _ = function.facts.uses[number]
        if kind in (USE_AENTER, USE_AITER, USE_AWAIT):
            return None
        if kind != USE_CALL:
            continue
        names = _names(view, function.module, rows[row][1])
        if (flags & AWAITED and names != [_WAIT]) or last_name(rows, rows[row][1]) in _OUTCOMES:
            return None
        is_quiet = all(name.partition(".")[0] in _QUIET for name in names) or view.awaitables.made(function, row) is not None
        certainty = min(certainty, Certainty.CERTAIN if is_quiet else Certainty.LIKELY)
    return certainty


def _names(view: View, module: Module, row: int) -> list[str]:
    """The names of what a row may be; an empty one for what has none, or may be something else."""
    value = view.linker.value(module, row)
    names = [part.name if isinstance(part, (Class, External)) else "" for part in value.alternatives]
    return [*names, ""] if value.open or not names else names


def _parts(module: Module, row: int) -> tuple[int, ...]:
    """The types that a handler is for; none for a handler of everything."""
    operation, _, _, parts = module.rows[row]
    return parts if operation == COLLECTION else (row,) if row else ()


def _suppressed(view: View, module: Module, row: int) -> tuple[int, ...]:
    """The types that a ``with suppress(...)`` is for."""
    entered = module.rows[row][1]
    operation, callee, _, rest = module.rows[entered]
    return rest if operation == CALL and _names(view, module, callee) == [_SUPPRESS] else ()


def _may_be_none(view: View, module: Module, row: int) -> bool:
    return any(is_none(part) for part in view.linker.value(module, row).alternatives)
