"""A handler of `signal.signal` uses the event loop: the loop may not notice it until something else happens.

## What it reports

Methods of the loop (`stop`, `call_soon`, `create_task`), `asyncio.create_task`, `cancel` of a task, `set` of an `asyncio.Event`,
`put_nowait` of a queue, writes to a stream, and running a loop, in a function that is given to `signal.signal`, or in what that calls.

## Why it hurts

Python runs the handler in the main thread, between any two instructions: in the middle of the loop's own work, or while the loop sleeps.
It sleeps on: what the handler has scheduled waits for the next timer or packet, which may be long after the user has pressed Ctrl+C a
third time. To run a loop in the handler raises a `RuntimeError`.

## Example

```python
import asyncio
import signal

async def main():
    done = asyncio.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    await done.wait()
```

## Instead

```python
import asyncio
import signal

async def main():
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
```

## When it stays silent

For `loop.call_soon_threadsafe` and `asyncio.run_coroutine_threadsafe`, which wake the loop; for a handler that ends the program by
`sys.exit` and the like, which ends the sleep as well; for `loop.add_signal_handler`. In a function that calls
`add_signal_handler` too, `signal.signal` is for systems that have no such thing, and the finding is possible at most.

## When to turn it off

Never.

## Fix

Unsafe: `loop.stop()` becomes `loop.call_soon_threadsafe(loop.stop)`, and `loop.call_soon(f)` becomes `loop.call_soon_threadsafe(f)`,
which wakes the loop. It raises a RuntimeError where the loop is closed already.

Nothing is done for other calls, whose loop is not plain to see, nor is `loop.add_signal_handler(...)` written for `signal.signal`: Windows
does not have it, and the handler gets no arguments.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.values import Bound, External, Function, unbound
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import CONDITIONAL, OTHER_SYSTEM, USE_CALL

RULE = Rule(
    "signal-handler-touches-loop",
    "ASL312",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)

_DEEPEST: Final = 4
"""Calls behind each other that are followed from a handler."""

_FIXABLE: Final = frozenset({"asyncio.AbstractEventLoop.call_soon", "asyncio.AbstractEventLoop.stop"})
"""What can be asked of the loop by `call_soon_threadsafe`."""

_WAKES: Final = "call_soon_threadsafe"

_ENDS: Final = frozenset({"sys.exit", "os._exit", "os.abort", "signal.default_int_handler", "signal.raise_signal", "os.kill"})
"""They end the program or raise an error."""


@RULE.on_hop
def check(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report what handlers of signals call that only the loop may."""
    if hop.context != "signal":
        return
    certain = len(hop.value.alternatives) == 1 and not hop.value.open
    certainty = Certainty.POSSIBLE if _is_for_other_systems(hop) else Certainty.CERTAIN if certain else Certainty.LIKELY
    for alternative in hop.value.alternatives:
        handler = unbound(alternative)
        if isinstance(handler, Function) and not handler.facts.flags & ASYNC and not handler.module.is_dependency:
            sure = min(certainty, alternative.certainty) if isinstance(alternative, Bound) else certainty
            for function, number, way, name, fails in _touches(view, handler):
                yield _found(view, rule, function, number, way, name, fails, sure)


def _is_for_other_systems(hop: Hop) -> bool:
    rows = hop.function.module.rows
    uses = hop.function.facts.uses
    return bool(uses[hop.number][2] & OTHER_SYSTEM) or any(
        kind == USE_CALL and last_name(rows, rows[row][1]) == "add_signal_handler" for kind, row, _, _ in uses
    )


_Way = tuple[tuple[Function, int], ...]


def _touches(view: View, handler: Function) -> Iterator[tuple[Function, int, _Way, str, bool]]:
    """The uses of a handler that touch the loop: the way from there, the name of what is called, and whether it raises an error."""
    edges = view.contexts.graph.edges
    reported: set[int] = set()
    seen = {handler}
    level: list[tuple[Function, _Way]] = [(handler, ())]
    for _ in range(_DEEPEST):
        following: list[tuple[Function, _Way]] = []
        for function, way in level:
            if function not in edges or _ends(view, function):
                continue
            for number, name, fails in _own(view, function):
                if not fails and _wakes(function, number):
                    continue
                (first, *rest) = (*way, (function, number))
                if first[1] not in reported:
                    reported.add(first[1])
                    yield handler, first[1], tuple(rest), name, fails
            for step in edges[function].steps:
                if step.target not in seen and step.certainty is Certainty.CERTAIN and not step.target.module.is_dependency:
                    seen.add(step.target)
                    following.append((step.target, (*way, (function, step.number))))
        level = following


def _own(view: View, function: Function) -> Iterator[tuple[int, str, bool]]:
    for number, (kind, row, _, _) in enumerate(function.facts.uses):
        if kind == USE_CALL:
            callee = view.linker.value(function.module, function.module.rows[row][1])
            only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
            if isinstance(only, External) and only.entry is not None and (only.entry.loop_only or only.entry.fails_on_loop):
                yield number, only.name, only.entry.fails_on_loop


def _wakes(function: Function, number: int) -> bool:
    """Whether a handler asks the loop for something behind a use, in the way that wakes it: it then notices the rest as well."""
    rows = function.module.rows
    guards = function.facts.uses[number][3]
    return any(
        kind == USE_CALL and last_name(rows, rows[row][1]) == _WAKES and (not flags & CONDITIONAL or known == guards)
        for kind, row, flags, known in function.facts.uses[number + 1 :]
    )


def _ends(view: View, function: Function) -> bool:
    """Whether a handler always raises an error or ends the program, which ends the loop's sleep."""
    rows = function.module.rows
    for kind, row, flags, _ in function.facts.uses:
        if kind == USE_CALL and not flags & CONDITIONAL:
            for callee in view.linker.value(function.module, rows[row][1]).alternatives:
                if isinstance(callee, External) and callee.name in _ENDS:
                    return True
    return False


def _found(view: View, rule: Rule, handler: Function, number: int, way: _Way, name: str, fails: bool, certainty: Certainty) -> Finding:
    subject = view.subject(handler, number)
    short = name.rpartition(".")[2]
    what = f"`{subject}`" if not way else f"`{subject}`, which calls `{short}`,"
    outcome = "it raises `RuntimeError` while the loop is running" if fails else "the loop may sleep on and not notice it"
    return view.finding(
        rule,
        handler,
        number,
        f"{what} is called by the handler of a signal: {outcome}",
        certainty=certainty,
        way=view.steps(way),
        subject=subject,
        sink=name,
        advice="Use `loop.add_signal_handler(...)`; where there is none, call `loop.call_soon_threadsafe(...)` in the handler.",
        fix=Fix("call-threadsafe", "Use `call_soon_threadsafe`", Safety.UNSAFE, (short,)) if name in _FIXABLE and not way else None,
    )
