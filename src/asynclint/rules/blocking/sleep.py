"""``time.sleep`` runs on the event loop's thread.

## What it reports

A call of `time.sleep` in a coroutine, in a callback of the event loop, or in anything that these call: helpers, methods,
properties, context managers, in this file or another. A way through helpers is shown step by step.

## Why it hurts

The event loop runs one thing at a time. While `time.sleep` sleeps, no other task runs: no request is answered, no timeout fires,
no heartbeat is sent.

## Example

```python
import time

async def poll(client):
    while not await client.ready():
        time.sleep(1)
```

## Instead

```python
import asyncio

async def poll(client):
    while not await client.ready():
        await asyncio.sleep(1)
```

## When it stays silent

For a literal `0`, and in functions that only run in a thread (`asyncio.to_thread`, an executor, `threading.Thread`).

## When to turn it off

Never, as a rule. Where a sleep is wanted that nothing may interrupt, say so at the line with `# asynclint: ignore[blocking-sleep]`.

## Fix

Safe: `time.sleep(x)` becomes `await asyncio.sleep(x)` in a coroutine, or that of trio, anyio or curio, by what the file imports
and what runs the function. Other tasks run while it sleeps: that is what it is for. Where they could change something under the
function's hands, because an attribute is read before the sleep and written after it, and in clean-up code, which may be cancelled
there, it is done with `--unsafe-fixes` only. Nothing is done under a lock of threads, in a lambda, in a generator expression and behind
helpers, nor where the program has several frameworks and it is not plain to see which one runs the function.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.offers import sleeping
from asynclint.rules.rule import Rule
from asynclint.rules.view import View

RULE = Rule(
    "blocking-sleep",
    "ASL101",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    kind="sleep",
    does="sleeps",
    equivalents=("ASYNC101", "ASYNC251"),
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """Report each reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=sleeping(view, reach))
