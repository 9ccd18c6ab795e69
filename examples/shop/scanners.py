"""Barcode scanners: they connect, and send one code a line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shop.jobs import scanned


class Scanner(asyncio.Protocol):
    """One connected scanner. The event loop itself calls its methods."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.codes: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        asyncio.get_running_loop().call_later(60, self.flush)

    def data_received(self, data: bytes) -> None:
        for code in data.decode("ascii").split():
            scanned.put(code)
            self.codes.append(code)

    def flush(self) -> None:
        with self.journal.open("a", encoding="ascii") as journal:
            journal.writelines(f"{code}\n" for code in self.codes)
        self.codes.clear()

    def connection_lost(self, error: Exception | None) -> None:
        # One short line when a scanner goes home at night.
        with open("lost.log", "a") as log:  # asynclint: ignore[blocking-file-io] rare, and to a RAM disk
            log.write(f"{error}\n")


async def listen(journal: Path, port: int) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Scanner(journal), port=port)
