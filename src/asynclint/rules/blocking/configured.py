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

None.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "configured-blocking-call",
    "ASL126",
    category="blocking",
    since="0.1",
    default=False,
    fix=Safety.NONE,
    page=__doc__,
    kind="configured",
    does="is listed in `blocking-calls`",
)
RULE.on_reach(report)
