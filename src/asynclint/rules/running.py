"""What a function runs on the loop that one of its calls gives."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.loops import RUNS
from asynclint.rules.view import View
from asynclint.source.uses import USE_CALL

_ENDS: Final = frozenset({"shutdown_asyncgens", "shutdown_default_executor"})
"""What a loop runs before it is closed."""


def runs_of(view: View, function: Function, row: int) -> list[str]:
    """The methods by which a function runs the loop that a call gives; what only ends it is none."""
    rows = function.module.rows
    calls = [rows[function.facts.uses[other][1]] for other in view.fates.of(function, row) if function.facts.uses[other][0] == USE_CALL]
    return [
        last_name(rows, callee)
        for _, callee, _, arguments in calls
        if last_name(rows, callee) in RUNS and not any(last_name(rows, rows[argument][1]) in _ENDS for argument in arguments)
    ]


def is_for_coroutine(view: View, function: Function, row: int) -> bool:
    """Whether what the loop runs is a coroutine, which `asyncio.run` takes, and no future."""
    rows = function.module.rows
    for number in view.fates.of(function, row):
        _, call, _, _ = function.facts.uses[number]
        _, callee, _, arguments = rows[call]
        if last_name(rows, callee) == "run_until_complete" and last_name(rows, rows[arguments[0]][1] if arguments else 0) not in _ENDS:
            return len(arguments) == 1 and view.awaitables.coroutine(function, arguments[0]) is not None
    return False
