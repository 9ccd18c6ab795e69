"""What `as_completed` gives is taken for the tasks that it was given, or is never awaited: it gives new coroutines.

## What it reports

In `for future in asyncio.as_completed(tasks)`: methods of a task on what it gives (`future.result()`), a look-up by it
(`names[future]`, `names.get(future)`), and a body that never awaits it.

## Why it hurts

The plain loop gives one coroutine after the other, each of which awaits whatever comes to its end next. It is none of the tasks: it has no
`result`, no dictionary knows it, and the loop itself waits for nothing. So the code fails, or goes on before anything is done, and
errors of the tasks are lost.

## Example

```python
import asyncio

async def fetch_all(fetch, urls):
    tasks = {asyncio.create_task(fetch(url)): url for url in urls}
    for task in asyncio.as_completed(tasks):
        print(tasks[task], await task)
```

## Instead

```python
import asyncio

async def fetch_all(fetch, urls):
    async def fetch_one(url):
        return url, await fetch(url)

    for coroutine in asyncio.as_completed([fetch_one(url) for url in urls]):
        url, text = await coroutine
        print(url, text)
```

## When it stays silent

For `async for` (Python 3.13 and later), which gives the tasks themselves, all done; for `concurrent.futures.as_completed`; and where what
it gives is handed to something else, stored, or returned.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `future.result()` becomes `await future`; as it stands, the call always fails. In clean-up code,
which may be cancelled there, and where other tasks could change something under the function's hands, it is done with
`--unsafe-fixes` only. None where the loop awaits what it gets already or asks it more than once, as it can be awaited
only once, and for anything else that is wrong with it: then the tasks themselves have to give what is needed.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance
from asynclint.project.questions.blocks import holds
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.names import LOOKS
from asynclint.source.references import ATTR, AWAIT, CALL, ITEM, ITER, Row
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_LOOP

RULE = Rule(
    "as-completed-misuse",
    "ASL520",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_API: Final = "asyncio.as_completed"
_OF_TASKS: Final = frozenset({"add_done_callback", "cancel", "cancelled", "done", "exception", "get_name", "result"})
_LOOK_UP: Final = frozenset({"get", "index", "pop"})
_MAPPINGS: Final = ("builtins.dict", "builtins.list")


@RULE.on_use(USE_LOOP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what a loop over `as_completed` does with what that gives."""
    _, element, flags, _ = function.facts.uses[number]
    module = function.module
    rows = module.rows
    if flags & ERROR_EXPECTED or rows[element][0] != ITER or not _is_given(view, module, rows[element][1]):
        return
    misused = False
    is_awaited = any(rows[user][0] == AWAIT for user in view.takers.users_in(module).of(element))
    calls = [
        other for other in view.fates.of(function, element) if function.facts.uses[other][0] == USE_CALL and holds(function, number, other)
    ]
    asked = [other for other in calls if _misuse(view, module, function.facts.uses[other][1], element)]
    for other in asked:
        misused = True
        is_once = len(asked) == 1 and view.blocks.around(function, other, USE_LOOP)[:1] == [number]
        what = _misuse(view, module, function.facts.uses[other][1], element)
        yield _found(view, rule, function, other, what, _fix(function, other) if is_once and not is_awaited else None)
    users = view.takers.users_in(module).of(element)
    looked_up = [rows[user][1] for user in users if rows[user][0] == ITEM and rows[user][3] == (element,)]
    header = _header(function, number, rows[element][1])
    if any(_is_mapping(view, module, row) for row in looked_up):
        misused = True
        yield _found(view, rule, function, header, "it finds nothing in a collection of the tasks")
    if not misused and element not in view.takers.given_away(module) and all(_only_looks(rows[user], element, module) for user in users):
        yield _found(view, rule, function, header, "here nobody awaits it, so the loop waits for nothing")


def _is_given(view: View, module: Module, row: int) -> bool:
    """Whether a row is what `as_completed` gives."""
    operation, callee, _, _ = module.rows[row]
    if operation != CALL:
        return False
    value = view.linker.value(module, callee)
    return not value.open and [part.name for part in value.alternatives if isinstance(part, External)] == [_API]


def _misuse(view: View, module: Module, call: int, element: int) -> str:
    """What is wrong about a call of a method of the element, or with it."""
    _, callee, _, rest = module.rows[call]
    operation, receiver, method, _ = module.rows[callee]
    if operation != ATTR:
        return ""
    if receiver == element and method in _OF_TASKS:
        return f"it has no `{method}`"
    if method in _LOOK_UP and rest[:1] == (element,) and _is_mapping(view, module, receiver):
        return "it finds nothing in a collection of the tasks"
    return ""


def _is_mapping(view: View, module: Module, row: int) -> bool:
    value = view.linker.value(module, row)
    return bool(value.alternatives) and all(
        isinstance(part, Instance) and any(map(part.klass.derives_from, _MAPPINGS)) for part in value.alternatives
    )


def _only_looks(user: Row, element: int, module: Module) -> bool:
    """Whether a row that is made of the element only shows it."""
    operation, callee, _, rest = user
    return operation == CALL and element in rest and last_name(module.rows, callee) in LOOKS


def _header(function: Function, loop: int, call: int) -> int:
    """The use that calls `as_completed` for a loop."""
    return next((number for number, use in enumerate(function.facts.uses) if use[0] == USE_CALL and use[1] == call), loop)


def _fix(function: Function, number: int) -> Fix | None:
    """To await what is asked for its result. A coroutine can be awaited once."""
    rows = function.module.rows
    _, callee, _, arguments = rows[function.facts.uses[number][1]]
    if rows[callee][2] != "result" or arguments or not function.facts.flags & ASYNC:
        return None
    return Fix("await-result", "Await what `as_completed` gives", Safety.SAFE, ("once",))


def _found(view: View, rule: Rule, function: Function, number: int, what: str, fix: Fix | None = None) -> Finding:
    return view.finding(
        rule,
        function,
        number,
        f"`as_completed` gives new coroutines, none of the tasks that it is given: {what}",
        certainty=Certainty.CERTAIN,
        advice="Await what it gives, and let the tasks give all that is needed; from Python 3.13 on, `async for` gives the tasks.",
        sink=_API,
        fix=fix,
    )
