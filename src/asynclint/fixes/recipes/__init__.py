"""How fixes are made: one file an idea, one function a recipe, by the names that rules offer them under."""

from collections.abc import Callable, Mapping

from asynclint.fixes.recipes import awaiting, forms, keeping, reading, sleeping, waiting
from asynclint.fixes.tree import Place

Recipe = Callable[[Place], None]
"""Asks a place for changes, or raises :class:`~asynclint.fixes.tree.Refused`."""

RECIPES: Mapping[str, Recipe] = {
    "async-for": forms.async_for,
    "async-with": forms.async_with,
    "await": awaiting.insert_await,
    "run": awaiting.run,
    "keep-shielded": keeping.keep_shielded,
    "keep-task": keeping.keep_task,
    "for": forms.plain_for,
    "sleep": sleeping.sleep,
    "with": forms.plain_with,
    "drain": waiting.drain,
    "leave-at-end": reading.leave_at_end,
    "wait-closed": waiting.wait_closed,
}
"""Every recipe by its name."""
