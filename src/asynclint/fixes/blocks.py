"""Compound statements that go, come, or leave what they hold to the block around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused, Statement


def unwrap(place: Place, statement: Statement, kept: Sequence[str]) -> None:
    """Put what a compound statement holds in its place: the blocks with these names, in their order. The rest of it goes."""
    inside = [part for name in kept for part in _block(statement, name).body]
    _keep_comments(place, statement, inside)

    def change(old: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        made = cast(Statement, old)
        body = [line for name in kept for line in lines_of(_block(made, name))]
        comments = [line for line in body[0].leading_lines if line.comment is not None]
        body[0] = body[0].with_changes(leading_lines=[*made.leading_lines, *comments])
        return cst.FlattenSentinel(body)

    place.replace(statement, change)


def drop(place: Place, statement: Statement) -> None:
    """Take a compound statement away that has another one behind it. Blank lines in front of it stay."""
    block = place.tree.parent(statement)
    body = cast("Sequence[Statement]", block.body) if isinstance(block, (cst.IndentedBlock, cst.Module)) else ()
    if not body or body[-1] is statement:
        raise Refused("nothing stands behind it")
    _keep_comments(place, statement, [])
    if any(line.comment is not None for line in statement.leading_lines):
        raise Refused("a comment would be lost")
    following = body[list(body).index(statement) + 1]

    def change(old: cst.CSTNode) -> cst.CSTNode:
        comments = [line for line in cast(Statement, old).leading_lines if line.comment is not None]
        return old.with_changes(leading_lines=[*statement.leading_lines, *comments])

    place.replace(following, change)
    place.replace(statement, lambda _: cst.RemoveFromParent())


def lines_of(block: cst.BaseSuite) -> Iterator[Statement]:
    """The statements of a block, each on lines of its own: those of a block on one line stay together."""
    if isinstance(block, cst.IndentedBlock):
        yield from cast("Sequence[Statement]", block.body)
    else:
        assert isinstance(block, cst.SimpleStatementSuite)
        yield cst.SimpleStatementLine(block.body, trailing_whitespace=block.trailing_whitespace)


def _block(statement: cst.CSTNode, name: str) -> cst.BaseSuite:
    part = getattr(statement, name)
    return cast(cst.BaseSuite, part if isinstance(part, cst.BaseSuite) else part.body)


def _keep_comments(place: Place, statement: Statement, kept: Sequence[cst.CSTNode]) -> None:
    inside = {part for top in (*kept, *statement.leading_lines) for part in place.tree.walk(top)}
    if any(isinstance(part, cst.Comment) and part not in inside for part in place.tree.walk(statement)):
        raise Refused("a comment would be lost")
