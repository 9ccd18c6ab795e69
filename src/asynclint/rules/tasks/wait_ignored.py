"""What `wait` gives is not looked at: tasks that are not done go on alone, errors of those that are done are never seen.

## What it reports

`await asyncio.wait(tasks, ...)` for tasks that the same function makes and does nothing else with, where what is not done is neither
cancelled nor awaited though a `timeout` or `return_when` may leave some, or where nobody looks at what is done.

## Why it hurts

`asyncio.wait` raises no error of a task, and cancels none. A task that nobody looks at again keeps its error until it is collected; one
that is not done goes on behind the back of the function, which may have returned long ago, or is thrown away in the middle.

## Example

```python
import asyncio

async def ask(mirror):
    await asyncio.sleep(1)

async def first_answer(mirrors):
    tasks = [asyncio.create_task(ask(mirror)) for mirror in mirrors]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return [task.result() for task in done]
```

## Instead

```python
import asyncio

async def ask(mirror):
    await asyncio.sleep(1)

async def first_answer(mirrors):
    tasks = [asyncio.create_task(ask(mirror)) for mirror in mirrors]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return [task.result() for task in done]
```

## When it stays silent

Where the tasks are read, awaited, cancelled, stored, returned or given a callback by their own names; for tasks of a group, and those that
the function is given; where the coroutine functions are not known, or handle all their errors themselves. In clean-up, and in functions
whose names say that they end something (`close`, `stop`), only tasks that go on are reported. Of errors that are logged and raised again, a
finding is possible only.

The finding is possible only in functions that set something up (`setup`, `async_setup_platform`, start-up hooks), where one part that
fails or is late must not hold up the others; where a program waits in `run` or `main` for something or for its own end
(`should_exit.wait()`); and for errors of a function that only awaits what it is given.

## When to turn it off

Never.

## Fix

Unsafe: where what is done is looked at, a loop behind the `wait` cancels what is not: `for task in pending: task.cancel()`. A set that is
called `_` gets a name. The tasks end where they went on before, which may have been meant.

Nothing is done where nobody looks at what is done: whether an error should end the function, only the author can decide. The same holds for
findings that are only possible.
"""

import re
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.made import ADDS, elements, is_ending, runs, sets_up, task_of
from asynclint.rules.tasks.timeout_misread import misread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, AWAIT, CALL, CONST, ITEM, PARAM
from asynclint.source.scopes import TELLS_ERRORS
from asynclint.source.uses import ERROR_EXPECTED, USE_AWAIT, USE_CALL, USE_DROP, USE_LOOP, USE_RETURN, USE_UNUSED

