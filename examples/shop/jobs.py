"""What goes on behind the requests."""

from __future__ import annotations

import asyncio
import queue
import time

from warehouse_sdk import Warehouse

from shop import labels
from shop.models import Order
from shop.settings import Settings

scanned: queue.Queue[str] = queue.Queue()


async def watch_warehouse(warehouse: Warehouse, interval: float) -> None:
    """Keep the warehouse's session alive."""
    while True:
        await asyncio.to_thread(warehouse.ping)
        time.sleep(interval)


async def reserve(warehouse: Warehouse, order: Order) -> None:
    for article, count in order.lines.items():
        warehouse.reserve(article, count)


async def count_scans() -> None:
    counts: dict[str, int] = {}
    while True:
        code = scanned.get()
        counts[code] = counts.get(code, 0) + 1
        await asyncio.sleep(0)


async def print_label(order: Order, settings: Settings) -> None:
    label = await asyncio.to_thread(labels.draw(order))
    await asyncio.to_thread(labels.send, settings.printer_host, label)


async def print_label_well(order: Order, settings: Settings) -> None:
    label = await asyncio.to_thread(labels.draw, order)
    await labels.send(settings.printer_host, label)
