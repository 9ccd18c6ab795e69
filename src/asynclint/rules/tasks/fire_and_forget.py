"""A task is started and nobody keeps it: it may be collected before it is done, and its errors are told late or never.

## What it reports

A task whose result is thrown away: `asyncio.create_task(...)`, `asyncio.ensure_future(...)`, `loop.create_task(...)` on whatever is known
to be a loop, or `asyncio.run_coroutine_threadsafe(...)`, as a statement of its own or as an arm of one; bound to a name that is never read,
or that is only printed, logged or formatted; in a list that is never read; and in a callback that the loop calls, such as
`loop.call_later(1, lambda: asyncio.create_task(...))`. A function of the program that only returns such a task counts like the call that it
makes.

A loop that nothing is known of counts by its name: `loop.create_task(f())` on a `loop`, where `f` is a coroutine function.

## Why it hurts

The event loop itself only holds a weak reference to a task. Where nobody else holds one, the garbage collector may take it away in the
middle of its work. An error in it is told when it is collected, if at all; nobody can wait for it or cancel it at shutdown. The future of
`run_coroutine_threadsafe` never tells its error unless it is asked.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    asyncio.create_task(store(record))
```

## Instead

```python
import asyncio

pending = set()

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    task = asyncio.create_task(store(record))
    pending.add(task)
    task.add_done_callback(pending.discard)
```

## When it stays silent

For task groups and nurseries, which keep their tasks; for functions of the program that store the task, wait for it or give it a callback;
where the task is given a callback on the spot; where anything else is done with its name; and for a receiver that is not known and not
called a loop. Where no loop is running, so that there is no task (`create-task-without-loop`).

A name that is never read keeps the task as long as its function runs. In a function that is handed to `asyncio.run`, that goes on to serve
or to wait for an event, and in a test, the finding is possible only; so it is in a `__del__`, where the coroutine never suspends and
handles its own errors, or only sets an event or changes a list, set or dictionary; and where `run_coroutine_threadsafe` is given one of
asyncio's own that only waits, for an event, a lock, a queue or a time.

## When to turn it off

Never. Where it does not matter what becomes of one task, say so at the line with `# asynclint: ignore[fire-and-forget-task]`.

## Fix

Safe: where the class or the file has a set that keeps its tasks and does nothing else with them, the task gets a name,
is added to the set, and taken out when it is done: `task = asyncio.create_task(...)`, `self.tasks.add(task)`,
`task.add_done_callback(self.tasks.discard)`. The task runs as before. A set counts that is used in this way already.

Unsafe: where the program waits for what is in that set, cancels or counts it, since the task is waited for, cancelled
or counted with the others then; where there is no such set, so that a new one is made at the top of the file (the set
of an object would keep nothing once the object is gone); and where the receiver is only called a loop.

None in an `__init__` that may not have made the set yet; in lambdas and callbacks; where the call does not run exactly
once in its statement (`a and asyncio.create_task(...)`, a comprehension), or something else is called first in it; for
`run_coroutine_threadsafe`, whose errors nobody would be told either way; and where it may be no task, but None.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Alternative, Constant, External, Function, Pending, unbound
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.tasks import THREADSAFE, Started
from asynclint.project.questions.wishes import CALLS, Wish
from asynclint.rules.keeping import is_task, keeping
from asynclint.rules.rule import Rule
from asynclint.rules.view import View, is_test
from asynclint.source.names import LOOKS, NAMES
from asynclint.source.references import ATTR, CALL, COLLECTION, UNION, Row
from asynclint.source.scopes import ASYNC, HANDLES_ERRORS, LAMBDA, TELLS_ERRORS
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_DROP, USE_FORMAT, USE_OVERWRITTEN, USE_RAISE, USE_SHOWN, USE_UNUSED

RULE = Rule(
    "fire-and-forget-task",
    "ASL501",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    equivalents=("RUF006", "ASYNC300"),
)

_NEVER_FAILS: Final = re.compile(
    r"(asyncio|threading)\.Event\.(clear|set)|builtins\.(dict|list|set)\.(add|append|clear|discard|get|setdefault|update)"
)
"""Methods that do not fail."""

_HOW: Final = {
    USE_DROP: "is not kept",
    USE_FORMAT: "is only formatted, not kept",
    USE_OVERWRITTEN: "is not kept: its name is bound again before it is read",
    USE_SHOWN: "is not kept: its name is only looked at",
    USE_UNUSED: "is not kept: its name is never read",
}


@RULE.on_use(USE_CALL, *_HOW)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the tasks that nobody has once this use is done."""
    kind, row, flags, _ = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    rows = function.module.rows
    if kind == USE_CALL:
        if last_name(rows, rows[row][1]) in LOOKS:
            yield from _thrown_away(view, rule, function, number, rows[row][3], "is only shown, not kept")
        elif rows[rows[row][1]][0] == ATTR and rows[rows[row][1]][2] in NAMES:
            yield from _thrown_away(view, rule, function, number, (rows[rows[row][1]][1],), "is given a name, but not kept")
        yield from _by_callbacks(view, rule, function, number)
    else:
        yield from _thrown_away(view, rule, function, number, _parts(rows, row), _HOW[kind])


