"""New expressions made of old ones, with the parentheses that their place asks for."""

from __future__ import annotations

from typing import cast

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


def twins(place: Place, node: cst.CSTNode) -> list[cst.CSTNode]:
    """A name that is read, and all other places in the code of the same function where the same is read: they share one finding."""
    text = place.tree.code(node)
    function = place.function(node)
    same = [part for part in place.tree.walk(place.tree.module) if isinstance(part, type(node)) and place.tree.code(part) == text]
    return [part for part in same if place.function(part) is function and getattr(place.tree.parent(part), "func", None) is not part]


def unpacked(place: Place, call: cst.Call) -> cst.BaseExpression:
    """The first argument of a call, without the brackets around it: one of several lines moves to the left, and gets parentheses of its own
    where only the brackets held it together."""
    value = call.args[0].value
    space = call.whitespace_before_args
    if isinstance(space, cst.ParenthesizedWhitespace) and space.last_line.value:
        value = cast(cst.BaseExpression, value.visit(_Dedenter(space.last_line.value)))
    code = place.tree.code(value)
    if "\n" in code and not value.lpar:
        try:
            place.expression(code)
        except cst.ParserSyntaxError:
            return parenthesised(value)
    return value


class _Dedenter(cst.CSTTransformer):
    """Moves all lines but the first to the left."""

    def __init__(self, by: str) -> None:
        super().__init__()
        self._by = by

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        """Take the indentation from the line behind, and from those of comments between."""
        lines = [line.with_changes(whitespace=self._less(line.whitespace)) for line in updated_node.empty_lines]
        return updated_node.with_changes(empty_lines=lines, last_line=self._less(updated_node.last_line))

    def _less(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        return space.with_changes(value=space.value.removeprefix(self._by))


def keep_comments(place: Place, node: cst.CSTNode, *kept: cst.CSTNode) -> None:
    """Refuse to do without a node, other than the `kept` ones in it, if a comment would be lost with it."""
    inside = {part for part in kept for part in place.tree.walk(part)}
    if any(isinstance(part, cst.Comment) and part not in inside for part in place.tree.walk(node)):
        raise Refused("a comment would be lost")


def is_dropped(place: Place, node: cst.BaseExpression) -> bool:
    """Whether what an expression gives, or what awaiting it does, is a statement of its own."""
    outer = place.tree.parent(node)
    return isinstance(place.tree.parent(outer) if isinstance(outer, cst.Await) else outer, cst.Expr)
