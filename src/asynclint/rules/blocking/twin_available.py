"""A method is called that waits, though the same object has it in an asynchronous form.

## What it reports

`chain.invoke(...)` of LangChain, where `await chain.ainvoke(...)` stands beside it; and likewise its models, tools, retrievers, vector
stores and embeddings, graphs of LangGraph, and the cache of Django. In a coroutine, in a callback of the event loop, or in anything
that these call. All that is done with one object in one function is one finding.

## Why it hurts

The thread waits for a model, a service or a store, for seconds at times, and no other task runs meanwhile. The library has all that
is needed to wait without keeping anybody.

## Example

```python
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="gpt-4o")

async def answer(question):
    reply = model.invoke(question)
    return reply.content
```

## Instead

```python
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="gpt-4o")

async def answer(question):
    reply = await model.ainvoke(question)
    return reply.content
```

## When it stays silent

For methods that wait for a database or a service by themselves: `blocking-database`, `blocking-sdk-client` and the others report them,
and name the asynchronous form as well; for methods of the program's own classes, whatever their names; in functions that only run in a
thread. In tests a finding is possible at most.

## When to turn it off

In a program that does one thing at a time: a script that happens to use asyncio.

## Fix

None. `model.invoke(x)` becomes `await model.ainvoke(x)`, where all that it is made of can be awaited as well.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.clients import report_by_client
from asynclint.rules.rule import Rule

RULE = Rule(
    "async-twin-available",
    "ASL116",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
    kind="sdk",
    does="waits for a service",
    in_tests=Certainty.POSSIBLE,
)
RULE.on_reach(report_by_client)
