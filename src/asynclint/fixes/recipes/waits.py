"""To wait for what is meant: without sleeping, and not for oneself."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import parenthesised
from asynclint.fixes.tree import Place, Refused


def wait_once(place: Place) -> None:
    """``while not event.is_set(): await sleep(1)`` becomes ``await event.wait()``, and for a task ``await asyncio.wait([task])``."""
    loop = place.innermost(cst.While)
    test = loop.test
    asked = test.expression if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not) else None
    if not isinstance(asked, cst.Call) or asked.args or not isinstance(asked.func, cst.Attribute) or loop.orelse is not None:
        raise Refused("the loop is not a plain one")
    line = loop.body.body[0] if isinstance(loop.body, cst.IndentedBlock) and len(loop.body.body) == 1 else loop.body
    if not isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) or len(line.body) != 1:
        raise Refused("the loop does something else as well")
    comments = sum(empty.comment is not None for empty in loop.leading_lines)
    if sum(isinstance(part, cst.Comment) for part in place.tree.walk(loop)) > comments:
        raise Refused("a comment would be lost")
    waited = asked.func.value
    if asked.func.attr.value == "is_set":
        made = cst.Call(cst.Attribute(waited, cst.Name("wait")))
    elif asked.func.attr.value == "done":
        made = cst.Call(place.expression(place.name("asyncio.wait")), [cst.Arg(cst.List([cst.Element(waited)]))])
    else:
        raise Refused("there is nothing to wait for")
    place.put(loop, cst.SimpleStatementLine([cst.Expr(cst.Await(made))], leading_lines=loop.leading_lines))


def leave_out_current(place: Place) -> None:
    """``all_tasks()`` becomes ``all_tasks() - {current_task()}``. The place is that of the call."""
    call = place.exactly(cst.Call, place.fix.places[0])
    if call.args:
        raise Refused("it is asked for the tasks of another loop")
    current = place.expression(f"{{{place.name('asyncio.current_task')}()}}")
    outer = place.tree.parent(call)
    is_plain = isinstance(outer, (cst.Assign, cst.AnnAssign, cst.For, cst.CompFor)) or (isinstance(outer, cst.Arg) and not outer.star)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        before = cast(cst.Call, old)
        bare = before.with_changes(lpar=[], rpar=[])
        made = cst.BinaryOperation(bare, cst.Subtract(), current, lpar=before.lpar, rpar=before.rpar)
        return made if is_plain or made.lpar else parenthesised(made)

    place.replace(call, change)
