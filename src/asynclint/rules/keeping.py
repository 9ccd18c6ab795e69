"""The offer to keep a task in a set: in one that is there, or in a new one."""

from __future__ import annotations

from asynclint.model import Fix, Safety
from asynclint.project.values import Function, Instance
from asynclint.rules.view import View
from asynclint.source.scopes import LAMBDA, MODULE


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
    is_old = view.target_version is not None and view.target_version < (3, 9)  # `set[...]` fails there
    return Fix(recipe, "Keep the task in a new set of the module", Safety.UNSAFE, ("", "plain" if is_old else "annotated"))


def is_task(view: View, function: Function, row: int) -> bool:
    """Whether a row certainly is a task or future of asyncio."""
    value = view.linker.value(function.module, row)
    return (
        not value.open
        and bool(value.alternatives)
        and all(isinstance(part, Instance) and part.klass.derives_from("asyncio.Future") for part in value.alternatives)
    )
