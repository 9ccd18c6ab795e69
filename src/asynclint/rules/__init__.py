"""The rules: one folder a family, one file a rule. ``RULES`` is all of them."""

from asynclint.rules.blocking import (
    configured,
    file_io,
    offload_called,
    offload_coroutine,
    sleep,
)
from asynclint.rules.rule import Rule
from asynclint.rules.suppression import invalid, unused

RULES: tuple[Rule, ...] = (
    unused.RULE,
    invalid.RULE,
    sleep.RULE,
    file_io.RULE,
    offload_called.RULE,
    offload_coroutine.RULE,
    configured.RULE,
)
"""Every rule, by code."""
