"""A directory tree is gone through, copied or removed on the event loop's thread.

## What it reports

`os.walk`, `os.scandir`, `os.listdir`, `glob`, `Path.glob`, `Path.iterdir`, the copying, moving, removing and packing of
`shutil`, and unpacking with `zipfile` and `tarfile`. In a coroutine, in a callback of the event loop, or in anything
that these call.

## Why it hurts

How long it takes is decided by how many files there are, not by the code: a folder that was small on the day of writing
grows, and all tasks wait for the disk, once for each file.

## Example

```python
from pathlib import Path

async def count(folder: Path):
    return sum(1 for path in folder.rglob("*.json"))
```

## Instead

```python
import asyncio
from pathlib import Path

def count_files(folder: Path):
    return sum(1 for path in folder.rglob("*.json"))

async def count(folder: Path):
    return await asyncio.to_thread(count_files, folder)
```

The whole loop belongs in the thread. `asyncio.to_thread(folder.rglob, "*.json")` gives an iterator that reads the disk
where it is iterated.

## When it stays silent

For `os.listdir`, `os.scandir` and the methods of `Path` below `/proc/`, `/sys/` and `/dev/`, in functions that only run
in a thread, and in tests. Where a coroutine still has the loop to itself, in front of the first task that the main
coroutine starts, a finding is possible at most.

## When to turn it off

In a program that serves nobody while it reads: a command-line tool that happens to use asyncio.

## Fix

None yet. Planned, unsafe: `shutil.rmtree(path)` becomes `await asyncio.to_thread(shutil.rmtree, path)`, and an iterator
is made a list in the thread. Other tasks then run meanwhile and may see, or change, a tree that is half done.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-directory-walk",
    "ASL107",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="disk",
    does="goes through a directory tree or copies files",
    in_tests=None,
)
RULE.on_reach(report)
