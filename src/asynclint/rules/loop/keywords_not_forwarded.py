"""Keyword arguments that are meant for a callable are given to a function that hands on positional arguments only.

## What it reports

`loop.call_soon(f, x=1)`, `call_later`, `call_at`, `call_soon_threadsafe`, `add_reader`, `add_signal_handler`,
`loop.run_in_executor(None, f, timeout=5)`, `nursery.start_soon(f, x=1)`, `to_thread.run_sync`, `from_thread.run` and the like of trio and
anyio, `trio.run`, `anyio.run`, and what the knowledge says of other libraries.

## Why it hurts

The call raises a TypeError: "got an unexpected keyword argument". In a branch that is seldom taken nobody sees it.

## Example

```python
import asyncio

async def fetch(get, url):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, get, url, timeout=5)
```

## Instead

```python
import asyncio
import functools

async def fetch(get, url):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(get, url, timeout=5))
```

## When it stays silent

For the keywords that the function takes itself (`context`, `name`, `limiter`, ...), for unpacked ones (`**options`), and for functions that
hand them on: `asyncio.to_thread`, `Executor.submit`, `run_in_threadpool`.

## When to turn it off

Never.

## Fix

Safe: the callable becomes `functools.partial(f, x, k=y)`, with its positional arguments. The call always raised before.

Unsafe: where it is only likely what takes the callable.

Nothing is done where keywords are unpacked (`**options`), or where the callable itself is given by a keyword.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import External, Function, Value, unbound
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import keywords_of
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "keyword-arguments-not-forwarded",
    "ASL318",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report calls with keywords that none of the possible callees takes."""
    rows = function.module.rows
    row = rows[function.facts.uses[number][1]]
    if not row[2] or last_name(rows, row[1]) not in view.linker.knowledge.keeping_keywords:
        return
    callee = view.linker.value(function.module, row[1])
    wrong = [keyword for keyword in keywords_of(row) if keyword != "**"]
    name = ""
    for part in callee.alternatives:
        target = unbound(part)
        entry = target.entry if isinstance(target, (External, Function)) else None
        if entry is None or entry.keywords is None:
            return
        wrong = [keyword for keyword in wrong if keyword not in entry.keywords and keyword not in entry.parameters]
        name = target.name.rpartition(".")[2] if isinstance(target, (External, Function)) else name
    if not wrong or not name:
        return
    yield view.finding(
        rule,
        function,
        number,
        f"`{name}` hands on positional arguments only: `{wrong[0]}=` raises TypeError",
        certainty=Certainty.LIKELY if callee.open else Certainty.CERTAIN,
        advice=f"Hand over `functools.partial(..., {wrong[0]}=...)`.",
        fix=_fix(callee),
    )


def _fix(callee: Value) -> Fix | None:
    """To bind the keywords to the callable."""
    targets = [unbound(part) for part in callee.alternatives]
    entries = [target.entry for target in targets if isinstance(target, (External, Function)) and target.entry is not None]
    entry = entries[0]
    positions = [entry.parameters.index(name) for name in entry.runs if name in entry.parameters]
    if len(positions) != 1 or any(other != entry for other in entries):
        return None
    words = (str(positions[0]), *(entry.keywords or ()), *entry.parameters)
    return Fix("bind-keywords", "Bind the keywords with `functools.partial`", Safety.UNSAFE if callee.open else Safety.SAFE, words)
