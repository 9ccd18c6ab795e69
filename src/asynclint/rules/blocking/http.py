"""An HTTP request is made with a blocking client on the event loop's thread.

## What it reports

Requests through `requests`, `urllib.request`, `urllib3`, `http.client`, `xmlrpc.client` and the synchronous half of
`httpx`: their functions, and the methods of their sessions, clients, pools, connections and responses that wait for the
other side. In a coroutine, in a callback of the event loop, or in anything that these call.

## Why it hurts

The answer takes as long as the network and the other server like, and until it is there no other task runs. A slow
server makes a slow client of the whole program: requests that have nothing to do with it wait, too.

## Example

```python
import requests

async def price(symbol):
    response = requests.get(f"https://example.com/prices/{symbol}", timeout=5)
    return response.json()
```

## Instead

```python
import asyncio
import requests

async def price(symbol):
    response = await asyncio.to_thread(requests.get, f"https://example.com/prices/{symbol}", timeout=5)
    return response.json()
```

Where the library has an asynchronous half (`httpx.AsyncClient`, `tornado.httpclient.AsyncHTTPClient`), that is the
better way: a waiting request then costs no thread.

## When it stays silent

For `data:` addresses, for an `httpx.Client` that is given a transport (an application or a mock in this process), and
in functions that only run in a thread. Making a session, client or connection sends nothing and is not reported. In
tests a finding is possible at most.

## When to turn it off

In a program that does one thing at a time: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `requests.get(url)` becomes `await asyncio.to_thread(requests.get, url)` (in files that use trio, anyio or curio, what they have
for that), and `helper(url)` becomes `await asyncio.to_thread(helper, url)`. Other tasks then run meanwhile, the request goes on in its
thread when the task is cancelled, and a session is used from another thread. Nothing is done where what is called needs the event loop
itself, and for what a `with`, a loop or a property runs.
"""

from asynclint.model import Certainty, Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-http",
    "ASL102",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="network",
    does="makes an HTTP request",
    in_tests=Certainty.POSSIBLE,
    equivalents=("ASYNC100", "ASYNC210", "ASYNC211", "ASYNC212"),
)
RULE.on_reach(report)
