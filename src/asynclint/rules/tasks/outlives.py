"""A task or thread gets what a `with` block closes, and nothing inside of the block waits for it.

## What it reports

A task, thread or job that is started inside of a `with` or `async with` block and given what the block has bound, where the block ends
without a wait: `asyncio.create_task(send(session))` inside of `async with aiohttp.ClientSession() as session:`. By all ways to start one,
also in a task group or nursery that was opened outside of the block. Known are files, sessions and responses of aiohttp, clients of httpx,
connections of websockets, streams and channels of trio and anyio.

## Why it hurts

The block ends before the task has begun. It finds the file or the session closed, and fails, mostly where nobody looks.

## Example

```python
import asyncio
import aiohttp

async def send(session: aiohttp.ClientSession, url):
    async with session.post(url) as response:
        response.raise_for_status()

async def send_all(urls):
    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(send(session, url)) for url in urls]
    await asyncio.gather(*tasks)
```

## Instead

```python
import asyncio
import aiohttp

async def send(session: aiohttp.ClientSession, url):
    async with session.post(url) as response:
        response.raise_for_status()

async def send_all(urls):
    async with aiohttp.ClientSession() as session:
        tasks = [asyncio.create_task(send(session, url)) for url in urls]
        await asyncio.gather(*tasks)
```

## When it stays silent

Where the task group, nursery or executor is opened inside of the block, whose end waits; where the task is cancelled there; where the
function that it runs does nothing with the value that needs it open; for what is made of the value, and for managers that leave it usable:
locks, timeouts. Where the block awaits anything after the start, that may be what ends the task: then it is possible at most. So it is in a
loop that waits for the next thing to do.

## When to turn it off

Never.

## Fix

None. Whether the block should wait, or the task open what it needs, only its author knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Bound, Class, Constant, External, Function, Instance, Pending, unbound
from asynclint.project.questions.awaitables import EAGER
from asynclint.project.questions.blocks import extent, holds, uses_in
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.wishes import AWAITS
from asynclint.rules.rule import Rule
from asynclint.rules.tasks.made import ADDS
from asynclint.rules.view import View
from asynclint.source.names import LOOKS, NAMES
from asynclint.source.references import AENTER, AITER, ATTR, CALL, COLLECTION, ENTER, ITER, NARROWED, STAR, UNION, keywords_of
from asynclint.source.scopes import GENERATOR
from asynclint.source.uses import (
    AWAITED,
    ERROR_EXPECTED,
    USE_AENTER,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_ENTER,
    USE_INSIDE,
    USE_LOOP,
    USE_RETURN,
    USE_STORE,
)

RULE = Rule(
    "resource-outlives-scope",
    "ASL517",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
    equivalents=("ASYNC111",),
)

_ELSEWHERE: Final = frozenset({"task", "thread", "process"})
_HARMLESS: Final = frozenset({"add_done_callback", "start"})
"""Methods of tasks, futures and threads that do not wait."""


class _Start(NamedTuple):
    """A call that starts something that goes on: how sure that is, and what it hands over."""

    certainty: Certainty
    handed: tuple[int, ...]
    """The rows of the arguments: coroutines, or what a callable is to be called with."""
    callable: int
    """The row of the callable that is given beside its arguments; 0 where a coroutine is given."""
    on_loop: bool


@RULE.on_use(USE_INSIDE)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is started in a block with what the block closes."""
    module = function.module
    rows = module.rows
    _, row, flags, _ = function.facts.uses[number]
    if function.facts.flags & GENERATOR or flags & ERROR_EXPECTED or rows[row][0] not in (ENTER, AENTER):
        return
    klass = _closed(view, module, row)
    if klass is None:
        return
    bound = {row} if _is_made_there(view, function, row) else {row, rows[row][1]}
    for inner in uses_in(function, number):
        if function.facts.uses[inner][0] != USE_CALL:
            continue
        start = _start(view, function, inner)
        used = _used(view, module, start, bound, klass) if start is not None else None
        if start is None or used is None or _is_seen_to(view, function, number, inner, start):
            continue
        certainty = Certainty.POSSIBLE if _waits(view, function, number, inner, start) else min(start.certainty, used)
        subject = view.subject(function, inner)
        yield view.finding(
            rule,
            function,
            inner,
            f"`{subject}` hands over what the block in line {_line_of(function, number)} closes, and nothing in the block waits for it",
            certainty=certainty,
            advice="Wait for it inside of the block, or let it open what it needs itself.",
            subject=subject,
            sink=klass.name,
        )


def _closed(view: View, module: Module, row: int) -> Class | None:
    """The class of what a block binds, if it is known that its end makes that unusable."""
    value = view.linker.value(module, row)
    manager = view.linker.value(module, module.rows[row][1])
    if value.open or manager.open or len(value.alternatives) != 1 or any(isinstance(part, Pending) for part in manager.alternatives):
        return None  # a generator of the program may leave open what it has
    (only,) = value.alternatives
    return only.klass if isinstance(only, Instance) and _needs_open(only.klass) else None


