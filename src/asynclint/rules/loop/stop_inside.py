"""A coroutine stops or closes the event loop that runs it: `asyncio.run` raises an error instead of giving a result.

## What it reports

`stop` and `close` of the running loop, that of `asyncio.get_running_loop()`, in a coroutine or a callback of the loop; and `loop.stop` that
is given to `call_soon`, `call_later` or `add_signal_handler`. On request, `os._exit` in a coroutine.

## Why it hurts

`asyncio.run` and `run_until_complete` stop the loop themselves, when their coroutine is done. A loop that is stopped before raises
`RuntimeError: Event loop stopped before Future completed`; what other tasks would have cleaned up is cancelled at best. `close` raises
`RuntimeError: Cannot close a running event loop` on the spot. `os._exit` ends the process without any clean-up; `sys.exit` ends
`asyncio.run` in order.

## Example

```python
import asyncio

async def main():
    while True:
        if await asyncio.to_thread(input, "> ") == "quit":
            asyncio.get_running_loop().stop()

asyncio.run(main())
```

## Instead

```python
import asyncio

async def main():
    while True:
        if await asyncio.to_thread(input, "> ") == "quit":
            return

asyncio.run(main())
```

## When it stays silent

For `stop`, where the program calls `run_forever` anywhere: that is how such a loop ends. Where the program runs no coroutine itself, as a
library, `stop` is possible at most. For loops of which it is not known that they are the running one: another thread may run them.

## When to turn it off

Never.

## Fix

None. How the coroutine is to end, only the author can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ASKS_BY_ERROR, ERROR_EXPECTED

RULE = Rule(
    "loop-stop-in-coroutine",
    "ASL316",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_STOP: Final = "asyncio.AbstractEventLoop.stop"
_CLOSE: Final = "asyncio.AbstractEventLoop.close"
_EXIT: Final = "os._exit"
_RUNNING: Final = frozenset({"asyncio.get_running_loop", "asyncio.get_event_loop"})
_STOPPED: Final = "what runs the coroutine raises `RuntimeError`: Event loop stopped before Future completed"


@RULE.on_call("stop", "close", "_exit")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what ends the running loop in code that it runs."""
    root = view.contexts.roots.get(function)
    if root is None or root.certainty < Certainty.CERTAIN:
        return
    _, row, flags, _ = function.facts.uses[number]
    callee = _only(view, function.module, function.module.rows[row][1])
    if callee is None:
        return
    subject = f"`{view.subject(function, number)}`"
    if callee.name == _EXIT:
        message, certainty, advice = f"{subject} ends the process without any clean-up", Certainty.POSSIBLE, "`sys.exit` ends it in order."
    elif callee.name == _CLOSE and _is_running(view, callee):
        message = f"{subject} raises `RuntimeError`: the loop is running"
        certainty = Certainty.POSSIBLE if flags & (ASKS_BY_ERROR | ERROR_EXPECTED) else Certainty.CERTAIN
        advice = "Leave it to `asyncio.run`, which closes its loop."
    elif callee.name == _STOP and _is_running(view, callee) and not view.loops.run_forever:
        message, certainty, advice = f"{subject} stops the loop that runs this: {_STOPPED}", _certainty(view), _advice(function)
    else:
        return
    yield view.finding(rule, function, number, message, certainty=certainty, advice=advice, sink=callee.name)


@RULE.on_hop
def check_callback(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report ``loop.stop`` that is given to the loop as a callback."""
    if hop.context != "loop" or not hop.function.facts.flags & ASYNC:
        return
    callee = _only(view, hop.function.module, hop.row)
    if callee is not None and callee.name == _STOP and _is_running(view, callee) and not view.loops.run_forever:
        api = hop.api.rpartition(".")[2]
        message = f"`{api}` stops the loop that runs this: {_STOPPED}"
        yield view.finding(rule, hop.function, hop.number, message, certainty=_certainty(view), advice=_advice(hop.function), sink=_STOP)


def _only(view: View, module: Module, row: int) -> External | None:
    value = view.linker.value(module, row)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    return only if isinstance(only, External) else None


def _is_running(view: View, method: External) -> bool:
    """Whether a method is that of the running loop."""
    receiver = method.receiver
    if not isinstance(receiver, Instance) or receiver.made is None:
        return False
    module, call = receiver.made
    maker = _only(view, module, module.rows[call][1])
    return maker is not None and maker.name in _RUNNING


def _certainty(view: View) -> Certainty:
    """Whether the program runs coroutines itself, so that it is known how its loops are run."""
    return Certainty.LIKELY if view.loops.runs_coroutines else Certainty.POSSIBLE


def _advice(function: Function) -> str:
    if function.facts.flags & ASYNC:
        return "Let the coroutine that is run end instead: return, cancel its task, or set an event that it waits for."
    return "Cancel the task that is run, or set an event that it waits for."
