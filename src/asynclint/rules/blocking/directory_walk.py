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
in a thread, and in tests. Where a coroutine still has the loop to itself (in front of the first task that the main
coroutine starts, in commands, in start-up hooks) a finding is possible at most.

## When to turn it off

In a program that serves nobody while it reads: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `shutil.rmtree(path)` becomes `await asyncio.to_thread(shutil.rmtree, path)`, `list(folder.glob("*"))` becomes
`await asyncio.to_thread(list, folder.glob("*"))`, and what a loop goes through is made a list in the thread:
`for child in await asyncio.to_thread(list, folder.rglob("*")):`. Helpers are handed to a thread in the same way. Other tasks then run
meanwhile and may see, or change, a tree that is half done; and the list is read to its end, even if the loop stops early. Nothing is done
where the loop over `os.walk` may tell it which folders to go into, for `with os.scandir(...)`, for helpers that are generators, and
where what is called needs the event loop itself.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.advice import to_thread_in
from asynclint.rules.rule import Rule
from asynclint.rules.threads import has_threads, in_thread, listed_in_thread
from asynclint.rules.view import View

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
    equivalents=("ASYNC240",),
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """Report each reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=_fix(view, reach))


def _fix(view: View, reach: Reach) -> Fix | None:
    """To go through it in a thread, or to call there what does."""
    if reach.sink.name == "os.scandir" and not reach.way:  # it is for the loop around it that the thread makes a list
        words = (to_thread_in(reach.root.module), "list-call", reach.sink.name)
        return Fix("to-thread", "Go through it in a thread", Safety.UNSAFE, words) if has_threads(view, reach.root, reach.number) else None
    return listed_in_thread(view, reach) or in_thread(view, reach)
