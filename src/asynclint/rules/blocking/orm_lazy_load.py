"""An object-relational mapper asks its database where nothing seems to be called.

## What it reports

A query set of Django that has not been evaluated yet, and is: gone through by `for`, `list`, `sorted` and the like, asked for its length
or its truth, subscripted. And `with transaction.atomic()`. In a coroutine, in a callback of the event loop, or in anything that these
call. All that is done with one query set in one function is one finding.

## Why it hurts

Building a query asks nobody; it is the `for` that sends it and waits for the rows. On the event loop's thread Django refuses to do so: it
raises `SynchronousOnlyOperation`, where nobody has allowed it by `DJANGO_ALLOW_ASYNC_UNSAFE`. Where somebody has, all other tasks wait.

## Example

```python
from django.db import models

class Order(models.Model):
    number = models.IntegerField()

async def numbers():
    orders = Order.objects.filter(number__gt=100)
    return [order.number for order in orders]
```

## Instead

```python
from django.db import models

class Order(models.Model):
    number = models.IntegerField()

async def numbers():
    orders = Order.objects.filter(number__gt=100)
    return [order.number async for order in orders]
```

What has no asynchronous form, such as a transaction, belongs into a function that `sync_to_async` of asgiref runs, as a whole.

## When it stays silent

For `async for`, and for what is done with a query set after it: the rows are there; for building queries, slices among them; for
methods that ask by their name, which `blocking-database` reports; for a truth, a length or an item in helpers that are no coroutines;
and in functions that only run in a thread. Whether reading an attribute loads a related object is not known. In tests a finding is
possible at most.

## When to turn it off

In a program that sets `DJANGO_ALLOW_ASYNC_UNSAFE` and does one thing at a time, such as a notebook.

## Fix

None. `for order in orders` becomes `async for order in orders`, and `list(orders)` becomes `[order async for order in orders]`; what the
rows lead to, other objects among them, has to be loaded with them.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import External, Function, Instance
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ITEM
from asynclint.source.uses import USE_AITER, USE_CALL, USE_ITEM, USE_ITER, USE_TEST

RULE = Rule(
    "blocking-orm-lazy-load",
    "ASL120",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
    kind="database",
    does="asks the database",
    in_tests=Certainty.POSSIBLE,
)

_ASKS = {USE_TEST: "__bool__", USE_ITEM: "__getitem__", USE_CALL: "__len__"}
"""What a use asks an object for."""

_LOAD = frozenset({"builtins.bool", "builtins.len", "builtins.list", "builtins.set", "builtins.sorted", "builtins.tuple"})


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way, and one a query set: the first time, it is loaded."""
    loaded: set[int] = set()
    for reach in reaches:
        asked = 0 if reach.way else _gone_through(reach.root, reach.number)
        if asked and (asked in loaded or _is_read_before(reach.root, reach.number, asked, (USE_AITER,))):
            continue
        loaded.add(asked)
        yield view.of_reach(rule, reach)


@RULE.on_use(USE_TEST, USE_ITEM)
@RULE.on_call("len", "bool")
def check_use(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """The truth, the length or an item of what has not been asked for, unless something else in the function has loaded it."""
    root = view.contexts.roots.get(function)
    if root is None:
        return
    rows = function.module.rows
    kind, row, _, _ = function.facts.uses[number]
    if kind == USE_CALL:
        if len(rows[row][3]) != 1:
            return
        row = rows[row][3][0]
    if kind == USE_ITEM and not any(operation == ITEM and base == row and rest[0] for operation, base, _, rest in rows):
        return  # a slice has no row of its own, and builds another query
    value = view.linker.value(function.module, row)
    asked = [_asked(view, alternative, _ASKS[kind], rule.name) for alternative in value.alternatives]
    if not asked or not all(asked) or _loads_before(function, number, row):
        return
    certainty = Certainty.LIKELY if value.open else root.certainty
    yield view.finding(
        rule,
        function,
        number,
        f"`{view.subject(function, number)}` blocks the event loop: it {asked[0]}",
        certainty=certainty,
        advice="Load it before: `[item async for item in ...]`; or ask for what is needed: `await ...aexists()`, `acount()`, `afirst()`.",
    )


def _asked(view: View, alternative: object, method: str, rule: str) -> str:
    """What an object does if it is asked so, as the knowledge says; empty where that does not break the rule."""
    if isinstance(alternative, Instance):
        for one in view.linker.attribute(alternative, method).alternatives:
            if isinstance(one, External) and one.entry is not None and one.entry.blocks == rule:
                return one.entry.does or "asks the database"
    return ""


def _gone_through(function: Function, number: int) -> int:
    """The row of what a use goes through; 0 where it is none."""
    kind, row, _, _ = function.facts.uses[number]
    rows = function.module.rows
    if kind == USE_CALL:
        return rows[row][3][0] if rows[row][3] else 0
    return rows[row][1] if kind == USE_ITER else 0


def _loads_before(function: Function, number: int, row: int) -> bool:
    """Whether a query set is evaluated, or asked, in front of a use: that one is reported, or has loaded it."""
    uses = function.facts.uses
    if any(kind in (USE_TEST, USE_ITEM) and other == row for kind, other, _, _ in uses[:number]):
        return True
    calls = [other for kind, other, _, _ in uses[:number] if kind == USE_CALL]
    rows = function.module.rows
    if any(
        rows[other][3][:1] == (row,) and rows[rows[other][1]][2] in ("builtins.len", "builtins.list", "builtins.bool") for other in calls
    ):
        return True
    return _is_read_before(function, number, row, (USE_AITER, USE_ITER))


def _is_read_before(function: Function, number: int, row: int, kinds: tuple[int, ...]) -> bool:
    rows = function.module.rows
    return any(kind in kinds and rows[other][1] == row for kind, other, _, _ in function.facts.uses[:number])
