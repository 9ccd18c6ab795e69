"""The offer to hand over a function, and its arguments behind it, where it is called instead: ``start_soon(f(x))``, ``call_soon(f(x))``."""

from __future__ import annotations

from typing import Final

from asynclint.model import Certainty, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, External, Function, unbound
from asynclint.project.questions.awaitables import is_coroutine_function
from asynclint.project.questions.wishes import AWAITS_CALL, Wish
from asynclint.rules.view import View
from asynclint.source.scopes import GENERATOR

_OWN_ARGUMENTS: Final = {"asyncio.Future.add_done_callback": "_", "concurrent.futures.Future.add_done_callback": "_", "signal.signal": "*_"}
"""What calls the callback with arguments of its own, and the parameters that take these."""

_REPORTS: Final = "task_status"
"""What a function must take that is given to something that waits until it has started."""
_WAITS_FOR_START: Final = (".Nursery.start", ".TaskGroup.start", ".BlockingPortal.start_task")


def passing(view: View, function: Function, number: int, wish: Wish, certainty: Certainty) -> Fix | None:
    """To hand over what a call calls in place of what it gives, if that is of the kind that is wished for: a coroutine function, or a plain
    one.

    All that the call may be must take arguments for the callable in the same way.
    """
    module = function.module
    called = [*view.linker.value(module, module.rows[wish.row][1]).alternatives]
    if not called or view.linker.value(module, module.rows[wish.row][1]).open:
        return None
    if not all(_fits(view, function, alternative, wish) for alternative in called):
        return None
    callees = view.linker.value(module, module.rows[function.facts.uses[number][1]][1]).alternatives
    ways = {_way(view, callee, (module, function.facts.uses[number][1]), wish.row) for callee in callees}
    words = ways.pop() if len(ways) == 1 else None
    if words is None:
        return None
    is_safe = certainty > Certainty.POSSIBLE and words[2] not in _OWN_ARGUMENTS.values()
    if words[2] in _OWN_ARGUMENTS.values() and not all(_has_all(view, module, alternative, wish.row) for alternative in called):
        return None
    title = f"Hand over `{view.callee(module, wish.row).removesuffix('()')}` itself"
    return Fix("pass-callable", title, Safety.SAFE if is_safe else Safety.UNSAFE, words)


def _fits(view: View, function: Function, called: Alternative, wish: Wish) -> bool:
    """Whether what is called in place of being handed over is right for the one who calls it."""
    target = unbound(called)
    if isinstance(target, Function):
        view.linker.link_decorators(target)
    if wish.does != AWAITS_CALL:
        is_generator = isinstance(target, Function) and bool(target.facts.flags & GENERATOR)
        return isinstance(target, (Function, External)) and not is_generator and view.awaitables.made(function, wish.row) is None
    if not is_coroutine_function(called):
        return False
    if wish.api.endswith(_WAITS_FOR_START):
        return isinstance(target, Function) and target.position(_REPORTS) >= 0
    return True


def _has_all(view: View, module: Module, called: Alternative, call: int) -> bool:
    """Whether a call of a function of the program certainly gives all that the function needs, which takes nothing else then."""
    target = unbound(called)
    if not isinstance(target, Function) or module.is_unpacked(call):
        return False
    offset = int(isinstance(called, Bound))
    needed = [number for number, one in enumerate(target.facts.parameters) if number >= offset and not one.default]
    return all(view.linker.given_to(target, number, (module, call), offset) is not None for number in needed)


def _way(view: View, callee: Alternative, call: tuple[Module, int], row: int) -> tuple[str, str, str] | None:
    """The parameter, its position, and how arguments are passed on to what is given for it."""
    target = callee if isinstance(callee, Class) else unbound(callee)
    entry = view.linker.knowledge.callable(target.name) if isinstance(target, (Class, External)) else None
    if entry is None or not entry.parameters or view.linker.argument(call, entry.parameters[-1], entry.parameters) != row:
        return None
    parameter = entry.parameters[-1]
    position = str(len(entry.parameters) - 1)
    if parameter in entry.leaves:
        return parameter, position, "keywords"
    if isinstance(target, External) and target.name in _OWN_ARGUMENTS:
        return parameter, position, _OWN_ARGUMENTS[target.name]
    return (parameter, position, "partial") if entry.keywords is not None and not entry.passes else None
