"""Loops that read a stream, and go on when it has ended: then each read gives something empty at once, again and again.

A round of the loop is followed with every read of one stream taken to give something empty. What that makes of names
(:mod:`asynclint.source.ended`) decides tests; those that it does not decide are followed both ways. The loop spins if such a round comes
back to where it began, and nothing on its way that hangs on the value could have left it.

What a read is of, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, NamedTuple

from asynclint.source.caught import BROAD, error_names, suppressed_names
from asynclint.source.ended import (
    AT_END,
    MAYBE,
    NOT_READ,
    NOTHING,
    TOLD,
    Empty,
    Raised,
    Unknown,
    Value,
    Values,
    awaited_read,
    doubt_of,
    stream_of,
)
from asynclint.source.flow import Flow, TooMuch
from asynclint.source.names import LOOKS
from asynclint.source.nodes import LOOPS, SCOPES, outside
from asynclint.source.paths import last_name

DOUBTS: Final = ("", "others", "maybe")
"""What a use says of what could end the loop, as a text: what the values hang on that decide about it."""

_MOST_NODES: Final = 3000

_OF_EMPTY: Final = BROAD | {"IndexError", "JSONDecodeError", "LookupError", "UnicodeError", "ValueError", "error"}
"""Errors among which those are that something empty raises."""


def find(loop: ast.While) -> Iterator[tuple[ast.Call, str]]:
    """The reads of a loop that goes on at the end of what they read, one a stream, and what speaks against a loop without an end."""
    streams: dict[str, ast.Call] = {}
    for read in _reads(loop):
        streams.setdefault(stream_of(read), read)
    for stream, read in streams.items():
        try:
            doubt = _Round(stream).judge(loop)
        except (Raised, TooMuch, RecursionError):
            continue
        if doubt < TOLD:
            yield read, DOUBTS[doubt]


def _reads(loop: ast.While) -> Iterator[ast.Call]:
    """The awaited reads in a loop, without those in loops and functions inside of it; none where it asks for the end."""
    nodes = list(outside([loop.test, *loop.body], (*LOOPS, *SCOPES)))
    if len(nodes) > _MOST_NODES or any(isinstance(node, ast.Attribute) and node.attr == "at_eof" for node in nodes):
        return
    reads = [awaited_read(node) for node in nodes if isinstance(node, ast.Await)]
    yield from sorted(filter(None, reads), key=lambda read: (read.lineno, read.col_offset))


class _State(NamedTuple):
    known: frozenset[tuple[str, Value]]
    """What paths lead to, as far as this round, or the one before, has bound them."""
    under: int
    """What the undecided tests hang on that this way is under."""
    error: str | None
    """The name of the error on whose way to a handler this is; empty for one that something empty raises."""
    reads: bool
    """The way has come to a read."""
    waits: bool
    """Something else has been awaited on it, which may take its time."""


_START: Final = _State(frozenset(), NOTHING, None, False, False)
_States = frozenset[_State]


class _Round(Flow[_State]):
    """Ways that meet go on as one: there is a single state at a time, but for the errors that are on their way."""

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream
        self.doubt = NOTHING

    def judge(self, loop: ast.While) -> int:
        """What speaks against a loop without an end: ``TOLD`` where the end of the stream ends it, or may."""
        start = self.begin(loop, frozenset({_START}))
        for _ in range(2):  # the second round starts from what the first one has left behind
            self.doubt = NOTHING
            back, left = self.round(loop, start)
            least = min((state.under for state in back), default=TOLD)
            if least > max((state.under for state in start), default=NOTHING) or not any(state.reads for state in back):
                return TOLD  # at best it is tried once more
            start = self.begin(loop, frozenset({_START._replace(known=_joined(back).known)}))
        if not start:
            return TOLD
        waits = MAYBE if any(state.waits for state in back) else NOTHING
        return max(self.doubt, waits, least, *(state.under for state in left))

    def begin(self, loop: ast.While, states: _States) -> _States:
        """The states with which a round begins; none where each gives another value to a name that the test speaks of: they have an end."""
        states = self.expression(loop.test, states)
        if_true, if_false = self.tested(loop.test, states)
        named = {part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)}
        changing = {name for state in states for name, value in state.known if isinstance(value, Unknown) and value.doubt >= MAYBE}
        return frozenset() if if_false and named & changing else if_true

    # -- statements

    def bind(self, node: ast.stmt, states: _States) -> _States:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            return self.each(states, lambda values: values.assign(node))
        if isinstance(node, ast.AugAssign):
            return self.each(states, lambda values: values.augment(node))
        if isinstance(node, ast.Assert):
            holds, fails = self.tested(node.test, states)
            if not holds:
                self.fail(_raising("AssertionError", fails))
            return holds and states
        return states

    def bind_element(self, node: ast.For | ast.AsyncFor, states: _States) -> _States:
        """What an inner loop goes through is not known, unless it has nothing to do."""

        def bind(values: Values) -> int:
            doubt = max(MAYBE, doubt_of(values.of(node.iter)))
            values.bind(node.target, Unknown(doubt))
            return doubt

        return self.each([state for state in states if not isinstance(self.values(state).of(node.iter), Empty)], bind)

    def enter(self, item: ast.withitem, is_async: bool, states: _States) -> _States:
        bound = item.optional_vars
        return states if bound is None else self.each(states, lambda values: values.bind(bound, values.of(item.context_expr)))

    def bind_pattern(self, subject: ast.expr, pattern: ast.pattern, states: _States) -> _States:
        return self.each(states, lambda values: max(MAYBE, doubt_of(values.of(subject))))

    def branch(self, node: ast.If, states: _States) -> _States:
        states = self.expression(node.test, states)
        if_true, if_false = self.tested(node.test, states)
        asks = not (if_true and if_false) and any(self.values(state).asks_of_value(node.test) for state in states)
        if asks and _does_something(node.body if if_true else node.orelse):
            self.doubt = TOLD  # somebody sees to the end
        return self.block(node.body, if_true) | self.block(node.orelse, if_false)

    def tested(self, test: ast.expr, states: _States) -> tuple[_States, _States]:
        found: dict[bool, set[_State]] = {True: set(), False: set()}
        for state in states:
            truth, doubt = self.values(state).truth(test)
            for outcome in (True, False) if truth is None else (truth,):
                found[outcome].add(state._replace(under=max(state.under, doubt)))
        return frozenset(found[True]), frozenset(found[False])

    def failing(self, node: ast.stmt, before: _States, after: _States) -> _States:
        """No error is expected but those that are raised for sure; where values are given to something unknown, see :meth:`each`."""
        if not isinstance(node, ast.Raise):
            return frozenset()
        return _raising((last_name(node.exc) if node.exc is not None else "") or "?", after)

    def caught(self, node: ast.Try, handler: ast.ExceptHandler, failed: _States) -> _States:
        return _handled(state for state in failed if _handler_of(node, state) is handler)

    def uncaught(self, node: ast.Try, failed: _States) -> _States:
        states = frozenset(state for state in failed if _handler_of(node, state) is None)
        if node.handlers and any(state.error == "" for state in states):
            self.doubt = TOLD  # one of them may be for it
        return states

    def suppressed(self, node: ast.With | ast.AsyncWith, failed: _States) -> _States:
        names = frozenset[str]().union(*(suppressed_names(item.context_expr) for item in node.items))
        states = frozenset(state for state in failed if _are_for(names, state))
        self.fail(failed - states)
        return _handled(states)

    def behind(self, before: _States, after: _States) -> _States:
        if len(before) == len(after) == 1:
            (first,), (state,) = before, after
            return after if state.under == first.under else frozenset({state._replace(under=first.under)})
        under = max((state.under for state in before), default=NOTHING)
        errors = {state.error for state in after}
        return frozenset(_joined([state for state in after if state.error == error])._replace(under=under) for error in errors)

    # -- expressions

    def expression(self, node: ast.expr, states: _States) -> _States:
        return self.each(states, lambda values: values.look(node))

    def values(self, state: _State) -> Values:
        return Values(self.stream, dict(state.known))

    def each(self, states: Iterable[_State], act: Callable[[Values], int | None]) -> _States:
        """The states behind something that is evaluated in each of these; `act` may tell what it hangs on that the way goes on there."""
        found: set[_State] = set()
        for state in states:
            values = self.values(state)
            error, doubt = None, None
            try:
                doubt = act(values)
            except Raised as raised:
                error = raised.name
            known = frozenset(values.known.items())
            under = max(state.under, doubt or NOTHING)
            end = _State(known, under, state.error, state.reads or values.reads, state.waits or values.waits)
            if error is not None:
                self.fail(_raising(error, [end]))
                continue
            if values.may_raise:
                self.fail(_raising("Exception", [end._replace(under=MAYBE)]))
            found.add(end)
        return frozenset(found)


def _raising(error: str, states: Iterable[_State]) -> _States:
    return frozenset(state._replace(error=error) for state in states)


def _joined(states: Collection[_State]) -> _State:
    """What is so behind several ways: where they differ, what decided between them decides."""
    under = max(state.under for state in states)
    known: dict[str, Value] = {}
    environments = [dict(state.known) for state in states]
    for name in {name for environment in environments for name in environment}:
        first, *others = [environment.get(name, NOT_READ) for environment in environments]
        same = all(value == first for value in others)
        known[name] = first if same else Unknown(max(under, *map(doubt_of, (first, *others))))
    error = next(iter(states)).error
    reads, waits = any(state.reads for state in states), any(state.waits for state in states)
    return _State(frozenset(known.items()), under, error, reads, waits)


def _handled(states: Iterable[_State]) -> _States:
    """What is so where errors are handled."""
    found = list(states)
    return frozenset({_joined(found)._replace(error=None)}) if found else frozenset()


def _handler_of(node: ast.Try, state: _State) -> ast.ExceptHandler | None:
    for handler in node.handlers:
        if handler.type is None or _are_for(error_names(handler.type), state):
            return handler
    return None


def _are_for(names: frozenset[str], state: _State) -> bool:
    """Whether errors with these names are, or may be, the one that is raised."""
    wanted = {state.error, "", *BROAD} if state.error else _OF_EMPTY
    if state.error == AT_END:
        wanted |= {"EOFError"}
    elif state.error == "SystemExit":
        wanted -= {"Exception"}
    return not names.isdisjoint(wanted)


def _does_something(body: list[ast.stmt]) -> bool:
    """Whether a branch calls anything but what logs, or waits a moment."""
    return any(
        isinstance(part, ast.Call) and last_name(part) not in LOOKS | {"sleep"}
        for statement in body
        if not isinstance(statement, ast.Raise)
        for part in ast.walk(statement)
    )
