"""Something that iterates plainly is given an asynchronous generator: `list(rows())`, `any(await f(x) for x in xs)`.

## What it reports

`list`, `tuple`, `set`, `dict`, `sorted`, `any`, `all`, `sum`, `min`, `max`, `join`, `zip`, `enumerate`, `next` and others that are
known to iterate an argument, where that is an asynchronous generator, or an object whose class has `__aiter__` and no
`__iter__`; and unpacking one by `*` or into several names.

A generator expression with `await` or `async for` in it is an asynchronous generator too.

## Why it hurts

It is a TypeError as soon as it is reached: "'async_generator' object is not iterable".

## Example

```python
import asyncio

async def is_free(name):
    await asyncio.sleep(1)
    return len(name) > 3

async def any_free(names):
    return any(await is_free(name) for name in names)
```

## Instead

```python
import asyncio

async def is_free(name):
    await asyncio.sleep(1)
    return len(name) > 3

async def any_free(names):
    return any([await is_free(name) for name in names])
```

## When it stays silent

Where the object has both forms, or its class has bases that are not known; where a test asks it something first (`hasattr`,
`isinstance`, `inspect.isasyncgen`); inside `pytest.raises` and its kind. Where it may also be something that is not known, the finding is
possible at most.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: in a coroutine, `list(rows())` becomes `[row async for row in rows()]`. Unsafe: `any(await f(x) for x in xs)`
becomes `any([await f(x) for x in xs])`, which awaits all of them, whatever the first one gives.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.forms import AITER, ITER, Form, is_asked
from asynclint.project.modules import Module
from asynclint.project.values import Class, External, Function
from asynclint.rules.awaiting.words import how_to_write
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION, STAR
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_UNPACK

RULE = Rule(
    "sync-consumer-of-async-generator",
    "ASL216",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_CALL, USE_UNPACK)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is iterated by a call or by unpacking, and certainly has the other form only."""
    kind, row, flags, guards = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    if kind == USE_UNPACK:
        form = view.forms.only(function, row, AITER, ITER)
        if form is not None and not is_asked(function, row, guards):
            subject = view.subject(function, number)
            message = f"`{subject}` cannot be unpacked: {form.what}"
            advice = how_to_write(function, "`[item async for item in ...]`")
            yield view.finding(rule, function, number, message, certainty=form.certainty, advice=advice, subject=subject)
        return
    rows = function.module.rows
    for argument in _iterated(view, function.module, row):
        form = view.forms.only(function, argument, AITER, ITER)
        if form is not None and not is_asked(function, argument, guards):
            is_expression = rows[argument][0] == COLLECTION
            yield _found(view, rule, function, number, form, is_expression)
            return


def _found(view: View, rule: Rule, function: Function, number: int, form: Form, is_expression: bool) -> Finding:
    subject = view.subject(function, number)
    if is_expression:
        message = f"`{subject}` cannot iterate this generator expression: with `await` or `async for` in it, it is asynchronous"
        advice = "Make it a list: put it in square brackets."
    else:
        message = f"`{subject}` cannot iterate its argument: {form.what}"
        advice = how_to_write(function, "`await anext(...)`" if subject == "next()" else "`[item async for item in ...]`")
    return view.finding(rule, function, number, message, certainty=form.certainty, advice=advice, subject=subject)


def _iterated(view: View, module: Module, call: int) -> Iterator[int]:
    """The rows of the arguments that a call iterates."""
    _, callee, _, rest = module.rows[call]
    if not rest:
        return
    for argument in rest:
        operation, base, _, _ = module.rows[argument]
        if operation == STAR and module.rows[base][0] == COLLECTION:  # other things are unpacked by a use of their own
            yield base
    value = view.linker.value(module, callee)
    if len(value.alternatives) != 1:
        return
    only = value.alternatives[0]
    if isinstance(only, Class) and not only.is_own:
        entry = view.linker.knowledge.callable(only.name)
    else:
        entry = only.entry if isinstance(only, External) else None
    for parameter in entry.consumes if entry is not None else ():
        row = view.linker.argument((module, call), parameter, entry.parameters if entry is not None else ())
        if row is not None:
            yield row
