"""A function that one framework runs uses what only works under another: asyncio under trio, or trio under asyncio.

## What it reports

A coroutine function that the program runs with `trio.run` or starts in a nursery, and that awaits or enters something of asyncio; one that
it runs with `asyncio.run` or as a task, and that awaits or enters something of trio; a function that does both; and one that works with
anyio and asyncio, in a program whose tests run on trio as well. One finding a function.

## Why it hurts

Each framework has its own loop, and awaits what only that understands. Under the other one, it raises `RuntimeError` or `TypeError`, or
waits for ever.

## Example

```python
import asyncio
import trio

async def wait(seconds):
    await asyncio.sleep(seconds)

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, 1)
        nursery.start_soon(wait, 2)

trio.run(main)
```

## Instead

```python
import trio

async def wait(seconds):
    await trio.sleep(seconds)

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, 1)
        nursery.start_soon(wait, 2)

trio.run(main)
```

## When it stays silent

For anyio under any of them, and asyncio in programs that use anyio, where no test runs on trio; for asyncio beside anyio in tests and in
files that are named after asyncio, which one framework runs; for functions that the program runs with both frameworks, or is not seen to
run; where a test of the running framework may stand before it; and in programs that import what joins them, such as `trio_asyncio`.

## When to turn it off

Never.

## Fix

Safe: in a function that works with anyio, `asyncio.sleep(x)` and `trio.sleep(x)` become `anyio.sleep(x)`, which does the same under both.
Unsafe: under trio or asyncio, a sleep becomes that of the framework which runs the function, as far as the program shows which one that is.

Nothing is done where the function uses more of the wrong framework than its sleep: what others there are, differ in what they promise
(an event of anyio cannot be cleared).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import External, Function, Instance
from asynclint.project.questions.frameworks import ANYIO, ASYNCIO, TRIO, framework_of
from asynclint.rules.rule import Rule
from asynclint.rules.view import View, is_test
from asynclint.source.references import STAR
from asynclint.source.uses import (
    ASKS_BY_ERROR,
    AWAITED,
    ERROR_EXPECTED,
    IN_BRANCH,
    LOOP_GUARDED,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_ENTER,
)

RULE = Rule(
    "mixed-frameworks",
    "ASL314",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_WORKS_ON: Final = frozenset({USE_AENTER, USE_AITER, USE_AWAIT, USE_ENTER})


class _Foreign(NamedTuple):
    """A use that needs a framework."""

    number: int
    framework: str
    in_branch: bool


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report the first use of another framework."""
    frameworks = view.frameworks
    if not frameworks.may_mix and not frameworks.tests_with_trio:
        return
    uses = list(_uses(view, function))
    if not uses:
        return
    runner = frameworks.of(function)
    wrong = _under(uses, runner[0]) if runner is not None else None
    if runner is not None and wrong is not None:
        framework, start = runner
        certainty = Certainty.LIKELY if wrong.in_branch else Certainty.CERTAIN
        why = f"{framework} runs `{function.facts.name}`"
        way = view.steps([start])
    else:
        way = ()
        runs_both = frameworks.tests_with_trio and not is_test(function) and ASYNCIO not in function.module.name
        found = _both(uses, runs_both) if runner is None else None
        if found is None:
            return
        wrong, other = found
        certainty = Certainty.LIKELY
        framework = uses[[use.number for use in uses].index(other)].framework
        why = "tests run it on trio as well" if framework == ANYIO else f"`{view.subject(function, other)}` needs {framework}"
    if wrong.in_branch and frameworks.is_told(function.module):
        certainty = Certainty.POSSIBLE
    subject = view.subject(function, wrong.number)
    yield view.finding(
        rule,
        function,
        wrong.number,
        f"`{subject}` needs {wrong.framework}, but {why}",
        certainty=certainty,
        advice=f"Use what {framework} has for it.",
        way=way,
        subject=subject,
        fix=_fix(view, function, uses, wrong, framework),
    )


def _fix(view: View, function: Function, uses: list[_Foreign], wrong: _Foreign, framework: str) -> Fix | None:
    """To sleep as the other framework does, where sleeping is all that a function does with the wrong one."""
    others = [use for use in uses if use.framework == wrong.framework and use.number != wrong.number]
    if not all(_sleeps(view, function, use.number) for use in (wrong, *others)):
        return None
    sleep = f"{framework}.sleep"
    places = tuple(view.span(function, use.number) for use in others)
    return Fix("rename", f"Use `{sleep}`", Safety.SAFE if framework == ANYIO else Safety.UNSAFE, (sleep,), places)


def _sleeps(view: View, function: Function, number: int) -> bool:
    """Whether a use awaits a sleep of so many seconds."""
    kind, row, flags, _ = function.facts.uses[number]
    _, callee, keywords, arguments = function.module.rows[row]
    names = [part.name for part in view.linker.value(function.module, callee).alternatives if isinstance(part, External)]
    is_plain = kind == USE_CALL and len(arguments) == 1 and not keywords and function.module.rows[arguments[0]][0] != STAR
    return is_plain and bool(flags & AWAITED) and len(names) == 1 and names[0].partition(".")[2] == "sleep"


def _under(uses: list[_Foreign], framework: str) -> _Foreign | None:
    """The first use that does not work under a framework."""
    return next((use for use in uses if use.framework not in (framework, ANYIO)), None)


def _both(uses: list[_Foreign], runs_both: bool) -> tuple[_Foreign, int] | None:
    """The first use that does not go with one before it, and the number of that one: none of a branch, which may ask what runs."""
    always = [use for use in uses if not use.in_branch]
    with_trio = next((use for use in always if use.framework == TRIO or (runs_both and use.framework == ANYIO)), None)
    with_asyncio = next((use for use in always if use.framework == ASYNCIO), None)
    return (with_asyncio, with_trio.number) if with_trio is not None and with_asyncio is not None else None


def _uses(view: View, function: Function) -> Iterator[_Foreign]:
    """The uses of a function that work in one framework, or in those of anyio."""
    module = function.module
    for number, (kind, row, flags, _) in enumerate(function.facts.uses):
        if flags & (ASKS_BY_ERROR | ERROR_EXPECTED | LOOP_GUARDED) or (kind != USE_CALL and kind not in _WORKS_ON):
            continue
        value = view.linker.value(module, module.rows[row][1])
        if value.open or len(value.alternatives) != 1:
            continue
        (only,) = value.alternatives
        framework = framework_of(only)
        if not framework:
            continue
        if kind == USE_CALL:
            needs_loop = isinstance(only, External) and only.entry is not None and only.entry.needs_loop
            if not needs_loop and not (isinstance(only, External) and flags & AWAITED):
                continue
        elif not isinstance(only, Instance):
            continue
        yield _Foreign(number, framework, bool(flags & IN_BRANCH))
