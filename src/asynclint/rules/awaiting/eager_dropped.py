"""What runs in the background is thrown away: nobody waits for it, and nobody sees its errors.

## What it reports

A call of `asyncio.gather`, `asyncio.shield`, `loop.run_in_executor`, `asyncio.wrap_future`, or of `asyncio.ensure_future` with a
future, as a statement of its own; in a coroutine also of a library that gives futures where others give coroutines, such as motor and
`tornado.gen.sleep`; and a call of a function of the program that only returns one of them.

## Why it hurts

The work is started, but the code goes on without it: it may not be done when the next line counts on it. An error in it is only
told when the future is collected, if at all, far away from here.

## Example

```python
import asyncio

async def publish(first, second):
    asyncio.gather(first.send(), second.send())
```

## Instead

```python
import asyncio

async def publish(first, second):
    await asyncio.gather(first.send(), second.send())
```

## When it stays silent

For tasks (`asyncio.create_task`, a task group): to drop them is another question. Where the future gets a callback, is stored or
returned, and where a function of the program that returns it does something else with it. For `run_in_executor`, the finding is
possible at most where the function handles its own errors: all its work stands in a `try` that catches every error.

## When to turn it off

Where work in the background is meant to be forgotten, say so at the line with `# asynclint: ignore[eager-awaitable-dropped]`.

## Fix

Unsafe: in a coroutine, `asyncio.gather(...)` becomes `await asyncio.gather(...)`. It waits where the program did not, and its errors come
up there. In a plain function there is none, nor under a lock of threads; where `return_exceptions` makes results of the errors, which
would have to be looked at; where `asyncio.shield` is given a coroutine, which nobody else would know of; and for a function of the
program that returns a future, which may be waiting for what its caller does next.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Bound, External, Function, Instance, Value, unbound
from asynclint.rules.offers import awaiting
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import CALL, keywords_of
from asynclint.source.scopes import ASYNC, HANDLES_ERRORS, LAMBDA
from asynclint.source.uses import ERROR_EXPECTED, USE_DROP

RULE = Rule(
    "eager-awaitable-dropped",
    "ASL221",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)

_EXECUTOR: Final = "asyncio.AbstractEventLoop.run_in_executor"
_SHIELD: Final = "asyncio.shield"
_MAKERS: Final = frozenset({"asyncio.gather", _SHIELD, "asyncio.wrap_future", _EXECUTOR})
_OF_FUTURES: Final = "asyncio.ensure_future"
_KNOWN: Final = _MAKERS | {_OF_FUTURES}
_FUTURE: Final = "asyncio.Future"
_DEEPEST: Final = 3


@RULE.on_use(USE_DROP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report what is thrown away, if it runs without being awaited."""
    _, row, flags, _ = function.facts.uses[number]
    if function.module.rows[row][0] != CALL or flags & ERROR_EXPECTED:
        return
    found = _maker(view, function.module, row, 0)
    if found is None or (found[0] not in _KNOWN and not function.facts.flags & ASYNC):
        return
    maker, certainty = found
    made_at = view.fates.maker(function, number, row)
    subject = view.subject(function, made_at)
    yield view.finding(
        rule,
        function,
        made_at,
        f"`{subject}` is neither awaited nor kept: {_what_happens(maker)}",
        certainty=certainty,
        advice=_advice(function, maker),
        subject=subject,
        sink=maker,
        fix=awaiting(view, function, made_at, subject, Safety.UNSAFE) if _is_offered(view, function.module, row, maker) else None,
    )


def _is_offered(view: View, module: Module, row: int, maker: str) -> bool:
    """Whether to await a call is the way out. A function of the program that gives a future may be meant for those as well who do not wait,
    and they may be what it waits for. Exceptions that are given as results would still be lost; and so would what is made and shielded in
    place, of which nobody else knows when the one who waits is cancelled."""
    if not all(isinstance(callee, External) for callee in view.linker.value(module, module.rows[row][1]).alternatives):
        return False
    if maker == _SHIELD:
        return _shields_kept(module, row)
    return "return_exceptions" not in keywords_of(module.rows[row])


