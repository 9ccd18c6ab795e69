"""Host names."""

from __future__ import annotations

import asyncio
import socket


def resolve(host: str) -> str:
    return socket.gethostbyname(host)


async def resolve_in_loop(host: str) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, None)
    return str(found[0][4][0])
