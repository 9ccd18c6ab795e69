"""The offer to keep a task in a set: in one that is there, or in a new one."""

from __future__ import annotations

from typing import Final

from asynclint.model import Fix, Safety
from asynclint.project.linking.values import Constant, Function, Instance, unbound
from asynclint.project.questions.tasks import THREADSAFE, Started
from asynclint.rules.view import View
from asynclint.source.scopes import LAMBDA, MODULE

_ALONE: Final = frozenset({"asyncio.Future.add_done_callback"})
"""It takes nothing to be given to its callback."""
_CALLS_BACK: Final = _ALONE | {
    f"asyncio.AbstractEventLoop.{name}" for name in ("add_signal_handler", "call_at", "call_later", "call_soon", "call_soon_threadsafe")
}


def keeping(view: View, function: Function, recipe: str, safety: Safety = Safety.SAFE) -> Fix | None:
    """To keep the task that is made at the place of the finding. It is safe with a set that does nothing but keep its tasks: in another
    one, the task will be waited for or cancelled with the others. A new one belongs to the file: that of an object would keep nothing once
    the object is gone.
    """
    if function.facts.flags & (LAMBDA | MODULE):
        return None
    there = view.task_sets.for_tasks_of(function)
    if there is not None:
        safety = safety if there.only_keeps else Safety.UNSAFE
        return Fix(recipe, f"Keep the task in `{there.text}`", safety, (there.text,))
    return Fix(recipe, "Keep the task in a new set of the module", Safety.UNSAFE, _new(view))


def starting(view: View, function: Function, number: int, callback: str) -> Fix | None:
    """To hand over a function that starts a task of a coroutine function, where a loop calls its callback on its own thread, with all that
    is given behind it. Not for readers and writers, which are called again and again until the task gets to read or write.
    """
    module = function.module
    callee = view.linker.value(module, module.rows[function.facts.uses[number][1]][1])
    apis = {getattr(unbound(part), "name", "") for part in callee.alternatives if not isinstance(part, Constant)}
    api = apis.pop() if len(apis) == 1 else ""
    if callee.open and api in _ALONE:
        return None  # a future of threads calls back in one of them
    entry = view.linker.knowledge.callable(api) if api in _CALLS_BACK else None
    if entry is None:
        return None
    there = view.task_sets.of_file(module)
    kept_in = (there.text, "") if there is not None else _new(view)
    alone = ("alone",) if api in _ALONE else ()
    parameter = entry.parameters[-1]
    words = (*kept_in, parameter, str(len(entry.parameters) - 1), *alone)
    return Fix("start-instead", f"Start a task of `{callback}` and keep it", Safety.UNSAFE, words)


def _new(view: View) -> tuple[str, str]:
    is_old = view.target_version is not None and view.target_version < (3, 9)  # `set[...]` fails there
    return "", "plain" if is_old else "annotated"


def is_task(view: View, function: Function, row: int) -> bool:
    """Whether a row certainly is a task or future of asyncio."""
    value = view.linker.value(function.module, row)
    return (
        not value.open
        and bool(value.alternatives)
        and all(isinstance(part, Instance) and part.klass.derives_from("asyncio.Future") for part in value.alternatives)
    )


def gives_task(view: View, function: Function, row: int, started: Started) -> bool:
    """Whether what is started is a task of asyncio: what only is called a loop gives some as well, as a rule."""
    is_of_unknown = bool(started.argument) and not view.linker.value(function.module, row).alternatives
    return started.name != THREADSAFE and (is_of_unknown or is_task(view, function, row))
