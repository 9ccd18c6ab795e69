"""An ``await`` where one is missing."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place


def insert_await(place: Place) -> None:
    """``f()`` becomes ``await f()``, in parentheses where they are needed; so does an attribute that gives a coroutine."""
    made = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    may_await(place, made)
    place.replace(made, lambda old: awaited(place, made, cast(cst.BaseExpression, old)))
