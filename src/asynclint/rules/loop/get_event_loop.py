"""``asyncio.get_event_loop()`` guesses which loop is meant: it gives the running one, or else takes or makes another.

## What it reports

A call of `asyncio.get_event_loop`, or of the method of a policy, in a coroutine or a callback of the loop, where `get_running_loop`
is meant; in plain functions that only such code calls; where no loop runs, to run something on what it gives; in a function that runs
in a thread; and where what it gives is kept for later, in an `__init__` or at import.

## Why it hurts

Where a loop is running, it is a slower way to say `get_running_loop`, and nobody can tell from it that the loop is there. Where none is,
it gives a loop that nobody may ever run: an object that keeps it works until it is made one line earlier, in front of `asyncio.run`. Python
3.12 warns of such calls, 3.14 raises a RuntimeError for them. In a thread it always did.

## Example

```python
import asyncio

async def compute(job):
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(None, job)
```

## Instead

```python
import asyncio

async def compute(job):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, job)
```

## When it stays silent

Where all that is done with the loop is to run it in a coroutine or a callback, which `run-inside-running-loop` reports. Where the code
supports a Python without `get_running_loop` or tests the version; in plain functions that call `set_event_loop`
themselves, or that handle the RuntimeError. Where a plain function may be called with a loop and without one, the finding is only
possible, and so it is where the file sets the loop elsewhere, where nothing runs yet and a constructor, a property or a file of the
program, other than a test, sets one, and where the loop is kept in an attribute that nobody reads. In tests it is only possible.

## When to turn it off

In a project that has decided to install its own policy and to live with it.

## Fix

Safe: in a coroutine, `asyncio.get_event_loop()` becomes `asyncio.get_running_loop()`, which gives the same loop there.
Unsafe: so it does in callbacks and in plain functions that only coroutines call, which raise a RuntimeError then if somebody else calls
them.

Unsafe as well: where no loop is running, `loop = asyncio.get_event_loop()`, `loop.run_until_complete(main())` and `loop.close()` become
`asyncio.run(main())`. It makes a loop of its own, cancels what is left over, and closes the loop, where the old form kept one for the next
run. Nothing is done where the loop is used for something else as well, runs several things or something other than a coroutine, and
where a comment would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.loops import NONE, RUNNING, RUNS, THREAD
from asynclint.project.questions.versions import runs_since
from asynclint.rules.rule import Rule
from asynclint.rules.running import is_for_coroutine, runs_of
from asynclint.rules.view import View, is_test
from asynclint.source.references import UNION
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import LOOP_GUARDED, USE_CALL

RULE = Rule(
    "get-event-loop",
    "ASL304",
    category="loop",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    in_tests=Certainty.POSSIBLE,
)


_RUN_IT: Final = "Start with `asyncio.run(...)`, which makes a loop and closes it."
_RUN_ALL: Final = (
    "Make one loop for all that it runs: `asyncio.Runner()` closes it at the end. Before Python 3.11, `asyncio.new_event_loop()`."
)
_MAKE_ONE: Final = "Make one: `asyncio.new_event_loop()`."
_USE_RUNNING: Final = "Use `asyncio.get_running_loop()`."


@RULE.on_use(USE_CALL)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report calls of what guesses the loop, by where they stand."""
    row = function.facts.uses[number][1]
    if not _guesses_loop(view, function.module, row) or not runs_since(function, number, (3, 7)):
        return
    if view.target_version is not None and view.target_version < (3, 7):
        return
    found = _judge(view, function, number, row)
    if found is not None:
        certainty, why, advice = found
        path = function.module.path
        group = f"{rule.name}:{why}:{advice}:{path}"
        fix = _fix(view, function, row, certainty, advice)
        yield view.finding(rule, function, number, why, certainty=certainty, advice=advice, group=group, fix=fix)


def _guesses_loop(view: View, module: Module, row: int) -> bool:
    called = module.rows[row][1]
    if "loop" not in module.rows[called][2]:  # nobody calls it anything else
        return False
    callee = view.linker.value(module, called)
    return bool(callee.alternatives) and all(
        isinstance(part, External) and part.entry is not None and part.entry.guesses_loop for part in callee.alternatives
    )


