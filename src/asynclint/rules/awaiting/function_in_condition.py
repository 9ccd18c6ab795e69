"""A coroutine function is tested for truth: it is not even called, and a function is always true.

## What it reports

`if client.is_ready:`, where `is_ready` is an `async def` method and no property, in `if`, `while`, `assert`, `not`, on the left
of `and` and `or`, in a conditional expression and in the filter of a comprehension. Methods are found through types.

## Why it hurts

The test asks whether the method is there. It always is: the branch is taken whatever the method would say, and a loop never ends.

## Example

```python
import asyncio

class Client:
    async def is_ready(self):
        await asyncio.sleep(1)
        return False

async def send(client: Client, record):
    if client.is_ready:
        print(record)
```

## Instead

```python
import asyncio

class Client:
    async def is_ready(self):
        await asyncio.sleep(1)
        return False

async def send(client: Client, record):
    if await client.is_ready():
        print(record)
```

## When it stays silent

Where the function calls, hands over or stores the method as well: then the test asks whether it is there (`if self.on_close:`).
Where a class of the hierarchy, or code outside of it, sets the attribute to something else. Under a decorator that is not known,
which may make a property of it. For functions of a module, and for methods taken from a class.

## When to turn it off

Never.

## Fix

Unsafe: `if client.is_ready:` becomes `if await client.is_ready():` in a coroutine, where the method needs no arguments. It is a call
that was not made before, and the branch was always taken. Nothing is done in a plain function, and under a lock of threads.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Bound, External, Function, Value
from asynclint.project.questions.awaitables import is_coroutine_function
from asynclint.project.questions.hierarchy import is_replaced
from asynclint.rules.awaiting.repairs import required
from asynclint.rules.offers import may_await
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, COLLECTION, UNION
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_CALL, USE_TEST

RULE = Rule(
    "function-object-in-condition",
    "ASL215",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)


@RULE.on_use(USE_TEST)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report an attribute that is tested, if it is a coroutine function."""
    row = function.facts.uses[number][1]
    operation, _, name, _ = function.module.rows[row]
    if operation != ATTR:
        return
    value = view.linker.value(function.module, row)
    if value.open or not value.alternatives or not all(map(is_coroutine_function, value.alternatives)):
        return
    sure = Certainty.POSSIBLE
    for alternative in value.alternatives:
        receiver = alternative.receiver if isinstance(alternative, (Bound, External)) else None
        if receiver is None or is_replaced(view.linker, receiver, name):
            return
        sure = max(sure, alternative.certainty if isinstance(alternative, Bound) else Certainty.CERTAIN)
    if _is_used(function, row):
        return
    subject = view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` is a coroutine function, which is always true: nobody calls it here",
        certainty=sure,
        advice=_advice(function, subject),
        subject=subject,
        sink=name,
        fix=_fix(view, function, number, value, subject),
    )


def _fix(view: View, function: Function, number: int, value: Value, subject: str) -> Fix | None:
    """To call what is tested, where that needs no arguments, and to await what it gives."""
    if not may_await(view, function, number) or any(required(alternative) != [] for alternative in value.alternatives):
        return None
    return Fix("call-and-await", f"Call and await `{subject}`", Safety.UNSAFE)


def _is_used(function: Function, row: int) -> bool:
    """Whether a function also calls what the attribute `row` holds, hands it over or keeps it, beside testing it."""
    rows = function.module.rows
    calls = [rows[used] for kind, used, _, _ in function.facts.uses if kind == USE_CALL]
    return any(row in (base, *rest) for _, base, _, rest in calls) or any(
        operation in (UNION, COLLECTION) and row in rest for operation, _, _, rest in rows
    )


def _advice(function: Function, subject: str) -> str:
    if function.facts.flags & ASYNC:
        return f"Call it, and await what it gives: `await {subject}()`."
    name = function.facts.name.rpartition(".")[2]
    return f"Call it, and await what it gives; for that, `{name}` has to become a coroutine function."
