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

Safe: `asyncio.run(main)` becomes `asyncio.run(main())` for a coroutine function of the program that needs no arguments, and
`group.create_task(f, x)` becomes `group.create_task(f(x))`. It always raised before. Nothing is done for plain functions, whose result
cannot be awaited either; where the arguments do not fit; for `shield`, which needs a task
with a name; and where it would start a task that nobody awaits there.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Alternative, Bound, Constant, External, Function, Instance, Value, unbound
from asynclint.project.questions.awaitables import is_coroutine_function
from asynclint.project.questions.wishes import AWAITS, Wish, is_hook
from asynclint.rules.awaiting.repairs import required
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, keywords_of
from asynclint.source.uses import AWAITED, USE_CALL

RULE = Rule(
    "sync-callable-where-coroutine-needed",
    "ASL213",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)


_OWN: Final = frozenset({"context", "debug", "eager_start", "loop", "loop_factory", "name"})
"""Their own keywords."""

_TAKE_ONE: Final = frozenset({"create_task", "ensure_future", "run", "run_until_complete"})
"""What takes one coroutine only: positional arguments behind it are meant for the function."""


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
        fix=_fix(view, function, number, wish, value) if is_async else None,
    )


def _fix(view: View, function: Function, number: int, wish: Wish, value: Value) -> Fix | None:
    """To call the function, with the arguments behind it where the one who takes it has no use for them."""
    row = function.module.rows[function.facts.uses[number][1]]
    names = keywords_of(row)
    index, plain = row[3].index(wish.row), len(row[3]) - len(names)
    if row[3].count(wish.row) > 1 or wish.api == "asyncio.shield" or _is_lost_task(view, function, number, wish):
        return None  # what is shielded needs a name as well
    takes_rest = index < plain and wish.api.rpartition(".")[2] in _TAKE_ONE
    given = plain - index - 1 if takes_rest else 0
    for alternative in value.alternatives:
        wanted = required(alternative)
        if wanted is None or len(wanted) > given or given > _most(alternative):
            return None
    if given and not _OWN.issuperset(names):
        return None
    words = ("" if index < plain else names[index - plain], str(min(index, plain)), *(["rest"] if given else []))
    name = unbound(value.alternatives[0])
    assert isinstance(name, Function)
    return Fix("call-argument", f"Call `{name.facts.name.rpartition('.')[2]}`", Safety.SAFE, words)


def _is_lost_task(view: View, function: Function, number: int, wish: Wish) -> bool:
    """Whether a task would start that nobody awaits there, which would be the next mistake as a rule."""
    entry = view.linker.knowledge.callable(wish.api)
    _, call, flags, _ = function.facts.uses[number]
    is_task = entry is not None and entry.task_of is not None
    return is_task and not flags & AWAITED and not view.fates.is_seen_to(function, call)


def _most(alternative: Alternative) -> int:
    """How many positional arguments a function takes at least."""
    function = unbound(alternative)
    return len(function.facts.parameters) - isinstance(alternative, Bound) if isinstance(function, Function) else 0


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