def _maker(view: View, module: Module, row: int, depth: int) -> tuple[str, Certainty] | None:
    """The name of what makes the future that a call gives, and how sure it is that its errors are lost; None for anything else."""
    callee = view.linker.value(module, module.rows[row][1])
    found: tuple[str, Certainty] | None = None
    for alternative in callee.alternatives:
        if isinstance(alternative, External):
            made = _known(view, module, row, alternative)
        elif isinstance(alternative, (Function, Bound)):
            made = _handed_on(view, alternative, depth)
        else:
            made = None
        if made is None:
            return None
        found = (made[0], min(made[1], found[1] if found is not None else made[1]))
    if found is not None and callee.open:
        found = (found[0], min(found[1], Certainty.LIKELY))
    return found


def _known(view: View, module: Module, row: int, callee: External) -> tuple[str, Certainty] | None:
    if callee.name == _EXECUTOR:
        argument = view.linker.argument((module, row), "func", callee.entry.parameters if callee.entry is not None else ())
        runs = view.linker.value(module, argument) if argument is not None else None
        return callee.name, Certainty.POSSIBLE if runs is not None and _handle_their_errors(runs) else Certainty.CERTAIN
    if callee.name == _OF_FUTURES:
        argument = view.linker.argument((module, row), "coro_or_future", ("coro_or_future",))
        given = view.linker.value(module, argument) if argument is not None else None
        return (callee.name, Certainty.CERTAIN) if given is not None and _is_future(given) else None
    if callee.name in _MAKERS:
        return callee.name, Certainty.CERTAIN
    return (callee.name, Certainty.LIKELY) if _gives_future(callee) else None


def _gives_future(callee: External) -> bool:
    """Whether a library's function gives a future for work of its own: not for that of a callable, of which only the caller knows."""
    entry = callee.entry
    return entry is not None and entry.returns == _FUTURE and not entry.runs and not callee.name.startswith("asyncio.")


def _handle_their_errors(value: Value) -> bool:
    functions = [unbound(part) for part in value.alternatives]
    return bool(functions) and all(
        isinstance(part, Function) and part.facts.flags & HANDLES_ERRORS and not part.facts.flags & LAMBDA for part in functions
    )


def _is_future(value: Value) -> bool:
    """Whether something is certainly a future and no task."""
    return bool(value.alternatives) and all(
        isinstance(part, Instance) and part.klass.derives_from("asyncio.Future") and not part.klass.derives_from("asyncio.Task")
        for part in value.alternatives
    )


def _handed_on(view: View, callee: Function | Bound, depth: int) -> tuple[str, Certainty] | None:
    """The same for a function of the program that only returns what such a call gives."""
    function = unbound(callee)
    found: tuple[str, Certainty] | None = None
    for row in view.tasks.returned_calls(function) if depth < _DEEPEST else ():
        made = _maker(view, function.module, row, depth + 1)
        if made is None or view.tasks.is_kept(function, row) or (made[0] == _SHIELD and _shields_kept(function.module, row)):
            return None
        found = (made[0], min(made[1], found[1] if found is not None else made[1]))
    if found is not None and isinstance(callee, Bound):
        return found[0], min(found[1], callee.certainty)
    return found


def _shields_kept(module: Module, row: int) -> bool:
    """Whether what a call shields is not made in place: somebody else has it, and only who waits for it is shielded."""
    return all(module.rows[part][0] != CALL for part in module.rows[row][3])


def _what_happens(maker: str) -> str:
    if maker == _EXECUTOR:
        return "it runs in its thread, and its errors are lost"
    return "it runs on its own, and its errors are told when it is collected, if at all"


def _advice(function: Function, maker: str) -> str:
    if function.facts.flags & ASYNC:
        return "Await it."
    return (
        "Keep it, and add a callback that looks at its exception (`add_done_callback`)."
        if maker == _EXECUTOR
        else ("Keep it, and await it where that can be done.")
    )
