"""A loop that nothing ends goes round on the event loop's thread without awaiting anything.

## What it reports

A `while True` (or a `for` over `itertools.count()`) in a coroutine that nothing of its own ends, and that has a way round on which
nothing is awaited; and a loop that waits for what only other tasks can change: `while not self.ready: pass`. So does a loop that asks a
queue by `get_nowait`, and asks again at once where it is empty. Such a loop in a function is reported where the event loop's thread
comes to it: in coroutines and callbacks that call it, in this file or another, with the way.

## Why it hurts

The event loop runs one thing at a time. A coroutine lets others run only where it awaits. From the moment when this loop goes that
way, no other task runs any more: no request is answered, no timeout fires, the task cannot even be cancelled. What it waits for
never comes.

## Example

```python
import asyncio

async def consume(queue: asyncio.Queue, handle):
    while True:
        try:
            job = queue.get_nowait()
        except asyncio.QueueEmpty:
            continue
        await handle(job)
```

## Instead

```python
import asyncio

async def consume(queue: asyncio.Queue, handle):
    while True:
        job = await queue.get()
        await handle(job)
```

## When it stays silent

Where a test of what the loop itself works on ends it or chooses another way: a parser that goes on until its buffer is used up, a
loop that empties a queue and then stops. Where an error ends it that something around it handles (`try`, `suppress`). For what
`yield` hands over. Where it calls what blocks the event loop and is reported for that: what is awaited instead, lets others run.
While a coroutine still has the loop to itself, a finding is possible at most. A loop whose awaits never suspend is
`awaits-that-never-suspend`.

## When to turn it off

Never, as a rule. Where a coroutine is meant to spin, say so at the loop with `# asynclint: ignore[endless-loop-without-checkpoint]`.

## Fix

Unsafe: `await asyncio.sleep(0)` (or the like of trio, anyio or curio, by the file) is written where a round ends that may have awaited
nothing: at the end of the loop's body, in front of `continue`, or both. Where the loop asks a queue of asyncio by `get_nowait`, it waits
for the next item instead: `await queue.get()`, as for `queue-get-nowait-spin`. It is unsafe because others may now change what the
function works on, and because a loop that only gives way still keeps the processor busy.

Nothing is done where the loop does nothing but to ask again (`while not self.ready: pass`): what it waits for should be awaited. Nothing is
done either in plain functions and behind helpers, under a lock of threads, in a loop over what others may change, and where it is not plain
to see which framework runs the function.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.cpu.reach import report
from asynclint.rules.cpu.turns import in_each_round
from asynclint.rules.rule import Rule
from asynclint.rules.view import View

RULE = Rule(
    "endless-loop-without-checkpoint",
    "ASL703",
    category="cpu",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="cpu",
    equivalents=("ASYNC913",),
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach."""
    yield from report(view, rule, reaches, "Await what it waits for; or at least let others run in each round: {}.", in_each_round)
