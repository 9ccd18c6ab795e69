"""A cache keeps the coroutine instead of what it gives: only the first caller can await it.

## What it reports

`functools.cache`, `lru_cache`, `cached_property` and their kind in `cachetools` and `propcache`, around a coroutine function or an
asynchronous generator function, or around a plain function that returns what one of these gives. As a decorator or called by
hand: `lru_cache(maxsize=8)(fetch)`.

## Why it hurts

The cache stores what the call gives, and that is a coroutine which has not run. The second caller gets the same object, and
`await` raises `RuntimeError: cannot reuse already awaited coroutine`. A cached asynchronous generator is empty the second time,
without any error.

## Example

```python
import asyncio
from functools import lru_cache

@lru_cache(maxsize=32)
async def load_user(name):
    await asyncio.sleep(1)
    return {"name": name}
```

## Instead

```python
import asyncio

from async_lru import alru_cache

@alru_cache(maxsize=32)
async def load_user(name):
    await asyncio.sleep(1)
    return {"name": name}
```

## When it stays silent

For caches made for coroutines (`async_lru`, `aiocache`, `joblib.Memory`), for what gives a task or future, which can be awaited
again and again, for `lru_cache(maxsize=0)`, which stores nothing, and where a decorator that is not known stands between cache
and function.

## When to turn it off

Never.

## Fix

None. The right cache for coroutines depends on what the program has installed.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.project.questions.awaitables import ASYNC_GENERATOR, COROUTINE
from asynclint.rules.advice import framework_of
from asynclint.rules.awaiting.decorators import PLAIN, called_by_hand, decorator_of, form_of_value, form_under
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, CONST
from asynclint.source.scopes import IN_TYPING, STUB
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "cached-coroutine",
    "ASL211",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_CACHES = ("cached", "cached-property")


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report a function whose decorator caches a coroutine."""
    if function.facts.flags & (STUB | IN_TYPING):
        return
    for position, nature in enumerate(function.decorations):
        row = function.facts.decorators[position]
        if nature not in _CACHES or _stores_nothing(view, function.module, row):
            continue
        form = form_under(function, position)
        given = _returned(view, function) if form == PLAIN else (form or PLAIN, Certainty.CERTAIN)
        decorator = decorator_of(view, function, position)
        cache = decorator.name.rpartition(".")[2] if decorator is not None else "the cache"
        if given is not None and given[0] in (COROUTINE, ASYNC_GENERATOR):
            kind, certainty = given
            name = function.facts.name.rpartition(".")[2]
            advice = _advice(function, nature == "cached-property")
            yield view.finding(rule, function, -1, _message(name, cache, kind), certainty=certainty, advice=advice, subject=name)
            return


@RULE.on_use(USE_CALL)
def check_call(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a cache that is put around a coroutine function by hand."""
    module = function.module
    call = called_by_hand(view, module, function.facts.uses[number][1])
    if call is None or call.nature not in _CACHES or _stores_nothing(view, module, call.settings):
        return
    form = form_of_value(view.linker.value(module, call.decorated))
    if form in (COROUTINE, ASYNC_GENERATOR):
        name = module.rows[call.decorated][2] or "the function"
        message = _message(name.rpartition(".")[2], call.name, form)
        advice = _advice(function, call.nature == "cached-property")
        yield view.finding(rule, function, number, message, certainty=Certainty.CERTAIN, advice=advice)


def _returned(view: View, function: Function) -> tuple[str, Certainty] | None:
    """What a plain function returns, if that is one of the things that can be gone through only once."""
    if not function.facts.returned:
        return None
    made = view.awaitables.made(function, function.facts.returned)
    return (made.nature, made.certainty) if made is not None else None


def _stores_nothing(view: View, module: Module, row: int) -> bool:
    if module.rows[row][0] != CALL:
        return False
    size = view.linker.argument((module, row), "maxsize", ("maxsize",))
    return size is not None and module.rows[size][0] == CONST and module.rows[size][2] == "0"


def _message(name: str, cache: str, kind: str) -> str:
    if kind == ASYNC_GENERATOR:
        return f"`{cache}` keeps the asynchronous generator that `{name}` gives: only the first who goes through it gets anything"
    return f"`{cache}` keeps the coroutine that `{name}` gives, not its result: only the first `await` works, the next one raises"


def _advice(function: Function, is_property: bool) -> str:
    if framework_of(function.module) != "asyncio":
        return "Await first, and store what that gives."
    if is_property:
        return "Store what was awaited in an attribute, or cache a task: that can be awaited again and again."
    return "Use a cache made for coroutines, such as `async_lru.alru_cache`."
