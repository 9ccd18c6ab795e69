"""An exit stack is given something asynchronous by a method for what is not, or the reverse.

## What it reports

`stack.enter_context(manager)` with an asynchronous context manager, `stack.push(manager)` with one, or with a coroutine function;
`stack.callback(f)` with a coroutine function; all of them of `ExitStack` and of `AsyncExitStack`, and `enterContext` and `addCleanup` of
`unittest`. And `await stack.enter_async_context(manager)` and `push_async_exit(manager)` with a plain manager.

## Why it hurts

`enter_context` raises a TypeError or an AttributeError. The others fail only at the end: a coroutine function that is called back, or
pushed as an exit, makes a coroutine that nobody awaits, and nothing is cleaned up. Pushed as an exit it even swallows every
exception of the block, since a coroutine is true.

## Example

```python
from contextlib import AsyncExitStack, asynccontextmanager

@asynccontextmanager
async def connection(url):
    yield url

async def main(urls):
    async with AsyncExitStack() as stack:
        return [stack.enter_context(connection(url)) for url in urls]
```

## Instead

```python
from contextlib import AsyncExitStack, asynccontextmanager

@asynccontextmanager
async def connection(url):
    yield url

async def main(urls):
    async with AsyncExitStack() as stack:
        return [await stack.enter_async_context(connection(url)) for url in urls]
```

## When it stays silent

For managers that are both; for classes of which not all bases are known; and where it is not known what is entered.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: `stack.enter_context(c)` becomes `await stack.enter_async_context(c)` in a coroutine function, where the stack is
an `AsyncExitStack`.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.values import Alternative, External, Function, Instance, Pending, Value
from asynclint.project.wishes import coroutine_callback
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "wrong-exit-stack-method",
    "ASL219",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_SYNC: Final = ("with", "context-manager", ("__enter__", "__exit__"), "a plain context manager")
_ASYNC: Final = ("async with", "async-context-manager", ("__aenter__", "__aexit__"), "an asynchronous context manager")


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report arguments that are entered, left or called in a way that they are not made for."""
    module = function.module
    call = function.facts.uses[number][1]
    for callee in view.linker.value(module, module.rows[call][1]).alternatives:
        entry = callee.entry if isinstance(callee, External) else None
        if not isinstance(callee, External) or entry is None or not (entry.enters or entry.leaves):
            continue
        for parameter, how in [*entry.enters.items(), *entry.leaves.items()]:
            row = view.linker.argument((module, call), parameter, entry.parameters)
            if row is None:
                continue
            value = view.linker.value(module, row)
            problem = _problem(view, value, how, leaving=parameter in entry.leaves)
            if problem is not None:
                yield view.finding(
                    rule,
                    function,
                    number,
                    f"{problem[0]}; `{callee.name.rpartition('.')[2]}` {_does(how, parameter in entry.leaves)}",
                    certainty=problem[1],
                    advice=f"Use {next(iter(entry.instead.values()), 'the method that is made for it')}.",
                )


def _problem(view: View, value: Value, how: str, leaving: bool) -> tuple[str, Certainty] | None:
    """What an argument is that does not fit, in words, and how sure that is."""
    if value.open or not value.alternatives:
        return None
    if how == "call" or (leaving and how == "with"):
        callback = coroutine_callback(view.linker, view.awaitables, value)
        if callback is not None:
            return f"`{callback.name}` {'is a coroutine function' if callback.is_async else 'only makes a coroutine'}", callback.certainty
    if how in ("call", "await"):
        return None
    wanted, other = (_SYNC, _ASYNC) if how == "with" else (_ASYNC, _SYNC)
    method = int(leaving)
    if all(_is_only(view, alternative, other[1], other[2][method], wanted[2][method]) for alternative in value.alternatives):
        return f"this is {other[3]}", Certainty.CERTAIN
    return None


def _is_only(view: View, alternative: Alternative, nature: str, has: str, has_not: str) -> bool:
    """Whether an alternative certainly has the one protocol, and not the other."""
    if isinstance(alternative, Pending):
        return alternative.nature == nature and not (isinstance(alternative.callee, Function) and alternative.callee.doubtful)
    if not isinstance(alternative, Instance) or not alternative.klass.complete:
        return False
    return _has(view, alternative, has) and not _has(view, alternative, has_not)


def _has(view: View, instance: Instance, method: str) -> bool:
    if view.linker.member(instance.klass, method) is not None:
        return True
    entries = [klass.entry for klass in instance.klass.mro if klass.entry is not None]
    if method in ("__enter__", "__exit__"):
        return any(entry.enter is not None for entry in entries)
    return any(entry.aenter is not None for entry in entries)


def _does(how: str, leaving: bool) -> str:
    if how in ("call", "await"):
        return "calls it and awaits nothing"
    return f"{'leaves' if leaving else 'enters'} it as `{how}` does"
