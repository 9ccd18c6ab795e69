"""Coroutines are collected in a list, a set or a generator, which nobody awaits: none of them runs.

## What it reports

A list, set, dictionary, comprehension, generator expression or `map` of coroutines as a statement of its own, or bound to a name
that is never read.

## Why it hurts

The comprehension calls the function for every item, and throws away what it would have done: no work is done, without an error.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def store_all(records):
    [store(record) for record in records]
```

## Instead

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def store_all(records):
    await asyncio.gather(*(store(record) for record in records))
```

## When it stays silent

Where the collection is returned, stored, iterated, unpacked, or given to anything but `list`, `set` and `tuple`; where what it holds is
awaited by another name; and where what is called is not known.

## When to turn it off

Never.

## Fix

Unsafe: in a coroutine, `[f(x) for x in xs]` becomes `await asyncio.gather(*(f(x) for x in xs))`; likewise lists, sets and tuples that are
written down, `map(f, xs)`, and `list` of one of them. All of them run at the same time then, which may be too much at once, or not what was
meant. Nothing is done in a plain function, for dictionaries, where not all elements are coroutines, and under another framework than
asyncio, where a task group would be needed.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import COROUTINE, Made, is_coroutine_function
from asynclint.rules.awaiting.words import report
from asynclint.rules.offers import framework, may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, COLLECTION, NAME
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED, USE_DROP, USE_UNUSED

RULE = Rule(
    "coroutines-collected-never-awaited",
    "ASL222",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)


@RULE.on_use(USE_DROP, USE_UNUSED)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a collection that is thrown away, if what it holds are coroutines."""
    _, row, flags, _ = function.facts.uses[number]
    operation, _, _, rest = function.module.rows[row]
    while operation == CALL and _is_list(function.module, row):
        row = rest[0]
        operation, _, _, rest = function.module.rows[row]
    made = _mapped(view, function, row) if operation == CALL else None
    for element in rest if operation == COLLECTION else ():
        if made is None and not _is_named(view, function, number, element):
            made = view.awaitables.dropped(function, element)
    if made is None or made.nature != COROUTINE or flags & ERROR_EXPECTED:
        return
    in_coroutine = function.facts.flags & ASYNC
    advice = "Await them all: `await asyncio.gather(*...)`." if in_coroutine else "Give them to something that awaits them."
    fix = _gathering(view, function, number, row)
    yield from report(view, rule, function, number, made, "holds coroutines that nobody awaits: none of them runs", advice=advice, fix=fix)


def _gathering(view: View, function: Function, number: int, row: int) -> Fix | None:
    """To run all of them at once, where each element is a coroutine, in a coroutine of asyncio."""
    operation, _, text, rest = function.module.rows[row]
    if not may_await(view, function, number) or framework(view, function) != "asyncio" or text == "dict":
        return None
    made = [view.awaitables.dropped(function, element) for element in rest] if operation == COLLECTION else []
    if any(element is None or element.nature != COROUTINE for element in made):
        return None
    return Fix("gather", "Run them with `await asyncio.gather(...)`", Safety.UNSAFE)


def _is_named(view: View, function: Function, number: int, element: int) -> bool:
    """Whether an element is the coroutine of a name, by which it is awaited elsewhere."""
    maker = view.fates.maker(function, number, element)
    return not view.fates.is_inside(function, number, maker) and view.fates.is_seen_to(function, element)


def _is_list(module: Module, row: int) -> bool:
    """Whether a call only makes a collection of what it is given: ``list(map(f, items))``."""
    _, callee, _, rest = module.rows[row]
    operation, _, name, _ = module.rows[callee]
    return operation == NAME and name in ("builtins.list", "builtins.set", "builtins.tuple") and len(rest) == 1


def _mapped(view: View, function: Function, row: int) -> Made | None:
    """What ``map(f, items)`` gives, if `f` is a coroutine function."""
    module = function.module
    _, callee, _, rest = module.rows[row]
    if module.rows[callee][:3] != (NAME, 0, "builtins.map") or not rest:
        return None
    value = view.linker.value(module, rest[0])
    if value.open or not value.alternatives or not all(is_coroutine_function(alternative) for alternative in value.alternatives):
        return None
    made = [view.awaitables.of_value(view.linker.result_of_call(alternative, module, row)) for alternative in value.alternatives]
    return made[0]
