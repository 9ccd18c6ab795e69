"""Where a local name is bound to a coroutine: where on the paths behind it that is awaited or scheduled, and where not.

What leads it out of sight (it is returned, stored, given to something else than the known takers, used by a function inside) ends the
matter for that path: somebody else may see to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from asynclint.source.flow import AnyFunction, AnyLoop, TooMuch
from asynclint.source.named import AWAY, FRESH, TAKEN, UNBOUND, Named, States, names_bound
from asynclint.source.names import EXPECTS, LOOKS, TAKERS, TELLS
from asynclint.source.paths import last_name


class Paths(NamedTuple):
    """By the number of a binding: the statement or expression at which a path leaves it un-awaited, though another awaits it; and the nodes
    where it is awaited or scheduled once more.
    """

    left: dict[int, ast.stmt]
    again: dict[int, list[ast.expr]]


def follow(function: AnyFunction, names: Mapping[str, Sequence[ast.expr]]) -> Iterator[tuple[str, Paths]]:
    """What becomes of each of these names in a function, where it is bound to each of these values."""
    changing, targets = names_bound(function)
    for name, bindings in names.items():
        flow = _Awaited(name, {id(node): number for number, node in enumerate(bindings)}, changing, targets)
        try:
            flow.run(function, UNBOUND)
        except (TooMuch, RecursionError):
            continue
        yield name, Paths({number: node for number, node in flow.left.items() if number in flow.taken}, flow.again)


class _Awaited(Named):
    def __init__(self, name: str, bindings: dict[int, int], changing: frozenset[str], targets: frozenset[str]) -> None:
        super().__init__(name, bindings, changing, targets)
        self.left: dict[int, ast.stmt] = {}
        self.again: dict[int, list[ast.expr]] = {}
        self.taken: set[int] = set()
        self.expected = 0

    # -- statements

    def enter(self, item: ast.withitem, is_async: bool, states: States) -> States:
        if last_name(item.context_expr) in EXPECTS:
            self.expected += 1
        return super().enter(item, is_async, states)

    def exit(self, node: ast.With | ast.AsyncWith, states: States) -> States:
        self.expected -= sum(last_name(item.context_expr) in EXPECTS for item in node.items)
        return states

    def leave(self, states: States, node: ast.stmt) -> None:
        """The name goes out of sight."""
        for state in states:
            if state.what == FRESH:
                self.left.setdefault(state.number, node)

    def left_by(self, node: AnyLoop, states: States) -> States:
        """The states behind a loop. One that does something with the name is taken to go round at least once."""
        if not any(self.is_it(part) for statement in node.body for part in ast.walk(statement)):
            return states
        return frozenset({state for state in states if state.what != FRESH})

    # -- expressions

    def expression(self, node: ast.expr, states: States) -> States:
        """What an expression does with the name, in Python's order as far as it matters."""
        for event, place in self.events(node):
            if isinstance(place, ast.IfExp):
                states = self.choice(place, states)
                continue
            if event == TAKEN:
                for state in states:
                    if state.what == TAKEN and not self.expected and place not in self.again.setdefault(state.number, []):
                        self.again[state.number].append(place)
                    if state.what == FRESH:
                        self.taken.add(state.number)
            states = frozenset({state._replace(what=event) if state.what in (FRESH, TAKEN) else state for state in states})
        return states

    def events(self, node: ast.expr) -> Iterator[tuple[int, ast.expr]]:
        """What happens to the name in an expression: it is taken, or goes away; an inner choice comes whole. Mere looks are no events."""
        stack: list[ast.AST] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Name):
                if part.id == self.name and isinstance(part.ctx, ast.Load):
                    yield AWAY, part
            elif isinstance(part, ast.IfExp):
                yield AWAY, part
            elif isinstance(part, ast.NamedExpr) and self.is_it(part.target):
                raise TooMuch
            elif isinstance(part, ast.Await) and self.is_it(part.value):
                yield TAKEN, part
            elif isinstance(part, ast.Call):
                event = self.of_call(part)
                if event == TAKEN:
                    yield TAKEN, part
                stack += [value for value in ast.iter_child_nodes(part) if event == AWAY or not self.is_argument(value)]
            elif isinstance(part, (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)):
                if any(self.is_it(inner) for inner in ast.walk(part)):
                    yield AWAY, part
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
            return AWAY
        if last in TAKERS:
            return TAKEN
        return FRESH if last in LOOKS or last in TELLS or last == "callable" else AWAY
