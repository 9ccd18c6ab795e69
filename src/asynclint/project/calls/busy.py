"""What loops do to others: those that never let them run are sinks like calls that block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from asynclint.knowledge import CallableEntry
from asynclint.model import Certainty
from asynclint.project.calls.nests import LARGE, LONG, extent_of
from asynclint.project.linking.base import constant
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function
from asynclint.source.busy import ENDLESS, NEST, waits
from asynclint.source.references import LOOP

if TYPE_CHECKING:
    from asynclint.project.calls.edges import Sink

_ENDLESS_RULE: Final = "endless-loop-without-checkpoint"
_NEST_RULE: Final = "cpu-loop-without-yield"
RULES_OF_LOOPS: Final = frozenset({_ENDLESS_RULE, _NEST_RULE})


_NEVER: Final = CallableEntry(names=("loop",), blocks=_ENDLESS_RULE, does="goes round for ever and awaits nothing")
_SOMETIMES: Final = CallableEntry(
    names=("loop",), blocks=_ENDLESS_RULE, does="can go round for ever without awaiting anything, so that no other task runs"
)
_WAITS_FOR_OTHERS: Final = CallableEntry(
    names=("loop",), blocks=_ENDLESS_RULE, does="waits for what others must change, and never lets them run"
)


class Loop(NamedTuple):
    """A loop as its use tells: how it may keep others waiting, the row of what it goes through, the number of the first use in it, and
    the rows of its rounds."""

    what: str
    iterable: int
    first: int
    rounds: tuple[tuple[int, ...], ...]


def loop_of(function: Function, number: int) -> Loop | None:
    """The loop of a use; None where another speaks for it."""
    rows = function.module.rows
    operation, iterable, what, rest = rows[function.facts.uses[number][1]]
    if operation != LOOP:
        return None
    inside = constant(rows[rest[0]][2])
    return Loop(what, iterable, number - (inside if isinstance(inside, int) else 0), tuple([rows[part][3] for part in rest[1:]]))


def effects_of_loop(linker: Linker, function: Function, number: int, sinks: Sequence[Sink]) -> Iterator[tuple[CallableEntry, Certainty]]:
    """The rules that a loop breaks where it runs on the event loop, as entries, and how sure that is. `sinks` are those found before it."""
    loop = loop_of(function, number)
    if loop is None or any(sink.number >= loop.first and sink.certainty > Certainty.POSSIBLE for sink in sinks):
        return  # what is to be awaited instead, lets others run
    if loop.what == NEST:
        yield from _effects_of_nest(linker, function.module, loop)
    elif () not in loop.rounds or not is_endless(linker, function.module, loop):
        return
    elif loop.what != ENDLESS:
        yield _WAITS_FOR_OTHERS, Certainty.LIKELY
    elif any(map(waits, function.facts.uses[loop.first : number])):
        yield _SOMETIMES, Certainty.LIKELY
    else:
        yield _NEVER, Certainty.CERTAIN


def _effects_of_nest(linker: Linker, module: Module, loop: Loop) -> Iterator[tuple[CallableEntry, Certainty]]:
    """A nest breaks its rule for certain if it is large whatever the data, and may if two of its loops go through data."""
    extents = [extent_of(linker, module, chain) for chain in loop.rounds]
    most = max([extent.known for extent in extents if not extent.collections], default=0)
    if most >= LARGE:
        yield _nest(f"goes round {most:,} times and awaits nothing"), Certainty.CERTAIN
    elif any(extent.collections > 1 for extent in extents):
        yield _nest("goes round as often as one collection has elements, times those of another, and awaits nothing"), Certainty.POSSIBLE
    elif any(extent.collections and extent.known >= LONG for extent in extents):
        yield _nest("goes round very often for each element of a collection, and awaits nothing"), Certainty.POSSIBLE


def is_heavy(linker: Linker, module: Module, chains: Sequence[Sequence[int]]) -> bool:
    """Whether loops in each other, those through the rows of one of the chains, would break the rule, or might."""
    return any(_effects_of_nest(linker, module, Loop(NEST, 0, 0, tuple(map(tuple, chains)))))


def _nest(does: str) -> CallableEntry:
    return CallableEntry(names=("loop",), blocks=_NEST_RULE, does=does)


def is_endless(linker: Linker, module: Module, loop: Loop) -> bool:
    """Whether what a loop goes through has no end, if it goes through anything."""
    if not loop.iterable:
        return True
    _, callee, _, arguments = module.rows[loop.iterable]
    value = linker.value(module, callee)
    names = [part.name for part in value.alternatives if isinstance(part, External)]
    if len(names) != 1 or len(value.alternatives) != 1:
        return False
    return names[0] in ("itertools.count", "itertools.cycle") or (names[0] == "itertools.repeat" and len(arguments) == 1)
