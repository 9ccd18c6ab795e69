"""Something is written to a stream, and nobody waits until the other side has taken it.

## What it reports

`write()` or `writelines()` of an `asyncio.StreamWriter` in a coroutine, where on some path no `await writer.drain()` follows before the
function ends, before the next round of a loop that may go on for ever writes again, or before the code waits for an answer. The
finding stands at the last write of that path.

The writer may have come from `asyncio.open_connection`, to the callback of `asyncio.start_server`, as a parameter, an attribute, or as
`process.stdin`. An object of another class counts as one if it has a coroutine method `drain` beside its `write`; so does, likely,
a parameter or attribute of which nothing is known, where the same file drains one of that name.

## Why it hurts

`write` only puts the data into a buffer, and returns. Without `drain`, which waits while the buffer is too full, nothing slows the writer
down: if the other side is slow, or has gone without a word, the buffer grows until the memory is used up.

## Example

```python
import asyncio

async def feed(queue: asyncio.Queue[bytes], writer: asyncio.StreamWriter):
    while True:
        writer.write(await queue.get())
```

## Instead

```python
import asyncio

async def feed(queue: asyncio.Queue[bytes], writer: asyncio.StreamWriter):
    while True:
        writer.write(await queue.get())
        await writer.drain()
```

## When it stays silent

For a write that `close()` follows: that is a question of waiting until it is closed. Where a function that is called on the way drains, or
one that is not known gets the writer; where all that call the function drain afterwards. For a loop over something at hand, with
the drain behind it. Where an `if` decides whether it is time to drain. In handlers of errors. In a plain function, which
cannot wait. For anything that is not known to be a stream writer: a file, a transport, a response.

## When to turn it off

Where all that is ever written is small, and the other side is trusted to read.

## Fix

Safe: `await writer.drain()` is written behind the last write in a row, where the writer is the function's alone: it has opened the
stream, or is what a server calls for each connection, and gives it to nobody but to coroutines that it awaits. Waiting there is what was
missing.

Unsafe: the same where others may write to the stream as well (a parameter, an attribute), since their data may then come in between; in
clean-up code, which may be cancelled there; and where an attribute is read in front of the wait and written behind it. Assignments that
follow at once, as in `self.pending = []`, come before the wait then, so that nothing that others add meanwhile is lost. Nothing is done
where the write is not a statement of its own, and in a loop that goes through an attribute or a global name, since an error ends the loop
when other tasks change it meanwhile: make a copy first. Nor is anything done where a comment in the function says that nothing should be
awaited.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.streams import DRAINS
from asynclint.rules.rule import Rule
from asynclint.rules.streams.own import is_own
from asynclint.rules.view import View, is_test
from asynclint.source.uses import USE_UNDRAINED, USE_UNDRAINED_READ, USE_UNDRAINED_ROUND

RULE = Rule(
    "missing-drain",
    "ASL401",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)

_WHERE: Final = {
    USE_UNDRAINED: "the function ends",
    USE_UNDRAINED_ROUND: "the next round writes more",
    USE_UNDRAINED_READ: "it waits for an answer",
}


@RULE.on_use(*_WHERE)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a write that nobody drains on some path; of several paths, the first that is one speaks."""
    certainty = _is_left(view, function, number)
    if certainty is None or any(_is_left(view, function, other) for other in _others_before(function, number)):
        return
    subject = view.subject(function, number)
    receiver = view.receiver(function, number)
    is_shared = not is_own(view, function, function.facts.uses[number][1])
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` is not drained before {_WHERE[function.facts.uses[number][0]]}: what the other side does not take piles up in memory",
        certainty=certainty,
        advice=f"Write `await {receiver}.drain()` behind the last write.",
        subject=subject,
        sink="asyncio.StreamWriter.write",
        fix=Fix("drain", f"Write `await {receiver}.drain()` behind the last write", Safety.UNSAFE if is_shared else Safety.SAFE),
    )


def _others_before(function: Function, number: int) -> Iterator[int]:
    """The uses about other paths from the same write, which stand directly in front."""
    places = function.module.places
    place = places.of_use(function.number, number)
    while number > 0 and function.facts.uses[number - 1][0] in _WHERE and places.of_use(function.number, number - 1) == place:
        number -= 1
        yield number


def _is_left(view: View, function: Function, number: int) -> Certainty | None:
    kind, row, _, through = function.facts.uses[number]
    module = function.module
    certainty = view.streams.is_writer(module, row)
    if certainty is None:
        return None
    if kind == USE_UNDRAINED_READ and not view.streams.reads(module, through[0]):
        return None
    if any(view.streams.may_call(module, call, DRAINS) for call in through):
        return None
    if kind == USE_UNDRAINED:
        callers = [place for place in view.contexts.callers.get(function, ()) if not is_test(place[0])]
        if callers and all(view.streams.drains_behind(caller, call, function) for caller, call in callers):
            return None
    return certainty
