"""A call that the configuration names as blocking runs on the event loop's thread.

## What it reports

Calls of what `blocking-calls` lists, in a coroutine or callback of the event loop, or in anything that these call. The keys
are dotted names as they would be imported, in which `*` stands for any text; the values say what to use instead.

## Why it hurts

A project knows its own slow functions, and those of libraries that asynclint knows nothing about.

## Example

With `blocking-calls = { "legacy.db.*" = "legacy.adb" }`:

```python
from legacy import db

async def handler(request):
    return db.fetch(request.id)
```

## Instead

```python
from legacy import adb

async def handler(request):
    return await adb.fetch(request.id)
```

## When it stays silent

Without `blocking-calls`; and in functions that only run in a thread.

## When to turn it off

By taking the name out of the configuration. The rule is on as soon as there is one.

## Fix

Unsafe: where the value is `await` and a dotted name, as in `"legacy.db.fetch" = "await legacy.adb.fetch"`, a direct call in a coroutine
becomes one of that: `db.fetch(request.id)` becomes `await adb.fetch(request.id)`, with the same arguments. Only the configuration says
that both do the same. With any other value, and behind helpers, nothing is done.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.threads import has_threads
from asynclint.rules.view import View
from asynclint.source.uses import AWAITED, USE_CALL

RULE = Rule(
    "configured-blocking-call",
    "ASL126",
    category="blocking",
    since="0.1",
    default=False,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="configured",
    does="is listed in `blocking-calls`",
    equivalents=("ASYNC200",),
)

_AWAITED: Final = re.compile(r"`await ([A-Za-z_][\w.]*)`")


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """Report each reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=_fix(view, reach))


def _fix(view: View, reach: Reach) -> Fix | None:
    """To await what the configuration says to await instead."""
    kind, _, flags, _ = reach.root.facts.uses[reach.number]
    found = _AWAITED.fullmatch(reach.sink.entry.instead.get("asyncio", ""))
    if found is None or reach.way or kind != USE_CALL or flags & AWAITED or not has_threads(view, reach.root, reach.number):
        return None
    return Fix("replace-call", f"Use `await {found[1]}(...)`", Safety.UNSAFE, (found[1],))
