"""A coroutine is used as if it were what it gives: nobody has awaited it.

## What it reports

Reading an attribute of a coroutine, calling a method on it, subscripting, comparing, formatting, unpacking and raising it,
computing with it, using it as a key, iterating it; the same for a future, such as that of `asyncio.gather`, as far as it
cannot do that; and giving it to something that takes it for a value: `len`, `str`, `print`,
`json.dumps`, `logging`, a parameter that declares another type, a function whose body computes with it, a list that is declared to
hold something else, or one that the function only fills and returns while the program awaits such calls everywhere else. So is an
attribute of the method's own object that the program reads as a value, and never awaits or gives away.

In a coroutine so is what only the result can be asked: whether it is None, and whether it is an instance of some class.

## Why it hurts

At best it is a TypeError or an AttributeError at run time. At worst nothing fails: `<coroutine object fetch at 0x...>` is
printed, stored, or sent to a client, and the work was never done.

## Example

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return {"status": 200}

async def handler(url):
    return fetch(url)["status"]
```

## Instead

```python
import asyncio

async def fetch(url):
    await asyncio.sleep(1)
    return {"status": 200}

async def handler(url):
    return (await fetch(url))["status"]
```

## When it stays silent

For what a coroutine has itself (`close`, `send`, `throw`, `cr_frame`, `__name__`); for `is` another object, `type` and `id`, and for
`isinstance` of something that can be awaited; for what is asked where the coroutine is awaited, returned or scheduled later on; where
the coroutine is given to something that awaits, schedules or stores it, or that is not known. A name that is formatted or
printed is silent: if that is all, `coroutine-never-used` speaks of it. So is one that is used as a key and awaited as well, one of which
the function asks `iscoroutine` or `isawaitable`, and one that is declared as something to await, among others.

## When to turn it off

Never.

## Fix

Safe: for a call in place, `f().a` becomes `(await f()).a`, and `x + f()` becomes `x + await f()`. It raised an error before, or
worked with an object that means nothing. Where other tasks could change something under the function's hands meanwhile, and in
clean-up code, it is done with `--unsafe-fixes` only.

Unsafe: where it is only likely that `f` is a coroutine function, or that its result is wanted there.

Nothing is done for a name, which may be awaited elsewhere as well; in a plain function; in a lambda or a generator expression; and
under a lock of threads.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import External, Function, Instance, unbound
from asynclint.project.questions.awaitables import Made
from asynclint.rules.awaiting.repairs import missing_await_in_place
from asynclint.rules.awaiting.words import is_its_own, report
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, ITEM
from asynclint.source.roles import may_be_coroutine
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import (
    ERROR_EXPECTED,
    USE_ABSENT,
    USE_CALL,
    USE_COMBINE,
    USE_COMPARE,
    USE_EXCHANGE,
    USE_FORMAT,
    USE_ITEM,
    USE_ITER,
    USE_KEY,
    USE_RAISE,
    USE_READ,
    USE_RETURN,
    USE_SHOWN,
    USE_STORE,
    USE_UNPACK,
    USE_YIELD,
)

RULE = Rule(
    "coroutine-used-as-value",
    "ASL205",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_WORDS: Final = {
    USE_COMBINE: "computed with",
    USE_COMPARE: "compared",
    USE_FORMAT: "formatted",
    USE_ITEM: "subscripted",
    USE_ITER: "iterated",
    USE_KEY: "used as a key",
    USE_RAISE: "raised",
    USE_UNPACK: "unpacked",
}


_GO_THROUGH: Final = frozenset({
    "builtins.all", "builtins.any", "builtins.enumerate", "builtins.iter", "builtins.len", "builtins.max", "builtins.min", "builtins.next",
    "builtins.sorted", "builtins.sum", "builtins.zip",
})  # fmt: skip
_OF_FUTURES: Final = frozenset({
    "add_done_callback", "cancel", "cancelled", "done", "exception", "get_loop", "remove_done_callback", "result", "set_exception",
    "set_result",
})  # fmt: skip

_NOT_OF_FUTURES: Final = frozenset({USE_COMBINE, USE_ITEM, USE_ITER, USE_RAISE, USE_UNPACK})
"""What cannot be done with a task or a future, either."""


@RULE.on_use(USE_ABSENT, USE_CALL, USE_READ, USE_STORE, *_WORDS)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what a use does with a coroutine."""
    kind, used, flags, guards = function.facts.uses[number]
    if flags & ERROR_EXPECTED:
        return
    rows = function.module.rows
    _, base, name, rest = rows[used]
    if kind == USE_READ:
        yield from _attribute(view, rule, function, number, base, name)
    elif kind == USE_CALL:
        if rows[base][0] == ATTR:
            yield from _attribute(view, rule, function, number, rows[base][1], rows[base][2])
        for argument in rest:
            if may_be_coroutine(rows, argument):
                yield from _argument(view, rule, function, number, argument)
    elif kind == USE_ABSENT:
        if view.awaitables.coroutine(function, used) is not None and _is_needed(view, function, number, used):
            yield from _found(view, rule, function, number, used, "compared with None")
    elif kind == USE_STORE:
        yield from _stored(view, rule, function, number, guards[-1])
    elif kind == USE_KEY and view.fates.is_kept(function, number, used):
        return  # a name holds it, by which it is told from others
    elif kind == USE_FORMAT:
        if view.fates.is_in_place(function, number, used) and not view.fates.is_seen_to(function, used):
            yield from _found(view, rule, function, number, used, _WORDS[kind])
    elif kind != USE_ITER:
        yield from _found(view, rule, function, number, used, _WORDS[kind])
    elif not _goes_round(view, function, base):
        yield from _found(view, rule, function, number, base, _WORDS[kind])


