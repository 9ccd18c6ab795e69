"""Wait for a process whose output goes into a pipe that nobody reads: once the pipe is full, both wait for ever.

## What it reports

`await process.wait()`, where the process was made with `stdout=PIPE` or `stderr=PIPE` (AnyIO's `open_process` does so by itself) and
nothing in front of the wait reads that pipe.

## Why it hurts

A pipe holds 64 KiB or so. A process that writes more waits until somebody reads, and whoever should read waits for the process. It works in
every test with a short output. The documentation of `wait()` warns of it.

## Example

```python
import asyncio

async def log_of(path):
    process = await asyncio.create_subprocess_exec("git", "-C", path, "log", stdout=asyncio.subprocess.PIPE)
    await process.wait()
    return await process.stdout.read()
```

## Instead

```python
import asyncio

async def log_of(path):
    process = await asyncio.create_subprocess_exec("git", "-C", path, "log", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output
```

## When it stays silent

Where `communicate()`, a read of each pipe, or a task that may read it stands somewhere in front of the wait; where the process has been
killed or told to end; where it is handed on, stored or used by a function inside, which may read; and where something reads at the same
time (`gather(process.wait(), read(process.stdout))`).

## When to turn it off

Where the output is known to be short. `DEVNULL` in place of a pipe that nobody reads says so better.

## Fix

Safe: `await process.wait()` of asyncio becomes `await process.communicate()`, where its result is not used, no pipe is used anywhere
else in the function, and the process has no input that would be closed. What the process writes is thrown away, as it was before.

Unsafe: elsewhere, the result becomes `process.returncode` behind `await process.communicate()`, and `await process.stdout.read()` behind
the wait what that has given. Nothing is done where a pipe is read in front of the wait, since that read may wait for ever as well; where
it is read in parts behind it, or where the process may not have been waited for; where a name stands for more than one process; and for
trio and anyio, whose processes have no `communicate()`.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Origin
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import known_callee
from asynclint.rules.streams.own import is_used_inside
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CONST, UNION
from asynclint.source.uses import AWAITED, USE_CALL, USE_READ, USE_RETURN, USE_STORE, USE_YIELD

RULE = Rule(
    "pipe-wait-deadlock",
    "ASL406",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_WAITS: Final = frozenset({"asyncio.subprocess.Process.wait", "trio.Process.wait", "anyio.abc.Process.wait"})
_PIPES: Final = ("stdout", "stderr")
_PIPED_BY_ITSELF: Final = "anyio.open_process"
_ENDS: Final = frozenset({"kill", "send_signal", "terminate"})


@RULE.on_call("wait")
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a wait for a process that may wait for its reader."""
    module = function.module
    _, row, flags, _ = function.facts.uses[number]
    callee = module.rows[row][1]
    if module.rows[callee][0] != ATTR:
        return
    wait = known_callee(view, module, row, lambda callee: callee.name in _WAITS)
    process = module.broad(module.rows[callee][1])
    if wait is None or wait.callee.receiver is None or wait.callee.receiver.made is None:
        return
    made_in, made = wait.callee.receiver.made
    if made_in is not module or all(use[1] != made for use in function.facts.uses) or _is_kept(module, process):
        return  # made elsewhere, or kept for others, who may read
    pipes = [name for name in _PIPES if _is_piped(view, (made_in, made), name)]
    left = _unread(view, function, number, process, pipes, bool(flags & AWAITED)) if pipes else None
    if not left:
        return
    subject = view.subject(function, number)
    pipe = " and ".join(f"`{name}`" for name in left)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` waits for a process whose {pipe} nobody reads: when the pipe is full, the process waits as well",
        certainty=min(wait.certainty, Certainty.LIKELY),
        advice="Use `await process.communicate()`." if wait.callee.name.startswith("asyncio.") else "Read the pipe while the process runs.",
        subject=subject,
        sink=wait.callee.name,
        fix=_fix(view, function, process, (made_in, made)) if wait.callee.name.startswith("asyncio.") else None,
    )


def _fix(view: View, function: Function, process: int, made: Origin) -> Fix:
    """To read what comes while the process runs: not safe where the wait's result is used, the pipes are, or the process has an input."""
    module = function.module
    is_plain = view.linker.argument(made, "stdin", ()) is None and not module.is_unpacked(made[1])
    for number in view.fates.of(function, process):
        kind, used, _, _ = function.facts.uses[number]
        is_plain = is_plain and _used_of(module, kind, used, process) not in ("stdin", *_PIPES)
    return Fix("communicate", "Use `communicate()`, which reads the pipes", Safety.SAFE if is_plain else Safety.UNSAFE)


def _is_piped(view: View, made: Origin, name: str) -> bool:
    """Whether the call that made a process gave it a pipe."""
    module, call = made
    row = view.linker.argument(made, name, ())
    if row is None:
        makers = view.linker.value(module, module.rows[call][1]).alternatives
        return not module.is_unpacked(call) and any(isinstance(part, External) and part.name == _PIPED_BY_ITSELF for part in makers)
    if module.rows[row][0] == CONST:
        return module.rows[row][2] == "-1"
    value = view.linker.value(module, row)
    return bool(value.alternatives) and all(isinstance(part, External) and part.name.endswith(".PIPE") for part in value.alternatives)


def _unread(view: View, function: Function, number: int, process: int, pipes: list[str], is_awaited: bool) -> list[str]:
    """The pipes that nothing in front of the wait reads; none where something else may happen to the process."""
    module = function.module
    left = list(pipes)
    for other in view.fates.of(function, process):
        kind, used, _, _ = function.facts.uses[other]
        if kind in (USE_RETURN, USE_YIELD, USE_STORE):
            return []
        if is_awaited and other > number:
            continue
        name = _used_of(module, kind, used, process)
        if name in pipes and name in left:
            left.remove(name)
        elif name in ("communicate", *_ENDS) or (kind == USE_CALL and process in module.rows[used][3]):
            return []
    return left if not is_used_inside(function, process) else []


def _is_kept(module: Module, process: int) -> bool:
    """Whether a process is an attribute, or assigned to one."""
    if module.rows[process][0] == ATTR:
        return True
    assigned = [row for klass in module.facts.classes for row in klass.assigned.values()] + [row for _, _, row in module.facts.stores]
    return any(process == row or (module.rows[row][0] == UNION and process in module.rows[row][3]) for row in assigned)


def _used_of(module: Module, kind: int, used: int, process: int) -> str:
    """The attribute of a process that a use reads or calls."""
    row = used if kind == USE_READ else module.rows[used][1] if kind == USE_CALL else 0
    return module.rows[row][2] if module.rows[row][0] == ATTR and module.broad(module.rows[row][1]) == process else ""
