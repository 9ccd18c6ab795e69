"""A database is used with a blocking client on the event loop's thread.

## What it reports

Connecting, executing, fetching, committing and rolling back through `sqlite3`, SQLAlchemy's synchronous engines, connections, sessions
and queries, `psycopg2`, `redis.Redis`, `pymongo` and other clients that wait for a database; and going through a query or a cursor that
asks for its rows on the way. In a coroutine, in a callback of the event loop, or in anything that these call. What is done with one
session, connection or client in one function is one finding, which lists it.

## Why it hurts

The thread waits for the network, for locks that other transactions hold, for the disk, and no other task runs meanwhile. A query that
takes a second once a day stops a server for a second once a day. Worse, where a coroutine waits for a row that another one has
locked, the other can never go on to let it go.

## Example

```python
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from shop.models import Order

app = FastAPI()
make_session = sessionmaker(create_engine("postgresql://localhost/shop"))

def get_session():
    with make_session() as session:
        yield session

@app.get("/orders")
async def orders(session: Session = Depends(get_session)):
    return session.scalars(select(Order)).all()
```

## Instead

```python
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from shop.models import Order

app = FastAPI()
make_session = async_sessionmaker(create_async_engine("postgresql+asyncpg://localhost/shop"))

async def get_session():
    async with make_session() as session:
        yield session

@app.get("/orders")
async def orders(session: AsyncSession = Depends(get_session)):
    return (await session.scalars(select(Order))).all()
```

Where all else is synchronous, an endpoint of FastAPI or Starlette that is a plain `def` runs in a thread. Elsewhere a function that opens
a session, works with it and closes it again can be handed to a thread as a whole: `await asyncio.to_thread(load_orders)`.

## When it stays silent

For SQLite in memory (`":memory:"`); in functions that only run in a thread; in what `run_sync` of SQLAlchemy's `AsyncSession` and
`AsyncConnection` runs; for what such a session has given, which is in memory; for building queries, pipelines and statements, which ask
nobody; and for closing. Rows that a client has fetched with the query (`psycopg2`, `pymysql`) are in memory as well. In tests a finding
is possible at most.

## When to turn it off

In a program that does one thing at a time: a command-line tool that happens to use asyncio.

## Fix

Unsafe: a client that any thread may use is called in a thread: `client.get(key)` of `redis` becomes
`await asyncio.to_thread(client.get, key)`, and `helper(key)` becomes `await asyncio.to_thread(helper, key)` where the helper opens what it
uses, or is given nothing that belongs to one thread. Other tasks then run meanwhile, and the query goes on in its thread when the task
is cancelled. Nothing is done for connections of `sqlite3`, which work in the thread that made them only, and for sessions and cursors,
which hold a state that only one may change at a time: here the whole transaction is what belongs in a thread, or in an asynchronous
client.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.solve import Reach
from asynclint.project.values import Instance
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, ENTER, ITEM, ITER
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "blocking-database",
    "ASL104",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="database",
    does="waits for a database",
    in_tests=Certainty.POSSIBLE,
)


_SAID: Final = {"__enter__": "enters it", "__exit__": "leaves it", "__iter__": "iterates it"}
"""What a method does that is not called by its name."""


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of what is done directly with one handle, one at the first, which names the rest."""
    handles: dict[int, list[Reach]] = {}
    for reach in reaches:
        if reach.way:
            yield view.of_reach(rule, reach, fix=in_thread(view, reach))
        else:
            handles.setdefault(_handle(view, reach), []).append(reach)
    for first, *others in handles.values():
        first = first._replace(certainty=max(reach.certainty for reach in (first, *others)))
        names = dict.fromkeys(_operation(other) for other in sorted(others, key=lambda other: other.sink.name.endswith("__exit__")))
        note = f" (and then: {', '.join(names)})" if names else ""
        yield view.of_reach(rule, first, note, fix=in_thread(view, first, others))


def _operation(reach: Reach) -> str:
    name = reach.sink.name.rpartition(".")[2]
    return _SAID.get(name, f"`.{name}`")


def _handle(view: View, reach: Reach) -> int:
    """The row of what the work of a use begins with: of a query its session, of a cursor its connection, of any other call itself."""
    module = reach.root.module
    top = reach.sink.name.partition(".")[0]
    kind, handle, _, _ = reach.root.facts.uses[reach.number]
    if kind == USE_CALL and reach.sink.name.endswith(".__iter__") and module.rows[handle][3]:
        handle = module.rows[handle][3][0]  # what a call goes through
    row = handle
    made_here = {use[1] for use in reach.root.facts.uses}
    while row:
        known = [one for one in view.linker.value(module, row).alternatives if isinstance(one, Instance)]
        if row != handle and any(base.name.partition(".")[0] == top for one in known for base in one.klass.mro):
            handle = row
        origins = [one.made[1] for one in known if one.made is not None and one.made[0] is module]
        operation, below, _, _ = module.rows[row]
        if origins and origins[0] in made_here and origins[0] < row:
            row = origins[0]  # whatever it went through, such as `closing`
        else:
            row = below if operation in (ATTR, CALL, ENTER, ITEM, ITER) else 0
    return module.broad(handle)
