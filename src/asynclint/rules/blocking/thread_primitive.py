"""The event loop's thread waits for a lock, an event or another primitive of threads or processes.

## What it reports

`acquire` of a `Lock`, `RLock`, `Condition` or `Semaphore`, and `wait` of a `Condition`, `Event` or `Barrier`, of
`threading` and of `multiprocessing`. In a coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

No other task runs until another thread lets go. If what lets go is a task of the same loop, it never gets to run, and
the program stands still for ever.

## Example

```python
import threading

READY = threading.Event()

async def handler(request):
    READY.wait()
    return request.id
```

## Instead

```python
import asyncio

READY = asyncio.Event()

async def handler(request):
    await READY.wait()
    return request.id
```

A thread that sets an asyncio event has to do it through the loop: `loop.call_soon_threadsafe(READY.set)`.

## When it stays silent

For `blocking=False` and a timeout of `0`, for an event behind a test of `is_set()`, and in functions that only run in a
thread. A `with lock:` is possible at most: a lock that is held for a few lines, with no `await` among them, is normal.

## When to turn it off

Where all that hold the lock hold it for microseconds. Better say so at the line, with
`# asynclint: ignore[blocking-thread-primitive]`.

## Fix

None. The primitive has to be replaced at all its places, or the waiting handed to a thread, and which of them is right
depends on who else uses it.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-thread-primitive",
    "ASL113",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
    kind="lock",
    does="waits for another thread",
)
RULE.on_reach(report)
