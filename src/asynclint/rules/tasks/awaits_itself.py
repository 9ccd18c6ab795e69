"""A coroutine waits for all tasks of its loop, and so for its own: it never ends, or cancels itself.

## What it reports

`asyncio.gather(*asyncio.all_tasks())`, `asyncio.wait(asyncio.all_tasks())`, `await` on each of them in a loop, and the same by a
comprehension without a test, in a coroutine that does not take `asyncio.current_task()` out; and a loop that cancels each of them, in a
coroutine that awaits something afterwards.

## Why it hurts

`all_tasks` also gives the task that runs this code. It waits for itself, so that neither ever ends; `gather` that is cancelled then cancels
itself until the stack is full. A shutdown that cancels all tasks is cancelled too, at its next `await`.

## Example

```python
import asyncio

async def finish():
    await asyncio.gather(*asyncio.all_tasks())
```

## Instead

```python
import asyncio

async def finish():
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)
```

## When it stays silent

Where the coroutine asks for the current task, or takes something out of the set; where a comprehension or a branch chooses among the tasks;
for the tasks of another loop (`all_tasks(loop)`); and in plain functions, which no task runs as a rule.

## When to turn it off

Never.

## Fix

Unsafe: `asyncio.all_tasks()` becomes `asyncio.all_tasks() - {asyncio.current_task()}`. Whatever else is done with these
tasks leaves out the current one then as well.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function
from asynclint.project.questions.blocks import extent
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, COLLECTION, ITER, STAR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import (
    AWAITED,
    ERROR_EXPECTED,
    IN_BRANCH,
    OF_EACH,
    STRAIGHT,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_LOOP,
)

RULE = Rule(
    "awaits-current-task",
    "ASL527",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)

_ALL: Final = "asyncio.all_tasks"
_WAITS: Final = frozenset({"asyncio.gather", "asyncio.wait"})
_COPIES: Final = frozenset({"builtins.frozenset", "builtins.list", "builtins.set", "builtins.tuple"})
_TAKE_OUT: Final = frozenset({"clear", "difference", "difference_update", "discard", "intersection", "pop", "remove"})


@RULE.on_use(USE_CALL, USE_AWAIT)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a wait for all tasks, or that all are cancelled."""
    kind, row, flags, _ = function.facts.uses[number]
    if not function.facts.flags & ASYNC or flags & (ERROR_EXPECTED | IN_BRANCH):
        return
    module = function.module
    _, base, _, rest = module.rows[row]
    what = ""
    if kind == USE_AWAIT:
        if _is_each(view, function, number, base):
            what = "waits for each task of the loop, its own among them: it never ends"
    elif rest:
        if _name(view, module, base) in _WAITS and any(_is_whole(view, function, part) for part in rest):
            what = "waits for all tasks of the loop, its own among them: it never ends"
    elif _cancels_each(view, function, number):
        what = "cancels all tasks of the loop, its own among them: what follows is cancelled at its next `await`"
    if what and not _takes_out(view, function):
        yield view.finding(
            rule,
            function,
            number,
            f"this {what}",
            certainty=Certainty.CERTAIN,
            advice="Leave the current task out: `asyncio.all_tasks() - {asyncio.current_task()}`.",
            sink=_ALL,
            fix=_fix(view, function, number),
        )


def _fix(view: View, function: Function, number: int) -> Fix | None:
    """To take the current task out where all are asked for: in the call, or the last place above it."""
    rows = function.module.rows
    calls = [
        other
        for other, (kind, row, _, _) in enumerate(function.facts.uses)
        if kind == USE_CALL and not rows[row][3] and _name(view, function.module, rows[row][1]) == _ALL
    ]
    start, end = extent(function, number)
    inside = [other for other in calls if start <= extent(function, other)[0] and extent(function, other)[1] <= end]
    above = [other for other in calls if extent(function, other)[1] <= start]
    if len(inside) > 1 or not (inside or above):
        return None
    place = inside[0] if inside else max(above, key=lambda other: extent(function, other))
    title = "Leave the current task out: `asyncio.all_tasks() - {asyncio.current_task()}`"
    return Fix("leave-out-current", title, Safety.UNSAFE, places=(view.span(function, place),))


def _name(view: View, module: Module, row: int) -> str:
    """The name of the one thing outside of the program that a row is; empty for anything else."""
    value = view.linker.value(module, row)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    return only.name if isinstance(only, (Class, External)) else ""


def _is_all(view: View, module: Module, row: int) -> bool:
    """Whether a row is all tasks of the running loop, or a copy of them."""
    operation, callee, _, rest = module.rows[row]
    if operation == CALL and len(rest) == 1 and _name(view, module, callee) in _COPIES:
        operation, callee, _, rest = module.rows[rest[0]]
    return operation == CALL and not rest and _name(view, module, callee) == _ALL


def _is_each(view: View, function: Function, number: int, row: int) -> bool:
    """Whether a row is one task after the other of all of them, in a loop that leaves none out."""
    operation, base, _, _ = function.module.rows[row]
    if operation != ITER or not _is_all(view, function.module, base):
        return False
    loops = [function.facts.uses[block] for block in view.blocks.around(function, number, USE_LOOP)]
    return any(row == element and flags & STRAIGHT for _, element, flags, _ in loops)


def _is_whole(view: View, function: Function, argument: int) -> bool:
    """Whether an argument is all tasks, unpacked or not, or a comprehension that goes through all and leaves none out."""
    rows = function.module.rows
    operation, base, _, parts = rows[argument]
    if operation == STAR:
        argument = base
        operation, _, _, parts = rows[argument]
    if operation != COLLECTION:
        return _is_all(view, function.module, argument)
    if len(parts) != 1 or rows[parts[0]][0] != ITER or not _is_all(view, function.module, rows[parts[0]][1]):
        return False
    everything = rows[parts[0]][1]
    return any(use[0] == USE_CALL and use[1] == everything and use[2] & OF_EACH for use in function.facts.uses)


def _cancels_each(view: View, function: Function, number: int) -> bool:
    """Whether a call cancels one task after the other of all of them, and the function awaits something afterwards."""
    rows = function.module.rows
    operation, receiver, method, _ = rows[rows[function.facts.uses[number][1]][1]]
    if operation != ATTR or method != "cancel" or not _is_each(view, function, number, receiver):
        return False
    return any(_suspends(function, other) for other in range(number + 1, len(function.facts.uses)))


def _suspends(function: Function, number: int) -> bool:
    kind, _, flags, _ = function.facts.uses[number]
    return kind in (USE_AENTER, USE_AITER, USE_AWAIT) or (kind == USE_CALL and bool(flags & AWAITED))


def _takes_out(view: View, function: Function) -> bool:
    """Whether a function asks for the current task, or takes something out of a set of all."""
    module = function.module
    for kind, row, _, _ in function.facts.uses:
        if kind != USE_CALL:
            continue
        callee = module.rows[row][1]
        operation, receiver, method, _ = module.rows[callee]
        if operation == ATTR and method in _TAKE_OUT and _is_all(view, module, receiver):
            return True
        if last_name(module.rows, callee) == "current_task":
            return True
    return False
