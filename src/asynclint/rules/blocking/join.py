"""The event loop's thread waits for another thread, an executor or a pool to end.

## What it reports

`Thread.join`, `Executor.shutdown`, the end of `with ThreadPoolExecutor()`, and `join` of a `multiprocessing` pool. In a
coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

No other task runs until the last job has ended. If a job needs the loop (`run_coroutine_threadsafe`,
`call_soon_threadsafe`), it waits for the loop while the loop waits for it, and the program stands still for ever.

## Example

```python
import threading

async def finish(worker: threading.Thread):
    worker.join()
```

## Instead

```python
import asyncio
import threading

async def finish(worker: threading.Thread):
    await asyncio.to_thread(worker.join)
```

## When it stays silent

For a timeout of `0`, for `shutdown(wait=False)`, for `with Pool()`, whose end terminates the workers and waits for no
job, and in functions that only run in a thread. The end of a `with ThreadPoolExecutor()` in which nothing is submitted
but through `run_in_executor` is possible at most: where every job is awaited inside, there is nothing left to wait for.
In tests it is only possible, and where a function tells others to end by its name (`stop`, `close`, `shutdown`).

## When to turn it off

Where it is known that the thread has ended. Better say so at the line, with `# asynclint: ignore[blocking-join]`.

## Fix

Unsafe: `thread.join()` becomes `await asyncio.to_thread(thread.join)`, and so do `shutdown` and helpers. Other tasks then run meanwhile,
and start new work perhaps, and on cancellation the task goes on before the thread has ended. Nothing is done at the end of
`with ThreadPoolExecutor()`.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.reach import report_of_ends
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-join",
    "ASL111",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="lock",
    does="waits for a thread or an executor to end",
    in_tests=Certainty.POSSIBLE,
)
RULE.on_reach(report_of_ends)
