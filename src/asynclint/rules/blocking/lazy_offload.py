"""A generator function or another lazy call is handed to a thread, which only makes the iterator.

## What it reports

A generator function, or a call that gives a lazy iterator (`Path.glob`, `os.walk`, `os.scandir`, `glob.iglob`, `map`,
`filter`), given to `asyncio.to_thread`, `loop.run_in_executor`, `Executor.submit`, `Thread(target=...)`, trio's or anyio's
`to_thread.run_sync` and the like; and a lambda that only makes such an iterator.

## Why it hurts

The thread makes the iterator and is done. What takes time happens where it is iterated: on the event loop's thread,
which was to be spared. Of a generator function that nobody iterates, no line ever runs.

## Example

```python
import asyncio
from pathlib import Path

async def names(folder: Path):
    found = await asyncio.to_thread(folder.glob, "*.json")
    return [path.name for path in found]
```

## Instead

```python
import asyncio
from pathlib import Path

async def names(folder: Path):
    found = await asyncio.to_thread(lambda: list(folder.glob("*.json")))
    return [path.name for path in found]
```

## When it stays silent

Where the thread goes through the iterator: `to_thread(list, folder.glob("*.json"))`. Where the result goes to another
thread (`to_thread(next, found)`), to a function of a library, which may go through it in a thread as starlette's
`iterate_in_threadpool` does, or to a function inside the function. Where it is not known what is handed over, or where
a function of the program is given it, which may go through it in the thread.

## When to turn it off

Never.

## Fix

Unsafe: `await asyncio.to_thread(f, x)` becomes `await asyncio.to_thread(lambda: list(f(x)))`, where the function is seen to go through the
result. All that the iterator gives is then in memory at once, and is made even if the loop over it stops early. Nothing is done for
a generator function with a `while` loop, which may never end, and where the result is used as more than something to go through.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, External, Function, unbound
from asynclint.rules.rule import Rule
from asynclint.rules.threads import handed_over
from asynclint.rules.view import View
from asynclint.source.references import ANNOTATED, ATTR, AWAIT, CALL, COLLECTION, ENTER, NARROWED, STAR, UNION
from asynclint.source.scopes import ASYNC, LAMBDA
from asynclint.source.uses import USE_CALL, USE_ITER

RULE = Rule(
    "lazy-offload",
    "ASL128",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="thread",
)

_LISTS_LAZILY: Final = "os.scandir"
"""It opens the folder at once and reads it while it is iterated: on the loop, the call blocks as well, so its entry is not lazy."""

_LISTS_AT_ONCE: Final = "pathlib.Path.iterdir"
"""Lazy up to Python 3.12 only."""

_PASS_ON: Final = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "asyncio.wait_for", "asyncio.wrap_future"})
"""What gives something that has the result of the awaitable that it is given."""

_WRAP: Final = frozenset({"builtins.enumerate", "builtins.filter", "builtins.iter", "builtins.map", "builtins.zip"})
"""What gives an iterator over the one that it is given."""

_WHILE: Final = re.compile(r"\s*while\b")


class _Lazy(NamedTuple):
    """What is handed over: `text` says what it is, `instead` what a thread could call, `certainty` whether it is lazy."""

    text: str
    instead: str
    certainty: Certainty


@RULE.on_hop
def check(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report a callable that certainly makes a lazy iterator, unless a thread goes through it."""
    if hop.context not in ("thread", "process") or hop.value.open or view.linker.knowledge.callable(hop.api) is None:
        return
    lazy = [_lazy(view, alternative) for alternative in hop.value.alternatives]
    first = next(iter(lazy), None)
    if first is None or None in lazy:
        return
    seen = _iterated_here(view, hop)
    if seen is None:
        return
    is_here = seen and hop.function.facts.flags & ASYNC
    where = "on the event loop's thread" if is_here else "only where it is iterated"
    api = hop.api.rpartition(".")[2]
    example = f", such as `{first.instead}`" if hop.context == "thread" else ""
    yield view.finding(
        rule,
        hop.function,
        hop.number,
        f"{first.text}: the {hop.context} only makes the iterator, whose work is done {where}",
        certainty=min(first.certainty, Certainty.CERTAIN if seen else Certainty.LIKELY),
        advice=f"Give `{api}` a function that goes through it{example}.",
        fix=_fix(view, hop) if seen else None,
    )


def _fix(view: View, hop: Hop) -> Fix | None:
    """To make a list in the thread, where the result is only gone through, and comes to an end for all that is known."""
    known = handed_over(view, hop)
    if known is None or hop.context != "thread" or not known.returns.endswith((f"result {known.parameter}", "]")):
        return None
    if any(_may_go_on_forever(view, alternative) for alternative in hop.value.alternatives) or not _only_iterated(view, hop):
        return None
    words = (known.parameter, known.position, *(known.keywords or ()))
    return Fix("list-in-thread", "Go through it in the thread", Safety.UNSAFE, words)


def _may_go_on_forever(view: View, alternative: Alternative) -> bool:
    """Whether a generator function has a loop that what it goes through does not end; of a lambda, nobody knows."""
    function = unbound(alternative)
    if not isinstance(function, Function):
        return False
    if function.facts.flags & LAMBDA:
        return True
    first, _, last = function.module.places.of_function(function.number)
    lines = [view.source(function.module.path).line(number) for number in range(first, last + 1)]
    return function.module.is_dependency or any(_WHILE.match(line) for line in lines)


