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

Safe: `await f(x).a` becomes `(await f(x)).a`, and `await f(x).load()` becomes `await (await f(x)).load()` where `load` is a coroutine
function. The line always raised before. Where other tasks could change something under the function's hands meanwhile, and in
clean-up code, it is done with `--unsafe-fixes` only.

Unsafe: where it is only likely that `f` is a coroutine function.

Nothing is done where it is not known what `f` gives, so that nobody can tell whether the rest is to be awaited, where more stands
behind it, and under a lock of threads.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.values import NOTHING_KNOWN, Alternative, Bound, External, Function, Value, join, unbound
from asynclint.project.questions.awaitables import COROUTINE, Made, is_coroutine_function
from asynclint.project.questions.fates import spine
from asynclint.rules.awaiting.repairs import missing_await
from asynclint.rules.awaiting.words import is_its_own, report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL
from asynclint.source.scopes import ASYNC, GIVES_NOTHING
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
        fix = _fix(view, function, maker, made, row, awaited)
        yield from report(view, rule, function, maker, made, message, advice=advice, certainty=certainty, fix=fix)


def _has_not(view: View, function: Function, row: int, above: int) -> bool:
    """Whether a row is a coroutine, which does not have what the row above it asks for."""
    made = view.awaitables.coroutine(function, row)
    if made is None or made.nature != COROUTINE:
        return False
    operation, _, name, _ = function.module.rows[above]
    return operation != ATTR or not is_its_own(view, function, row, name)


def _fix(view: View, function: Function, number: int, made: Made, row: int, awaited: int) -> Fix | None:
    """To await the coroutine `row` first, and what comes of that only where it is to be awaited as well; None where that is not known."""
    rows = function.module.rows
    if not _is_seen(made):
        return None
    operation, base, name, _ = rows[awaited]
    if operation == CALL:
        operation, base, name, _ = rows[base]
        found = _attribute_of_result(view, function, row, name) if operation == ATTR and base == row else NOTHING_KNOWN
        if found.open or not found.alternatives:
            return None
        if all(map(is_coroutine_function, found.alternatives)):
            words: tuple[str, ...] = ("twice",)
        elif all(_gives_plain(view, alternative) for alternative in found.alternatives):
            words = ()
        else:
            return None
    else:
        found = _attribute_of_result(view, function, row, name) if operation == ATTR and base == row else NOTHING_KNOWN
        if found.open or not found.alternatives or not view.takers.excludes(found):
            return None
        words = ()
    fix = missing_await(view, function, number, made)
    return fix._replace(recipe="await-inside", words=words) if fix is not None else None


def _gives_plain(view: View, callee: Alternative) -> bool:
    """Whether calling something certainly gives nothing to await."""
    target = unbound(callee)
    if isinstance(target, External):
        return target.entry is not None and not target.entry.coroutine and target.entry.returns is not None
    if not isinstance(target, Function) or target.doubtful or pending_nature(target) is not None:
        return False
    given = view.linker.result_of(target, callee.receiver if isinstance(callee, Bound) else None)
    return bool(target.facts.flags & GIVES_NOTHING) or (not given.open and bool(given.alternatives) and view.takers.excludes(given))


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
