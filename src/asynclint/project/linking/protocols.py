"""What Python's protocols give: awaiting, entering, iterating and subscripting a value."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.base import DEEPEST, MANAGER_NATURES, constant
from asynclint.project.linking.results import Results
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    Constant,
    External,
    Instance,
    Pending,
    Value,
    join,
    one,
)
from asynclint.source.references import CONST, UNKNOWN, Row

_OTHER_FORM: Final = {"__enter__": "__aenter__", "__aenter__": "__enter__", "__iter__": "__aiter__", "__aiter__": "__iter__"}
"""The same method of the other form of a protocol."""


class Protocols(Results):
    """Works out what protocols give."""

    def awaited(self, alternative: Alternative) -> Value:
        if isinstance(alternative, Pending):
            return self.given(alternative) if alternative.nature == "coroutine" else NOTHING_KNOWN
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        for klass in alternative.klass.mro:
            if klass.entry is not None and klass.entry.awaits is not None:
                return self.typed(klass.entry.awaits, alternative)
        if alternative.klass.module is not None:
            return self._element_of_result(alternative, "__await__", last=True)
        return alternative.arguments[-1] if alternative.arguments else NOTHING_KNOWN

    def entered(self, alternative: Alternative, method: str) -> Value:
        if isinstance(alternative, Pending):
            if alternative.nature in MANAGER_NATURES:
                return self.yielded_by(alternative)
            if alternative.nature == "coroutine" and isinstance(alternative.callee, External):
                return self.given(alternative)  # awaitable and context manager in one, as of aiohttp
            return NOTHING_KNOWN
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        for wanted in (method, _OTHER_FORM[method]):  # entered in the wrong form, it is meant to give the same
            for klass in alternative.klass.mro:
                if klass.entry is not None:
                    entered = klass.entry.enter if wanted == "__enter__" else klass.entry.aenter
                    if entered is not None:
                        return one(alternative) if entered == "self" else self.typed(entered, alternative)
                if klass.facts is not None and wanted in klass.facts.members:
                    result = self._result_of_method(alternative, wanted)
                    return self._each_awaited(result) if wanted == "__aenter__" else result
        return NOTHING_KNOWN

    def has_form(self, alternative: Alternative, method: str) -> bool:
        """Whether something is known to have ``__enter__`` or ``__aenter__``, or, where neither is asked for, one of them."""
        for klass in alternative.klass.mro if isinstance(alternative, Instance) else ():
            members = klass.facts.members if klass.facts is not None else ()
            if method != "__aenter__" and ("__enter__" in members or (klass.entry is not None and klass.entry.enter is not None)):
                return True
            if method != "__enter__" and ("__aenter__" in members or (klass.entry is not None and klass.entry.aenter is not None)):
                return True
        return False

    def element_of(self, alternative: Alternative, method: str) -> Value:
        if isinstance(alternative, Pending):
            return self.yielded_by(alternative) if alternative.nature in ("generator", "async-generator") else NOTHING_KNOWN
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        if alternative.klass.name == "builtins.tuple" and alternative.arguments:
            return join(alternative.arguments)
        for wanted in (method, _OTHER_FORM[method]):
            for klass in alternative.klass.mro:
                if klass.entry is not None:
                    element = klass.entry.iterates if wanted == "__iter__" else klass.entry.aiterates
                    if element is not None:
                        return self.typed(element, alternative)
            if any(klass.facts is not None and wanted in klass.facts.members for klass in alternative.klass.mro):
                return self._element_of_result(alternative, wanted)
        if alternative.klass.module is not None:
            return self._element_of_result(alternative, method)
        return alternative.arguments[0] if alternative.arguments else NOTHING_KNOWN

    def _element_of_result(self, instance: Instance, method: str, last: bool = False) -> Value:
        """What the iterator that `method` of an object gives yields; of ``__await__``, what its generator returns (`last`)."""
        if self.depth > DEEPEST:  # iterators that give each other
            return NOTHING_KNOWN
        self.depth += 1
        found: list[Value] = []
        for part in self._result_of_method(instance, method).alternatives:
            if isinstance(part, Instance) and part.klass is instance.klass:  # an iterator of its own
                following = self._result_of_method(instance, "__anext__" if method == "__aiter__" else "__next__")
                found.append(self._each_awaited(following) if method == "__aiter__" else following)
            elif last:
                found.append(part.arguments[-1] if isinstance(part, Instance) and part.arguments else NOTHING_KNOWN)
            else:
                found.append(self.element_of(part, method))
        self.depth -= 1
        return join(found) if found else NOTHING_KNOWN

    def _each_awaited(self, value: Value) -> Value:
        found = [self.awaited(alternative) for alternative in value.alternatives]
        return join([*found, NOTHING_KNOWN] if value.open else found) if found else NOTHING_KNOWN

    def _result_of_method(self, instance: Instance, name: str) -> Value:
        """What calling a special method without arguments that matter gives."""
        module = instance.klass.module
        if module is None:
            return NOTHING_KNOWN
        method = self.attribute(instance, name)
        found = [self.result_of_call(part, module, 0) for part in method.alternatives if isinstance(part, Bound)]
        return join([*found, NOTHING_KNOWN] if method.open else found) if found else NOTHING_KNOWN

    def _declared_in(self, klass: Class, inside: Value) -> tuple[Value, ...]:
        """What the brackets of a declaration declare; of a ``Callable`` only what it gives."""
        only = inside.alternatives[0] if len(inside.alternatives) == 1 else None
        is_tuple = isinstance(only, Instance) and only.klass.name == "builtins.tuple"
        parts = only.arguments if isinstance(only, Instance) and is_tuple else (inside,)
        if klass.name == "collections.abc.Callable":
            parts = parts[-1:] if len(parts) == 2 else ()
        declared: list[Value] = []
        for value in parts:
            found = [self.declared_as(part, ()) for part in value.alternatives]
            declared.append(join([*found, NOTHING_KNOWN] if value.open else found) if found else value)
        return tuple(declared)

    def at(self, alternative: Alternative, index: Row, index_value: Value) -> Value:
        """What subscripting gives; `index` is the row of what stands in the brackets, `index_value` its value."""
        if isinstance(alternative, Class):
            if alternative.name in _DECLARATIONS:
                return one(Instance(alternative, arguments=self._declared_in(alternative, index_value)))
            return one(alternative)  # `Base[T]` is Base
        if isinstance(alternative, External):
            if alternative.name.startswith("typing"):
                return _alias(alternative.name.rpartition(".")[2], index_value)
            return one(alternative) if alternative.entry is not None else NOTHING_KNOWN  # what is called for a type: `stream[Message](1)`
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        klass = alternative.klass
        if klass.name in _DECLARATIONS and not any(isinstance(part, Constant) for part in index_value.alternatives):
            return one(alternative)  # an alias of a generic type, which is told what its variables are
        if klass.name == "builtins.tuple" and alternative.arguments:
            position = int(index[2]) if index[0] == CONST and index[2].isdigit() else -1
            return alternative.arguments[position] if 0 <= position < len(alternative.arguments) else NOTHING_KNOWN
        for base in klass.mro:
            if base.entry is not None and base.entry.items is not None:
                if index[0] == UNKNOWN and base.entry.items.isupper():  # a slice has no row of its own
                    return one(alternative)
                return self.typed(base.entry.items, alternative)
        if klass.module is None:
            return alternative.arguments[0] if alternative.arguments and index[0] != UNKNOWN else NOTHING_KNOWN
        if klass.derives_from("typing.TypedDict") and index[0] == CONST:
            member = self.member(klass, str(constant(index[2])))
            return member if member is not None else NOTHING_KNOWN
        return self._result_of_method(alternative, "__getitem__")


_DECLARATIONS = ("collections.abc.Awaitable", "collections.abc.Callable", "collections.abc.Coroutine")
"""Generic types that nobody calls: subscripted, they are aliases of declarations, and no classes."""


def _alias(name: str, inside: Value) -> Value:
    """What an alias such as ``Optional[T]`` stands for, as far as it names classes."""
    if name == "Union":
        tuples = [part for part in inside.alternatives if isinstance(part, Instance) and part.klass.name == "builtins.tuple"]
        return join([value for part in tuples for value in part.arguments]) if tuples else inside
    if name in ("Optional", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly"):
        return inside
    if name == "Annotated":
        tuples = [part for part in inside.alternatives if isinstance(part, Instance) and part.arguments]
        return tuples[0].arguments[0] if tuples else NOTHING_KNOWN
    return NOTHING_KNOWN
