"""Asynchronous generators that nobody goes through."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def go_through(place: Place) -> None:
    """``await rows()`` or ``rows()`` as a statement becomes ``async for _ in rows(): pass``, on two lines."""
    made = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    whole = made
    if isinstance(made, cst.Await):
        made = made.expression
    elif isinstance(place.tree.parent(made), cst.Await):
        whole = cast(cst.Await, place.tree.parent(made))
    statement = place.tree.parent(whole)
    line = place.tree.parent(statement) if isinstance(statement, cst.Expr) else None
    if not isinstance(line, cst.SimpleStatementLine):
        raise Refused("it is not a statement on a line of its own")
    if len(line.body) > 1:
        raise Refused("there are other statements on the line")
    if whole is not made and whole.lpar:
        raise Refused("there are parentheses around the await")
    function = may_await(place, made)
    _refuse_use_of_underscore(place, function)

    def change(_: cst.CSTNode) -> cst.CSTNode:
        body = cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])], header=line.trailing_whitespace)
        loop = cst.For(cst.Name("_"), made, body, asynchronous=cst.Asynchronous())
        return loop.with_changes(leading_lines=line.leading_lines)

    place.replace(line, change)


def _refuse_use_of_underscore(place: Place, function: cst.FunctionDef) -> None:
    """Where a function reads ``_``, it may be the one that translates texts."""
    for node in place.tree.walk(function.body):
        if isinstance(node, cst.Name) and node.value == "_":
            outer = place.tree.parent(node)
            if not isinstance(outer, (cst.For, cst.CompFor, cst.AssignTarget)) or outer.target is not node:
                raise Refused("`_` means something in this function")
