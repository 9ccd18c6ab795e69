"""Loops that take jobs from a queue and mark them done: on some way round, one is not marked, or is twice.

What the queue is of, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from asynclint.source.caught import error_names
from asynclint.source.flow import Flow, TooMuch
from asynclint.source.nodes import LOOPS, SCOPES, given, in_order, outside
from asynclint.source.paths import last_name, path_text

MISSED: Final = "missed"
TWICE: Final = "twice"

_GETS: Final = frozenset({"get", "get_nowait"})
DONE: Final = "task_done"
_OF_GET: Final = frozenset({"CancelledError", "Empty", "QueueEmpty", "QueueShutDown", "TimeoutError"})
"""Errors of taking a job: there is none to be marked."""

_NONE: Final = 0
"""No job has been taken yet."""
_TAKEN: Final = 1
_MARKED: Final = 2
_States = frozenset[int]


def find(loop: ast.While) -> Iterator[tuple[ast.Call, str]]:
    """The call that takes a job, in a loop that takes one a round and marks it, but not on every way; and what goes wrong."""
    calls = [node for part in loop.body for node in ast.walk(part) if isinstance(node, ast.Call) and _is_of_queue(node)]
    own = {id(node) for node in outside(loop.body, (*LOOPS, *SCOPES))}
    gets = [call for call in calls if last_name(call) in _GETS and id(call) in own]
    marks = [call for call in calls if last_name(call) == DONE]
    if not marks or len(gets) != 1 or len(calls) - len(marks) != 1:
        return
    path = path_text(gets[0].func).rpartition(".")[0]
    if any(id(call) not in own or path_text(call.func).rpartition(".")[0] != path for call in marks):
        return
    if any(_expects_too_many(node) for part in loop.body for node in ast.walk(part)):
        return
    flow = _Jobs(path)
    try:
        flow.block([loop], frozenset({_NONE}))
    except (TooMuch, RecursionError):
        return
    if flow.wrong:
        yield gets[0], flow.wrong


def _expects_too_many(node: ast.AST) -> bool:
    """Whether a ``try`` does nothing but mark a job, and handles the error that there is none: its author counts otherwise."""
    if not isinstance(node, ast.Try) or not any(handler.type and "ValueError" in error_names(handler.type) for handler in node.handlers):
        return False
    (statement,) = node.body if len(node.body) == 1 else (node,)
    return isinstance(statement, ast.Expr) and last_name(statement.value) == DONE


def _is_of_queue(node: ast.Call) -> bool:
    name = last_name(node)
    is_one = name == DONE or (name in _GETS and not node.args)  # `mapping.get(key)` has arguments
    return is_one and isinstance(node.func, ast.Attribute) and bool(path_text(node.func))


class _Jobs(Flow[int]):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.wrong = ""

    def expression(self, node: ast.expr, states: _States) -> _States:
        for call in in_order(node, (ast.Lambda,)):
            if not isinstance(call, ast.Call):
                continue
            if any(path_text(argument) == self.path for argument in given(call)):
                raise TooMuch  # who is given the queue may mark the job
            if not isinstance(call.func, ast.Attribute) or path_text(call.func.value) != self.path:
                continue
            if call.func.attr in _GETS:
                if _TAKEN in states:
                    self.wrong = self.wrong or MISSED
                states = frozenset({_TAKEN}) if states else states
            elif call.func.attr == DONE:
                if _MARKED in states:
                    self.wrong = self.wrong or TWICE
                states = frozenset({state and _MARKED for state in states})
        return states

    def failing(self, node: ast.stmt, before: _States, after: _States) -> _States:
        if before == after:
            return before
        return before if after == {_TAKEN} else after if after == {_MARKED} else before | after

    def caught(self, node: ast.Try, handler: ast.ExceptHandler, failed: _States) -> _States:
        names = error_names(handler.type)
        return failed - {_TAKEN} if names and names <= _OF_GET else failed
