"""A file is opened, read or written on the event loop's thread.

## What it reports

`open`, `Path.read_text`, `tempfile` and the like, and reading, writing and iterating the handle, in a coroutine, in a
callback of the event loop, or in anything that these call. One handle is one finding, which lists what is done with it.

## Why it hurts

A read from a busy or remote disk takes milliseconds to seconds, and all tasks wait for it. There is no asynchronous
file access below it: libraries that offer one use threads.

## Example

```python
import json

async def handler(request):
    with open("settings.json") as file:
        return json.load(file)
```

## Instead

```python
import asyncio
import json
from pathlib import Path

async def handler(request):
    return json.loads(await asyncio.to_thread(Path("settings.json").read_text))
```

## When it stays silent

For files in memory (`io.StringIO`), for `/proc`, `/sys` and `/dev/null`, in functions that only run in a thread, in tests, and
where a coroutine still has the loop to itself: in front of the first task that the main coroutine starts, in commands, in start-up
hooks. Opening a file whose methods are handed to threads is `possible` only.

## When to turn it off

In a program that serves nobody while it reads: a command-line tool that happens to use asyncio.

## Fix

None yet. Planned, unsafe: `Path(p).read_text()` becomes `await asyncio.to_thread(Path(p).read_text)`.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, ENTER, ITER

RULE = Rule(
    "blocking-file-io",
    "ASL105",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="disk",
    does="reads or writes a file",
    in_tests=None,
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of the direct operations on one handle, one at the first, which names the others."""
    opened = {_row(reach) for reach in reaches if not reach.way}
    handles: dict[int, list[Reach]] = {}
    groups: list[list[Reach]] = []
    for reach in reaches:
        if reach.way:
            yield view.of_reach(rule, reach)
            continue
        handle = _handle(reach, opened)
        if handle == _row(reach) or handle not in handles:  # opening the same file again gives another handle
            handles[handle] = []
            groups.append(handles[handle])
        handles[handle].append(reach)
    for first, *others in groups:
        if not others and _is_used_in_threads(view, first):
            first = first._replace(certainty=Certainty.POSSIBLE)  # to open it is the least of the work
        names = dict.fromkeys(_operation(other) for other in others)
        note = f" (and then: {', '.join(names)})" if names else ""
        yield view.of_reach(rule, first, note)


def _is_used_in_threads(view: View, reach: Reach) -> bool:
    """Whether methods of the handle that a use opens are handed to threads: ``await to_thread(file.read)``."""
    rows = reach.root.module.rows
    for hop in view.contexts.graph.hops:
        if hop.function is reach.root and hop.context == "thread" and rows[hop.row][0] == ATTR:
            base = rows[hop.row][1]
            while rows[base][0] == ENTER:
                base = rows[base][1]
            if base == _row(reach):
                return True
    return False


def _operation(reach: Reach) -> str:
    name = reach.sink.name.rpartition(".")[2]
    return "iterates it" if name.startswith("__") else f"`.{name}`"


def _row(reach: Reach) -> int:
    return reach.root.facts.uses[reach.number][1]


def _handle(reach: Reach, opened: set[int]) -> int:
    """The row of the call that opened what a use works on, or of the attribute that holds it; else the use's own row."""
    rows = reach.root.module.rows
    operation, base, _, _ = rows[_row(reach)]
    if operation == CALL:
        operation, base, _, _ = rows[base]
        if operation != ATTR:
            return _row(reach)
    while rows[base][0] in (ENTER, ITER):
        base = rows[base][1]
    return base if base in opened or rows[base][0] == ATTR else _row(reach)
