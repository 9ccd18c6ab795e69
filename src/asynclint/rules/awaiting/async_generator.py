"""An asynchronous generator is awaited, scheduled, entered or thrown away, as if it were a coroutine or a manager.

## What it reports

Of what a call of an `async def` with a `yield` gives: `await rows()`, `asyncio.create_task(rows())`, `asyncio.gather(rows())` and
others that await or schedule their argument; `nursery.start_soon(rows)`; a call as a statement of its own; and `async with rows()` or
`with rows()`, where `@asynccontextmanager` is missing.

## Why it hurts

Nothing of it runs until somebody goes through it by `async for`. A statement of its own does nothing, without an error; the others are a
TypeError as soon as they are reached.

## Example

```python
import asyncio

async def clean(folders):
    for folder in folders:
        await asyncio.sleep(0.1)
        yield folder

async def handler(folders):
    await clean(folders)
```

## Instead

```python
import asyncio

async def clean(folders):
    for folder in folders:
        await asyncio.sleep(0.1)
        yield folder

async def handler(folders):
    async for _ in clean(folders):
        pass
```

## When it stays silent

Where what is called is not known, or gives something else in some cases; inside `pytest.raises` and its kind. Under a decorator that is
not known, and where it may also be something that is not known, the finding is possible at most.

## When to turn it off

Never.

## Fix

Unsafe: in a coroutine, `await rows()` and `rows()` as statements become `async for _ in rows(): pass`, which goes through all of it, and
throws away what it yields: that may not be what was meant. Nothing is done where the result is used, where it is handed to something
that runs coroutines, for a missing `@asynccontextmanager`, and where `_` means something else in the function.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.values import Bound, External, Function, Pending, unbound
from asynclint.project.questions.awaitables import ASYNC_GENERATOR, Made
from asynclint.rules.awaiting.words import how_to_write, named, report
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import COLLECTION, STAR, keywords_of
from asynclint.source.uses import AWAITED, ERROR_EXPECTED, USE_AENTER, USE_AWAIT, USE_CALL, USE_DROP, USE_ENTER

RULE = Rule(
    "async-generator-misused",
    "ASL220",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)

_RUN_COROUTINES = frozenset({"anyio", "asyncio", "curio", "trio", "uvloop"})
"""Whose callables run coroutines and coroutine functions, and nothing else. A framework may well take a generator."""


@RULE.on_use(USE_CALL, USE_AWAIT, USE_DROP, USE_ENTER, USE_AENTER)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is done with a value, if that is an asynchronous generator."""
    kind, row, flags, _ = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    used = function.module.rows[row][1]
    if kind == USE_DROP:
        yield from _dropped(view, rule, function, number, row)
    elif kind == USE_AWAIT:
        yield from _awaited(view, rule, function, number, used)
    elif kind in (USE_ENTER, USE_AENTER):
        yield from _entered(view, rule, function, number, used)
    else:
        if flags & AWAITED and not _is_entered(function, number):
            yield from _awaited(view, rule, function, number, row)
        for argument in _awaited_arguments(view, function, row):
            yield from _given(view, rule, function, number, argument, view.callee(function.module, row).removesuffix("()"))