def _is_made_there(view: View, function: Function, row: int) -> bool:
    """Whether the manager is made where it is entered, so that nothing but what the block binds leads to it."""
    manager = function.module.rows[row][1]
    entered = [number for number, use in enumerate(function.facts.uses) if use[:2] in ((USE_ENTER, row), (USE_AENTER, row))]
    return function.module.rows[manager][0] == CALL and all(view.fates.is_in_place(function, number, manager) for number in entered)


def _needs_open(klass: Class) -> frozenset[str]:
    """The methods and attributes of an object that are no good once it is closed."""
    return frozenset(name for base in klass.mro if base.entry is not None for name in base.entry.needs_open)


def _line_of(function: Function, block: int) -> int:
    """Where the ``with`` of a block stands."""
    uses = function.facts.uses
    row = uses[block][1]
    entered = [extent(function, number)[0] for number in range(block) if uses[number][:2] in ((USE_ENTER, row), (USE_AENTER, row))]
    return max(entered, default=extent(function, block)[0])[0]


def _start(view: View, function: Function, number: int) -> _Start | None:
    """What a call starts that goes on when it returns; None where it starts nothing, or waits for it."""
    module = function.module
    _, call, flags, _ = function.facts.uses[number]
    callee = view.linker.value(module, module.rows[call][1])
    if callee.open or len(callee.alternatives) != 1 or not module.rows[call][3]:
        return None
    (only,) = callee.alternatives
    target = unbound(only)
    if isinstance(target, Class) and not target.is_own:
        target = External(target.name, view.linker.knowledge.callable(target.name))
    if isinstance(target, (External, Function)) and target.entry is not None:
        goes_on = flags & AWAITED and target.entry.spawns if target.entry.coroutine else not flags & AWAITED
        return _by_known(view, module, call, target) if goes_on else None
    if flags & AWAITED or not isinstance(target, Function) or not _is_no_coroutine(view, function, call):
        return None
    handed = tuple(wish.row for wish in view.wishes.at(function, number) if wish.does == AWAITS and wish.certainty >= Certainty.LIKELY)
    return _Start(Certainty.LIKELY, handed, 0, True) if handed else None


def _is_no_coroutine(view: View, function: Function, call: int) -> bool:
    """Whether what a call gives is a task, or nothing at all."""
    made = view.awaitables.made(function, call)
    value = view.linker.value(function.module, call)
    is_none = bool(value.alternatives) and not value.open and all(isinstance(part, Constant) for part in value.alternatives)
    return is_none or (made is not None and made.nature == EAGER)


def _by_known(view: View, module: Module, call: int, callee: External | Function) -> _Start | None:
    entry = callee.entry
    assert entry is not None
    rest = module.rows[call][3]
    for parameter, context in entry.runs.items():
        given = view.linker.argument((module, call), parameter, entry.parameters)
        if given is None or context not in _ELSEWHERE or entry.blocks == "threadsafe-result-on-loop-thread":
            continue
        if parameter in entry.awaits:
            return _Start(Certainty.CERTAIN, (given,), 0, True)
        names = keywords_of(module.rows[call])
        positional = rest[: len(rest) - len(names)]
        packed = [module.rows[row] for name, row in zip(names, rest[len(positional) :], strict=True) if name == "args"]
        handed = positional[positional.index(given) + 1 :] if given in positional else ()
        handed += tuple(part for operation, _, _, parts in packed if operation == COLLECTION for part in parts)
        return _Start(Certainty.CERTAIN, handed, given, context == "task")
    return None


# -- what is handed over


def _used(view: View, module: Module, start: _Start, bound: set[int], klass: Class) -> Certainty | None:
    """How sure it is that what is started uses what the block has bound; None where it is not given that, or does without."""
    needs = _needs_open(klass)
    if start.callable:
        return _by_call(view, module, start.callable, start.handed, bound, needs)
    for row in start.handed:
        operation, callee, _, rest = module.rows[row]
        used = _by_call(view, module, callee, rest, bound, needs, keywords_of(module.rows[row])) if operation == CALL else None
        if used is not None:
            return used
    return None


def _by_call(
    view: View, module: Module, callee: int, rest: Sequence[int], bound: set[int], needs: frozenset[str], names: Sequence[str] = ()
) -> Certainty | None:
    """How sure it is that a call with these arguments, the last by `names`, uses what the block has bound."""
    operation, base, text, inner = module.rows[callee]
    if operation == ATTR and module.broad(base) in bound:
        return Certainty.CERTAIN if text in needs else None
    if operation == CALL and last_name(module.rows, base) == "partial" and inner:
        return _by_call(view, module, inner[0], (*inner[1:], *rest), bound, needs, (*keywords_of(module.rows[callee]), *names))
    value = view.linker.value(module, callee)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    target = unbound(only) if only is not None else None
    positional = len(rest) - len(names)
    found: list[Certainty] = []
    for index, row in enumerate(rest):
        if not _is_one_of(module, row, bound):
            continue
        if not isinstance(target, Function) or target.doubtful:
            found.append(Certainty.LIKELY)
            continue
        name = names[index - positional] if index >= positional else ""
        position = target.place(index + isinstance(only, Bound), name)
        found += _in_body(view, target, position, needs)
    return max(found, default=None)


