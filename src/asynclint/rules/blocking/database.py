"""A database is used with a blocking client on the event loop's thread.

## What it reports

Connecting, executing, fetching, committing and rolling back through `sqlite3`, SQLAlchemy's and SQLModel's synchronous
engines, connections, sessions and queries, `psycopg2` and `psycopg`, `pymysql`, `MySQLdb`, `mysql.connector`, `oracledb`,
`pyodbc`, `duckdb`, `redis.Redis`, `pymongo`, `cassandra`, `neo4j`, ClickHouse, InfluxDB, and the objects of peewee and
Django; and going through a query or a cursor that asks for its rows on the way. In a coroutine, in a callback of the event
loop, or in anything that these call. What is done with one session, connection or client in one function is one finding,
which lists it.

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
is possible at most, and so it is in what runs once when a service begins or ends, such as a `lifespan`, in commands, and before
the main coroutine starts anything else. Nor is a finding made of a
session that is declared to block and whose results are awaited all the same.

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

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.clients import report_by_client
from asynclint.rules.rule import Rule

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
RULE.on_reach(report_by_client)
