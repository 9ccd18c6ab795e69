"""How fixes are made: one file an idea, one function a recipe, by the names that rules offer them under."""

from collections.abc import Callable, Mapping

from asynclint.fixes.recipes import (
    arguments,
    awaiting,
    callables,
    clocks,
    forms,
    generators,
    keeping,
    misplaced,
    processes,
    definitions,
    forms,
    gathering,
    generators,
    going_through,
    keeping,
    reading,
    renaming,
    running,
    sleeping,
    waiting,
)
from asynclint.fixes.recipes import arguments, awaiting, forms, generators, keeping, reading, renaming, running, sleeping, waiting
from asynclint.fixes.recipes import awaiting, forms, keeping, sleeping
from asynclint.fixes.recipes import awaiting, forms, sleeping
    stacks,
    waiting,
)
from asynclint.fixes.tree import Place

Recipe = Callable[[Place], None]
"""Asks a place for changes, or raises :class:`~asynclint.fixes.tree.Refused`."""

RECIPES: Mapping[str, Recipe] = {
    "async-def": generators.make_async,
    "async-for": forms.async_for,
    "async-with": forms.async_with,
    "await": awaiting.insert_await,
    "await-handed-over": running.await_handed_over,
    "await-instead": running.await_instead,
    "drain": waiting.drain,
    "drop-argument": arguments.drop_argument,
    "for": forms.plain_for,
    "gather": gathering.gather,
    "go-through": going_through.go_through,
    "await-inside": misplaced.await_inside,
    "bind-keywords": callables.bind_keywords,
    "call-argument": callables.call_argument,
    "call-and-await": callables.call_and_await,
    "drop-await": misplaced.drop_await,
    "keep-shielded": keeping.keep_shielded,
    "keep-task": keeping.keep_task,
    "other-clock": clocks.other_clock,
    "leave-at-end": reading.leave_at_end,
    "other-base": definitions.other_base,
    "other-decorator": definitions.other_decorator,
    "other-method": stacks.other_method,
    "reimport": renaming.reimport,
    "rename": renaming.rename,
    "rename-method": definitions.rename_method,
    "run": awaiting.run,
    "run-instead": running.run_instead,
    "sleep": sleeping.sleep,
    "wait-instead": clocks.wait_instead,
    "with": forms.plain_with,
    "drain": waiting.drain,
    "communicate": processes.communicate,
    "leave-at-end": reading.leave_at_end,
    "read-exactly": reading.read_exactly,
    "wait-closed": waiting.wait_closed,
    "with": forms.plain_with,
}
"""Every recipe by its name."""
