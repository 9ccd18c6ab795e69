"""Flow inside one function: what may be so on some path, statement by statement, over the tree.

:class:`Flow` is the machine: it takes a set of states through branches, loops, handlers, clean-up and early exits, round after round
until a loop adds nothing. What a state is, and what an expression or a binding does with it, say its subclasses: one follows what a name
is bound to (:mod:`asynclint.source.awaited`), another what is written to a stream (:mod:`asynclint.source.writers`). They look at
functions, or at single rounds of a loop, where that could matter, and leave uses; no tree outlives the walk.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Generic, TypeVar

from asynclint.source.caught import catches_all
from asynclint.source.names import EXPECTS
from asynclint.source.paths import last_name

State = TypeVar("State")

RETURN: Final = 0
RAISE: Final = 1
BREAK: Final = 2
CONTINUE: Final = 3
_EVERYTHING: Final = frozenset({RETURN, RAISE, BREAK, CONTINUE})

_DEEPEST: Final = 40
"""Of statements nested deeper than this, nothing is said."""
_MOST_STATES: Final = 64
_MOST_STATEMENTS: Final = 20_000
"""So many statements are gone through for one question: a round more for each that a loop adds, and clean-up once for each way into it."""

AnyLoop = ast.For | ast.AsyncFor | ast.While
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


class TooMuch(Exception):
    """It is more than this can follow."""


class _Frame(Generic[State]):
    """What catches jumps: a loop, a handler, clean-up. `returns` is the first ``return`` that it has caught."""

    __slots__ = ("catches", "returns", "taken")

    def __init__(self, catches: frozenset[int]) -> None:
        self.catches = catches
        self.taken: dict[int, frozenset[State]] = {}
        self.returns: ast.stmt | None = None


class Flow(Generic[State]):
    """Takes states through a function; a subclass says what happens to them. All its methods may raise :class:`TooMuch`."""

    def __init__(self) -> None:
        self._frames: list[_Frame[State]] = []
        self._depth = 0
        self._steps = 0
        self.in_loop = 0
        """In how many loops what is being looked at stands."""

    # -- what subclasses say

    def expression(self, node: ast.expr, states: frozenset[State]) -> frozenset[State]:
        """The states behind an expression that is evaluated."""
        raise NotImplementedError

    def bind(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        """The states behind a statement that may bind names, when its expressions have been evaluated."""
        return states

    def bind_element(self, node: ast.For | ast.AsyncFor, states: frozenset[State]) -> frozenset[State]:
        """The states at the beginning of a round, when the loop has bound its target."""
        return states

    def enter(self, item: ast.withitem, is_async: bool, states: frozenset[State]) -> frozenset[State]:
        """The states behind one item of a ``with``, whose expression has been evaluated."""
        return states

    def exit(self, node: ast.With | ast.AsyncWith, states: frozenset[State]) -> frozenset[State]:
        """The states behind a whole ``with``."""
        return states

    def tested(self, test: ast.expr, states: frozenset[State]) -> tuple[frozenset[State], frozenset[State]]:
        """The states where a test has come out true, and where false."""
        return states, states

    def branch(self, node: ast.If, states: frozenset[State]) -> frozenset[State]:
        """The states behind an ``if``."""
        if_true, if_false = self.tested(node.test, self.expression(node.test, states))
        return self.block(node.body, if_true) | self.block(node.orelse, if_false)

    def go_round(self, node: AnyLoop, states: frozenset[State]) -> frozenset[State]:
        """The states with which the next round of a loop begins."""
        return states

    def left_by(self, node: AnyLoop, states: frozenset[State]) -> frozenset[State]:
        """The states behind a loop that has come to its end."""
        return states

    def failing(self, node: ast.stmt, before: frozenset[State], after: frozenset[State]) -> frozenset[State]:
        """The states with which a statement may fail; those that a subclass has let :meth:`fail` are none of them."""
        return before | after

    def caught(self, node: ast.Try, handler: ast.ExceptHandler, failed: frozenset[State]) -> frozenset[State]:
        """The states in a handler, where what is tried has `failed` with these."""
        return failed

    def uncaught(self, node: ast.Try, failed: frozenset[State]) -> frozenset[State]:
        """Those of the states with which what is tried has `failed` that no handler is for."""
        return frozenset() if any(map(catches_all, node.handlers)) else failed

    def suppressed(self, node: ast.With | ast.AsyncWith, failed: frozenset[State]) -> frozenset[State]:
        """The states behind a ``with`` that suppresses errors, or expects one, where its body has `failed` with these."""
        return failed

    def bind_pattern(self, subject: ast.expr, pattern: ast.pattern, states: frozenset[State]) -> frozenset[State]:
        """The states behind a pattern that `subject` has matched."""
        return states

    def behind(self, before: frozenset[State], after: frozenset[State]) -> frozenset[State]:
        """The states `after` a statement, and at the head of a loop, where several ways meet; `before` are those in front of it."""
        return after

    def leave(self, states: frozenset[State], node: ast.stmt) -> None:
        """The function ends here in order."""

    def define(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        """The states behind the definition of a function or class."""
        return states

    # -- statements

    def run(self, function: AnyFunction, start: frozenset[State]) -> None:
        """Take states from the beginning of a function to all its ends."""
        self.leave(self.block(function.body, start), function.body[-1])

    def round(self, node: AnyLoop, states: frozenset[State]) -> tuple[frozenset[State], frozenset[State]]:
        """Take states through the body of a loop, once: those that come back to its head, and those that leave it in whatever way."""
        frame = self._push(_EVERYTHING)
        back = self._round(node, frame, states)
        self._frames.pop()
        return back, frozenset[State]().union(*frame.taken.values())

    def fail(self, states: frozenset[State]) -> None:
        """What is being evaluated raises an error in these states: they go to what catches that."""
        self._jump(RAISE, states)

    def block(self, body: Sequence[ast.stmt], states: frozenset[State]) -> frozenset[State]:
        """The states behind statements that follow each other."""
        self._depth += 1
        if self._depth > _DEEPEST or len(states) > _MOST_STATES:
            raise TooMuch
        for statement in body:
            if not states:
                break
            self._steps += 1
            if self._steps > _MOST_STATEMENTS:
                raise TooMuch
            states = self.behind(states, _STATEMENTS.get(type(statement), Flow._straight)(self, statement, states))
        self._depth -= 1
        return states

    def _evaluate(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        before = states
        for part in _in_order(node):
            states = self.expression(part, states)
        self._may_fail(node, before, states)
        return states

    def _may_fail(self, node: ast.stmt, before: frozenset[State], after: frozenset[State]) -> None:
        if any(RAISE in frame.catches for frame in self._frames) and any(
            isinstance(part, (ast.Call, ast.Await, ast.Raise)) for part in ast.walk(node)
        ):
            self.fail(self.failing(node, before, after))

    def _straight(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        return self.bind(node, self._evaluate(node, states))

    def _finish(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        states = self._evaluate(node, states)
        if isinstance(node, ast.Return):
            self._jump(RETURN, states, node)
        return frozenset()

    def _stop(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        self._jump(BREAK if isinstance(node, ast.Break) else CONTINUE, states)
        return frozenset()

    def _jump(self, kind: int, states: frozenset[State], returns: ast.stmt | None = None) -> None:
        """Go to what catches a jump of this kind."""
        for frame in reversed(self._frames):
            if kind in frame.catches:
                frame.taken[kind] = frame.taken.get(kind, frozenset()) | states
                frame.returns = frame.returns or returns
                return
        if returns is not None:
            self.leave(states, returns)

    def _branch(self, node: ast.If, states: frozenset[State]) -> frozenset[State]:
        return self.branch(node, states)

    def _loop(self, node: ast.While, states: frozenset[State]) -> frozenset[State]:
        is_endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        frame = self._push(frozenset({BREAK, CONTINUE}))
        seen = states
        while True:
            if_true, if_false = self.tested(node.test, self.expression(node.test, seen))
            again = self.behind(states, seen | self._round(node, frame, if_true))
            if again == seen:
                break
            seen = again
        self._frames.pop()
        behind: frozenset[State] = frozenset() if is_endless else self.left_by(node, if_false)
        return self.block(node.orelse, behind) | frame.taken.get(BREAK, frozenset())

    def _each(self, node: ast.For | ast.AsyncFor, states: frozenset[State]) -> frozenset[State]:
        states = self.expression(node.iter, states)
        frame = self._push(frozenset({BREAK, CONTINUE}))
        seen = states
        while True:
            again = self.behind(states, seen | self._round(node, frame, self.bind_element(node, seen)))
            if again == seen:
                break
            seen = again
        self._frames.pop()
        return self.block(node.orelse, self.left_by(node, seen)) | frame.taken.get(BREAK, frozenset())

    def _round(self, node: AnyLoop, frame: _Frame[State], states: frozenset[State]) -> frozenset[State]:
        self.in_loop += 1
        end = self.block(node.body, states)
        self.in_loop -= 1
        return self.go_round(node, end | frame.taken.pop(CONTINUE, frozenset()))

    def _push(self, catches: frozenset[int]) -> _Frame[State]:
        frame: _Frame[State] = _Frame(catches)
        self._frames.append(frame)
        return frame

    def _manage(self, node: ast.With | ast.AsyncWith, states: frozenset[State]) -> frozenset[State]:
        is_async = isinstance(node, ast.AsyncWith)
        for item in node.items:
            states = self.enter(item, is_async, self.expression(item.context_expr, states))
        if not any(last_name(item.context_expr) == "suppress" or last_name(item.context_expr) in EXPECTS for item in node.items):
            return self.exit(node, self.block(node.body, states))
        frame = self._push(frozenset({RAISE}))
        end = self.block(node.body, states)
        self._frames.pop()
        return self.exit(node, end | self.suppressed(node, frame.taken.get(RAISE, frozenset())))

    def _attempt(self, node: ast.Try, states: frozenset[State]) -> frozenset[State]:
        cleaning = self._push(_EVERYTHING) if node.finalbody else None
        handling = self._push(frozenset({RAISE}))
        end = self.block(node.body, states)
        self._frames.pop()
        failed = handling.taken.get(RAISE, frozenset())
        end = self.block(node.orelse, end)
        for handler in node.handlers:
            end |= self.block(handler.body, self.caught(node, handler, failed))
        self.fail(self.uncaught(node, failed))
        if cleaning is None:
            return end
        self._frames.pop()
        for kind in sorted(cleaning.taken):
            self._jump(kind, self.block(node.finalbody, cleaning.taken[kind]), cleaning.returns if kind == RETURN else None)
        return self.block(node.finalbody, end)

    def _match(self, node: ast.Match, states: frozenset[State]) -> frozenset[State]:
        states = self.expression(node.subject, states)
        is_complete = any(case.guard is None and _matches_all(case.pattern) for case in node.cases)
        end: frozenset[State] = frozenset() if is_complete else states
        for case in node.cases:
            matched = self.bind_pattern(node.subject, case.pattern, states)
            if case.guard is not None:
                matched = self.expression(case.guard, matched)
            end |= self.block(case.body, matched)
        return end

    def _define(self, node: ast.stmt, states: frozenset[State]) -> frozenset[State]:
        return self.define(node, states)


def _in_order(node: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement; of an assignment the value comes first."""
    value = getattr(node, "value", None)
    if isinstance(value, ast.expr):
        yield value
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr) and part is not value:
            yield part


def _matches_all(pattern: ast.pattern) -> bool:
    """Whether a pattern matches whatever comes."""
    if isinstance(pattern, ast.MatchOr):
        return any(map(_matches_all, pattern.patterns))
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _matches_all(pattern.pattern))


_STATEMENTS: Final[dict[type[ast.stmt], Callable[[Flow[Any], Any, frozenset[Any]], frozenset[Any]]]] = {
    ast.Return: Flow._finish,
    ast.Raise: Flow._finish,
    ast.If: Flow._branch,
    ast.While: Flow._loop,
    ast.For: Flow._each,
    ast.AsyncFor: Flow._each,
    ast.Break: Flow._stop,
    ast.Continue: Flow._stop,
    ast.With: Flow._manage,
    ast.AsyncWith: Flow._manage,
    ast.Try: Flow._attempt,
    ast.Match: Flow._match,
    ast.FunctionDef: Flow._define,
    ast.AsyncFunctionDef: Flow._define,
    ast.ClassDef: Flow._define,
}
"""How statements lead on; all others go straight through."""

if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = Flow._attempt
