"""What is read from a stream: that it may be at its end, and that it may be less than was asked for."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.hoisting import fresh_name, hoist
from asynclint.fixes.statements import (
    behind,
    bound_in,
    compound,
    loop_around,
    may_follow,
    own_parts,
    siblings,
    statements_of,
)
from asynclint.fixes.tree import Place, Refused

_BINDING: Final = (cst.AnnAssign, cst.AsName, cst.AssignTarget, cst.Element, cst.For, cst.NamedExpr, cst.Param)
"""What a name stands in where it is bound."""


def leave_at_end(place: Place) -> None:
    """``if not data: break`` behind the read of a loop. What has no name gets one."""
    read = _awaited(place)
    loop = _loop_of(place, read)
    _check_end(place, loop)
    outer = place.tree.parent(read)
    statement = place.statement(read)
    if isinstance(outer, cst.NamedExpr) and statement is loop:
        place.unless("the read is part of what ends the loop")
        place.before(next(statements_of(loop.body)), _leaving(place, cast(cst.Name, outer.target).value))
        return
    if statement is loop:
        raise Refused("the read is part of what ends the loop, and has no name")
    if isinstance(outer, (cst.Assign, cst.AnnAssign)) and (target := _target(outer)) is not None:
        _leave_behind(place, loop, outer, target)
    elif isinstance(outer, cst.Expr):
        place.unless("what is read has no name")
        _test_itself(place, outer, read)
    else:
        place.unless("what is read has no name")
        is_line = "readline" in place.tree.code(read)
        name = fresh_name(place, read, *(("line", "data") if is_line else ("data", "chunk")))
        bare = read.with_changes(lpar=[], rpar=[])
        hoist(place, read, name, [f"{name} = {_one_line(place, bare)}", _leaving(place, name)])


def read_exactly(place: Place) -> None:
    """``reader.read(n)`` becomes ``reader.readexactly(n)``."""
    call = place.exactly(cst.Call)
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "read":
        raise Refused("what is called here is not written as `read`")
    outer = place.tree.parent(_awaited(place))
    target = _target(outer) if isinstance(outer, (cst.Assign, cst.AnnAssign)) else None
    if target is not None and _asks_for_length(place, call, target) and not _expects_end(place, call):
        raise Refused("the end of the stream is seen to where the length is looked at, and would become an error")
    place.replace(call.func, lambda old: old.with_changes(attr=cst.Name("readexactly")))


def _asks_for_length(place: Place, call: cst.Call, target: cst.BaseExpression) -> bool:
    """Whether the function does something of its own where less has been read, or nothing."""
    name = place.tree.code(target)
    for part in own_parts(place, _function(place, call).body):
        if isinstance(part, (cst.If, cst.While, cst.IfExp, cst.Assert)):
            for tested in place.tree.walk(part.test):
                if isinstance(tested, (cst.Name, cst.Attribute)) and place.tree.code(tested) == name and _is_tested(place, tested):
                    return True
    return False


def _is_tested(place: Place, node: cst.CSTNode) -> bool:
    """Whether the truth or the length of a value is tested, or it is compared: not only a part or a method of it."""
    outer = place.tree.parent(node)
    if isinstance(outer, cst.Arg):
        call = place.tree.parent(outer)
        return isinstance(call, cst.Call) and place.tree.code(call.func) == "len"
    return not isinstance(outer, (cst.Attribute, cst.Subscript))


def _expects_end(place: Place, node: cst.CSTNode) -> bool:
    """Whether an error at the end of the stream is handled around a node."""
    inner = node
    for outer in place.tree.parents(node):
        if isinstance(outer, cst.FunctionDef):
            break
        if isinstance(outer, cst.Try) and inner is outer.body:
            caught = [place.tree.code(handler.type) if handler.type is not None else "IncompleteReadError" for handler in outer.handlers]
            if any("IncompleteReadError" in text or "EOFError" in text for text in caught):
                return True
        inner = outer
    return False


def _awaited(place: Place) -> cst.Await:
    """The ``await`` of a read: of the call itself, or of one that only limits its time."""
    call = place.exactly(cst.Call)
    outer = place.tree.parent(call)
    if isinstance(outer, cst.Arg):
        around = place.tree.parent(outer)
        if isinstance(around, cst.Call) and around.args[0] is outer:
            outer = place.tree.parent(around)
    if not isinstance(outer, cst.Await):
        raise Refused("the read is not awaited at its place")
    return outer


def _loop_of(place: Place, read: cst.Await) -> cst.While:
    """The loop that goes round for ever: the read stands in its body, or in its test."""
    statement = place.statement(read)
    loop = statement if isinstance(statement, cst.While) else loop_around(place, read)
    if not isinstance(loop, cst.While):
        raise Refused("the read stands in a `for` inside of the loop")
    return loop


def _check_end(place: Place, loop: cst.While) -> None:
    """Whether the loop may be left where it could not before."""
    if loop.orelse is not None:
        place.unless("the loop has an `else`")
    _check_around(place, loop)
    gives_value = any(isinstance(part, cst.Return) and part.value is not None for part in own_parts(place, loop))
    if not may_follow(place, loop):
        if gives_value:
            raise Refused("the loop ends by returning something, and at the end of the stream there is nothing to return")
        return
    reads = any(isinstance(part, cst.Await) for part in place.tree.walk(loop.test))
    if not reads and not isinstance(_without_not(loop.test), (cst.Attribute, cst.Integer, cst.Name)):
        raise Refused("what stands behind the loop counts on what ends it")
    name = _bound_late(place, loop)
    if name:
        place.unless(f"what stands behind the loop needs `{name}`")
    if not _is_of_no_concern(loop.test) or _ends_itself(place, loop):
        place.unless("what stands behind the loop may count on what ends it")


def _check_around(place: Place, loop: cst.While) -> None:
    """Refuse where a loop around this one would go on with the same stream, at its end."""
    call = place.exactly(cst.Call)
    stream = {part for part in place.tree.walk(call.func) if isinstance(part, (cst.Attribute, cst.Name)) and part is not call.func}
    names = {place.tree.code(part) for part in stream}
    for outer in place.tree.parents(loop):
        if isinstance(outer, (cst.FunctionDef, cst.For)):
            break
        if isinstance(outer, cst.While) and not any(place.tree.code(part) in names for part in bound_in(place, outer)):
            raise Refused("the loop around it would go on at the end of the stream")


def _ends_itself(place: Place, loop: cst.While) -> bool:
    """Whether a `break` of its own ends a loop."""
    return any(isinstance(part, cst.Break) and loop_around(place, part) is loop for part in own_parts(place, loop.body))


def _is_of_no_concern(test: cst.BaseExpression) -> bool:
    """Whether a loop goes on for ever, or until others want it to end."""
    test = _without_not(test)
    return isinstance(test, (cst.Attribute, cst.Integer)) or (isinstance(test, cst.Name) and test.value == "True")


def _without_not(test: cst.BaseExpression) -> cst.BaseExpression:
    return test.expression if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not) else test


def _bound_late(place: Place, loop: cst.While) -> str:
    """A name that is bound by the loop only, and used behind it."""
    function = _function(place, loop)
    span = place.tree.span(loop)
    before: set[str] = set()
    inside: set[str] = set()
    for part in place.tree.walk(function):
        if isinstance(part, cst.Name):
            line = place.tree.span(part).line
            is_store = isinstance(place.tree.parent(part), _BINDING)
            if line < span.line:
                before.add(part.value)
            elif line <= span.end_line and is_store:
                inside.add(part.value)
            elif line > span.end_line and part.value in inside - before and not is_store:
                return part.value
    return ""


def _target(statement: cst.Assign | cst.AnnAssign) -> cst.BaseExpression | None:
    """What an assignment binds, if that is one name or attribute."""
    if isinstance(statement, cst.AnnAssign):
        target: cst.BaseExpression = statement.target
    elif len(statement.targets) == 1:
        target = statement.targets[0].target
    else:
        return None
    return target if isinstance(target, (cst.Name, cst.Attribute)) else None


def _leave_behind(place: Place, loop: cst.While, statement: cst.CSTNode, target: cst.BaseExpression) -> None:
    name = place.tree.code(target)
    asked = [part for part in own_parts(place, loop.body) if isinstance(part, cst.If) and _is_not(place, part.test, name)]
    if asked:
        following = behind(place, statement)
        if asked[0] not in following[:1] or len(asked) > 1 or asked[0].orelse is not None:
            raise Refused("the loop does something else where nothing has been read")
        does = list(statements_of(asked[0].body))
        if len(does) > 1 or not isinstance(does[0], cst.Continue):
            raise Refused("the loop does something else where nothing has been read")
        place.put(does[0], cst.Break())
        return
    if not any(statement is own for own in _statements_directly_in(place, loop)):
        place.unless("the read does not stand directly in the loop")
    place.after(statement, _leaving(place, name))


def _statements_directly_in(place: Place, loop: cst.While) -> list[cst.CSTNode]:
    return siblings(place, next(statements_of(loop.body)))


def _is_not(place: Place, test: cst.BaseExpression, name: str) -> bool:
    """Whether a test asks whether nothing has been read: ``not data``, ``data == b""``."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return place.tree.code(test.expression) == name
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.comparisons[0].operator, cst.Equal):
        against = test.comparisons[0].comparator
        return place.tree.code(test.left) == name and isinstance(against, cst.SimpleString) and not against.raw_value
    return False


def _test_itself(place: Place, statement: cst.Expr, read: cst.Await) -> None:
    """``await reader.readline()`` becomes ``if not await reader.readline(): break``."""
    line = place.tree.parent(statement)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refused("there is no place for a further line here")
    made = cast(cst.If, place.parsed(compound(place, "if not read:", "break")))
    body = cast(cst.IndentedBlock, made.body).with_changes(header=line.trailing_whitespace)
    test = cst.UnaryOperation(cst.Not(), read)
    place.put(line, made.with_changes(test=test, body=body, leading_lines=line.leading_lines))


def _leaving(place: Place, name: str) -> str:
    return compound(place, f"if not {name}:", "break")


def _one_line(place: Place, node: cst.CSTNode) -> str:
    text = place.tree.code(node)
    if "\n" in text:
        raise Refused("the read stands on several lines")
    return text


def _function(place: Place, node: cst.CSTNode) -> cst.FunctionDef:
    function = place.function(node)
    if function is None:
        raise Refused("the code at this place is not part of a function")
    return function
