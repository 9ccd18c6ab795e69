"""A function where its result is needed, or its arguments go astray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import libcst as cst

from asynclint.fixes.calls import argument_index
from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def call_and_await(place: Place) -> None:
    """``f`` becomes ``await f()``, and ``await f`` becomes ``await f()``."""
    found = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    function = found.expression if isinstance(found, cst.Await) else found
    if not isinstance(function, (cst.Name, cst.Attribute)):
        raise Refused("what is to be called is not written as a name")
    is_awaited = isinstance(place.tree.parent(function), cst.Await)
    may_await(place, function)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        made = called(cast(cst.BaseExpression, old))
        return made if is_awaited else awaited(place, function, made)

    place.replace(function, change)


def call_argument(place: Place) -> None:
    """``run(main)`` becomes ``run(main())``, and ``create_task(f, x)`` becomes ``create_task(f(x))``.

    The words are the argument's keyword (or nothing), its position, and ``rest`` where the positional arguments behind it go to it.
    """
    keyword, position, *rest = place.fix.words
    outer = place.exactly(cst.Call)
    index = argument_index(outer, keyword, int(position))
    argument = outer.args[index]
    if not isinstance(argument.value, (cst.Name, cst.Attribute)):
        raise Refused("what is to be called is not written as a name")
    moved = [other for other in outer.args[index + 1 :] if rest and other.keyword is None]
    if any(other.star for other in outer.args) and rest:
        raise Refused("the call unpacks arguments")
    if list(outer.args[index + 1 : index + 1 + len(moved)]) != moved:
        raise Refused("the arguments stand in another order")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        own, end = call.args[index], index + 1 + len(moved)
        if not moved:
            made = own.with_changes(value=called(own.value))
        else:
            made = _wrapped(own.value, call.args[index + 1 : end], place.tree.module.default_indent, own.comma)
        return call.with_changes(args=[*call.args[:index], made, *call.args[end:]])

    place.replace(outer, change)


def bind_keywords(place: Place) -> None:
    """``run_in_executor(None, f, x, k=y)`` becomes ``run_in_executor(None, functools.partial(f, x, k=y))``.

    The words are the callable's position, and the keywords that the one who takes it keeps to itself.
    """
    position, *own = place.fix.words
    outer = place.exactly(cst.Call)
    index = argument_index(outer, "", int(position))
    if any(argument.star == "**" for argument in outer.args):
        raise Refused("the call unpacks keyword arguments")
    moved = [argument for argument in outer.args[index + 1 :] if argument.keyword is None or argument.keyword.value not in own]
    if list(outer.args[index + 1 : index + 1 + len(moved)]) != moved:
        raise Refused("the arguments stand in another order")
    function = place.expression(place.name("functools.partial"))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        end = index + 1 + len(moved)
        bound = _wrapped(function, call.args[index:end], place.tree.module.default_indent)
        return call.with_changes(args=[*call.args[:index], bound, *call.args[end:]])

    place.replace(outer, change)


def called(function: cst.BaseExpression) -> cst.Call:
    """The call of a function, in the parentheses that the function stood in."""
    return cst.Call(function.with_changes(lpar=[], rpar=[]), lpar=function.lpar, rpar=function.rpar)


def _wrapped(
    function: cst.BaseExpression, args: Sequence[cst.Arg], indent: str, comma: cst.Comma | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
) -> cst.Arg:
    """The arguments of a call as one: another call with these arguments. `comma` is the one in front of them, where it is not to be kept.

    Where each stands on a line of its own, so it does in the new call.
    """
    last = args[-1]
    before = comma if isinstance(comma, cst.Comma) else args[0].comma
    line = before.whitespace_after if isinstance(before, cst.Comma) else None
    bare = last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))
    behind = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    if not isinstance(line, cst.ParenthesizedWhitespace) or not isinstance(behind, cst.ParenthesizedWhitespace):
        inner = cst.Call(function, [*args[:-1], bare])
        return cst.Arg(inner, comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    inside = [_deeper(arg, indent) for arg in args[:-1]]
    closing = behind.with_changes(last_line=line.last_line)
    if isinstance(last.comma, cst.Comma):
        inside.append(last.with_changes(comma=last.comma.with_changes(whitespace_after=closing)))
    else:
        inside.append(last.with_changes(whitespace_after_arg=closing))
    start = line if isinstance(comma, cst.Comma) else _plain(line)
    inner = cst.Call(function, inside, whitespace_before_args=_indented(start, indent))
    if isinstance(last.comma, cst.Comma):
        return cst.Arg(inner, comma=last.comma.with_changes(whitespace_after=_plain(behind)))
    return cst.Arg(inner, whitespace_after_arg=_plain(behind))


def _deeper(arg: cst.Arg, indent: str) -> cst.Arg:
    space = arg.comma.whitespace_after if isinstance(arg.comma, cst.Comma) else None
    if not isinstance(arg.comma, cst.Comma) or not isinstance(space, cst.ParenthesizedWhitespace):
        return arg
    return arg.with_changes(comma=arg.comma.with_changes(whitespace_after=_indented(space, indent)))


def _indented(space: cst.ParenthesizedWhitespace, indent: str) -> cst.ParenthesizedWhitespace:
    return space.with_changes(last_line=cst.SimpleWhitespace(space.last_line.value + indent))


def _plain(space: cst.ParenthesizedWhitespace) -> cst.ParenthesizedWhitespace:
    """The line break without its comment."""
    first = space.first_line.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))
    return space.with_changes(first_line=first, empty_lines=[])
