"""What is gathered or waited for, as far as it is made in the same function; and what functions are for that end something."""

from __future__ import annotations

import re
from typing import Final

from asynclint.model import Certainty
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Function, Pending, unbound
from asynclint.project.questions.blocks import extent
from asynclint.project.questions.suspension import awaited_in
from asynclint.project.questions.tasks import THREADSAFE
from asynclint.rules.view import View
from asynclint.source.references import ANNOTATED, ATTR, AWAIT, CALL, COLLECTION, STAR, UNION
from asynclint.source.scopes import GENERATOR, HANDLES_ERRORS
from asynclint.source.uses import USE_CALL, USE_CLEANUP

ADDS: Final = frozenset({"add", "append"})
_ENDS: Final = re.compile(
    r"(^|_)(a?exit|abort|cancel|clean|clear|close|delete|destroy|disconnect|dispose|drain|end|finali[sz]e|finish|flush|join|kill|leave|logout|"
    r"quit|reject|release|remove|shut|stop|tear|terminate|unload|unregister|unsubscribe|wait)"
)
"""Words in names of functions that end something as well as they can, or wait for what others have started."""
_SETS_UP: Final = re.compile(r"^_*(async_)?set_?up(_|$)|(^|_)(start_?up|start(ed)?_(handler|hook|listener))$")
"""Names of functions that set something up, or are called when the program has started."""
_OPTIONAL: Final = re.compile(r"(^|_)(broadcast|emit|fan_?out|notif|ping|pre_?fetch|pre_?load|publish|silent|warm)")
"""Words in names of functions whose work may fail here and there."""


def elements(view: View, function: Function, row: int) -> list[int]:
    """The rows of what a collection holds, or what an unpacked one does; 0 for what is not known."""
    rows = function.module.rows
    if rows[row][0] == STAR:
        row = rows[row][1]
    operation, _, text, parts = rows[rows[row][3][0] if rows[row][0] == ANNOTATED else row]
    if operation == UNION:
        return [element for part in parts for element in elements(view, function, part)]
    if operation != COLLECTION:
        return [0]
    found = list(parts[::2] if text == "dict" else parts)  # a dictionary of tasks has them as its keys
    for number in view.fates.of(function, row):
        kind, call, _, _ = function.facts.uses[number]
        if kind == USE_CALL:
            _, callee, _, rest = rows[call]
            if rows[callee][:2] == (ATTR, row) and rows[callee][2] in ADDS and view.awaitables.made(function, rest[0] if rest else 0):
                found.append(rest[0])
    return found or [0]


def task_of(view: View, function: Function, row: int) -> int:
    """The row of the coroutine that a call makes a task of, which only who has the task sees to; 0 where it makes none."""
    started = view.tasks.started(function, row)
    if started is None or started.name == THREADSAFE or started.certainty is Certainty.POSSIBLE:
        return 0  # that of another thread is no task
    return started.argument


def is_watched(view: View, function: Function, task: int) -> bool:
    """Whether something is called when a task is done."""
    rows = function.module.rows
    calls = [rows[use[1]] for use in map(function.facts.uses.__getitem__, view.fates.of(function, task)) if use[0] == USE_CALL]
    return any(rows[callee][:2] == (ATTR, task) and rows[callee][2] == "add_done_callback" for _, callee, _, _ in calls)


def runs(view: View, module: Module, row: int) -> Function | None:
    """The coroutine function of the program that certainly makes the coroutine `row`, if errors of it may come out."""
    operation, callee, _, _ = module.rows[row]
    value = view.linker.value(module, callee) if operation == CALL else None
    if value is None or value.open or len(value.alternatives) != 1:
        return None
    target = unbound(value.alternatives[0])
    if not isinstance(target, Function) or target.doubtful or pending_nature(target) != "coroutine":
        return None
    return None if target.facts.flags & HANDLES_ERRORS or ends_something(target) or _awaits_handled(view, target) else target


def _awaits_handled(view: View, function: Function) -> bool:
    """Whether a function inside of another, which is made for its work, awaits only such as handle their own errors."""
    awaited = list(awaited_in(function)) if function.facts.parent > 0 else []
    return bool(awaited) and all(
        operation == AWAIT and all(map(_is_of_handled, value.alternatives)) and bool(value.alternatives) and not value.open
        for operation, value in ((operation, view.linker.value(function.module, row)) for operation, row in awaited)
    )


def _is_of_handled(coroutine: Alternative) -> bool:
    callee = coroutine.callee if isinstance(coroutine, Pending) else None
    return isinstance(callee, Function) and not callee.doubtful and bool(callee.facts.flags & HANDLES_ERRORS)


def ends_something(function: Function) -> bool:
    """Whether a function, by its name or that of one around it, ends something as well as it can."""
    return _ENDS.search(function.facts.name.rpartition(".<locals>.")[2].rpartition(".")[2].lower()) is not None


def sets_up(view: View, function: Function) -> bool:
    """Whether a function sets something up, once: what it starts may fail or go on by itself on purpose."""
    return function in view.contexts.start_ups or _SETS_UP.search(function.facts.name.rpartition(".")[2]) is not None


def is_optional(function: Function) -> bool:
    """Whether a function's name says that its work may fail here and there."""
    return _OPTIONAL.search(function.facts.name.rpartition(".")[2].lower()) is not None


def is_ending(view: View, function: Function, number: int) -> bool:
    """Whether a use stands where something ends: in clean-up, behind a ``cancel()``, behind what a generator yields, or in a function
    that is for it.
    """
    if function.facts.flags & GENERATOR or view.blocks.around(function, number, USE_CLEANUP):
        return True
    if any(ends_something(function.module.functions[part]) for part in _with_those_around(function)):
        return True
    rows = function.module.rows
    start, _ = extent(function, number)  # what becomes of a name is told at the end of all uses
    return any(
        kind == USE_CALL and rows[rows[row][1]][0] == ATTR and rows[rows[row][1]][2] == "cancel" and extent(function, other)[0] < start
        for other, (kind, row, _, _) in enumerate(function.facts.uses)
    )


def _with_those_around(function: Function) -> list[int]:
    found = [function.number]
    while function.module.functions[found[-1]].facts.parent > 0:
        found.append(function.module.functions[found[-1]].facts.parent)
    return found
