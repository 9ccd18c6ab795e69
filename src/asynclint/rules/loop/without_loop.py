"""What needs a running event loop is called where none can be running: it raises an error.

## What it reports

`asyncio.create_task`, `get_running_loop` and `current_task` in a function that is handed to a thread or a process, in the `run` of a
`threading.Thread`, in a plain endpoint of FastAPI, in a function that runs a loop itself, in a script or at import; and in a helper that
one of these calls in any case. In a thread, also `asyncio.gather`, `shield` and `ensure_future` of coroutines. And
`asyncio.run(asyncio.gather(...))`: the argument comes first, and the loop after it.

## Why it hurts

There is nothing to schedule the work on: `RuntimeError: no running event loop`. In a thread that nobody waits for, even that is easily
missed; a coroutine that was made for the call is never awaited.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

if __name__ == "__main__":
    print(asyncio.run(asyncio.gather(fetch("a"), fetch("b"))))
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return url

async def main():
    print(await asyncio.gather(fetch("a"), fetch("b")))

if __name__ == "__main__":
    asyncio.run(main())
```

## When it stays silent

Where the error is handled: that is a way to ask. In a function of which nobody knows where it runs. Where a condition stands in front, the
finding is possible at most: it may be the one that asks. For code that runs at import, it is likely at most, since a file can be imported
while a loop is running.

## When to turn it off

For files that are pasted into a notebook or a console with a running loop.

## Fix

None. What should be a coroutine, and which loop a thread is to hand its work to, only the author can say.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.values import Function
from asynclint.project.questions.needs import eager_argument
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC

RULE = Rule(
    "create-task-without-loop",
    "ASL315",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_IN_COROUTINE = "Do it in a coroutine, which `asyncio.run(...)` runs."
_FROM_THREAD = "Hand it to the loop of another thread: `asyncio.run_coroutine_threadsafe(..., loop)`. Or run one here: `asyncio.run(...)`."


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report what needs a loop in a function that has none."""
    for need in view.needs.of(function):
        name = function.facts.name.rpartition(".")[2]
        reason = f"`{name}` {need.why.reason}" if function.number else need.why.reason
        calls = f", since it calls `{need.name}`" if need.way else ""
        subject = view.subject(function, need.number)
        yield view.finding(
            rule,
            function,
            need.number,
            f"`{subject}` needs a running event loop{calls}, and none runs here: {reason}",
            certainty=need.certainty,
            way=view.steps(need.way),
            subject=subject,
            sink=need.name,
            advice=_FROM_THREAD if need.why.in_thread else _IN_COROUTINE,
        )


@RULE.on_hop
def check_argument(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report ``asyncio.run(asyncio.gather(...))``, where no loop is running anyway."""
    root = view.contexts.roots.get(hop.function)
    name = eager_argument(view.contexts.graph, hop)
    if name is None or hop.function.facts.flags & ASYNC or (root is not None and root.certainty is Certainty.CERTAIN):
        return
    yield view.finding(
        rule,
        hop.function,
        view.fates.maker(hop.function, hop.number, hop.row),
        f"`{name}` needs a running event loop, and is called before `{hop.api}` starts one",
        certainty=Certainty.CERTAIN,
        sink=name,
        advice="Await it in a coroutine, and run that.",
    )
