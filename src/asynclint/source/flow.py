"""Follow one local name through a function, path by path: where what it is bound to is awaited or scheduled, and where not.

The value is taken for a coroutine; that it is one, is asked later. What leads it out of sight (it is returned, stored, given to
something else than the known takers, used by a function inside) ends the matter for that path: somebody else may see to it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from asynclint.source.names import EXPECTS, LOOKS, TAKERS, TELLS

_OTHER: Final = 0
"""The name is bound to something else, or not at all."""
_FRESH: Final = 1
"""It is bound to the value, which nobody has awaited yet."""
_TAKEN: Final = 2
"""That has been awaited or scheduled."""
_AWAY: Final = 3
"""Somebody else may see to it."""

_Tests = frozenset[tuple[str, bool]]

_State = tuple[int, int, _Tests]
"""One of the above, the number of the binding, and the tests under which it was made, as texts, each with how it came out."""

_States = frozenset[_State]

_NOTHING: Final[_States] = frozenset()
_POSITIVE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {ast.NotEq: ast.Eq, ast.IsNot: ast.Is, ast.NotIn: ast.In}

_DEEPEST: Final = 40
"""Of statements nested deeper than this, nothing is said."""
_MOST_STATES: Final = 64


class Paths(NamedTuple):
    """By the number of a binding: the statement or expression at which a path leaves it un-awaited, though another awaits it; and the nodes
    where it is awaited or scheduled once more.
    """

    left: dict[int, ast.stmt]
    again: dict[int, list[ast.expr]]


class _TooMuch(Exception):
    """It is more than this can follow."""


def follow(function: ast.FunctionDef | ast.AsyncFunctionDef, names: Mapping[str, Sequence[ast.expr]]) -> Iterator[tuple[str, Paths]]:
    """What becomes of each of these names in a function, where it is bound to each of these values."""
    targets = _targets(function)
    changing = _bound_again(function) - targets
    for name, bindings in names.items():
        flow = _Flow(name, {id(node): number for number, node in enumerate(bindings)}, changing, targets)
        try:
            end = flow.block(function.body, frozenset({(_OTHER, -1, frozenset())}))
            flow.leave(end, function.body[-1])
        except (_TooMuch, RecursionError):
            continue
        yield name, Paths({number: node for number, node in flow.left.items() if number in flow.taken}, flow.again)


class _Flow:
    def __init__(self, name: str, bindings: dict[int, int], changing: frozenset[str], targets: frozenset[str]) -> None:
        self.name = name
        self.bindings = bindings
        self.changing = changing
        """Names that the function binds more than once."""
        self.targets = targets
        """Names that its loops bind."""
        self.tested_before: set[str] = set()
        self.left: dict[int, ast.stmt] = {}
        self.again: dict[int, list[ast.expr]] = {}
        self.taken: set[int] = set()
        self.breaks: list[_States] = []
        self.continues: list[_States] = []
        self.raised: list[_States] = []
        self.cleaned = 0
        self.expected = 0
        self.depth = 0

    # -- statements

    def block(self, body: Sequence[ast.stmt], states: _States) -> _States:
        self.depth += 1
        if self.depth > _DEEPEST or len(states) > _MOST_STATES:
            raise _TooMuch
        for statement in body:
            if not states:
                break
            states = self.statement(statement, states)
        self.depth -= 1
        return states

    def statement(self, node: ast.stmt, states: _States) -> _States:
        special = _STATEMENTS.get(type(node))
        if special is not None:
            return special(self, node, states)
        before = states
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                states = self.expression(part, states)
        self.may_raise(node, before, states)
        return self.bind(node, states)

    def bind(self, node: ast.stmt, states: _States) -> _States:
        """Bind the name, if the statement does."""
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(self.is_it(part) for target in targets for part in ast.walk(target) if not isinstance(_context(part), ast.Load)):
                self.leave(states, node)
                number = self.bindings.get(id(node.value), -1) if node.value is not None else -1
                if number < 0:
                    return frozenset({(_OTHER, -1, frozenset())})
                return frozenset({(_FRESH, number, tests) for _, _, tests in states})
        return states

    def leave(self, states: _States, node: ast.stmt) -> None:
        """The name goes out of sight."""
        if not self.cleaned:
            for state, number, _ in states:
                if state == _FRESH:
                    self.left.setdefault(number, node)

    def may_raise(self, node: ast.AST, before: _States, after: _States) -> None:
        if self.raised and any(isinstance(part, (ast.Call, ast.Await, ast.Raise)) for part in ast.walk(node)):
            is_gone = any(state in (_TAKEN, _AWAY) for state, _, _ in after - before)
            self.raised[-1] |= after if is_gone else before | after

    def finish(self, node: ast.stmt, states: _States) -> _States:
        """``return`` and ``raise``."""
        before = states
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                states = self.expression(part, states)
        self.may_raise(node, before, states)
        if isinstance(node, ast.Return):
            self.leave(states, node)
        return _NOTHING

    def branch(self, node: ast.If, states: _States) -> _States:
        states = self.correlated(node, self.expression(node.test, states))
        if_true, if_false = self.tested(node.test, states)
        text, outcome = _told(node.test)
        if_true = frozenset({state for state in if_true if (text, not outcome) not in state[2]})
        if_false = frozenset({state for state in if_false if (text, outcome) not in state[2]})
        if self.depends(node):
            if_true = frozenset({_under(state, text, outcome) for state in if_true})
            if_false = frozenset({_under(state, text, not outcome) for state in if_false})
        end = self.block(node.body, if_true) | self.block(node.orelse, if_false)
        if any(self.is_it(part) for statement in (*node.body, *node.orelse) for part in ast.walk(statement)):
            self.tested_before |= self.names_in(node.test)
        return end

    def correlated(self, node: ast.If, states: _States) -> _States:
        """What is known in front of an ``if`` whose test speaks of what an earlier one did, or of what the function changes meanwhile.

        How the one came out may decide about the other: nothing is said of what they leave.
        """
        tested = self.names_in(node.test)
        gone: set[int] = set()
        if not tested.isdisjoint(self.tested_before | self.changing):
            gone.add(_FRESH)
        if not tested.isdisjoint(self.changing | self.targets):
            gone.add(_TAKEN)
        if not gone:
            return states
        text, outcome = _told(node.test)
        known = {(text, outcome), (text, not outcome)}
        return frozenset(
            {(_AWAY if state in gone and known.isdisjoint(tests) else state, number, tests) for state, number, tests in states}
        )

    def names_in(self, test: ast.expr) -> set[str]:
        """The other names that a test speaks of."""
        return {part.id for part in ast.walk(test) if isinstance(part, ast.Name) and part.id != self.name}

    def depends(self, node: ast.If) -> bool:
        """Whether what the name is depends on a test: it is bound in a branch, or taken in one by a test that comes out the same again."""
        if any(isinstance(part, ast.expr) and id(part) in self.bindings for part in ast.walk(node)):
            return True
        if self.breaks or any(isinstance(part, (ast.Call, ast.Await, ast.NamedExpr)) for part in ast.walk(node.test)):
            return False
        return any(self.is_it(part) for statement in (*node.body, *node.orelse) for part in ast.walk(statement))

    def tested(self, test: ast.expr, states: _States) -> tuple[_States, _States]:
        """The states where a test has come out true, and where false: what the name is bound to is something true."""
        wanted = True
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, wanted = test.operand, not wanted
        if isinstance(test, ast.BoolOp):
            goes_on = 0 if isinstance(test.op, ast.And) else 1
            ends, left = states, _NOTHING
            for value in test.values:
                outcomes = self.tested(value, ends)
                ends, left = outcomes[goes_on], left | outcomes[1 - goes_on]
            return (ends, left) if wanted == (goes_on == 0) else (left, ends)
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)) and _is_none(test.comparators[0]):
            wanted = wanted == isinstance(test.ops[0], ast.IsNot)
            test = test.left
        if isinstance(test, ast.Call) and _last_name(test) in TELLS and test.args:  # `if inspect.isawaitable(x):`
            test = test.args[0]
        if not self.is_it(test):
            return states, states
        others = frozenset({state for state in states if state[0] in (_OTHER, _AWAY)})
        return (states, others) if wanted else (others, states)

    def loop(self, node: ast.While, states: _States) -> _States:
        is_endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.breaks.append(_NOTHING)
        self.continues.append(_NOTHING)
        seen = states
        while True:
            if_true, if_false = self.tested(node.test, self.expression(node.test, seen))
            after = self.block(node.body, if_true) | self.continues[-1]
            if after <= seen:
                break
            seen |= after
        self.continues.pop()
        end = self.block(node.orelse, _NOTHING if is_endless else self.left_by(node, if_false))
        return end | self.breaks.pop()

    def each(self, node: ast.For | ast.AsyncFor, states: _States) -> _States:
        states = self.expression(node.iter, states)
        self.breaks.append(_NOTHING)
        self.continues.append(_NOTHING)
        binds = any(self.is_it(part) for part in ast.walk(node.target))
        seen = states
        while True:
            if binds:
                self.leave(seen, node)
            after = self.block(node.body, frozenset({(_OTHER, -1, frozenset())}) if binds else seen) | self.continues[-1]
            if after <= seen:
                break
            seen |= after
        self.continues.pop()
        return self.block(node.orelse, self.left_by(node, seen)) | self.breaks.pop()

    def left_by(self, loop: ast.For | ast.AsyncFor | ast.While, states: _States) -> _States:
        """The states behind a loop. One that does something with the name is taken to go round at least once."""
        if not any(self.is_it(part) for statement in loop.body for part in ast.walk(statement)):
            return states
        return frozenset({state for state in states if state[0] != _FRESH})

    def stop(self, node: ast.stmt, states: _States) -> _States:
        """``break`` and ``continue``."""
        stack = self.breaks if isinstance(node, ast.Break) else self.continues
        stack[-1] |= states
        return _NOTHING

    def manage(self, node: ast.With | ast.AsyncWith, states: _States) -> _States:
        suppresses = False
        expects = any(_last_name(item.context_expr) in EXPECTS for item in node.items)
        for item in node.items:
            states = self.expression(item.context_expr, states)
            suppresses = suppresses or _last_name(item.context_expr) == "suppress"
            if item.optional_vars is not None and any(self.is_it(part) for part in ast.walk(item.optional_vars)):
                raise _TooMuch
        if not suppresses and not expects:
            return self.block(node.body, states)
        self.expected += expects
        self.raised.append(_NOTHING)
        end = self.block(node.body, states)
        self.expected -= expects
        return end | frozenset({state for state in self.raised.pop() if state[0] != _FRESH})

    def attempt(self, node: ast.Try, states: _States) -> _States:
        cleans = any(self.is_it(part) for statement in node.finalbody for part in ast.walk(statement))
        self.cleaned += cleans
        self.raised.append(_NOTHING)
        end = self.block(node.body, states)
        failed = self.raised.pop()
        if self.raised:
            self.raised[-1] |= failed
        end = self.block(node.orelse, end)
        for handler in node.handlers:
            end |= self.block(handler.body, failed)
        self.cleaned -= cleans
        return self.block(node.finalbody, end)

    def match(self, node: ast.Match, states: _States) -> _States:
        states = self.expression(node.subject, states)
        end = _NOTHING if any(case.guard is None and _matches_all(case.pattern) for case in node.cases) else states
        for case in node.cases:
            if any(isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name == self.name for part in ast.walk(case.pattern)):
                raise _TooMuch
            if case.guard is not None:
                states = self.expression(case.guard, states)
            end |= self.block(case.body, states)
        return end

    def define(self, node: ast.stmt, states: _States) -> _States:
        if any(self.is_it(part) for part in ast.walk(node)):
            raise _TooMuch  # what is inside may see to it
        return states

    # -- expressions

    def expression(self, node: ast.expr, states: _States) -> _States:
        """What an expression does with the name, in Python's order as far as it matters."""
        for event, place in self.events(node):
            if isinstance(place, ast.IfExp):
                states = self.choice(place, states)
                continue
            if event == _TAKEN:
                for state, number, _ in states:
                    if state == _TAKEN and not self.expected and place not in self.again.setdefault(number, []):
                        self.again[number].append(place)
                    if state == _FRESH:
                        self.taken.add(number)
            states = frozenset({(event if state in (_FRESH, _TAKEN) else state, number, tests) for state, number, tests in states})
        return states

    def choice(self, node: ast.IfExp, states: _States) -> _States:
        """``a if b else c``."""
        if_true, if_false = self.tested(node.test, self.expression(node.test, states))
        return self.expression(node.body, if_true) | self.expression(node.orelse, if_false)

    def events(self, node: ast.expr) -> Iterator[tuple[int, ast.expr]]:
        """What happens to the name in an expression: it is taken, or goes away; an inner choice comes whole. Mere looks are no events."""
        stack: list[ast.AST] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Name):
                if part.id == self.name and isinstance(part.ctx, ast.Load):
                    yield _AWAY, part
            elif isinstance(part, ast.IfExp):
                yield _AWAY, part
            elif isinstance(part, ast.NamedExpr) and self.is_it(part.target):
                raise _TooMuch
            elif isinstance(part, ast.Await) and self.is_it(part.value):
                yield _TAKEN, part
            elif isinstance(part, ast.Call):
                event = self.of_call(part)
                if event == _TAKEN:
                    yield _TAKEN, part
                stack += [value for value in ast.iter_child_nodes(part) if event == _AWAY or not self.is_argument(value)]
            elif isinstance(part, (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
                if any(self.is_it(inner) for inner in ast.walk(part)):
                    yield _AWAY, part
            elif isinstance(part, (ast.Compare, ast.FormattedValue, ast.UnaryOp)):
                stack += [value for value in ast.iter_child_nodes(part) if not self.is_it(value)]
            elif isinstance(part, ast.BoolOp):
                stack += [value for value in part.values if not self.is_it(value) or value is part.values[-1]]
            else:
                stack += ast.iter_child_nodes(part)

    def of_call(self, node: ast.Call) -> int:
        """What a call does with the name among its arguments."""
        last = _last_name(node)
        if not any(self.is_argument(argument) for argument in node.args):
            return _AWAY
        if last in TAKERS:
            return _TAKEN
        return _FRESH if last in LOOKS or last in TELLS or last == "callable" else _AWAY

    def is_argument(self, node: ast.AST) -> bool:
        return self.is_it(node.value if isinstance(node, ast.Starred) else node)

    def is_it(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name


def _under(state: _State, text: str, outcome: bool) -> _State:
    """A state behind a test."""
    return (state[0], state[1], state[2] | {(text, outcome)})


def _told(test: ast.expr) -> tuple[str, bool]:
    """A test as a text, without what turns it round, and how that comes out where the test is true."""
    outcome = True
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, outcome = test.operand, not outcome
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        positive = _POSITIVE.get(type(test.ops[0]))
        if positive is not None:
            return ast.dump(ast.Compare(test.left, [positive()], test.comparators)), not outcome
    return ast.dump(test), outcome


def _bound_again(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The names that a function binds more than once."""
    bound = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return frozenset(name for name, times in bound.items() if times > 1)


def _targets(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The names that a function's loops bind."""
    loops = [node for node in ast.walk(function) if isinstance(node, (ast.For, ast.AsyncFor))]
    return frozenset(part.id for loop in loops for part in ast.walk(loop.target) if isinstance(part, ast.Name))


def _matches_all(pattern: ast.pattern) -> bool:
    """Whether a pattern matches whatever comes."""
    if isinstance(pattern, ast.MatchOr):
        return any(map(_matches_all, pattern.patterns))
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _matches_all(pattern.pattern))


def _context(node: ast.AST) -> ast.expr_context | None:
    return node.ctx if isinstance(node, ast.Name) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last_name(node: ast.expr) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


_STATEMENTS: Final[dict[type[ast.stmt], Callable[[_Flow, Any, _States], _States]]] = {
    ast.Return: _Flow.finish,
    ast.Raise: _Flow.finish,
    ast.If: _Flow.branch,
    ast.While: _Flow.loop,
    ast.For: _Flow.each,
    ast.AsyncFor: _Flow.each,
    ast.Break: _Flow.stop,
    ast.Continue: _Flow.stop,
    ast.With: _Flow.manage,
    ast.AsyncWith: _Flow.manage,
    ast.Try: _Flow.attempt,
    ast.Match: _Flow.match,
    ast.FunctionDef: _Flow.define,
    ast.AsyncFunctionDef: _Flow.define,
    ast.ClassDef: _Flow.define,
}
"""How statements lead on; all others go straight through."""

if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _Flow.attempt
