"""Labels for parcels: drawn here, printed elsewhere."""

from __future__ import annotations

import asyncio
import subprocess

import httpx

from shop.models import Order


def draw(order: Order) -> bytes:
    done = subprocess.run(["label", str(order.number)], capture_output=True, check=True)
    return done.stdout


async def draw_in_loop(order: Order) -> bytes:
    process = await asyncio.create_subprocess_exec("label", str(order.number), stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output


async def send(host: str, label: bytes) -> None:
    async with httpx.AsyncClient() as client:
        await client.post(f"http://{host}/print", content=label)
