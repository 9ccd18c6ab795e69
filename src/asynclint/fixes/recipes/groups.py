"""A block for a task group that is not needed."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def await_alone(place: Place) -> None:
    """``async with TaskGroup() as group: group.create_task(f())`` becomes ``await f()``; of several items, only the group's goes.

    The word is how the group starts a task: ``create_task`` with a coroutine, ``start_soon`` with a function and its arguments.
    """
    start = place.exactly(cst.Call)
    may_await(place, start)
    block = place.innermost(cst.With)
    line = _only_line(block)
    statement = line.body[0]
    if not isinstance(statement, cst.Expr) or statement.value is not start:
        raise Refused("something is done with the task")
    own = [number for number, item in enumerate(block.items) if _is_bound_to(item, start)]
    if block.asynchronous is None or len(own) != 1:
        raise Refused("the block is not that of the group")
    _keep_handlers(place, block)
    _keep_comments(place, block, start)
    made = cst.Await(_coroutine(place, start))
    if len(block.items) > 1:
        items = [item for number, item in enumerate(block.items) if number not in own]
        items[-1] = items[-1].with_changes(comma=block.items[-1].comma)
        place.replace(block, lambda old: cast(cst.With, old).with_changes(items=items))
        place.put(start, made)
        return
    leading = [*block.leading_lines, *(line.leading_lines if isinstance(line, cst.SimpleStatementLine) else ())]
    place.put(block, cst.SimpleStatementLine([cst.Expr(made)], leading_lines=leading, trailing_whitespace=line.trailing_whitespace))


def _only_line(block: cst.With) -> cst.SimpleStatementLine | cst.SimpleStatementSuite:
    """The line that is all that a block does."""
    line = block.body.body[0] if isinstance(block.body, cst.IndentedBlock) and len(block.body.body) == 1 else block.body
    if not isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) or len(line.body) != 1:
        raise Refused("the block does something else as well")
    return line


def _is_bound_to(item: cst.WithItem, start: cst.Call) -> bool:
    """Whether a ``with`` binds what a method is called on."""
    bound = item.asname.name if item.asname is not None else None
    group = start.func.value if isinstance(start.func, cst.Attribute) else None
    return isinstance(bound, cst.Name) and isinstance(group, cst.Name) and bound.value == group.value


def _keep_handlers(place: Place, block: cst.With) -> None:
    """Refuse where errors are taken out of their group again."""
    for outer in place.tree.parents(block):
        if isinstance(outer, cst.FunctionDef):
            return
        handlers = outer.handlers if isinstance(outer, (cst.Try, cst.TryStar)) else ()
        if isinstance(outer, cst.TryStar) or any(one.type is not None and "Group" in place.tree.code(one.type) for one in handlers):
            raise Refused("a handler around it is for groups of errors")


def _keep_comments(place: Place, block: cst.With, start: cst.Call) -> None:
    """Refuse where a comment stands in what goes."""
    kept = [*block.leading_lines, *(block.body.body[0].leading_lines if isinstance(block.body.body[0], cst.SimpleStatementLine) else ())]
    line = _only_line(block)
    texts = [place.tree.code(start), line.trailing_whitespace.comment.value if line.trailing_whitespace.comment else ""]
    texts += [empty.comment.value for empty in kept if empty.comment is not None]
    if place.tree.code(block).count("#") > sum(text.count("#") for text in texts):
        raise Refused("a comment would be lost")


def _coroutine(place: Place, start: cst.Call) -> cst.BaseExpression:
    """What to await instead of a start."""
    given = [argument for argument in start.args if argument.keyword is None or argument.keyword.value != "name"]
    if not given or given[0].star or any(argument.keyword is not None for argument in given):
        raise Refused("the task is given more than its work")
    first = given[0].value
    lost = place.tree.code(start).count("#") - sum(place.tree.code(argument).count("#") for argument in given)
    if lost:
        raise Refused("a comment would be lost")
    if place.fix.words[0] == "create_task":
        if len(given) > 1 or not isinstance(first, (cst.Call, cst.Name, cst.Attribute)):
            raise Refused("the coroutine is not written as a call")
        return first
    if not isinstance(first, (cst.Name, cst.Attribute)):
        raise Refused("the function is not written as a name")
    rest = [*given[1:-1], *([given[-1].with_changes(comma=start.args[-1].comma)] if len(given) > 1 else [])]
    return cst.Call(first, rest, whitespace_before_args=start.whitespace_before_args)
