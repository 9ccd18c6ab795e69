"""How code asks whether an event loop runs in its thread: it lets something fail, and handles the error.

::

    try:
        asyncio.get_running_loop()
        has_loop = True
    except RuntimeError:
        has_loop = False
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from asynclint.source.bodies import Branches
from asynclint.source.caught import BROAD, CANCELS, error_names, expects_not_ready, suppressed_names
from asynclint.source.names import EXPECTS
from asynclint.source.paths import last_name
from asynclint.source.references import CONST, TEST
from asynclint.source.uses import ASKS_BY_ERROR, ERROR_EXPECTED, HANDLED, HAS_FAILED, LOOP_GUARDED, NEVER_WAITS, USE_CALL, USE_IMPORT
from asynclint.source.walker import Walker


def flags_before(handlers: Sequence[ast.ExceptHandler]) -> int:
    """The flags of code in a ``try`` with these handlers."""
    types = [handler.type for handler in handlers]
    by_name = ASKS_BY_ERROR if any("RuntimeError" in error_names(error) for error in types) else 0
    if expects_not_ready(handlers):
        by_name |= NEVER_WAITS
    return by_name | (LOOP_GUARDED if any(map(handles_runtime_error, types)) else 0)


def flags_behind(handlers: Sequence[ast.ExceptHandler]) -> int:
    """The flags of the ``else`` of a ``try`` with these handlers: what asked by its error, has got its answer."""
    return LOOP_GUARDED if flags_before(handlers) & ASKS_BY_ERROR else 0


def flags_under(entered: ast.Call) -> int:
    """The flags of code under a manager that expects or swallows errors."""
    name = last_name(entered)
    if name in EXPECTS:
        return ERROR_EXPECTED | HANDLED
    if name != "suppress":
        return 0
    names = suppressed_names(entered)
    expected = (ASKS_BY_ERROR if "RuntimeError" in names else 0) | (NEVER_WAITS if "BlockingIOError" in names else 0)
    return expected | (0 if names <= CANCELS else HANDLED)


def handles_runtime_error(error: ast.expr | None) -> bool:
    """Whether a handler of this type is for the error of a missing loop, among others perhaps."""
    return error is None or not error_names(error).isdisjoint(("RuntimeError", *BROAD))


def has_failed(walker: Walker, frame: Branches) -> tuple[int, ...]:
    """What is known behind a ``try`` whose body has not come to its end: its first call has raised."""
    asked = _asked(walker, frame)
    return (walker.add(TEST, asked, HAS_FAILED),) if asked else ()


def _asked(walker: Walker, frame: Branches) -> int:
    """The row of the first call in a ``try``; 0 where it does something else first."""
    first = next((use for use in walker.uses[frame.first_use :] if use[0] != USE_IMPORT), None)
    return first[1] if first is not None and first[0] == USE_CALL else 0


def note_answers(walker: Walker, node: ast.Try, frame: Branches) -> None:
    """Remember of the names that are true behind the body and false behind the handler, that to test them is to test what was asked."""
    if len(node.handlers) != 1 or not handles_runtime_error(node.handlers[0].type):
        return
    names = _set_to([*node.body, *node.orelse], True) & _set_to(node.handlers[0].body, False)
    asked = _asked(walker, frame) if names else 0
    if asked:
        answer = walker.references.union([asked, walker.add(CONST, 0, "False")])
        walker.answers.update(dict.fromkeys(names, answer))


def _set_to(body: Sequence[ast.stmt], wanted: bool) -> set[str]:
    return {
        target.id
        for statement in body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant) and statement.value.value is wanted
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
