"""A stream is closed, and nobody waits until it is.

## What it reports

`close()` of an `asyncio.StreamWriter` in a coroutine that has written to it, where on some path no `await writer.wait_closed()` follows.
Where the coroutine itself has written nothing, where it has drained what it wrote to a stream that somebody else has opened, and for a
server, the finding is possible only.

## Why it hurts

`close` only begins to close: what was written may not have been sent yet, and the connection is still there. Where the loop ends first, the
rest of the data is lost, with warnings about transports that were never closed; and errors of the last writes are seen by nobody.

## Example

```python
import asyncio

async def send(host: str, data: bytes):
    reader, writer = await asyncio.open_connection(host, 7000)
    writer.write(data)
    await writer.drain()
    writer.close()
```

## Instead

```python
import asyncio

async def send(host: str, data: bytes):
    reader, writer = await asyncio.open_connection(host, 7000)
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
```

## When it stays silent

In plain functions and in handlers of errors, where waiting would raise the stream's error again. For the input of a process, whose
end is what counts. Where another function of the file waits
for the same attribute, or a function that is called behind `close()` does. For anything that is not known to be a stream writer.

## When to turn it off

Where connections are dropped on purpose, and nothing that was written last matters.

## Fix

Unsafe: `await writer.wait_closed()` is written behind it. It can raise `ConnectionError` where the connection is lost, which nothing there
may be ready for; and it takes as long as the other side takes to read. For a server, it is only offered where the function itself has
started it: the handler of a connection that waits for its own server waits for itself. Nothing is done where `close()` is not a statement
of its own.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.streams import WAITS, WRITER
from asynclint.rules.rule import Rule
from asynclint.rules.streams.own import is_own
from asynclint.rules.view import View
from asynclint.source.uses import USE_UNWAITED, USE_UNWAITED_IDLE

RULE = Rule(
    "missing-wait-closed",
    "ASL402",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_SERVER: Final = "asyncio.AbstractServer"
_INPUT: Final = "stdin"


@RULE.on_use(USE_UNWAITED, USE_UNWAITED_IDLE)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a stream that is closed, if nobody waits for that on some path."""
    kind, row, _, through = function.facts.uses[number]
    module = function.module
    certainty = view.streams.is_a(module, row, WRITER)
    sink = WRITER
    if certainty is not None and kind == USE_UNWAITED_IDLE:
        certainty = Certainty.POSSIBLE  # nothing is lost with it
    if certainty is None and view.streams.is_a(module, row, _SERVER) is not None:
        certainty, sink = Certainty.POSSIBLE, _SERVER
    if certainty is None or view.streams.is_waited_for(module, row) or _INPUT in module.rows[row][2]:
        return
    if any(view.streams.may_call(module, call, WAITS) for call in through):
        return
    subject = view.subject(function, number)
    receiver = view.receiver(function, number)
    is_offered = sink == WRITER or is_own(view, function, row)  # a server that its own connections close would wait for them
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` only begins to close, and nobody waits for it: what was written last may be lost",
        certainty=certainty,
        advice=f"Write `await {receiver}.wait_closed()` behind it; it can raise `ConnectionError`.",
        subject=subject,
        sink=f"{sink}.close",
        fix=Fix("wait-closed", f"Write `await {receiver}.wait_closed()` behind it", Safety.UNSAFE) if is_offered else None,
    )
