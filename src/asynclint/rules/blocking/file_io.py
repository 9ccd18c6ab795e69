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
hooks, in the coroutine that does what has been typed on a command line. Lines that a function or a class of the program writes to a log
(by its name) are `possible` only: `logging` writes them there as well. So is opening a file whose methods are handed to threads.

## When to turn it off

In a program that serves nobody while it reads: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `Path(p).read_text()` becomes `await asyncio.to_thread(Path(p).read_text)`, and `helper(p)` becomes
`await asyncio.to_thread(helper, p)`. A `with open(p) as file:` whose whole body reads or writes the file once becomes the same:
`data = file.read()` becomes `data = await asyncio.to_thread(Path(p).read_text)`, `json.load(file)` becomes `json.loads` of that, and
`file.write(data)` becomes `await asyncio.to_thread(Path(p).write_text, data)`. Encoding, errors and newline are kept. Other tasks then run
meanwhile and may see, or change, a file that is half written. Nothing is done where more happens while the file is open (that belongs in
a function of its own, which is then handed to a thread), and where what is called needs the event loop itself.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Function, Instance
from asynclint.rules.advice import to_thread_in
from asynclint.rules.rule import Rule
from asynclint.rules.threads import has_threads, in_thread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, ENTER, ITER
from asynclint.source.uses import USE_ENTER

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
    equivalents=("ASYNC101", "ASYNC230", "ASYNC231", "ASYNC232", "ASYNC240"),
)

_LOGS: Final = re.compile(r"_*(write_)?log(_(entry|event|line|message|msg|request|response|to_file))?")
"""Names of functions that log a line."""

_OPEN: Final = frozenset({"builtins.open", "io.open", "pathlib.Path.open"})


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of the direct operations on one handle, one at the first, which names the others."""
    opened = {_row(reach) for reach in reaches if not reach.way}
    handles: dict[int, list[Reach]] = {}
    groups: list[list[Reach]] = []
    for reach in reaches:
        if reach.way:
            if any(map(_writes_log, reach.way)):
                reach = reach._replace(certainty=Certainty.POSSIBLE)
            yield view.of_reach(rule, reach, fix=in_thread(view, reach))
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
        yield view.of_reach(rule, first, note, fix=_fix(view, first, others))


def _fix(view: View, reach: Reach, others: Sequence[Reach]) -> Fix | None:
    """To do it in a thread: a single operation, or all that is done with a file that is opened."""
    root, module = reach.root, reach.root.module
    row = _row(reach)
    if module.rows[row][0] != CALL or not has_threads(view, root, reach.number):
        return None
    if not _gives_handle(view, reach):
        return None if others else in_thread(view, reach)
    is_entered = any(kind == USE_ENTER and module.rows[entered][1] == row for kind, entered, _, _ in root.facts.uses)
    if len(others) > 1 or not is_entered or reach.sink.name not in _OPEN:
        return None
    known = "method" if reach.sink.name.startswith("pathlib.") else ""
    path = view.linker.value(module, module.rows[row][3][0]) if module.rows[row][3] and not known else None
    names = {one.klass.name for one in path.alternatives if isinstance(one, Instance)} if path is not None else set()
    if names & {"builtins.int", "builtins.bytes"}:
        return None  # a descriptor, or a name that `Path` does not take
    if path is not None and not path.open and names == {"pathlib.Path"} and len(path.alternatives) == 1:
        known = "given"
    newline = "newline" if view.target_version is not None and view.target_version >= (3, 13) else ""
    return Fix("whole-file", "Read or write it in a thread", Safety.UNSAFE, (to_thread_in(module), known, newline))


def _gives_handle(view: View, reach: Reach) -> bool:
    """Whether a call gives something that is closed later, with more to do until then."""
    given = view.linker.value(reach.root.module, _row(reach)).alternatives
    bases = [base for one in given if isinstance(one, Instance) for base in one.klass.mro]
    return any(base.entry is not None and base.entry.enter is not None for base in bases)


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


def _writes_log(step: tuple[Function, int]) -> bool:
    """Whether a function writes lines of a log, as `logging` does as well: by its name, or by that of its class."""
    *_, owner, name = ("", *step[0].name.split("."))
    return _LOGS.fullmatch(name) is not None or owner.endswith("Logger")


def _operation(reach: Reach) -> str:
    name = reach.sink.name.rpartition(".")[2]
    return "iterates it" if name.startswith("__") else f"`.{name}`"


def _row(reach: Reach) -> int:
    return reach.root.facts.uses[reach.number][1]


def _handle(reach: Reach, opened: set[int]) -> int:
    """The row of the call that opened what a use works on, or of the attribute that holds it; else the use's own row."""
    rows = reach.root.module.rows
    operation, base, _, rest = rows[_row(reach)]
    if reach.sink.name == "os.fdopen" and not opened.isdisjoint(rest):
        return next(part for part in rest if part in opened)
    if operation == CALL:
        operation, base, _, _ = rows[base]
        if operation != ATTR:
            return _row(reach)
    while rows[base][0] in (ENTER, ITER):
        base = rows[base][1]
    if rows[base][0] == CALL and not opened.isdisjoint(rows[base][3]):
        return next(part for part in rows[base][3] if part in opened)  # what is written to ``os.fdopen(descriptor)``
    return base if base in opened or rows[base][0] == ATTR else _row(reach)
