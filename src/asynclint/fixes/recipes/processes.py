"""A process that is waited for while its output is read."""

from __future__ import annotations

from typing import Final, cast

import libcst as cst

from asynclint.fixes.hoisting import fresh_name, hoist
from asynclint.fixes.statements import bound_in
from asynclint.fixes.tree import Place, Refused

_NAMES: Final = {"stdout": ("output", "process_output"), "stderr": ("errors", "process_errors")}
"""What may be the name of what a pipe has given."""


def communicate(place: Place) -> None:
    """``await process.wait()`` becomes ``await process.communicate()``. The words are the pipes that are made.

    Its result becomes ``process.returncode``, and a pipe that is read behind it, what ``communicate()`` has given.
    """
    call = place.exactly(cst.Call)
    if not isinstance(call.func, cst.Attribute) or not isinstance(call.func.value, cst.Name) or call.args:
        raise Refused("the process has no name")
    process = call.func.value.value
    wait = _awaited(place, call)
    later = _reads_of_pipes(place, wait, process)
    outer = place.tree.parent(wait)
    if not later and isinstance(outer, cst.Expr):
        place.replace(call.func, lambda old: old.with_changes(attr=cst.Name("communicate")))
        return
    text = place.tree.code(wait.with_changes(lpar=[], rpar=[])).replace(f"{process}.wait()", f"{process}.communicate()")
    if "\n" in text or "communicate()" not in text:
        raise Refused("the wait stands on several lines")
    if later:
        names = {pipe: fresh_name(place, wait, *_NAMES[pipe]) for pipe in later}
        text = f"{names.get('stdout', '_')}, {names.get('stderr', '_')} = {text}"
        for pipe, read in later.items():
            if "#" in place.tree.code(read):
                raise Refused("a comment would be lost with the read of the pipe")
            place.put(read, cst.Name(names[pipe]))
    if isinstance(outer, cst.Expr):
        place.put(outer, cast(cst.SimpleStatementLine, place.parsed(text)).body[0])
        return
    place.unless("the result is used")
    hoist(place, wait, f"{process}.returncode", [text])


def _awaited(place: Place, call: cst.Call) -> cst.Await:
    """The ``await`` of the call itself, or of one that only limits its time."""
    outer = place.tree.parent(call)
    if isinstance(outer, cst.Arg):
        around = place.tree.parent(outer)
        if isinstance(around, cst.Call) and around.args[0] is outer and place.tree.code(around.func).endswith("wait_for"):
            outer = place.tree.parent(around)
    if not isinstance(outer, cst.Await):
        raise Refused("the wait is not awaited at its place")
    return outer


def _reads_of_pipes(place: Place, wait: cst.Await, process: str) -> dict[str, cst.Await]:
    """The one read of each pipe that stands behind the wait; refused where a pipe is used in another way, or in front."""
    function = place.function(wait)
    if function is None:
        raise Refused("the code at this place is not part of a function")
    if sum(place.tree.code(part) == process for part in bound_in(place, function)) > 1:
        raise Refused(f"`{process}` is more than one process")
    behind = place.tree.span(wait)
    found: dict[str, cst.Await] = {}
    for part in place.tree.walk(function.body):
        if not isinstance(part, cst.Attribute) or place.tree.code(part) not in (f"{process}.stdout", f"{process}.stderr"):
            continue
        pipe = part.attr.value
        here = place.tree.span(part)
        if isinstance(place.tree.parent(part), (cst.Assert, cst.Comparison)):
            continue
        if (here.line, here.column) < (behind.line, behind.column):
            raise Refused(f"`{pipe}` is used in front of it already")
        method = place.tree.parent(part)
        call = place.tree.parent(method)
        read = place.tree.parent(call)
        if place.tree.code(call) != f"{process}.{pipe}.read()" or not isinstance(read, cst.Await) or pipe in found:
            raise Refused(f"`{pipe}` is read behind it in a way that does not go with `communicate()`")
        if not _follows(place, wait, read):
            raise Refused(f"`{pipe}` is read where the process may not have been waited for, or more than once")
        found[pipe] = read
    return found


def _follows(place: Place, wait: cst.Await, read: cst.Await) -> bool:
    """Whether a read stands behind the wait in its block, and not in a loop or function of its own there."""
    block = next(outer for outer in place.tree.parents(wait) if isinstance(outer, (cst.IndentedBlock, cst.SimpleStatementSuite)))
    for outer in place.tree.parents(read):
        if outer is block:
            return True
        if isinstance(outer, (cst.While, cst.For, cst.FunctionDef, cst.Lambda, cst.BaseComp)):
            inner = outer.iter if isinstance(outer, cst.For) else None
            if inner is None or (read is not inner and inner not in place.tree.parents(read)):
                return False
    return False
