"""A wait behind a call that only begins something: ``drain()`` behind what is written, ``wait_closed()`` behind ``close()``."""

from __future__ import annotations

from typing import Final

import libcst as cst

from asynclint.fixes.statements import behind, block_of, is_path, siblings, statements_of
from asynclint.fixes.switches import gone_through, may_await, torn
from asynclint.fixes.tree import Place, Refused

_WRITES: Final = frozenset({"write", "writelines"})


def wait_closed(place: Place) -> None:
    """``await writer.wait_closed()`` behind ``writer.close()``."""
    statement, receiver = _call_of(place)
    place.after(statement, f"await {receiver}.wait_closed()")


def drain(place: Place) -> None:
    """``await writer.drain()`` behind the last of the writes in a row: behind an ``if`` as well, which all that it does is to write."""
    statement, receiver = _call_of(place)
    place.after(_behind_stores(place, _last_in_row(place, statement, receiver)), f"await {receiver}.drain()")


def _call_of(place: Place) -> tuple[cst.CSTNode, str]:
    """The statement that calls the method, and the text of what it is a method of."""
    call = place.exactly(cst.Call)
    if not isinstance(call.func, cst.Attribute):
        raise Refused("what is called here is not written as a method")
    statement = place.tree.parent(call)
    if not isinstance(statement, cst.Expr):
        raise Refused("the call is not a statement of its own")
    receiver = place.tree.code(call.func.value)
    if not is_path(call.func.value) or "\n" in receiver:
        raise Refused("what is written to has no name" if call.func.attr.value in _WRITES else "what is closed has no name")
    function = may_await(place, call)
    path = gone_through(place, function, call)
    if path:
        raise Refused(f"other tasks may change `{path}` while the loop waits, which ends it with an error")
    return statement, receiver


def _last_in_row(place: Place, statement: cst.CSTNode, receiver: str) -> cst.CSTNode:
    while True:
        following = behind(place, statement)
        if following and _only_writes(place, following[0], receiver):
            statement = following[0]
        elif not following and (outer := _if_around(place, statement)) is not None and _is_one_of_row(place, outer, receiver):
            statement = outer
        else:
            return statement


def _behind_stores(place: Place, statement: cst.CSTNode) -> cst.CSTNode:
    """The statement behind which nothing is torn that was read in front of the write: ``self.pending = []`` goes with it."""
    function = place.function(statement)
    following = behind(place, statement)
    last = statement
    while function is not None and following and torn(place, function, following[0]):
        if not isinstance(following[0], (cst.Assign, cst.AnnAssign, cst.AugAssign)) or _waits(place, following[0]):
            return statement
        last = following.pop(0)
    return last


def _if_around(place: Place, statement: cst.CSTNode) -> cst.If | None:
    """The whole ``if`` with all its ``elif`` and ``else``, in one of whose blocks a statement stands."""
    outer = block_of(place, statement)
    while isinstance(outer, cst.Else) or (isinstance(outer, cst.If) and isinstance(place.tree.parent(outer), cst.If)):
        outer = place.tree.parent(outer)
    return outer if isinstance(outer, cst.If) else None


def _is_one_of_row(place: Place, outer: cst.If, receiver: str) -> bool:
    """Whether what is behind an ``if`` has something to wait for in any case: a write stands in front, or all its blocks end in one."""
    beside = siblings(place, outer)
    number = beside.index(outer)
    if number > 0 and _only_writes(place, beside[number - 1], receiver) and _only_writes(place, outer, receiver):
        return True
    blocks = _blocks(outer)
    return blocks is not None and all(_only_writes(place, list(statements_of(block))[-1], receiver) for block in blocks)


def _blocks(branch: cst.If) -> list[cst.CSTNode] | None:
    """The blocks of an ``if`` that has an ``else``."""
    blocks: list[cst.CSTNode] = [branch.body]
    rest = branch.orelse
    while isinstance(rest, cst.If):
        blocks.append(rest.body)
        rest = rest.orelse
    return None if rest is None else [*blocks, rest.body]


def _only_writes(place: Place, statement: cst.CSTNode, receiver: str) -> bool:
    """Whether a statement is a write, or an ``if`` with nothing but writes in it."""
    if isinstance(statement, cst.Expr):
        call = statement.value
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in _WRITES:
            return False
        return place.tree.code(call.func.value) == receiver and not _waits(place, call)
    if isinstance(statement, (cst.If, cst.Else)):
        if isinstance(statement, cst.If) and (
            _waits(place, statement.test) or not (statement.orelse is None or _only_writes(place, statement.orelse, receiver))
        ):
            return False
        return all(_only_writes(place, inner, receiver) for inner in statements_of(statement.body))
    return False


def _waits(place: Place, node: cst.CSTNode) -> bool:
    return any(isinstance(part, cst.Await) for part in place.tree.walk(node))
