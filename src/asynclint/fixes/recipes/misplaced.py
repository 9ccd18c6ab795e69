"""An ``await`` that stands where there is nothing to await, or awaits the wrong part."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.expressions import awaited, binds_tighter, touches_word
from asynclint.fixes.statements import behind, statements_of
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def drop_await(place: Place) -> None:
    """``await f()`` becomes ``f()``. A word is what is awaited behind it instead, of the same object: ``drain`` of a ``write``."""
    call = place.exactly(cst.Call)
    outer = place.tree.parent(call)
    if not isinstance(outer, cst.Await):
        raise Refused("it is not awaited here")
    if any(isinstance(around, cst.GeneratorExp) for around in place.tree.parents(outer)):
        raise Refused("the generator expression may be needed as an asynchronous one")
    _refuse_comment(place, outer)
    if place.fix.words and not _is_followed(place, outer):
        may_await(place, call)
        statement = place.tree.parent(outer)
        if not isinstance(statement, cst.Expr):
            raise Refused("its result is used")
        place.after(statement, _behind(place, call))
    place.replace(outer, lambda old: _without_await(place, outer, cast(cst.Await, old)))


def await_inside(place: Place) -> None:
    """``await f(x).a`` becomes ``(await f(x)).a``, with the word ``twice`` ``await (await f(x)).a``."""
    call = place.exactly(cst.Call)
    chain: cst.CSTNode = call
    outer = place.tree.parent(chain)
    while not isinstance(outer, cst.Await):
        if not isinstance(outer, cst.BaseExpression) or not binds_tighter(outer, chain):
            raise Refused("the `await` in front is for something else")
        chain, outer = outer, place.tree.parent(outer)
    if chain is call:
        raise Refused("it is awaited already")
    may_await(place, call)
    place.replace(call, lambda old: awaited(place, call, cast(cst.BaseExpression, old)))
    if not place.fix.words:
        _refuse_comment(place, outer)
        whole = outer
        place.replace(whole, lambda old: _without_await(place, whole, cast(cst.Await, old)))


def _behind(place: Place, call: cst.Call) -> str:
    """The line that waits instead."""
    if not isinstance(call.func, cst.Attribute):
        raise Refused("what is called here is not written as a method")
    receiver: cst.BaseExpression = call.func.value
    while isinstance(receiver, cst.Attribute):
        receiver = receiver.value
    if not isinstance(receiver, cst.Name):
        raise Refused("what the method is called on is not written as a name")
    path = place.tree.code(call.func.value)
    if place.fix.words[0] == "gather":
        return f"await {place.name('asyncio.gather')}({path}, return_exceptions=True)"
    return f"await {path}.{place.fix.words[0]}()"


def _is_followed(place: Place, outer: cst.Await) -> bool:
    """Whether the next statement waits for it already, or the first one in a ``try`` that comes next."""
    statement = place.tree.parent(outer)
    following = behind(place, statement)[:1] if isinstance(statement, cst.Expr) else []
    if following and isinstance(following[0], cst.Try):
        following = list(statements_of(following[0].body))[:1]
    texts = [place.tree.code(part.value) for part in following if isinstance(part, cst.Expr)]
    call = cast(cst.Call, outer.expression)
    itself = f"await {place.tree.code(call.func.value)}" if isinstance(call.func, cst.Attribute) else ""
    return bool(texts) and (itself in texts or _behind(place, call) in texts)


def _refuse_comment(place: Place, outer: cst.Await) -> None:
    if "#" in place.tree.module.code_for_node(outer.whitespace_after_await):
        raise Refused("a comment would be lost")


def _without_await(place: Place, node: cst.Await, old: cst.Await) -> cst.BaseExpression:
    """What was awaited, in the parentheses that both stood in, unless they were for the ``await`` alone."""
    made = old.expression
    is_needed = touches_word(place, node) or any("\n" in place.tree.module.code_for_node(paren.whitespace_after) for paren in node.lpar)
    if node.lpar and not made.lpar and not is_needed and binds_tighter(place.tree.parent(node), node):
        return made
    return made.with_changes(lpar=[*old.lpar, *made.lpar], rpar=[*made.rpar, *old.rpar])
