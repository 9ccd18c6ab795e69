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

Safe: `if not line: break` is written behind the read, or the `continue` that stands there already becomes a `break`, where the value has a
name and the read stands directly in the loop. The loop ends where it would have gone round for ever without reading anything.

Unsafe: the same elsewhere: what has no name gets one, or is tested at its place. So it is where a name other than an attribute, or a
`break`, ends the loop and something follows, where what follows needs what the loop binds, where the loop has an `else`, and where the
finding is only possible.

Nothing is done where the loop ends by returning something, where a comparison or a call ends it and something follows (`while len(body) <
size`: half a body would be taken for a whole one), where a loop around it would go on with the same stream, where the loop does something
else already when nothing has been read, and where the function has opened the stream itself and does not close it.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import last_name, spine
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.references import AWAIT, CALL
from asynclint.source.uses import ERROR_EXPECTED, USE_CALL, USE_SPINNING_READ

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

_CLOSES: Final = frozenset({"abort", "aclose", "close", "communicate", "enter_async_context", "kill", "terminate", "wait"})
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
    safety = Safety.UNSAFE if doubt is Certainty.POSSIBLE else Safety.SAFE
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` gives something empty at the end of the stream, and this loop goes on: it never waits again",
        certainty=min(doubt, read.certainty),
        advice="Leave the loop when nothing has been read: `if not data: break`.",
        subject=subject,
        sink=read.callee.name,
        fix=None if _is_left_open(function, row) else Fix("leave-at-end", "Leave the loop when nothing has been read", safety),
    )


def _is_left_open(function: Function, read: int) -> bool:
    """Whether the function has opened the stream itself, and closes nothing: behind the loop, it would stay open."""
    rows = function.module.rows
    base = next((row for row in spine(rows, rows[read][1]) if rows[row][0] == AWAIT), 0)
    called = {last_name(rows, rows[row][1]) for kind, row, _, _ in function.facts.uses if kind == USE_CALL}
    return base > 0 and rows[rows[base][1]][0] == CALL and called.isdisjoint(_CLOSES)
