"""``asyncio.wait`` is given coroutines: since Python 3.11 it takes tasks and futures only.

## What it reports

`asyncio.wait([fetch(a), fetch(b)])`, also with a set, a comprehension, or a name that is bound to one, where an element is certainly a
coroutine.

## Why it hurts

Python 3.11 and later raise a TypeError. Before, it made tasks of them on its own: then none of the coroutines was in the sets that it gave
back, and who asked for one of them never found it.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def main(urls):
    done, _ = await asyncio.wait([fetch(url) for url in urls])
    return [task.result() for task in done]
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def main(urls):
    done, _ = await asyncio.wait([asyncio.create_task(fetch(url)) for url in urls])
    return [task.result() for task in done]
```

## When it stays silent

Where the elements are tasks or futures, or are not known; in branches for Pythons before 3.11. `gather`, `as_completed` and `wait_for`
take coroutines.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, each coroutine that is written in the call becomes `asyncio.create_task(...)`. Without that, the
call fails, and before Python 3.11 it made the tasks itself.

Unsafe: where the collection has a name, the tasks are made where it is, and so they start earlier. None in plain
functions, where no loop may run, and for `await asyncio.wait([f()])` as a statement of its own: then the errors of the
tasks would be lost, so that `gather` is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance
from asynclint.project.questions.awaitables import COROUTINE, Made
from asynclint.project.questions.versions import runs_since
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION, UNION
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED, NAME_MAY_MISS, USE_CALL

RULE = Rule(
    "coroutine-passed-to-wait",
    "ASL505",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_REFUSED_SINCE = (3, 11)


@RULE.on_call("wait")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report collections with a coroutine in them."""
    module = function.module
    _, call, flags, _ = function.facts.uses[number]
    callee = view.linker.value(module, module.rows[call][1])
    only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
    if not isinstance(only, External) or only.name != "asyncio.wait" or only.entry is None or flags & (ERROR_EXPECTED | NAME_MAY_MISS):
        return
    argument = view.linker.argument((module, call), "fs", only.entry.parameters)
    made = _coroutine_in(view, function, module.broad(argument)) if argument is not None else None
    if argument is None or made is None or not runs_since(function, number, _REFUSED_SINCE):
        return
    if not all(_runs_with(function, part) for part in _parts(module, module.broad(argument))):
        return
    refuses = view.target_version is not None and view.target_version >= _REFUSED_SINCE
    yield view.finding(
        rule,
        function,
        number,
        f"`wait` is given a coroutine, of `{made.name}`: Python 3.11 and later raise TypeError",
        certainty=min(made.certainty, Certainty.CERTAIN if refuses else Certainty.LIKELY),
        advice="Make a task of each: `asyncio.create_task(...)`.",
        sink=made.name,
        fix=_fix(view, function, number, module.broad(argument)),
    )


def _fix(view: View, function: Function, number: int, collection: int) -> Fix | None:
    """To make a task of each coroutine: in the call, or where a collection that has a name is made."""
    elements = _elements(function.module, collection)
    found = [view.awaitables.made(function, part) for part in elements]
    if not function.facts.flags & ASYNC or not elements:
        return None
    title = "Make a task of each coroutine"
    numbers = [position for position, made in enumerate(found) if made is not None and made.nature == COROUTINE]
    if not view.fates.is_in_place(function, number, elements[numbers[0]]):
        makers = [view.fates.maker(function, number, elements[position]) for position in numbers]
        if number in makers or len(set(makers)) < len(makers):
            return None
        return Fix("make-tasks", title, Safety.UNSAFE, places=tuple(view.span(function, maker) for maker in makers))
    return Fix("make-tasks", title, Safety.SAFE, tuple(map(str, numbers)))


def _coroutine_in(view: View, function: Function, row: int) -> Made | None:
    """A coroutine among the elements of a collection; of one that is not written out, all that it may hold must be."""
    found = [view.awaitables.made(function, part) for part in _elements(function.module, row)]
    if not found:
        value = view.linker.value(function.module, row)
        if value.open or not all(isinstance(part, Instance) for part in value.alternatives):
            return None
        found = [view.awaitables.of_value(view.linker.element_of(part, "__iter__")) for part in value.alternatives]
    return next((made for made in found if made is not None and made.nature == COROUTINE), None)


def _elements(module: Module, row: int) -> tuple[int, ...]:
    operation, _, text, rest = module.rows[row]
    return rest if operation == COLLECTION and text != "dict" else ()


def _parts(module: Module, row: int) -> tuple[int, ...]:
    operation, _, _, rest = module.rows[row]
    return rest if operation == UNION else (row,)


def _runs_with(function: Function, collection: int) -> bool:
    """Whether a Python that refuses it may run what makes the elements of a collection."""
    elements = _elements(function.module, collection)
    made = [number for number, use in enumerate(function.facts.uses) if use[0] == USE_CALL and use[1] in elements]
    return all(runs_since(function, number, _REFUSED_SINCE) for number in made)
