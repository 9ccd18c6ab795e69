"""New expressions made of old ones, with the parentheses that their place asks for."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.tree import Place, Refused


def awaited(place: Place, node: cst.BaseExpression, made: cst.BaseExpression) -> cst.BaseExpression:
    """``await`` in front of `made`, which stands where `node` does in the tree. Refused where there is an ``await`` already."""
    outer = place.tree.parent(node)
    if isinstance(outer, cst.Await):
        raise Refused("it is awaited already")
    if isinstance(made, (cst.Await, cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.BinaryOperation, cst.UnaryOperation, cst.Comparison)):
        made = parenthesised(made)
    if isinstance(made, (cst.NamedExpr, cst.Yield)) and not made.lpar:
        made = parenthesised(made)
    if isinstance(made, (cst.Call, cst.Name, cst.Attribute, cst.Subscript)) and made.lpar:
        # `(f())` becomes `(await f())`: what spans several lines stays in its parentheses
        bare = made.with_changes(lpar=[], rpar=[])
        return cst.Await(bare, lpar=made.lpar, rpar=made.rpar)
    result = cst.Await(made)
    return parenthesised(result) if binds_tighter(outer, node) else result


def binds_tighter(outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
    """Whether what stands around a node takes less than an ``await``: ``f().x`` needs ``(await f()).x``."""
    if isinstance(outer, (cst.Attribute, cst.Subscript)):
        return outer.value is inner
    return isinstance(outer, cst.Await) or (isinstance(outer, cst.Call) and outer.func is inner)


def parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in one more pair of parentheses."""
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])