RULE = Rule(
    "wait-result-ignored",
    "ASL508",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_WAIT: Final = "asyncio.wait"
_RUNS: Final = frozenset({"main", "run", "serve"})
"""Names of functions that run a program."""
_END: Final = re.compile(r"(^|_)(abort|cancel|clos|done|end|exit|finish|kill|quit|shut|stop|terminat)")
"""Words in names of events that tell of an end."""
_DONE: Final = "0"
_PENDING: Final = "1"


@RULE.on_use(USE_DROP, USE_UNUSED)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what `wait` gives and nobody looks at."""
    _, outcome, flags, _ = function.facts.uses[number]
    module = function.module
    part = ""
    if module.rows[outcome][0] == ITEM:
        part = module.rows[module.rows[outcome][3][0]][2]
        outcome = module.rows[outcome][1]
    operation, call, _, _ = module.rows[outcome]
    if operation != AWAIT or flags & ERROR_EXPECTED or not _is_wait(view, module, call):
        return
    tasks = _own_tasks(view, function, call)
    if not tasks or _is_misread(view, function, call):
        return
    may_leave = _may_leave(view, module, call)
    if part != _DONE and may_leave:
        if function in view.contexts.mains:
            return  # when it ends, the loop cancels what is left
        is_meant = sets_up(view, function) or _waits_for_the_end(view, function, number, tasks)
        certainty = Certainty.POSSIBLE if is_meant else Certainty.LIKELY
        message = "tasks that are not done yet go on alone: nobody cancels or awaits them"
        advice = "Cancel what is in the second set, and await it."
        is_half = is_meant or part != _PENDING or _both_unread(function, outcome)  # then nobody looks at what is done either
        fix = None if is_half else Fix("cancel-pending", "Cancel what is not done", Safety.UNSAFE)
        yield view.finding(rule, function, number, message, certainty=certainty, advice=advice, sink=_WAIT, fix=fix)
    elif part != _PENDING and not (may_leave and _both_unread(function, outcome)) and not is_ending(view, function, number):
        targets = [target for target in (runs(view, module, task) for task in tasks) if target is not None]
        if targets:
            name = targets[0].facts.name.rpartition(".")[2]
            is_told = all(target.facts.flags & TELLS_ERRORS or _hands_on(target) for target in targets)
            is_meant = is_told or (part == _DONE and may_leave) or sets_up(view, function)
            certainty = Certainty.POSSIBLE if is_meant else Certainty.LIKELY
            message = f"`wait` raises no error of `{name}`, and nobody looks at what is done"
            advice = "Ask what is done for its result, which raises its error; or use `asyncio.gather`, which does."
            yield view.finding(rule, function, number, message, certainty=certainty, advice=advice, sink=_WAIT)


def _waits_for_the_end(view: View, function: Function, number: int, coroutines: list[int]) -> bool:
    """Whether a program waits for its own end beside something else: ``should_exit.wait()``. What is left over then ends with it."""
    name = function.facts.name.rpartition(".")[2]
    if not (name in _RUNS or function in view.contexts.alone) or view.blocks.around(function, number, USE_LOOP):
        return False
    rows = function.module.rows
    for coroutine in coroutines:
        operation, callee, _, _ = rows[coroutine]
        if operation == CALL and rows[callee][0] == ATTR and _END.search(last_name(rows, rows[callee][1])):
            value = view.linker.value(function.module, callee)
            if [part.name for part in value.alternatives if isinstance(part, External)] == ["asyncio.Event.wait"]:
                return True
    return False


def _is_misread(view: View, function: Function, call: int) -> bool:
    """Whether the end of the timeout is handled as an error that never comes, so that another rule is shown."""
    found = [misread(view, function, number) for number, use in enumerate(function.facts.uses) if use[:2] == (USE_CALL, call)]
    return any(certainty is not None and certainty > Certainty.POSSIBLE for certainty in found)


def _hands_on(function: Function) -> bool:
    """Whether all that a function does is to await what it is given: whoever has that, has its error."""
    rows = function.module.rows
    operation, awaited, _, _ = rows[function.facts.returned]
    is_given = operation == AWAIT and rows[awaited][0] == PARAM
    return is_given and all(kind in (USE_AWAIT, USE_RETURN) for kind, _, _, _ in function.facts.uses)


def _both_unread(function: Function, outcome: int) -> bool:
    """Whether nobody looks at either set, so that the second is reported."""
    rows = function.module.rows
    unread = {rows[row][3] for kind, row, _, _ in function.facts.uses if kind == USE_UNUSED and rows[row][:2] == (ITEM, outcome)}
    return len(unread) > 1


def _is_wait(view: View, module: Module, call: int) -> bool:
    callee = view.linker.value(module, module.rows[call][1])
    return not callee.open and [part.name for part in callee.alternatives if isinstance(part, External)] == [_WAIT]


def _may_leave(view: View, module: Module, call: int) -> bool:
    """Whether a call may come back before all is done."""
    timeout = view.linker.argument((module, call), "timeout", ())
    if timeout is not None and module.rows[timeout][:3] != (CONST, 0, "None"):
        return True
    until = view.linker.argument((module, call), "return_when", ())
    if until is None:
        return False
    names = [part.name for part in view.linker.value(module, until).alternatives if isinstance(part, External)]
    return names in (["asyncio.FIRST_COMPLETED"], ["asyncio.FIRST_EXCEPTION"])


def _own_tasks(view: View, function: Function, call: int) -> list[int]:
    """The coroutines whose tasks a wait is for, if the function makes them all and does nothing else with the tasks."""
    module = function.module
    given = view.linker.argument((module, call), "fs", ("fs",))
    if given is None:
        return []
    users = view.takers.users_in(module)
    away = view.takers.given_away(module)
    found: list[int] = []
    for task in elements(view, function, given):
        coroutine = task_of(view, function, task)
        if not coroutine or task in away or any(not _only_holds(module, user, given, call) for user in users.of(task)):
            return []
        found.append(coroutine)
    if given in away or any(user != call and not _adds(module, user) for user in users.of(given)):
        return []
    return found


def _only_holds(module: Module, user: int, given: int, call: int) -> bool:
    """Whether a row that is made of a task only puts it into the collection that is waited for."""
    operation, callee, _, _ = module.rows[user]
    return user in (given, call) or (operation == CALL and _adds(module, callee))


def _adds(module: Module, row: int) -> bool:
    operation, _, name, _ = module.rows[row]
    return operation == ATTR and name in ADDS
