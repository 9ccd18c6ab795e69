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

Safe: of an `AsyncExitStack`, `stack.enter_context(c)` becomes `await stack.enter_async_context(c)` in a coroutine, `push` becomes
`push_async_exit`, and `callback` `push_async_callback`; likewise the methods of `IsolatedAsyncioTestCase`. For what is plain,
`await stack.enter_async_context(c)` becomes `stack.enter_context(c)`. As it stood, it could only fail. Where an `await` is added and other
tasks could change something under the function's hands, and in clean-up code, it is done with `--unsafe-fixes` only. Nothing is done for an
`ExitStack`, which cannot leave anything asynchronous: its `with` would have to change as well. Nor is it in a plain function, under a lock
of threads, and where entering or leaving a plain manager would block the event loop.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Alternative, External, Function, Instance, Pending, Value
from asynclint.project.questions.wishes import coroutine_callback
from asynclint.rules.forms import may_block
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.uses import AWAITED, USE_CALL, USE_ENTER

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


_METHODS: Final = {
    "contextlib.AsyncExitStack.callback": ("push_async_callback", ""),
    "contextlib.AsyncExitStack.enter_async_context": ("enter_context", "plain"),
    "contextlib.AsyncExitStack.enter_context": ("enter_async_context", "await"),
    "contextlib.AsyncExitStack.push": ("push_async_exit", ""),
    "contextlib.AsyncExitStack.push_async_exit": ("push", ""),
    "unittest.IsolatedAsyncioTestCase.enterAsyncContext": ("enterContext", "plain"),
    "unittest.TestCase.addCleanup": ("addAsyncCleanup", ""),
    "unittest.TestCase.enterContext": ("enterAsyncContext", "await"),
}
"""The method that is made for it, of the same object, and whether to ``await`` what that gives, or to do so no more."""


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
                    fix=_other_method(view, function, number, callee, row),
                )


def _other_method(view: View, function: Function, number: int, callee: External, row: int) -> Fix | None:
    """To call the method that is made for it, where the object has it, and nothing blocks there."""
    name, how = _METHODS.get(callee.name, ("", ""))
    is_async = how != "plain" and name != "push"
    if (
        not name
        or (how == "await" and not may_await(view, function, number))
        or (how == "plain" and not function.facts.uses[number][2] & AWAITED)
    ):
        return None
    if not is_async and may_block(view, function, number, USE_ENTER, row):
        return None
    if callee.name.startswith("unittest.TestCase."):
        owner = callee.receiver.klass if callee.receiver is not None else None
        if owner is None or not owner.derives_from("unittest.IsolatedAsyncioTestCase"):
            return None
    return Fix("other-method", f"Call `{name}`", Safety.SAFE, (name, how))


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
