"""Whether a missing ``await`` is offered, and whether it is safe: what the rules of this family share."""

from __future__ import annotations

import re
from typing import Final

from asynclint.model import Certainty, Fix, Safety
from asynclint.project.linking.values import Alternative, Bound, Function, unbound
from asynclint.project.questions.awaitables import Made
from asynclint.project.questions.blocks import holds
from asynclint.rules.offers import awaiting
from asynclint.rules.view import View
from asynclint.source.names import SERVES
from asynclint.source.references import ATTR
from asynclint.source.scopes import GIVES_NOTHING
from asynclint.source.uses import AWAITED, CONDITIONAL, USE_AITER, USE_CALL, USE_LOOP

_GOES_ON: Final = re.compile(
    r"(^|_)(beat|consume|consumer|forever|heartbeat|listen|listener|loop|monitor|poll|poller|polling|pump|scheduler|serve|watch|watcher|"
    r"watchdog|worker)(_|$)"
)
"""Parts of names of what goes on beside everything else, as long as the program does."""

_DEEPEST: Final = 3


def missing_await(view: View, function: Function, number: int, made: Made, certainty: Certainty = Certainty.CERTAIN) -> Fix | None:
    """To await the coroutine that use `number`, at the place of the finding, makes. Unsafe where it is not certain that it is one."""
    is_sure = min(certainty, made.certainty) is Certainty.CERTAIN
    return awaiting(view, function, number, view.subject(function, number), Safety.SAFE if is_sure else Safety.UNSAFE)


def missing_await_of_dropped(view: View, function: Function, number: int, made: Made) -> Fix | None:
    """The same of a coroutine whose result nobody wants: unsafe as well where it may have been meant to run beside the others."""
    fix = missing_await(view, function, number, made)
    return fix._replace(safety=Safety.UNSAFE) if fix is not None and runs_beside(view, made) else fix


def missing_await_in_place(
    view: View, function: Function, number: int, row: int, made: Made, certainty: Certainty = Certainty.CERTAIN
) -> Fix | None:
    """The same of a coroutine that use `number` does something with. None where a name holds it, which may be awaited elsewhere."""
    if view.fates.is_in_place(function, number, row):
        if _makers_in(function, number, row) > 1:
            return None  # calls that look the same: which one is it?
        number = view.fates.maker(function, number, row)
    elif function.module.rows[row][0] != ATTR:
        return None
    return missing_await(view, function, number, made, certainty)


def _makers_in(function: Function, number: int, row: int) -> int:
    """How many calls in a use give the same."""
    uses = function.facts.uses
    return sum(use[0] == USE_CALL and use[1] == row and holds(function, number, other) for other, use in enumerate(uses[: number + 1]))


def required(alternative: Alternative) -> list[str] | None:
    """The parameters that a call of a function must give; None where that is not known."""
    function = unbound(alternative)
    if not isinstance(function, Function) or function.doubtful or function.wrappers or function.entry is not None:
        return None
    offset = int(isinstance(alternative, Bound) and function.binding != "static")
    return [parameter.name for parameter in function.facts.parameters[offset:] if not parameter.default]


def runs_beside(view: View, made: Made) -> bool:
    """Whether a coroutine goes on without an end, as far as one can tell, or is started as a task elsewhere."""
    if made.name in SERVES or _GOES_ON.search(made.name.lower()):
        return True
    return made.function is not None and (made.function in view.contexts.tasks or _goes_on(view, made.function, 0))


def _goes_on(view: View, function: Function, depth: int) -> bool:
    """Whether a coroutine function waits in a ``while``, or for one thing after the other and gives nothing, or awaits one that does."""
    uses = function.facts.uses
    for number, (kind, row, flags, _) in enumerate(uses):
        if kind == USE_AITER and function.facts.flags & GIVES_NOTHING:
            return True
        if kind == USE_CALL and flags & AWAITED:
            blocks = view.blocks.around(function, number, USE_LOOP)
            if any(uses[block][1] == 0 for block in blocks):
                return True
            if function.module.rows[function.module.rows[row][1]][2].rpartition(".")[2] in SERVES:
                return True
    edges = view.contexts.graph.edges.get(function)
    if edges is None or depth == _DEEPEST:
        return False
    return any(
        uses[number][2] & AWAITED and not uses[number][2] & CONDITIONAL and _goes_on(view, target, depth + 1)
        for number, target in edges.awaits
    )