def _only_iterated(view: View, hop: Hop) -> bool:
    """Whether nothing is done with the result that a list cannot do: no attribute of it, no `next`, no `with`."""
    function, module = hop.function, hop.function.module
    results = _results(view, module, function.facts.uses[hop.number][1])
    for _, row, _, _ in function.facts.uses:
        operation, base, _, rest = module.rows[row]
        if operation in (ATTR, ENTER) and base in results:
            return False
        if operation == CALL and module.rows[base][0] == ATTR and module.rows[base][1] in results:
            return False
        if operation == CALL and not results.isdisjoint(rest) and _callee(view, module, base) == "builtins.next":
            return False
    return True


# -- what is handed over


def _lazy(view: View, alternative: Alternative) -> _Lazy | None:
    if isinstance(alternative, External):
        return _lazy_external(alternative)
    function = unbound(alternative)
    if not isinstance(function, Function) or function.doubtful or function.entry is not None:
        return None
    certainty = alternative.certainty if isinstance(alternative, Bound) else Certainty.CERTAIN
    if pending_nature(function) == "generator":
        name = function.facts.name.rpartition(".")[2]
        return _Lazy(f"`{name}` is a generator function", f"lambda: list({name}(...))", certainty)
    if function.facts.flags & LAMBDA:
        return _lazy_result(view, function)
    return None


def _lazy_external(external: External) -> _Lazy | None:
    is_lazy = external.name == _LISTS_LAZILY or (external.entry is not None and external.entry.lazy)
    if not is_lazy:
        return None
    name = external.name.rpartition(".")[2]
    certainty = Certainty.LIKELY if external.name == _LISTS_AT_ONCE else Certainty.CERTAIN
    return _Lazy(f"`{name}` is lazy", f"lambda: list({name}(...))", certainty)


def _lazy_result(view: View, function: Function) -> _Lazy | None:
    """Whether all that a lambda does is to make an iterator."""
    rows = function.module.rows
    operation, callee, kind, _ = rows[function.facts.returned]
    if operation == COLLECTION and kind == "generator":
        return _Lazy("the lambda gives a generator", "lambda: [...]", Certainty.CERTAIN)
    if operation != CALL:
        return None
    made = view.linker.value(function.module, callee)
    if made.open or len(made.alternatives) != 1:
        return None
    lazy = _lazy(view, made.alternatives[0])
    return lazy._replace(text=f"{lazy.text}, and the lambda only calls it") if lazy is not None else None


# -- what becomes of it


def _iterated_here(view: View, hop: Hop) -> bool | None:
    """Whether the function that hands it over is seen to iterate the result; None where a thread may do that."""
    function = hop.function
    module = function.module
    results = _results(view, module, function.facts.uses[hop.number][1])
    inner = [other for other in module.functions if other.facts.parent == function.number]
    if any(_touches(module, other, results) for other in inner):
        return None
    iterated = False
    for kind, row, _, _ in function.facts.uses:
        _, base, _, rest = module.rows[row]
        if kind == USE_ITER:
            iterated = iterated or base in results
        elif kind == USE_CALL and row not in results:
            consumed = _consumed(view, module, row, results) if not results.isdisjoint(rest) else False
            if consumed is None:
                return None
            unpacked = any(module.rows[part][0] == STAR and module.rows[part][1] in results for part in rest)
            iterated = iterated or consumed or unpacked
    return iterated


def _touches(module: Module, function: Function, results: set[int]) -> bool:
    """Whether a function inside the function does something with the result."""
    for _, row, _, _ in function.facts.uses:
        _, base, _, rest = module.rows[row]
        if base in results or not results.isdisjoint(rest):
            return True
    return False


def _consumed(view: View, module: Module, call: int, results: set[int]) -> bool | None:
    """Whether a call iterates a result that is among its arguments; None where it may do so in a thread."""
    for callee in view.linker.value(module, module.rows[call][1]).alternatives:
        if isinstance(callee, Class) and not callee.is_own:
            entry = view.linker.knowledge.callable(callee.name)
        elif isinstance(callee, External):
            entry = callee.entry
        elif isinstance(target := unbound(callee), Function) and target.facts.flags & ASYNC:
            return None  # it may go through it in threads, part by part
        else:
            continue
        if entry is None or not entry.consumes:
            return None
        return any(view.linker.argument((module, call), parameter, entry.parameters) in results for parameter in entry.consumes)
    return False


def _results(view: View, module: Module, call: int) -> set[int]:
    """The rows that are what the thread gave: the awaited call, under every name, and iterators around it."""
    pending = {call}
    results: set[int] = set()
    for number, (operation, base, _, rest) in enumerate(module.rows):
        if operation == CALL:
            name = _callee(view, module, base) if not results.isdisjoint(rest) or not pending.isdisjoint(rest) else ""
            if name in _WRAP and not results.isdisjoint(rest):
                results.add(number)
            elif name in _PASS_ON and not pending.isdisjoint(rest):
                pending.add(number)
            elif module.rows[base][0] == ATTR and module.rows[base][2] == "result" and module.rows[base][1] in pending:
                results.add(number)
        elif operation == AWAIT:
            if base in pending:
                results.add(number)
        elif operation in (ENTER, NARROWED):
            if base in results:
                results.add(number)
        elif operation in (UNION, ANNOTATED):
            if not pending.isdisjoint(rest):
                pending.add(number)
            if not results.isdisjoint(rest):
                results.add(number)
    return results


def _callee(view: View, module: Module, row: int) -> str:
    """The name outside of the program that a row stands for."""
    for alternative in view.linker.value(module, row).alternatives:
        if isinstance(alternative, External) or (isinstance(alternative, Class) and not alternative.is_own):
            return alternative.name
    return ""
