"""Follow one local name through a function, path by path: what it is bound to there, and under which tests.

The value is taken for the one that matters: that it is, is asked later. A subclass says what happens to it in expressions. How tests came
out decides about later ones of the same text; where a test speaks of what an earlier one did, or of what the function changes meanwhile,
nothing is said of what they leave.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Final, NamedTuple

from asynclint.source.flow import AnyFunction, Flow, TooMuch
from asynclint.source.names import TELLS
from asynclint.source.nodes import without_none, without_not
from asynclint.source.paths import last_name

OTHER: Final = 0
"""The name is bound to something else, or not at all."""
FRESH: Final = 1
"""It is bound to the value, which nobody has seen to yet."""
TAKEN: Final = 2
"""Somebody has seen to that: it is awaited, scheduled, closed."""
AWAY: Final = 3
"""It is out of sight: somebody else may see to it."""

Tests = frozenset[tuple[str, bool]]
"""Tests as texts, each with how it came out."""


class State(NamedTuple):
    """What the name is bound to on a path."""

    what: int
    """One of the above."""
    number: int = -1
    """That of the binding."""
    tests: Tests = frozenset()
    """Those under which it was made."""
    failed: bool = False
    """An error has been handled since, or may have ended a loop."""
    through: frozenset[int] = frozenset()
    """The rows of the calls that may have seen to the value."""


States = frozenset[State]

NOTHING: Final[States] = frozenset()
UNBOUND: Final[States] = frozenset({State(OTHER)})
_POSITIVE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {ast.NotEq: ast.Eq, ast.IsNot: ast.Is, ast.NotIn: ast.In}


class Named(Flow[State]):
    """Follows a name. `bindings` are the numbers of its bindings, by the identity of the values' nodes; `changing` are the names that the
    function binds more than once, other than by loops, and `targets` those that its loops bind.
    """

    def __init__(self, name: str, bindings: dict[int, int], changing: frozenset[str], targets: frozenset[str]) -> None:
        super().__init__()
        self.name = name
        self.bindings = bindings
        self.changing = changing
        self.targets = targets
        self.tested_before: set[str] = set()

    # -- statements

    def bind(self, node: ast.stmt, states: States) -> States:
        """Bind the name, if the statement does."""
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(self.is_it(part) for target in targets for part in ast.walk(target) if not isinstance(_context(part), ast.Load)):
                self.leave(states, node)
                number = self.bindings.get(id(node.value), -1) if node.value is not None else -1
                if number < 0:
                    return UNBOUND
                return frozenset({State(FRESH, number, state.tests) for state in states})
        return states

    def bind_element(self, node: ast.For | ast.AsyncFor, states: States) -> States:
        if not any(self.is_it(part) for part in ast.walk(node.target)):
            return states
        self.leave(states, node)
        return UNBOUND

    def enter(self, item: ast.withitem, is_async: bool, states: States) -> States:
        if item.optional_vars is not None and any(self.is_it(part) for part in ast.walk(item.optional_vars)):
            raise TooMuch
        return states

    def branch(self, node: ast.If, states: States) -> States:
        states = self.correlated(node, self.expression(node.test, states))
        if_true, if_false = self.tested(node.test, states)
        text, outcome = _told(node.test)
        if_true = frozenset({state for state in if_true if (text, not outcome) not in state.tests})
        if_false = frozenset({state for state in if_false if (text, outcome) not in state.tests})
        if self.depends(node):
            if_true = frozenset({_under(state, text, outcome) for state in if_true})
            if_false = frozenset({_under(state, text, not outcome) for state in if_false})
        end = self.block(node.body, if_true) | self.block(node.orelse, if_false)
        if any(self.is_it(part) for statement in (*node.body, *node.orelse) for part in ast.walk(statement)):
            self.tested_before |= self.names_in(node.test)
        return end

    def correlated(self, node: ast.If, states: States) -> States:
        """What is known in front of an ``if`` whose test speaks of what an earlier one did, or of what the function changes meanwhile.

        How the one came out may decide about the other: nothing is said of what they leave.
        """
        tested = self.names_in(node.test)
        gone: set[int] = set()
        if not tested.isdisjoint(self.tested_before | self.changing):
            gone.add(FRESH)
        if not tested.isdisjoint(self.changing | self.targets):
            gone.add(TAKEN)
        if not gone:
            return states
        text, outcome = _told(node.test)
        known = {(text, outcome), (text, not outcome)}
        return frozenset({state._replace(what=AWAY) if state.what in gone and known.isdisjoint(state.tests) else state for state in states})

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

    def tested(self, test: ast.expr, states: States) -> tuple[States, States]:
        """The states where a test has come out true, and where false: what the name is bound to is something true."""
        test, wanted = without_none(test)
        if isinstance(test, ast.BoolOp):
            goes_on = 0 if isinstance(test.op, ast.And) else 1
            ends, left = states, NOTHING
            for value in test.values:
                outcomes = self.tested(value, ends)
                ends, left = outcomes[goes_on], left | outcomes[1 - goes_on]
            return (ends, left) if wanted == (goes_on == 0) else (left, ends)
        if isinstance(test, ast.Call) and last_name(test) in TELLS and test.args:  # `if inspect.isawaitable(x):`
            test = test.args[0]
        if not self.is_it(test):
            return states, states
        others = frozenset({state for state in states if state.what in (OTHER, AWAY)})
        return (states, others) if wanted else (others, states)

    def suppressed(self, node: ast.With | ast.AsyncWith, failed: States) -> States:
        """Behind an error that is expected, of what nobody has seen to nothing is said."""
        return frozenset({state for state in failed if state.what != FRESH})

    def failing(self, node: ast.stmt, before: States, after: States) -> States:
        is_gone = any(state.what in (TAKEN, AWAY) for state in after - before)
        return after if is_gone else before | after

    def bind_pattern(self, subject: ast.expr, pattern: ast.pattern, states: States) -> States:
        if any(isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name == self.name for part in ast.walk(pattern)):
            raise TooMuch
        return states

    def define(self, node: ast.stmt, states: States) -> States:
        if any(self.is_it(part) for part in ast.walk(node)):
            raise TooMuch  # what is inside may see to it
        return states

    # -- expressions

    def choice(self, node: ast.IfExp, states: States) -> States:
        """``a if b else c``."""
        if_true, if_false = self.tested(node.test, self.expression(node.test, states))
        return self.expression(node.body, if_true) | self.expression(node.orelse, if_false)

    def is_argument(self, node: ast.AST) -> bool:
        return self.is_it(node.value if isinstance(node, ast.Starred) else node)

    def is_it(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name


def _under(state: State, text: str, outcome: bool) -> State:
    """A state behind a test."""
    return state._replace(tests=state.tests | {(text, outcome)})


def _told(test: ast.expr) -> tuple[str, bool]:
    """A test as a text, without what turns it round, and how that comes out where the test is true."""
    test, outcome = without_not(test)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        positive = _POSITIVE.get(type(test.ops[0]))
        if positive is not None:
            return ast.dump(ast.Compare(test.left, [positive()], test.comparators)), not outcome
    return ast.dump(test), outcome


def names_bound(function: AnyFunction) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function binds more than once, other than by loops, and those that its loops bind."""
    bound = Counter(node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    loops = [node for node in ast.walk(function) if isinstance(node, (ast.For, ast.AsyncFor))]
    targets = frozenset(part.id for loop in loops for part in ast.walk(loop.target) if isinstance(part, ast.Name))
    return frozenset(name for name, times in bound.items() if times > 1) - targets, targets


def _context(node: ast.AST) -> ast.expr_context | None:
    return node.ctx if isinstance(node, ast.Name) else None
