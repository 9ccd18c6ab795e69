"""How a loop that nothing of its own ends goes round: on which ways, and what is awaited on each.

Loops are followed over the tree, while it stands. A *way* round holds the rows of all that is awaited on it. Where a test of what the loop
itself works on chooses, both branches will be taken in time: what either awaits, is awaited, and if one leaves the loop, it ends. Where a
test asks for what only others change (``if self.paused: continue``), or a call fails at once that would need others (``get_nowait``), each
branch is a way of its own: nobody else gets to run that could change it. That a choice of the first kind puts together what both its
branches await up to the loop's head, is known only on the way back from there: this goes backwards, and is no
:class:`~asynclint.source.flow.Flow`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from asynclint.source.bodies import Place, place
from asynclint.source.caught import CANCELS, error_names, suppressed_names
from asynclint.source.names import LOOKS
from asynclint.source.nodes import given, without_none
from asynclint.source.paths import is_path, last_name, path_text

_Way = frozenset[int]
_Ways = frozenset[_Way]

_START: Final[_Ways] = frozenset({frozenset()})
_NOTHING: Final[_Ways] = frozenset()

_DEEPEST: Final = 40
"""Of loops with statements nested deeper than this, nothing is said."""
_MOST_WAYS: Final = 8
_MOST_AWAITED: Final = 8
"""A way that awaits more than this is given up: one of all these will suspend."""

_ASKS: Final = frozenset({
    "cancelled", "closed", "done", "is_alive", "is_cancelled", "is_closed", "is_closing", "is_connected", "is_done", "is_running", "is_set",
    "is_stopped",
})  # fmt: skip
"""Methods without arguments that tell a state, and change nothing."""

_AT_ONCE: Final = frozenset({
    "BlockingIOError", "Empty", "Full", "IndexError", "InterruptedError", "KeyError", "LookupError", "QueueEmpty", "QueueFull",
    "SSLWantReadError", "SSLWantWriteError", "WouldBlock",
})  # fmt: skip
"""Errors that a call raises which does not wait."""

_POLLS: Final = frozenset({"get_message", "get_nowait", "poll", "poll_nowait", "receive_nowait", "recv_nowait", "try_get"})
"""Methods that give nothing where nothing is there, without waiting."""

_LEAVES: Final = frozenset({"_exit", "abort", "exit", "fail", "skip", "execv", "execve"})
"""Last names of calls that do not come back."""


class Rounds(NamedTuple):
    """The ways round a loop, each as the rows of what it awaits, those with less of it first. `is_watched` tells that something others may
    change would end it."""

    ways: tuple[tuple[int, ...], ...]
    is_watched: bool


def follow(loop: ast.While | ast.For, awaited: Mapping[Place, int], is_handled: bool) -> Rounds | None:
    """How a loop goes round; None where something of its own ends it.

    `awaited` are the rows of all that is awaited in it; `is_handled` tells that it stands in a ``try`` that handles errors.
    """
    watch = _Watch(loop)
    test = loop.test if isinstance(loop, ast.While) else None
    is_endless = test is None or _is_true(test)
    if test is not None and not is_endless and (isinstance(test, ast.Constant) or not watch.is_left_alone(test)):
        return None
    flow = _Flow(awaited, watch, is_handled)
    try:
        ways = flow.block(loop.body, _START)
        if test is not None:
            ways = flow.expression(test, ways)
    except (_TooDeep, RecursionError):
        return None
    is_watched = not is_endless or flow.is_watched
    if is_watched and watch.is_awaited_on:
        ways = ways & _START
    return Rounds(tuple(sorted(tuple(sorted(way)) for way in ways)), is_watched) if ways else None


def _is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


_BUILTINS: Final = frozenset(dir(builtins))

_WAITS = (ast.Await, ast.AsyncWith, ast.AsyncFor)


class _TooDeep(Exception):
    """Nobody writes this by hand."""


class _Watch:
    """What a loop changes by itself, and so which tests only others can change.

    `is_awaited_on` tells, once asked, that something awaited may change what a test asked for.
    """

    def __init__(self, loop: ast.While | ast.For) -> None:
        self.bound: set[str] = set()
        self.assigned: set[str] = set()
        self.called: set[str] = set()
        self.awaited: set[str] = set()
        self.given: set[str] = set()
        self.polled: set[str] = set()
        self.calls_others = False
        self.is_awaited_on = False
        waiting: list[ast.AST] = [loop]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.bound.add(node.id)
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self.assigned.add(node.attr)
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                self.given.add(path_text(node.value))
            elif isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
                self._call(node.value, self.awaited)
                waiting += ast.iter_child_nodes(node.value)
                continue
            elif isinstance(node, ast.Call):
                self._call(node, self.called)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) in _POLLS:
                self.polled.update(part.id for part in node.targets if isinstance(part, ast.Name))
            waiting += ast.iter_child_nodes(node)

    def finds_nothing(self, test: ast.expr) -> bool:
        """Whether a test finds that a poll gave nothing: only others can change that."""
        tested, is_there = without_none(test)
        return not is_there and isinstance(tested, ast.Name) and tested.id in self.polled

    def _call(self, node: ast.Call, callees: set[str]) -> None:
        name = last_name(node.func)
        if name in LOOKS or (name in _ASKS and not node.args):
            return
        self.calls_others = True
        callees.add(path_text(node.func))
        self.given.update(path_text(part) for part in given(node))

    def is_left_alone(self, test: ast.expr) -> bool:
        """Whether nothing in the loop changes how a test comes out."""
        waiting = [test]
        while waiting:
            part = waiting.pop()
            if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
                waiting.append(part.operand)
            elif isinstance(part, ast.BoolOp):
                waiting += part.values
            elif isinstance(part, ast.Compare):
                if not all(isinstance(operator, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) for operator in part.ops):
                    return False
                waiting += (part.left, *part.comparators)
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and not part.args and not part.keywords:
                if part.func.attr not in _ASKS or not is_path(part.func) or not self._is_path_left_alone(path_text(part.func.value)):
                    return False
            elif is_path(part):
                if not self._is_path_left_alone(path_text(part)):
                    return False
            elif not isinstance(part, ast.Constant):
                return False
        return True

    def _is_path_left_alone(self, path: str) -> bool:
        start, *attributes = path.split(".")
        if start in self.bound or not self.assigned.isdisjoint(attributes) or (self.calls_others and not attributes):
            return False
        beginnings = {path[: len(path) - len(rest)] for rest in _endings(path)}
        if self.given & beginnings or any(_may_change(callee, start, beginnings) for callee in self.called):
            return False
        self.is_awaited_on = self.is_awaited_on or any(_may_change(callee, start, beginnings) for callee in self.awaited)
        return True


def _endings(path: str) -> list[str]:
    """What may be cut off behind a path to get those that lead there: of ``a.b.c`` that is ``.b.c``, ``.c`` and nothing."""
    return [path[index:] for index, letter in enumerate(path) if letter == "."] + [""]


def _may_change(callee: str, start: str, beginnings: set[str]) -> bool:
    """Whether a call may change what a path leads to: it is a method of the same object, or of one on the way, or a function near by."""
    owner = callee.rpartition(".")[0]
    return owner == start or owner in beginnings if owner else callee not in _BUILTINS


class _Flow:
    """Follows a loop's statements backwards: `ways` are always those from behind a statement to the loop's head."""

    def __init__(self, awaited: Mapping[Place, int], watch: _Watch, is_handled: bool) -> None:
        self.awaited = awaited
        self.watch = watch
        self.is_handled = is_handled
        """An error ends the loop: something around it handles that."""
        self.is_watched = False
        self.inner: list[_Ways] = []
        """Of each inner loop around, the ways from behind it."""
        self.tries = 0
        self.depth = 0

    def block(self, body: Sequence[ast.stmt], ways: _Ways) -> _Ways:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _TooDeep
        for statement in reversed(body):
            ways = _least(_STATEMENTS.get(type(statement), _Flow.plain)(self, statement, ways))
        self.depth -= 1
        return ways

    # -- statements

    def plain(self, node: ast.stmt, ways: _Ways) -> _Ways:
        for part in ast.iter_child_nodes(node):
            ways = self.expression(part, ways)
        return ways

    def nothing(self, node: ast.stmt, ways: _Ways) -> _Ways:
        return ways

    def leave(self, node: ast.stmt, ways: _Ways) -> _Ways:
        return _NOTHING

    def stop(self, node: ast.Break | ast.Continue, ways: _Ways) -> _Ways:
        if self.inner:
            return self.inner[-1]
        return _START if isinstance(node, ast.Continue) else _NOTHING

    def branch(self, node: ast.If, ways: _Ways) -> _Ways:
        if_true = self.block(node.body, ways)
        if_false = self.block(node.orelse, ways)
        if self.watch.is_left_alone(node.test):
            self.is_watched = self.is_watched or not (if_true and if_false)
            found = if_true | if_false
        elif if_false and self.watch.finds_nothing(node.test):
            found = if_true
        else:
            found = _both(if_true, if_false)
        return self.expression(node.test, found)

    def loop(self, node: ast.While | ast.For | ast.AsyncFor, ways: _Ways) -> _Ways:
        """An inner loop: that it is gone through once, stands for all."""
        ways = self.block(node.orelse, ways)
        self.inner.append(ways)
        ways = self.block(node.body, ways)
        self.inner.pop()
        if isinstance(node, ast.AsyncFor):
            ways = self.wait(node.iter, ways)
        return self.expression(node.test if isinstance(node, ast.While) else node.iter, ways)

    def manage(self, node: ast.With | ast.AsyncWith, ways: _Ways) -> _Ways:
        errors = frozenset[str]().union(*(suppressed_names(item.context_expr) for item in node.items))
        ways = self.at_once(node.body, ways, ()) if not _AT_ONCE.isdisjoint(errors) else self.block(node.body, ways)
        for item in reversed(node.items):
            if isinstance(node, ast.AsyncWith):
                ways = self.wait(item.context_expr, ways)
            ways = self.expression(item.context_expr, ways)
        return ways

    def at_once(self, body: Sequence[ast.stmt], ways: _Ways, handled: Sequence[ast.stmt]) -> _Ways:
        """The ways on which the first statement fails that does not wait: `ways` go on from there, through what is `handled`.

        There are none where that works on the same objects: ``except QueueFull: queue.get_nowait()``.
        """
        before: list[ast.stmt] = []
        for statement in body:
            waits = any(isinstance(part, _WAITS) for part in ast.walk(statement))
            if not waits and any(isinstance(part, (ast.Call, ast.Subscript)) for part in ast.walk(statement)):
                return _NOTHING if _receivers([statement]) & _receivers(handled) else self.block(before, ways)
            before.append(statement)
        return _NOTHING

    def attempt(self, node: Any, ways: _Ways) -> _Ways:
        """What is tried; that it fails, is expected only of what fails at once, where others must do something first."""
        ways = self.block(node.finalbody, ways)
        if not node.handlers:
            return self.block(node.body, ways)
        found: _Ways = _NOTHING
        is_at_once = False
        for handler in node.handlers:
            names = error_names(handler.type)
            behind = self.block(handler.body, ways)
            if names and names <= CANCELS:
                continue
            if not behind:
                return _NOTHING
            if not names.isdisjoint(_AT_ONCE):
                is_at_once = True
                found |= self.at_once(node.body, behind, handler.body)
        if is_at_once:
            return found
        self.tries += 1
        found = self.block(node.body, self.block(node.orelse, ways))
        self.tries -= 1
        return found

    def match(self, node: ast.Match, ways: _Ways) -> _Ways:
        found = ways
        for case in node.cases:
            found = _least(_both(found, self.block(case.body, ways)))
        return self.expression(node.subject, found)

    # -- expressions

    def expression(self, node: ast.AST, ways: _Ways) -> _Ways:
        """What an expression awaits; all of it, whatever its tests say."""
        waiting = [node]
        while waiting and ways:
            part = waiting.pop()
            if isinstance(part, ast.Lambda):
                continue
            if isinstance(part, ast.GeneratorExp):
                waiting.append(part.generators[0].iter)
                continue
            if isinstance(part, (ast.Yield, ast.YieldFrom)):
                return _NOTHING
            if isinstance(part, ast.Await):
                ways = self.wait(part, ways)
            elif isinstance(part, ast.comprehension) and part.is_async:
                ways = self.wait(part.iter, ways)
            elif isinstance(part, (ast.Call, ast.Subscript)) and self.ends(part):
                return _NOTHING
            waiting += ast.iter_child_nodes(part)
        return ways

    def ends(self, node: ast.Call | ast.Subscript) -> bool:
        """Whether an expression may end the loop: it never comes back, or its error is handled outside."""
        return last_name(node) in _LEAVES or (self.is_handled and not self.tries)

    def wait(self, node: ast.AST, ways: _Ways) -> _Ways:
        """Something is awaited; what is not known may always suspend."""
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            node = node.value
        row = self.awaited.get(place(node))
        if row is None:
            return _NOTHING
        return frozenset(way | {row} for way in ways if len(way) < _MOST_AWAITED or row in way)


def _both(first: _Ways, second: _Ways) -> _Ways:
    """The ways that stay, whichever of two the loop takes by a test of its own: what is awaited on any of them."""
    return frozenset(one | other for one in first for other in second)


def _receivers(body: Sequence[ast.stmt]) -> frozenset[str]:
    """The paths to the objects whose methods are called, or items are used, in some statements."""
    found: set[str] = set()
    for part in (part for statement in body for part in ast.walk(statement)):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            found.add(path_text(part.func.value))
        elif isinstance(part, ast.Subscript):
            found.add(path_text(part.value))
    return frozenset(found - {""})


def _least(ways: _Ways) -> _Ways:
    """The ways that await least: each that awaits more than another is as good as it."""
    if len(ways) < 2:
        return ways
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda way: (len(way), sorted(way))):
        if len(kept) < _MOST_WAYS and not any(other <= way for other in kept):
            kept.append(way)
    return frozenset(kept)


_STATEMENTS: Final[dict[type[ast.stmt], Callable[[_Flow, Any, _Ways], _Ways]]] = {
    ast.Return: _Flow.leave,
    ast.Raise: _Flow.leave,
    ast.If: _Flow.branch,
    ast.While: _Flow.loop,
    ast.For: _Flow.loop,
    ast.AsyncFor: _Flow.loop,
    ast.Break: _Flow.stop,
    ast.Continue: _Flow.stop,
    ast.With: _Flow.manage,
    ast.AsyncWith: _Flow.manage,
    ast.Try: _Flow.attempt,
    ast.Match: _Flow.match,
    ast.FunctionDef: _Flow.nothing,
    ast.AsyncFunctionDef: _Flow.nothing,
    ast.ClassDef: _Flow.nothing,
}
"""How statements lead on; all others go straight through."""

if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _Flow.attempt
