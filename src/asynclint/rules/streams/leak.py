"""A connection, client, file or process is opened and not closed on every path.

## What it reports

What a coroutine opens (`asyncio.open_connection`, `aiohttp.ClientSession`, `httpx.AsyncClient`, `aiofiles.open`, `asyncpg.connect` and
pools, redis clients, websockets, subprocesses, streams of anyio and trio) and binds to a local name, where some path ends without closing
it: all of them, or one that returns early. Nobody can close it afterwards.

## Why it hurts

It stays open until the garbage collector finds it, or longer: sockets and file descriptors run out, the server keeps a connection for a
peer that is gone, a process goes on with nobody to read what it writes. Few tests show it, since it takes some hundred calls.

## Example

```python
import asyncio

async def is_healthy(host: str) -> bool:
    reader, writer = await asyncio.open_connection(host, 7000)
    writer.write(b"PING")
    await writer.drain()
    return await reader.readexactly(4) == b"PONG"
```

## Instead

```python
import asyncio

async def is_healthy(host: str) -> bool:
    reader, writer = await asyncio.open_connection(host, 7000)
    try:
        writer.write(b"PING")
        await writer.drain()
        return await reader.readexactly(4) == b"PONG"
    finally:
        writer.close()
        await writer.wait_closed()
```

## When it stays silent

Where it is handed over: returned, yielded, stored, given to a constructor or to a function that may close or keep it, used by a function
inside. Where only an error leaves it open, the finding is possible at most, since that is a matter of taste; so it is behind an
`async for` over messages, which ends with the connection if it ever does, for a server, which goes on serving, for what is left at
start-up, at the end of `asyncio.run` or behind a wait for the end of the program, and for a process that nobody talks to. A client on a
transport of its own, and one that shares another's pool, hold nothing themselves. Where an `if` closes it or asks whether it is
closed, its author has thought of it.

## When to turn it off

Where the program is a script that ends soon, and the system closes everything.

## Fix

Unsafe: in a coroutine, `r = X()` becomes `async with X() as r:` around the rest of the block, and a `close` at its end goes. That is the
rest as a whole, since what came out of it is mostly of no use without it: it may be held longer than needed, and is closed where the
program did not. Nothing is done for what has no form for `async with`, such as the streams of `asyncio.open_connection`; where it is
closed by hand in other places, or used by a function inside; where something bound in the block is used outside of it; around a `yield`;
and under a lock of threads.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.conditions import is_made_so
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Function, Instance, is_none
from asynclint.rules.offers import holding
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR
from asynclint.source.uses import ERROR_EXPECTED, HANDLED, USE_CALL, USE_LEFT_OPEN, USE_OPENED

RULE = Rule(
    "async-resource-leak",
    "ASL403",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_SURE: Final = {"certain": Certainty.CERTAIN, "likely": Certainty.LIKELY, "possible": Certainty.POSSIBLE}
_PROCESSES: Final = ("anyio.abc.Process", "asyncio.subprocess.Process", "trio.Process")
_PIPES: Final = frozenset({"stdin", "stdout", "stderr"})


@RULE.on_use(USE_OPENED)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is left open on some path, if it is something to give back."""
    module = function.module
    _, row, flags, _ = function.facts.uses[number]
    known = None if flags & ERROR_EXPECTED else _resource(view, module, row)
    if known is None:
        return
    klass, certainty = known
    entry = klass.entry
    assert entry is not None
    assert entry.leaks is not None
    left = _left(view, function, number)
    if left is None:
        return
    where, has_failed = left
    is_once = function in view.contexts.mains or function in view.contexts.alone
    if has_failed or (is_once and entry.leaks != "certain"):
        certainty = Certainty.POSSIBLE
    elif klass.name in _PROCESSES and not any(
        operation == ATTR and base == row and text in _PIPES for operation, base, text, _ in module.rows
    ):
        certainty = Certainty.POSSIBLE  # it ends by itself, and the loop sees to that
    span, end = view.span(function, number), view.span(function, where)
    called = next(other for other, use in enumerate(function.facts.uses) if use[0] == USE_CALL and view.span(function, other) == span)
    subject = view.subject(function, called)
    closing = entry.gives_back[0]
    yield view.finding(
        rule,
        function,
        called,
        f"what `{subject}` opens is not closed "
        + (f"on the path that ends in line {end.end_line}" if end.line > span.line else "before the next one is opened"),
        certainty=min(certainty, _SURE[entry.leaks]),
        advice=f"Use `async with`, or `{closing}()` in a `finally`." if entry.aenter is not None else f"Call `{closing}()` in a `finally`.",
        subject=subject,
        sink=klass.name,
        fix=holding(view, function, called, subject, entry.gives_back, gives_manager=entry.aenter == "self"),
    )


def _is_talked_to(module: Module, process: int) -> bool:
    return any(operation == ATTR and base == process and name in _PIPES for operation, base, name, _ in module.rows)


def _resource(view: View, module: Module, row: int) -> tuple[Class, Certainty] | None:
    """The class by which a row has to be given back, and how sure it is that it is of that class."""
    if not view.holders.is_new(module, row):
        return None
    value = view.linker.value(module, row)
    parts = [part for part in value.alternatives if not is_none(part)]
    found: Class | None = None
    for part in parts:
        klass = part.klass if isinstance(part, Instance) else None
        held = next((base for base in klass.mro if base.entry is not None and base.entry.leaks), None) if klass is not None else None
        if held is not None and held.entry is not None and isinstance(part, Instance):
            if is_made_so(view.linker, part, held.entry.unless_made):
                return None
            found = found or held
    if found is None:
        return None
    return found, Certainty.CERTAIN if len(parts) == 1 and not value.open else Certainty.LIKELY


def _left(view: View, function: Function, number: int) -> tuple[int, bool] | None:
    """The first path that leaves open what use `number` opens, given by its last use, and whether an error has been handled on it."""
    module = function.module
    row = function.facts.uses[number][1]
    for other in range(number + 1, len(function.facts.uses)):
        kind, _, flags, through = function.facts.uses[other]
        if kind != USE_LEFT_OPEN:
            break
        if not any(view.holders.may_see_to(module, call, row) for call in through):
            return other, bool(flags & HANDLED)
    return None
