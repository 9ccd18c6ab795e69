"""A loop reads a stream and does not look whether it has ended: from then on it goes round for ever, without a wait.

## What it reports

A `while` loop around `reader.read()` or `reader.readline()` of an asyncio stream, `loop.sock_recv()` or Trio's `receive_some()`, that goes
on when what has been read is empty. That is followed through names, tests, handlers and what is counted: `while left > 0` ends no loop that
takes away the length of nothing.

## Why it hurts

At the end of a stream these methods raise no error. They give something empty, at once, every time. The loop then takes a whole CPU, and
since nothing in it ever waits, no other task gets a turn: one client that hangs up stops the server.

## Example

```python
import asyncio

async def listen(reader: asyncio.StreamReader):
    while True:
        line = await reader.readline()
        if line.startswith(b"#"):
            continue
        print(line.decode().strip())
```

## Instead

```python
import asyncio

async def listen(reader: asyncio.StreamReader):
    while line := await reader.readline():
        if line.startswith(b"#"):
            continue
        print(line.decode().strip())
```

## When it stays silent

Where something empty ends the loop, may do so in a way that is not known, or raises an error that leaves it, as `int(line)` does; where the
loop asks `at_eof()`; for `readexactly` and `readuntil`, which raise an error; for websockets, messages, files and AnyIO's `receive()`.
What others may end (`while self.running:`) is likely. It is possible at most where the value is given to something unknown that might raise
an error, where the loop looks at the clock or at the state of the connection, where it awaits something else that may take its time, and in
tests.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: `if not line: break` behind the read, where the value has a name and the read stands directly in the loop. Unsafe
elsewhere.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.values import Function
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.uses import ERROR_EXPECTED, USE_SPINNING_READ

RULE = Rule(
    "read-loop-without-eof-check",
    "ASL404",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_DOUBTS: Final = {"''": Certainty.CERTAIN, "'others'": Certainty.LIKELY, "'maybe'": Certainty.POSSIBLE}


@RULE.on_use(USE_SPINNING_READ)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a read that gives something empty at the end, in a loop that does not care."""
    _, row, flags, known = function.facts.uses[number]
    read = known_callee(view, function.module, row, lambda callee: callee.entry is not None and callee.entry.empty_at_end)
    if read is None or flags & ERROR_EXPECTED:
        return
    doubt = _DOUBTS[function.module.rows[known[-1]][2]]
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` gives something empty at the end of the stream, and this loop goes on: it never waits again",
        certainty=min(doubt, read.certainty),
        advice="Leave the loop when nothing has been read: `if not data: break`.",
        subject=subject,
        sink=read.callee.name,
    )