def _is_one_of(module: Module, row: int, bound: set[int]) -> bool:
    """Whether an argument is one of these, by itself or among others."""
    operation, base, _, parts = module.rows[row]
    if operation == STAR:
        operation, _, _, parts = module.rows[base]
    return module.broad(row) in bound or (operation == COLLECTION and any(module.broad(part) in bound for part in parts))


def _in_body(view: View, target: Function, position: int, needs: frozenset[str]) -> Iterator[Certainty]:
    """How sure it is that a function uses a parameter in a way that needs it open, by each thing that it does with it."""
    if position < 0:
        yield Certainty.LIKELY  # among the last ones, or a keyword that it has no name for
        return
    rows = target.module.rows
    row = view.takers.row_of(target, position)
    for user in view.takers.users_in(target.module).of(row) if row else ():
        operation, base, text, _ = rows[user]
        if operation == ATTR:
            if text in needs:
                yield Certainty.CERTAIN
        elif operation in (ENTER, AENTER, ITER, AITER):
            yield Certainty.CERTAIN
        elif (operation == CALL and base != row and last_name(rows, base) not in LOOKS) or operation in (COLLECTION, NARROWED, STAR, UNION):
            yield Certainty.LIKELY


# -- what waits


def _is_seen_to(view: View, function: Function, block: int, number: int, start: _Start) -> bool:
    """Whether the block itself ends what a use of it starts: by a group or executor that is opened inside, or by what is done with it."""
    module = function.module
    rows = module.rows
    call = function.facts.uses[number][1]
    operation, base, method, _ = rows[rows[call][1]]
    receiver = module.broad(base) if operation == ATTR else 0
    opened = [function.facts.uses[inner][1] for inner in _inside_of(view, function, block, number, USE_INSIDE)]
    if receiver and any(receiver in (row, rows[row][1]) for row in opened):
        return True
    watched = [call]
    if not start.on_loop:  # no await need tell of the wait
        users = view.takers.users_in(module).of(call)
        watched += [user for user in users if rows[user][0] == COLLECTION]
        watched += [rows[rows[user][1]][1] for user in users if rows[user][0] == CALL and last_name(rows, rows[user][1]) in ADDS]
        watched += [receiver] if receiver else []
    return any(_touches(view, function, block, number, row, method) for row in watched)


def _touches(view: View, function: Function, block: int, number: int, row: int, method: str) -> bool:
    """Whether the block, behind a use, does anything with a row that may wait or end it; to call `method` again does not."""
    rows = function.module.rows
    for other in view.fates.of(function, row):
        kind, used, _, _ = function.facts.uses[other]
        if kind in (USE_STORE, USE_RETURN) or not _is_behind(function, block, number, other):
            continue
        if kind != USE_CALL or last_name(rows, rows[used][1]) not in ADDS | NAMES | _HARMLESS | {method}:
            return True
    return False


def _is_behind(function: Function, block: int, number: int, other: int) -> bool:
    """Whether a use of the block ends behind another."""
    return other != number and holds(function, block, other) and extent(function, number)[1] <= extent(function, other)[1]


def _inside_of(view: View, function: Function, block: int, number: int, *kinds: int) -> list[int]:
    """The blocks inside of a block that a use stands in; of items of one ``with``, the later is inside."""
    around = view.blocks.around(function, number, *kinds)
    return [
        inner
        for inner in around
        if inner != block and holds(function, block, inner) and (inner > block or not holds(function, inner, block))
    ]


def _waits(view: View, function: Function, block: int, number: int, start: _Start) -> bool:
    """Whether the block may wait before it ends: behind a use, for the next round of a loop around it, or at the end of a block inside."""
    uses = function.facts.uses
    rows = function.module.rows
    if any(rows[uses[inner][1]][0] == AENTER for inner in _inside_of(view, function, block, number, USE_INSIDE)):
        return True
    goes_on = [inner for inner in _inside_of(view, function, block, number, USE_LOOP) if rows[uses[inner][1]][0] != ITER]
    for other, (kind, row, flags, _) in enumerate(uses):
        is_wait = kind in (USE_AENTER, USE_AITER, USE_AWAIT) or (kind == USE_CALL and flags & AWAITED)
        if not start.on_loop and kind == USE_CALL:  # what is called may wait for a thread as well
            is_wait = is_wait or last_name(rows, rows[row][1]) not in ADDS | NAMES | _HARMLESS
        if is_wait and (_is_behind(function, block, number, other) or any(holds(function, loop, other) for loop in goes_on)):
            return True
    return False
