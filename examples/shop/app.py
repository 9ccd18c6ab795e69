"""The endpoints, and what starts with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shop import jobs
from shop.models import Order
from shop.orders import Orders, may_call_back
from shop.payments import Payments
from shop.repository import Repository
from shop.scanners import listen
from shop.settings import load_settings

settings = load_settings()  # at import, before there is a loop to keep waiting
repository = Repository(settings.store)
orders = Orders(repository, Payments(settings.payments_url))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    server = await listen(settings.scans, 4711)
    counting = asyncio.create_task(jobs.count_scans())
    yield
    counting.cancel()
    server.close()


app = FastAPI(lifespan=lifespan)


@app.post("/orders")
async def place(order: Order) -> dict[str, str]:
    charge = orders.place(order)
    await asyncio.to_thread(repository.save, order)
    return {"charge": charge}


@app.post("/orders/{number}/cancel")
async def cancel(number: int, charge: str) -> None:
    order = await asyncio.to_thread(repository.load, number)
    orders.cancel(order, charge)
    with repository.audit() as log:
        log.write(f"cancelled {number}\n")


@app.post("/orders/{number}/label")
async def label(number: int) -> None:
    order = await asyncio.to_thread(repository.load, number)
    if may_call_back(order):
        await jobs.print_label(order, settings)


@app.get("/terms")
async def terms() -> str:
    return settings.terms


@app.get("/orders")
def numbers() -> list[int]:
    """A plain function: the framework runs it in a thread, where it may take its time."""
    return list(repository.numbers())
