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
functions that only run in a thread. Sending fills a buffer as a rule, so it is likely at most.

## When to turn it off

Where sockets come from code that is not read here and has set them to non-blocking.

## Fix

None yet. Planned, unsafe: `socket.getaddrinfo(host, port)` becomes
`await asyncio.get_running_loop().getaddrinfo(host, port)`, and `sock.recv(n)` becomes `await loop.sock_recv(sock, n)`.
Other tasks then run meanwhile, and a socket has to be set to non-blocking for all its users.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

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
)
RULE.on_reach(report)
