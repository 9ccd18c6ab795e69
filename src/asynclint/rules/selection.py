"""Which rules run: from names and codes in the configuration to rules."""

from __future__ import annotations

import re
from collections.abc import Iterable

from asynclint.config import Config
from asynclint.errors import ConfigError, did_you_mean
from asynclint.rules import RULES
from asynclint.rules.rule import Rule

ALL = "ALL"

_FAMILY = re.compile(r"ASL\d{0,2}", re.IGNORECASE)

CODES = {rule.name: rule.code for rule in RULES}
"""The codes of all rules by their names."""

_FOREIGN = sorted({code for rule in RULES for code in rule.equivalents})

EQUIVALENTS = {code: frozenset(rule.name for rule in RULES if code in rule.equivalents) for code in _FOREIGN}
"""The names of our rules for what other linters report by these codes."""


def find_rule(text: str) -> Rule:
    """The rule of this name or code. Raises ConfigError with the nearest valid name."""
    for rule in RULES:
        if text == rule.name or text.upper() == rule.code:
            return rule
    valid = [*CODES.values()] if text[:3].upper() == "ASL" else [*CODES]
    raise ConfigError(f"there is no rule `{text}`{did_you_mean(text, valid)}")


def find_rules(texts: Iterable[str]) -> frozenset[Rule]:
    """The rules of these names and codes, of beginnings of codes (``ASL1``), or ``ALL``."""
    rules: set[Rule] = set()
    for text in texts:
        family = [rule for rule in RULES if rule.code.startswith(text.upper())] if _FAMILY.fullmatch(text) else []
        rules.update(RULES if text == ALL else family or [find_rule(text)])
    return frozenset(rules)


def select(config: Config) -> frozenset[Rule]:
    """The rules that a configuration switches on. Naming blocking calls switches on the rule about them."""
    if config.select is not None:
        selected = find_rules(config.select)
    else:
        selected = frozenset(rule for rule in RULES if rule.default)
        if config.blocking_calls:
            selected |= find_rules(["configured-blocking-call"])
    return (selected | find_rules(config.extend_select)) - find_rules(config.ignore)
