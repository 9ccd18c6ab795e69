"""Where a local name of a coroutine function is bound to what may have to be given back: which paths leave it open.

Calls are chosen by their names; that they make a connection, a client, a file, a process, is asked later. So is what the calls do that
it is given to: the uses carry their rows. Where it goes out of sight (returned, stored, used by a function inside), nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from asynclint.source.bodies import FunctionBody, Opened, place, rows_of_calls
from asynclint.source.flow import AnyLoop, TooMuch
from asynclint.source.named import AWAY, FRESH, TAKEN, UNBOUND, Named, State, States, names_bound
from asynclint.source.names import GIVES_BACK, LOOKS, OPENS, SERVES
from asynclint.source.paths import last_name
from asynclint.source.references import AWAIT, CALL, NAME
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import HANDLED, USE_LEFT_OPEN, USE_OPENED
from asynclint.source.walker import Walker

_PASS_ON: Final = frozenset({"shield", "wait_for"})
"""What awaiting them gives is what awaiting their first argument gives."""
_TELLS_STATE: Final = frozenset({"closed", "is_closed", "is_closing", "returncode"})
"""Who asks for these sees to it in some way."""
_PLAIN: Final = "builtins.open"

_MOST_CALLS: Final = 4
"""Of a path on which it is given to more calls, nothing is said."""
_MOST_LEFT: Final = 8
"""So many different paths are recorded for one binding."""
_MOST_STEPS: Final = 100_000
"""Of a function with more nodes than this, times the names to follow, nothing is followed."""


def note(walker: Walker, target: ast.expr, row: int, node: ast.expr) -> None:
    """Note the names that an assignment binds to what a call gives, if that may have to be given back."""
    if not walker.body.flags & ASYNC or walker.scope.class_number >= 0 or walker.in_typing:
        return
    call = _opening(node)
    if call is None or not _may_open(walker, call, row):
        return
    if isinstance(target, ast.Name):
        _note(walker, target, row, node, call)
    elif isinstance(target, ast.Tuple) and isinstance(node, ast.Await):
        for position, element in enumerate(target.elts):
            if isinstance(element, ast.Name):
                _note(walker, element, walker.item(row, position), node, call)


def _note(walker: Walker, target: ast.Name, row: int, node: ast.expr, call: ast.Call) -> None:
    scope = walker.scope
    if target.id not in scope.global_names and target.id not in scope.outer_names:
        walker.body.opened.append(Opened(target.id, row, node, call, walker.flags))


def _opening(node: ast.expr) -> ast.Call | None:
    """The call that makes what an expression gives."""
    if isinstance(node, ast.Await):
        node = node.value
        if isinstance(node, ast.Call) and last_name(node) in _PASS_ON and node.args:
            node = node.args[0]
    return node if isinstance(node, ast.Call) else None


def _may_open(walker: Walker, call: ast.Call, row: int) -> bool:
    """Whether the name of what is called, as it is written or imported, is that of something that opens. `row` is what the call gives."""
    rows = walker.references.rows
    operation, base, _, _ = rows[row]
    imported = rows[base][2] if operation == CALL and rows[base][0] == NAME else ""
    if operation == AWAIT and rows[base][0] == CALL and rows[rows[base][1]][0] == NAME:
        imported = rows[rows[base][1]][2]
    names = (last_name(call), imported.rpartition(".")[2])
    return imported != _PLAIN and any(OPENS.match(name.lower()) for name in names)


def settle(walker: Walker) -> None:
    """Record what is left open. This waits for the end of the walk: functions inside a function may see to it."""
    for body in walker.functions:
        if body.opened and isinstance(body.node, ast.AsyncFunctionDef):
            _settle(body, body.node)


def _settle(body: FunctionBody, node: ast.AsyncFunctionDef) -> None:
    scope = body.scope
    assert scope is not None
    of_name: dict[str, list[Opened]] = {}
    for opened in body.opened:
        if opened.name not in scope.captured:
            of_name.setdefault(opened.name, []).append(opened)
    if not of_name or len(of_name) * sum(1 for _ in ast.walk(node)) > _MOST_STEPS:
        return
    changing, targets = names_bound(node)
    rows = rows_of_calls(body)
    iterated = frozenset(id(part.iter) for part in ast.walk(node) if isinstance(part, (ast.AsyncFor, ast.For, ast.comprehension)))
    for name, bindings in of_name.items():
        flow = _Open(name, {id(opened.value): number for number, opened in enumerate(bindings)}, changing, targets)
        flow.rows, flow.iterated = rows, iterated
        try:
            flow.run(node, UNBOUND)
        except (TooMuch, RecursionError):
            continue
        for number, opened in enumerate(bindings):
            _record(body, opened, flow.left.get(number, {}))


def _record(body: FunctionBody, opened: Opened, left: dict[tuple[bool, tuple[int, ...]], ast.stmt]) -> None:
    if not left:
        return
    body.uses.append((USE_OPENED, opened.row, opened.flags, ()))
    body.positions += place(opened.call)
    for has_failed, through in sorted(left)[:_MOST_LEFT]:
        body.uses.append((USE_LEFT_OPEN, 0, HANDLED if has_failed else 0, through))
        body.positions += place(left[has_failed, through])


class _Open(Named):
    def __init__(self, name: str, bindings: dict[int, int], changing: frozenset[str], targets: frozenset[str]) -> None:
        super().__init__(name, bindings, changing, targets)
        self.rows: dict[tuple[int, int, int, int], int] = {}
        self.iterated: frozenset[int] = frozenset()
        """What loops go through, by the nodes' identity."""
        self.left: dict[int, dict[tuple[bool, tuple[int, ...]], ast.stmt]] = {}
        """By the number of a binding: whether an error was handled, the calls that it was given to, and the statement that leaves it."""

    # -- statements

    def bind(self, node: ast.stmt, states: States) -> States:
        if isinstance(node, ast.Assign) and self.holds_it(node.value) and any(map(self.holds_it, node.targets)):
            states = _away(states)  # what it is bound to next is made of it
        return super().bind(node, states)

    def leave(self, states: States, node: ast.stmt) -> None:
        """The name goes out of sight."""
        for state in states:
            if state.what == FRESH:
                self.left.setdefault(state.number, {}).setdefault((state.failed, tuple(sorted(state.through))), node)

    def branch(self, node: ast.If, states: States) -> States:
        """What only a branch sees to, without another, is meant so."""
        end = super().branch(node, states)
        return end if node.orelse else _as_one(end, states)

    def left_by(self, node: AnyLoop, states: States) -> States:
        """The states behind a loop. One that sees to it is taken to go round at least once. An ``async for`` over messages ends, if ever,
        when the connection does: behind one, little is sure."""
        states = _as_one(states, UNBOUND)
        return _failed(states) if isinstance(node, ast.AsyncFor) else states

    def caught(self, node: ast.Try, handler: ast.ExceptHandler, failed: States) -> States:
        return _failed(failed)

    def suppressed(self, node: ast.With | ast.AsyncWith, failed: States) -> States:
        return _failed(failed)

    # -- expressions

    def expression(self, node: ast.expr, states: States) -> States:
        for part in self.events(node):
            if isinstance(part, ast.IfExp):
                states = self.choice(part, states)
            elif isinstance(part, ast.Call):
                states = self.given_to(part, states) if self.is_given(part) else _failed(states)
            elif isinstance(part, ast.Attribute):
                states = frozenset({state._replace(what=TAKEN) if state.what == FRESH else state for state in states})
            else:
                states = _away(states)
        return states

    def given_to(self, node: ast.Call, states: States) -> States:
        row = self.rows.get(place(node))
        if row is None:
            return _away(states)
        return frozenset({_through(state, row) if state.what == FRESH else state for state in states})

    def events(self, node: ast.expr) -> Iterator[ast.expr]:
        """The parts of an expression that matter: calls that it is given to or that serve to the end of the program, attributes of it that
        see to it, an inner choice; any other means that it goes out of sight. Mere looks are none."""
        stack: list[ast.AST] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Name):
                if self.is_it(part) and isinstance(part.ctx, ast.Load) and id(part) not in self.iterated:
                    yield part
            elif isinstance(part, ast.IfExp):
                yield part
            elif isinstance(part, ast.Attribute) and self.is_it(part.value):
                if part.attr in GIVES_BACK or part.attr in _TELLS_STATE:
                    yield part
            elif isinstance(part, ast.NamedExpr) and self.is_it(part.target):
                raise TooMuch
            elif isinstance(part, ast.Lambda):
                if self.holds_it(part):
                    yield part
            elif isinstance(part, ast.Call) and self.is_given(part):
                if last_name(part) not in LOOKS:
                    yield part
                stack += [value for value in (part.func, *_given(part)) if not self.is_it(value)]
            elif isinstance(part, (ast.Compare, ast.FormattedValue, ast.UnaryOp)):
                stack += [value for value in ast.iter_child_nodes(part) if not self.is_it(value)]
            elif isinstance(part, ast.BoolOp):
                stack += [value for value in part.values if not self.is_it(value) or value is part.values[-1]]
            else:
                if isinstance(part, ast.Call) and _serves(part):
                    yield part
                stack += ast.iter_child_nodes(part)

    def is_given(self, node: ast.Call) -> bool:
        return any(map(self.is_it, _given(node)))

    def holds_it(self, node: ast.expr) -> bool:
        return any(map(self.is_it, ast.walk(node)))


