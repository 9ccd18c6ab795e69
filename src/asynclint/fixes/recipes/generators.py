"""Coroutines of the time before ``async def``."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.expressions import awaited, twins
from asynclint.fixes.lists import without
from asynclint.fixes.tree import Place, Refused

_PLAIN: Final = (cst.BaseNumber, cst.BaseString, cst.BaseDict, cst.BaseList, cst.BaseSet, cst.Comparison, cst.Tuple, cst.UnaryOperation)
"""What is nothing to await."""


def make_async(place: Place) -> None:
    """``@asyncio.coroutine`` and ``yield from`` become ``async def`` and ``await``, in all functions that share the finding; where the
    decorator is imported by its name, in all that it stands at, and its import goes."""
    found = place.exactly(cst.CSTNode)  # type: ignore[type-abstract]  # any of its kinds
    if isinstance(found, cst.ImportAlias):
        _everywhere(place, found)
        return
    for twin in twins(place, found):
        decorator = place.tree.parent(twin)
        if not isinstance(decorator, cst.Decorator):
            raise Refused("it is not only a decorator here")
        _convert(place, decorator)


def _everywhere(place: Place, alias: cst.ImportAlias) -> None:
    statement = place.tree.parent(alias)
    if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        raise Refused("this is not imported by its name")
    name = place.tree.code(alias.asname.name if alias.asname is not None else alias.name)
    for node in place.tree.walk(place.tree.module):
        if isinstance(node, cst.Name) and node.value == name:
            outer = place.tree.parent(node)
            if isinstance(outer, cst.Decorator):
                _convert(place, outer)
            elif not _is_of_another(place, node, alias):
                raise Refused(f"`{name}` is used otherwise as well")
    if len(statement.names) == 1:
        place.remove(statement)
    else:
        rest = without(place, statement.names, alias)
        place.replace(statement, lambda old: old.with_changes(names=rest))


def _is_of_another(place: Place, node: cst.Name, alias: cst.ImportAlias) -> bool:
    """Whether a name is that of an attribute or a keyword, or stands in the import itself."""
    outer = place.tree.parent(node)
    if alias in place.tree.parents(node):
        return True
    return (isinstance(outer, cst.Attribute) and outer.attr is node) or (isinstance(outer, cst.Arg) and outer.keyword is node)


def _convert(place: Place, decorator: cst.Decorator) -> None:
    function = place.tree.parent(decorator)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is not None:
        raise Refused("what is decorated is not a plain function")
    for node in _own(place, function):
        outer = place.tree.parent(node)
        if isinstance(node, cst.From) and isinstance(outer, cst.Yield):
            _check(place, node.item)
            if isinstance(place.tree.parent(outer), cst.WithItem):
                raise Refused("`with (yield from ...)` has another form today")
            _await(place, outer, node)
        elif isinstance(node, cst.Yield) and not isinstance(node.value, cst.From):
            raise Refused("a plain `yield` stands in the function")
        elif isinstance(node, cst.Await):
            raise Refused("an `await` stands in the function")
    if not any(isinstance(node, cst.Yield) for node in _own(place, function)):
        _check_results(place, function)
    if decorator.trailing_whitespace.comment is not None:
        raise Refused("a comment would be lost with the decorator")
    place.replace(function, lambda old: _async(cast(cst.FunctionDef, old), function.decorators.index(decorator)))


def _check(place: Place, source: cst.BaseExpression) -> None:
    """Refuse what is certainly nothing to await: a display, and a call of what is a generator function in this file."""
    named = source.func if isinstance(source, cst.Call) else source
    name = named.attr.value if isinstance(named, cst.Attribute) else named.value if isinstance(named, cst.Name) else ""
    is_plain = isinstance(source, cst.Call) and any(
        isinstance(node, cst.FunctionDef)
        and node.name.value == name
        and not node.decorators
        and any(isinstance(part, cst.Yield) for part in _own(place, node))
        for node in place.tree.walk(place.tree.module)
    )
    if is_plain or isinstance(source, (cst.BaseList, cst.BaseSet, cst.BaseDict, cst.Tuple, cst.BaseComp)):
        raise Refused("what stands behind `yield from` cannot be awaited")


def _check_results(place: Place, function: cst.FunctionDef) -> None:
    """Refuse what a function without ``yield from`` may return to be awaited: the decorator did so."""
    for node in _own(place, function):
        value = node.value if isinstance(node, cst.Return) else None
        is_plain = isinstance(value, _PLAIN) or (isinstance(value, cst.Name) and value.value in ("False", "None", "True"))
        if value is not None and not is_plain:
            raise Refused("what the function returns may be a coroutine, which the decorator awaits")


def _await(place: Place, node: cst.Yield, source: cst.From) -> None:
    """``yield from x`` becomes ``await x``, in the same parentheses."""

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.Yield)
        assert isinstance(old.value, cst.From)
        made = awaited(place, source.item, old.value.item)
        return made.with_changes(lpar=[*old.lpar, *made.lpar], rpar=[*made.rpar, *old.rpar])

    if any(isinstance(part, cst.Comment) for part in _between(place, node, source)):
        raise Refused("a comment would be lost with `yield from`")
    place.replace(node, change)


def _between(place: Place, node: cst.Yield, source: cst.From) -> list[cst.CSTNode]:
    """What stands between ``yield`` and what it is from."""
    inside = set(place.tree.walk(source.item))
    own = [*node.lpar, *node.rpar]
    outside = {part for paren in own for part in place.tree.walk(paren)}
    return [part for part in place.tree.walk(node) if part not in inside and part not in outside]


def _own(place: Place, function: cst.FunctionDef) -> list[cst.CSTNode]:
    """The nodes of a function's own code, without those of functions and classes in it."""
    found: list[cst.CSTNode] = []
    waiting: list[cst.CSTNode] = [function.body]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            waiting += node.children
    place.tree.walk(function.body)  # so that their parents are known
    return found


def _async(function: cst.FunctionDef, number: int) -> cst.FunctionDef:
    """A function without the decorator, whose comments and blank lines stand above what follows it."""
    gone = function.decorators[number]
    rest = [*function.decorators[:number], *function.decorators[number + 1 :]]
    changes: dict[str, object] = {"asynchronous": cst.Asynchronous()}
    if number < len(rest):
        rest[number] = rest[number].with_changes(leading_lines=[*gone.leading_lines, *rest[number].leading_lines])
    elif number:
        changes["lines_after_decorators"] = [*gone.leading_lines, *function.lines_after_decorators]
    else:
        changes["leading_lines"] = [*function.leading_lines, *gone.leading_lines, *function.lines_after_decorators]
        changes["lines_after_decorators"] = []
    return function.with_changes(decorators=rest, **changes)
