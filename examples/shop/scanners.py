"""Barcode scanners: they connect, and send one code a line."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from shop.jobs import scanned


class Scanner(asyncio.Protocol):
    """One connected scanner. The event loop itself calls its methods."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.codes: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        asyncio.get_running_loop().call_later(60, self.flush)

    def data_received(self, data: bytes) -> None:
        for code in data.decode("ascii").split():
            scanned.put(code)
            self.codes.append(code)

    def flush(self) -> None:
        write(self.folder / f"{time.time_ns()}.txt", self.codes)
        self.codes.clear()

    def connection_lost(self, error: Exception | None) -> None:
        write(Path("/run/shop/lost.txt"), [str(error)])  # asynclint: ignore[blocking-file-io] rare, and on a RAM disk


def write(path: Path, codes: list[str]) -> None:
    path.write_text("\n".join(codes), encoding="ascii")


async def listen(folder: Path, port: int) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Scanner(folder), port=port)
