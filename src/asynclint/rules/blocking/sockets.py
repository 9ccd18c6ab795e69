"""A blocking socket, a selector or a look-up of a host name makes the event loop's thread wait.

## What it reports

Connecting, accepting, receiving and sending on a socket that nothing sets to non-blocking, `socket.create_connection`,
a TLS handshake, `select` and selectors, and `getaddrinfo` and its relatives, which ask a name server. In a coroutine,
in a callback of the event loop, or in anything that these call.

## Why it hurts

The thread waits for the other side, and the event loop, which watches all other connections, waits with it. A look-up
that gets no answer takes many seconds.

## Example

```python
import socket

async def addresses(host):
    return socket.getaddrinfo(host, 443)
```

## Instead

```python
import asyncio

async def addresses(host):
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, 443)
```

## When it stays silent

After `setblocking(False)` or `settimeout(0)` on the same socket, or `SOCK_NONBLOCK` at its making; for `MSG_DONTWAIT`,
a timeout of `0` and numeric addresses (`AI_NUMERICHOST`); for a datagram socket's connecting and sending; and in
functions that only run in a thread. A `try` with a handler for `BlockingIOError` (or one that looks for `EAGAIN`) says
that the socket in it does not wait. Sending fills a buffer as a rule, so it is likely at most. In tests, which hold
both ends, a finding is possible at most. To connect to a socket of the file
system (`AF_UNIX`) waits for nobody far away, and is not reported.

## When to turn it off

Where sockets come from code that is not read here and has set them to non-blocking.

## Fix

Unsafe: `socket.getaddrinfo(host, port)` becomes `await asyncio.get_running_loop().getaddrinfo(host, port)` (in trio's files
`await trio.socket.getaddrinfo(host, port)`). Any other call is handed to a thread: `sock.recv(n)` becomes
`await asyncio.to_thread(sock.recv, n)`, and `helper(host)` becomes `await asyncio.to_thread(helper, host)`. Other tasks then run
meanwhile, and the thread goes on waiting when the task is cancelled. The loop's own `sock_recv` would need the socket to be
non-blocking for all its users. Nothing is done where what is called needs the event loop itself, and for what a `with`, a loop or a
property runs.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.offers import framework, may_await
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "blocking-socket",
    "ASL103",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="network",
    does="waits for a socket",
    in_tests=Certainty.POSSIBLE,
)

_LOOKUPS: Final = {"asyncio": "asyncio.get_running_loop", "trio": "trio.socket.getaddrinfo"}
"""What gives the asynchronous twin of ``getaddrinfo``, with the same arguments and the same result."""


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """Report each reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=_looking_up(view, reach) or in_thread(view, reach))


def _looking_up(view: View, reach: Reach) -> Fix | None:
    """To ask for addresses as the framework does."""
    root = reach.root
    lookup = _LOOKUPS.get(framework(view, root))
    is_call = root.facts.uses[reach.number][0] == USE_CALL
    if reach.way or reach.sink.name != "socket.getaddrinfo" or lookup is None or not is_call or not may_await(view, root, reach.number):
        return None
    title = "Use the loop's `getaddrinfo`" if lookup.startswith("asyncio") else f"Use `{lookup}`"
    return Fix("getaddrinfo", title, Safety.UNSAFE, (lookup,))
