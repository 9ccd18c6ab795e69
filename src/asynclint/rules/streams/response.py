"""A response is neither read nor released: its connection goes back to nobody until it is collected.

## What it reports

`response = await session.get(...)` of an aiohttp session, and `await client.send(request, stream=True)` of httpx, where nothing reads,
releases or closes the response, and nothing else is given it.

## Why it hurts

A connection serves one response at a time. As long as a body waits to be read, the connection is neither used again nor closed. aiohttp
reads up to 128 KiB ahead, and a response whose whole body fits in there gives its connection back by itself, read or not. A longer body
keeps the connection until the garbage collector finds the response; then the connection is closed, and has to be opened anew. CPython
finds it as soon as the last name for it is gone, which an error's traceback or a cycle may hold for long. The pool has a hundred
connections; when they are in use, requests wait for one.

## Example

```python
import aiohttp

async def is_up(session: aiohttp.ClientSession, url):
    response = await session.get(url)
    return response.status == 200
```

## Instead

```python
import aiohttp

async def is_up(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        return response.status == 200
```

## When it stays silent

Where the response is entered, read, released or closed anywhere, on whatever path; where it is returned, stored, collected or passed on;
and for `head`, which has no body. A session that is entered in the same function closes the connection in the end: then it is possible at
most. So it is for `post`, `put`, `patch` and `delete` of aiohttp: what they answer is short as a rule, and gives its connection back by
itself.

## When to turn it off

Never.

## Fix

Unsafe: `response = await session.get(...)` of aiohttp becomes `async with session.get(...) as response:` around the rest of the block. The
connection goes back at its end, which may be later than needed. Nothing is done for httpx, whose responses have no such form; where
the response is used by a function inside, or something bound in the block outside of it; around a `yield`; and under a lock of
threads.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Function, Instance
from asynclint.project.questions.fates import last_name
from asynclint.rules.offers import holding
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.names import LOOKS
from asynclint.source.references import AENTER, ANNOTATED, ATTR, AWAIT, CALL, CONST, NARROWED, TEST, UNION
from asynclint.source.uses import AWAITED, USE_AENTER

RULE = Rule(
    "response-not-released",
    "ASL410",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_ASKS: Final = ("delete", "get", "options", "patch", "post", "put", "request", "send")
_SEND: Final = ".AsyncClient.send"
_CLIENTS: Final = ("aiohttp.ClientSession.", "httpx.AsyncClient.send", "httpx2.AsyncClient.send")
_SHORT: Final = frozenset({"DELETE", "PATCH", "POST", "PUT"})
"""Methods that change something: their answers are short as a rule."""
_SAME: Final = frozenset({ANNOTATED, NARROWED, UNION})
"""Operations that give the same object."""


@RULE.on_call(*_ASKS)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a response that nobody gives back."""
    module = function.module
    _, row, flags, _ = function.facts.uses[number]
    if not flags & AWAITED:
        return
    request = known_callee(view, module, row, lambda callee: callee.name.startswith(_CLIENTS))
    if request is None or (request.callee.name.endswith(_SEND) and not _is_streamed(view, module, row)):
        return
    awaited = next((other for other, (operation, base, _, _) in enumerate(module.rows) if operation == AWAIT and base == row), 0)
    if not awaited or view.fates.awaited(function, number) != row:
        return
    klasses = [part.klass for part in view.linker.value(module, awaited).alternatives if isinstance(part, Instance)]
    if len(klasses) != 1 or klasses[0].entry is None or not klasses[0].entry.gives_back or _is_seen_to(module, awaited, klasses[0]):
        return
    is_harmless = _is_client_left(function, module.rows[row][1]) or _is_short(view, module, row)
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"what `{subject}` gives is neither read nor released: it keeps its connection until it is collected",
        certainty=min(Certainty.POSSIBLE if is_harmless else Certainty.LIKELY, request.certainty),
        advice=f"Write `async with {subject.removesuffix('()')}(...) as response:`."
        if klasses[0].name.startswith("aiohttp.")
        else "Close it with `await response.aclose()`, in a `finally`.",
        subject=subject,
        sink=request.callee.name,
        fix=holding(view, function, number, subject, klasses[0].entry.gives_back, gives_manager=True, drops_await=True)
        if klasses[0].name.startswith("aiohttp.")
        else None,
    )


def _is_short(view: View, module: Module, row: int) -> bool:
    """Whether a request is made with a method whose answers are short."""
    name = last_name(module.rows, module.rows[row][1])
    if name == "request":
        argument = view.linker.argument((module, row), "method", ("method",))
        name = module.rows[argument][2].strip("'\"") if argument is not None and module.rows[argument][0] == CONST else ""
    return name.upper() in _SHORT


def _is_streamed(view: View, module: Module, row: int) -> bool:
    argument = view.linker.argument((module, row), "stream", ())
    return argument is not None and module.rows[argument][0] == CONST and module.rows[argument][2] == "True"


def _is_seen_to(module: Module, response: int, klass: Class) -> bool:
    """Whether some code gives a response back, or takes it out of sight."""
    entry = klass.entry
    assert entry is not None
    same = {response}
    for number, (operation, base, text, rest) in enumerate(module.rows):  # operands come first
        if base not in same and same.isdisjoint(rest):
            continue
        if operation in _SAME:
            same.add(number)
        elif operation == ATTR:
            if text in entry.gives_back:
                return True
        elif operation == CALL and base not in same:
            if last_name(module.rows, base) not in LOOKS:
                return True
        elif operation != TEST:
            return True
    facts = module.facts
    kept = [row for body in facts.functions for row in (body.returned, body.yielded)]
    kept += [row for owner in facts.classes for row in (*owner.assigned.values(), *owner.members.values())]
    kept += [row for _, _, row in facts.stores]
    kept += facts.bindings.values()
    return any(row in same or (module.rows[row][0] == UNION and not same.isdisjoint(module.rows[row][3])) for row in kept)


def _is_client_left(function: Function, callee: int) -> bool:
    """Whether the client of a request is one that the function enters, and so closes."""
    rows = function.module.rows
    client = rows[callee][1]
    return rows[client][0] == AENTER and any(kind == USE_AENTER and row == client for kind, row, _, _ in function.facts.uses)
