"""A socket that was never made non-blocking is given to the loop's socket methods: the first wait stops the loop.

## What it reports

`loop.sock_recv`, `sock_sendall`, `sock_connect`, `sock_accept` and their like, with a socket that is made in the same function or kept in
an attribute, and that nobody calls `setblocking(False)` of.

## Why it hurts

These methods try the call on the socket itself first, and wait for the loop only if the socket says that it would block. A blocking socket
never says so. It blocks, and the whole loop with it. In debug mode they raise a ValueError.

## Example

```python
import asyncio
import socket

async def listen(address):
    server = socket.socket()
    server.bind(address)
    server.listen()
    connection, _ = await asyncio.get_running_loop().sock_accept(server)
    return connection
```

## Instead

```python
import asyncio
import socket

async def listen(address):
    server = socket.socket()
    server.setblocking(False)
    server.bind(address)
    server.listen()
    connection, _ = await asyncio.get_running_loop().sock_accept(server)
    return connection
```

## When it stays silent

For sockets that `setblocking` or `settimeout` is called of, in the function or anywhere in the file for an attribute of this name; that are
made with `SOCK_NONBLOCK`; that `loop.sock_accept` gives; and that are handed to something else, or come from somewhere else, where it may
have been done.

## When to turn it off

Never.

## Fix

Safe: `sock.setblocking(False)` is written behind the statement that makes the socket, in the same function, or first in the `with` that
makes it.

Unsafe: the same where another function of the file makes the socket and keeps it in an attribute, which others may use.

Nothing is done where something is called of the socket itself that needs one that blocks, such as `connect`, `accept` or `recv`: it would
raise an error. Await the loop's method for it instead. Nor is it where the socket has no name, or is made in several places.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, Instance
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.view import View
from asynclint.source.names import LOOKS
from asynclint.source.references import ATTR, CALL
from asynclint.source.uses import USE_CALL, USE_RETURN, USE_YIELD

RULE = Rule(
    "blocking-socket-in-sock-api",
    "ASL408",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_LOOP: Final = "asyncio.AbstractEventLoop."
_PREFIX: Final = "sock_"
_MAKERS: Final = frozenset({"socket.create_connection", "socket.create_server", "socket.fromfd", "socket.socket", "socket.socketpair"})
_FREE: Final = ("setblocking", "settimeout")
"""Methods that may make a socket non-blocking."""
_FREE_FROM_THE_START: Final = "socket.SOCK_NONBLOCK"


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a blocking socket that the loop is given."""
    module = function.module
    row = function.facts.uses[number][1]
    if not last_name(module.rows, module.rows[row][1]).startswith(_PREFIX):
        return
    method = known_callee(view, module, row, lambda callee: callee.name.startswith(_LOOP + _PREFIX))
    sock = view.linker.argument((module, row), "sock", ("sock",)) if method is not None else None
    if method is None or sock is None:
        return
    sock = module.broad(sock)
    made = _made(view, function, sock)
    if not made or _may_be_set(view, function, sock, made):
        return
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` is given a blocking socket: when it must wait, the whole loop waits with it",
        certainty=method.certainty,
        advice="Call `setblocking(False)` of the socket where it is made.",
        subject=subject,
        sink=method.callee.name,
        fix=_offer(view, function, made),
    )


def _offer(view: View, function: Function, made: set[int]) -> Fix | None:
    """To make the socket non-blocking where it is made: safe in the same function, where all that is done with it is seen."""
    found = [(one, number) for one in function.module.functions for number, use in enumerate(one.facts.uses) if use[1] in made]
    calls = [(one, number) for one, number in found if one.facts.uses[number][0] == USE_CALL]
    calls = [call for call in calls if call[0] is function] or calls
    if len(made) != 1 or len(calls) != 1:
        return None
    safety = Safety.SAFE if calls[0][0] is function else Safety.UNSAFE
    return Fix("set-non-blocking", "Call `setblocking(False)` of the socket where it is made", safety, (), (view.span(*calls[0]),))


def _made(view: View, function: Function, sock: int) -> set[int]:
    """The rows of the calls that made a socket, here or for this attribute; none where one is not known, or may be non-blocking."""
    module = function.module
    value = view.linker.value(module, sock)
    found: set[int] = set()
    for part in value.alternatives:
        if not isinstance(part, Instance) or part.made is None or part.made[0] is not module or part.klass.name != "socket.socket":
            return set()
        call = part.made[1]
        makers = view.linker.value(module, module.rows[call][1]).alternatives
        if not makers or not all(isinstance(maker, (Class, External)) and maker.name in _MAKERS for maker in makers):
            return set()
        if module.rows[sock][0] != ATTR and all(use[1] != call for use in function.facts.uses):
            return set()
        given = [other for row in module.rows[call][3] for other in view.linker.value(module, row).alternatives]
        if any(isinstance(other, External) and other.name == _FREE_FROM_THE_START for other in given):
            return set()
        found.add(call)
    return found if not value.open else set()


def _may_be_set(view: View, function: Function, sock: int, made: set[int]) -> bool:
    """Whether a socket is made non-blocking somewhere in the file, or handed to something that may do it."""
    rows = function.module.rows
    operation, _, name, _ = rows[sock]
    same = {sock, *made}
    if operation == ATTR:
        same.update(row for row, other in enumerate(rows) if other[0] == ATTR and other[2] == name)
    for method in _FREE:
        if any(receiver in same or rows[receiver][1] in made for receiver, _ in function.module.method_calls(method)):
            return True
    if any(function.facts.uses[number][0] in (USE_RETURN, USE_YIELD) for number in view.fates.of(function, sock)):
        return True
    calls = {use[1] for use in function.facts.uses if use[0] == USE_CALL}
    return any(
        row[0] == CALL and not same.isdisjoint(row[3]) and not _is_harmless(function.module, row[1])
        for number, row in enumerate(rows)
        if operation == ATTR or number in calls
    )


def _is_harmless(module: Module, callee: int) -> bool:
    """Whether a callable leaves the sockets that it is given as they are."""
    name = last_name(module.rows, callee)
    return name in LOOKS or name.startswith(_PREFIX)
