"""A task is kept in an attribute, but nothing in the program ever awaits it, ends it or asks what came of it.

## What it reports

`self._reader = asyncio.create_task(...)` and `self._tasks.append(asyncio.create_task(...))`, by all ways to start a task, where no code of
the program awaits, gathers or cancels what such an attribute holds, gives it a callback, asks it for its result, or passes it on.

## Why it hurts

A task that fails keeps its error until somebody asks for it, or until it is collected. An attribute that lives as long as the program keeps
it that long: the work has stopped, and nothing says so. And nobody can end the task at shutdown.

## Example

```python
import asyncio

class Client:
    async def __aenter__(self):
        self._reader = asyncio.create_task(self._read())

    async def __aexit__(self, *exception):
        print("closed")

    async def _read(self):
        await asyncio.sleep(1)
```

## Instead

```python
import asyncio

class Client:
    async def __aenter__(self):
        self._reader = asyncio.create_task(self._read())

    async def __aexit__(self, *exception):
        self._reader.cancel()

    async def _read(self):
        await asyncio.sleep(1)
```

## When it stays silent

Where anything of the same name is looked at anywhere in the program; where the task is given a callback or waited for by another name; for
items of a dictionary, and for names of a module.

The finding is possible only where the attribute's name is public, so that others may look at it, and where the coroutine handles its own
errors: all its work stands in a `try` that catches every error, or logs it and raises it again.

## When to turn it off

It is on in the `strict` preset only. A reference that only keeps the task alive is what Python's documentation asks for, and much code
stops there: its tasks tell their errors themselves, and end by a flag, a queue or with the program.

## Fix

None. What is right depends on the task: one that serves is cancelled where its owner ends, one that does a job is awaited, and only for the
rest is a callback enough, which needs a logger of the program. A fix that picks one of them would hide the question.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.tasks import Started
from asynclint.project.values import Function
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, UNION
from asynclint.source.scopes import HANDLES_ERRORS, TELLS_ERRORS
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_STORE

RULE = Rule(
    "task-outcome-never-observed",
    "ASL502",
    category="tasks",
    since="0.1",
    default=False,
    strict=True,
    fix=Safety.NONE,
    page=__doc__,
)


@RULE.on_use(USE_STORE, USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the tasks that are stored in an attribute at which nobody looks."""
    kind, row, flags, known = function.facts.uses[number]
    rows = function.module.rows
    if kind == USE_STORE:
        target, values = known[-1], rows[row][3] if rows[row][0] == UNION else (row,)
    else:
        _, callee, _, values = rows[row]
        target = rows[callee][1] if rows[callee][0] == ATTR and rows[callee][2] in ("add", "append") else 0
    if flags & ERROR_EXPECTED or rows[target][0] != ATTR:
        return
    for value in values:
        made = view.tasks.started(function, value) if rows[value][0] == CALL else None
        if made is None or _is_seen_to(view, function, number, value) or view.kept.is_looked_at(rows[target][2]):
            continue
        yield _found(view, rule, function, view.fates.maker(function, number, value, value), made, rows[target][2])


def _is_seen_to(view: View, function: Function, storing: int, row: int) -> bool:
    """Whether the function does more with the task than to store it: it has a name of its own."""
    for number in view.fates.of(function, row):
        kind = function.facts.uses[number][0]
        if number != storing and kind != USE_STORE and not view.fates.shows(function, number):
            return True
    return row == function.facts.returned


def _found(view: View, rule: Rule, function: Function, number: int, started: Started, attribute: str) -> Finding:
    subject = view.subject(function, number)
    made = view.awaitables.made(function, started.argument) if started.argument else None
    is_handled = made is not None and made.function is not None and made.function.facts.flags & (HANDLES_ERRORS | TELLS_ERRORS)
    is_private = attribute.startswith("_")
    certainty = Certainty.LIKELY if is_private and not is_handled else Certainty.POSSIBLE
    return view.finding(
        rule,
        function,
        number,
        f"the task of `{subject}` is kept in `{attribute}`, but nothing awaits it, ends it or asks for its outcome: its error stays unseen",
        certainty=min(certainty, started.certainty),
        advice="Await or cancel it where its owner ends, or give it a callback that logs its exception.",
        subject=subject,
        sink=started.name,
    )
