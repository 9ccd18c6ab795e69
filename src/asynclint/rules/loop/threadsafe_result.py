"""The event loop's thread waits for an event loop to run something: where that is its own, it waits for ever.

## What it reports

`result` and `exception` of the future that `asyncio.run_coroutine_threadsafe` gives, or `start_task_soon` of an anyio portal; `call`
and `start_task` of a portal; `from_thread.run` and `from_thread.run_sync` of anyio and trio. In a coroutine, in a callback of the event
loop, or in anything that these call.

## Why it hurts

They are made for other threads: they hand work to the loop and wait until it is done. On the loop's own thread, the loop cannot do the
work while it waits: a deadlock, or a stall up to the timeout. `from_thread` and the portals notice it and raise a `RuntimeError`. Where it
is another loop that does the work, this one stands still meanwhile.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def handler(url):
    loop = asyncio.get_running_loop()
    return asyncio.run_coroutine_threadsafe(fetch(url), loop).result()
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def handler(url):
    return await fetch(url)
```

## When it stays silent

In functions that only run in a thread; where a test says that no loop is running; behind a test of `future.done()`. The finding is possible
at most where a handler names the `RuntimeError` by which `from_thread` and portals tell that this is the wrong thread, and where a test
on the way says that the object has a thread, `if self._loop_thread:`.

`blocking-future-result` speaks of the futures of executors.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `asyncio.run_coroutine_threadsafe(f(x), loop).result()` becomes `await f(x)` where the loop is known to be the
running one; the old form never returns. Other tasks run meanwhile: where they could change something under the function's hands, it is
done with `--unsafe-fixes` only. Nothing is done with a timeout, where the future has a name, for other loops, behind helpers, and for
portals and `from_thread`, which may belong to another loop.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Alternative, External, Function, Instance, Origin
from asynclint.rules.advice import to_thread_in
from asynclint.rules.loop.excuses import asks_by_error, gives_something_to_await, has_a_thread_for_it, is_rarely_taken, uses_of
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC

RULE = Rule(
    "threadsafe-result-on-loop-thread",
    "ASL303",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_RUNNING = frozenset({"asyncio.get_running_loop", "asyncio.get_event_loop"})
_RAISES = "raises `RuntimeError` on the thread of the event loop, for it is made for others"
_OF_PORTAL = "waits for the event loop of the portal; where that is this one, it raises `RuntimeError`"
_FOR_EVER = "waits for the event loop that it stops: it never returns"
_TO_THE_TIMEOUT = "waits for the event loop that it stops: only the timeout ends that"
_ELSEWHERE = "blocks the event loop: it waits for another one"
_MAYBE = "blocks the event loop: it waits for a coroutine, and for ever if that is to run on this loop"


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach."""
    for reach in reaches:
        says = _about_loop(view, *uses_of(reach)[-1])
        if reach.sink.entry.fails_on_loop:
            says = _OF_PORTAL if ".BlockingPortal." in reach.sink.name else _RAISES
        is_excused = gives_something_to_await(reach) or has_a_thread_for_it(reach) or is_rarely_taken(reach)
        is_excused = is_excused or (reach.sink.entry.fails_on_loop and asks_by_error(reach))
        certainty = Certainty.POSSIBLE if is_excused else reach.certainty
        fix = _fix(view, reach) if says == _FOR_EVER and reach.sink.name.endswith(".result") else None
        yield view.of_reach(rule, reach._replace(certainty=certainty), says=says, advice=_advice(reach, says), fix=fix)


def _fix(view: View, reach: Reach) -> Fix | None:
    """To await the coroutine in the loop that is running, which is the one that it is for."""
    if reach.way or not may_await(view, reach.root, reach.number):
        return None
    return Fix("await-handed-over", "Await the coroutine itself", Safety.SAFE)


def _about_loop(view: View, function: Function, number: int) -> str:
    """What the wait for a future means, by the loop that its work was given to."""
    made = _maker(view, function, function.module.rows[function.facts.uses[number][1]][1])
    row = view.linker.argument(made, "loop", ("coro", "loop")) if made is not None else None
    if made is None or row is None:
        return _MAYBE
    loops = view.linker.value(made[0], row)
    makers = {_name_of_maker(view, loop) for loop in loops.alternatives}
    if loops.open or not makers:
        return _MAYBE
    if makers <= _RUNNING:
        return _TO_THE_TIMEOUT if function.module.rows[function.facts.uses[number][1]][3] else _FOR_EVER
    return _ELSEWHERE if makers == {"asyncio.new_event_loop"} else _MAYBE


def _name_of_maker(view: View, loop: Alternative) -> str:
    """The name of the one callable that made a loop; empty where that is not known."""
    if not isinstance(loop, Instance) or loop.made is None:
        return ""
    module, call = loop.made
    names = [maker.name for maker in view.linker.value(module, module.rows[call][1]).alternatives if isinstance(maker, External)]
    return names[0] if len(names) == 1 else ""


def _maker(view: View, function: Function, callee: int) -> Origin | None:
    """Where the future was made that a method is called of."""
    for alternative in view.linker.value(function.module, callee).alternatives:
        if isinstance(alternative, External) and alternative.receiver is not None:
            return alternative.receiver.made
    return None


def _advice(reach: Reach, says: str) -> str:
    to_thread = to_thread_in(reach.root.module)
    if not reach.root.facts.flags & ASYNC:
        return "Start a task instead, and keep it; or make the caller a coroutine function, and await."
    if reach.way:
        name = reach.way[0][0].facts.name.rpartition(".")[2]
        return f"Make `{name}` a coroutine function that awaits. Or run it in a thread: `await {to_thread}(...)`."
    if reach.sink.name.endswith("run_sync"):
        return "Call the function itself: this is the thread that it wants."
    if says == _ELSEWHERE:
        return "Use `await asyncio.wrap_future(...)`."
    return "Await the coroutine itself."
