"""Type variables: what stands for them in a class, in a call, or for ``Self``.

``def first(items: list[T]) -> T`` says what it gives in terms of what it is given; ``class Users(Repository[User])`` what its
inherited methods give. A declared type variable is a :class:`~asynclint.project.linking.values.Variable`. Where the call or the receiver is
known, it is replaced by what stands for it there; elsewhere by its bound.
"""

from __future__ import annotations

from asynclint.project.linking.base import DEEPEST
from asynclint.project.linking.definitions import Definitions
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    Function,
    Instance,
    Origin,
    Pending,
    Value,
    Variable,
    join,
    one,
)
from asynclint.source.references import COLLECTION, ITEM

Mapping = dict[Origin | None, Value]
"""What stands for type variables, by where they were made; None is ``Self``."""

_ITERABLES = frozenset({"Iterable", "Sequence", "Iterator", "Collection", "list", "set", "frozenset", "AsyncIterable", "AsyncIterator"})
_DEEPEST_TYPE = 4
"""Generic types in each other that are looked into."""


class Generics(Definitions):
    """Replaces type variables."""

    def result_of_call(self, callee: Alternative, module: Module, number: int) -> Value:
        """What calling `callee` gives; `number` is the row of the call in `module`, 0 for a call that is not written anywhere."""
        raise NotImplementedError

    def given(self, pending: Pending) -> Value:
        """What a coroutine gives when it is awaited."""
        raise NotImplementedError

    def member(self, klass: Class, name: str, behind: Class | None = None) -> Value | None:
        """The member that a class gives its instances, unbound; None where no class of the order of look-up has it."""
        raise NotImplementedError

    # -- replacing

    def replace(self, value: Value, mapping: Mapping, depth: int = 0) -> Value:
        """The value with every type variable replaced by what stands for it, else by its bound."""
        if not has_variable(value, depth):
            return value
        found: list[Value] = [NOTHING_KNOWN] if value.open else []
        for alternative in value.alternatives:
            if isinstance(alternative, Variable):
                found.append(mapping.get(alternative.origin, alternative.bound))
            elif isinstance(alternative, Instance) and alternative.arguments:
                arguments = tuple([self.replace(argument, mapping, depth + 1) for argument in alternative.arguments])
                found.append(one(Instance(alternative.klass, alternative.exact, alternative.made, arguments, alternative.behind)))
            elif isinstance(alternative, Instance) and is_type_variable(alternative):  # `type[T]`
                given = mapping.get(alternative.made, NOTHING_KNOWN)
                found += [one(part.klass) for part in given.alternatives if isinstance(part, Instance)] or [NOTHING_KNOWN]
            else:
                found.append(one(alternative))
        return join(found)

    # -- what stands for the variables of a class

    def of_receiver(self, receiver: Instance | Class | None, owner: Class | None) -> Mapping:
        """What stands for the type variables of `owner`, the class of an object or one of its bases, in that object."""
        if receiver is None:
            return {}
        klass = receiver.klass if isinstance(receiver, Instance) else receiver
        arguments = receiver.arguments if isinstance(receiver, Instance) else ()
        mapping: Mapping = dict(zip(self.variables_of(klass), arguments, strict=False))
        found = mapping if owner is None or owner is klass else self._of_base(klass, owner, mapping, 0) or {}
        is_itself = isinstance(receiver, Instance) and receiver.behind is None
        return {**found, None: one(receiver if is_itself else Instance(klass))}

    def _of_base(self, klass: Class, owner: Class, mapping: Mapping, depth: int) -> Mapping | None:
        """What stands for the type variables of a base, where `mapping` stands for those of the class; None where it is no base."""
        if klass.facts is None or klass.module is None or owner not in klass.mro or depth > DEEPEST:
            return None
        for row in klass.facts.bases:
            operation, inner, _, _ = klass.module.rows[row]
            for base in self.value(klass.module, inner if operation == ITEM else row).alternatives:
                if isinstance(base, Class) and base is not klass:
                    parts = self._parts(klass.module, row) if operation == ITEM else []
                    given = [self.replace(part, mapping) for part in parts]
                    of_base: Mapping = dict(zip(self.variables_of(base), given, strict=False))
                    found = of_base if base is owner else self._of_base(base, owner, of_base, depth + 1)
                    if found is not None:
                        return found
        return None

    def variables_of(self, klass: Class) -> tuple[Origin, ...]:
        """The type variables of a generic class, in order."""
        known = self.class_variables.get(klass)
        if known is None:
            self.class_variables[klass] = ()  # met again on the way round
            known = self.class_variables[klass] = self._find_variables(klass)
        return known

    def _find_variables(self, klass: Class) -> tuple[Origin, ...]:
        if klass.facts is None or klass.module is None:
            return ()
        module = klass.module
        found: list[Origin] = []
        for row in klass.facts.type_parameters:
            found += [part.made for part in self.value(module, row).alternatives if isinstance(part, Instance) and part.made is not None]
        for row in klass.facts.bases:
            if module.rows[row][0] == ITEM:
                declared = module.rows[module.rows[row][1]][2].rpartition(".")[2] in ("Generic", "Protocol")
                origins = [
                    part.origin
                    for value in self._parts(module, row)
                    for part in value.alternatives
                    if isinstance(part, Variable) and part.origin is not None
                ]
                found = origins if declared else found + [origin for origin in origins if origin not in found]
                if declared:
                    break
        return tuple(found)

    def _parts(self, module: Module, row: int) -> list[Value]:
        """What stands in the brackets of a base, as declared types."""
        index = module.rows[row][3][0]
        operation, _, _, rest = module.rows[index]
        rows = rest if operation == COLLECTION else (index,)
        return [
            join([self.declared_as(alternative, ()) for alternative in value.alternatives]) if value.alternatives else value
            for value in [self.value(module, part) for part in rows]
        ]

    # -- what stands for the variables of a call

    def given_to(self, function: Function, position: int, call: Origin, offset: int) -> int | None:
        """The row of what a call gives for a parameter of a function of the program; None where it gives none, or that cannot be told.

        `offset` is 1 where the receiver is the first parameter.
        """
        names = [parameter.name for parameter in function.facts.parameters]
        return self.argument(call, names[position], names[offset : function.facts.positional])

    def of_call(self, function: Function, call: Origin, offset: int, mapping: Mapping) -> None:
        """Add what the arguments of a call say about the type variables of a function's parameters."""
        for position, parameter in enumerate(function.facts.parameters):
            if not parameter.declared:
                continue
            declared = self.value(function.module, parameter.declared)
            if has_variable(declared):
                row = self.given_to(function, position, call, offset)
                if row is not None:
                    self._match(declared, self.value(call[0], row), mapping, 0)

    def _match(self, declared: Value, actual: Value, mapping: Mapping, depth: int) -> None:
        if not actual.alternatives or depth > _DEEPEST_TYPE:
            return
        awaitable = [part for part in declared.alternatives if isinstance(part, Instance) and _is_awaitable(part)]
        if awaitable and len(awaitable) < len(declared.alternatives):  # of `Awaitable[T] | T` a coroutine is the former
            coroutines = [part for part in actual.alternatives if isinstance(part, Pending) and part.nature == "coroutine"]
            for wanted in awaitable:
                for given in coroutines:
                    self._match_generic(wanted, given, mapping, depth)
            actual = join([one(part) for part in actual.alternatives if part not in coroutines])
            if not actual.alternatives:
                return
        for alternative in declared.alternatives:
            if isinstance(alternative, Variable):
                if alternative.origin is not None:
                    mapping.setdefault(alternative.origin, actual)
            elif isinstance(alternative, Instance) and is_type_variable(alternative):
                classes = [one(Instance(part)) for part in actual.alternatives if isinstance(part, Class)]
                if classes and alternative.made is not None:
                    mapping.setdefault(alternative.made, join(classes))
            elif isinstance(alternative, Instance) and alternative.arguments:
                for part in actual.alternatives:
                    self._match_generic(alternative, part, mapping, depth)

    def _match_generic(self, declared: Instance, actual: Alternative, mapping: Mapping, depth: int) -> None:
        name = declared.klass.name.rpartition(".")[2]
        if isinstance(actual, (Function, Bound, Class)) and name == "Callable":
            module = actual.function.module if isinstance(actual, Bound) else actual.module
            if module is not None:
                self._match(declared.arguments[-1], self.result_of_call(actual, module, 0), mapping, depth + 1)
        elif isinstance(actual, Pending) and _is_awaitable(declared) and actual.nature == "coroutine":
            self._match(declared.arguments[-1], self.given(actual), mapping, depth + 1)
        elif isinstance(actual, Instance) and actual.arguments and len(actual.arguments) == len(declared.arguments):
            for wanted, given in zip(declared.arguments, actual.arguments, strict=True):
                self._match(wanted, given, mapping, depth + 1)
        elif name in _ITERABLES:
            method = "__aiter__" if name.startswith("Async") else "__iter__"
            self._match(declared.arguments[0], self.element_of(actual, method), mapping, depth + 1)


def _is_awaitable(declared: Instance) -> bool:
    return declared.klass.name.rpartition(".")[2] in ("Awaitable", "Coroutine") and bool(declared.arguments)


def has_variable(value: Value, depth: int = 0) -> bool:
    """Whether a type variable is somewhere in a value."""
    if value.generic is None:
        value.generic = depth <= _DEEPEST_TYPE and any(_is_generic(alternative, depth) for alternative in value.alternatives)
    return value.generic


def _is_generic(alternative: Alternative, depth: int) -> bool:
    if isinstance(alternative, Instance):
        return is_type_variable(alternative) or any(has_variable(argument, depth + 1) for argument in alternative.arguments)
    return isinstance(alternative, Variable)


def is_type_variable(instance: Instance) -> bool:
    """Whether an object is a type variable itself, as an expression that names one gives it."""
    return instance.klass.name in ("typing.TypeVar", "typing_extensions.TypeVar")
