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

Safe: in a coroutine, `list(rows())` becomes `[item async for item in rows()]`, a set likewise, and `sum(rows())`
`sum([item async for item in rows()])`; a generator expression becomes a list: `max([await f(x) for x in xs])`. So do `tuple`, `sorted`,
`min`, `dict`, `join`, and what is unpacked. All of them go through the whole of what they are given, as the list does.

Unsafe: `any(await f(x) for x in xs)` becomes `any([await f(x) for x in xs])`, and so does `all`. It awaits all of them, whatever the first
one gives. What may also be something that is not known is unsafe as well.

Nothing is done for what goes through its argument bit by bit (`zip`, `enumerate`, `itertools.islice`), for `next`, in a plain function, and
in a comprehension, which before Python 3.11 cannot have an asynchronous one inside.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function
from asynclint.project.questions.forms import AITER, ITER, Form, is_asked
from asynclint.rules.awaiting.words import how_to_write
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION, STAR, keywords_of
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

_DISPLAYS: Final = {"builtins.list": "list", "builtins.set": "set"}
"""What a comprehension can take the place of."""

_TAKE_ALL: Final = frozenset(
    {
        "builtins.list", "builtins.set", "builtins.frozenset", "builtins.tuple", "builtins.dict", "builtins.sorted", "builtins.sum",
        "builtins.max", "builtins.min", "builtins.str.join", "builtins.bytes.join", "builtins.list.extend", "builtins.bytearray.extend",
    }
)  # fmt: skip
"""They go through all of it before they give anything."""

_TAKE_SOME: Final = frozenset({"builtins.any", "builtins.all"})
"""They stop where the answer is known."""


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
            fix = _fix(view, function, number, form, "unpacked", 0)
            yield view.finding(rule, function, number, message, certainty=form.certainty, advice=advice, subject=subject, fix=fix)
        return
    rows = function.module.rows
    for argument in _iterated(view, function.module, row):
        form = view.forms.only(function, argument, AITER, ITER)
        if form is not None and not is_asked(function, argument, guards):
            is_expression = rows[argument][0] == COLLECTION
            yield _found(view, rule, function, number, form, is_expression, argument)
            return


def _found(view: View, rule: Rule, function: Function, number: int, form: Form, is_expression: bool, argument: int) -> Finding:
    subject = view.subject(function, number)
    if is_expression:
        message = f"`{subject}` cannot iterate this generator expression: with `await` or `async for` in it, it is asynchronous"
        advice = "Make it a list: put it in square brackets."
    else:
        message = f"`{subject}` cannot iterate its argument: {form.what}"
        advice = how_to_write(function, "`await anext(...)`" if subject == "next()" else "`[item async for item in ...]`")
    fix = _fix_call(view, function, number, form, argument)
    return view.finding(rule, function, number, message, certainty=form.certainty, advice=advice, subject=subject, fix=fix)


def _fix_call(view: View, function: Function, number: int, form: Form, argument: int) -> Fix | None:
    """To give a call a list instead, if it goes through all of its argument anyway."""
    rows = function.module.rows
    row = rows[function.facts.uses[number][1]]
    positional = row[3][: len(row[3]) - len(keywords_of(row))]
    index = next((index for index, one in enumerate(positional) if one == argument or rows[one][:2] == (STAR, argument)), -1)
    callees = view.linker.value(function.module, row[1]).alternatives
    name = callees[0].name if len(callees) == 1 and isinstance(callees[0], (Class, External)) else ""
    is_starred = index >= 0 and rows[positional[index]][0] == STAR
    if index < 0 or not (is_starred or name in _TAKE_ALL or name in _TAKE_SOME):
        return None
    whole = _DISPLAYS.get(name, "") if not is_starred else ""
    return _fix(view, function, number, form, whole, index, is_safe=is_starred or name in _TAKE_ALL)


def _fix(view: View, function: Function, number: int, form: Form, whole: str, index: int, is_safe: bool = True) -> Fix | None:
    if not may_await(view, function, number):
        return None
    safety = Safety.SAFE if is_safe and form.certainty > Certainty.POSSIBLE else Safety.UNSAFE
    return Fix("comprehend", "Go through it in a comprehension", safety, (whole, str(index)))


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
