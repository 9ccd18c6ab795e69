"""Loops and blocks in their other form: with ``async``, or without it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import cast

import libcst as cst

from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def async_for(place: Place) -> None:
    """``for`` becomes ``async for``, in a loop or a comprehension, where the finding is about what it goes through."""
    loop = _loop(place)
    if loop.asynchronous is not None:
        raise Refused("it is an `async for` already")
    may_await(place, loop)
    place.replace(loop, lambda old: old.with_changes(asynchronous=cst.Asynchronous()))


def plain_for(place: Place) -> None:
    """``async for`` becomes ``for``."""
    loop = _loop(place)
    if loop.asynchronous is None:
        raise Refused("it is a plain `for` already")
    if any(isinstance(outer, cst.GeneratorExp) for outer in place.tree.parents(loop)) and isinstance(loop, cst.CompFor):
        raise Refused("the generator expression may be needed as an asynchronous one")
    _keep_comments(place, loop.asynchronous)
    place.replace(loop, lambda old: old.with_changes(asynchronous=None))


def async_with(place: Place) -> None:
    """``with`` becomes ``async with``. The places are what else needs that, or may have it; where the statement enters other things
    as well, it is split into nested ones."""
    block, wrong = _block(place)
    if block.asynchronous is not None:
        raise Refused("it is an `async with` already")
    for item in block.items:
        if item in wrong:
            may_await(place, item.item)
            if len(wrong) == len(block.items):
                break  # none of them is entered by a plain `with` any more
    _change(place, block, wrong)


def plain_with(place: Place) -> None:
    """``async with`` becomes ``with``, likewise."""
    block, wrong = _block(place)
    if block.asynchronous is None:
        raise Refused("it is a plain `with` already")
    _keep_comments(place, block.asynchronous)
    _change(place, block, wrong)


def _loop(place: Place) -> cst.For | cst.CompFor:
    """The loop or the part of a comprehension that goes through what stands at the place."""
    iterable = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    loop = place.tree.parent(iterable)
    if not isinstance(loop, (cst.For, cst.CompFor)) or loop.iter is not iterable:
        raise Refused("this is no loop over it")
    return loop


def _block(place: Place) -> tuple[cst.With, list[cst.WithItem]]:
    """The statement that enters what stands at the place, and those of its items that need the other form."""
    manager = place.exactly(cst.BaseExpression)  # type: ignore[type-abstract]  # any of its kinds
    item = place.tree.parent(manager)
    if not isinstance(item, cst.WithItem) or item.item is not manager:
        raise Refused("this is no block that enters it")
    block = cast(cst.With, place.tree.parent(item))
    wanted = {place.finding.span, *place.fix.places}
    place.tree.walk(block)
    return block, [other for other in block.items if other is item or place.tree.span(other.item) in wanted]


def _change(place: Place, block: cst.With, wrong: Sequence[cst.WithItem]) -> None:
    """Give the items of a block that are wrong the other form: all at once, or in nested blocks."""
    other = cst.Asynchronous() if block.asynchronous is None else None
    if len(wrong) == len(block.items):
        place.replace(block, lambda old: old.with_changes(asynchronous=other))
        return
    header = [block.items, block.lpar, block.rpar]
    parts = [
        node for part in header if not isinstance(part, cst.MaybeSentinel) for node in (part if isinstance(part, Sequence) else [part])
    ]
    for part in parts:
        _keep_comments(place, part)
    is_wrong = [item in wrong for item in block.items]

    def split(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.With)
        body = old.body
        header = body.header if isinstance(body, cst.IndentedBlock) else cst.TrailingWhitespace()
        if isinstance(body, cst.IndentedBlock):
            body = body.with_changes(header=cst.TrailingWhitespace())  # a comment in the first line stays there
        indent = body.indent if isinstance(body, cst.IndentedBlock) else None
        groups = [(key, [item for _, item in found]) for key, found in groupby(zip(is_wrong, old.items, strict=True), lambda pair: pair[0])]
        for key, items in reversed(groups):
            made = _with(place, items, other if key else old.asynchronous, body)
            body = cst.IndentedBlock(body=[made], indent=indent)
        return made.with_changes(leading_lines=old.leading_lines, body=made.body.with_changes(header=header))

    place.replace(block, split)


def _with(place: Place, items: list[cst.WithItem], asynchronous: cst.Asynchronous | None, body: cst.BaseSuite) -> cst.With:
    """A block that enters some of the items of another one, in parentheses only where they stand on several lines."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    made = [item.with_changes(comma=comma) for item in items[:-1]] + [items[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
    if any(_is_bare_over_lines(place, item) for item in made):
        return cst.With(items=made, body=body, asynchronous=asynchronous, lpar=cst.LeftParen(), rpar=cst.RightParen())
    return cst.With(items=made, body=body, asynchronous=asynchronous)


def _is_bare_over_lines(place: Place, item: cst.WithItem) -> bool:
    """Whether an item goes over several lines and has no brackets of its own that hold it together."""
    if item.asname is not None and "\n" in place.tree.code(item.asname):
        return True
    return "\n" in place.tree.code(item.item) and not isinstance(item.item, (cst.Call, cst.Subscript))


def _keep_comments(place: Place, part: cst.CSTNode) -> None:
    """Refuse where a comment stands in something that will be written anew."""
    if any(isinstance(node, cst.Comment) for node in place.tree.walk(part)):
        raise Refused("a comment would be lost")
