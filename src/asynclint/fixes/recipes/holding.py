"""What is opened and not given back: a block around all that uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import libcst as cst
from libcst.metadata import ExpressionContext

from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def hold(place: Place) -> None:
    """``r = X()`` becomes ``async with X() as r:`` around the rest of the block. The first word tells what becomes of an ``await`` in
    front, ``keep`` or ``drop``; the others are the methods that give it back, of which one at the end is needed no more.

    All the rest is taken, not only what names it: what came out of it, such as a response of a session, is of no use without it.
    """
    call = place.exactly(cst.Call)
    line, name = _assignment(place, call)
    block = place.tree.parent(line)
    if not isinstance(block, cst.IndentedBlock):
        raise Refused("it is not made on a line of its own")
    may_await(place, call)
    number = block.body.index(line)
    held = block.body[number + 1 :]
    dropped = _is_given_back(place, held[-1], name) if held else False
    if dropped:
        held = held[:-1]
    _check_uses(place, block, name, held, dropped)
    value = cast(cst.Assign, line.body[0]).value
    item = call if place.fix.words[0] == "drop" else value

    def change(old: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(old, cst.IndentedBlock)
        body = cst.IndentedBlock(body=list(old.body[number + 1 : number + 1 + len(held)]), header=line.trailing_whitespace)
        manager = cst.WithItem(item, cst.AsName(cst.Name(name)))
        made = cst.With(items=[manager], body=body, asynchronous=cst.Asynchronous()).with_changes(leading_lines=line.leading_lines)
        return old.with_changes(body=[*old.body[:number], made])

    place.replace(block, change)


def _assignment(place: Place, call: cst.Call) -> tuple[cst.SimpleStatementLine, str]:
    """The line that does nothing but bind what a call gives to a name, and the name."""
    value = place.tree.parent(call)
    statement = place.tree.parent(value) if isinstance(value, cst.Await) else value
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0].target, cst.Name):
        raise Refused("it is not bound to one name")
    line = place.tree.parent(statement)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refused("it is not made on a line of its own")
    if isinstance(value, cst.Await) and value.lpar and place.fix.words[0] == "drop":
        raise Refused("there are parentheses around the await")
    return line, statement.targets[0].target.value


def _is_given_back(place: Place, statement: cst.BaseStatement, name: str) -> bool:
    """Whether a statement does nothing but give back what `name` holds."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) > 1 or not isinstance(statement.body[0], cst.Expr):
        return False
    value = statement.body[0].value
    code = place.tree.code(value.expression if isinstance(value, cst.Await) else value)
    if code not in [f"{name}.{method}()" for method in place.fix.words[1:]]:
        return False
    if any(isinstance(node, cst.Comment) for node in place.tree.walk(statement)):
        raise Refused("a comment would be lost")
    return True


def _check_uses(place: Place, block: cst.IndentedBlock, name: str, held: Sequence[cst.BaseStatement], is_closed: bool) -> None:
    """Refuse where a block around these statements would not do what is meant: where something in it is used behind it as well, or gives
    back too early what it holds."""
    function = place.tree.parent(block)
    inside = [node for statement in held for node in place.tree.walk(statement)]
    roles = place.tree.roles
    bound = {
        node.value for node in inside if isinstance(node, cst.Name) and roles.get(node) is not ExpressionContext.LOAD and node in roles
    }
    uses = [node for node in inside if isinstance(node, cst.Name) and node.value == name and node in roles]
    if name in bound:
        raise Refused(f"`{name}` is bound to something else later")
    if not uses:
        raise Refused("nothing behind it uses it")
    if any(isinstance(node, cst.Yield) for node in inside):
        raise Refused("it would be held while the generator waits")
    for node in uses:
        outer = place.tree.parent(node)
        if isinstance(outer, cst.Attribute) and outer.attr.value in place.fix.words[1:]:
            raise Refused("it is given back by hand in some places")
        within = [part for part in place.tree.parents(node) if isinstance(part, (cst.FunctionDef, cst.Lambda, cst.ClassDef))]
        if within[0] is not place.function(block):
            raise Refused("a function inside uses it, which may run later")
    if isinstance(function, cst.FunctionDef):
        return  # nothing comes behind the block
    outside = place.function(block)
    assert outside is not None
    known = {*inside, *place.tree.walk(block.body[-1])} if is_closed else set(inside)
    for other in place.tree.walk(outside):
        is_other = isinstance(other, cst.Name) and other.value in {name, *bound} and other not in known
        if is_other and roles.get(other) is ExpressionContext.LOAD:
            raise Refused(f"`{place.tree.code(other)}` is used outside of the block, too")
