"""Follow what is written to a stream through a coroutine function: is it drained, is closing waited for, on every path?

What is written to is followed by its path (``writer``, ``self._writer``, ``process.stdin``) *as if* it were a stream writer; that it is
one, is asked later. So is what the calls on the way do with it: the uses carry their rows. Where it goes out of sight (returned, stored,
used by a function inside), nothing is said.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.source.bodies import FunctionBody, place, rows_of_calls
from asynclint.source.flow import AnyFunction, AnyLoop, Flow, TooMuch
from asynclint.source.names import LOOKS
from asynclint.source.nodes import given, in_order, is_none, without_none
from asynclint.source.paths import last_name, path_text
from asynclint.source.references import ATTR
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import USE_UNDRAINED, USE_UNDRAINED_READ, USE_UNDRAINED_ROUND, USE_UNWAITED, USE_UNWAITED_IDLE
from asynclint.source.walker import Walker

_WRITES: Final = frozenset({"write", "writelines"})
_DRAINS: Final = frozenset({"drain", "start_tls"})
_OF_THEIR_OWN: Final = (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
"""What stands in these is done once for each of something, or later."""
_MOST_CALLS: Final = 4
"""Of a path through more calls that may drain, nothing is said."""

_MOST_ALTERNATIVES: Final = 8
_MOST_PATHS: Final = 8
"""Receivers that are followed in one function."""


class _State(NamedTuple):
    """Calls are given by their number among those that are watched; -1 is none."""

    written: int
    """The last write that nobody has drained since."""
    again: bool
    """Since then, a loop that may go on for ever has begun another round."""
    closed: int
    """The ``close()`` that nobody has waited for."""
    failed: bool
    """An error has been handled, which may be the stream's: waiting would raise it again."""
    wrote: bool
    """Something has been written at all."""
    own: bool
    """The function itself has opened it."""
    through: frozenset[int]
    """The rows of the calls since then that may drain, or wait."""


_CLEAN: Final = _State(-1, False, -1, False, False, False, frozenset())
_States = frozenset[_State]

_Bad = tuple[int, int, tuple[int, ...]]
"""A kind of use, the number of the call at which it stands, and the rows that must not, or must, be what the kind says."""


def settle(walker: Walker) -> None:
    """Record where streams are left undrained, and closing is not waited for."""
    for body in walker.functions:
        if body.watched and body.flags & ASYNC and isinstance(body.node, ast.AsyncFunctionDef):
            _settle(walker, body, body.node)


def _settle(walker: Walker, body: FunctionBody, node: ast.AsyncFunctionDef) -> None:
    aliases = _aliases(node)
    paths: dict[str, None] = {}
    for call in body.watched:
        assert isinstance(call.func, ast.Attribute)
        path = _canonical(path_text(call.func.value), aliases)
        if path:
            paths[path] = None
    if not 0 < len(paths) <= _MOST_PATHS:
        return
    rows = rows_of_calls(body)
    for path in paths:
        flow = _Writer(path, aliases, body.watched, rows)
        try:
            flow.run(node, frozenset({_CLEAN}))
        except (TooMuch, RecursionError):
            continue
        _record(walker, body, flow)


def _record(walker: Walker, body: FunctionBody, flow: _Writer) -> None:
    table = walker.references.rows
    count: Counter[int] = Counter()
    for kind, number, through in sorted(flow.bad, key=lambda bad: (bad[1], bad[0], len(bad[2]), bad[2])):
        call = body.watched[number]
        row = table[flow.rows[place(call)]][1]
        if count[number] < _MOST_ALTERNATIVES and table[row][0] == ATTR:
            count[number] += 1
            body.uses.append((kind, table[row][1], 0, through))
            body.positions += place(call)


def _aliases(function: AnyFunction) -> dict[str, str]:
    """Local names that are bound once, to a path: what ``writer = self._writer`` says."""
    bound = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for target, value in _pairs(node.targets[0], node.value):
                text = path_text(value)
                if isinstance(target, ast.Name) and bound[target.id] == 1 and "." in text:
                    found[target.id] = text
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _canonical(path: str, aliases: dict[str, str]) -> str:
    start, _, rest = path.partition(".")
    if start in aliases:
        return f"{aliases[start]}.{rest}" if rest else aliases[start]
    return path


