"""What rules about decorators share: how a function stands under one of its decorators, and decorators that are called by hand."""

from __future__ import annotations

from typing import NamedTuple

from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Value, unbound
from asynclint.rules.view import View
from asynclint.source.references import CALL, STAR
from asynclint.source.scopes import ASYNC, GENERATOR

COROUTINE = "coroutine"
ASYNC_GENERATOR = "async-generator"
GENERATOR_FUNCTION = "generator"
PLAIN = "plain"


def form_of(function: Function) -> str:
    """What kind of function the ``def`` itself makes."""
    if function.facts.flags & ASYNC:
        return ASYNC_GENERATOR if function.facts.flags & GENERATOR else COROUTINE
    return GENERATOR_FUNCTION if function.facts.flags & GENERATOR else PLAIN


def form_under(function: Function, position: int) -> str | None:
    """What kind of function the decorator at `position` is given; None where a decorator below it makes something else, or is not known."""
    form = form_of(function)
    for nature in reversed(function.decorations[position + 1 :]):
        if nature == "thread":
            form = COROUTINE
        elif nature not in ("keep", "static"):
            return None
    return form


def is_misused(function: Function) -> bool:
    """Whether a function is decorated as a context manager of the other kind than its generator is."""
    wanted = {"context-manager": ASYNC_GENERATOR, "async-context-manager": GENERATOR_FUNCTION}
    return any(form_under(function, position) == wanted.get(nature or "", "") for position, nature in enumerate(function.decorations))


def form_of_value(value: Value) -> str | None:
    """What kind of function a value is, whichever of its alternatives it turns out to be; None where that is not known."""
    forms: set[str | None] = set()
    for alternative in value.alternatives:
        function = unbound(alternative)
        if isinstance(function, Function) and all(nature in ("keep", "static", "class") for nature in function.decorations):
            forms.add(form_of(function))
        elif isinstance(function, External) and function.entry is not None and function.entry.coroutine:
            forms.add(COROUTINE)
        else:
            return None
    return forms.pop() if len(forms) == 1 and not value.open else None


class ByHand(NamedTuple):
    """A call of a decorator: its name, what it makes of a function, the row of the call that has its settings, and of what it is given."""

    name: str
    nature: str
    settings: int
    decorated: int


def called_by_hand(view: View, module: Module, call: int) -> ByHand | None:
    """The decorator that a call puts around a function: ``lru_cache(load)``, ``lru_cache(maxsize=8)(load)``; None for any other call."""
    rows = module.rows
    _, callee, _, arguments = rows[call]
    if not arguments or rows[arguments[0]][0] == STAR:
        return None
    settings = call
    if rows[callee][0] == CALL:
        settings, callee = callee, rows[callee][1]
    decorator = known_decorator(view, module, callee)
    if decorator is None or decorator.entry is None or decorator.entry.decorates is None:
        return None
    return ByHand(decorator.name.rpartition(".")[2], decorator.entry.decorates, settings, arguments[0])


def known_decorator(view: View, module: Module, row: int) -> External | None:
    """The one callable outside of the program that a row names."""
    value = view.linker.value(module, row)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    return only if isinstance(only, External) else None


def decorator_of(view: View, function: Function, position: int) -> External | None:
    """The callable outside of the program that decorates a function at `position`, or makes the decorator."""
    row = function.facts.decorators[position]
    operation, base, _, _ = function.module.rows[row]
    return known_decorator(view, function.module, base if operation == CALL else row)
