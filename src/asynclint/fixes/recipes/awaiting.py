"""An ``await`` where one is missing."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_PASSES_ON = (cst.BooleanOperation, cst.IfExp, cst.NamedExpr)
"""Expressions that may give what a part of them gives."""

_LOOKS: Final = frozenset({"bool", "debug", "error", "exception", "info", "isinstance", "len", "print", "repr", "str", "type", "warning"})
"""Last names of callables that a value may be given to, and never a coroutine that is to be awaited."""


def insert_await(place: Place) -> None:
    """``f()`` becomes ``await f()``, in parentheses where they are needed; so does an attribute that gives a coroutine."""
    made = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    function = may_await(place, made)
    for name in _walrus_names(place, made):
        if any(_may_be_awaited(place, use) for use in place.tree.walk(function) if isinstance(use, cst.Name) and use.value == name):
            raise Refused(f"`{name}` holds it as well, which may be awaited elsewhere")
    place.replace(made, lambda old: awaited(place, made, cast(cst.BaseExpression, old)))


def run(place: Place) -> None:
    """``f()`` as a statement becomes ``asyncio.run(f())``."""
    call = place.exactly(cst.Call)
    statement = place.tree.parent(call)
    if not isinstance(statement, cst.Expr):
        raise Refused("it is a part of something else")
    if place.function(call) is not None:
        raise Refused("it stands in a function")
    function = place.expression(place.name("asyncio.run"))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        made = cast(cst.Call, old)
        return cst.Call(function, [cst.Arg(made.with_changes(lpar=[], rpar=[]))], lpar=made.lpar, rpar=made.rpar)

    place.replace(call, change)


def _walrus_names(place: Place, node: cst.CSTNode) -> list[str]:
    """The names that ``:=`` binds to what a node gives."""
    names: list[str] = []
    for outer in place.tree.parents(node):
        if not isinstance(outer, _PASSES_ON):
            break
        if isinstance(outer, cst.NamedExpr) and isinstance(outer.target, cst.Name):
            names.append(outer.target.value)
    return names


def _may_be_awaited(place: Place, use: cst.Name) -> bool:
    """Whether a name stands where what it holds may be awaited, or handed on to be."""
    outer = place.tree.parent(use)
    if isinstance(outer, (cst.NamedExpr, cst.AssignTarget)) and outer.target is use:
        return False
    if isinstance(outer, (cst.Attribute, cst.Subscript)):
        return outer.value is not use and isinstance(outer, cst.Subscript)
    if isinstance(outer, cst.Arg):
        call = place.tree.parent(outer)
        function = call.func if isinstance(call, cst.Call) else None
        name = function.attr if isinstance(function, cst.Attribute) else function
        return not (isinstance(name, cst.Name) and name.value in _LOOKS)
    tests = (cst.Comparison, cst.ComparisonTarget, cst.FormattedStringExpression, cst.If, cst.While, cst.Assert, cst.BinaryOperation)
    return not isinstance(outer, (*tests, cst.UnaryOperation, cst.BooleanOperation))
