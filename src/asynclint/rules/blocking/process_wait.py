"""The event loop's thread waits for a process to end.

## What it reports

`Popen.wait` and `Popen.communicate`, the end of `with subprocess.Popen(...)`, `os.wait`, `os.waitpid` and their
relatives, `join` of a `multiprocessing.Process`, and waiting for a signal (`signal.sigwait`). In a coroutine, in a
callback of the event loop, or in anything that these call.

## Why it hurts

No other task runs until the process has ended, and a process that hangs takes the whole program with it: not even a
timeout fires.

## Example

```python
import subprocess

async def convert(process: subprocess.Popen):
    process.stdin.close()
    return process.wait()
```

## Instead

```python
import asyncio
import subprocess

async def convert(process: subprocess.Popen):
    process.stdin.close()
    return await asyncio.to_thread(process.wait)
```

A process that is started with `asyncio.create_subprocess_exec` needs no thread: `await process.wait()`.

## When it stays silent

For a timeout of `0`, for `os.WNOHANG`, for `Popen.poll`, which never waits, and in functions that only run in a thread.
Where the call stands behind a test of `process.poll()`, or in a function that tells others to end by its name (`stop`, `close`), it is
possible at most. In tests it is only possible.

## When to turn it off

In a program that has nothing else to do than to wait for its processes.

## Fix

Unsafe: `process.wait()` becomes `await asyncio.to_thread(process.wait)`, and so do the others and helpers. Other tasks then run
meanwhile, and the thread goes on waiting when the task is cancelled. Nothing is done at the end of `with subprocess.Popen(...)` and
for signals, which belong to the main thread.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.reach import report_of_ends
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-process-wait",
    "ASL109",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="process",
    does="waits for a process to end",
    equivalents=("ASYNC222",),
    in_tests=Certainty.POSSIBLE,
)
RULE.on_reach(report_of_ends)