def _goes_round(view: View, function: Function, row: int) -> bool:
    """Whether something that can be awaited can be iterated as well: its class says how."""
    value = view.linker.value(function.module, row)
    return any(isinstance(part, Instance) and view.linker.member(part.klass, "__iter__") is not None for part in value.alternatives)


def _attribute(view: View, rule: Rule, function: Function, number: int, row: int, name: str) -> Iterator[Finding]:
    if may_be_coroutine(function.module.rows, row) and not is_its_own(view, function, row, name):
        future = _future(view, function, row) if name not in _OF_FUTURES and not name.startswith("_") else None
        yield from _found(view, rule, function, number, row, f"asked for `{name}`", future=future)


def _stored(view: View, rule: Rule, function: Function, number: int, target: int) -> Iterator[Finding]:
    """Report a coroutine that is stored where a value is declared, or that is stored though the program awaits it everywhere else."""
    row = function.facts.uses[number][1]
    made = view.awaitables.coroutine(function, row)
    future = _future(view, function, row) if made is None else None
    if made is None and future is None:
        return
    operation, _, name, _ = function.module.rows[target]
    where = "stored"
    if operation not in (ATTR, ITEM):
        where = "bound to a name that is declared as something else"
    elif operation == ATTR:
        where = f"stored in `{name}`"
    sure = view.takers.excludes_stored(function, target)
    if sure is not None:
        yield from _found(view, rule, function, number, row, where, sure, future=future if sure is Certainty.CERTAIN else None)
    elif made is not None and operation in (ATTR, ITEM) and not view.fates.is_seen_to(function, row):
        if made.certainty is Certainty.POSSIBLE:
            return
        is_lost = not view.takers.may_be_seen_to_in(function, target) or view.takers.is_lost_in_dict(function, target)
        usage = view.awaitables.evidence.habit(function, row) if is_lost else None
        if usage is not None:
            yield from _found(view, rule, function, number, row, where, made=made._replace(usage=usage, certainty=Certainty.LIKELY))
        elif function.facts.flags & ASYNC and operation == ATTR and view.takers.is_kept_as_value(function, target):
            yield from _found(view, rule, function, number, row, f"{where}, which nobody awaits", Certainty.LIKELY)


def _future(view: View, function: Function, row: int) -> Made | None:
    """What a row is, if it certainly is a plain future, which has only what futures have."""
    made = view.awaitables.eager(function, row)
    if made is None or made.certainty is not Certainty.CERTAIN:
        return None
    kinds = view.linker.value(function.module, row).alternatives
    return made if all(isinstance(kind, Instance) and kind.klass.name == "asyncio.Future" for kind in kinds) else None


def _takes_apart(view: View, function: Function, call: int, row: int) -> bool:
    """Whether a call certainly cannot work with a future: it goes through what it is given, or declares something else."""
    callees = view.linker.value(function.module, function.module.rows[call][1]).alternatives
    if not all(isinstance(unbound(one), Function) or (isinstance(one, External) and one.name in _GO_THROUGH) for one in callees):
        return False
    return view.takers.takes_value(function, call, row) is Certainty.CERTAIN


