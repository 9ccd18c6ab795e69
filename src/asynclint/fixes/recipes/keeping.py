"""A set that keeps a task as long as it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, cast

import libcst as cst

from asynclint.fixes.calls import argument_index, with_argument
from asynclint.fixes.hoisting import fresh_name, hoist
from asynclint.fixes.statements import bound_in, own_parts
from asynclint.fixes.top import first_definition, function_of_file, is_annotated, name_on_top, put_on_top, same_function, unused_name
from asynclint.fixes.tree import Place, Refused, Statement

_TASKS: Final = ("task", "background_task", "kept_task")
_SETS: Final = ("_background_tasks", "_kept_tasks")
_REMOVE: Final = "remove_done_callback"
_STARTERS: Final = ("_start_task", "_start_background_task")


def keep_task(place: Place) -> None:
    """``create_task(f())`` becomes three statements: one that names the task, one that adds it to a set, one that has it taken out.

    The first word is the set. Without one, it is made at the top of the file, annotated or plain as the second word says.
    """
    call = place.exactly(cst.Call)
    kept_in = _set(place, call)
    outer = place.tree.parent(call)
    if isinstance(outer, cst.Expr):
        name = task_name(place, call)
        target = [cst.AssignTarget(cst.Name(name))]
        place.replace(outer, lambda old: cst.Assign(target, cast(cst.Expr, old).value, cast(cst.Expr, old).semicolon))
        place.after(outer, *_lines(kept_in, name))
    elif isinstance(outer, (cst.Assign, cst.AnnAssign)):
        bound = outer.target if isinstance(outer, cst.AnnAssign) else outer.targets[0].target
        if not isinstance(bound, cst.Name) or (isinstance(outer, cst.Assign) and len(outer.targets) > 1):
            raise Refused("the task is not bound to one plain name")
        name = task_name(place, call) if bound.value == "_" else bound.value
        if name != bound.value:
            place.put(bound, cst.Name(name))
        place.after(outer, *_lines(kept_in, name))
    else:
        name = task_name(place, call)
        hoist(place, call, name, [f"{name} = {place.tree.code(call)}", *_lines(kept_in, name)])


def keep_shielded(place: Place) -> None:
    """``await shield(f())`` becomes ``await shield(task)``, behind statements that make the task and keep it."""
    call = place.exactly(cst.Call)
    if len(call.args) != 1 or call.args[0].star or (call.args[0].keyword is not None and call.args[0].keyword.value != "arg"):
        raise Refused("the call does not have one plain argument")
    made = call.args[0].value
    name = task_name(place, call)
    kept_in = _set(place, call)
    text = f"{name} = {place.name('asyncio.create_task')}({place.tree.code(made)})"
    hoist(place, made, name, [text, *_lines(kept_in, name)])


def start_instead(place: Place) -> None:
    """``call_later(1, f, x)`` becomes ``call_later(1, _start_task, f, x)``, with a function of the file that makes a task of what `f`
    gives, and keeps it.

    The first two words are the set, as above; then come the callback's keyword, its position, and ``alone`` where nothing can be given
    behind it.
    """
    kept_in, _, keyword, position, *alone = place.fix.words
    call = place.exactly(cst.Call)
    is_named = any(argument.keyword is not None and argument.keyword.value == keyword for argument in call.args)
    index = argument_index(call, keyword if is_named else "", int(position))
    if alone and _REMOVE in place.tree.source.text:
        raise Refused("the file takes callbacks away again, and knows them by themselves")
    starter = next((name for kept in ([kept_in] if kept_in else _SETS) if (name := same_function(place, *_starter(place, kept)))), "")
    if not starter:
        made = []
        if kept_in == "":
            kept_in, line = _new_set(place, call)
            made.append(line)
        starter = function_of_file(place, call, _STARTERS, *_starter(place, kept_in), *made)
    if alone or is_named:
        partial = place.expression(place.name("functools.partial"))
        value = call.args[index].value
        place.replace(value, lambda old: cst.Call(partial, [cst.Arg(cst.Name(starter)), cst.Arg(cast(cst.BaseExpression, old))]))
    else:
        place.replace(call, lambda old: with_argument(cast(cst.Call, old), index, cst.Name(starter)))


def _starter(place: Place, kept_in: str) -> tuple[str, Sequence[str]]:
    """The parameters and the body of a function that starts tasks."""
    made = f"{_TASKS[0]} = {name_on_top(place, 'asyncio.create_task')}(function(*arguments))"
    return "function, *arguments", [made, *_lines(kept_in, _TASKS[0])]


def _lines(kept_in: str, name: str) -> Sequence[str]:
    return f"{kept_in}.add({name})", f"{name}.add_done_callback({kept_in}.discard)"


# -- names


def task_name(place: Place, node: cst.CSTNode) -> str:
    """A name for a task that the function does not use, or only for tasks in the same way."""
    function = place.function(node)
    names = () if function is None else (name for name in _TASKS if _only_keeps(place, function, name))
    return next(iter(names), "") or fresh_name(place, node, *_TASKS)


def _only_keeps(place: Place, function: cst.FunctionDef, name: str) -> bool:
    """Whether a function uses a name for nothing but to keep tasks or watch them, each time in three statements that follow each other."""
    top = [outer for outer in (function, *place.tree.parents(function)) if isinstance(outer, cst.FunctionDef)][-1]
    parts = place.tree.walk(top)
    kept = rf"(\S+)\.add\({name}\)\s*\n\s*{name}\.add_done_callback\(\1\.discard\)"
    watched = rf"{name}\.add_done_callback\(\w+\)\s*\n\s*(?:(?:[\w.]+ = )+{name}|[\w.]+\.(?:add|append)\({name}\))"
    pattern = re.compile(rf"\s*(?:{kept}|{watched})\s*(?:#.*)?\s*")
    times = 0
    for block in parts:
        if isinstance(block, cst.IndentedBlock):
            for first, second, third in zip(block.body, block.body[1:], block.body[2:], strict=False):
                if _binds(first, name):
                    times += pattern.fullmatch(place.tree.code(second) + place.tree.code(third)) is not None
    return times > 0 and 3 * times == sum(isinstance(part, cst.Name) and part.value == name for part in parts)


def _binds(statement: cst.CSTNode, name: str) -> bool:
    """Whether a line is nothing but an assignment to a name."""
    only = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1 else None
    if not isinstance(only, cst.Assign) or len(only.targets) != 1:
        return False
    target = only.targets[0].target
    return isinstance(target, cst.Name) and target.value == name


# -- sets


def _set(place: Place, node: cst.CSTNode) -> str:
    """The set as code at a node calls it, which is made if it is new."""
    text = place.fix.words[0]
    if text == "":
        text, made = _new_set(place, node)
        put_on_top(place, node, made)
        return text
    if "." not in text and place.tree.names.is_local(text, place.finding.span.line):
        raise Refused(f"`{text}` means something else in this function")
    if "." in text:
        _check_attribute(place, node, text)
    return text


def _check_attribute(place: Place, node: cst.CSTNode, text: str) -> None:
    """Refuse where the set of an object may not be made yet, or is that of another object."""
    start = place.tree.span(node)
    for outer in place.tree.parents(node):
        if isinstance(outer, cst.FunctionDef):
            own = set(own_parts(place, outer.body))
            bound = {place.tree.code(part): place.tree.span(part) for part in reversed(bound_in(place, outer.body)) if part in own}
            if text.partition(".")[0] in bound:
                raise Refused(f"`{text}` means something else in this function")
            if outer is place.function(node) and outer.name.value == "__init__":
                called = [part for part in place.tree.walk(outer.body) if isinstance(part, cst.Call)]
                ready = [place.tree.span(part) for part in called if place.tree.code(part.func).endswith(".__init__")]
                ready += [span for path, span in bound.items() if path == text]
                if not any((span.line, span.column) < (start.line, start.column) for span in ready):
                    raise Refused(f"`{text}` may not be made yet here")


def _new_set(place: Place, node: cst.CSTNode) -> tuple[str, Statement]:
    """The name of a new set of the file, and the line that makes it above all functions."""
    name = unused_name(place, _SETS)
    task, needed = place.tree.names.of("asyncio.Task", place.tree.span(first_definition(place, node)).line)
    can_say = place.fix.words[1] == "annotated" and task is not None and not needed and is_annotated(place)
    return name, place.parsed(f"{name}{f': set[{task}]' if can_say else ''} = set()")
