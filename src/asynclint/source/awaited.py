"""Follow one local name through a function, path by path: where what it is bound to is awaited or scheduled, and where not.

The value is taken for a coroutine; that it is one, is asked later. What leads it out of sight (it is returned, stored, given to
something else than the known takers, used by a function inside) ends the matter for that path: somebody else may see to it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from asynclint.source.flow import AnyFunction, AnyLoop, Flow, TooMuch, is_none, last_name
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
_UNBOUND: Final[_States] = frozenset({(_OTHER, -1, frozenset())})
_POSITIVE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {ast.NotEq: ast.Eq, ast.IsNot: ast.Is, ast.NotIn: ast.In}


class Paths(NamedTuple):
    """By the number of a binding: the statement or expression at which a path leaves it un-awaited, though another awaits it; and the nodes
    where it is awaited or scheduled once more.
    """

    left: dict[int, ast.stmt]
    again: dict[int, list[ast.expr]]


def follow(function: AnyFunction, names: Mapping[str, Sequence[ast.expr]]) -> Iterator[tuple[str, Paths]]:
    """What becomes of each of these names in a function, where it is bound to each of these values."""
    targets = _targets(function)
    changing = _bound_again(function) - targets
    for name, bindings in names.items():
        flow = _Awaited(name, {id(node): number for number, node in enumerate(bindings)}, changing, targets)
        try:
            flow.run(function, _UNBOUND)
        except (TooMuch, RecursionError):
            continue
        yield name, Paths({number: node for number, node in flow.left.items() if number in flow.taken}, flow.again)


class _Awaited(Flow[_State]):
    def __init__(self, name: str, bindings: dict[int, int], changing: frozenset[str], targets: frozenset[str]) -> None:
        super().__init__()
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
        self.expected = 0

    # -- statements

    def bind(self, node: ast.stmt, states: _States) -> _States:
        """Bind the name, if the statement does."""
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(self.is_it(part) for target in targets for part in ast.walk(target) if not isinstance(_context(part), ast.Load)):
                self.leave(states, node)
                number = self.bindings.get(id(node.value), -1) if node.value is not None else -1
                if number < 0:
                    return _UNBOUND
                return frozenset({(_FRESH, number, tests) for _, _, tests in states})
        return states

    def bind_element(self, node: ast.For | ast.AsyncFor, states: _States) -> _States:
        if not any(self.is_it(part) for part in ast.walk(node.target)):
            return states
        self.leave(states, node)
        return _UNBOUND

    def enter(self, item: ast.withitem, is_async: bool, states: _States) -> _States:
        if item.optional_vars is not None and any(self.is_it(part) for part in ast.walk(item.optional_vars)):
            raise TooMuch
        if last_name(item.context_expr) in EXPECTS:
            self.expected += 1
        return states

    def exit(self, node: ast.With | ast.AsyncWith, states: _States) -> _States:
        self.expected -= sum(last_name(item.context_expr) in EXPECTS for item in node.items)
        return states

    def leave(self, states: _States, node: ast.stmt) -> None:
        """The name goes out of sight."""
        for state, number, _ in states:
            if state == _FRESH:
                self.left.setdefault(number, node)

    def failing(self, before: _States, after: _States) -> _States:
        is_gone = any(state in (_TAKEN, _AWAY) for state, _, _ in after - before)
        return after if is_gone else before | after

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
        if self.in_loop or any(isinstance(part, (ast.Call, ast.Await, ast.NamedExpr)) for part in ast.walk(node.test)):
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
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)) and is_none(test.comparators[0]):
            wanted = wanted == isinstance(test.ops[0], ast.IsNot)
            test = test.left
        if isinstance(test, ast.Call) and last_name(test) in TELLS and test.args:  # `if inspect.isawaitable(x):`
            test = test.args[0]
        if not self.is_it(test):
            return states, states
        others = frozenset({state for state in states if state[0] in (_OTHER, _AWAY)})
        return (states, others) if wanted else (others, states)

    def left_by(self, node: AnyLoop, states: _States) -> _States:
        """The states behind a loop. One that does something with the name is taken to go round at least once."""
        if not any(self.is_it(part) for statement in node.body for part in ast.walk(statement)):
            return states
        return frozenset({state for state in states if state[0] != _FRESH})

    def suppressed(self, states: _States) -> _States:
        """Behind an error that is expected, of what nobody awaited nothing is said."""
        return frozenset({state for state in states if state[0] != _FRESH})

    def bind_pattern(self, pattern: ast.pattern, states: _States) -> _States:
        if any(isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name == self.name for part in ast.walk(pattern)):
            raise TooMuch
        return states

    def define(self, node: ast.stmt, states: _States) -> _States:
        if any(self.is_it(part) for part in ast.walk(node)):
            raise TooMuch  # what is inside may see to it
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
                raise TooMuch
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
        last = last_name(node)
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


def _bound_again(function: AnyFunction) -> frozenset[str]:
    """The names that a function binds more than once."""
    bound = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return frozenset(name for name, times in bound.items() if times > 1)


def _targets(function: AnyFunction) -> frozenset[str]:
    """The names that a function's loops bind."""
    loops = [node for node in ast.walk(function) if isinstance(node, (ast.For, ast.AsyncFor))]
    return frozenset(part.id for loop in loops for part in ast.walk(loop.target) if isinstance(part, ast.Name))


def _context(node: ast.AST) -> ast.expr_context | None:
    return node.ctx if isinstance(node, ast.Name) else None
