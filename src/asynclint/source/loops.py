"""What only a whole loop tells of a call in it: the call leaves a use beside its own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from asynclint.source import ended, jobs, polling, spinning
from asynclint.source.references import CONST
from asynclint.source.uses import USE_JOB, USE_POLL, USE_SPINNING_READ
from asynclint.source.walker import Walker

_Find = Callable[[ast.While], Iterator[tuple[ast.Call, str]]]

_FINDERS: Final[tuple[tuple[int, frozenset[str], _Find], ...]] = (
    (USE_SPINNING_READ, ended.READS, spinning.find),
    (USE_POLL, polling.ASKS, polling.find),
    (USE_JOB, frozenset({jobs.DONE}), jobs.find),
)
"""What looks at loops in which one of these methods is called, and the kind of the uses of what it finds."""


def watch(walker: Walker, loop: ast.While) -> None:
    """Look at a loop that is about to be walked."""
    if not walker.number:
        return
    named = {part.attr for part in ast.walk(loop) if isinstance(part, ast.Attribute)}
    for kind, methods, find in _FINDERS:
        if not named.isdisjoint(methods):
            for call, doubt in find(loop):
                walker.beside[id(call)] = (kind, walker.add(CONST, 0, repr(doubt)))


def tell(walker: Walker, node: ast.Call, row: int) -> None:
    """Record what a loop tells of a call that has been walked."""
    if id(node) in walker.beside:
        kind, doubt = walker.beside.pop(id(node))
        guards = walker.guards
        walker.guards += (doubt,)
        walker.use(kind, row, node)
        walker.guards = guards
