"""What a call calls, as far as the knowledge knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from asynclint.model import Certainty
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External
from asynclint.rules.view import View


class Known(NamedTuple):
    """A known callable that a call calls, and how sure that is."""

    callee: External
    certainty: Certainty


def known_callee(view: View, module: Module, call: int, wanted: Callable[[External], bool]) -> Known | None:
    """What the call with this row calls, if that is `wanted`: certain where it can be nothing else, likely where it can; None where nothing
    is known of what it calls."""
    value = view.linker.value(module, module.rows[call][1])
    found = [part for part in value.alternatives if isinstance(part, External) and wanted(part)]
    if not found:
        return None
    return Known(found[0], Certainty.CERTAIN if len(found) == len(value.alternatives) and not value.open else Certainty.LIKELY)
