"""A context manager decorator on the wrong kind of function: `with` or `async with` fails when it is entered.

## What it reports

`contextlib.contextmanager` on `async def`; `contextlib.asynccontextmanager` on a plain generator function, and on an `async def`
without `yield`; likewise where the decorator is called by hand, and where a plain function under it is known to return the wrong kind
of generator.

## Why it hurts

The decorator accepts any function. The TypeError comes when the block is entered, and speaks of iterators.

## Example

```python
import asyncio
from contextlib import contextmanager

@contextmanager
async def connected(url):
    await asyncio.sleep(1)
    yield url
```

## Instead

```python
import asyncio
from contextlib import asynccontextmanager

@asynccontextmanager
async def connected(url):
    await asyncio.sleep(1)
    yield url
```

## When it stays silent

For a plain function that returns an asynchronous generator, which is right under `asynccontextmanager`, and one whose result is
not known; for abstract methods and other mere signatures; and where a decorator that is not known stands below.

## When to turn it off

Never.

## Fix

Safe: the other decorator, `asynccontextmanager` for `contextmanager` or the reverse, where the function is a generator function and all
that enter it in the program do so in the way that results; as it stood, that could only fail. The new decorator is imported beside the old
one, whose import stays. Unsafe: the same, where nobody enters it in the program. Nothing is done where somebody enters it in the other
way, where its manager goes elsewhere, where there is no `yield`, and for a decorator that is called by hand.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function, Pending
from asynclint.project.questions.fates import last_name
from asynclint.rules.awaiting.decorators import (
    ASYNC_GENERATOR,
    COROUTINE,
    GENERATOR_FUNCTION,
    PLAIN,
    called_by_hand,
    decorator_of,
    form_of_value,
    form_under,
)
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.scopes import IN_TYPING, STUB
from asynclint.source.uses import USE_AENTER, USE_CALL, USE_ENTER

RULE = Rule(
    "manager-decorator-mismatch",
    "ASL225",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_MISMATCHES: Final = {
    ("context-manager", COROUTINE): (
        "wants a generator function, and `{}` is a coroutine function",
        "needs a `yield`, and `asynccontextmanager`",
    ),
    ("context-manager", ASYNC_GENERATOR): (
        "wants a plain generator function, and `{}` is an asynchronous one",
        "belongs under `asynccontextmanager`",
    ),
    ("async-context-manager", GENERATOR_FUNCTION): (
        "wants an asynchronous generator function, and `{}` is a plain one",
        "has to be an `async def`; or else it belongs under `contextmanager`, and into a `with`",
    ),
    ("async-context-manager", COROUTINE): (
        "wants an asynchronous generator function, and `{}` has no `yield`",
        "needs a `yield` where the block runs",
    ),
}
"""By what the decorator makes and what it is given: what is wrong, and what to do about the function."""


_OTHERS: Final = {ASYNC_GENERATOR: ("asynccontextmanager", USE_AENTER), GENERATOR_FUNCTION: ("contextmanager", USE_ENTER)}
"""By the form of a function: the decorator that it belongs under, and how what it makes is entered."""


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report a function that its decorator cannot use."""
    if function.facts.flags & (STUB | IN_TYPING):
        return
    for position, nature in enumerate(function.decorations):
        form = form_under(function, position) if nature is not None and nature.endswith("context-manager") else None
        if nature is None or form is None:
            continue
        if form == PLAIN:
            form = _returned(view, function)
        decorator = decorator_of(view, function, position)
        name = decorator.name.rpartition(".")[2] if decorator is not None else "the decorator"
        if (nature, form) in _MISMATCHES:
            message, advice = _words(nature, form, name, function.facts.name.rpartition(".")[2])
            fix = _other_decorator(view, function, position, form) if decorator is not None else None
            yield view.finding(
                rule, function, -1, message, certainty=Certainty.CERTAIN, advice=advice, subject=function.facts.name, fix=fix
            )


@RULE.on_use(USE_CALL)
def check_call(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a decorator that is called by hand on what it cannot use."""
    module = function.module
    call = called_by_hand(view, module, function.facts.uses[number][1])
    if call is None or not call.nature.endswith("context-manager"):
        return
    value = view.linker.value(module, call.decorated)
    form = form_of_value(value)
    if form is not None and (call.nature, form) in _MISMATCHES:
        only = value.alternatives[0]
        if isinstance(only, Function) and only.facts.flags & STUB:
            return
        message, advice = _words(call.nature, form, call.name, module.rows[call.decorated][2].rpartition(".")[2] or "the function")
        yield view.finding(rule, function, number, message, certainty=Certainty.CERTAIN, advice=advice)


def _other_decorator(view: View, function: Function, position: int, form: str) -> Fix | None:
    """To decorate a generator function with the other of the two, where nobody enters it in the form that would be wrong then."""
    other = _OTHERS.get(form)
    if other is None or function.decorations[position] is None:
        return None
    entered = _how_entered(view, function)
    if entered - {other[1]}:
        return None
    safety = Safety.SAFE if entered else Safety.UNSAFE
    name = other[0]
    return Fix("other-decorator", f"Decorate it with `{name}`", safety, (f"contextlib.{name}", str(position), "contextlib"))


def _how_entered(view: View, function: Function) -> frozenset[int]:
    """The kinds of uses by which the program enters what calls of a function give; 0 for calls that are not entered where they stand."""
    name = function.facts.name.rpartition(".")[2]
    kinds: set[int] = set()
    for module in view.linker.modules.values():
        rows = module.rows
        calls = {row for row, found in enumerate(rows) if found[0] == CALL and last_name(rows, found[1]) in (name, "")}
        calls = {row for row in calls if _is_made_by(view, module, row, function)}
        entered = {
            rows[row][1]: kind
            for other in (module.functions if calls else ())
            for kind, row, _, _ in other.facts.uses
            if kind in (USE_ENTER, USE_AENTER) and rows[row][1] in calls
        }
        kinds |= {entered.get(row, 0) for row in calls}
    return frozenset(kinds)


def _is_made_by(view: View, module: Module, row: int, function: Function) -> bool:
    return any(isinstance(part, Pending) and part.callee is function for part in view.linker.value(module, row).alternatives)


def _returned(view: View, function: Function) -> str:
    """What kind of thing a plain function returns, if it is certainly one of those that the decorators know."""
    if not function.facts.returned:
        return PLAIN
    value = view.linker.value(function.module, function.facts.returned)
    natures = {part.nature if isinstance(part, Pending) else PLAIN for part in value.alternatives}
    return natures.pop() if len(natures) == 1 and not value.open else PLAIN


def _words(nature: str, form: str, decorator: str, name: str) -> tuple[str, str]:
    problem, remedy = _MISMATCHES[nature, form]
    return f"`{decorator}` {problem.format(name)}", f"`{name}` {remedy}."