def _parts(rows: list[Row], row: int) -> tuple[int, ...]:
    """The values that a row may be, or that it holds."""
    operation, _, text, rest = rows[row]
    if operation == UNION:
        return rest
    if operation == COLLECTION:
        return rest[1::2] if text == "dict" else rest
    return (row,)


def _thrown_away(view: View, rule: Rule, function: Function, number: int, rows: Iterable[int], how: str) -> Iterator[Finding]:
    kind = function.facts.uses[number][0]
    is_last_chance = function.facts.name.rpartition(".")[2] == "__del__" and function.owner is not None
    for row in rows:
        if function.module.rows[row][0] != CALL:
            continue
        if kind in (USE_CALL, USE_FORMAT) and not view.fates.is_in_place(function, number, row):
            continue  # a name holds it
        made = view.tasks.started(function, row)
        made_at = view.fates.maker(function, number, row, row) if made is not None else number
        if made is not None and function.facts.uses[made_at][0] == USE_CALL and not _fails(view, function, made_at):
            if made.argument and _is_harmless(view, function, made):
                made = made._replace(certainty=Certainty.POSSIBLE)
            if is_last_chance:  # nothing is left to keep it
                made = made._replace(certainty=Certainty.POSSIBLE)
            if kind in (USE_UNUSED, USE_SHOWN) and _lives_on(view, function, number):
                made = made._replace(certainty=Certainty.POSSIBLE)
            yield _found(view, rule, function, made_at, made, how)


def _fails(view: View, function: Function, number: int) -> bool:
    """Whether a call raises for want of a loop, as another rule says: then there is no task."""
    return any(need.number == number and need.certainty > Certainty.POSSIBLE for need in view.needs.of(function))


def _callees(view: View, function: Function, coroutine: int) -> list[Alternative]:
    """What a coroutine may be one of."""
    return [part.callee for part in view.linker.value(function.module, coroutine).alternatives if isinstance(part, Pending)]


def _is_harmless(view: View, function: Function, made: Started) -> bool:
    """Whether a task is done as soon as it runs and does nothing that fails, or handles its own errors; or only waits, for another thread.

    On this thread, who starts what only waits has meant to wait for it.
    """
    callees = _callees(view, function, made.argument)
    if callees and all(isinstance(callee, External) and callee.entry is not None and callee.entry.only_waits for callee in callees):
        return made.name == THREADSAFE
    if view.suspension.may_suspend_in(function.module, made.argument):
        return False
    return bool(callees) and all(
        isinstance(callee, Function) and (callee.facts.flags & HANDLES_ERRORS or _cannot_fail(view, callee)) for callee in callees
    )


