"""How loud a finding is, for forms that tell errors from warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from asynclint.model import Certainty, Finding

if TYPE_CHECKING:
    from asynclint.api import Rule

Level = Literal["error", "warning", "note"]

_BY_CERTAINTY: dict[Certainty, Level] = {Certainty.CERTAIN: "error", Certainty.LIKELY: "warning", Certainty.POSSIBLE: "note"}


def loudest(rule: Rule) -> Level:
    """The level of a certain finding: a rule of taste or about comments breaks nothing."""
    return "error" if rule.default and rule.category != "suppression" else "warning"


def level(finding: Finding) -> Level:
    """Certain is an error, likely a warning, possible a note."""
    from asynclint.api import find_rule

    found = _BY_CERTAINTY[finding.certainty]
    return loudest(find_rule(finding.name)) if found == "error" else found
