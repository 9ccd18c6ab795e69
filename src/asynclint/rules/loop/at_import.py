"""An object that belongs to the running loop is made at import, where none is running.

## What it reports

`asyncio.Future()`, `asyncio.StreamReader()`, `aiohttp.ClientSession()` and its connectors at module level, in a class body, as the default
of a parameter, or in a function that only a file's own code calls. Of a project that supports Pythons before 3.10 also locks, events,
semaphores, conditions and queues, which took the loop of the moment there.

## Why it hurts

`asyncio.run` makes a loop of its own. An object that has taken another one before fails when it is used: "attached to a different loop",
or waits for ever. Newer versions raise a RuntimeError at once, which makes the module impossible to import.

## Example

```python
import aiohttp

session = aiohttp.ClientSession()

async def fetch(url):
    async with session.get(url) as response:
        return await response.text()
```

## Instead

```python
import aiohttp

async def fetch(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.text()
```

## When it stays silent

Where a loop is given (`loop=`), and under `if __name__ == "__main__"`. For locks and queues from Python 3.10 on, which take the loop that
they are first used in. Of `get_event_loop()` at import, `get-event-loop` speaks; of coroutines that need a loop,
`create-task-without-loop`. Where the file sets a loop of its own, the finding is only possible.

## When to turn it off

Never, as a rule.

## Fix

None.
"""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Class, Function
from asynclint.project.questions.loops import NONE
from asynclint.project.questions.versions import parse_version
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import keywords_of
from asynclint.source.scopes import ASYNC, MODULE
from asynclint.source.uses import IN_MAIN_GUARD, LOOP_GUARDED, USE_CALL

RULE = Rule(
    "loop-object-at-import",
    "ASL306",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_ALWAYS = "always"


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report constructors that take the loop of the moment."""
    _, row, flags, _ = function.facts.uses[number]
    if function.facts.flags & ASYNC or flags & (IN_MAIN_GUARD | LOOP_GUARDED) or not function.module.tops & view.linker.knowledge.binding:
        return
    callee = view.linker.value(function.module, function.module.rows[row][1])
    only = callee.alternatives[0] if len(callee.alternatives) == 1 and not callee.open else None
    if not isinstance(only, Class) or not _binds(view, only) or "loop" in keywords_of(function.module.rows[row]):
        return
    if not function.facts.flags & MODULE and view.loops.around(function) != {NONE}:
        return
    name = only.name if not only.is_own else only.name.rpartition(".")[2]
    yield view.finding(
        rule,
        function,
        number,
        f"`{name}` belongs to the loop that runs where it is made, and at import none does",
        certainty=Certainty.POSSIBLE if view.loops.sets_loop(function.module) else Certainty.LIKELY,
        advice="Make it in a coroutine, at start-up.",
    )


def _binds(view: View, klass: Class) -> bool:
    """Whether an object of a class takes the loop when it is made, in the oldest Python that counts."""
    target = view.target_version
    for base in klass.mro:
        since = base.entry.binds_loop if base.entry is not None else None
        if since is not None:
            return since == _ALWAYS or (target is not None and target < parse_version(since))
    return False