def _cannot_fail(view: View, function: Function) -> bool:
    """Whether a function does something, and nothing but what does not fail: ``self.changed.set()``."""
    rows = function.module.rows
    calls = [row for kind, row, _, _ in function.facts.uses if kind == USE_CALL and last_name(rows, rows[row][1]) not in LOOKS]
    if not calls or any(kind == USE_RAISE for kind, _, _, _ in function.facts.uses):
        return False
    for row in calls:
        value = view.linker.value(function.module, rows[row][1])
        parts = [part for part in value.alternatives if not isinstance(part, Constant)]  # before it was set, it was None
        if not parts or not all(isinstance(part, External) and _NEVER_FAILS.fullmatch(part.name) for part in parts):
            return False
    return True


def _tells_errors(view: View, function: Function, made: Started) -> bool:
    """Whether the coroutine of a task handles or logs its own errors."""
    callees = _callees(view, function, made.argument) if made.argument else []
    return bool(callees) and all(isinstance(part, Function) and part.facts.flags & (HANDLES_ERRORS | TELLS_ERRORS) for part in callees)


def _lives_on(view: View, function: Function, number: int) -> bool:
    """Whether the frame that holds a name lives as long as the loop, or waits until the program is told to end: it keeps the task."""
    if function in view.contexts.mains or is_test(function):
        return True
    return view.tasks.serves_until(function) > function.module.places.of_use(function.number, number)[0]


def _by_callbacks(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """``loop.call_later(1, lambda: asyncio.create_task(f()))``: who calls it does nothing with what it gives."""
    for wish in view.wishes.at(function, number):
        if wish.does != CALLS or not wish.is_own(function.module):
            continue
        value = view.linker.value(function.module, wish.row)
        made = view.tasks.given_by(value)
        if made is None:
            continue
        made = made._replace(certainty=min(made.certainty, wish.certainty))
        place = _in_lambda(view, function, wish)
        how = f"is not kept: `{wish.api.rpartition('.')[2]}` does nothing with what the callback gives"
        if place is not None:
            yield _found(view, rule, *place, made, how)
        else:
            callback = view.linker.value(function.module, wish.row).alternatives[0]
            name = getattr(unbound(callback), "name", "").rpartition(".")[2]
            yield _found(view, rule, function, number, made, how, f"the task that `{name}` starts")


def _in_lambda(view: View, function: Function, wish: Wish) -> tuple[Function, int] | None:
    """Where a lambda among the arguments starts its task."""
    (callback,) = view.linker.value(function.module, wish.row).alternatives[:1]
    if not isinstance(callback, Function) or not callback.facts.flags & LAMBDA:
        return None
    for number, (kind, row, _, _) in enumerate(callback.facts.uses):
        if kind == USE_CALL and row == callback.facts.returned:
            return callback, number
    return None


def _fix(view: View, function: Function, number: int, made: Started) -> Fix | None:
    """To keep the task. Of one that another thread has started, nobody would be told the errors either way."""
    if made.name == THREADSAFE:
        return None
    row = function.facts.uses[number][1]
    if is_task(view, function, row):
        return keeping(view, function, "keep-task")
    # a receiver that is only called a loop gives tasks as well, as a rule
    is_of_unknown = made.argument and not view.linker.value(function.module, row).alternatives
    return keeping(view, function, "keep-task", Safety.UNSAFE) if is_of_unknown else None


def _found(view: View, rule: Rule, function: Function, number: int, made: Started, how: str, subject: str = "") -> Finding:
    own = view.subject(function, number)
    what = "it may be collected before it is done"
    if not _tells_errors(view, function, made):
        what = "its errors are never told" if made.name == THREADSAFE else f"{what}, and its errors are told late"
    return view.finding(
        rule,
        function,
        number,
        f"{subject or f'the task of `{own}`'} {how}: {what}",
        certainty=made.certainty,
        advice=_advice(function, made),
        subject=own,
        sink=made.name,
        fix=_fix(view, function, number, made) if not subject else None,
    )


def _advice(function: Function, made: Started) -> str:
    if made.name == THREADSAFE:
        return "Keep its future, and ask for the `result()`, or add a callback that does."
    instead = "Await it, or keep it" if function.facts.flags & ASYNC else "Keep it"
    return f"{instead}: add it to a set, and let `task.add_done_callback(tasks.discard)` take it out."
