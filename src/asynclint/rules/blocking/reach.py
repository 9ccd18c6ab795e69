"""What the rules about blocking calls have in common: each reach of their effect is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asynclint.model import Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View


def report(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach, with the offer to run it in a thread, if the rule has a fix."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=in_thread(view, reach) if rule.fix is not Safety.NONE else None)
