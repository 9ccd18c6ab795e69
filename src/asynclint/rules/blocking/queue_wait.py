"""The event loop's thread waits at a queue or a pipe of threads or processes.

## What it reports

`get`, `put` and `join` of the queues of `queue` and `multiprocessing`, and `recv` of a `multiprocessing` connection. In
a coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

An empty queue makes `get` wait until somebody puts something in, and a full one makes `put` wait. If that somebody is a
task of the same loop, it never gets to run, and the program stands still for ever.

## Example

```python
import queue

JOBS = queue.Queue()

async def worker():
    while True:
        job = JOBS.get()
        await job.run()
```

## Instead

```python
import asyncio

JOBS = asyncio.Queue()

async def worker():
    while True:
        job = await JOBS.get()
        await job.run()
```

Where a thread or a process stands at the other end, keep the queue: `await asyncio.to_thread(JOBS.get)`.

## When it stays silent

For `block=False`, `get_nowait`, `put_nowait` and a timeout of `0`, for `put` into a queue that is seen to be made
without bound, for `recv` behind a test of `poll()`, and in functions that only run in a thread. Behind a test of
`empty()`, `full()` or `qsize()`, which another thread may outdate, a call is possible at most.

## When to turn it off

Where it is known that the queue is never empty, or never full, at that place. Better say so at the line, with
`# asynclint: ignore[blocking-queue]`.

## Fix

Unsafe: `jobs.get()` becomes `await asyncio.to_thread(jobs.get)`, and so do the others and helpers. Other tasks then run meanwhile, and
when the task is cancelled the thread still waits and takes an item that nobody gets.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-queue",
    "ASL114",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="queue",
    does="waits for a queue",
)
RULE.on_reach(report)
