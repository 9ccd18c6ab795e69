"""A part of asyncio is used that newer versions of Python do not have any more, or will not have.

## What it reports

The parameter `loop=` of `sleep`, `gather`, `wait`, `Lock`, `Queue`, `open_connection` and others (gone in Python 3.10),
`asyncio.coroutine` (3.11), `Task.all_tasks` and `Task.current_task` (3.9), child watchers (3.14), event loop policies and
`asyncio.iscoroutinefunction` (to go in 3.16), and the modules `asyncore`, `asynchat` and `smtpd` (3.12). The whole list is data: the
changes in `asyncio.toml` and its neighbours.

## Why it hurts

Where it is gone, the call raises a TypeError, the name an AttributeError or ImportError: on the day of the upgrade, and in code that is
seldom run only later.

## Example

```python
import asyncio

async def pause(loop):
    await asyncio.sleep(1, loop=loop)
```

## Instead

```python
import asyncio

async def pause():
    await asyncio.sleep(1)
```

## When it stays silent

For what keeps its parameter `loop`: `ensure_future`, `wrap_future`, `run_coroutine_threadsafe`, `Future`, `Task`, `StreamReader`. In code
for old versions: behind a test of `sys.version_info` or `hasattr`, in a `try` that handles the ImportError, AttributeError or TypeError,
and in its handler. What is only deprecated is shown if the project's oldest Python (`target-version`, else `requires-python`) has
what takes its place; where that is not known, the finding is possible.

## When to turn it off

In code that is never going to run on a newer Python.

## Fix

Safe: an argument that is not taken any more is left out; `asyncio.Task.all_tasks` becomes `asyncio.all_tasks`, `asyncio.Task.current_task`
`asyncio.current_task`, and `asyncio.iscoroutinefunction` `inspect.iscoroutinefunction`, in calls and in imports.
Unsafe: so it is where the oldest Python of the project still knows the old form. There, `loop=` may name another loop than the
running one, `all_tasks` leaves out what is done, and before Python 3.12 `inspect` does not see functions that are only marked as
coroutine functions. Unsafe as well: `@asyncio.coroutine` becomes `async def`, and `yield from` becomes `await`. It is the one fix that
changes what a function is: generators that are not marked cannot `yield from` it any more.

Nothing is done where the argument may do more than to name the loop, where a plain `yield` or `with (yield from ...)` stands in the
function, where `yield from` goes through a generator of the file, where a function without it may return a coroutine, which the old
decorator awaits, and where a comment would be lost. What nothing takes the place of in one line, child watchers, policies and modules,
is left to you; so is `async_timeout`, as what it binds differs between its versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Function
from asynclint.project.questions.changes import Changed, changed
from asynclint.project.questions.versions import runs_since
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import UNION
from asynclint.source.uses import NAME_MAY_MISS, USE_CALL, USE_IMPORT, USE_READ

RULE = Rule(
    "removed-asyncio-api",
    "ASL305",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_NEWEST: Final = (3, 14)
"""The newest Python that there is: what is gone there breaks for somebody now."""

_OLDEST: Final = (3, 10)
"""The oldest that is still supported: what is gone there breaks for everybody."""


@RULE.on_use(USE_CALL, USE_READ, USE_IMPORT)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report names where they are imported or read, and parameters where they are given."""
    change = changed(view.linker, function, number)
    if change is None or function.facts.uses[number][2] & NAME_MAY_MISS:
        return
    certainty = _certainty(view, change)
    last = change.removed or change.deprecated or change.since
    if certainty is None or last is None or not runs_since(function, number, last):
        return
    yield view.finding(
        rule,
        function,
        number,
        _message(change),
        certainty=min(certainty, Certainty.POSSIBLE) if _is_defined_again(function) else certainty,
        advice=change.advice,
        group=f"{rule.name}:{change.kind}:{change.parameter}:{function.module.path}",
        sink=change.name,
        fix=_fix(view, change, function.facts.uses[number][0]),
    )


def _is_defined_again(function: Function) -> bool:
    """Whether the name of a function is bound to something else as well: for other versions, as a rule."""
    row = function.module.facts.bindings.get(function.facts.name, 0)
    return function.module.rows[row][0] == UNION


def _certainty(view: View, change: Changed) -> Certainty | None:
    target = view.target_version
    if change.removed is not None and change.removed <= _NEWEST:
        return Certainty.CERTAIN if change.removed <= max(target or _OLDEST, _OLDEST) else Certainty.LIKELY
    if target is None:
        return Certainty.POSSIBLE if change.deprecated is not None else None
    if change.since is None or change.since > target:
        return None  # nothing takes its place in the oldest
    return Certainty.LIKELY if change.deprecated is not None else Certainty.POSSIBLE


def _fix(view: View, change: Changed, kind: int) -> Fix | None:
    """To leave an argument out, or to take what has come instead: safe where no Python is left that knows it any other way."""
    oldest = view.target_version or _OLDEST
    settled = change.removed if change.removed is not None and change.removed <= _NEWEST else change.since
    safety = Safety.SAFE if settled is not None and oldest >= settled else Safety.UNSAFE
    if change.parameter is not None:
        return Fix("drop-argument", f"Leave out `{change.parameter}=`", safety, (change.parameter,))
    if change.name == "asyncio.coroutine":
        return Fix("async-def", "Use `async def` and `await`", Safety.UNSAFE)
    if change.instead is None or (change.since is not None and oldest < change.since):
        return None
    return Fix("reimport" if kind == USE_IMPORT else "rename", f"Use `{change.instead}`", safety, (change.instead,))


def _message(change: Changed) -> str:
    what = f"`{change.name}`"
    if change.removed is not None and change.removed <= _NEWEST:
        gone = f"has no parameter `{change.parameter}` any more" if change.parameter is not None else "is not there any more"
        return f"{what} {gone} since {_python(change.removed)}"
    if change.removed is not None:
        return f"{what} is deprecated since {_python(change.deprecated)}, and will be gone in {_python(change.removed)}"
    return f"{what} is in asyncio itself since {_python(change.since)}"


def _python(version: tuple[int, int] | None) -> str:
    return f"Python {version[0]}.{version[1]}" if version is not None else "now"
