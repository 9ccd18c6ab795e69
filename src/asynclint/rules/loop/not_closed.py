"""An event loop is made and never closed.

## What it reports

`asyncio.new_event_loop()` in a function that uses the loop itself, closes it on no path, and gives it to nobody.

## Why it hurts

Each loop holds a selector and a pair of sockets. A function that makes one at every call runs out of file descriptors; before that, Python
warns "unclosed event loop". What runs on such a loop is not shut down either: asynchronous generators, the default executor.

## Example

```python
import asyncio

def fetch_now(fetch, url):
    loop = asyncio.new_event_loop()
    return loop.run_until_complete(fetch(url))
```

## Instead

```python
import asyncio

def fetch_now(fetch, url):
    return asyncio.run(fetch(url))
```

## When it stays silent

Where the loop is closed in the function, on any path; where it is returned, yielded, stored, put into a collection, handed to another
function, or used by a function inside; at module level. Where it is made the loop of its thread by `set_event_loop`, which others may use
and close, and where the name may be bound to a loop of somebody else, the finding is only possible.

## When to turn it off

Never, as a rule.

## Fix

Unsafe: where the loop runs one coroutine and nothing else is done with it, that is run by `asyncio.run(...)`; the lines that make the loop,
set it and end it go. `asyncio.run` closes its loop, but it also cancels the tasks that are left over, and leaves the thread without a
loop, which code that runs later may ask for.

Nothing is done where the loop runs several things, a future, or for ever, and where it may be another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.running import is_for_coroutine, runs_of
from asynclint.rules.view import View
from asynclint.source.references import ATTR, COLLECTION, UNION
from asynclint.source.scopes import ASYNC, MODULE
from asynclint.source.uses import USE_CALL, USE_EXCHANGE, USE_RETURN, USE_STORE, USE_YIELD

RULE = Rule(
    "loop-not-closed",
    "ASL308",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
)

_MAKERS: Final = frozenset({"asyncio.new_event_loop", "asyncio.AbstractEventLoopPolicy.new_event_loop"})
_RUNS: Final = frozenset({"run_until_complete", "run_forever"})
_GIVES_AWAY: Final = frozenset({USE_RETURN, USE_YIELD, USE_EXCHANGE, USE_STORE})
_FINE: Final = "fine"
_ONE_OF_SEVERAL: Final = "one of several"


@RULE.on_call("new_event_loop")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report loops that are run where they are made, and that nothing closes."""
    row = function.facts.uses[number][1]
    module = function.module
    callee = view.linker.value(module, module.rows[row][1])
    is_made = bool(callee.alternatives) and all(isinstance(part, External) and part.name in _MAKERS for part in callee.alternatives)
    if not is_made or function.facts.flags & MODULE or _is_given_away(module, function, row) or _is_used_inside(view, function, row):
        return
    used = view.fates.of(function, row)
    done = {_what_is_done(function, other, row) for other in used}
    if any(_is_one_of_several(function, other, row) for other in used):
        done.add(_ONE_OF_SEVERAL)
    if _FINE in done or _RUNS.isdisjoint(done):
        return
    yield view.finding(
        rule,
        function,
        number,
        "nobody closes this event loop: its selector and its sockets stay open",
        certainty=Certainty.LIKELY if done.isdisjoint({"set_event_loop", _ONE_OF_SEVERAL}) else Certainty.POSSIBLE,
        advice="Use `asyncio.run(...)`, which closes its loop; or close this one in a `finally`.",
        fix=None if _ONE_OF_SEVERAL in done else _fix(view, function, row),
    )


def _fix(view: View, function: Function, row: int) -> Fix | None:
    """To let `asyncio.run` make the loop, if that is for one coroutine."""
    if function.facts.flags & ASYNC or runs_of(view, function, row) != ["run_until_complete"]:
        return None
    return Fix("run-instead", "Use `asyncio.run(...)`", Safety.UNSAFE) if is_for_coroutine(view, function, row) else None


def _is_one_of_several(function: Function, number: int, row: int) -> bool:
    """Whether what a use calls a method of may be another loop as well: ``loop = loop or new_event_loop()``."""
    rows = function.module.rows
    callee = rows[rows[function.facts.uses[number][1]][1]]
    return callee[0] == ATTR and rows[function.module.broad(callee[1])][0] == UNION and row in rows[function.module.broad(callee[1])][3]


def _what_is_done(function: Function, number: int, row: int) -> str:
    """The last name of what a use calls with the loop; that all is well where the loop is closed, or goes elsewhere."""
    kind, used, _, _ = function.facts.uses[number]
    rows = function.module.rows
    if kind in _GIVES_AWAY:
        return _FINE
    if kind != USE_CALL:
        return ""
    name = last_name(rows, rows[used][1])
    is_method = rows[rows[used][1]][0] == ATTR and row not in rows[used][3]
    if is_method:
        return _FINE if name in ("close", "call_soon_threadsafe") else name
    return name if name == "set_event_loop" else _FINE


def _is_given_away(module: Module, function: Function, row: int) -> bool:
    """Whether a function returns or yields the loop, binds a global name to it, or puts it into a collection."""
    held = [part for operation, _, _, rest in module.rows if operation == COLLECTION for part in rest]
    return any(
        _may_be(module, part, row) for part in (function.facts.returned, function.facts.yielded, *module.facts.bindings.values(), *held)
    )


def _may_be(module: Module, whole: int, row: int) -> bool:
    return whole == row or (module.rows[whole][0] == UNION and row in module.rows[whole][3])


def _is_used_inside(view: View, function: Function, row: int) -> bool:
    """Whether a function inside of this one uses the loop."""
    inner = [other for other in function.module.functions if other.facts.parent == function.number]
    return any(view.fates.of(other, row) for other in inner)
