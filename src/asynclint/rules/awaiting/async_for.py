"""A loop has the wrong form: `for` over what only `async for` can go through, or the reverse.

## What it reports

`for`, in a loop or a comprehension, over an asynchronous generator, or over an object whose class has `__aiter__` and no
`__iter__`. And `async for` over what is only a plain iterable: a list, a generator, an object whose class has no `__aiter__`.

## Why it hurts

It is a TypeError as soon as the loop is reached: "object is not iterable", or "requires an object with `__aiter__` method".

## Example

```python
import asyncio

async def rows(count):
    for number in range(count):
        await asyncio.sleep(0.1)
        yield number

async def total(count):
    result = 0
    for row in rows(count):
        result += row
    return result
```

## Instead

```python
import asyncio

async def rows(count):
    for number in range(count):
        await asyncio.sleep(0.1)
        yield number

async def total(count):
    result = 0
    async for row in rows(count):
        result += row
    return result
```

## When it stays silent

Where the object has both forms, or its class has bases that are not known; where a test asks it something first
(`hasattr(stream, "__aiter__")`, `isinstance`, `inspect.isasyncgen`); inside `pytest.raises` and its kind. Where it may also be
something that is not known, the finding is possible at most.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `for` becomes `async for`, in loops and in comprehensions; and `async for` over a plain iterable becomes
`for`. As it stood, it could only fail. Where other tasks could change something under the function's hands during the loop, and in
clean-up code, it is done with `--unsafe-fixes` only; so it is where the finding is only possible. In a plain function there is none: it
would have to become a coroutine function, and so would all that call it. Nor is there one in a generator expression, which would become
another kind of generator, and where a plain `for` would block the event loop.
"""

from collections.abc import Iterator

from asynclint.model import Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.forms import AITER, ITER, is_asked
from asynclint.rules.awaiting.words import how_to_write, named
from asynclint.rules.forms import in_other_form
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import ERROR_EXPECTED, USE_AITER, USE_ITER

RULE = Rule(
    "missing-async-for",
    "ASL217",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_ITER, USE_AITER)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report an iterable that certainly has the other form only."""
    kind, row, flags, guards = function.facts.uses[number]
    iterable = function.module.rows[row][1]
    if flags & ERROR_EXPECTED or is_asked(function, iterable, guards):
        return
    is_plain = kind == USE_ITER
    form = view.forms.only(function, iterable, *((AITER, ITER) if is_plain else (ITER, AITER)))
    if form is None:
        return
    subject = named(view, function, number)
    written = "for" if is_plain else "async for"
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` cannot be iterated by `{written}`: {form.what}",
        certainty=form.certainty,
        advice=how_to_write(function, "`async for`") if is_plain else "Write `for`.",
        subject=subject,
        fix=in_other_form(view, function, number, form.certainty),
    )
