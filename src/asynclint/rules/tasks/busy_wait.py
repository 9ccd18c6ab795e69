"""A loop sleeps again and again until a task is done or an event is set, where it could wait for just that.

## What it reports

`while not task.done():`, `while not event.is_set():` and `while lock.locked():` whose whole body is a sleep, for tasks, futures, events and
locks of asyncio, anyio and trio. Then loops that ask nothing but attributes of the program's own objects, which other functions change, and
sleep for no time at all: `while self.running >= self.limit: await asyncio.sleep(0)` keeps a processor busy until another task has changed
that. On request (possible), the same with any pause.

## Why it hurts

It wakes up for nothing many times, and still too late: by half of the pause on average. The object itself can be awaited, and wakes up the
one who waits at once.

## Example

```python
import asyncio

async def report(event: asyncio.Event):
    while not event.is_set():
        await asyncio.sleep(0.1)
    print("ready")
```

## Instead

```python
import asyncio

async def report(event: asyncio.Event):
    await event.wait()
    print("ready")
```

## When it stays silent

Where the body does anything else, or the test asks for more (a deadline); for objects of threads (`threading.Event`,
`concurrent.futures.Future`); for calls that ask the world outside; for an attribute that is set once, in `__init__`; where it is not known
what is asked; and in tests.

## When to turn it off

Never.

## Fix

Unsafe: the loop becomes `await event.wait()` for an event, and for a task `await asyncio.wait([task])`, which raises
none of its errors. The function goes on earlier than before. None for a lock, which others may take first; for an
attribute, since whoever changes it must set an event; and where a comment would be lost.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, Instance, is_none
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ANNOTATED, ATTR, BINARY, CALL, COLLECTION, CONST, UNION, Row
from asynclint.source.uses import USE_ASLEEP

RULE = Rule(
    "busy-wait",
    "ASL521",
    category="tasks",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    in_tests=None,
    equivalents=("ASYNC110",),
)

_SLEEPS: Final = frozenset({
    "anyio.lowlevel.checkpoint", "anyio.sleep", "asyncio.sleep", "curio.sleep", "trio.lowlevel.checkpoint", "trio.sleep",
})  # fmt: skip
_ASKS: Final = {
    "done": ("asyncio.Future",),
    "is_set": ("asyncio.Event", "anyio.Event", "trio.Event"),
    "locked": ("asyncio.Lock", "asyncio.Semaphore", "anyio.Lock", "trio.Lock"),
}
"""Methods that ask for what can be awaited, by the classes that have them."""
_INSTEAD: Final = {"done": "await asyncio.wait([...])", "is_set": "await ....wait()"}
_ADVICE: Final = {
    "done": "Wait for it: `await asyncio.wait([...])`, which raises none of its errors.",
    "is_set": "Await its `wait()`.",
    "locked": "Acquire it: `async with`.",
}


@RULE.on_use(USE_ASLEEP)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a ``while`` whose body only sleeps, by what its test asks."""
    module = function.module
    _, test, _, (sleep, pause, *states) = function.facts.uses[number]
    names = [part.name for part in view.linker.value(module, sleep).alternatives if isinstance(part, External)]
    if len(names) != 1 or names[0] not in _SLEEPS:
        return
    is_denied = module.rows[test][0] == BINARY and module.rows[test][2] == "not"
    asked = module.rows[test][1] if is_denied else test
    subject = view.source(module.path).segment(view.span(function, number))
    method = _method(view, module, asked, is_denied)
    if method:
        what = {"done": "something is done", "is_set": "an event is set", "locked": "a lock is free"}[method]
        fix = Fix("wait-once", f"Use `{_INSTEAD[method]}`", Safety.UNSAFE) if method in _INSTEAD else None
        message = f"the loop sleeps until {what}, which can be awaited itself"
        certain = Certainty.CERTAIN
        yield view.finding(rule, function, number, message, certainty=certain, advice=_ADVICE[method], subject=subject, fix=fix)
        return
    named = [(module.rows[state][2], _set_to(view, module, state)) for state in states]
    changing = [name for name, settings in named if any(_changes(view, klass, name, given) for klass, given in settings)]
    if changing and all(settings for _, settings in named):
        spins = module.rows[pause] == (CONST, 0, "0", ())
        message = f"the loop {'goes round' if spins else 'sleeps'} until `{changing[0]}` changes, which nobody tells it"
        advice = "Let whoever changes it set an `Event`, or notify a `Condition`, and wait for that."
        certainty = Certainty.LIKELY if spins else Certainty.POSSIBLE
        yield view.finding(rule, function, number, message, certainty=certainty, advice=advice, subject=subject)


def _method(view: View, module: Module, row: int, is_denied: bool) -> str:
    """The method by which a test asks for something that can be awaited; empty for any other test."""
    operation, base, _, arguments = module.rows[row]
    if operation != CALL or arguments or module.rows[base][0] != ATTR:
        return ""
    method = module.rows[base][2]
    if method not in _ASKS or is_denied == (method == "locked"):
        return ""
    value = view.linker.value(module, module.rows[base][1])
    objects = [part for part in value.alternatives if not is_none(part)]
    is_known = bool(objects) and not value.open
    return method if is_known and all(isinstance(part, Instance) and _derives(part.klass, _ASKS[method]) for part in objects) else ""


def _derives(klass: Class, names: Iterable[str]) -> bool:
    return any(map(klass.derives_from, names))


def _set_to(view: View, module: Module, row: int) -> list[tuple[Class, Row]]:
    """The classes of the program whose objects have an attribute, each with what its methods set it to; empty where that is not known."""
    operation, base, name, _ = module.rows[row]
    found: list[tuple[Class, Row]] = []
    for part in view.linker.value(module, base).alternatives if operation == ATTR else ():
        klass = part.klass if isinstance(part, Instance) else None
        if klass is None or klass.facts is None or klass.module is None or klass.module.is_dependency or name not in klass.facts.assigned:
            return []
        rows = klass.module.rows
        given = rows[klass.facts.assigned[name]]
        found.append((klass, rows[given[3][0]] if given[0] == ANNOTATED else given))
    return found


def _changes(view: View, klass: Class, name: str, given: Row) -> bool:
    """Whether it looks as if an attribute changes: it is set in several ways, from outside too, or holds a number or a collection."""
    operation, _, text, _ = given
    is_number = operation == CONST and text[0].isdigit()
    return is_number or operation in (UNION, COLLECTION) or view.linker.is_stored(klass, name)
