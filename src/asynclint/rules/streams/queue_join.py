"""A queue is joined, but what is taken from it is not marked as done, or not always: the join waits for ever.

## What it reports

`await queue.join()` on an asyncio queue from which items are taken and whose `task_done()` nobody calls; and a loop that takes an item, and
on some way round does not call `task_done()`, or calls it twice: a `continue`, or a handler that keeps the loop alive after an error.

## Why it hurts

`join()` waits until `task_done()` has been called once for every item that was put in. One call too few, and it never returns. One too many
raises a ValueError.

## Example

```python
import asyncio

async def work(queue):
    while True:
        job = await queue.get()
        try:
            await job()
            queue.task_done()
        except OSError as error:
            print(error)

async def main(jobs):
    queue = asyncio.Queue()
    for job in jobs:
        queue.put_nowait(job)
    worker = asyncio.create_task(work(queue))
    await queue.join()
    worker.cancel()
```

## Instead

```python
import asyncio

async def work(queue):
    while True:
        job = await queue.get()
        try:
            await job()
        except OSError as error:
            print(error)
        finally:
            queue.task_done()

async def main(jobs):
    queue = asyncio.Queue()
    for job in jobs:
        queue.put_nowait(job)
    worker = asyncio.create_task(work(queue))
    await queue.join()
    worker.cancel()
```

## When it stays silent

Where nobody is seen to join the queue, or to take items from it; where the queue, or something that may be it, is handed to something
unknown; where items are taken by several calls, or in an inner loop, and marked later; and where an error ends the loop: then the worker is
gone as well, which is told elsewhere.

## When to turn it off

Never.

## Fix

Unsafe: all that follows on taking an item in the loop goes into a `try` with `task_done()` in its `finally`, and other calls of
`task_done()` for the item go away. Where all that follows is a `try` already, it gets the `finally`. It is unsafe because items count
as done then that did not before: those that are skipped, and the one that an error leaves the loop with.

For a queue that nobody marks, it is done where items are taken, if that is one place in the same file. Nothing is done where the item is
taken in the head of the loop or among other things, where it is marked under a condition of its own, in an inner loop or by another
function, and where a comment would be lost.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty, Finding, Fix, Safety, Span
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, Function, Instance, Origin
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL
from asynclint.source.uses import USE_CALL, USE_JOB

RULE = Rule(
    "queue-join-task-done-mismatch",
    "ASL413",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_QUEUE: Final = "asyncio.Queue"
_GETS: Final = ("get", "get_nowait")
_MISSED: Final = "'missed'"


class _Queue(NamedTuple):
    """What is known of a queue: the calls that made it, and the attribute that it is kept in."""

    made: frozenset[Origin]
    attribute: str


@RULE.on_use(USE_JOB)
@RULE.on_call("join")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a join that nobody lets return, and a loop that does not always let it."""
    kind, row, _, known = function.facts.uses[number]
    module = function.module
    callee = module.rows[row][1]
    if module.rows[callee][0] != ATTR:
        return
    wanted = ("join",) if kind == USE_CALL else _GETS
    method = known_callee(view, module, row, lambda callee: callee.name.rpartition(".") in {(_QUEUE, ".", name) for name in wanted})
    if method is None:
        return
    receiver = module.rows[callee][1]
    queue = _queue(view, module, receiver)
    if kind == USE_CALL:
        if _is_marked(view, queue) or not _is_taken(view, module, queue) or _is_handed_on(view, module, receiver):
            return
        taken = _only_taker(view, module, queue)
        message = "never returns once something has been put in: nobody calls `task_done()` for what is taken out"
    else:
        if not _is_joined(view, queue) or _is_marked_in_parts(view, function, queue):
            return
        taken = view.span(function, number)
        missed = module.rows[known[-1]][2] == _MISSED
        message = (
            "takes the next item, and on some way round the last one is not marked as done: `join()` never returns"
            if missed
            else "takes an item that is marked as done twice on some way round: the second `task_done()` raises ValueError"
        )
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` {message}",
        certainty=Certainty.LIKELY,
        advice="Call `task_done()` once for each item, in a `finally`.",
        subject=subject,
        sink=method.callee.name,
        fix=None if taken is None else Fix("mark-done", "Call `task_done()` in a `finally`", Safety.UNSAFE, places=(taken,)),
    )


def _queue(view: View, module: Module, row: int) -> _Queue:
    made = [part.made for part in view.linker.value(module, row).alternatives if isinstance(part, Instance) and part.made is not None]
    operation, _, text, _ = module.rows[row]
    return _Queue(frozenset(made), text if operation == ATTR else "")


def _calls(view: View, method: str) -> Iterator[tuple[Module, int]]:
    """The receivers of all calls of a method in the program."""
    for module in view.linker.modules.values():
        for receiver, _ in module.method_calls(method):
            yield module, receiver


def _is_it(view: View, module: Module, row: int, queue: _Queue) -> bool:
    """Whether a row is this queue, as far as can be seen: queues that are made alike in one file have one origin."""
    other = _queue(view, module, row)
    return queue.attribute == other.attribute if queue.attribute and other.attribute else not queue.made.isdisjoint(other.made)


def _may_be(view: View, module: Module, row: int, queue: _Queue) -> bool:
    """Whether a row is this queue, or may be it: a queue that nobody has seen made."""
    other = _queue(view, module, row)
    if queue.attribute and other.attribute:
        return queue.attribute == other.attribute
    return _is_it(view, module, row, queue) or any(
        isinstance(part, Instance) and part.klass.derives_from(_QUEUE) and (part.made is None or not queue.made)
        for part in view.linker.value(module, row).alternatives
    )


def _is_marked(view: View, queue: _Queue) -> bool:
    """Whether some code calls `task_done` of this queue, or of something that is not known."""
    for module, receiver in _calls(view, "task_done"):
        value = view.linker.value(module, receiver)
        if not value.alternatives or _may_be(view, module, receiver, queue):
            return True
    return False


def _is_joined(view: View, queue: _Queue) -> bool:
    """Whether some code joins this queue; one that is kept in an attribute is none that is made where it is joined."""
    return any(
        _may_be(view, module, receiver, queue)
        for module, receiver in _calls(view, "join")
        if not (queue.attribute and module.rows[receiver][0] == CALL)
    )


def _is_taken(view: View, module: Module, queue: _Queue) -> bool:
    """Whether something is taken from this queue, as far as can be seen; of a queue that is declared, in the same file."""
    for method in _GETS:
        for other, receiver in _calls(view, method):
            if _is_it(view, other, receiver, queue) or (other is module and _may_be(view, other, receiver, queue)):
                return True
    return False


def _only_taker(view: View, module: Module, queue: _Queue) -> Span | None:
    """Where items are taken, if that is one place of the file and nothing else may take some."""
    calls = [
        (other, call)
        for method in _GETS
        for other in view.linker.modules.values()
        for receiver, call in other.method_calls(method)
        if _may_be(view, other, receiver, queue)
    ]
    if len(calls) != 1 or calls[0][0] is not module:
        return None
    found = [(one, number) for one in module.functions for number, use in enumerate(one.facts.uses) if use[:2] == (USE_CALL, calls[0][1])]
    return view.span(*found[0]) if len(found) == 1 else None


def _is_handed_on(view: View, module: Module, queue: int) -> bool:
    """Whether the file gives the queue to something that is not known, or that is of a library."""
    operation, _, name, _ = module.rows[queue]
    same = {queue}
    if operation == ATTR:
        same.update(row for row, other in enumerate(module.rows) if other[0] == ATTR and other[2] == name)
    for operation, callee, _, given in module.rows:
        if operation == CALL and not same.isdisjoint(given):
            value = view.linker.value(module, callee)
            if value.open or not value.alternatives or not all(map(_is_own, value.alternatives)):
                return True
    return False


def _is_own(callee: Alternative) -> bool:
    """Whether a callable is of the program, so that what it does with a queue is seen."""
    return isinstance(callee, (Function, Bound)) or (isinstance(callee, Class) and callee.is_own)


def _is_marked_in_parts(view: View, function: Function, queue: _Queue) -> bool:
    """Whether another function of the file marks items of this queue as well."""
    module = function.module
    marking = {call for receiver, call in module.method_calls("task_done") if _may_be(view, module, receiver, queue)}
    return any(use[1] in marking for other in module.functions if other is not function for use in other.facts.uses if use[0] == USE_CALL)
