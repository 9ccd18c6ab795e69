"""Statements in their blocks: what stands beside one, and what a loop or function holds of its own."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.metadata import ExpressionContext

from asynclint.fixes.tree import Place, Refused

Loop = cst.While | cst.For


def siblings(place: Place, statement: cst.CSTNode) -> list[cst.CSTNode]:
    """The statements of the block that a statement stands in, those on one line each for itself."""
    block = place.tree.parent(statement)
    if isinstance(block, cst.SimpleStatementLine):
        block = place.tree.parent(block)
    if not isinstance(block, (cst.IndentedBlock, cst.SimpleStatementSuite, cst.Module)):
        raise Refused("the code at this place is not part of a block")
    place.tree.walk(block)  # so that the parents of all are known
    return list(statements_of(block))


def statements_of(block: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements of a block, those on one line each for itself."""
    assert isinstance(block, (cst.IndentedBlock, cst.SimpleStatementSuite, cst.Module))
    for part in block.body:
        if isinstance(part, cst.SimpleStatementLine):
            yield from part.body
        else:
            yield part


def block_of(place: Place, statement: cst.CSTNode) -> cst.CSTNode:
    """What the block is part of that a statement stands in: a loop, an ``else``, a function."""
    block = place.tree.parent(statement)
    return place.tree.parent(place.tree.parent(block) if isinstance(block, cst.SimpleStatementLine) else block)


def behind(place: Place, statement: cst.CSTNode) -> list[cst.CSTNode]:
    """The statements that follow one in its block."""
    beside = siblings(place, statement)
    return beside[beside.index(statement) + 1 :]


def loop_around(place: Place, node: cst.CSTNode) -> Loop:
    """The loop that a ``break`` at a node would leave."""
    inner = node
    for outer in place.tree.parents(node):
        if isinstance(outer, (cst.While, cst.For)) and inner is outer.body:
            return outer
        if isinstance(outer, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            break
        inner = outer
    raise Refused("the code at this place does not stand in a loop of its own function")


def own_parts(place: Place, top: cst.CSTNode, stop: tuple[type[cst.CSTNode], ...] = ()) -> Iterator[cst.CSTNode]:
    """The nodes in one, without those in functions and classes inside of it, nor in what else is to be left out."""
    place.tree.walk(top)
    queue: list[cst.CSTNode] = [top]
    while queue:
        node = queue.pop()
        yield node
        queue += [child for child in reversed(node.children) if not isinstance(child, (cst.FunctionDef, cst.ClassDef, cst.Lambda, *stop))]


def bound_in(place: Place, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The names and attributes that get a value in a node that was found or walked over."""
    roles = place.tree.roles
    return [part for part in place.tree.walk(node) if roles.get(part) is ExpressionContext.STORE]


def may_follow(place: Place, node: cst.CSTNode) -> bool:
    """Whether other code of the function may run once a loop or other statement has come to its end."""
    for outer in (node, *place.tree.parents(node)):
        if isinstance(outer, cst.FunctionDef):
            return False
        if isinstance(outer, (cst.While, cst.For)) and outer is not node:
            return True
        if isinstance(outer, cst.Finally) or (isinstance(outer, cst.Try) and outer.orelse is not None):
            return True
        if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement)) and behind(place, outer):
            return True
    return False


def is_path(node: cst.BaseExpression) -> bool:
    """Whether an expression only names something, so that it may be written once more: ``self.writer``, ``clients[name]``."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        if isinstance(node, cst.Subscript):
            index = node.slice[0].slice if len(node.slice) == 1 else None
            if not isinstance(index, cst.Index) or not isinstance(index.value, (cst.Name, cst.SimpleString, cst.Integer)):
                return False
        node = node.value
    return isinstance(node, cst.Name)


def compound(place: Place, head: str, *body: str) -> str:
    """The text of a compound statement, with the lines and the indentation of the file."""
    module = place.tree.module
    return module.default_newline.join([head, *[module.default_indent + line for line in body]]) + module.default_newline
