"""Items of a queue: each is marked as done once, whatever happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import libcst as cst

from asynclint.fixes.blocks import unwrap
from asynclint.fixes.expressions import keep_comments
from asynclint.fixes.statements import block_of, is_path, loop_around, statements_of
from asynclint.fixes.tree import Place, Refused, Statement

_LEAVES: Final = (cst.Break, cst.Continue, cst.Raise, cst.Return)


def mark_done(place: Place) -> None:
    """All that follows on taking an item goes into a ``try``, with one ``task_done()`` in its ``finally`` and none elsewhere.

    Where all that follows is one ``try`` already, it gets the ``finally``. The place is the call that takes the item.
    """
    taken = place.exactly(cst.Call, place.fix.places[0])
    if not isinstance(taken.func, cst.Attribute) or not is_path(taken.func.value) or "\n" in place.tree.code(taken.func.value):
        raise Refused("the queue has no name")
    queue = place.tree.code(taken.func.value)
    block, number = _behind(place, taken)
    rest = cast("list[Statement]", list(block.body[number:]))
    marks = _marks(place, rest, queue)
    if len(rest) > 1 and isinstance(rest[-1], cst.SimpleStatementLine) and len(rest[-1].body) == 1 and rest[-1].body[0] in marks:
        rest.pop()
    only = rest[0] if len(rest) == 1 and isinstance(rest[0], cst.Try) else None
    end = list(statements_of(only.finalbody.body)) if only is not None and only.finalbody is not None else []
    kept = next((mark for mark in marks if mark in end), None)
    for mark in marks:
        if mark is not kept:
            _leave_out(place, mark)
    marking = place.parsed(f"{queue}.task_done()")
    if kept is not None:
        return
    if end:
        place.after(end[-1], f"{queue}.task_done()")
    elif only is not None:
        place.replace(only, lambda old: old.with_changes(finalbody=cst.Finally(cst.IndentedBlock([marking]))))
    else:
        place.replace(block, lambda old: _wrapped(cast(cst.IndentedBlock, old), number, marking))


def _behind(place: Place, taken: cst.Call) -> tuple[cst.IndentedBlock, int]:
    """The body of the loop that takes items, and the number of the first statement that has one."""
    loop = loop_around(place, taken)
    if not isinstance(loop.body, cst.IndentedBlock):
        raise Refused("the loop stands on one line")
    line = next(part for part in (taken, *place.tree.parents(taken)) if place.tree.parent(part) is loop.body or part is loop.body)
    if line not in loop.body.body:
        raise Refused("the item is not taken by a statement of the loop itself")
    if isinstance(line, cst.Try):
        if line.orelse is not None or line.finalbody is not None or not all(_leaves(handler.body) for handler in line.handlers):
            raise Refused("what follows on taking an item is done without one as well")
        inner = line.body
        if len(inner.body) != 1:
            raise Refused("the item is taken among other things that are tried")
        line_of_it: cst.CSTNode = inner.body[0]
    else:
        line_of_it = line
    if not isinstance(line_of_it, (cst.SimpleStatementLine, cst.BaseSmallStatement)) or len(getattr(line_of_it, "body", [0])) != 1:
        raise Refused("the item is not taken by a statement of its own")
    number = list(loop.body.body).index(cast(cst.BaseStatement, line)) + 1
    if number == len(loop.body.body):
        raise Refused("nothing follows on taking the item")
    return loop.body, number


def _leaves(body: cst.BaseSuite) -> bool:
    return isinstance(list(statements_of(body))[-1], _LEAVES)


def _marks(place: Place, rest: Sequence[Statement], queue: str) -> list[cst.Expr]:
    """The statements that mark the item. Refused where it is marked in any other way."""
    function = place.function(rest[0])
    marks: list[cst.Expr] = []
    for node in place.tree.walk(function if function is not None else place.tree.module):
        if not isinstance(node, cst.Attribute) or place.tree.code(node.value) != queue:
            continue
        if node.attr.value == "join":
            raise Refused("the same function waits for the queue")
        if node.attr.value != "task_done":
            continue
        call = place.tree.parent(node)
        statement = place.tree.parent(call)
        if not isinstance(call, cst.Call) or not isinstance(statement, cst.Expr):
            raise Refused("it is marked by something else than a plain call")
        outer = list(place.tree.parents(statement))
        top = next((part for part in outer if part in rest), None)
        inner = outer[: outer.index(top) + 1] if top is not None else []
        if top is None or any(isinstance(part, (cst.For, cst.While, cst.FunctionDef, cst.Lambda)) for part in inner):
            raise Refused("items are marked elsewhere in the function as well")
        marks.append(statement)
    return marks


def _leave_out(place: Place, mark: cst.Expr) -> None:
    """Take a statement away, and a ``finally`` or ``else`` that holds nothing else with it."""
    around = block_of(place, mark)
    block = getattr(around, "body", None)
    if not isinstance(block, cst.BaseSuite) or len(list(statements_of(block))) > 1 or isinstance(around, cst.ExceptHandler):
        place.remove(mark)
        return
    tried = place.tree.parent(around)
    if not isinstance(tried, cst.Try) or not isinstance(around, (cst.Finally, cst.Else)):
        raise Refused("it is marked where nothing else is done")
    keep_comments(place, around)
    if isinstance(around, cst.Else):
        place.replace(tried, lambda old: old.with_changes(orelse=None))
    elif tried.handlers:
        place.replace(tried, lambda old: old.with_changes(finalbody=None))
    else:
        unwrap(place, tried, ["body"])


def _wrapped(block: cst.IndentedBlock, number: int, marking: Statement) -> cst.IndentedBlock:
    """The block with all that follows from one statement on in a ``try``."""
    first, *others = block.body[number:]
    lines = list(cast(Statement, first).leading_lines)
    blank = next((place for place, line in enumerate(lines) if line.comment is not None), len(lines))
    body = cst.IndentedBlock([first.with_changes(leading_lines=lines[blank:]), *others])
    tried = cst.Try(body, finalbody=cst.Finally(cst.IndentedBlock([marking])), leading_lines=lines[:blank])
    return block.with_changes(body=[*block.body[:number], tried])
