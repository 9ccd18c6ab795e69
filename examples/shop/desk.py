"""The packing desk: warehouses ask over TCP which order comes next."""

from __future__ import annotations

import asyncio
import hashlib

from shop.models import Order


class Desk:
    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.orders: asyncio.Queue[Order] = asyncio.Queue()
        self.reminders: set[asyncio.Task[None]] = set()

    async def serve(self, port: int) -> None:
        loop = asyncio.get_event_loop()
        started = loop.time()
        server = await asyncio.start_server(self.answer, port=port)
        print(f"the desk is open after {loop.time() - started:.1f} s")
        async with server:
            await server.serve_forever()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            word = await reader.readline()
            if word == b"next\n":
                order = await self.orders.get()
                writer.write(f"{order.number}\n".encode())
                asyncio.create_task(self.remind(order))

    async def answer_well(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while word := await reader.readline():
            if word == b"next\n":
                order = await self.orders.get()
                writer.write(f"{order.number}\n".encode())
                await writer.drain()
                reminder = asyncio.create_task(self.remind(order))
                self.reminders.add(reminder)
                reminder.add_done_callback(self.reminders.discard)
        writer.close()
        await writer.wait_closed()

    async def remind(self, order: Order) -> None:
        await asyncio.sleep(3600)
        print(f"is order {order.number} packed?")

    async def seal(self, order: Order) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", str(order.number).encode(), self.secret, 600_000)
