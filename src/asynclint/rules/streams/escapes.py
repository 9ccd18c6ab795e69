"""What an `async with` has bound is returned out of it, and used by the caller: by then it is closed.

## What it reports

`return response` inside of `async with session.get(...) as response:`, or `return session` inside of
`async with ClientSession() as session:`, where a caller then does what needs it open: `await response.json()`, `session.get(...)`. Known
are responses and sessions of aiohttp, clients of httpx and connections of websockets.

## Why it hurts

The block ends before the caller gets the value. The body of the response is gone, the session is closed: the caller gets an error. It may
come now and then only, where a short body has come in already.

## Example

```python
import aiohttp

async def fetch(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        return response

async def show(session: aiohttp.ClientSession, url):
    response = await fetch(session, url)
    print(await response.json())
```

## Instead

```python
import aiohttp

async def fetch(session: aiohttp.ClientSession, url):
    async with session.get(url) as response:
        return await response.json()

async def show(session: aiohttp.ClientSession, url):
    print(await fetch(session, url))
```

## When it stays silent

Where no caller is seen to use what needs it open: the status and headers of a response stay; where the body was read inside of the block,
since the response keeps it; for what is made of the value; and for generators, whose block goes on. A session that nobody is seen to use is
possible at most.

## When to turn it off

Never.

## Fix

None. Whether the block should grow or the work move into it, only its author knows.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Function, Instance, unbound
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, AWAIT, UNION
from asynclint.source.uses import USE_ESCAPED

RULE = Rule(
    "resource-escapes-its-scope",
    "ASL418",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)


@RULE.on_use(USE_ESCAPED)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a value that is closed before its caller uses it."""
    module = function.module
    row = function.facts.uses[number][1]
    value = view.linker.value(module, row)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    klass = only.klass if isinstance(only, Instance) else None
    if klass is None or klass.entry is None or not klass.entry.needs_open:
        return
    if klass.entry.gives_back and any(name in klass.entry.gives_back for name in _attributes(module, {row})):
        return  # read inside of the block
    used = _use_of(view, function, klass)
    if not used and klass.entry.gives_back and klass.entry.leaks is None:
        return  # what is left of it may be all that is wanted
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` is closed when the block ends, before the caller has it" + (f", who uses `{used}`" if used else ""),
        certainty=Certainty.LIKELY if used else Certainty.POSSIBLE,
        advice="Do inside of the block what needs it open, and return what that gives.",
        subject=subject,
        sink=klass.name,
    )


def _use_of(view: View, function: Function, klass: Class) -> str:
    """What some caller does with what a function returns that needs it open; empty where none is seen."""
    entry = klass.entry
    assert entry is not None
    for module, call in view.linker.calls_of(function.facts.name.rpartition(".")[2]):
        called = [unbound(part) for part in view.linker.value(module, module.rows[call][1]).alternatives]
        if function in called:
            given = {call} | {number for number, other in enumerate(module.rows) if other[0] == AWAIT and other[1] == call}
            for name in _attributes(module, given):
                if name in entry.needs_open:
                    return name
    return ""


def _attributes(module: Module, rows: set[int]) -> Iterator[str]:
    """The attributes that a file reads of what one of these rows gives."""
    for number, (operation, base, name, rest) in enumerate(module.rows):  # operands come first
        if operation == UNION and not rows.isdisjoint(rest):
            rows = rows | {number}
        elif operation == ATTR and base in rows:
            yield name
