"""Small pieces of trees: walks that leave parts out, what a call is given, what a test asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
LEAVES: Final = (ast.Return, ast.Break, ast.Raise)
"""Statements behind which a loop does not go on."""

Kinds = tuple[type[ast.AST], ...]


def outside(start: Iterable[ast.AST], kinds: Kinds) -> Iterator[ast.AST]:
    """These nodes and all that stands in them, but for what is inside of nodes of some kinds."""
    stack = [*start]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, kinds):
            stack.extend(ast.iter_child_nodes(node))


def in_order(node: ast.AST, kinds: Kinds) -> Iterator[ast.AST]:
    """A node and all that stands in it, inner ones first, but for what is inside of nodes of some kinds."""
    stack = [(node, False)]
    while stack:
        part, is_done = stack.pop()
        if is_done or isinstance(part, kinds):
            yield part
        else:
            stack.append((part, True))
            stack += [(child, False) for child in reversed(list(ast.iter_child_nodes(part)))]


def given(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call; those that are unpacked as they stand."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def without_not(test: ast.expr, wanted: bool = True) -> tuple[ast.expr, bool]:
    """What a test that comes out as `wanted` asks for, without what turns it round, and how that comes out."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, not wanted
    return test, wanted


def without_none(test: ast.expr) -> tuple[ast.expr, bool]:
    """What a test asks for, without ``not`` and ``is None`` around it, and whether that is there where the test is true."""
    test, wanted = without_not(test)
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)) and is_none(test.comparators[0]):
        return test.left, wanted == isinstance(test.ops[0], ast.IsNot)
    return test, wanted
