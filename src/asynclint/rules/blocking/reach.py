"""What the rules about blocking calls have in common: each reach of their effect is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View

_ENDS: Final = frozenset({"close", "quit", "shutdown", "stop", "teardown", "terminate"})
"""Words in names of functions that tell others to end."""


def report(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a reach, with the offer to run it in a thread, if the rule has a fix."""
    for reach in reaches:
        yield view.of_reach(rule, reach, fix=in_thread(view, reach) if rule.fix is not Safety.NONE else None)


def report_of_ends(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """The same of waits for something that ends: where a function ends it, that is soon done, and nobody is served any more."""
    for reach in reaches:
        if not _ENDS.isdisjoint(reach.root.facts.name.rpartition(".")[2].split("_")):
            reach = reach._replace(certainty=Certainty.POSSIBLE)
        yield from report(view, rule, (reach,))
