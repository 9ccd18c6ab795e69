"""A function is given where a coroutine is needed: nobody has called it.

## What it reports

`asyncio.run(main)`, `asyncio.create_task(f)`, `gather(f, g)`, `wait_for(f, 1)`, `group.create_task(f)`, `loop.run_until_complete(f)` with a
function instead of the coroutine that calling it gives; and with the result of a plain function that gives nothing to await:
`asyncio.run(sync_main())`. Functions of the program that await a parameter, or make a task of it, count as well.

## Why it hurts

It raises: `TypeError: a coroutine was expected, got <function main>`. In a place that is seldom reached, nobody sees that before production
does. A plain function that was called there has done its work already, on the spot, before anything fails.

## Example

```python
import asyncio

async def main():
    await asyncio.sleep(1)

asyncio.run(main)
```

## Instead

```python
import asyncio

async def main():
    await asyncio.sleep(1)

asyncio.run(main())
```

## When it stays silent

For APIs that take the function itself, as those of trio, anyio, curio and tornado do; for functions under a decorator that is not known;
and where it is not known what an argument is. Asynchronous generators are the business of another rule.

## When to turn it off

Never.

## Fix

None yet. Planned, safe: `asyncio.run(main)` becomes `asyncio.run(main())` for a coroutine function without required parameters, and
`group.create_task(f, x)` becomes `group.create_task(f(x))`.
"""

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.awaitables import is_coroutine_function
from asynclint.project.values import Alternative, Bound, Constant, External, Function, Instance, Value, unbound
from asynclint.project.wishes import AWAITS, Wish, is_hook
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.uses import USE_CALL

RULE = Rule(
    "sync-callable-where-coroutine-needed",
    "ASL213",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report arguments that are awaited and that certainly cannot be."""
    module = function.module
    for wish in view.wishes.at(function, number):
        if wish.does != AWAITS or not wish.is_own(module):
            continue
        value = view.linker.value(module, wish.row)
        if value.open or not value.alternatives:
            continue
        if wish.api == "asyncio.gather" and view.awaitables.collection(value):
            continue  # `awaitables-not-unpacked` speaks of it
        if all(_is_function(alternative) for alternative in value.alternatives):
            yield _uncalled(view, rule, function, number, wish, value)
        elif module.rows[wish.row][0] == CALL and _is_plain(view, value) and not is_hook(view.linker, module, wish.row):
            called = view.callee(module, wish.row)
            yield view.finding(
                rule,
                function,
                number,
                f"`{called}` gives no coroutine: `{_short(wish.api)}` has nothing to await",
                certainty=min(wish.certainty, _certainty_of_callee(view, function, wish.row)),
                advice=f"Give it a coroutine, or make `{called.removesuffix('()')}` a coroutine function if it is to run there.",
            )


def _uncalled(view: View, rule: Rule, function: Function, number: int, wish: Wish, value: Value) -> Finding:
    only = value.alternatives[0]
    target = unbound(only)
    assert isinstance(target, (Function, External))
    name = target.name.rpartition(".")[2]
    is_async = all(is_coroutine_function(alternative) for alternative in value.alternatives)
    certainty = max(alternative.certainty if isinstance(alternative, Bound) else Certainty.CERTAIN for alternative in value.alternatives)
    return view.finding(
        rule,
        function,
        number,
        f"`{name}` is a {'coroutine ' if is_async else ''}function, and nobody calls it: `{_short(wish.api)}` needs a coroutine",
        certainty=min(wish.certainty, certainty),
        advice=f"Call it: `{name}(...)`." if is_async else f"Give it a coroutine; for a plain function, just call `{name}(...)`.",
    )


def _is_function(alternative: Alternative) -> bool:
    """Whether an alternative is certainly a function that nobody has called; of names outside of the program, only coroutine functions."""
    if isinstance(alternative, External):
        return is_coroutine_function(alternative)
    target = unbound(alternative)
    return isinstance(target, Function) and not target.doubtful


def _is_plain(view: View, value: Value) -> bool:
    """Whether a value certainly is nothing to await."""
    if all(isinstance(alternative, Constant) for alternative in value.alternatives):
        return True
    return view.takers.excludes(value) and all(
        base.facts is not None or base.name.startswith("builtins.")  # of others, only a part is known
        for alternative in value.alternatives
        if isinstance(alternative, Instance)
        for base in alternative.klass.mro
    )


def _certainty_of_callee(view: View, function: Function, row: int) -> Certainty:
    module = function.module
    callee = view.linker.value(module, module.rows[row][1])
    return max((alternative.certainty for alternative in callee.alternatives if isinstance(alternative, Bound)), default=Certainty.CERTAIN)


def _short(api: str) -> str:
    return api.rpartition(".")[2]
