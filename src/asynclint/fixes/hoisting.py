"""A name for what an expression gives, in a statement of its own in front of the one that it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_MATTERS: Final = (cst.Call, cst.Await, cst.Yield, cst.NamedExpr, cst.BaseComp)
"""What must not be overtaken. To read a name or an attribute first or last is the same."""
_ONCE: Final = (cst.Expr, cst.Return, cst.Assign, cst.AnnAssign, cst.AugAssign)
"""Statements whose value is the first that they evaluate."""
_NOT_ALWAYS: Final = "it stands in a part of its statement that does not run exactly once"


def hoist(place: Place, node: cst.BaseExpression, name: str, lines: Sequence[str]) -> None:
    """Put `lines`, which give the `name` to what a node gives, in front of its statement, and the name in the node's place. It may be an
    attribute as well.

    Refused where that could change the order in which things are done, or how often.
    """
    statement = place.statement(node)
    inner: cst.CSTNode = node
    for outer in place.tree.parents(node):
        if isinstance(outer, (cst.Lambda, cst.BaseComp, cst.FormattedStringExpression, cst.NamedExpr)) or (
            (isinstance(outer, cst.BooleanOperation) and inner is outer.right)
            or (isinstance(outer, cst.IfExp) and inner is not outer.test)
            or (isinstance(outer, cst.Comparison) and inner is not outer.left)
        ):
            raise Refused(_NOT_ALWAYS)
        if outer is statement:
            break
        inner = outer
    if isinstance(statement, cst.If):
        if inner is not statement.test or isinstance(place.tree.parent(statement), cst.If):
            raise Refused(_NOT_ALWAYS)
    elif not isinstance(statement, _ONCE):
        raise Refused(_NOT_ALWAYS)
    if any(isinstance(part, _MATTERS) for part in _in_front(place, inner if isinstance(statement, cst.If) else statement, node)):
        raise Refused("something else is done first in the same statement")
    place.before(statement, *lines)
    place.put(node, place.expression(name))


def _in_front(place: Place, whole: cst.CSTNode, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The expressions in `whole` that end before a node starts."""
    start = place.tree.span(node)
    found = [part for part in place.tree.walk(whole) if isinstance(part, cst.BaseExpression)]
    ends = [(part, place.tree.span(part)) for part in found]
    return [part for part, span in ends if (span.end_line, span.end_column) <= (start.line, start.column)]


def fresh_name(place: Place, node: cst.CSTNode, *candidates: str) -> str:
    """The first of these names that the functions around a node do not mention."""
    top: cst.CSTNode = node
    for outer in place.tree.parents(node):
        if isinstance(outer, (cst.FunctionDef, cst.Lambda)):
            top = outer
    taken = {part.value for part in place.tree.walk(top) if isinstance(part, cst.Name)}
    for name in candidates:
        if name not in taken:
            return name
    raise Refused(f"the names that it could have ({', '.join(candidates)}) are taken")
