"""Which loops may keep all others waiting: nests that await nothing, and loops that nothing of their own ends.

Each is a use where the loop stands, recorded at its end, when all that is done inside is known. Its row tells the rest, see ``LOOP`` in
:mod:`asynclint.source.references`.
"""

from __future__ import annotations

import ast
from typing import Final

from asynclint.source.bodies import OpenLoop, Place, place
from asynclint.source.flow import AnyLoop
from asynclint.source.paths import last_name
from asynclint.source.references import AWAIT, CALL, CONST, LOOP, NAME, ROUND, Row
from asynclint.source.rounds import follow
from asynclint.source.uses import AWAITED, HANDLED, USE_AENTER, USE_AITER, USE_AWAIT, USE_BUSY, USE_CALL, Use
from asynclint.source.walker import Walker

ENDLESS: Final = "endless"
"""Nothing ends the loop."""
WATCHED: Final = "watched"
"""Only something that others change would end it."""
NEST: Final = "nest"
"""Loops in each other, or one that is long by itself. Nothing in them is awaited."""

LONG_RANGE: Final = 7
"""A range with a bound of so many digits makes a loop long by itself."""

_MOST_NESTED: Final = 8
_MOST_STEPS: Final = 64
"""So many rows are looked at to tell whether one is made of another."""

_WAITING: Final = frozenset({USE_AWAIT, USE_AENTER, USE_AITER})

_ENDLESS_ITERATORS: Final = frozenset({"count", "cycle", "repeat"})


def begin_while(walker: Walker) -> None:
    walker.loops.append(OpenLoop(0, 0, len(walker.uses), len(walker.body.yielded)))


def begin_for(walker: Walker, node: ast.For | ast.AsyncFor, element: int) -> None:
    """Open a loop whose target is about to be bound to the row `element`."""
    rows = walker.references.rows
    iterable = rows[element][1] if isinstance(node, ast.For) else 0
    loop = OpenLoop(iterable, element, len(walker.uses), len(walker.body.yielded))
    if iterable and walker.number:
        chain: tuple[int, ...] = (iterable,)
        if _is_long(rows, iterable):
            loop.chains.append(chain)
        for outer in reversed(walker.loops[-_MOST_NESTED:]):
            if not outer.iterable:
                break
            if not any(_is_made_of(rows, part, outer.element) for part in chain):  # the loop over what is in each is a sum, no product
                chain = (outer.iterable, *chain)
            if len(chain) > 1 or loop.chains:
                outer.chains.append(chain)
    walker.loops.append(loop)


def end_loop(walker: Walker, node: AnyLoop) -> None:
    """Close the loop, and record it if it may keep others waiting."""
    loop = walker.loops.pop()
    if not walker.number or walker.in_typing or walker.in_lazy:
        return
    if isinstance(node, ast.While) or (isinstance(node, ast.For) and _may_be_endless(node)):
        _record_rounds(walker, node, loop)
    if loop.chains and len(walker.body.yielded) == loop.yields and not any(map(waits, walker.uses[loop.first_use :])):
        rounds = tuple([walker.add(ROUND, 0, "", chain) for chain in dict.fromkeys(loop.chains)])
        for number in loop.nests:  # this one speaks for them
            walker.uses[number] = (USE_BUSY, 0, *walker.uses[number][2:])
        _record(walker, node, loop, NEST, rounds)
        if walker.loops:
            walker.loops[-1].nests.append(len(walker.uses) - 1)


def _record_rounds(walker: Walker, node: ast.While | ast.For, loop: OpenLoop) -> None:
    """Record a loop that nothing of its own ends."""
    awaited: dict[Place, int] = {}
    for number in range(loop.first_use, len(walker.uses)):
        use = walker.uses[number]
        if waits(use):
            line, column, end_line, end_column = walker.body.positions[4 * number : 4 * number + 4]
            awaited[line, column, end_line, end_column] = walker.add(AWAIT, use[1]) if use[0] == USE_CALL else use[1]
    found = follow(node, awaited, bool(walker.flags & HANDLED))
    if found is not None:
        rounds = tuple([walker.add(ROUND, 0, "", way) for way in found.ways])
        _record(walker, node, loop, WATCHED if found.is_watched else ENDLESS, rounds)


def _record(walker: Walker, node: AnyLoop, loop: OpenLoop, what: str, rounds: tuple[int, ...]) -> None:
    inside = walker.add(CONST, 0, str(len(walker.uses) - loop.first_use))
    head = node.test if isinstance(node, ast.While) else node.iter
    walker.uses.append((USE_BUSY, walker.add(LOOP, loop.iterable, what, (inside, *rounds)), walker.flags, walker.guards))
    walker.body.positions += place(node, head)


def waits(use: Use) -> bool:
    """Whether a use may suspend the function."""
    return use[0] in _WAITING or bool(use[0] == USE_CALL and use[2] & AWAITED)


def _may_be_endless(node: ast.For) -> bool:
    return isinstance(node.iter, ast.Call) and last_name(node.iter) in _ENDLESS_ITERATORS


def _is_long(rows: list[Row], iterable: int) -> bool:
    """Whether a loop over this is long by itself: ``range(10_000_000)``."""
    operation, callee, _, arguments = rows[iterable]
    if operation != CALL or rows[callee][:3] != (NAME, 0, "builtins.range"):
        return False
    return any(rows[part][0] == CONST and len(rows[part][2]) >= LONG_RANGE for part in arguments)


def _is_made_of(rows: list[Row], row: int, part: int) -> bool:
    """Whether a row is built on another, as far as that is seen in a few steps."""
    waiting = [row]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return False
        row = waiting.pop()
        if row == part:
            return True
        if row > part:  # operands come first
            _, base, _, rest = rows[row]
            waiting += (base, *rest)
    return True
