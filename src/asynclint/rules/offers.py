"""The fixes that several rules offer: what they are called, what they promise, and where they are offered at all.

Whether one can be made is for its recipe to say, which sees the code (:mod:`asynclint.fixes`). What only the whole program tells, is
told here.
"""

from __future__ import annotations

from typing import Final

from asynclint.model import Fix, Safety
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Function, Instance
from asynclint.project.questions.forms import AENTER, ENTER
from asynclint.rules.advice import framework_of
from asynclint.rules.view import View
from asynclint.source.references import ATTR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, USE_CALL, USE_INSIDE

_LOCKS: Final = ("BoundedSemaphore", "Condition", "FileLock", "Lock", "RLock", "Semaphore")
_FRAMEWORKS: Final = frozenset({"anyio", "asyncio", "curio", "trio"})
_RUNNERS: Final = frozenset({"asyncio", "trio"})
_OF_THREADS: Final = ("filelock", "multiprocessing", "portalocker", "threading")


def awaiting(view: View, function: Function, number: int, subject: str, safety: Safety = Safety.SAFE) -> Fix | None:
    """To await what use `number`, at the place of the finding, gives. None where nothing can be awaited: see :func:`may_await`."""
    return Fix("await", f"Await `{subject}`", safety) if may_await(view, function, number) else None


def may_await(view: View, function: Function, number: int) -> bool:
    """Whether something may be awaited where a use stands: not in a plain function, and not while a lock of threads is held."""
    return bool(function.facts.flags & ASYNC) and not _holds_lock(view, function, number)


def _holds_lock(view: View, function: Function, number: int) -> bool:
    """Whether a lock of threads is held at a use, which others may wait for, and the whole thread with them: entered around it, or acquired
    before it."""
    rows = function.module.rows
    uses = function.facts.uses
    entered = [rows[uses[block][1]][1] for block in view.blocks.around(function, number, USE_INSIDE)]
    acquired = [
        rows[callee][1]
        for kind, row, flags, _ in uses[:number]
        if kind == USE_CALL and not flags & AWAITED and rows[callee := rows[row][1]][0] == ATTR and rows[callee][2] == "acquire"
    ]
    return any(_is_lock(view, function, row) for row in (*entered, *acquired))


def _is_lock(view: View, function: Function, row: int) -> bool:
    return any(
        base.name.endswith(_LOCKS) and base.name.startswith(_OF_THREADS)
        for alternative in view.linker.value(function.module, row).alternatives
        if isinstance(alternative, Instance)
        for base in alternative.klass.mro
    )


def framework(view: View, function: Function) -> str:
    """The framework that a function works in, where that is plain to see; else nothing.

    It is the one that its file imports, or the only one of the program. Where the program has several, it is the one that is seen to run
    the function. anyio goes with any.
    """
    found = view.frameworks.of(function)
    runner = found[0] if found is not None else ""
    named = _FRAMEWORKS & function.module.tops
    if len(named - {"anyio"}) <= 1 and named:
        own = framework_of(function.module)
        if runner in ("", own) or own not in _RUNNERS:
            return own
        return "anyio" if "anyio" in named else ""
    others = _FRAMEWORKS & view.frameworks.tops
    if not named and len(others) <= 1:
        return next(iter(others), "asyncio")
    return runner


def sleeping(view: View, reach: Reach) -> Fix | None:
    """To sleep as the function's framework does."""
    if reach.way or not may_await(view, reach.root, reach.number):
        return None
    own = "anyio" if "anyio" in reach.root.module.tops else framework(view, reach.root)
    return Fix("sleep", f"Use `await {own}.sleep(...)`", Safety.SAFE, (f"{own}.sleep",)) if own else None


def holding(
    view: View,
    function: Function,
    number: int,
    subject: str,
    gives_back: tuple[str, ...],
    *,
    gives_manager: bool,
    drops_await: bool = False,
) -> Fix | None:
    """To enter what a call opens, around all that follows. `gives_manager` tells that what it gives in the end can be entered. Of what can
    be awaited and entered alike, the ``await`` goes: entering it may well await it, which some bear only once."""
    is_manager = view.forms.only(function, function.facts.uses[number][1], AENTER, ENTER) is not None
    if not (is_manager or gives_manager) or not may_await(view, function, number):
        return None
    words = ("drop" if drops_await or is_manager else "keep", *gives_back)
    return Fix("hold", f"Use `async with {subject}` around what follows", Safety.UNSAFE, words)
