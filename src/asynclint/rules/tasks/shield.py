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
(`wait_closed`, `join`, `sleep`), the finding is possible only: nothing is lost with it.

## When to turn it off

Where nothing ever cancels the wait.

## Fix

None yet. Planned, safe: where the class or the file has a set of tasks, the task is made in a line of its own and added to it. Planned,
unsafe: such a set is made.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.awaitables import COROUTINE
from asynclint.project.fates import last_name
from asynclint.project.values import External, Function
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.names import TAKERS
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
    if made is None or made.nature != COROUTINE or not (flags & AWAITED or _is_taken(view, function, row)):
        return
    what = f"`{made.name}`" if made.function is not None or made.name[:1].islower() else "a coroutine"
    yield view.finding(
        rule,
        function,
        number,
        f"`shield` makes a task of {what} that nobody holds: once the wait is cancelled, it may be collected before it is done",
        certainty=min(made.certainty, Certainty.POSSIBLE) if _WAITS.search(made.name) else made.certainty,
        advice="Make the task first, keep it (in a set), and shield that.",
    )


def _is_taken(view: View, function: Function, row: int) -> bool:
    """Whether what `shield` gives is waited for where it stands, inside of another call."""
    rows = function.module.rows
    uses = [function.facts.uses[number] for number in view.fates.of(function, row)]
    return bool(uses) and all(
        kind == USE_CALL and flags & AWAITED and row in rows[used][3] and last_name(rows, rows[used][1]) in TAKERS
        for kind, used, flags, _ in uses
    )
