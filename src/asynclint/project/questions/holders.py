"""What a callable does with an object that has to be given back: sees to it or keeps it, or only uses it."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, External, Function, unbound
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.takers import Takers
from asynclint.source.names import GIVES_BACK, LOOKS
from asynclint.source.references import ANNOTATED, ATTR, AWAIT, BINARY, CALL, ITEM, NARROWED, STAR, TEST, UNION, keywords_of
from asynclint.source.uses import USE_RETURN, USE_STORE, USE_YIELD

_SAME: Final = frozenset({ANNOTATED, NARROWED, UNION})
"""Operations that give the same object."""
_LOOKS_AT: Final = frozenset({BINARY, TEST})
_DEEPEST: Final = 5


class Holders:
    """Answers for the calls of a linked program. What is not known may do anything."""

    def __init__(self, linker: Linker, takers: Takers) -> None:
        self.linker = linker
        self.takers = takers
        self._known: dict[tuple[Function, int, int], bool] = {}

    def may_see_to(self, module: Module, call: int, row: int, depth: int = 0) -> bool:
        """Whether a call may give back or keep the object that a row among its arguments is."""
        rows = module.rows
        _, base, _, rest = rows[call]
        callee = self.linker.value(module, base)
        names = keywords_of(rows[call])
        places = [number for number, part in enumerate(rest) if self._is_same(module, part, row)]
        if callee.open or not callee.alternatives or not places or any(rows[part][0] == STAR for part in rest) or depth > _DEEPEST:
            return True
        positional = len(rest) - len(names)
        for place in places:
            keyword = names[place - positional] if place >= positional else ""
            if any(self._sees_to(alternative, place, keyword, depth) for alternative in callee.alternatives):
                return True
        return False

    def is_new(self, module: Module, row: int, depth: int = 0) -> bool:
        """Whether a row is made where it stands, for whoever gets it: by a class, by something outside of the program, or by a function
        that keeps no hold of it."""
        rows = module.rows
        while rows[row][0] in (AWAIT, ITEM):
            row = rows[row][1]
        if rows[row][0] != CALL or depth > _DEEPEST:
            return False
        makers = self.linker.value(module, rows[row][1]).alternatives
        return bool(makers) and all(self._makes_new(unbound(maker), depth) for maker in makers)

    def _makes_new(self, maker: Alternative, depth: int) -> bool:
        if not isinstance(maker, Function):
            return isinstance(maker, (Class, External))
        if maker.cached or maker.doubtful or maker.nature != "keep":
            return False
        returned = maker.facts.returned
        return not self._is_kept(maker.module, returned) and self.is_new(maker.module, returned, depth + 1)

    def _is_kept(self, module: Module, row: int) -> bool:
        """Whether a file binds a row to a global name or assigns it to an attribute or an item."""
        facts = module.facts
        kept = [*facts.bindings.values(), *(row for _, _, row in facts.stores)]
        kept += [row for owner in facts.classes for row in (*owner.assigned.values(), *owner.members.values())]
        if any(row == other or row in module.rows[other][3] for other in kept):
            return True
        return any(kind == USE_STORE and row == other for body in facts.functions for kind, other, _, _ in body.uses)

    def _is_same(self, module: Module, part: int, row: int) -> bool:
        rows = module.rows
        while rows[part][0] == NARROWED:
            part = rows[part][1]
        return part == row or (rows[part][0] in _SAME and (row == rows[part][1] or row in rows[part][3]))

    def _sees_to(self, callee: Alternative, position: int, keyword: str, depth: int) -> bool:
        if not isinstance(callee, (Function, Bound)):
            return True
        function = unbound(callee)
        position = function.place(position + (isinstance(callee, Bound) and function.binding != "static"), keyword)
        if function.doubtful or function.entry is not None or not 0 <= position < len(function.facts.parameters):
            return True
        key = (function, position, depth)  # the depth is part of it: what is asked first must not decide what others are told
        if key not in self._known:
            row = self.takers.row_of(function, position)
            self._known[key] = bool(row) and self._body_sees_to(function, row, depth)
        return self._known[key]

    def _body_sees_to(self, function: Function, parameter: int, depth: int) -> bool:
        module = function.module
        rows = module.rows
        users = self.takers.users_in(module)
        same = [parameter]
        for row in same:  # the list grows
            for user in users.of(row):
                operation, base, text, _ = rows[user]
                if operation in _SAME:
                    if user not in same:
                        same.append(user)
                elif operation == ATTR:
                    if text in GIVES_BACK:
                        return True
                elif operation == CALL and base != row:
                    if last_name(rows, base) not in LOOKS and self.may_see_to(module, user, row, depth + 1):
                        return True
                elif operation not in _LOOKS_AT:
                    return True
        given = self.takers.given_away(module)
        kept = (USE_RETURN, USE_STORE, USE_YIELD)
        return any(row in given for row in same) or any(kind in kept and row in same for kind, row, _, _ in function.facts.uses)
