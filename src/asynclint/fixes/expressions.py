"""New expressions made of old ones, with the parentheses that their place asks for."""

from __future__ import annotations

import re
from typing import Final, cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_LOOSER: Final = (
    cst.Await,
    cst.BinaryOperation,
    cst.BooleanOperation,
    cst.Comparison,
    cst.IfExp,
    cst.Lambda,
    cst.NamedExpr,
    cst.UnaryOperation,
    cst.Yield,
)
"""What an ``await`` in front takes in parentheses only."""

_WORD_ENDS: Final = re.compile(r"\w\Z")
_WORD_BEGINS: Final = re.compile(r"\w")


def awaited(place: Place, node: cst.BaseExpression, made: cst.BaseExpression) -> cst.BaseExpression:
    """``await`` in front of `made`, which stands where `node` does in the tree. Refused where there is an ``await`` already."""
    outer = place.tree.parent(node)
    if isinstance(outer, cst.Await):
        raise Refused("it is awaited already")
    if isinstance(made, _LOOSER) and not made.lpar:
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


def touches_word(place: Place, node: cst.BaseExpression) -> bool:
    """Whether nothing but its parentheses keeps an expression apart from a word beside it: ``return(await f())``."""
    if not node.lpar:
        return False
    outermost = place.tree.range(node.lpar[0]), place.tree.range(node.rpar[-1])
    assert outermost[0] is not None
    assert outermost[1] is not None
    start, end = outermost[0].start, outermost[1].end
    line = place.tree.source.line
    return bool(_WORD_ENDS.search(line(start.line)[: start.column]) or _WORD_BEGINS.match(line(end.line)[end.column :]))


def twins(place: Place, node: cst.CSTNode) -> list[cst.CSTNode]:
    """A name that is read, and all other places in the code of the same function where the same is read: they share one finding."""
    text = place.tree.code(node)
    function = place.function(node)
    same = [part for part in place.tree.walk(place.tree.module) if isinstance(part, type(node)) and place.tree.code(part) == text]
    return [part for part in same if place.function(part) is function and getattr(place.tree.parent(part), "func", None) is not part]


def unpacked(place: Place, call: cst.Call) -> cst.BaseExpression:
    """The first argument of a call, without the brackets around it: one of several lines moves to the left, or takes the brackets for
    parentheses of its own where only they held it together."""
    argument = call.args[0]
    value = argument.value
    space = call.whitespace_before_args
    code = place.tree.code(value)
    if "\n" in code and not value.lpar:
        try:
            place.expression(code)
        except cst.ParserSyntaxError:
            end = argument.comma.whitespace_after if isinstance(argument.comma, cst.Comma) else argument.whitespace_after_arg
            return value.with_changes(lpar=[cst.LeftParen(space)], rpar=[cst.RightParen(end)])
    if isinstance(space, cst.ParenthesizedWhitespace) and space.last_line.value:
        value = cast(cst.BaseExpression, value.visit(_Dedenter(space.last_line.value)))
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
