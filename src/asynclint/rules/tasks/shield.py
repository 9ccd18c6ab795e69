"""A coroutine is shielded without a task that anybody holds: once the wait is cancelled, the work may vanish.

## What it reports

`await asyncio.shield(f())`, where `f` is a coroutine function; the same inside of `asyncio.wait_for` and its kind, and for a name that
holds the coroutine.

## Why it hurts

`shield` makes a task of the coroutine, and that is the only thing it does for it: when the wait is cancelled or runs into its timeout, the
task goes on, and nobody has a reference to it. The loop holds tasks weakly, so it may be collected in the middle of the work that was
important enough to be shielded. Nobody can wait for it at shutdown, and its error is told late.

## Example

```python
import asyncio

async def save(record):
    await asyncio.sleep(1)

async def handler(record):
    await asyncio.shield(save(record))
```

## Instead

```python
import asyncio

saving = set()

async def save(record):
    await asyncio.sleep(1)

async def handler(record):
    task = asyncio.create_task(save(record))
    saving.add(task)
    task.add_done_callback(saving.discard)
    await asyncio.shield(task)
```

## When it stays silent

Where a task or a future is shielded, by whatever name; and where it is not known what is. Where the coroutine only waits, by its name
(`wait_closed`, `join`, `sleep`), the finding is possible only: nothing is lost with it. So it is where the coroutine awaits only asyncio's
own locks, queues and events, which hold the task until it goes on, and tasks that it has cancelled; and where it is that of
`asyncio.to_thread`: the thread holds it, and does its work whatever becomes of the wait.

## When to turn it off

Where nothing ever cancels the wait.

## Fix

Safe: where the class or the file has a set that keeps its tasks and does nothing else with them, the task is made in
front, `task = asyncio.create_task(f())`, and added to the set as in the example. It is the task that `shield` would
have made.

Unsafe: where the program waits for what is in that set, cancels or counts it, and where there is no such set, so that a
new one is made at the top of the file. None where the call does not run exactly once in its statement
(`a or await asyncio.shield(f())`, a comprehension, `while`), or something else is called first in it.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Pending
from asynclint.project.questions.awaitables import COROUTINE, Made
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.suspension import awaited_in
from asynclint.rules.keeping import keeping
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.names import TAKERS
from asynclint.source.references import AENTER, ATTR, AWAIT
from asynclint.source.uses import AWAITED, ERROR_EXPECTED, USE_CALL

RULE = Rule(
    "shield-without-reference",
    "ASL504",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_SHIELD: Final = "asyncio.shield"

_WAITS: Final = re.compile(r"^_*(do_)?(wait|join|sleep)(_|$)")
"""Names of what only waits: of such a coroutine nothing is lost when it vanishes."""


@RULE.on_call("shield")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is shielded, if it is a coroutine."""
    _, row, flags, _ = function.facts.uses[number]
    module = function.module
    if flags & ERROR_EXPECTED:
        return
    callee = view.linker.value(module, module.rows[row][1])
    if callee.open or not all(isinstance(part, External) and part.name == _SHIELD for part in callee.alternatives):
        return
    argument = view.linker.argument((module, row), "arg", ("arg",))
    made = view.awaitables.made(function, argument) if argument is not None else None
    if argument is None or made is None or made.nature != COROUTINE or not (flags & AWAITED or _is_taken(view, function, row)):
        return
    is_harmless = (
        _WAITS.search(made.name)
        or _is_in_thread(view, module, argument)
        or (made.function is not None and _only_waits(view, made.function))
    )
    what = _name(view, function, number, argument, made)
    yield view.finding(
        rule,
        function,
        number,
        f"`shield` makes a task of {what} that nobody holds: once the wait is cancelled, it may be collected before it is done",
        certainty=Certainty.POSSIBLE if is_harmless else made.certainty,
        advice="Make the task first, keep it (in a set), and shield that.",
        fix=keeping(view, function, "keep-shielded"),
    )


def _only_waits(view: View, function: Function) -> bool:
    """Whether a coroutine function awaits nothing but what keeps its task until it comes to its end: locks, queues and events of asyncio,
    and tasks that it has cancelled itself.
    """
    awaited = list(awaited_in(function))
    return bool(awaited) and all(
        (operation == AENTER and _is_lock(view, function, row))
        or (operation == AWAIT and (_is_kept_by(view, function, row) or _is_cancelled(function, row)))
        for operation, row in awaited
    )


def _is_in_thread(view: View, module: Module, row: int) -> bool:
    """Whether a coroutine only waits for a thread, which holds it, and does its work whatever becomes of the wait."""
    callees = [part.callee if isinstance(part, Pending) else None for part in view.linker.value(module, row).alternatives]
    return bool(callees) and all(
        isinstance(part, External) and part.entry is not None and "thread" in part.entry.runs.values() for part in callees
    )


def _is_kept_by(view: View, function: Function, row: int) -> bool:
    """Whether a coroutine is that of an object's method which only waits."""
    value = view.linker.value(function.module, row)
    callees = [part.callee if isinstance(part, Pending) else None for part in value.alternatives]
    return bool(callees) and not value.open and all(isinstance(part, External) and part.receiver and _waits(part) for part in callees)


def _is_lock(view: View, function: Function, row: int) -> bool:
    """Whether entering something is to acquire it."""
    value = view.linker.value(function.module, row)
    acquires = [part for one in value.alternatives for part in view.linker.attribute(one, "acquire").alternatives or (None,)]
    return bool(acquires) and not value.open and all(isinstance(part, External) and _waits(part) for part in acquires)


def _waits(callee: External) -> bool:
    return callee.entry is not None and callee.entry.only_waits


def _is_cancelled(function: Function, task: int) -> bool:
    """Whether a function cancels a task, which then ends."""
    rows = function.module.rows
    calls = [rows[row][1] for kind, row, _, _ in function.facts.uses if kind == USE_CALL]
    return any(rows[callee][:3] == (ATTR, task, "cancel") for callee in calls)


def _name(view: View, function: Function, number: int, argument: int, made: Made) -> str:
    """What is shielded, in words: as it is written where several functions may be meant, or one that has no name."""
    callees = view.linker.value(function.module, function.module.rows[argument][1]).alternatives
    if len(callees) < 2 and (made.function is not None or made.name[:1].islower()):
        return f"`{made.name}`"
    maker = view.fates.maker(function, number, argument, argument)
    return f"`{view.subject(function, maker)}`" if maker != number else "a coroutine"


def _is_taken(view: View, function: Function, row: int) -> bool:
    """Whether what `shield` gives is waited for where it stands, inside of another call."""
    rows = function.module.rows
    uses = [function.facts.uses[number] for number in view.fates.of(function, row)]
    return bool(uses) and all(
        kind == USE_CALL and flags & AWAITED and row in rows[used][3] and last_name(rows, rows[used][1]) in TAKERS
        for kind, used, flags, _ in uses
    )
