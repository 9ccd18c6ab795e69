"""What the call graph consists of: where the uses of functions lead to."""

from __future__ import annotations

from typing import NamedTuple

from asynclint.knowledge import CallableEntry
from asynclint.model import Certainty
from asynclint.project.calls.arguments import Conditions
from asynclint.project.linking.values import Function, Value


class Step(NamedTuple):
    """Use `number` of a function runs the body of `target`."""

    number: int
    target: Function
    certainty: Certainty
    once: bool
    """It happens the first time only: what it gives is stored."""
    cached: bool
    """The target stores what it gives, for each set of arguments."""
    conditions: Conditions
    """What must hold of the function's parameters for it to happen."""
    row: int
    """The row of the call, 0 where the function is run without one of its own."""
    offset: int
    """1 where the first parameter is the receiver."""
    branches: int
    """In how many branches of a dependency it stands, counted up to two: they may be taken rarely."""
    group: int = 0
    """Of a method that a class leaves to others: how many define it, of which this is one. One of them runs. 0 elsewhere."""


class Sink(NamedTuple):
    """Use `number` of a function calls `name`, which `entry` says can break `rule`."""

    number: int
    name: str
    rule: str
    entry: CallableEntry
    certainty: Certainty
    once: bool
    conditions: Conditions
    branches: int


class Hop(NamedTuple):
    """Use `number` of `function` hands an argument to `api`, which runs it in another context (see ``RunContext`` of the knowledge schema).

    `row` is the argument's row, `value` what it may be.
    """

    function: Function
    number: int
    api: str
    context: str
    row: int
    value: Value


class Edges(NamedTuple):
    """All that one function's uses lead to. `awaits` are the coroutine functions of the program that it calls, by use."""

    steps: list[Step]
    sinks: list[Sink]
    awaits: list[tuple[int, Function]]
