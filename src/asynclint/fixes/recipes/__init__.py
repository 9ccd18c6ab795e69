"""How fixes are made: one file an idea, one function a recipe, by the names that rules offer them under."""

from collections.abc import Callable, Mapping

from asynclint.fixes.recipes import (
    arguments,
    awaiting,
    callables,
    clocks,
    definitions,
    forms,
    gathering,
    generators,
    going_through,
    keeping,
    misplaced,
    processes,
    reading,
    renaming,
    running,
    sleeping,
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
    "await-inside": misplaced.await_inside,
    "await-instead": running.await_instead,
    "bind-keywords": callables.bind_keywords,
    "call-and-await": callables.call_and_await,
    "call-argument": callables.call_argument,
    "communicate": processes.communicate,
    "drain": waiting.drain,
    "drop-argument": arguments.drop_argument,
    "drop-await": misplaced.drop_await,
    "for": forms.plain_for,
    "gather": gathering.gather,
    "go-through": going_through.go_through,
    "keep-shielded": keeping.keep_shielded,
    "keep-task": keeping.keep_task,
    "leave-at-end": reading.leave_at_end,
    "other-base": definitions.other_base,
    "other-clock": clocks.other_clock,
    "other-decorator": definitions.other_decorator,
    "other-method": stacks.other_method,
    "read-exactly": reading.read_exactly,
    "reimport": renaming.reimport,
    "rename": renaming.rename,
    "rename-method": definitions.rename_method,
    "run": awaiting.run,
    "run-instead": running.run_instead,
    "sleep": sleeping.sleep,
    "wait-closed": waiting.wait_closed,
    "wait-instead": clocks.wait_instead,
    "with": forms.plain_with,
}
"""Every recipe by its name."""
