"""How long the parts of a check take, for those who ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timing:
    """Seconds by the clock of phases, in their order, and of rules, by their names.

    What several rules have in common is worked out when the first of them asks, and counts as its time.
    """

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self.rules: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile as this phase."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - started

    def count(self, rule: str, seconds: float) -> None:
        """Count so many seconds as the work of a rule."""
        self.rules[rule] = self.rules.get(rule, 0.0) + seconds
