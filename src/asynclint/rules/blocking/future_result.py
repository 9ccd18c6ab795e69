"""The event loop's thread waits for the result of a job that runs in another thread or process.

## What it reports

`result` and `exception` of a `concurrent.futures.Future`, `concurrent.futures.wait` and `as_completed`, and of
`multiprocessing` pools `map`, `starmap`, `apply`, the iteration of `imap`, and `get` and `wait` of their results. In a
coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

The work was given away so that the loop stays free, and then the loop waits for it. If the job itself needs the loop,
both wait for ever.

## Example

```python
from concurrent.futures import ProcessPoolExecutor

POOL = ProcessPoolExecutor()

def shrink(image):
    return image.resize((64, 64))

async def thumbnail(image):
    return POOL.submit(shrink, image).result()
```

## Instead

```python
import asyncio
from concurrent.futures import ProcessPoolExecutor

POOL = ProcessPoolExecutor()

def shrink(image):
    return image.resize((64, 64))

async def thumbnail(image):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(POOL, shrink, image)
```

## When it stays silent

For asyncio's own futures and tasks, which never wait but raise; for a timeout of `0`; behind a test of `future.done()`;
and in functions that only run in a thread. `Executor.map` only submits, and iterating what it gives is not followed.
Of the futures of `asyncio.run_coroutine_threadsafe`, `threadsafe-result-on-loop-thread` speaks.

## When to turn it off

Where a future is known to be done in a way that is not seen here. Better say so at the line, with
`# asynclint: ignore[blocking-future-result]`.

## Fix

None yet. Planned, unsafe: `future.result()` becomes `await asyncio.wrap_future(future)`. Other tasks then run
meanwhile, and cancelling the task cancels the future for all who wait for it. A part is planned as safe:
`executor.submit(f, x).result()`, a future that nobody else has, becomes
`await asyncio.get_running_loop().run_in_executor(executor, f, x)`, unless there are keywords, a timeout, or a handler
of `concurrent.futures` errors around it.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-future-result",
    "ASL112",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="lock",
    does="waits for a future's result",
)
RULE.on_reach(report)
