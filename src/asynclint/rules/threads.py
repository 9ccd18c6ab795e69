"""The fix of most calls that block: the call at the finding's place is handed to a thread, by what the file's framework has for that.

It is offered for calls only. What a property, a ``with`` or a loop runs has no call of its own there, what is awaited is no blocking
call, and what gives a generator or a context manager has not run yet. What the call runs must be able to do without the loop's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from asynclint.model import Fix, Safety, Span
from asynclint.project.calls.edges import Hop
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Class, External, Function, Pending, unbound
from asynclint.rules.advice import framework_of, to_thread_in
from asynclint.rules.offers import framework, may_await
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, USE_CALL, USE_ITER

_ITERATORS: Final = frozenset({"enumerate", "filter", "iter", "map", "reversed", "zip"})
"""Built-in functions that only make an iterator of another."""

_FIRST_WITH_THREADS: Final = (3, 9)
"""The first Python that has ``asyncio.to_thread``."""

_LISTS_WHEN_CALLED: Final = frozenset({"os.scandir", "pathlib.Path.iterdir"})
"""What gives an iterator, but goes to the disk already when it is called (the latter since Python 3.13)."""

_STAYS_OPEN: Final = frozenset({"subprocess.Popen", "os.popen"})
"""What only starts a process, or whose result waits for it."""


class Taker(NamedTuple):
    """Something that takes a callable to run: for which parameter, at which position, and whether arguments may follow.

    `keywords` are those that it keeps to itself, None where all others go on to the callable; `returns` is the type of what it gives.
    """

    parameter: str
    position: str
    is_last: bool
    keywords: tuple[str, ...] | None
    is_coroutine: bool
    returns: str


def in_thread(view: View, reach: Reach, others: Sequence[Reach] = ()) -> Fix | None:
    """To run what blocks in a thread: the call of a reach, and those of `others` that the finding speaks of as well."""
    if not has_threads(view, reach.root, reach.number) or any(not _is_movable(view, one) for one in (reach, *others)):
        return None
    if _makes_iterator(view, reach):
        return _list(reach, lists_when_called=True)  # it calls what is lazy
    subject = view.subject(reach.root, reach.number).removesuffix("()")
    words = (to_thread_in(reach.root.module), "lambda" if _lists_when_called(view, reach) else "call")
    return Fix("to-thread", f"Run `{subject}` in a thread", Safety.UNSAFE, words, _places(view, others))


def listed_in_thread(view: View, reach: Reach) -> Fix | None:
    """To make a list in a thread of what a loop goes through, which is lazy."""
    root = reach.root
    if reach.way or not reach.sink.entry.lazy or root.facts.uses[reach.number][0] != USE_ITER or not has_threads(view, root, reach.number):
        return None
    return _list(reach, lists_when_called=reach.sink.name in _LISTS_WHEN_CALLED)


def _list(reach: Reach, *, lists_when_called: bool) -> Fix:
    words = (to_thread_in(reach.root.module), "list-call" if lists_when_called else "list", reach.sink.name)
    return Fix("to-thread", "Go through it in a thread", Safety.UNSAFE, words)


def has_threads(view: View, function: Function, number: int) -> bool:
    """Whether something may be awaited at a use, in a function whose framework is plain to see, and all Pythons that its program must run
    on can hand a call to a thread."""
    if not may_await(view, function, number) or framework(view, function) != framework_of(function.module):
        return False
    return view.target_version is None or view.target_version >= _FIRST_WITH_THREADS


def _is_movable(view: View, reach: Reach) -> bool:
    root, module = reach.root, reach.root.module
    kind, row, flags, _ = root.facts.uses[reach.number]
    if kind != USE_CALL or flags & AWAITED or module.rows[row][0] != CALL or reach.sink.name in _STAYS_OPEN:
        return False
    given = view.linker.value(module, row).alternatives
    callees = [unbound(callee) for callee in view.linker.value(module, module.rows[row][1]).alternatives]
    if any(isinstance(one, Pending) for one in given) or any(isinstance(one, Function) and one.facts.flags & ASYNC for one in callees):
        return False
    return view.threadable.may_move(root, reach.number)


def _places(view: View, others: Sequence[Reach]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(view.span(other.root, other.number) for other in others))


def _makes_iterator(view: View, reach: Reach) -> bool:
    """Whether what is called goes through nothing itself, but lets a loop do so."""
    module = reach.root.module
    callees = view.linker.value(module, module.rows[reach.root.facts.uses[reach.number][1]][1]).alternatives
    names = {callee.name for callee in map(unbound, callees) if isinstance(callee, (Class, External))}
    return any(name.removeprefix("builtins.") in _ITERATORS or name.startswith("itertools.") for name in names)


def _lists_when_called(view: View, reach: Reach) -> bool:
    """Whether an argument goes to the disk already: it must be evaluated in the thread as well."""
    module = reach.root.module
    for part in module.rows[reach.root.facts.uses[reach.number][1]][3]:
        if module.rows[part][0] == CALL:
            for callee in view.linker.value(module, module.rows[part][1]).alternatives:
                if isinstance(callee, External) and callee.name in _LISTS_WHEN_CALLED:
                    return True
    return False


def handed_over(view: View, hop: Hop) -> Taker | None:
    """What takes a hop's callable, as far as it is known; None if that is not plain."""
    module = hop.function.module
    entry = view.linker.knowledge.callable(hop.api)
    call = hop.function.facts.uses[hop.number][1]
    if entry is None or module.rows[call][0] != CALL:
        return None
    for parameter, context in entry.runs.items():
        given = view.linker.argument((module, call), parameter, entry.parameters)
        if context == hop.context and given == hop.row and parameter in entry.parameters:
            position = entry.parameters.index(parameter)
            is_last = position == len(entry.parameters) - 1
            return Taker(parameter, str(position), is_last, entry.keywords, entry.coroutine, entry.returns or "")
    return None