def _is_needed(view: View, function: Function, number: int, row: int) -> bool:
    """Whether what is asked about a coroutine, which is no question for one, is asked by somebody who has something else in mind.

    Not so where the coroutine is awaited after all, or goes on to others who may do that, nor in plain code, which runs coroutines in
    ways of its own. That a name is looked at and no more, is for `coroutine-never-used` to say.
    """
    if not function.facts.flags & ASYNC:
        return False
    if view.fates.is_in_place(function, number, row):
        return True
    if view.fates.is_seen_to(function, row) or any((kind, used) == (USE_SHOWN, row) for kind, used, _, _ in function.facts.uses):
        return False
    returned = function.facts.returned
    if row in (returned, *function.module.rows[returned][3]):
        return False
    for other in view.fates.of(function, row):
        kind, used, _, _ = function.facts.uses[other]
        if kind in (USE_EXCHANGE, USE_RETURN, USE_YIELD) or (kind == USE_CALL and view.takers.is_taker(function.module, used)):
            return False
    return True


def _argument(view: View, rule: Rule, function: Function, number: int, row: int) -> Iterator[Finding]:
    """Report a coroutine that a call is given for a value, or that it is given though the program awaits it everywhere else."""
    made = view.awaitables.some(function, row)
    call = function.facts.uses[number][1]
    future = _future(view, function, row) if made is None else None
    if future is not None and _takes_apart(view, function, call, row):
        callee = view.callee(function.module, call)
        yield from _found(view, rule, function, number, row, f"given to `{callee}`, which takes a value", future=future)
    if made is None or made.certainty is Certainty.POSSIBLE:
        return
    if view.takers.is_asked_for_other(function.module, call, row):
        if made.usage is None and _is_needed(view, function, number, row):
            yield from _found(view, rule, function, number, row, "asked whether it is an instance of something else", Certainty.LIKELY)
        return
    if view.fates.shows(function, number) and (not view.fates.is_in_place(function, number, row) or view.fates.is_seen_to(function, row)):
        return  # a name holds it, of which `coroutine-never-used` speaks if this is all that is done with it
    callee = view.callee(function.module, call)
    sure = view.takers.takes_value(function, call, row)
    if sure is not None:
        yield from _found(view, rule, function, number, row, f"given to `{callee}`, which takes a value", sure)
    elif view.takers.is_lost_in_list(function, call) or (
        not view.takers.may_see_to(function, call, row) and not view.fates.is_kept(function, number, row)
    ):
        usage = view.awaitables.evidence.habit(function, row)
        if usage is not None:
            made = made._replace(usage=usage, certainty=Certainty.LIKELY)
            yield from _found(view, rule, function, number, row, f"given to `{callee}`", made=made)


def _found(
    view: View,
    rule: Rule,
    function: Function,
    number: int,
    row: int,
    what: str,
    certainty: Certainty = Certainty.CERTAIN,
    made: Made | None = None,
    future: Made | None = None,
) -> Iterator[Finding]:
    by_habit = made is not None  # whoever takes it may await it for all that is known
    made = made or view.awaitables.some(function, row)
    is_await = function.facts.uses[number][0] == USE_ITER and function.facts.name.endswith("__await__")
    if made is None and function.facts.uses[number][0] in _NOT_OF_FUTURES and not is_await:  # `yield from task` awaits it there
        made = view.awaitables.eager(function, row)
    made = made or future
    if made is None:
        return
    if made.usage is not None and view.fates.is_seen_to(function, row):
        return  # as somebody does who knows what it is
    if made.usage is not None and view.fates.is_taken_apart(function, row):
        return
    certainty = min(certainty, made.certainty)
    maker = view.fates.maker(function, number, row, view.awaitables.part(function, row))
    if view.fates.awaited_around(function, maker, row) >= 0:
        return  # the `await` that is there comes too late
    place = view.place_of(function, number, row, certainty)
    if place is not None:
        message = f"is not awaited before it is {what}"
        is_use = place.number == number != maker and function.facts.uses[number][0] == USE_CALL
        subject = f"{made.name}()" if is_use else ""
        may_fix = not place.way and not by_habit
        fix = missing_await_in_place(view, function, number, row, made, certainty) if may_fix else None
        yield from report(view, rule, function, place.number, made, message, way=place.way, certainty=certainty, subject=subject, fix=fix)
