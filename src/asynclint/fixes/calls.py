"""Calls made of old ones: the arguments keep their layout, and new ones in front of them follow it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.fixes.expressions import parenthesised
from asynclint.fixes.tree import Place, Refused


def handed_over(place: Place, call: cst.Call, function: str, first: Sequence[cst.BaseExpression] = (), *, bind: bool = False) -> cst.Call:
    """``function(*first, f, x, k=y)`` for the call ``f(x, k=y)``. With `bind`, `function` takes no keywords for others, and the
    call's own are bound to `f`: ``function(functools.partial(f, x, k=y))``.
    """
    callee = _bare(call.func)
    if not isinstance(callee, (cst.Name, cst.Attribute, cst.Subscript, cst.Call)):
        raise Refused("what is called here is not written as a name")
    if bind and any(argument.keyword is not None or argument.star == "**" for argument in call.args):
        bound = with_first(call, place.expression(place.name("functools.partial")), [callee])
        return cst.Call(place.expression(function), [*map(cst.Arg, first), cst.Arg(bound.with_changes(lpar=[], rpar=[]))])
    return with_first(call, place.expression(function), [*first, callee])


def with_first(call: cst.Call, function: cst.BaseExpression, first: Sequence[cst.BaseExpression]) -> cst.Call:
    """The call of another function with more arguments in front. On several lines, each of them stands on its own."""
    args = call.args
    if len(args) == 1 and isinstance(args[0].value, cst.GeneratorExp) and not args[0].value.lpar:
        args = [args[0].with_changes(value=parenthesised(args[0].value))]
    added = [cst.Arg(value, comma=between(call)) for value in first]
    if not args and added:
        added[-1] = added[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return call.with_changes(func=function, args=[*added, *args])


def with_argument(call: cst.Call, index: int, value: cst.BaseExpression) -> cst.Call:
    """The call with one more argument in front of another."""
    comma = between(call)
    if index:
        before = call.args[index - 1].comma
        space = _without_comment(before.whitespace_after) if isinstance(before, cst.Comma) else None
        comma = cst.Comma(whitespace_after=space if space is not None and _is_broken(space) else cst.SimpleWhitespace(" "))
    return call.with_changes(args=[*call.args[:index], cst.Arg(value, comma=comma), *call.args[index:]])


def argument_index(call: cst.Call, keyword: str, position: int) -> int:
    """The number of an argument, by its keyword or else by its position among those without one."""
    plain = 0
    for number, argument in enumerate(call.args):
        if argument.keyword is not None or argument.star == "**":
            if keyword and argument.keyword is not None and argument.keyword.value == keyword:
                return number
            continue
        if not keyword and (plain == position or argument.star):
            if argument.star:
                break
            return number
        plain += 1
    raise Refused("the argument is not plain to see")


def between(call: cst.Call) -> cst.Comma:
    """The comma behind a new argument: with a line break where the first argument of the call stands on a line of its own."""
    space = _without_comment(call.whitespace_before_args)
    return cst.Comma(whitespace_after=space if _is_broken(space) else cst.SimpleWhitespace(" "))


def _is_broken(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace)


def _without_comment(space: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """The line break without the comment on it, and without lines of their own."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    return space.with_changes(first_line=space.first_line.with_changes(comment=None, whitespace=cst.SimpleWhitespace("")), empty_lines=[])


def _bare(callee: cst.BaseExpression) -> cst.BaseExpression:
    """What is called, without parentheses that it does not need as an argument."""
    is_broken = any(_is_broken(paren.whitespace_after) for paren in callee.lpar)
    return callee if is_broken or not callee.lpar else callee.with_changes(lpar=callee.lpar[1:], rpar=callee.rpar[:-1])
