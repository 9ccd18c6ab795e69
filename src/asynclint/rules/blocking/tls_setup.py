"""Certificates for TLS are loaded on the event loop's thread.

## What it reports

`ssl.create_default_context` and the methods of a context that load certificates, keys or parameters from disk; and what
does so inside: making an `httpx.AsyncClient`, an `AsyncOpenAI` or an `AsyncAnthropic`, `asyncio.open_connection(ssl=True)`,
`websockets.connect("wss://...")`, and the like. All that is done with one context in one function is one finding.

## Why it hurts

The certificates of all authorities are read from disk and parsed, which takes about 20 ms of disk and CPU each time.
A client made for each request then costs more than many of the requests do, and all other tasks wait for it.

## Example

```python
import httpx

async def price(symbol):
    async with httpx.AsyncClient() as client:
        response = await client.get(f"https://example.com/prices/{symbol}")
    return response.json()
```

## Instead

```python
import asyncio
import ssl
import httpx

async def open_client():
    context = await asyncio.to_thread(ssl.create_default_context)
    return httpx.AsyncClient(verify=context)

async def price(client: httpx.AsyncClient, symbol):
    response = await client.get(f"https://example.com/prices/{symbol}")
    return response.json()
```

One client serves all requests. Where each needs a client of its own, they can share one context.

## When it stays silent

Where a client is given a context (`verify=context`, `ssl=context`), a client of its own (`http_client=`) or a transport,
or is told not to verify; where it is not known what it is given; for the context of a server that names no file; in
functions that only run in a thread; and in tests. Where it happens once (the result is kept, or the function is cached),
while a coroutine still has the loop to itself, and for a blocking client (`httpx.Client`), whose requests are the defect
and reported by `blocking-http`, a finding is possible at most.

## When to turn it off

In a program that serves nobody while it connects: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `ssl.create_default_context()` becomes `await asyncio.to_thread(ssl.create_default_context)`, and so does each call that
the finding names, and helpers that make a context. Other tasks then run meanwhile. Nothing is done for clients that load certificates
inside: they belong to the event loop's thread, and are better made once, or given a context.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Instance
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, Row
from asynclint.source.uses import USE_AENTER, USE_CALL, USE_ENTER

RULE = Rule(
    "blocking-tls-setup",
    "ASL124",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="tls",
    does="loads TLS certificates",
    in_tests=None,
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of the direct calls on one context, one at the first, which names the others."""
    contexts: dict[int, list[Reach]] = {}
    groups: list[list[Reach]] = []
    for reach in reaches:
        if _is_kept(reach):
            reach = reach._replace(certainty=Certainty.POSSIBLE)
        if reach.way:
            yield view.of_reach(rule, reach, fix=_fix(view, reach))
            continue
        context = _context(view, reach)
        if context == _row(reach) or context not in contexts:  # the same call again gives another context
            contexts[context] = []
            groups.append(contexts[context])
        contexts[context].append(reach)
    for first, *others in groups:
        names = dict.fromkeys(f"`.{other.sink.name.rpartition('.')[2]}`" for other in others)
        yield view.of_reach(rule, first, f" (and then: {', '.join(names)})" if names else "", fix=_fix(view, first, others))


def _fix(view: View, reach: Reach, others: Sequence[Reach] = ()) -> Fix | None:
    """To load certificates in a thread. A client that does so when it is made stays where it is: it belongs to the loop."""
    is_plain = all(one.sink.name.startswith(("ssl.", "urllib.")) for one in (reach, *others))
    return in_thread(view, reach, others) if is_plain else None


def _is_kept(reach: Reach) -> bool:
    """Whether what is made is stored or returned, so that it may be made once for many uses; a context made here speaks for itself."""
    function, number = reach.way[-1] if reach.way else (reach.root, reach.number)
    is_entered = reach.root.facts.uses[reach.number][0] in (USE_ENTER, USE_AENTER)
    if is_entered or (not reach.way and reach.sink.name.startswith("ssl.")):
        return False
    facts = function.module.facts
    row = function.facts.uses[number][1]
    if any(_uses(facts.rows, kind, other, row) for kind, other, _, _ in function.facts.uses):
        return False  # it is used here
    kept = [function.facts.returned, function.facts.yielded, *facts.bindings.values(), *(stored for _, _, stored in facts.stores)]
    if function.owner is not None and function.owner.facts is not None:
        kept += function.owner.facts.assigned.values()
    return any(row == other or row in facts.rows[other][3] for other in kept)


def _uses(rows: list[Row], kind: int, use: int, made: int) -> bool:
    """Whether a use enters what was made, or calls a method of it, of an attribute of it, and so on."""
    if kind in (USE_ENTER, USE_AENTER):
        return rows[use][1] == made
    if kind != USE_CALL:
        return False
    row = rows[use][1]
    while rows[row][0] == ATTR:
        row = rows[row][1]
        if row == made:
            return True
    return False


def _row(reach: Reach) -> int:
    return reach.root.facts.uses[reach.number][1]


def _context(view: View, reach: Reach) -> int:
    """The row of the object whose method a use calls; of any other call, its own."""
    module = reach.root.module
    operation, receiver, _, _ = module.rows[module.rows[_row(reach)][1]]
    is_method = operation == ATTR and any(isinstance(owner, Instance) for owner in view.linker.value(module, receiver).alternatives)
    return receiver if is_method else _row(reach)
