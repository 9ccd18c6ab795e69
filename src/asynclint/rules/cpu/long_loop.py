"""Loops in each other go round a million times on the event loop's thread, and await nothing.

## What it reports

A `for` loop in a coroutine, with what it calls nowhere awaiting anything, whose innermost part runs a million times or more whatever the
data: loops over ranges with constant bounds in each other, one long range, the pixels of a Pillow image. Such loops in a function are
reported where the event loop's thread comes to them, with the way.

Loops in each other over two collections whose sizes the program does not tell are reported as possible. A loop over what each element
of the outer one holds is a sum, no product, and is not reported.

## Why it hurts

The event loop runs one thing at a time. A million rounds take 30 ms at the very least, and a second with a few calls in them.
Meanwhile, no other task runs.

## Example

```python
from PIL import Image

async def brightest(image: Image.Image):
    most = 0
    for x in range(image.width):
        for y in range(image.height):
            most = max(most, sum(image.getpixel((x, y))))
    return most
```

## Instead

```python
import asyncio
from PIL import Image

def find_brightest(image: Image.Image):
    most = 0
    for x in range(image.width):
        for y in range(image.height):
            most = max(most, sum(image.getpixel((x, y))))
    return most

async def brightest(image: Image.Image):
    return await asyncio.to_thread(find_brightest, image)
```

A thread shares the processor with the event loop, which gets its turn then. Where that is not enough, use a process. A loop that must stay
can let others run now and then: `if number % 1000 == 0: await asyncio.sleep(0)`.

## When it stays silent

Where anything in the loops awaits or yields; for bounds that the program does not tell, for `while` loops, comprehensions and single loops
over data; in tests; in functions that only run in a thread. Where what blocks in the loops is reported. While a coroutine still has the
loop to itself, a finding is possible at most.

## When to turn it off

In a program that serves nobody while it computes: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `await asyncio.sleep(0)` (or the like of trio, anyio or curio, by the file) is written at the start of the outer loop's body.
Where one round of it is short, as far as constants tell, it is done every so many rounds: `if number % 1000 == 0`, with the loop's own
number or one of `enumerate`. It is unsafe because others may now change what the function works on, and because it makes the loop a little
slower. A thread or a process is better where one can be used.

Nothing is done where the loops inside are too long themselves, behind helpers, in a loop over what others may change, under a lock of
threads, where the loop stands on one line, and where it is not plain to see which framework runs the function.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.cpu.reach import report
from asynclint.rules.cpu.turns import now_and_then
from asynclint.rules.rule import Rule
from asynclint.rules.view import View

RULE = Rule(
    "cpu-loop-without-yield",
    "ASL702",
    category="cpu",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="cpu",
    in_tests=None,
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach."""
    instead = "Run it in a thread or process; or let others run now and then, in the outer loop: {}."
    yield from report(view, rule, reaches, instead, now_and_then)
