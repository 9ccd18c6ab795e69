"""A context manager is entered in the wrong form: by `with` where it needs `async with`, or the reverse, or not at all.

## What it reports

`with` over an asynchronous context manager: a call of a function under `@asynccontextmanager`, a lock of asyncio, an object whose
class has `__aenter__` and no `__enter__`, or one that only raises an error. `async with` over what is only a plain context
manager: a file, a lock of threading. And a call of a function under `@asynccontextmanager` as a statement of its own.

In a coroutine, `with` over an object that has both forms is possible: it may well be meant.

## Why it hurts

The wrong form is an error as soon as it is reached. A manager that is never entered does nothing at all: the lock is not taken,
the transaction is not begun, and there is no error.

## Example

```python
import asyncio

class Counter:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.count = 0

    async def increase(self):
        with self.lock:
            self.count += 1
```

## Instead

```python
import asyncio

class Counter:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.count = 0

    async def increase(self):
        async with self.lock:
            self.count += 1
```

## When it stays silent

Where the class has bases that are not known; where a test asks the object something first (`hasattr(client, "__aenter__")`,
`isinstance`); inside `pytest.raises` and its kind. Where it may also be something that is not known, the finding is possible at most.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `with` becomes `async with`; and `async with` over a plain context manager becomes `with`. As it stood, it could
only fail. Where a statement enters several things and not all have the other form, it is split into nested ones. Where other tasks could
change something under the function's hands, and in clean-up code, it is done with `--unsafe-fixes` only; so it is where the finding is only
possible. In a plain function there is none: it would have to become a coroutine function, and so would all that call it. Nor is there
one under a lock of threads, where a plain `with` would block the event loop, and for a call as a statement, whose block is not there.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety, Span
from asynclint.project.linking.values import Function, Pending
from asynclint.project.questions.awaitables import ASYNC_MANAGER
from asynclint.project.questions.forms import AENTER, ENTER, Form, is_asked
from asynclint.rules.awaiting.decorators import is_misused
from asynclint.rules.awaiting.words import how_to_write, named, report
from asynclint.rules.forms import in_other_form
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED, USE_AENTER, USE_DROP, USE_ENTER

RULE = Rule(
    "missing-async-with",
    "ASL218",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_ENTER, USE_AENTER, USE_DROP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a context manager that is entered in the wrong form, or thrown away."""
    kind, row, flags, guards = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    if kind == USE_DROP:
        yield from _dropped(view, rule, function, number, row)
        return
    manager = function.module.rows[row][1]
    if is_asked(function, manager, guards):
        return
    subject = named(view, function, number)
    is_plain = kind == USE_ENTER
    form = _wrong_form(view, function, number)
    if form is not None:
        written = "with" if is_plain else "async with"
        message = f"`{subject}` cannot be entered by `{written}`: {form.what}"
        advice = how_to_write(function, "`async with`") if is_plain else "Write `with`."
        fix = (
            None
            if _is_misused(view, function, manager)
            else in_other_form(view, function, number, form.certainty, _likewise(view, function, number))
        )
        yield view.finding(rule, function, number, message, certainty=form.certainty, advice=advice, subject=subject, fix=fix)
    elif is_plain and function.facts.flags & ASYNC and view.forms.has_both(function, manager, ENTER, AENTER):
        message = f"`{subject}` is entered by `with` in a coroutine, and has a form for `async with`"
        advice = "Write `async with`, if entering or leaving it has to wait for something."
        yield view.finding(rule, function, number, message, certainty=Certainty.POSSIBLE, advice=advice, subject=subject)


def _is_misused(view: View, function: Function, manager: int) -> bool:
    """Whether the decorator of the function that makes a manager is to blame, rather than the block."""
    made = [part.callee for part in view.linker.value(function.module, manager).alternatives if isinstance(part, Pending)]
    return any(isinstance(callee, Function) and is_misused(callee) for callee in made)


def _wrong_form(view: View, function: Function, number: int) -> Form | None:
    """What a use enters, if that certainly has the other form only."""
    kind, row, _, _ = function.facts.uses[number]
    return view.forms.only(function, function.module.rows[row][1], *((AENTER, ENTER) if kind == USE_ENTER else (ENTER, AENTER)))


def _likewise(view: View, function: Function, number: int) -> tuple[Span, ...]:
    """What else the function enters in the wrong form, or by `with` though `async with` does as well: it may be in the same statement."""
    uses = function.facts.uses
    others = [other for other, use in enumerate(uses) if use[0] == uses[number][0] and other != number]
    return tuple(view.span(function, other) for other in others if _may_change(view, function, other))


def _may_change(view: View, function: Function, number: int) -> bool:
    kind, row, _, _ = function.facts.uses[number]
    has_both = kind == USE_ENTER and view.forms.has_both(function, function.module.rows[row][1], ENTER, AENTER)
    return has_both or _wrong_form(view, function, number) is not None


def _dropped(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    made = view.awaitables.made(function, row)
    if made is not None and made.nature == ASYNC_MANAGER:
        message = "is never entered: it only makes an asynchronous context manager, and nothing of it runs"
        advice = how_to_write(function, "`async with`")
        yield from report(view, rule, function, view.fates.maker(function, number, row), made, message, advice=advice)
