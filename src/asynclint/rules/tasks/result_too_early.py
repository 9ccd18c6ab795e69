"""A task is asked for its result before it can have run: `InvalidStateError`.

## What it reports

`task.result()` and `task.exception()` where the same coroutine has made the task and awaited nothing since then; most of all inside the
block of the `TaskGroup` that is to run it, where it should stand behind the block.

## Why it hurts

A task runs while others wait: at the next `await` at the earliest. Until then it is not done, and to ask it for its result raises
`InvalidStateError`. In a task group that error cancels all its tasks.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def fetch_all(urls):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(url)) for url in urls]
        return [task.result() for task in tasks]
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def fetch_all(urls):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(url)) for url in urls]
    return [task.result() for task in tasks]
```

## When it stays silent

Behind anything that is awaited, on whatever path, and behind the end of an `async with`; under a test of `task.done()`; in callbacks, plain
functions and asynchronous generators; with a handler for `InvalidStateError`; for futures, which code can set; and where the program uses a
task factory of its own, such as `asyncio.eager_task_factory`, which may run a task at once.

## When to turn it off

Never.

## Fix

Safe: `task.result()` becomes `await task`, which waits for it and gives the same; as it stands, the call always fails.
In clean-up code, which may be cancelled there, and where other tasks could change something under the function's hands,
it is done with `--unsafe-fixes` only. None in a generator expression, for `exception()`, and for a task without a name
(`asyncio.create_task(f()).result()`).
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.project.questions.blocks import extent, holds
from asynclint.project.questions.fates import last_name
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.groups import started_in
from asynclint.rules.tasks.made import elements, task_of
from asynclint.rules.view import View
from asynclint.source.references import AENTER, AITER, ATTR, CALL, COLLECTION, ITER, NAME, keywords_of
from asynclint.source.scopes import ASYNC, GENERATOR
from asynclint.source.uses import (
    AWAITED,
    ERROR_EXPECTED,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_INSIDE,
    USE_LOOP,
    USE_TRIED,
)

RULE = Rule(
    "task-result-before-done",
    "ASL524",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_OUTCOMES: Final = ("exception", "result")
_FACTORIES: Final = frozenset({"create_eager_task_factory", "eager_task_factory", "set_task_factory"})
_INVALID: Final = "InvalidStateError"


@RULE.on_call(*_OUTCOMES)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a call that asks a task for what it cannot have yet."""
    _, call, flags, guards = function.facts.uses[number]
    rows = function.module.rows
    operation, task, method, _ = rows[rows[call][1]]
    if operation != ATTR or not function.facts.flags & ASYNC:
        return
    if function.facts.flags & GENERATOR or flags & ERROR_EXPECTED or rows[call][3]:
        return
    made = _made(view, function, task)
    if made is None or not all(0 <= maker < number and not _suspends_between(function, maker, number) for maker in made):
        return
    if any(rows[rows[guard][1]][:3] == (ATTR, task, "done") for guard in guards) or _is_handled(view, function, number):
        return
    if any(_has_factory(module) for module in view.linker.modules.values()):
        return
    subject = view.subject(function, number)
    is_offered = method == "result" and may_await(view, function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` raises InvalidStateError: nothing has been awaited since the task was made, so it cannot be done",
        certainty=Certainty.CERTAIN,
        advice=_advice(view, function, number, made[0]),
        subject=subject,
        fix=Fix("await-result", f"Await `{subject.removesuffix('.result()')}`", Safety.SAFE) if is_offered else None,
    )


def _made(view: View, function: Function, task: int) -> list[int] | None:
    """The uses that make what a row is, if that is a task or one of a collection of tasks; None where it is not, or not known."""
    rows = function.module.rows
    operation, base, _, _ = rows[task]
    tasks = elements(view, function, base) if operation == ITER and rows[base][0] == COLLECTION else [task]
    if not all(row and (task_of(view, function, row) or started_in(view, function.module, row)) for row in tasks):
        return None
    if any("eager_start" in keywords_of(rows[row]) for row in tasks):
        return None
    makers: dict[int, int] = {}
    for other, (kind, row, _, _) in enumerate(function.facts.uses):
        if kind == USE_CALL and row in tasks:
            makers.setdefault(row, other)
    return [makers[row] for row in tasks] if len(makers) == len(set(tasks)) else None


def _suspends_between(function: Function, maker: int, number: int) -> bool:
    """Whether the function may suspend between two uses."""
    rows = function.module.rows
    start, _ = extent(function, number)
    for other, (kind, row, flags, _) in enumerate(function.facts.uses):
        if kind in (USE_AENTER, USE_AITER, USE_AWAIT) or (kind == USE_CALL and flags & AWAITED):
            suspends = maker < other < number
        elif kind in (USE_INSIDE, USE_LOOP) and rows[row][0] in (AENTER, AITER):  # it is left, or goes round
            suspends = holds(function, other, maker) and extent(function, other)[1] <= start
        else:
            suspends = False
        if suspends:
            return True
    return False


def _is_handled(view: View, function: Function, number: int) -> bool:
    """Whether a handler around a use is for the error that it raises."""
    rows = function.module.rows
    for block in view.blocks.around(function, number, USE_TRIED, USE_INSIDE):
        row = function.facts.uses[block][1]
        parts = rows[row][3] if rows[row][0] == COLLECTION else rows[rows[row][1]][3] if rows[rows[row][1]][0] == CALL else (row,)
        if any(last_name(rows, part) == _INVALID for part in parts):
            return True
    return False


def _has_factory(module: Module) -> bool:
    return any(row[0] in (ATTR, NAME) and row[2].rpartition(".")[2] in _FACTORIES for row in module.rows)


def _advice(view: View, function: Function, number: int, maker: int) -> str:
    group = started_in(view, function.module, function.facts.uses[maker][1])
    around = [function.facts.uses[block][1] for block in view.blocks.around(function, number, USE_INSIDE)]
    return "Ask behind the block of the group, when all its tasks are done." if group and group in around else "Await the task."
