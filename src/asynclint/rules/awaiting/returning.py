"""What a coroutine function returns un-awaited, and whether that is meant: what rules 206 and 207 share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from asynclint.model import Certainty, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance, Value, unbound
from asynclint.project.questions.awaitables import Made
from asynclint.project.questions.fates import last_name
from asynclint.rules.awaiting.repairs import missing_await_in_place
from asynclint.rules.view import View
from asynclint.source.names import TAKERS, TELLS
from asynclint.source.references import AENTER, AITER, AWAIT, CALL, ENTER, ITER, STAR
from asynclint.source.scopes import ASYNC, GENERATOR
from asynclint.source.uses import AWAITED, IN_TRY, USE_CALL, USE_RETURN, USE_STORE, USE_YIELD

_SEES_TO: Final = TAKERS | TELLS
"""Last names of callables that await what they are given, or ask whether it is to be awaited."""

_TAKES_OUT: Final = frozenset({AENTER, AITER, ENTER, ITER})
"""What gives that which a generator, or a manager made of one, has yielded."""

_WAIT_FOR_OTHERS: Final = frozenset({"gather", "run_in_executor", "shield", "wrap_future"})
"""Last names of what gives a future for something that goes on elsewhere."""

_DEEPEST: Final = 3


class Returned(NamedTuple):
    """A coroutine that a function gives un-awaited, and how sure it is that nobody wants it so."""

    made: Made
    certainty: Certainty


def coroutine_returned(view: View, function: Function, number: int) -> Returned | None:
    """What use `number` (a return or yield) of a coroutine function gives un-awaited, if that is a coroutine and not meant."""
    kind, row, _, _ = function.facts.uses[number]
    is_element = kind == USE_YIELD
    made = view.awaitables.some(function, row) or (_future(view, function, row) if kind == USE_RETURN else None)
    if (
        made is None
        or _is_declared(view, function, is_element)
        or _is_awaited_again(view, function, is_element)
        or _is_wanted(view, function)
    ):
        return None
    return Returned(made, Certainty.LIKELY if function.doubtful else Certainty.CERTAIN)


def _future(view: View, function: Function, row: int) -> Made | None:
    """A plain future that a library has made for a coroutine function, where that declares something else, or where the work of a thread is
    waited for by all that are known to call it. A task is meant to be handed on."""
    made = view.awaitables.eager(function, row)
    if made is None or made.certainty is not Certainty.CERTAIN or not function.facts.flags & ASYNC:
        return None
    module = function.module
    kinds = view.linker.value(module, row).alternatives
    makers = view.linker.value(module, module.rows[row][1]).alternatives if module.rows[row][0] == CALL else ()
    if not all(isinstance(kind, Instance) and kind.klass.name == "asyncio.Future" for kind in kinds):
        return None
    if not makers or not all(isinstance(maker, External) and maker.name.rpartition(".")[2] in _WAIT_FOR_OTHERS for maker in makers):
        return None
    if any(function.facts.uses[other][0] == USE_STORE for other in view.fates.of(function, row)):
        return None  # others are to have it as well
    is_of_thread = all(isinstance(maker, External) and maker.name.endswith(".run_in_executor") for maker in makers)
    is_wrong = _excludes_coroutines(view, function) or _is_never_kept(view, function, is_of_thread)
    return made._replace(certainty=Certainty.LIKELY) if is_wrong else None


def missing_await_of_result(view: View, function: Function, number: int, found: Returned) -> Fix | None:
    """To await what a return or yield gives. Safe only where nobody can be there who awaits it again."""
    row = function.facts.uses[number][1]
    fix = missing_await_in_place(view, function, number, row, found.made, found.certainty)
    is_sure = function.facts.uses[number][0] == USE_RETURN and _excludes_coroutines(view, function) and _is_awaited_once(view, function)
    return fix if fix is None or is_sure else fix._replace(safety=Safety.UNSAFE)


def _excludes_coroutines(view: View, function: Function) -> bool:
    """Whether a function declares that it gives something else."""
    value = view.linker.value(function.module, function.facts.result)
    return not value.open and bool(value.alternatives) and view.takers.excludes(value)


def _is_awaited_once(view: View, function: Function) -> bool:
    """Whether the program calls a function, and awaits each call on the spot, also those that may be of something else of its name."""
    awaits = _awaits_of(view.linker.calls_of(function.facts.name.rpartition(".")[2]))
    return bool(awaits) and all(awaits)


def _is_never_kept(view: View, function: Function, may_say: bool) -> bool:
    """Whether all that are known to call a function await that on the spot. Where nobody is, the function may have to say what it gives."""
    calls = view.linker.calls_of(function.facts.name.rpartition(".")[2])
    known = [
        (module, call) for module, call in calls if _may_call(view.linker.value(module, module.rows[call][1]), function, is_near=False)
    ]
    awaits = _awaits_of(known)
    return all(awaits) and bool(awaits or (may_say and view.linker.value(function.module, function.facts.result).alternatives))


def _awaits_of(calls: Sequence[tuple[Module, int]]) -> list[bool]:
    """Whether calls are awaited on the spot."""
    return [
        bool(flags & AWAITED)
        for module in dict.fromkeys(module for module, _ in calls)
        for caller in module.functions
        for kind, row, flags, _ in caller.facts.uses
        if kind == USE_CALL and (module, row) in calls
    ]


def is_in_scope(function: Function, number: int) -> bool:
    """Whether a return stands in a ``try`` that handles errors or cleans up, or in a ``with``."""
    return bool(function.facts.uses[number][2] & IN_TRY or entered_around(function, number))


def entered_around(function: Function, number: int) -> list[int]:
    """The rows of what ``with`` has entered around a return."""
    rows = function.module.rows
    return [guard for guard in function.facts.uses[number][3] if rows[guard][0] in (ENTER, AENTER)]


def _is_declared(view: View, function: Function, is_element: bool) -> bool:
    """Whether the function says that it gives (or yields) something to await, or something that may be."""
    if not function.facts.result:
        return False
    declared = [one for one in view.linker.value(function.module, function.facts.result).alternatives if isinstance(one, Instance)]
    if is_element:
        elements = [one.arguments[0] for one in declared if one.arguments]
        declared = [one for element in elements for one in element.alternatives if isinstance(one, Instance)]
    return any(one.klass.derives_from("collections.abc.Awaitable") for one in declared)


def _is_awaited_again(view: View, function: Function, is_element: bool, depth: int = 0) -> bool:
    """Whether a caller awaits what awaiting (or iterating) the function gives, or gives it to something that does or that keeps it."""
    name = function.facts.name.rpartition(".")[2]
    for module, call in view.linker.calls_of(name):
        if not _may_call(view.linker.value(module, module.rows[call][1]), function, module is function.module):
            continue
        for result in _results(module, call, AITER if is_element else AWAIT):
            if _is_awaited(module, result):
                return True
            if depth < _DEEPEST:
                passing = [caller for caller in module.functions if _returns(caller, result)]
                if any(_is_awaited_again(view, caller, False, depth + 1) for caller in passing):
                    return True
    return False


def _is_wanted(view: View, generator: Function) -> bool:
    """Whether what a generator yields is awaited where it is iterated or entered, or the generator goes to something that may do that."""
    if not generator.facts.flags & GENERATOR:
        return False
    for module, call in view.linker.calls_of(generator.facts.name.rpartition(".")[2]):
        if not _may_call(view.linker.value(module, module.rows[call][1]), generator, module is generator.module):
            continue
        users = view.takers.users_in(module).of(call)
        if any(module.rows[user][0] not in _TAKES_OUT or _is_awaited(module, user) for user in users):
            return True
    return False


def _may_call(callee: Value, function: Function, is_near: bool) -> bool:
    """Whether a callee is a function or another definition of it, as far as it is known; where nothing is, a method of that name in the
    same file (`is_near`) may be.
    """
    if not callee.alternatives:
        return is_near and function.owner is not None
    for alternative in callee.alternatives:
        target = unbound(alternative)
        if target is function or (isinstance(target, Function) and target.owner and function.owner and target.owner in function.owner.mro):
            return True
    return False


def _is_gathered(module: Module, collection: int) -> bool:
    """Whether what a collection holds is given to something that awaits it."""
    stars = {number for number, row in enumerate(module.rows) if row[0] == STAR and row[1] == collection} | {collection}
    return any(row[0] == CALL and not stars.isdisjoint(row[3]) and last_name(module.rows, row[1]) in _SEES_TO for row in module.rows)


def _returns(function: Function, row: int) -> bool:
    returned = function.facts.returned
    return returned == row or row in function.module.rows[returned][3]


def _results(module: Module, call: int, operation: int) -> list[int]:
    return [number for number, row in enumerate(module.rows) if row[0] == operation and row[1] == call]


def _is_awaited(module: Module, result: int) -> bool:
    for operation, base, _, rest in module.rows:
        if operation in (AWAIT, AENTER) and base == result:
            return True
        if operation == CALL and result in rest:
            name = last_name(module.rows, base)
            if name in _SEES_TO or (name == "append" and _is_gathered(module, module.rows[base][1])):
                return True
    return False