@RULE.on_hop
def check_hop(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report what is handed over to run as a coroutine, if it is an asynchronous generator."""
    function = hop.function
    top, _, rest = hop.api.partition(".")
    if hop.context not in ("task", "alone") or top not in _RUN_COROUTINES or function.facts.uses[hop.number][2] & ERROR_EXPECTED:
        return
    api = rest.rpartition(".")[2]
    yield from _given(view, rule, function, hop.number, hop.row, api)
    if top != "asyncio" and len(hop.value.alternatives) == 1 and not hop.value.open:
        only = hop.value.alternatives[0]
        given = unbound(only)
        if isinstance(given, Function) and not given.doubtful and pending_nature(given) == ASYNC_GENERATOR:
            name = given.facts.name.rpartition(".")[2]
            message = f"`{name}` is an asynchronous generator function, which `{api}` cannot run"
            certainty = only.certainty if isinstance(only, Bound) else Certainty.CERTAIN
            advice = f"Hand over a coroutine function that goes through it: `async for ... in {name}(...)`."
            yield view.finding(rule, function, hop.number, message, certainty=certainty, advice=advice)


def _dropped(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    made = _called(view, function, row)
    if made is not None:
        message = "is never gone through: it only makes an asynchronous generator, and nothing of it runs"
        advice = how_to_write(function, "`async for`")
        maker = view.fates.maker(function, number, row)
        yield from report(view, rule, function, maker, made, message, advice=advice, fix=_going_through(view, function, number))


def _awaited(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    made = _generator(view, function, row)
    if made is not None:
        advice = "Go through it: `async for`."
        message = "is an asynchronous generator, which cannot be awaited"
        span = view.span(function, number)
        before = view.source(function.module.path).line(span.line)[: span.column - 1].replace("(", "").strip()
        fix = _going_through(view, function, number) if before in ("await", "") else None  # a statement of its own
        yield from report(view, rule, function, number, made, message, advice=advice, fix=fix)


def _going_through(view: View, function: Function, number: int) -> Fix | None:
    """To go through all of it, where something may be awaited."""
    return Fix("go-through", "Go through it with `async for`", Safety.UNSAFE) if may_await(view, function, number) else None


def _entered(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    made = _called(view, function, row)
    if made is None:
        return
    subject = named(view, function, number)
    target = made.function
    message = f"`{subject}` is an asynchronous generator, which cannot be entered: `@asynccontextmanager` is missing"
    if target is not None and not target.module.is_dependency:
        advice = f"Decorate `{target.facts.name.rpartition('.')[2]}` with `@asynccontextmanager`."
    else:
        advice = "Make a context manager of it by `contextlib.asynccontextmanager`, or go through it: `async for`."
    yield view.finding(rule, function, number, message, certainty=made.certainty, advice=advice, subject=subject)


def _given(view: View, rule: Rule, function: Function, number: int, row: int, taker: str) -> Iterator[Finding]:
    """Report an argument of something that awaits or schedules it, where that is made if it is made in place."""
    made = _generator(view, function, row)
    if made is None:
        return
    maker = view.fates.maker(function, number, row)
    advice = "Give it a coroutine that goes through the generator by `async for`."
    if maker != number and view.fates.is_inside(function, number, maker):
        message = f"is an asynchronous generator, which `{taker}` cannot run"
        yield from report(view, rule, function, maker, made, message, advice=advice)
    else:
        yield from report(view, rule, function, number, made, "is given an asynchronous generator, which it cannot run", advice=advice)


def _awaited_arguments(view: View, function: Function, call: int) -> Iterator[int]:
    """The rows of what a call awaits: its arguments, and the elements of lists that are unpacked into them."""
    rows = function.module.rows
    _, callee, _, rest = rows[call]
    if not rest:
        return
    value = view.linker.value(function.module, callee)
    only = value.alternatives[0] if len(value.alternatives) == 1 else None
    entry = only.entry if isinstance(only, External) else None
    if entry is None:
        return
    for parameter in entry.awaits:
        if parameter == "*":
            for argument in rest[: len(rest) - len(keywords_of(rows[call]))]:
                operation, base, _, _ = rows[argument]
                yield from rows[base][3] if operation == STAR and rows[base][0] == COLLECTION else (argument,)
        else:
            row = view.linker.argument((function.module, call), parameter, entry.parameters)
            if row is not None:
                yield row


def _is_entered(function: Function, number: int) -> bool:
    """Whether what a call gives is entered by ``async with``, rather than awaited."""
    uses = function.facts.uses
    following = uses[number + 1] if number + 1 < len(uses) else None
    return following is not None and following[0] == USE_AENTER and function.module.rows[following[1]][1] == uses[number][1]


def _generator(view: View, function: Function, row: int) -> Made | None:
    """What a row is, if that is an asynchronous generator. Where it may be something that is not known, it is possible at most."""
    made = view.awaitables.made(function, row)
    if made is None or made.nature != ASYNC_GENERATOR:
        return None
    return made._replace(certainty=Certainty.POSSIBLE) if view.linker.value(function.module, row).open else made


def _called(view: View, function: Function, row: int) -> Made | None:
    """The same, if it is known which asynchronous generator function has been called; not for what only declares to give one."""
    made = _generator(view, function, row)
    value = view.linker.value(function.module, row)
    return made if made is not None and all(isinstance(part, Pending) for part in value.alternatives) else None
