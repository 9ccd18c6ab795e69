"""Several awaitables, given one by one or as a collection, as the callee takes them."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import is_dropped, parenthesised
from asynclint.fixes.tree import Place, Refused

_LOOSE = (cst.NamedExpr, cst.Yield, cst.Lambda, cst.IfExp, cst.GeneratorExp)
"""What is given in parentheses behind a star."""


def unpack(place: Place) -> None:
    """``gather(xs)`` becomes ``gather(*xs)``. The words are the positions of the arguments."""
    call = place.exactly(cst.Call)
    if is_dropped(place, call) and any(_returns_errors(place, part) for part in call.args):
        raise Refused("nobody would look at the exceptions that it returns")
    _look_at_results(place, call)
    for number in map(int, place.fix.words):
        argument = _argument(call, number)
        value = argument.value
        place.replace(argument, lambda old: cast(cst.Arg, old).with_changes(star="*"))
        if isinstance(value, _LOOSE) and not value.lpar:
            place.replace(value, lambda old: parenthesised(cast(cst.BaseExpression, old)))


def _look_at_results(place: Place, call: cst.Call) -> None:
    """Whether it matters that the results of several collections come in one list, one by one."""
    if is_dropped(place, call) or sum(part.keyword is None for part in call.args) < 2:
        return
    outer = place.tree.parent(call)
    user = place.tree.parent(outer) if isinstance(outer, cst.Await) else outer
    if isinstance(user, cst.Assign) and any(isinstance(one.target, (cst.Tuple, cst.List)) for one in user.targets):
        raise Refused("one result is expected for each argument")
    place.unless("one result may be expected for each argument")


def _returns_errors(place: Place, argument: cst.Arg) -> bool:
    is_it = argument.keyword is not None and argument.keyword.value == "return_exceptions"
    return is_it and place.tree.code(argument.value) != "False"


def _argument(call: cst.Call, number: int) -> cst.Arg:
    if number >= len(call.args) or any(part.star or part.keyword for part in call.args[: number + 1]):
        raise Refused("arguments are unpacked in front of it")
    return call.args[number]


def collect(place: Place) -> None:
    """``wait(task)`` becomes ``wait([task])``. A word is what to call with it first: ``wait([create_task(f())])``."""
    call = place.exactly(cst.Call)
    if is_dropped(place, call):
        raise Refused("nobody would look at what came of it")
    value = first_of(call, "fs").value
    if isinstance(value, cst.GeneratorExp) and not value.lpar:
        raise Refused("it is a generator expression")
    maker = place.expression(place.name(place.fix.words[0])) if place.fix.words else None

    def change(old: cst.CSTNode) -> cst.CSTNode:
        made = cast(cst.BaseExpression, old)
        return cst.List([cst.Element(made if maker is None else called(maker, made))])

    place.replace(value, change)


def first_of(call: cst.Call, keyword: str) -> cst.Arg:
    """The argument of a call that is given by a keyword, or first."""
    for number, argument in enumerate(call.args):
        if not argument.star and (argument.keyword.value == keyword if argument.keyword is not None else number == 0):
            return argument
    raise Refused("the argument is not written in the call")


def called(callee: cst.BaseExpression, argument: cst.BaseExpression) -> cst.Call:
    """A call with one argument, whose own parentheses are not needed any more."""
    is_bare = len(argument.lpar) == 1 and not isinstance(argument, (cst.Tuple, cst.GeneratorExp, cst.Yield, cst.NamedExpr))
    has_comment = any(isinstance(part.whitespace_after, cst.ParenthesizedWhitespace) for part in argument.lpar)
    if is_bare and not has_comment:
        argument = argument.with_changes(lpar=[], rpar=[])
    return cst.Call(callee, [cst.Arg(argument)])
