"""A collection of awaitables is given where single ones are taken, or a single one where a collection is: TypeError.

## What it reports

A list, tuple, set, dictionary, comprehension or generator as an argument of `asyncio.gather`; and a coroutine, a task or a future
itself as what `asyncio.wait` or `asyncio.as_completed` is to wait for.

## Why it hurts

The call raises `TypeError`, as a rule at the first run. What was in the collection is never awaited: coroutines never run, tasks that
were started go on alone. A generator is worse below Python 3.12: it is taken for a coroutine of the old style, and fails in a task.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def fetch_all(urls):
    await asyncio.gather([fetch(url) for url in urls])
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)

async def fetch_all(urls):
    await asyncio.gather(*[fetch(url) for url in urls])
```

## When it stays silent

Where it is not known what is given, in every case: a parameter without an annotation is no finding. Nor is a `gather` of your own,
or of another library.

## When to turn it off

Never.

## Fix

Safe: `gather(xs)` becomes `gather(*xs)`, `wait(task)` becomes `wait([task])`, and for a coroutine
`wait([asyncio.create_task(f())])`. As it stands, the call always fails.

Unsafe: the same where `gather` has other arguments too and its result is used, since a list of results may be expected
for a list of awaitables: `gather` gives all of them one by one.

None where such a result is unpacked on the spot (`pages, images = await gather(xs, ys)`); for a dictionary, of which the
keys or the values may be meant; and where nobody would look at the errors: for `await asyncio.wait(task)` as a statement
of its own, and so for `gather` with `return_exceptions`.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.awaitables import ASYNC_GENERATOR, ASYNC_MANAGER, COROUTINE, EAGER, Made
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import STAR, keywords_of
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ERROR_EXPECTED

RULE = Rule(
    "awaitables-not-unpacked",
    "ASL525",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_OF_SINGLE_ONES: Final = "asyncio.gather"
_OF_TWO_KINDS: Final = "a dict"
"""A collection of which nobody knows whether its keys or its values are meant."""
_OF_COLLECTIONS: Final = frozenset({"asyncio.wait", "asyncio.as_completed"})


@RULE.on_call("as_completed", "gather", "wait")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report the arguments of a call that are of the other kind."""
    module = function.module
    _, call, flags, _ = function.facts.uses[number]
    _, base, _, rest = module.rows[call]
    callee = view.linker.value(module, base) if rest and not flags & ERROR_EXPECTED else None
    if callee is None or callee.open or len(callee.alternatives) != 1 or not isinstance(callee.alternatives[0], External):
        return
    known = callee.alternatives[0]
    short = known.name.rpartition(".")[2]
    found: list[tuple[str, str, Fix | None]] = []
    if known.name == _OF_SINGLE_ONES:
        for position, what in _collections(view, module, call):
            fix = Fix("unpack", "Unpack it with `*`", Safety.SAFE, (str(position),)) if what != _OF_TWO_KINDS else None
            found.append((f"takes awaitables, each for itself, and this is {what}", f"Unpack it: `{short}(*...)`.", fix))
    elif known.name in _OF_COLLECTIONS:
        argument = view.linker.argument((module, call), "fs", known.entry.parameters if known.entry is not None else ())
        made = view.awaitables.made(function, argument) if argument is not None else None
        if made is not None and made.nature not in (ASYNC_GENERATOR, ASYNC_MANAGER) and made.certainty is Certainty.CERTAIN:
            message = f"takes a collection of awaitables, and this is a single one, of `{made.name}`"
            found.append((message, f"Put it into a list: `{short}([...])`.", _to_collect(function, known.name, made)))
    for message, advice, fix in found:
        message = f"`{short}` {message}: it raises an error"
        yield view.finding(rule, function, number, message, certainty=Certainty.CERTAIN, advice=advice, sink=known.name, fix=fix)


def _to_collect(function: Function, name: str, made: Made) -> Fix | None:
    """To put a single awaitable into a list; a coroutine for `wait` is made a task first, where a loop runs."""
    if made.nature == EAGER or (made.nature == COROUTINE and name == "asyncio.as_completed"):
        return Fix("collect", "Put it into a list", Safety.SAFE)
    if made.nature == COROUTINE and function.facts.flags & ASYNC:
        return Fix("collect", "Make a task of it, in a list", Safety.SAFE, ("asyncio.create_task",))
    return None


def _collections(view: View, module: Module, call: int) -> Iterator[tuple[int, str]]:
    """The positions and kinds of the collections that a call is given, each as one positional argument."""
    row = module.rows[call]
    for position, argument in enumerate(row[3][: len(row[3]) - len(keywords_of(row))]):
        what = "" if module.rows[argument][0] == STAR else view.awaitables.collection(view.linker.value(module, argument))
        if what:
            yield position, what
