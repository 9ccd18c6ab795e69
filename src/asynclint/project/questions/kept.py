"""What the program does with the tasks that it keeps in attributes: whether anything ever waits for them, ends them or asks what came of
them.
"""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Instance, Value
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.takers import Takers
from asynclint.source.names import LOOKS
from asynclint.source.references import ATTR, BINARY, CALL, CONST, TEST

_NO_MATTER: Final = frozenset({
    "add", "append", "appendleft", "cancelled", "clear", "discard", "done", "get_name", "remove", "set_name",
})  # fmt: skip
"""Methods of a task or of a collection of tasks that neither end the task nor tell what came of it."""

_COUNTS: Final = frozenset({"bool", "len"})

_MOST_PLACES: Final = 256
"""An attribute that more rows read than this is somebody else's as well."""


class Kept:
    """Answers about attributes, by their names: what has one of the same name elsewhere counts as well, so that nobody is missed."""

    def __init__(self, takers: Takers) -> None:
        self.takers = takers
        self._looked_at: dict[str, bool] = {}
        self._texts: dict[Module, frozenset[str]] = {}

    def is_looked_at(self, name: str) -> bool:
        """Whether the program awaits, cancels, hands on or asks what an attribute of this name holds, or may."""
        if name not in self._looked_at:
            places = self.takers.attributes_of(name)
            modules = {module for module, _ in places}
            self._looked_at[name] = (
                len(places) > _MOST_PLACES
                or any(self._at(module, row) for module, row in places)
                or any(name in self._texts_in(module) for module in modules)
            )
        return self._looked_at[name]

    def is_read(self, klass: Class, name: str) -> bool:
        """Whether the program does anything with what this attribute of a class's objects holds, or may."""
        places = self.takers.attributes_of(name)
        return len(places) > _MOST_PLACES or any(
            (row in self.takers.given_away(module) or bool(self.takers.users_in(module).of(row)))
            and self.may_be_of(klass, self.takers.linker.value(module, module.rows[row][1]))
            for module, row in places
        )

    def may_be_of(self, klass: Class, value: Value) -> bool:
        """Whether a value may be an object of a class, of one above it or of one below."""
        classes = [one.klass for one in value.alternatives if isinstance(one, Instance)]
        return len(classes) < len(value.alternatives) or not classes or any(klass in one.mro or one in klass.mro for one in classes)

    def _at(self, module: Module, attribute: int) -> bool:
        if attribute in self.takers.given_away(module):
            return True
        rows = module.rows
        for user in self.takers.users_in(module).of(attribute):
            operation, base, text, _ = rows[user]
            if operation == TEST or (operation == BINARY and text == "not") or (operation == ATTR and text in _NO_MATTER):
                continue
            if operation != CALL or base == attribute or last_name(rows, base) not in LOOKS | _COUNTS:
                return True
        return False

    def _texts_in(self, module: Module) -> frozenset[str]:
        """The texts in a file's code: ``getattr(self, "_task")``."""
        if module not in self._texts:
            self._texts[module] = frozenset(text[1:-1] for operation, _, text, _ in module.rows if operation == CONST and text[:1] in "'\"")
        return self._texts[module]
