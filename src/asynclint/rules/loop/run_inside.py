"""An event loop is run where one is running already: it raises an error, or the running one stands still.

## What it reports

`asyncio.run`, `Runner.run`, `loop.run_until_complete` and `loop.run_forever`, `trio.run`, `anyio.run`, `uvloop.run`, `uvicorn.run`,
`aiohttp.web.run_app`, `IOLoop.run_sync` of tornado, and calls of what `async_to_sync` of asgiref makes. In a coroutine, in a callback
of the event loop, or in anything that these call, in other files and in installed packages too.

## Why it hurts

A thread can only run one event loop at a time. asyncio, trio and anyio say so with a `RuntimeError`, on every call; a loop of
`asyncio.new_event_loop()` is no way out. Where one of them runs inside of another, nothing is said, and all tasks of the outer loop wait.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

def fetch_all(urls):
    return [asyncio.run(fetch(url)) for url in urls]

async def handler(urls):
    return fetch_all(urls)
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def fetch_all(urls):
    return [await fetch(url) for url in urls]

async def handler(urls):
    return await fetch_all(urls)
```

## When it stays silent

Where a test says that no loop is running: behind `asyncio.get_running_loop()` that raised, behind `if not loop.is_running()`. In
functions that only run in a thread. The finding is possible at most where a handler on the way names the `RuntimeError`, where a helper
asks first whether what it runs is a coroutine, in a branch of an installed package, and in a program that calls `nest_asyncio.apply`.

## When to turn it off

Never.

## Fix

Safe: in a coroutine, `asyncio.run(f(x))` becomes `await f(x)`, and so does `loop.run_until_complete(f(x))`; a name that the loop had for
nothing else goes as well. The old form only raises an error there. Other tasks run meanwhile: where they could change something under the
function's hands, it is done with `--unsafe-fixes` only. Unsafe: `run_until_complete` of what may be a future, which may belong to another
loop.

Nothing is done in plain functions and behind helpers, where a handler or a test expects the error, for further arguments such as `debug=`,
where a loop that is made here is used for something else as well, for other runners, and where two frameworks meet: one that runs inside of
another works, and blocks.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.advice import framework_of, to_thread_in
from asynclint.rules.loop.excuses import asks_by_error, gives_something_to_await, is_rarely_taken, uses_of
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.scopes import ASYNC

RULE = Rule(
    "run-inside-running-loop",
    "ASL301",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    does="runs an event loop",
)

_UNTIL_COMPLETE: Final = "asyncio.AbstractEventLoop.run_until_complete"
_AWAITED: Final = frozenset({"asyncio.run", "uvloop.run", _UNTIL_COMPLETE})
"""What takes a coroutine that can be awaited as well."""


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach."""
    for reach in reaches:
        certainty = Certainty.POSSIBLE if _is_excused(view, reach) else reach.certainty
        says = f"{reach.sink.entry.does or rule.does} where one is running: {_outcome(reach)}"
        yield view.of_reach(rule, reach._replace(certainty=certainty), says=says, advice=_advice(reach), fix=_fix(view, reach))


def _is_excused(view: View, reach: Reach) -> bool:
    """Whether it may well not come to it, or is meant: the root, which runs a loop, may be no root; a helper asks whether there is a
    coroutine at all; it stands in a branch of a dependency; loops may be nested."""
    if asks_by_error(reach) or gives_something_to_await(reach) or is_rarely_taken(reach) or view.nests_loops:
        return True
    if not reach.root.facts.flags & ASYNC and view.contexts.roots[reach.root].certainty < Certainty.CERTAIN:
        return True
    function, number = uses_of(reach)[-1]
    operation, _, _, arguments = function.module.rows[function.facts.uses[number][1]]
    return operation == CALL and any(view.awaitables.is_asked(function, argument) for argument in arguments)


def _fix(view: View, reach: Reach) -> Fix | None:
    """To await the coroutine in the loop that is running. A future may belong to another loop."""
    is_direct = not reach.way and not asks_by_error(reach) and may_await(view, reach.root, reach.number)
    if not is_direct or reach.sink.name not in _AWAITED or framework_of(reach.root.module) != "asyncio":
        return None
    _, _, _, arguments = reach.root.module.rows[reach.root.facts.uses[reach.number][1]]
    if len(arguments) != 1:
        return None
    is_coroutine = reach.sink.name != _UNTIL_COMPLETE or view.awaitables.coroutine(reach.root, arguments[0]) is not None
    return Fix("await-instead", "Await the coroutine itself", Safety.SAFE if is_coroutine else Safety.UNSAFE)


def _outcome(reach: Reach) -> str:
    inner = reach.sink.name.partition(".")[0]
    if (inner == "trio") != (framework_of(reach.root.module) == "trio"):
        return "all tasks of that one wait until it ends"
    return "it raises `RuntimeError`"


def _advice(reach: Reach) -> str:
    root = reach.root
    framework = framework_of(root.module)
    instead = {str(name): text for name, text in reach.sink.entry.instead.items()}.get(framework, "")
    if not root.facts.flags & ASYNC:
        return "Start a task in the loop that is running, `asyncio.create_task(...)`, and keep it."
    if reach.way:
        name = reach.way[0][0].facts.name.rpartition(".")[2]
        to_thread = to_thread_in(root.module)
        return f"Await what it runs: make `{name}` a coroutine function. Or run it in a thread: `await {to_thread}(...)`."
    return f"Use {instead}." if instead else "Await the coroutine itself."