def _judge(view: View, function: Function, number: int, row: int) -> tuple[Certainty, str, str] | None:
    """How sure it is that a call is wrong, why, and what to do; None where it is meant."""
    name = function.facts.name.rpartition(".")[2]
    runs = runs_of(view, function, row)
    root = view.contexts.roots.get(function)
    is_on_loop = function.facts.flags & ASYNC or root is not None or (runs and view.loops.around(function) == {RUNNING})
    if not is_on_loop and not runs_since(function, number, (3, 12)):
        return None  # the versions that come here make a loop, and say nothing
    if is_on_loop and runs and _is_only_run(view, function, row):
        return None  # that it is run where one is running is what matters: another rule says it
    if function.facts.flags & ASYNC:
        return Certainty.CERTAIN, "a loop is running in a coroutine: `get_running_loop` is meant", _USE_RUNNING
    if root is not None and root.certainty >= Certainty.LIKELY:
        return root.certainty, f"a loop is running here, since `{name}` {root.reason}: `get_running_loop` is meant", _USE_RUNNING
    if function.facts.uses[number][2] & LOOP_GUARDED or _sets_loop(function):
        return None
    most = Certainty.POSSIBLE if view.loops.sets_loop(function.module) else Certainty.LIKELY
    around = view.loops.around(function)
    if around == {THREAD}:
        return most, f"`{name}` runs in a thread, which has no event loop: this raises RuntimeError", _MAKE_ONE
    if runs or around == {NONE}:
        if any(is_test(function) or not is_test(setter) for setter in view.loops.setters):
            most = Certainty.POSSIBLE  # what is made on the way may have set one
        advice = _RUN_ALL if _is_run_again(function, runs) else _RUN_IT
        return most, "no loop is running here, so this makes one or fails: Python 3.14 raises RuntimeError", advice
    if around == {RUNNING}:
        is_private = name.startswith("_") and not name.endswith("__")
        is_made = name == "__init__" and function.owner is not None
        what = f"make a `{function.owner.name.rpartition('.')[2]}`" if is_made and function.owner is not None else f"call `{name}`"
        return (
            min(most, Certainty.LIKELY if is_private else Certainty.POSSIBLE),
            f"a loop is running here, since only coroutines {what}: `get_running_loop` is meant",
            _USE_RUNNING,
        )
    kept_in = _kept_in(function, row) if name == "__init__" else []
    if kept_in and function.owner is not None:
        return (
            most if any(view.kept.is_read(function.owner, attribute) for attribute in kept_in) else Certainty.POSSIBLE,
            "the loop is kept that is found where the object is made, which need not be the one that it is used in",
            "Ask for it where it is needed: `asyncio.get_running_loop()`.",
        )
    return Certainty.POSSIBLE, "whether a loop is running here, depends on the caller: without one, this makes one or fails", _USE_RUNNING


def _fix(view: View, function: Function, row: int, certainty: Certainty, advice: str) -> Fix | None:
    """To ask for the running loop, or to leave it to `asyncio.run` to make one, if that is for one coroutine."""
    if advice == _USE_RUNNING and certainty > Certainty.POSSIBLE:
        safety = Safety.SAFE if function.facts.flags & ASYNC else Safety.UNSAFE
        return Fix("rename", "Use `asyncio.get_running_loop()`", safety, ("asyncio.get_running_loop",))
    if advice != _RUN_IT or runs_of(view, function, row) != ["run_until_complete"]:
        return None
    return Fix("run-instead", "Use `asyncio.run(...)`", Safety.UNSAFE) if is_for_coroutine(view, function, row) else None


def _sets_loop(function: Function) -> bool:
    """Whether a function sets the loop itself."""
    rows = function.module.rows
    return any(kind == USE_CALL and last_name(rows, rows[row][1]) == "set_event_loop" for kind, row, _, _ in function.facts.uses)


def _is_only_run(view: View, function: Function, row: int) -> bool:
    """Whether a function does nothing else with the loop that a call gives."""
    rows = function.module.rows
    uses = [function.facts.uses[other] for other in view.fates.of(function, row)]
    return all(kind == USE_CALL and last_name(rows, rows[used][1]) in RUNS for kind, used, _, _ in uses)


def _is_run_again(function: Function, runs: list[str]) -> bool:
    """Whether one loop serves several runs: of a function, or of the methods of an object."""
    if len(runs) > 1 and "run_forever" not in runs:
        return True
    if function.owner is None:
        return False
    others = [one for one in function.module.functions if one.owner is function.owner and one is not function]
    return any(
        kind == USE_CALL and last_name(one.module.rows, one.module.rows[row][1]) == "run_until_complete"
        for one in others
        for kind, row, _, _ in one.facts.uses
    )


def _kept_in(function: Function, row: int) -> list[str]:
    """The attributes of the object that are bound to what a call gives; the loop itself makes its protocols."""
    if function.owner is None or function.owner.facts is None or function.owner.derives_from("asyncio.BaseProtocol"):
        return []
    rows = function.module.rows
    assigned = function.owner.facts.assigned.items()
    return [name for name, kept in assigned if row == kept or (rows[kept][0] == UNION and row in rows[kept][3])]
