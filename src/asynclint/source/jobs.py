"""Loops that take jobs from a queue and mark them done: on some way round, one is not marked, or is twice.

What the queue is of, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from asynclint.source.flow import AnyLoop, Flow, TooMuch, last_name
from asynclint.source.paths import path_text

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
    calls = list(_calls(loop))
    gets = [call for call, is_inner in calls if last_name(call) in _GETS and not is_inner]
    marks = [(call, is_inner) for call, is_inner in calls if last_name(call) == DONE]
    if not marks or len(gets) != 1 or len(calls) - len(marks) != 1:
        return
    path = path_text(gets[0].func).rpartition(".")[0]
    if any(is_inner or path_text(call.func).rpartition(".")[0] != path for call, is_inner in marks):
        return
    flow = _Jobs(path)
    try:
        flow.block([loop], frozenset({_NONE}))
    except (TooMuch, RecursionError):
        return
    if flow.wrong:
        yield gets[0], flow.wrong


def _calls(loop: AnyLoop) -> Iterator[tuple[ast.Call, bool]]:
    """The calls on queues in a loop, and whether they stand in a loop or function inside of it."""
    stack: list[tuple[ast.AST, bool]] = [(part, False) for part in loop.body]
    while stack:
        node, is_inner = stack.pop()
        if isinstance(node, ast.Call) and _is_of_queue(node):
            yield node, is_inner
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            is_inner = True
        stack += [(child, is_inner) for child in ast.iter_child_nodes(node)]


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
        for call in _in_order(node):
            if any(path_text(argument) == self.path for argument in [*call.args, *(keyword.value for keyword in call.keywords)]):
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

    def failing(self, before: _States, after: _States) -> _States:
        if before == after:
            return before
        return before if after == {_TAKEN} else after if after == {_MARKED} else before | after

    def begin_handler(self, node: ast.ExceptHandler, states: _States) -> _States:
        types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type] if node.type is not None else []
        if types and all(last_name(part) in _OF_GET for part in types):
            return states - {_TAKEN}
        return states

    def suppressed(self, states: _States) -> _States:
        return states


def _in_order(node: ast.expr) -> Iterator[ast.Call]:
    """The calls in an expression, inner ones first."""
    stack: list[tuple[ast.AST, bool]] = [(node, False)]
    while stack:
        part, is_done = stack.pop()
        if is_done:
            if isinstance(part, ast.Call):
                yield part
        elif not isinstance(part, ast.Lambda):
            stack.append((part, True))
            stack += [(child, False) for child in reversed(list(ast.iter_child_nodes(part)))]
