"""The event loop's thread waits for somebody to type.

## What it reports

`input`, `getpass.getpass`, reading `sys.stdin`, `cmd.Cmd.cmdloop`, keys of `curses` and interactive consoles. In a
coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

People take seconds or go to lunch, and all tasks stand still meanwhile: connections time out, heartbeats stop.

## Example

```python
async def confirm(question):
    return input(f"{question} [yes/no] ") == "yes"
```

## Instead

```python
import asyncio

async def confirm(question):
    return await asyncio.to_thread(input, f"{question} [yes/no] ") == "yes"
```

## When it stays silent

In functions that only run in a thread, and for a `curses` window that is told not to wait. A `breakpoint()` or
`pdb.set_trace()` is possible at most: while one debugs, the loop may stand still. In tests it is only possible, and where a
coroutine has the loop to itself: before the main coroutine starts tasks, and in what a command line runs.

## When to turn it off

In a program that has nothing to do until the answer is there.

## Fix

Unsafe: `input(prompt)` becomes `await asyncio.to_thread(input, prompt)`. When the task is cancelled or times out, the thread still waits
for a line and takes it away from the next reader, and the program does not exit before it has come. Nothing is done for debuggers,
consoles and `curses`, which belong to the main thread, and for iterating `sys.stdin`.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-console",
    "ASL110",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="console",
    does="waits for somebody to type",
    equivalents=("ASYNC250",),
    in_tests=Certainty.POSSIBLE,
)
RULE.on_reach(report)
