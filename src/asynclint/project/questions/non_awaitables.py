"""What certainly is nothing to ``await``: the result of a call of which all is known, an object, a function that nobody calls.

Whatever is not known for certain is left out: a callable or a result that may be another, a class of which not every base is known, a
method that a subclass replaces or whose body says nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, Constant, External, Function, Instance, Pending, Value, unbound
from asynclint.project.questions.awaitables import ASYNC_MANAGER
from asynclint.project.questions.hierarchy import below, is_replaced
from asynclint.source.references import ATTR, CALL, COLLECTION, NARROWED, UNION
from asynclint.source.scopes import GIVES_NOTHING, STUB

_PLAIN: Final = frozenset({"keep", "static", "class", "overload"})
_SETTLED: Final = _PLAIN | {ASYNC_MANAGER}
"""What decorators may make of a function whose call still runs its body."""

_VAGUE: Final = ("collections.abc.", "typing.", "typing_extensions.", "unittest.mock.", "contextlib.Abstract", "abc.")
"""Starts of names of classes that an awaitable object may be of as well."""


class NonAwaitable(NamedTuple):
    """Something that cannot be awaited: in words, with its class or the function, as far as it has one, and how sure that is."""

    words: str
    certainty: Certainty
    klass: Class | None = None
    is_function: bool = False
    is_manager: bool = False
    may_be_none: bool = False


class NonAwaitables:
    """Answers for every row of a linked program."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker

    def of(self, module: Module, row: int) -> NonAwaitable | None:
        """What a row is, if that cannot be awaited."""
        operation, _, _, rest = module.rows[row]
        if operation == CALL:
            return self._of_call(module, row)
        if operation == UNION:
            return _worst([self.of(module, part) for part in rest])
        if operation == NARROWED:
            return None
        value = self.linker.value(module, row)
        if value.open or any(isinstance(alternative, Constant) for alternative in value.alternatives):
            return None
        if operation == ATTR and not self._is_settled(module, row):
            return None
        found = _worst([self._of(alternative) for alternative in value.alternatives])
        if found is not None and operation != COLLECTION:
            return found._replace(certainty=min(found.certainty, Certainty.LIKELY)) if found.klass is not None else found
        return found

    def _is_settled(self, module: Module, row: int) -> bool:
        """Whether no class below, and no code outside, makes something else of an attribute that is read."""
        _, base, name, _ = module.rows[row]
        for receiver in self.linker.value(module, base).alternatives:
            if isinstance(receiver, (Instance, Class)):
                klass = receiver.klass if isinstance(receiver, Instance) else receiver
                facts = [part.facts for part in below(receiver) if part.facts is not None]
                if any(name in part.members or name in part.assigned or name in part.declared for part in facts):
                    return False
                if self.linker.is_stored(klass, name):
                    return False
        return True

    # -- calls

    def _of_call(self, module: Module, row: int) -> NonAwaitable | None:
        callee = self.linker.value(module, module.rows[row][1])
        if callee.open:
            return None
        return _worst([self._of_callee(alternative, callee, module, row) for alternative in callee.alternatives])

    def _of_callee(self, callee: Alternative, all_of_them: Value, module: Module, row: int) -> NonAwaitable | None:
        receiver = callee.receiver if isinstance(callee, (Bound, External)) else None
        if receiver is not None and not self._is_settled_method(receiver, module.rows[module.rows[row][1]][2], all_of_them):
            return None
        if isinstance(callee, External):
            entry = callee.entry
            if entry is None or entry.coroutine or entry.blocks is not None:
                return None
            return self._of_value(self.linker.result_of_call(callee, module, row))
        if isinstance(callee, (Function, Bound)):
            found = self._of_function(callee, module, row)
            if found is not None and isinstance(receiver, Instance) and _is_only_declared(receiver):
                return found._replace(certainty=Certainty.POSSIBLE)
            return found
        if isinstance(callee, Class) and self.linker.member(callee, "__new__") is None:
            return self._of_value(self.linker.result_of_call(callee, module, row))
        return None

    def _is_settled_method(self, receiver: Instance | Class, name: str, callee: Value) -> bool:
        """Whether every class below has one of the methods that are called, and nothing else is put in their place."""
        if is_replaced(self.linker, receiver, name):
            return False
        functions = {unbound(part) for part in callee.alternatives}
        names = {part.name for part in callee.alternatives if isinstance(part, External)}
        for klass in below(receiver):
            member = self.linker.member(klass, name)
            for part in member.alternatives if member is not None else ():
                if not (part in functions or (isinstance(part, External) and part.name in names)):
                    return False
        return True

    def _of_function(self, callee: Function | Bound, module: Module, row: int) -> NonAwaitable | None:
        function = unbound(callee)
        facts = function.facts
        if function.doubtful or function.wrappers or function.entry is not None or function.nature not in _SETTLED:
            return None
        pending = pending_nature(function)
        if pending is not None:
            return self._of_pending(pending)
        if facts.flags & STUB and function.nature != "overload":
            return None
        is_exact = not isinstance(callee, Bound) or not isinstance(callee.receiver, Instance) or callee.receiver.exact
        if facts.flags & GIVES_NOTHING and not is_exact and not facts.uses:
            return None  # a hook: classes elsewhere are meant to say what it does
        sure = Certainty.CERTAIN if is_exact else Certainty.LIKELY
        if facts.flags & GIVES_NOTHING and not facts.result:
            return NonAwaitable("None", sure, may_be_none=True)
        if not facts.result and any(inner.facts.parent == function.number for inner in function.module.functions):
            return None  # what it returns may be set in a function inside of it
        found = self._of_value(self.linker.result_of_call(callee, module, row))
        if found is None:
            return None
        if facts.result and facts.returned:
            body = self.linker.value(function.module, facts.returned)
            if body.open or self._of_value(body) is None:
                if any(self._of(part) is None for part in body.alternatives):
                    return None  # what is declared is not so
                sure = Certainty.LIKELY
        return found._replace(certainty=min(found.certainty, sure))

    # -- values

    def _of_value(self, value: Value) -> NonAwaitable | None:
        return None if value.open else _worst([self._of(alternative) for alternative in value.alternatives])

    def _of(self, alternative: Alternative) -> NonAwaitable | None:
        if isinstance(alternative, Constant):
            is_none = alternative.text == "None"
            return NonAwaitable("None" if is_none else f"`{alternative.text}`", Certainty.CERTAIN, may_be_none=is_none)
        if isinstance(alternative, Instance):
            return self._of_instance(alternative)
        if isinstance(alternative, Pending):
            return self._of_pending(alternative.nature)
        if isinstance(alternative, External):
            entry = alternative.entry
            if entry is None or entry.property or alternative.receiver is None:
                return None
            return NonAwaitable("a method", Certainty.CERTAIN, is_function=True)
        function = unbound(alternative)
        if isinstance(function, Function) and not function.doubtful and function.nature in _PLAIN:
            if isinstance(alternative, Bound) and is_replaced(self.linker, alternative.receiver, function.facts.name.rpartition(".")[2]):
                return None
            return NonAwaitable("a method" if isinstance(alternative, Bound) else "a function", Certainty.CERTAIN, is_function=True)
        return None

    def _of_pending(self, nature: str) -> NonAwaitable | None:
        if nature == "generator":
            return NonAwaitable("a generator", Certainty.CERTAIN)
        if nature == ASYNC_MANAGER:
            return NonAwaitable("an async context manager", Certainty.CERTAIN, is_manager=True)
        return None

    def _of_instance(self, instance: Instance) -> NonAwaitable | None:
        klass = instance.klass
        if not klass.complete or klass.name in ("builtins.object", "builtins.type") or klass.name.startswith(_VAGUE):
            return None
        for base in klass.mro:
            if base.name.endswith(".Protocol") or base.name == "collections.abc.Awaitable" or base.name.startswith("unittest.mock."):
                return None
            if base.entry is not None and base.entry.awaits is not None:
                return None
        if any(self.linker.member(part, "__await__") is not None for part in (klass, *below(instance))):
            return None
        name = klass.name.rpartition(".")[2]
        article = "an" if name[0] in "aeiouAEIO" else "a"
        sure = Certainty.CERTAIN if instance.exact or klass.name.startswith("builtins.") else Certainty.LIKELY
        return NonAwaitable(f"{article} `{name}`", sure, klass)


def _is_only_declared(receiver: Instance) -> bool:
    """Whether only an annotation says that an object is of a class of an installed package: it may name the synchronous one of two twins
    (``session: Session``) where the program uses the other (``AsyncSession``)."""
    module = receiver.klass.module
    declared = not receiver.exact and receiver.made is None
    return declared and receiver.klass.entry is None and module is not None and module.is_dependency


def _worst(found: list[NonAwaitable | None]) -> NonAwaitable | None:
    """All of these as one: as sure as the least; None where one of them is not known to be such a thing."""
    known = [part for part in found if part is not None]
    if not known or len(known) < len(found):
        return None
    words = " or ".join(dict.fromkeys(part.words for part in known))
    may_be_none = any(part.may_be_none for part in known)
    return known[0]._replace(words=words, certainty=min(part.certainty for part in known), may_be_none=may_be_none)
