"""What a statement evaluates before one of its expressions: what is evaluated first can be done in front of it as well."""

from __future__ import annotations

from typing import Final

import libcst as cst

from asynclint.fixes.statements import is_path
from asynclint.fixes.tree import Place, Refused

_LITERALS: Final = (cst.SimpleString, cst.Integer, cst.Float)
_FIRST: Final = (
    cst.Arg, cst.Assign, cst.Attribute, cst.Await, cst.Element, cst.Expr, cst.NamedExpr, cst.Return, cst.UnaryOperation, cst.Yield,
)  # fmt: skip
"""What evaluates nothing before what stands in it."""


def first_in_statement(place: Place, node: cst.CSTNode) -> cst.CSTNode:
    """The statement that evaluates an expression before anything else that matters, once and in any case. Refused where none does."""
    inner = node
    for outer in place.tree.parents(node):
        if not _comes_first(outer, inner):
            raise Refused("the statement does something else before")
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            if isinstance(outer, cst.If) and isinstance(place.tree.parent(outer), cst.If):
                raise Refused("the code stands in an `elif`")
            return outer
        inner = outer
    raise Refused("the code at this place is not part of a statement")


def _comes_first(outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
    if isinstance(outer, _FIRST):
        return True
    if isinstance(outer, cst.Call):
        before = [outer.func, *[part.value for part in outer.args if part is not inner]]
        if inner is outer.func:
            return True
        number = outer.args.index(inner) if isinstance(inner, cst.Arg) else 0
        return all(_is_plain(part) for part in before[: number + 1])
    if isinstance(outer, (cst.Tuple, cst.List)):
        number = outer.elements.index(inner) if isinstance(inner, cst.BaseElement) else 0
        return all(_is_plain(part.value) for part in outer.elements[:number])
    if isinstance(outer, (cst.BinaryOperation, cst.Comparison)):
        return inner is outer.left or (isinstance(outer, cst.BinaryOperation) and _is_plain(outer.left))
    if isinstance(outer, cst.BooleanOperation):
        return inner is outer.left
    if isinstance(outer, cst.AugAssign):
        return is_path(outer.target)
    if isinstance(outer, (cst.IfExp, cst.If)):
        return inner is outer.test
    if isinstance(outer, (cst.Subscript, cst.AnnAssign)):
        return inner is outer.value
    return isinstance(outer, cst.For) and inner is outer.iter


def _is_plain(node: cst.BaseExpression) -> bool:
    return isinstance(node, _LITERALS) or is_path(node)
