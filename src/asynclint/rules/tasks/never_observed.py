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

Unsafe: the task gets a callback, a new function of the file that tells of its error: with the logger of the file where it has just one
(`log = logging.getLogger(...)`), else with `call_exception_handler` of the task's loop, which logs it as a rule. It tells only that
something went wrong: a task that serves should rather be cancelled where its owner ends, and one that does a job be awaited.

Nothing is done for the futures of `run_coroutine_threadsafe`, and where the task is made in a part of its statement that does not always
run.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.tasks import Started
from asynclint.rules.keeping import gives_task
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
    fix=Safety.UNSAFE,
    page=__doc__,
)


_LOGGER: Final = "logging.getLogger"


class _Unseen(NamedTuple):
    """A task that is stored in an attribute: the number of its call, its row, and the attribute."""

    number: int
    row: int
    started: Started
    attribute: str


@RULE.on_use(USE_STORE, USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the tasks that are stored in an attribute at which nobody looks."""
    for unseen in _unseen(view, function, number):
        if not view.kept.is_looked_at(unseen.attribute):
            yield _found(view, rule, function, unseen)


def _unseen(view: View, function: Function, number: int) -> Iterator[_Unseen]:
    """The tasks that a use stores in an attribute, if their function does nothing else with them."""
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
        if made is not None and not _is_seen_to(view, function, number, value):
            yield _Unseen(view.fates.maker(function, number, value, value), value, made, rows[target][2])


def _is_seen_to(view: View, function: Function, storing: int, row: int) -> bool:
    """Whether the function does more with the task than to store it: it has a name of its own."""
    for number in view.fates.of(function, row):
        kind = function.facts.uses[number][0]
        if number != storing and kind != USE_STORE and not view.fates.shows(function, number):
            return True
    return row == function.facts.returned


def _found(view: View, rule: Rule, function: Function, unseen: _Unseen) -> Finding:
    number, _, started, attribute = unseen
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
        fix=_fix(view, function, unseen),
    )


def _fix(view: View, function: Function, unseen: _Unseen) -> Fix | None:
    """To give it a callback."""
    if not gives_task(view, function, unseen.row, unseen.started):
        return None
    return Fix("report-failure", "Tell of its error in a callback", Safety.UNSAFE, (_logger(view, function),))


def _logger(view: View, function: Function) -> str:
    """The name of the only logger of a function's file, if it is one of Python's own; empty where there is none."""
    module = function.module
    found = [
        name
        for name, row in module.facts.bindings.items()
        if module.rows[row][0] == CALL
        and [part.name for part in view.linker.value(module, module.rows[row][1]).alternatives if isinstance(part, External)] == [_LOGGER]
    ]
    return found[0] if len(found) == 1 else ""
