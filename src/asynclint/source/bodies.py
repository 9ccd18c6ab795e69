"""What the walk builds: functions, classes, names that hold a call, branches that it has to come back to, and
loops that it is in."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

from asynclint.source.scopes import Environment, FunctionNode, Scope
from asynclint.source.uses import USE_CALL, Use

Place = tuple[int, int, int, int]
"""Line, column, end line and end column."""


class FunctionBody:
    """A function under construction: the module itself is number 0."""

    __slots__ = (
        "decorators", "defaults", "flags", "held", "lines", "name", "node", "opened", "overwritten", "owner", "parameters",
        "parent", "positional", "positions", "reads", "result", "returned", "scope", "shown", "taken", "uses", "watched", "yielded",
    )  # fmt: skip

    def __init__(self, name: str, flags: int, parent: int, owner: int, node: FunctionNode | None, lines: tuple[int, int, int]) -> None:
        self.name = name
        self.flags = flags
        self.parent = parent
        self.owner = owner
        self.node = node
        self.lines = lines
        self.scope: Scope | None = None
        self.decorators: tuple[int, ...] = ()
        self.defaults: list[int] = []
        self.parameters: list[tuple[str, int, int]] = []
        self.positional = 0
        self.result = 0
        self.returned: list[int] = []
        self.yielded: list[int] = []
        self.uses: list[Use] = []
        self.positions: list[int] = []
        self.reads: set[int] = set()
        self.held: list[Held] = []
        self.overwritten: list[Held] = []
        self.taken: set[str] = set()
        self.shown: Counter[str] = Counter()
        self.watched: list[ast.Call] = []
        self.opened: list[Opened] = []


class Held:
    """A local name is bound at `node` to what may be a coroutine, or a collection of them; `branch` is the innermost around it."""

    __slots__ = ("branch", "flags", "guards", "name", "node", "row")

    def __init__(self, name: str, row: int, node: ast.expr, flags: int, guards: tuple[int, ...], branch: Branches | None) -> None:
        self.name = name
        self.row = row
        self.node = node
        self.flags = flags
        self.guards = guards
        self.branch = branch


class Opened:
    """A local name is bound to `value`, what awaiting or calling `call` gives, which may have to be given back."""

    __slots__ = ("call", "flags", "name", "row", "value")

    def __init__(self, name: str, row: int, value: ast.expr, call: ast.Call, flags: int) -> None:
        self.name = name
        self.row = row
        self.value = value
        self.call = call
        self.flags = flags


class ClassBody:
    """A class under construction."""

    __slots__ = ("assigned", "bases", "declared", "decorators", "metaclass", "name", "scope", "type_parameters")

    def __init__(
        self,
        name: str,
        bases: tuple[int, ...],
        metaclass: int,
        decorators: tuple[int, ...],
        type_parameters: tuple[int, ...],
        scope: Scope,
    ) -> None:
        self.name = name
        self.bases = bases
        self.metaclass = metaclass
        self.decorators = decorators
        self.type_parameters = type_parameters
        self.scope = scope
        self.declared: dict[str, int] = {}
        self.assigned: dict[str, list[int]] = {}


class Branches:
    """What the walk has to come back to when a branching statement goes on or ends."""

    __slots__ = ("before", "element", "ends", "first_use", "flags", "guards", "if_false", "if_true", "left")

    def __init__(self, before: Environment, flags: int, guards: tuple[int, ...]) -> None:
        self.before = before
        self.flags = flags
        self.guards = guards
        self.ends: list[Environment] = []
        self.left = False
        self.first_use = 0
        self.element = 0
        self.if_true: tuple[int, ...] = ()
        self.if_false: tuple[int, ...] = ()


class OpenLoop:
    """A loop that is being walked. `iterable` is the row of what it goes through, 0 for none, `element` that of what it gets from there."""

    __slots__ = ("chains", "element", "first_use", "iterable", "nests", "yields")

    def __init__(self, iterable: int, element: int, first_use: int, yields: int) -> None:
        self.iterable = iterable
        self.element = element
        self.first_use = first_use
        self.yields = yields
        self.chains: list[tuple[int, ...]] = []
        """Of each loop inside of it, the rows of what this one, those between and that one go through."""
        self.nests: list[int] = []
        """The uses of nests inside of it."""


def place(node: Any, last: Any = None) -> Place:
    """Where a node stands, as uses keep it, or all from there to the end of the `last` one."""
    end = last or node
    return (node.lineno, node.col_offset, end.end_lineno or end.lineno, end.end_col_offset or 0)


def rows_of_calls(body: FunctionBody) -> dict[Place, int]:
    """The rows of the calls in a function, by their places."""
    found: dict[Place, int] = {}
    for number, (kind, row, _, _) in enumerate(body.uses):
        if kind == USE_CALL:
            line, column, end_line, end_column = body.positions[number * 4 : number * 4 + 4]
            found[line, column, end_line, end_column] = row
    return found
