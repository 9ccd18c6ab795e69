"""A process is run to its end on the event loop's thread.

## What it reports

`subprocess.run`, `call`, `check_call`, `check_output`, `getoutput`, `os.system`, `os.popen`, `os.spawn*` with `P_WAIT`,
and functions of the standard library that run a program themselves (`ctypes.util.find_library`, `webbrowser.open`). In
a coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

The event loop stands still until the other program has ended. Should that program wait for this one, for an answer of a
server that runs on this very loop, both wait for ever.

## Example

```python
import subprocess

async def revision():
    result = subprocess.run(["git", "rev-parse", "HEAD"], stdout=subprocess.PIPE, check=True)
    return result.stdout
```

## Instead

```python
import asyncio
from asyncio.subprocess import PIPE

async def revision():
    process = await asyncio.create_subprocess_exec("git", "rev-parse", "HEAD", stdout=PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"git failed with status {process.returncode}")
    return output
```

## When it stays silent

In functions that only run in a thread, and in tests. Merely starting a process (`subprocess.Popen`, `os.posix_spawn`)
takes milliseconds: it is possible at most. So is opening a browser, which somebody in front of the machine waits for. To wait for a
process is `blocking-process-wait`.

## When to turn it off

In a program that serves nobody while the process runs: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `subprocess.run(command, check=True)` becomes `await asyncio.to_thread(subprocess.run, command, check=True)`, and
`helper(command)` becomes `await asyncio.to_thread(helper, command)`. Other tasks then run meanwhile, and when the task is cancelled, the
thread and the process go on. `asyncio.create_subprocess_exec`, which needs no thread, gives a process of another kind, so that what is
done with the result would have to change as well. Nothing is done for `subprocess.Popen` and `os.popen`, which only start a process.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-subprocess",
    "ASL108",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="process",
    does="runs a process and waits for it",
    in_tests=None,
    equivalents=("ASYNC101", "ASYNC220", "ASYNC221"),
)
RULE.on_reach(report)
