"""The fixes that several rules offer: what they are called, what they promise, and where they are offered at all.

Whether one can be made is for its recipe to say, which sees the code (:mod:`asynclint.fixes`). What only the whole program tells, is
told here.
"""

from __future__ import annotations

from asynclint.model import Fix, Safety
from asynclint.project.solve import Reach
from asynclint.project.values import Function
from asynclint.rules.advice import framework_of
from asynclint.source.scopes import ASYNC


def awaiting(function: Function, subject: str, safety: Safety = Safety.SAFE) -> Fix | None:
    """To await what is called at the place of the finding. In a plain function there is none."""
    if not function.facts.flags & ASYNC:
        return None
    return Fix("await", f"Await `{subject}`", safety)


def sleeping(reach: Reach) -> Fix | None:
    """To sleep as the file's framework does."""
    if not reach.root.facts.flags & ASYNC or reach.way:
        return None
    sleep = f"{framework_of(reach.root.module)}.sleep"
    return Fix("sleep", f"Use `await {sleep}(...)`", Safety.SAFE, (sleep,))
