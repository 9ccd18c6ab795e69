"""What a fix adds to a file for all of its code: above its first function or class."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import cast

import libcst as cst

from asynclint.fixes.statements import compound
from asynclint.fixes.tree import Place, Refused, Statement


def put_on_top(place: Place, node: cst.CSTNode, *made: Statement) -> None:
    """Put statements in front of the first function or class of the file, for code at a node."""
    body = place.tree.module.body
    first = first_definition(place, node)
    number = body.index(first)
    placed: list[Statement] = []
    for statement in made:
        is_first = not placed and number == 0
        is_below_line = not placed and not is_first and _is_assignment(place, body[number - 1])
        lines = 0 if is_first else 2 if isinstance(statement, cst.FunctionDef) else int(not is_below_line)
        placed.append(statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * lines))

    def change(old: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        below = cast("cst.FunctionDef | cst.ClassDef", old)
        comments = [number for number, line in enumerate(below.leading_lines) if line.comment is not None]
        blank = comments[0] if comments else len(below.leading_lines)
        space = below.leading_lines[:blank] or (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
        below = below.with_changes(leading_lines=(*space, *below.leading_lines[blank:]))
        return cst.FlattenSentinel([*placed, below])

    place.replace(first, change)


def first_definition(place: Place, node: cst.CSTNode) -> cst.FunctionDef | cst.ClassDef:
    """The first function or class of the file. Refused where a node stands in front of it, in other code."""
    around = {node, *place.tree.parents(node)}
    for part in place.tree.module.body:
        if isinstance(part, (cst.FunctionDef, cst.ClassDef)):
            return part
        if part in around:
            break
    raise Refused("there is no place for something new above the functions of the file")


def function_of_file(
    place: Place, node: cst.CSTNode, names: Sequence[str], parameters: str, body: Sequence[str], *with_it: Statement, of: str = ""
) -> str:
    """The name of a private function of the file that does just this. Without one, it is made, below the statements that come `with_it`.
    `of` is the type of its only parameter, if it has one.
    """
    there = same_function(place, parameters, body)
    if there:
        return there
    name = unused_name(place, names)
    head = f"def {name}({parameters})"
    if is_annotated(place):
        text, needed = place.tree.names.of(of, sys.maxsize) if of else (None, "")
        head = f"def {name}({parameters}{f': {text}' if text is not None and not needed else ''}) -> None"
    made = place.parsed(compound(place, f"{head}:", *body))
    put_on_top(place, node, *with_it, made)
    return name


def same_function(place: Place, parameters: str, body: Sequence[str]) -> str:
    """The name of a function of the file that does just this, as far as it means that here; empty where there is none."""
    for part in place.tree.module.body:
        if isinstance(part, cst.FunctionDef) and _is_same(place, part, parameters, body):
            return "" if place.tree.names.is_local(part.name.value, place.finding.span.line) else part.name.value
    return ""


def unused_name(place: Place, names: Sequence[str]) -> str:
    """The first of these names that stands nowhere in the file."""
    name = next((name for name in names if not re.search(rf"\b{name}\b", place.tree.source.text)), None)
    if name is None:
        raise Refused(f"the names that something new could have ({', '.join(names)}) are taken")
    return name


def name_on_top(place: Place, path: str) -> str:
    """How functions of the file call something, an import of theirs left out: as :meth:`Place.name` does at one place."""
    name, needed = place.tree.names.of(path, sys.maxsize)
    if name is None:
        raise Refused(f"`{needed}` means something else in this file")
    if needed:
        place.imports.add(needed)
    return name


def is_annotated(place: Place) -> bool:
    """Whether a file has annotations, so that new functions and sets should have some as well."""
    functions = [part for part in place.tree.walk(place.tree.module) if isinstance(part, cst.FunctionDef)]
    return any(function.returns is not None for function in functions)


def _is_same(place: Place, function: cst.FunctionDef, parameters: str, body: Sequence[str]) -> bool:
    """Whether a function takes these parameters, of which it may say more, and runs these lines."""
    given = function.params
    starred = given.star_arg if isinstance(given.star_arg, cst.Param) else None
    names = [part.name.value for part in given.params] + [f"*{part.name.value}" for part in [starred] if part is not None]
    if function.asynchronous is not None or function.decorators or ", ".join(names) != parameters or given.kwonly_params:
        return False
    return [line.strip() for line in place.tree.code(function.body).splitlines() if line.strip()] == [line.strip() for line in body]


def _is_assignment(place: Place, statement: cst.CSTNode) -> bool:
    """Whether a statement is a single line that gives a name a value: a further one goes below without a blank line."""
    span = place.tree.span(statement)
    is_line = isinstance(statement, cst.SimpleStatementLine) and span.line == span.end_line
    return is_line and isinstance(cast(cst.SimpleStatementLine, statement).body[-1], (cst.Assign, cst.AnnAssign))
