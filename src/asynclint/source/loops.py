"""What only a whole loop tells of a call in it: the call leaves a use beside its own."""

from __future__ import annotations

import ast

from asynclint.source import jobs, polling, spinning
from asynclint.source.references import CONST
from asynclint.source.uses import USE_JOB, USE_POLL, USE_SPINNING_READ
from asynclint.source.walker import Walker


def watch(walker: Walker, loop: ast.While) -> None:
    """Look at a loop that is about to be walked."""
    if walker.number:
        for kind, found in ((USE_SPINNING_READ, spinning.find(loop)), (USE_POLL, polling.find(loop)), (USE_JOB, jobs.find(loop))):
            for call, doubt in found:
                walker.beside[id(call)] = (kind, walker.add(CONST, 0, repr(doubt)))


def tell(walker: Walker, node: ast.Call, row: int) -> None:
    """Record what a loop tells of a call that has been walked."""
    if id(node) in walker.beside:
        kind, doubt = walker.beside.pop(id(node))
        guards = walker.guards
        walker.guards += (doubt,)
        walker.use(kind, row, node)
        walker.guards = guards
