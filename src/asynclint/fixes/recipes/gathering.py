"""Collections of coroutines that nobody awaits."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_COLLECTORS = ("list", "set", "tuple")


def gather(place: Place) -> None:
    """``[f(x) for x in xs]`` becomes ``await asyncio.gather(*(f(x) for x in xs))``, and what is written down, ``[f(1), f(2)]``,
    ``await asyncio.gather(f(1), f(2))``."""
    whole = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    may_await(place, whole)
    function = place.expression(place.name("asyncio.gather"))
    made = _gathered(place, whole, function)
    place.put(whole, awaited(place, whole, made))


def _gathered(place: Place, whole: cst.BaseExpression, function: cst.BaseExpression) -> cst.Call:
    collection = _collected(whole)
    if isinstance(collection, (cst.List, cst.Set, cst.Tuple)):
        return _of_elements(place, collection, function)
    if isinstance(collection, cst.Call):
        return cst.Call(function, [cst.Arg(collection.with_changes(lpar=[], rpar=[]), star="*")])
    if isinstance(collection, (cst.ListComp, cst.SetComp, cst.GeneratorExp)):
        return cst.Call(function, [cst.Arg(_comprehension(place, collection), star="*")])
    raise Refused("it is not a list of them, or something like that")


def _collected(whole: cst.BaseExpression) -> cst.BaseExpression:
    """What a call of ``list`` and its kind is given; the expression itself where there is none."""
    while isinstance(whole, cst.Call) and isinstance(whole.func, cst.Name) and whole.func.value in _COLLECTORS:
        if len(whole.args) != 1 or whole.args[0].star or whole.args[0].keyword is not None:
            break
        whole = whole.args[0].value
    return whole


def _of_elements(place: Place, display: cst.List | cst.Set | cst.Tuple, function: cst.BaseExpression) -> cst.Call:
    """A call with the elements of a display, as they are laid out, for arguments."""
    if isinstance(display, cst.Tuple) and not display.lpar:
        raise Refused("the tuple has no parentheses")
    elements: Sequence[cst.BaseElement] = display.elements
    if not elements:
        raise Refused("there is nothing in it")
    arguments = [
        cst.Arg(element.value, comma=element.comma, star="*" if isinstance(element, cst.StarredElement) else "") for element in elements
    ]
    opening, closing = _brackets(display)
    last = arguments[-1]
    if isinstance(last.comma, cst.Comma) and "\n" not in place.tree.code(last.comma) and "\n" not in place.tree.code(display):
        last = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)  # `(f(),)` is a tuple by its comma
        closing = cst.SimpleWhitespace("")
    arguments[-1] = last.with_changes(whitespace_after_arg=closing)
    return cst.Call(function, arguments, whitespace_before_args=opening)


def _brackets(
    display: cst.List | cst.Set | cst.Tuple | cst.ListComp | cst.SetComp,
) -> tuple[cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """The space behind the opening bracket, and in front of the closing one."""
    if isinstance(display, cst.Tuple):
        return display.lpar[-1].whitespace_after, display.rpar[0].whitespace_before
    if isinstance(display, (cst.Set, cst.SetComp)):
        return display.lbrace.whitespace_after, display.rbrace.whitespace_before
    return display.lbracket.whitespace_after, display.rbracket.whitespace_before


def _comprehension(place: Place, comprehension: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> cst.BaseExpression:
    """The comprehension as a generator expression; as a list, where that would be an asynchronous generator."""
    if isinstance(comprehension, cst.GeneratorExp):
        if _awaits(place, comprehension):
            raise Refused("it is an asynchronous generator")
        return comprehension if comprehension.lpar else comprehension.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    before, after = _brackets(comprehension)
    if _awaits(place, comprehension):
        left, right = cst.LeftSquareBracket(before), cst.RightSquareBracket(after)
        return cst.ListComp(comprehension.elt, comprehension.for_in, left, right)
    return cst.GeneratorExp(comprehension.elt, comprehension.for_in, lpar=[cst.LeftParen(before)], rpar=[cst.RightParen(after)])


def _awaits(place: Place, comprehension: cst.BaseComp) -> bool:
    """Whether something is awaited in a comprehension, but for what it goes through first."""
    first = set(place.tree.walk(comprehension.for_in.iter))
    return any(isinstance(node, (cst.Await, cst.Asynchronous)) and node not in first for node in place.tree.walk(comprehension))
