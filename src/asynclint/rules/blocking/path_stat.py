"""The metadata of a file is read or changed on the event loop's thread.

## What it reports

`os.stat`, `os.path.exists`, `os.mkdir`, `os.rename`, `os.remove`, `os.chmod` and the like, and what does the same as a method of `Path`. In
a coroutine, in a callback of the event loop, or in anything that these call. All that a function does with one path by itself
is one finding, at the first call.

## Why it hurts

On a local disk such a call takes microseconds, most of the time. On a network share, a container's overlay or a disk that has
gone to sleep it takes as long as the other side likes, up to minutes where that is gone, and all other tasks wait.

## Example

```python
import os

async def store(folder, name):
    if not os.path.exists(folder):
        os.makedirs(folder)
    return os.path.join(folder, name)
```

## Instead

```python
import asyncio
import os

def make_folder(folder):
    if not os.path.exists(folder):
        os.makedirs(folder)

async def store(folder, name):
    await asyncio.to_thread(make_folder, folder)
    return os.path.join(folder, name)
```

## When it stays silent

For what only computes on text (`os.path.join`, `PurePath`), below `/proc/`, `/sys/` and `/dev/`, in functions that only run
in a thread, and in tests. Where a coroutine still has the loop to itself, in front of the first task that the main
coroutine starts, a finding is possible at most.

## When to turn it off

It is off unless asked for (`strict`). Where all paths lie on local disks, handing each of these calls to a thread costs more than it saves.

## Fix

Unsafe: `os.remove(path)` becomes `await asyncio.to_thread(os.remove, path)`, and so do helpers. Other tasks then run meanwhile, and may see
or change what was just asked about. Nothing is done where a function does several things with one path: they belong in one thread together.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL

RULE = Rule(
    "blocking-path-stat",
    "ASL106",
    category="blocking",
    since="0.1",
    default=False,
    strict=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="disk",
    does="reads or changes the metadata of a file",
    in_tests=None,
    equivalents=("ASYNC240",),
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of the direct calls on one path, one at the first, which names the others."""
    paths: dict[int, list[Reach]] = {}
    for reach in reaches:
        if reach.way:
            yield view.of_reach(rule, reach, fix=in_thread(view, reach))
        else:
            paths.setdefault(_path(reach), []).append(reach)
    for first, *others in paths.values():
        names = dict.fromkeys(f"`.{other.sink.name.rpartition('.')[2]}`" for other in others)
        note = f" (and then: {', '.join(names)})" if names else ""
        yield view.of_reach(rule, first, note, fix=None if others else in_thread(view, first))


def _path(reach: Reach) -> int:
    """The row of the path that a call asks about: what its method is called on, or its first argument; else the call's own row."""
    rows = reach.root.module.rows
    row = reach.root.facts.uses[reach.number][1]
    if rows[row][0] != CALL:
        return row
    callee = rows[rows[row][1]]
    if reach.sink.name.startswith("pathlib.") and callee[0] == ATTR:
        return callee[1]
    return rows[row][3][0] if rows[row][3] else row
