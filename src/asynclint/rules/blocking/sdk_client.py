"""A service is asked through a blocking client on the event loop's thread.

## What it reports

Requests through the synchronous clients of services: language models (`openai`, `anthropic`, `litellm`, ...), clouds (`boto3`,
`google.cloud`, `azure`, ...), mail and files (`smtplib`, `imaplib`, `ftplib`, `paramiko`, ...), search and vector databases
(`elasticsearch`, `qdrant_client`, ...), brokers (`pika`, `kafka`, ...), and others (`docker`, `kubernetes`, `github`, `slack_sdk`,
`stripe`, `selenium`, `serial`, ...). It knows the client by its type,
from wherever it comes, and all that hangs on it: `client.chat.completions.create(...)`, the pages of a paginator, a stream of answers.
In a coroutine, in a callback of the event loop, or in anything that these call. All that is done with one client in one
function is one finding.

## Why it hurts

The answer takes as long as the network and the service like: for a language model, many seconds. Until it is there no
other task runs. One user's question then makes all others wait.

## Example

```python
from openai import OpenAI

client = OpenAI()

async def answer(question):
    completion = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": question}])
    return completion.choices[0].message.content
```

## Instead

```python
from openai import AsyncOpenAI

client = AsyncOpenAI()

async def answer(question):
    completion = await client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": question}])
    return completion.choices[0].message.content
```

Many libraries have an asynchronous client beside the synchronous one; where there is one, the advice names it. Else the call belongs in
a thread: `await asyncio.to_thread(client.get_object, Bucket=bucket, Key=key)`.

## When it stays silent

For methods that only build something: making a client, `generate_presigned_url`, `with_options`; for asynchronous
clients; for clients whose type is not known, and those that are only declared to be blocking, while their calls are awaited;
and in functions that only run in a thread. In tests a finding is possible at most.

## When to turn it off

In a program that does one thing at a time: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `client.get_object(...)` becomes `await asyncio.to_thread(client.get_object, ...)` (in files that use trio, anyio or curio, what
they have for that), and `helper(key)` becomes `await asyncio.to_thread(helper, key)`. Other tasks then run meanwhile, the
request goes on in its thread when the task is cancelled, and the client is used from another thread. Nothing is done where what is
called needs the event loop itself, for connections that a `with` closes, and for what a loop or a property runs. An asynchronous client
is not put in the place of the other: one that is made for each request loads certificates on the event loop's thread, and where it is
better made once, only the program's author knows.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.clients import report_by_client
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-sdk-client",
    "ASL115",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="network",
    does="waits for an answer of a service",
    in_tests=Certainty.POSSIBLE,
)
RULE.on_reach(report_by_client)
