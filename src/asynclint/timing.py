"""How long the parts of a check take, for those who ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class Timing:
    """Seconds by the clock of phases, in their order, and of rules, by their names.

    What several rules have in common is worked out when the first of them asks, and counts as its time.
    """

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self.rules: dict[str, float] = {}

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Count what is done meanwhile as this phase."""
        return _counted(self.phases, name)

    def rule(self, name: str) -> AbstractContextManager[None]:
        """Count what is done meanwhile as the work of this rule."""
        return _counted(self.rules, name)


@contextmanager
def _counted(table: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        table[name] = table.get(name, 0.0) + time.perf_counter() - started