def _serves(node: ast.Call) -> bool:
    """Whether a call returns when the program is about to end: ``server.serve_forever()``, ``asyncio.Event().wait()``."""
    name = last_name(node)
    if name == "wait" and isinstance(node.func, ast.Attribute):
        return isinstance(node.func.value, ast.Call) and last_name(node.func.value) == "Event"
    return name in SERVES or (name == "Future" and not node.args)


def _given(node: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are not unpacked."""
    return [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg is not None)]


def _failed(states: States) -> States:
    """The states behind an error that has been handled."""
    return frozenset({state._replace(failed=True) if state.what == FRESH else state for state in states})


def _away(states: States) -> States:
    return frozenset({state._replace(what=AWAY) if state.what == FRESH else state for state in states})


def _through(state: State, row: int) -> State:
    """A state behind a call that may see to it."""
    if len(state.through) == _MOST_CALLS:
        return state._replace(what=AWAY)
    return state._replace(through=state.through | {row})


def _as_one(states: States, before: States) -> States:
    """States of which one speaks for all: what sees to the value on one path is taken to do so on all that matter."""
    taken = {state.number for state in states - before if state.what in (TAKEN, AWAY)}
    through: dict[int, frozenset[int]] = {}
    for state in states - before:
        through[state.number] = through.get(state.number, frozenset()) | state.through
    found: set[State] = set()
    for state in states:
        if state.what == FRESH:
            calls = state.through | through.get(state.number, frozenset())
            state = state._replace(what=AWAY) if state.number in taken or len(calls) > _MOST_CALLS else state._replace(through=calls)
        found.add(state)
    return frozenset(found)
