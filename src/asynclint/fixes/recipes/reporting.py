"""Who tells of the errors of a task that nobody waits for."""

from __future__ import annotations

from typing import Final

import libcst as cst

from asynclint.fixes.hoisting import hoist
from asynclint.fixes.recipes.keeping import task_name
from asynclint.fixes.statements import is_path
from asynclint.fixes.top import function_of_file
from asynclint.fixes.tree import Place

_REPORTERS: Final = ("_report_failure", "_report_task_failure")


def report_failure(place: Place) -> None:
    """``self.task = create_task(f())`` becomes three statements: one that names the task, one that gives it a callback, and one that stores
    it. The callback is a function of the file, which tells of an error.

    The word is the logger of the file, empty where there is none; then the task's loop is told.
    """
    tell = 'task.get_loop().call_exception_handler({"message": "A task failed", "exception": error, "task": task})'
    if place.fix.words[0]:
        tell = f'{place.fix.words[0]}.error("A task failed: %r", task, exc_info=error)'
    indent = place.tree.module.default_indent
    body = ["error = None if task.cancelled() else task.exception()", "if error is not None:", indent + tell]
    call = place.exactly(cst.Call)
    reporter = function_of_file(place, call, _REPORTERS, "task", body, of="asyncio.Task")
    outer = place.tree.parent(call)
    only = outer.targets[0].target if isinstance(outer, cst.Assign) and len(outer.targets) == 1 else None
    name = only.value if isinstance(only, cst.Name) else task_name(place, call)
    watch = f"{name}.add_done_callback({reporter})"
    if isinstance(only, cst.Name):
        place.after(outer, watch)
    elif only is not None and is_path(only):
        place.put(only, cst.Name(name))
        place.after(outer, watch, f"{place.tree.code(only)} = {name}")
    else:
        hoist(place, call, name, [f"{name} = {place.tree.code(call)}", watch])
