"""Loops that never let other tasks run: now and then, they do."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import parenthesised
from asynclint.fixes.hoisting import fresh_name
from asynclint.fixes.recipes.unpacking import called
from asynclint.fixes.rounds import Rounds
from asynclint.fixes.statements import Loop, compound, statements_of
from asynclint.fixes.switches import gone_through, may_await
from asynclint.fixes.tree import Place, Refused


def let_run(place: Place) -> None:
    """A checkpoint at the end of each round that has waited for nothing: at the end of the loop's body, and in front of ``continue``. The
    word is what to call; the places are those of what is awaited and never suspends."""
    loop = _loop(place)
    if all(_is_idle(statement) for statement in statements_of(loop.body)):
        raise Refused("the loop does nothing but to ask again: what it waits for should be awaited itself")
    rounds = Rounds(place, loop)
    path = gone_through(place, may_await(place, loop), loop)
    if path:
        raise Refused(f"other tasks may change `{path}` while a loop around this one goes through it")
    checkpoint = f"await {_called(place)}"
    for statement in rounds.idle_continues:
        may_await(place, statement)
        place.before(statement, checkpoint)
    if rounds.may_end_idle:
        place.after(list(statements_of(loop.body))[-1], checkpoint)
    elif not rounds.idle_continues:
        raise Refused("each round awaits something already")


def let_run_often(place: Place) -> None:
    """A checkpoint at the start of every so many rounds. The words are what to call, and how many."""
    loop = _loop(place)
    if not isinstance(loop, cst.For) or loop.asynchronous is not None:
        raise Refused("the code at this place is not of the form that the fix is for")
    first = next(statements_of(loop.body))
    function = may_await(place, first)
    path = gone_through(place, function, first)
    if path:
        raise Refused(f"other tasks may change `{path}` while the loop goes through it")
    checkpoint = f"await {_called(place)}"
    every = int(place.fix.words[1])
    if every == 1:
        place.before(first, checkpoint)
    else:
        place.before(first, compound(place, f"if {_counter(place, loop)} % {every} == 0:", checkpoint))


def _called(place: Place) -> str:
    path, bracket, argument = place.fix.words[0].partition("(")
    return f"{place.name(path)}{bracket}{argument}"


def _loop(place: Place) -> Loop:
    """The loop at whose head the finding stands."""
    span = place.finding.span
    for node in place.tree.around(span):
        if isinstance(node, (cst.While, cst.For)):
            start = place.tree.span(node)
            if (start.line, start.column) == (span.line, span.column):
                place.tree.walk(node)
                return node
    raise Refused("the code at this place is not of the form that the fix is for")


def _is_idle(statement: cst.CSTNode) -> bool:
    is_text = isinstance(statement, cst.Expr) and isinstance(statement.value, (cst.Ellipsis, cst.BaseString))
    return is_text or isinstance(statement, (cst.Pass, cst.Continue))


def _counter(place: Place, loop: cst.For) -> str:
    """A name that counts the rounds: the loop's own, or a new one."""
    source = loop.iter
    is_call = isinstance(source, cst.Call) and not any(argument.star for argument in source.args)
    callee = place.tree.code(source.func) if isinstance(source, cst.Call) and is_call else ""
    positional = len(source.args) if isinstance(source, cst.Call) else 0
    if callee == "range" and positional < 3 and isinstance(loop.target, cst.Name):
        return loop.target.value
    if callee == "enumerate" and positional == 1 and isinstance(loop.target, cst.Tuple):
        first = loop.target.elements[0].value
        if isinstance(first, cst.Name) and first.value != "_":
            return first.value
    if place.tree.names.is_local("enumerate", place.tree.span(loop).line):
        raise Refused("`enumerate` means something else here")
    number = fresh_name(place, loop, "number", "round_number")

    def target(old: cst.CSTNode) -> cst.CSTNode:
        made = cast(cst.BaseExpression, old)
        is_open = isinstance(made, cst.Tuple) and not made.lpar
        return cst.Tuple([cst.Element(cst.Name(number)), cst.Element(parenthesised(made) if is_open else made)], lpar=[], rpar=[])

    place.replace(loop.target, target)
    place.replace(source, lambda old: called(cst.Name("enumerate"), cast(cst.BaseExpression, old)))
    return number
