"""The table of ``--profile``: where the time of a check went."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.api import Timing

_MOST_RULES = 15


def profile(timing: Timing, seconds: float) -> Iterator[str]:
    """The lines of the table: the phases of a check that took so many `seconds` by the clock, and the slowest rules."""
    rows = [*timing.phases.items(), ("everything else", max(seconds - sum(timing.phases.values()), 0.0))]
    width = max(len(name) for name, _ in [*rows, *timing.rules.items()])
    yield from _rows(rows, seconds, width)
    slowest = sorted(timing.rules.items(), key=lambda item: (-item[1], item[0]))
    if slowest:
        yield ""
        yield from _rows(slowest[:_MOST_RULES], seconds, width)
        rest = slowest[_MOST_RULES:]
        if rest:
            yield from _rows([(f"{len(rest)} other rules", sum(took for _, took in rest))], seconds, width)


def _rows(rows: list[tuple[str, float]], seconds: float, width: int) -> Iterator[str]:
    for name, took in rows:
        yield f"{name:{width}}  {took:8.3f} s  {100 * took / seconds if seconds else 0:5.1f} %"