class _Writer(Flow[_State]):
    def __init__(self, path: str, aliases: dict[str, str], watched: list[ast.Call], rows: dict[tuple[int, int, int, int], int]) -> None:
        super().__init__()
        self.path = path
        self.aliases = aliases
        self.numbers = {id(call): number for number, call in enumerate(watched)}
        self.rows = rows
        self.bad: set[_Bad] = set()

    # -- statements

    def bind(self, node: ast.stmt, states: _States) -> _States:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if any(self.is_it(part) for part in ast.walk(target)):
                    if node.value is not None and is_none(node.value):
                        return frozenset({state._replace(written=-1, through=frozenset()) for state in states})
                    return frozenset({_CLEAN._replace(own=True)})
        return states

    def bind_element(self, node: ast.For | ast.AsyncFor, states: _States) -> _States:
        return frozenset({_CLEAN}) if any(self.is_it(part) for part in ast.walk(node.target)) else states

    def enter(self, item: ast.withitem, is_async: bool, states: _States) -> _States:
        bound = item.optional_vars
        return frozenset({_CLEAN}) if bound is not None and any(self.is_it(part) for part in ast.walk(bound)) else states

    def caught(self, node: ast.Try, handler: ast.ExceptHandler, failed: _States) -> _States:
        return _failed(failed)

    def suppressed(self, node: ast.With | ast.AsyncWith, failed: _States) -> _States:
        return _failed(failed)

    def branch(self, node: ast.If, states: _States) -> _States:
        end = super().branch(node, states)
        if not node.orelse and self.drains_only(node):  # only now and then, as its author wants it
            return frozenset({state._replace(written=-1) for state in end})
        return end

    def drains_only(self, node: ast.If) -> bool:
        """Whether an ``if`` decides that it is time to drain, and does nothing else with the stream."""
        calls = [part for statement in node.body for part in ast.walk(statement) if isinstance(part, ast.Call)]
        own = [call for call in calls if isinstance(call.func, ast.Attribute) and self.is_it(call.func.value)]
        return bool(own) and all(self.is_of_it(call) for call in own)

    def go_round(self, node: AnyLoop, states: _States) -> _States:
        """A loop over something at hand has an end; one that waits for more may have none."""
        if isinstance(node, ast.For) or not any(isinstance(part, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for part in ast.walk(node)):
            return states
        return frozenset({state._replace(again=True) if state.written >= 0 else state for state in states})

    def tested(self, test: ast.expr, states: _States) -> tuple[_States, _States]:
        test, wanted = without_none(test)
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "is_closing":
            wanted = not wanted
            test = test.func.value
        text = _canonical(path_text(test), self.aliases)
        if not text or not (self.path + ".").startswith(text + "."):
            return states, states
        others = frozenset({state for state in states if state.written < 0 and state.closed < 0})
        return (states, others) if wanted else (others, states)

    def leave(self, states: _States, node: ast.stmt) -> None:
        if isinstance(node, ast.Return) and node.value is not None and any(self.is_it(part) for part in ast.walk(node.value)):
            return  # whoever gets it may see to it
        for state in states:
            if state.closed >= 0:
                may_lose = state.wrote and (state.own or state.written >= 0)
                self.report(USE_UNWAITED if may_lose else USE_UNWAITED_IDLE, state.closed, state)
            elif state.written >= 0:
                self.report(USE_UNDRAINED, state.written, state)

    def define(self, node: ast.stmt, states: _States) -> _States:
        if any(self.is_it(part) for part in ast.walk(node)):
            raise TooMuch  # what is inside may drain
        return states

    def report(self, kind: int, number: int, state: _State, row: int = 0) -> None:
        through = tuple(sorted(state.through))
        self.bad.add((kind, number, (row, *through) if row else through))

    # -- expressions

    def expression(self, node: ast.expr, states: _States) -> _States:
        awaits = [part for part in ast.walk(node) if isinstance(part, ast.Await)]
        awaited = {id(part) for around in awaits for part in ast.walk(around) if isinstance(part, ast.Call)}
        for part in self.events(node):
            if isinstance(part, ast.Call):
                states = self.call(part, id(part) in awaited, states)
            else:
                self.read(part, states)
        return states

    def call(self, node: ast.Call, is_awaited: bool, states: _States) -> _States:
        func = node.func
        if isinstance(func, ast.Attribute):
            receiver = _canonical(path_text(func.value), self.aliases)
            if receiver == self.path:
                return self.method(node, func.attr, states)
            if receiver.startswith(self.path + "."):  # `writer.transport.abort()`
                return frozenset({_CLEAN}) if func.attr in ("abort", "close") else states
            if is_awaited and receiver and self.path.startswith(receiver + "."):  # `await self.flush()`, `await process.communicate()`
                return self.through(node, states)
        if any(self.leads_there(argument.value if isinstance(argument, ast.Starred) else argument) for argument in given(node)):
            return self.through(node, states)
        return states

    def method(self, node: ast.Call, name: str, states: _States) -> _States:
        number = self.numbers.get(id(node), -1)
        if name in _WRITES and number >= 0:
            for state in states:
                if state.written >= 0 and state.again:
                    self.report(USE_UNDRAINED_ROUND, state.written, state)
            return frozenset({_CLEAN._replace(written=number, wrote=True, own=state.own) for state in states})
        if name in _DRAINS:
            return frozenset({state._replace(written=-1, again=False, failed=False) for state in states})
        if name == "wait_closed":
            return frozenset({_CLEAN})
        if name == "close" and number >= 0:
            return frozenset({state if state.failed else state._replace(closed=number) for state in states})
        return states

    def through(self, node: ast.Call, states: _States) -> _States:
        if last_name(node) in LOOKS or all(state.written < 0 and state.closed < 0 for state in states):
            return states
        row = self.rows.get(place(node))
        if row is None:
            raise TooMuch
        return frozenset({_going_through(state, row) for state in states})

    def read(self, node: ast.Await, states: _States) -> None:
        """What is awaited may be an answer, read here or by a function."""
        waiting = [state for state in states if state.written >= 0 and state.closed < 0]
        if waiting:
            rows = {self.rows.get(place(part), 0) for part in ast.walk(node) if isinstance(part, ast.Call) and not self.is_of_it(part)}
            for row in rows - {0}:
                for state in waiting:
                    self.report(USE_UNDRAINED_READ, state.written, state._replace(through=state.through - rows), row)

    def is_of_it(self, node: ast.Call) -> bool:
        return isinstance(node.func, ast.Attribute) and self.is_it(node.func.value) and node.func.attr in _DRAINS

    def events(self, node: ast.expr) -> Iterator[ast.Call | ast.Await]:
        """The calls and awaits in an expression, inner ones first."""
        for part in in_order(node, _OF_THEIR_OWN):
            if isinstance(part, (ast.Call, ast.Await)):
                yield part
            elif isinstance(part, _OF_THEIR_OWN) and any(map(self.is_it, ast.walk(part))):
                raise TooMuch

    def is_it(self, node: ast.AST) -> bool:
        return isinstance(node, (ast.Name, ast.Attribute)) and _canonical(path_text(node), self.aliases) == self.path

    def leads_there(self, node: ast.expr) -> bool:
        """Whether what is passed is the receiver, or something that leads to it."""
        text = _canonical(path_text(node), self.aliases)
        return bool(text) and (self.path + ".").startswith(text + ".")


def _failed(states: _States) -> _States:
    """The states behind an error that has been handled."""
    return frozenset({_CLEAN._replace(failed=True, own=state.own) for state in states})


def _going_through(state: _State, row: int) -> _State:
    """A state behind a call that may drain, or wait."""
    if state.written < 0 and state.closed < 0:
        return state
    if len(state.through) == _MOST_CALLS:
        return _CLEAN._replace(failed=state.failed, wrote=state.wrote, own=state.own)
    return state._replace(through=state.through | {row})
