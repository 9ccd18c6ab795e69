"""A method starts a task and stores it over the one that it started before, which nobody can end any more.

## What it reports

`self._task = asyncio.create_task(...)` in a method that can run again, where neither the method nor what it calls on its object looks at
the task that may be there: no test of it, no `cancel()`, no `await`. That a method runs again is told by its name: `reconnect`, `restart`,
`on_message`, `handle_event`.

## Why it hurts

The second run starts a second task. Two readers take turns in reading one stream, two timers fire, and only the last one is ended at
shutdown.

## Example

```python
import asyncio

class Client:
    async def reconnect(self):
        self._reader = asyncio.create_task(self._read())

    async def close(self):
        self._reader.cancel()

    async def _read(self):
        await asyncio.sleep(1)
```

## Instead

```python
import asyncio

class Client:
    _reader = None

    async def reconnect(self):
        if self._reader is not None:
            self._reader.cancel()
        self._reader = asyncio.create_task(self._read())

    async def close(self):
        self._reader.cancel()

    async def _read(self):
        await asyncio.sleep(1)
```

## When it stays silent

In constructors, `__aenter__` and what is called set-up; where a test of any attribute stands around the line or left the method before it;
where the method awaits, cancels or tests the old task, itself or through methods that it calls; and where
the attribute is looked at nowhere, of which `task-outcome-never-observed` speaks.

In other methods, such as `start` and `connect`, the finding is possible only: most are called once.

## When to turn it off

Where the old task has always ended before the method runs again.

## Fix

None. Whether the old task should be cancelled, awaited or kept, only its author knows.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Function, unbound
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, PARAM, TEST
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_READ, USE_STORE

RULE = Rule(
    "task-handle-overwritten",
    "ASL526",
    category="tasks",
    since="0.1",
    default=False,
    strict=True,
    fix=Safety.NONE,
    page=__doc__,
)

_RUNS_AGAIN: Final = re.compile(
    r"^_*(async_)?(re_?(connect|start|load|schedule|new|open|set|run|try|sume|fresh|subscribe)(_|$)|on_|handle_)|_(again|restart|reconnect)$"
)
_ONCE: Final = re.compile(r"^__\w+__$|^_*(async_)?(set_?up|initiali[sz]e|init|main)")
_DEEPEST: Final = 2


@RULE.on_use(USE_STORE)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the tasks that are stored over others."""
    _, row, flags, known = function.facts.uses[number]
    rows = function.module.rows
    target = known[-1]
    if flags & ERROR_EXPECTED or rows[target][0] != ATTR or rows[row][0] != CALL or function.owner is None:
        return
    operation, owner, _, position = rows[function.module.broad(rows[target][1])]
    if (operation, owner, position) != (PARAM, function.number, (0,)):
        return
    if any(rows[guard][0] in (TEST, CALL) for guard in known[:-1]):
        return
    made = view.tasks.started(function, row)
    name = rows[target][2]
    if made is None or not view.kept.is_looked_at(name) or _looks_at(view, function, name, number, 0):
        return
    certainty = _runs_again(function)
    if certainty is None:
        return
    made_at = view.fates.maker(function, number, row, row)
    subject = view.subject(function, made_at)
    yield view.finding(
        rule,
        function,
        made_at,
        f"the task of `{subject}` is stored over the one that `{name}` may hold, which goes on: `{function.facts.name}` can run again",
        certainty=min(certainty, made.certainty),
        advice=f"Cancel or await `{name}` first, or return where it is still running.",
        subject=subject,
        sink=made.name,
    )


def _looks_at(view: View, function: Function, name: str, before: int, depth: int) -> bool:
    """Whether a method, before one of its uses, looks at an attribute of this name, or calls something of its object that does."""
    rows = function.module.rows
    for kind, row, _, _ in function.facts.uses[:before]:
        if kind == USE_READ and rows[row][2] == name:
            return True
        if kind == USE_CALL and depth < _DEEPEST:
            for alternative in view.linker.value(function.module, rows[row][1]).alternatives:
                target = unbound(alternative)
                if not isinstance(target, Function) or target.owner is None or target is function:
                    continue
                if _looks_at(view, target, name, len(target.facts.uses), depth + 1):
                    return True
    return False


def _runs_again(function: Function) -> Certainty | None:
    """How sure it is that a method runs more than once on one object; None where it does not."""
    name = function.facts.name.rpartition(".")[2]
    if _ONCE.search(name):
        return None
    return Certainty.LIKELY if _RUNS_AGAIN.search(name) else Certainty.POSSIBLE
