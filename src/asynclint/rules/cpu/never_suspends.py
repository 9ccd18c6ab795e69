"""A loop that nothing ends awaits only what never suspends, so no other task runs.

## What it reports

A `while True` in a coroutine that nothing of its own ends, or a loop that waits for what only other tasks can change, with a way round on
which something is awaited, but nothing that lets other tasks run: coroutine functions of the program that await nothing, or only others
like them, and `put` on an `asyncio.Queue` without a limit.

## Why it hurts

An `await` gives way to other tasks only where something at its end waits: for data, for a timer, for another task. A coroutine function
in which nothing waits is run like a plain call. So the loop looks as if it let others run in every round, and never does: no
request is answered, no timeout fires, the task cannot be cancelled.

## Example

```python
import asyncio

class Numbers:
    def __init__(self):
        self.queue = asyncio.Queue()
        self.last = 0

    async def next(self):
        self.last += 1
        return self.last

    async def produce(self):
        while True:
            await self.queue.put(await self.next())
```

## Instead

```python
import asyncio

class Numbers:
    def __init__(self):
        self.queue = asyncio.Queue(maxsize=100)
        self.last = 0

    async def next(self):
        self.last += 1
        return self.last

    async def produce(self):
        while True:
            await self.queue.put(await self.next())
```

The queue with a limit waits when it is full. Where nothing can wait, `await asyncio.sleep(0)` in each round lets the others run.

## When it stays silent

Where anything that is awaited in the round may suspend: what is not known does, and so do methods that are abstract or have no body, which
others are meant to fill in. Where something of its own ends the loop, as for `endless-loop-without-checkpoint`, which speaks for a
way round that awaits nothing at all. While a coroutine still has the loop to itself, a finding is possible at most.

## When to turn it off

Where the coroutine functions are placeholders that will wait one day, say so at the loop with
`# asynclint: ignore[awaits-that-never-suspend]`.

## Fix

Unsafe: `await asyncio.sleep(0)` (or the like of trio, anyio or curio, by the file) is written at the end of the loop's body, and in front
of each `continue` that comes before anything that may suspend. It is unsafe because others may now change what the function works on.
It is not done under a lock of threads, in a loop over what others may change, and where it is not plain to see which framework runs the
function.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.busy import is_endless, loop_of
from asynclint.project.linking.values import Function
from asynclint.rules.cpu.reach import checkpoint
from asynclint.rules.cpu.turns import in_each_round
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.busy import NEST
from asynclint.source.references import AWAIT, CALL
from asynclint.source.uses import USE_BUSY

RULE = Rule(
    "awaits-that-never-suspend",
    "ASL704",
    category="cpu",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="cpu",
)


@RULE.on_use(USE_BUSY)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a loop with a way round on which no await suspends; the first of them is named."""
    loop = loop_of(function, number)
    root = view.contexts.roots.get(function)
    if loop is None or loop.what == NEST or () in loop.rounds or root is None or not is_endless(view.linker, function.module, loop):
        return
    for way in loop.rounds:
        if any(view.suspension.may_suspend(function.module, row) for row in way):
            continue
        is_alone = number <= view.contexts.alone.get(function, -1)
        subject = view.subject(function, number)
        yield view.finding(
            rule,
            function,
            number,
            f"`{subject}` never lets other tasks run: {_named(view, function, way)} without ever suspending",
            certainty=min(root.certainty, Certainty.POSSIBLE if is_alone else Certainty.LIKELY),
            advice=f"Await something that waits, or let others run in each round: `{checkpoint(function.module)}`.",
            subject=subject,
            fix=in_each_round(view, function, number),
        )
        return


def _named(view: View, function: Function, way: tuple[int, ...]) -> str:
    """What is awaited, with a verb."""
    rows = function.module.rows
    names = [f"`{view.callee(function.module, rows[row][1])}`" for row in way if rows[row][0] == AWAIT and rows[rows[row][1]][0] == CALL]
    if len(names) < len(way) or len(names) > 2:
        return "all that it awaits goes through"
    return f"{' and '.join(dict.fromkeys(names))}, which it awaits, {'goes' if len(set(names)) == 1 else 'go'} through"
