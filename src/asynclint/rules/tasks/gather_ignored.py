"""Errors that `gather` was asked to give as results are never looked at: what fails, fails unseen.

## What it reports

`await asyncio.gather(..., return_exceptions=True)` whose result is thrown away, or bound to a name that is never read, where what it
gathers is made in the same function, by coroutine functions of the program that do not handle all their errors.

## Why it hurts

With `return_exceptions=True`, errors are results. Who does not look at the results, has caught every error of every part, and said
nothing: no log, no traceback, and the caller takes the work for done.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def store_all(records):
    await asyncio.gather(*(store(record) for record in records), return_exceptions=True)
```

## Instead

```python
import asyncio
import logging

async def store(record):
    await asyncio.sleep(1)

async def store_all(records):
    results = await asyncio.gather(*(store(record) for record in records), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            logging.error("not stored", exc_info=result)
```

## When it stays silent

Where something ends: behind a `cancel()`, in a `finally`, in a handler, in a generator that manages something, and in functions whose
names say so (`close`, `stop`, `disconnect`, `flush`, `__aexit__`); for parts whose names say so, that handle all their errors
themselves or are made on the spot and await only such parts, or whose tasks have a callback; and where it is not known what is gathered,
such as tasks that others have started. In functions whose names say that a failure here and there does not matter (`broadcast`, `notify`,
`prefetch`), and for parts that log the errors that they raise, a finding is possible at most.

## When to turn it off

Where errors are told elsewhere, say so at the line with `# asynclint: ignore[gather-exceptions-ignored]`.

## Fix

None. What is to be done about an error, only the author knows.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.base import constant
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Constant, External, Function
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.made import elements, is_ending, is_optional, is_watched, runs, task_of
from asynclint.rules.view import View
from asynclint.source.references import AWAIT, STAR, keywords_of
from asynclint.source.scopes import TELLS_ERRORS
from asynclint.source.uses import ERROR_EXPECTED, USE_DROP, USE_UNUSED

RULE = Rule(
    "gather-exceptions-ignored",
    "ASL506",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_GATHER: Final = "asyncio.gather"


@RULE.on_use(USE_DROP, USE_UNUSED)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report an outcome that nobody looks at, if errors are in it."""
    _, outcome, flags, _ = function.facts.uses[number]
    module = function.module
    operation, call, _, _ = module.rows[outcome]
    if operation != AWAIT or flags & ERROR_EXPECTED or not _gives_errors(view, module, call) or is_ending(view, function, number):
        return
    row = module.rows[call]
    arguments = row[3][: len(row[3]) - len(keywords_of(row))]
    found: list[Function] = []
    for argument in arguments:
        for element in elements(view, function, argument) if module.rows[argument][0] == STAR else [argument]:
            if is_watched(view, function, element):
                continue
            coroutine = task_of(view, function, element) or element
            target = runs(view, module, coroutine)
            found += [target] if target is not None else []
    if not found:
        return
    may_fail = is_optional(function) or all(is_optional(part) or part.facts.flags & TELLS_ERRORS for part in found)
    certainty = Certainty.POSSIBLE if may_fail else Certainty.CERTAIN
    name = found[0].facts.name.rpartition(".")[2]
    yield view.finding(
        rule,
        function,
        number,
        f"`return_exceptions=True` makes errors of `{name}` results, and nobody looks at them",
        certainty=certainty,
        advice="Look through the results for exceptions; or leave `return_exceptions` out, so that the first error is raised.",
        sink=_GATHER,
    )


def _gives_errors(view: View, module: Module, call: int) -> bool:
    callee = view.linker.value(module, module.rows[call][1])
    if callee.open or [part.name for part in callee.alternatives if isinstance(part, External)] != [_GATHER]:
        return False
    argument = view.linker.argument((module, call), "return_exceptions", ())
    given = view.linker.value(module, argument).alternatives if argument is not None else ()
    return bool(given) and all(isinstance(part, Constant) and constant(part.text) is True for part in given)
