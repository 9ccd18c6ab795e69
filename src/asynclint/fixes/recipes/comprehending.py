"""What is asynchronous, gone through by a comprehension, so that what takes it gets a list."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.expressions import keep_comments, parenthesised
from asynclint.fixes.hoisting import fresh_name
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_ITEMS: Final = ("item", "element", "part")
_NOTHING: Final = cst.SimpleWhitespace("")


def comprehend(place: Place) -> None:
    """``list(rows())`` becomes ``[item async for item in rows()]``, ``sum(rows())`` ``sum([item async for item in rows()])``, and
    ``any(await f(x) for x in xs)`` ``any([await f(x) for x in xs])``.

    The words are what becomes of the call: it is a ``list`` or a ``set``, or stays, empty; and the number of its argument among those
    without a name. With ``unpacked``, there is no call.
    """
    whole, number = place.fix.words
    if whole == "unpacked":
        node = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
        outer = place.tree.parent(node)
        if isinstance(outer, cst.StarredDictElement) or (isinstance(outer, cst.Arg) and outer.star == "**"):
            raise Refused("it should be a mapping")
        _may_be_asynchronous(place, node)
        made = _comprehension(place, node)
        place.put(node, made)
        return
    call = place.exactly(cst.Call)
    _may_be_asynchronous(place, call)
    plain = [argument for argument in call.args if argument.keyword is None and argument.star != "**"]
    if int(number) >= len(plain):
        raise Refused("what is gone through is not plain to see")
    argument = plain[int(number)]
    comprehension = _comprehension(place, argument.value)
    if whole:
        _in_place_of_call(place, call, argument, comprehension, whole)
    elif len(call.args) == 1 and isinstance(argument.value, cst.GeneratorExp) and not argument.value.lpar:
        _hug(place, call, argument, comprehension)
    else:
        place.put(argument.value, comprehension)


def _may_be_asynchronous(place: Place, node: cst.CSTNode) -> None:
    """Refuse where no asynchronous comprehension may stand, or nothing may be awaited."""
    function = may_await(place, node)
    around = list(place.tree.parents(node))
    if any(isinstance(outer, cst.BaseComp) for outer in around[: around.index(function)]):
        raise Refused("before Python 3.11, no asynchronous comprehension may stand in another")


def _comprehension(place: Place, node: cst.BaseExpression) -> cst.ListComp:
    """The list of all that an asynchronous generator gives; of a generator expression, the same in brackets."""
    if isinstance(node, cst.GeneratorExp):
        if not node.lpar:
            return cst.ListComp(node.elt, node.for_in)
        if len(node.lpar) > 1:
            raise Refused("it stands in more than one pair of parentheses")
        left = cst.LeftSquareBracket(node.lpar[0].whitespace_after)
        return cst.ListComp(node.elt, node.for_in, left, cst.RightSquareBracket(node.rpar[0].whitespace_before))
    if any(isinstance(part, (cst.NamedExpr, cst.Yield)) for part in place.tree.walk(node)):
        raise Refused("a part of it cannot stand in a comprehension")
    name = cst.Name(fresh_name(place, node, *_ITEMS))
    is_loose = isinstance(node, (cst.IfExp, cst.Lambda, cst.Tuple))
    source = parenthesised(node) if is_loose and not node.lpar else node
    return cst.ListComp(name, cst.CompFor(name.deep_clone(), source, asynchronous=cst.Asynchronous()))


def _in_place_of_call(place: Place, call: cst.Call, argument: cst.Arg, comprehension: cst.ListComp, whole: str) -> None:
    """Put a list or set where one was made by a call, with the line breaks that the call had in its parentheses."""
    if len(call.args) != 1 or argument.star:
        raise Refused("the call does not have one plain argument")
    if isinstance(argument.value, cst.GeneratorExp) and argument.value.lpar:
        keep_comments(place, call, argument.value)
    else:
        behind = argument.comma.whitespace_after if isinstance(argument.comma, cst.Comma) else argument.whitespace_after_arg
        keep_comments(place, call, argument.value, call.whitespace_before_args, behind)
        left, right = cst.LeftSquareBracket(call.whitespace_before_args), cst.RightSquareBracket(behind)
        comprehension = comprehension.with_changes(lbracket=left, rbracket=right)
    made = _as_set(comprehension) if whole == "set" else comprehension
    place.put(call, made.with_changes(lpar=call.lpar, rpar=call.rpar))


def _as_set(made: cst.ListComp) -> cst.SetComp:
    left, right = cst.LeftCurlyBrace(made.lbracket.whitespace_after), cst.RightCurlyBrace(made.rbracket.whitespace_before)
    return cst.SetComp(made.elt, made.for_in, left, right)


def _hug(place: Place, call: cst.Call, argument: cst.Arg, comprehension: cst.ListComp) -> None:
    """Write the brackets right inside of the call's parentheses."""
    left, right = cst.LeftSquareBracket(call.whitespace_before_args), cst.RightSquareBracket(argument.whitespace_after_arg)
    made = comprehension.with_changes(lbracket=left, rbracket=right)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        arguments = [argument.with_changes(value=made, whitespace_after_arg=_NOTHING)]
        return cast(cst.Call, old).with_changes(args=arguments, whitespace_before_args=_NOTHING)

    place.replace(call, change)
