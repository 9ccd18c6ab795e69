"""Why a way that ends with an error on the event loop's thread may well never be gone, or be gone on purpose."""

from __future__ import annotations

from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Function
from asynclint.source.references import ATTR, CALL, TEST
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import ASKS_BY_ERROR, AWAITED, ERROR_EXPECTED, IN_BRANCH, IS_NOT_NONE, IS_TRUE


def uses_of(reach: Reach) -> list[tuple[Function, int]]:
    """The uses of a reach, from the root to the sink."""
    return [(reach.root, reach.number), *reach.way]


def asks_by_error(reach: Reach) -> bool:
    """Whether somebody on the way handles the error by its name, or a test expects it."""
    return any(function.facts.uses[number][2] & (ASKS_BY_ERROR | ERROR_EXPECTED) for function, number in uses_of(reach))


def is_rarely_taken(reach: Reach) -> bool:
    """Whether it stands in a branch of a dependency: what always fails would have been noticed, so the branch is for other callers."""
    return any(function.module.is_dependency and function.facts.uses[number][2] & IN_BRANCH for function, number in uses_of(reach))


def gives_something_to_await(reach: Reach) -> bool:
    """Whether the root awaits what a plain function gives: that one must have another way, for coroutines."""
    is_awaited = reach.root.facts.uses[reach.number][2] & AWAITED
    return bool(is_awaited and reach.way and not reach.way[0][0].facts.flags & ASYNC)


def has_a_thread_for_it(reach: Reach) -> bool:
    """Whether a test on the way says that there is a thread, for another loop: ``if self._loop_thread is not None:``."""
    return any(_tells_of_thread(function, guard) for function, number in uses_of(reach) for guard in function.facts.uses[number][3])


def _tells_of_thread(function: Function, guard: int) -> bool:
    rows = function.module.rows
    operation, row, state, _ = rows[guard]
    if operation == CALL and rows[row][0] == ATTR:  # `thread.is_alive()`
        row = rows[row][1]
    elif operation != TEST or state not in (IS_TRUE, IS_NOT_NONE):
        return False
    return rows[row][0] == ATTR and "thread" in rows[row][2].lower()
