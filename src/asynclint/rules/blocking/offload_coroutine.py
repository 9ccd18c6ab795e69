"""A coroutine function is handed to a thread, where calling it only makes a coroutine that nobody awaits.

## What it reports

An `async def` given to `asyncio.to_thread`, `loop.run_in_executor`, `Executor.submit`, `Thread(target=...)`, trio's or
anyio's `to_thread.run_sync` and the like.

## Why it hurts

The thread calls the function, gets a coroutine, and is done. None of the function's code has run, mostly without any error.

## Example

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    await asyncio.to_thread(store, record)
```

## Instead

```python
import asyncio

async def store(record):
    await asyncio.sleep(1)

async def handler(record):
    await store(record)
```

## When it stays silent

Where what comes back is awaited in turn: `await (await asyncio.to_thread(store, record))`; where it is not known what is handed over; and
where it is handed to a function of the program that runs callables on the loop as well as in threads: it asks what it has got.

## When to turn it off

Never.

## Fix

Safe: `await asyncio.to_thread(f, x)` becomes `await f(x)`. Both give a coroutine, and as it stands nothing of `f` runs. So it is done
for `run_in_executor`, where it is awaited on the spot.

Unsafe: the same where what comes back is handed on or put into a collection, as it may be awaited there after all.
`Thread(target=f, args=(x,))` becomes `Thread(target=asyncio.run, args=(f(x),))`, which runs `f` in an event loop of the thread's own. What
`f` shares with the other loop is not made for that.

For `submit` of an executor, nothing is done; nor where the call does more than to name the function, such as to make the executor.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.values import Bound, Function, unbound
from asynclint.rules.rule import Rule
from asynclint.rules.threads import handed_over
from asynclint.rules.view import View
from asynclint.source.references import AWAIT

RULE = Rule(
    "offload-of-coroutine-function",
    "ASL122",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    kind="thread",
)

_ELSEWHERE: Final = frozenset({"process", "thread"})


@RULE.on_hop
def check(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report a callable that certainly is a coroutine function, unless its coroutine is awaited in turn."""
    if hop.context not in _ELSEWHERE or len(hop.value.alternatives) != 1 or hop.value.open:
        return
    alternative = hop.value.alternatives[0]
    function = unbound(alternative)
    if not isinstance(function, Function) or function.doubtful or pending_nature(function) != "coroutine" or _is_awaited_in_turn(hop):
        return
    if any(
        (other.function, other.number) == (hop.function, hop.number) and other.context not in _ELSEWHERE
        for other in view.contexts.graph.hops
    ):
        return  # who takes it runs some things in threads and others on the loop, and can tell them apart
    name = function.facts.name.rpartition(".")[2]
    certainty = alternative.certainty if isinstance(alternative, Bound) else Certainty.CERTAIN
    yield view.finding(
        rule,
        hop.function,
        hop.number,
        f"`{name}` is a coroutine function: in a thread, calling it only makes a coroutine that nobody awaits",
        certainty=certainty,
        advice=f"Await it here: `await {name}(...)`, or start it as a task.",
        fix=_fix(view, hop, name),
    )


def _fix(view: View, hop: Hop, name: str) -> Fix | None:
    """To call it, where that gives what is awaited already; a thread is given a loop of its own."""
    known = handed_over(view, hop)
    if known is None or hop.context != "thread":
        return None
    if hop.api == "threading.Thread":
        return Fix("run-coroutine-in-thread", f"Run `{name}` with `asyncio.run` in the thread", Safety.UNSAFE)
    if not known.is_coroutine and not hop.api.endswith(".run_in_executor"):
        return None
    gives = "coroutine" if known.is_coroutine else "future"
    words = (known.parameter, known.position, gives, "keywords" if known.keywords is None else "")
    return Fix("call-coroutine", f"Await `{name}` here", Safety.SAFE, words)


def _is_awaited_in_turn(hop: Hop) -> bool:
    rows = hop.function.module.rows
    call = hop.function.facts.uses[hop.number][1]
    awaited = {number for number, row in enumerate(rows) if row[0] == AWAIT and row[1] == call}
    return any(row[0] == AWAIT and row[1] in awaited for row in rows)
