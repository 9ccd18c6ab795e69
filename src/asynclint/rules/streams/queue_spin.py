"""A loop asks an asyncio queue again and again whether something is in it, and sleeps in between, instead of waiting.

## What it reports

A `while` loop around `queue.get_nowait()` or `queue.empty()` that sleeps because the queue is empty, on a queue of asyncio.

## Why it hurts

What is put into the queue lies there until the sleep is over, and while nothing comes, the loop wakes up for nothing. `await queue.get()`
takes the next item the moment it is there, and costs nothing until then.

## Example

```python
import asyncio

async def work(queue: asyncio.Queue):
    while True:
        try:
            job = queue.get_nowait()
        except asyncio.QueueEmpty:
            await asyncio.sleep(0.1)
            continue
        print(job)
```

## Instead

```python
import asyncio

async def work(queue: asyncio.Queue):
    while True:
        job = await queue.get()
        print(job)
```

## When it stays silent

For queues of `queue` and `multiprocessing`, which have nothing to await; for a loop that empties the queue and ends, or takes all there is
once in a while; where a loop asks several queues; and where it does other work whenever the queue is empty. Where it does other work in
each round, it is possible at most.

## When to turn it off

Where a thread puts items in by `put_nowait`, which wakes nobody up. `loop.call_soon_threadsafe(queue.put_nowait, item)` does.

## Fix

Unsafe: `await queue.get()` takes the item in place of the question, and what sleeps or goes on when the queue is empty goes away: the
handler of `QueueEmpty` with its `try`, or the `if`. It is unsafe because the task now waits for as long as nothing comes, and because a
thread that puts items in may wake nobody up.

Nothing is done where something else ends the loop than what it takes out (`while self.running:`): nobody would look at that while the loop
waits. Let whoever ends it put in a last item, or cancel the task. Nothing is done either where the loop does something else when the queue
is empty or before it asks, where other errors are handled by the same handler, and where a comment would be lost.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.uses import USE_POLL

RULE = Rule(
    "queue-get-nowait-spin",
    "ASL416",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_ASKS: Final = frozenset({"asyncio.Queue.empty", "asyncio.Queue.get_nowait"})


@RULE.on_use(USE_POLL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a question to a queue that could be waited for."""
    _, row, _, known = function.facts.uses[number]
    asked = known_callee(view, function.module, row, lambda callee: callee.name in _ASKS)
    if asked is None:
        return
    is_all = function.module.rows[known[-1]][2] == "''"
    subject = view.subject(function, number)
    queue = subject.removesuffix("()").rpartition(".")[0]
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` asks again and again, with a sleep in between: what is put in waits for the end of the sleep",
        certainty=asked.certainty if is_all else Certainty.POSSIBLE,
        advice=f"Wait for the next item: `await {queue}.get()`.",
        subject=subject,
        sink=asked.callee.name,
        fix=Fix("get-next", f"Wait for the next item: `await {queue}.get()`", Safety.UNSAFE, places=(view.span(function, number),)),
    )
