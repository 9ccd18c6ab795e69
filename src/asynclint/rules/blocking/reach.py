"""What the rules about blocking calls have in common: each reach of their effect is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asynclint.model import Finding
from asynclint.project.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.view import View


def report(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach."""
    for reach in reaches:
        yield view.of_reach(rule, reach)
