"""How the rounds of a loop end: which of them may have awaited nothing by then."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.fixes.statements import Loop, own_parts, statements_of
from asynclint.fixes.tree import Place

_Waited = bool | None
"""Whether something has been awaited for certain; None where nothing gets."""

_LEAVING = (cst.Break, cst.Raise, cst.Return)


class Rounds:
    """The ``continue`` statements of a loop before which a round may have awaited nothing, and whether its body may end like that.

    What stands at the places of the fix does not count. As the analysis has it, a loop inside goes round at least once.
    """

    def __init__(self, place: Place, loop: Loop) -> None:
        self.idle_continues: list[cst.Continue] = []
        self._place = place
        self._left_out = frozenset(place.fix.places)
        place.tree.walk(loop)
        self.may_end_idle = self._block(loop.body, False) is False

    def _block(self, body: cst.BaseSuite, waited: _Waited) -> _Waited:
        for statement in statements_of(body):
            if waited is None:
                return None
            waited = self._statement(statement, waited)
        return waited

    def _statement(self, node: cst.CSTNode, waited: bool) -> _Waited:
        if isinstance(node, cst.Continue):
            if not waited:
                self.idle_continues.append(node)
            return None
        if isinstance(node, _LEAVING):
            return None
        if isinstance(node, cst.If):
            waited = waited or self._awaits(node.test)
            return _either(self._block(node.body, waited), self._else(node.orelse, waited))
        if isinstance(node, (cst.For, cst.While)):
            waited = waited or self._awaits(node)
            return self._block(node.orelse.body, waited) if node.orelse is not None else waited
        if isinstance(node, cst.With):
            return self._with(node, waited)
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self._try(node, waited)
        if isinstance(node, cst.Match):
            return _either(waited, *[self._block(case.body, waited) for case in node.cases])
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            return waited
        return waited or self._awaits(node)

    def _else(self, node: cst.If | cst.Else | None, waited: bool) -> _Waited:
        if node is None:
            return waited
        return self._statement(node, waited) if isinstance(node, cst.If) else self._block(node.body, waited)

    def _with(self, node: cst.With, waited: bool) -> _Waited:
        waited = waited or self._any_counts([node] if node.asynchronous is not None else []) or any(map(self._awaits, node.items))
        result = self._block(node.body, waited)
        may_skip = any("suppress" in self._place.tree.code(item) for item in node.items)
        return _either(waited, result) if may_skip else result

    def _try(self, node: cst.Try | cst.TryStar, waited: bool) -> _Waited:
        if node.finalbody is not None:
            waited = waited or self._awaits(node.finalbody)
        first = next(statements_of(node.body))
        result = self._block(node.body, waited)
        if node.orelse is not None and result is not None:
            result = self._block(node.orelse.body, result)
        failed = waited or self._awaits(first)
        result = _either(result, *[self._block(handler.body, failed) for handler in node.handlers])
        return None if node.finalbody is not None and self._block(node.finalbody.body, waited) is None else result

    def _awaits(self, node: cst.CSTNode) -> bool:
        """Whether something in a node awaits, which is done as well when the node is."""
        return self._any_counts(own_parts(self._place, node))

    def _any_counts(self, nodes: Iterable[cst.CSTNode]) -> bool:
        for node in nodes:
            waiting: list[cst.CSTNode] = []
            if isinstance(node, cst.Await):
                waiting = [node, node.expression]
            elif isinstance(node, cst.With) and node.asynchronous is not None:
                waiting = [item.item for item in node.items]
            elif isinstance(node, (cst.For, cst.CompFor)) and node.asynchronous is not None:
                waiting = [node.iter]
            if waiting and not any(self._place.tree.span(part) in self._left_out for part in waiting):
                return True
        return False


def _either(*ways: _Waited) -> _Waited:
    """What holds on each of several ways."""
    known = [way for way in ways if way is not None]
    return all(known) if known else None
