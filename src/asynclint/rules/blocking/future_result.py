"""The event loop's thread waits for the result of a job that runs in another thread or process.

## What it reports

`result` and `exception` of a `concurrent.futures.Future`, `concurrent.futures.wait` and `as_completed`, and of
`multiprocessing` pools `map`, `starmap`, `apply`, the iteration of `imap`, and `get` and `wait` of their results. In a
coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

The work was given away so that the loop stays free, and then the loop waits for it. If the job itself needs the loop,
both wait for ever.

## Example

```python
from concurrent.futures import ProcessPoolExecutor

POOL = ProcessPoolExecutor()

def shrink(image):
    return image.resize((64, 64))

async def thumbnail(image):
    return POOL.submit(shrink, image).result()
```

## Instead

```python
import asyncio
from concurrent.futures import ProcessPoolExecutor

POOL = ProcessPoolExecutor()

def shrink(image):
    return image.resize((64, 64))

async def thumbnail(image):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(POOL, shrink, image)
```

## When it stays silent

For asyncio's own futures and tasks, which never wait but raise; for a timeout of `0`; behind a test of `future.done()`;
and in functions that only run in a thread. `Executor.map` only submits, and iterating what it gives is not followed.
Of the futures of `asyncio.run_coroutine_threadsafe`, `threadsafe-result-on-loop-thread` speaks.

## When to turn it off

Where a future is known to be done in a way that is not seen here. Better say so at the line, with
`# asynclint: ignore[blocking-future-result]`.

## Fix

Safe: `executor.submit(f, x).result()`, a future that nobody else has, becomes
`await asyncio.get_running_loop().run_in_executor(executor, f, x)`, which submits the job in the same way. Where the future is not
certain to be one of `concurrent.futures`, and where other tasks could change something under the function's hands, it is done with
`--unsafe-fixes` only. The job is left alone if it is `next`, as a future of asyncio cannot hold StopIteration.

Unsafe: `future.result()` becomes `await asyncio.wrap_future(future)`. Other tasks then run meanwhile, and cancelling the task
cancels the future for all who wait for it. With a timeout, for `exception()`, `concurrent.futures.wait` and the methods of pools, for
helpers, and with other frameworks than asyncio, the call is handed to a thread: `await asyncio.to_thread(future.result, 5)`. So it is where
an error of `concurrent.futures` is handled around it, as asyncio raises errors of its own. Iterating `as_completed` or `imap` is
left alone.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import External, unbound
from asynclint.rules.offers import framework, may_await
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View

RULE = Rule(
    "blocking-future-result",
    "ASL112",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    kind="lock",
    does="waits for a future's result",
)

_RESULT: Final = "concurrent.futures.Future.result"
_FUTURES: Final = "concurrent.futures."


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """Report each reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=_awaiting(view, reach) or in_thread(view, reach))


def _awaiting(view: View, reach: Reach) -> Fix | None:
    """To await a future as asyncio's, or to let the loop submit the job."""
    root = reach.root
    if reach.way or reach.sink.name != _RESULT or framework(view, root) != "asyncio" or not may_await(view, root, reach.number):
        return None
    call = view.expression(root, reach.number)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
        return None  # with a timeout, a thread can wait as long
    future = call.func.value
    if isinstance(future, ast.Call) and not future.keywords and _is_submitted(view, reach):
        safety = Safety.SAFE if reach.certainty is Certainty.CERTAIN else Safety.UNSAFE
        return Fix("run-in-executor", "Await the job with `run_in_executor`", safety)
    return Fix("wrap-future", "Await it with `asyncio.wrap_future`", Safety.UNSAFE)


def _is_submitted(view: View, reach: Reach) -> bool:
    """Whether the future comes from the `submit` of a library's executor: that of another class may take something else first."""
    module = reach.root.module
    rows = module.rows
    asked = rows[reach.root.facts.uses[reach.number][1]][1]
    submit = rows[rows[asked][1]][1]
    callees = [unbound(callee) for callee in view.linker.value(module, submit).alternatives]
    return bool(callees) and all(isinstance(callee, External) and callee.name.startswith(_FUTURES) for callee in callees)
