"""``await f(x).json()`` awaits ``json()``, not ``f(x)``, which is still a coroutine and has no ``json``.

## What it reports

An awaited expression that reads an attribute of a coroutine, calls a method on it, subscripts it or calls it, where the coroutine
is made in that expression: `await client.get(url).json()`, `await load(path)["name"]`, `await get_handler()(request)`.

## Why it hurts

`await` binds less tightly than the dot, the brackets and the parentheses behind it. So the coroutine is asked before
anybody has awaited it: an AttributeError or a TypeError whenever the line is reached, and the coroutine has never run.

## Example

```python
import asyncio

class Client:
    async def get(self, url):
        await asyncio.sleep(1)
        return Response()

class Response:
    async def json(self):
        return {}

async def handler(client: Client, url):
    return await client.get(url).json()
```

## Instead

```python
import asyncio

class Client:
    async def get(self, url):
        await asyncio.sleep(1)
        return Response()

class Response:
    async def json(self):
        return {}

async def handler(client: Client, url):
    return await (await client.get(url)).json()
```

## When it stays silent

Where what is called is not known: there are objects that can be awaited and asked as well, such as the queries of
some database libraries. For what a coroutine has itself (`close`, `send`, `throw`). For a coroutine that is held in a
name: that is `coroutine-used-as-value`.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: `await f(x).a` becomes `(await f(x)).a`, with an outer `await` where `a` is a coroutine function.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.awaitables import COROUTINE, Made, is_coroutine_function
from asynclint.project.fates import spine
from asynclint.project.values import Function, Value, join
from asynclint.rules.awaiting.words import is_its_own, report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_AWAIT, USE_CALL

RULE = Rule(
    "await-binds-too-late",
    "ASL208",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_LONGEST = 40


@RULE.on_use(USE_CALL, USE_AWAIT)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report an awaited expression that is built on a coroutine."""
    rows = function.module.rows
    awaited = view.fates.awaited(function, number)
    above = awaited
    innermost = (0, 0)
    for row in spine(rows, awaited):
        if rows[row][0] == CALL and _has_not(view, function, row, above):
            innermost = (row, above)
        above = row
    row, above = innermost
    made = view.awaitables.coroutine(function, row)
    if made is None:
        return
    maker = view.fates.maker(function, number, row)
    if maker != number and view.fates.is_inside(function, number, maker):
        certainty = Certainty.CERTAIN if _is_seen(made) else Certainty.POSSIBLE
        message, advice = _words(view, function, maker, row, above)
        yield from report(view, rule, function, maker, made, message, advice=advice, certainty=certainty)


def _has_not(view: View, function: Function, row: int, above: int) -> bool:
    """Whether a row is a coroutine, which does not have what the row above it asks for."""
    made = view.awaitables.coroutine(function, row)
    if made is None or made.nature != COROUTINE:
        return False
    operation, _, name, _ = function.module.rows[above]
    return operation != ATTR or not is_its_own(view, function, row, name)


def _is_seen(made: Made) -> bool:
    """Whether it is known to be a coroutine itself, and not only something that is awaited elsewhere, which may have methods."""
    return made.usage is None or (made.function is not None and bool(made.function.facts.flags & ASYNC))


def _words(view: View, function: Function, maker: int, row: int, above: int) -> tuple[str, str]:
    operation, _, name, _ = function.module.rows[above]
    text = view.source(function.module.path).segment(view.span(function, maker))
    inner = text if len(text) < _LONGEST and "\n" not in text else "..."
    behind, does = {ATTR: (f".{name}", f"asked for `{name}`"), CALL: ("(...)", "called")}.get(operation, ("[...]", "subscripted"))
    message = f"is {does} before it is awaited: the `await` in front is for what comes of that"
    outer = ""
    if operation == ATTR:
        found = _attribute_of_result(view, function, row, name)
        if found.alternatives:
            is_method = all(is_coroutine_function(alternative) for alternative in found.alternatives)
            outer = "await " if is_method and not found.open else ""
            behind += "(...)" if is_method else ""
    return message, f"Put the `await` in parentheses: `{outer}(await {inner}){behind}`."


def _attribute_of_result(view: View, function: Function, row: int, name: str) -> Value:
    """What awaiting a coroutine gives has under this name."""
    linker = view.linker
    given = [linker.awaited(alternative) for alternative in linker.value(function.module, row).alternatives]
    return join([linker.attribute(alternative, name) for value in given for alternative in value.alternatives])
