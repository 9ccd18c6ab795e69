"""Look up attributes: of modules, classes and instances, along the order of look-up and in subclasses."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from asynclint.model import Certainty
from asynclint.project.linking.elsewhere import Elsewhere
from asynclint.project.linking.generics import has_variable, is_type_variable
from asynclint.project.linking.values import (
    MOST_ALTERNATIVES,
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    Constant,
    External,
    Function,
    Instance,
    ModuleObject,
    Pending,
    Value,
    Variable,
    as_made,
    is_none,
    join,
    one,
)
from asynclint.source.references import FUNCTION, ITEM
from asynclint.source.scopes import ASYNC, GENERATOR, STUB

_CLASSES_OF_PENDING: Final = {
    "async-context-manager": "contextlib.AbstractAsyncContextManager", "async-generator": "collections.abc.AsyncGenerator",
}  # fmt: skip
"""The classes of what calls give whose body has not run, by its nature."""


MOST_OVERRIDES: Final = 32
"""Of a method that more classes than this define, none is looked at."""

_OF_MANAGERS: Final = frozenset({"__aenter__", "__aexit__"})


class Members(Elsewhere):
    """Looks up attributes."""

    def attribute(self, owner: Alternative, name: str) -> Value:
        """What attribute `name` of `owner` is."""
        if isinstance(owner, ModuleObject):
            return self.module_attribute(owner.module, name)
        if isinstance(owner, External):
            return self.external(f"{owner.name}.{name}")
        if isinstance(owner, Class):
            return self._class_attribute(owner, name)
        if isinstance(owner, Instance) and name == "__class__" and owner.klass.is_own:
            return one(owner.klass)
        if isinstance(owner, Instance):
            return self._class_variable_attribute(owner, name) if is_type_variable(owner) else self._instance_attribute(owner, name)
        if isinstance(owner, Pending) and owner.nature in _CLASSES_OF_PENDING:
            return self._instance_attribute(Instance(self.external_class(_CLASSES_OF_PENDING[owner.nature]), exact=True), name)
        if isinstance(owner, Variable):
            return join([self.attribute(alternative, name) for alternative in owner.bound.alternatives] or [NOTHING_KNOWN])
        if isinstance(owner, Constant) and owner.text[:1] in "'\"b":
            return self._instance_attribute(Instance(self.external_class("builtins.str"), exact=True), name)
        return NOTHING_KNOWN

    def _class_variable_attribute(self, variable: Instance, name: str) -> Value:
        """What attribute `name` of the class is that a type variable stands for, as in ``type[T]``."""
        bounds = [alternative.bound for alternative in self.declared_as(variable, ()).alternatives if isinstance(alternative, Variable)]
        classes = [part.klass for bound in bounds for part in bound.alternatives if isinstance(part, Instance)]
        return join([self._class_attribute(klass, name) for klass in classes] or [NOTHING_KNOWN])

    def _class_attribute(self, klass: Class, name: str) -> Value:
        member = self.member(klass, name)
        if member is None:
            return NOTHING_KNOWN if klass.complete or klass.facts is not None else self.external(f"{klass.name}.{name}")
        found: list[Value] = []
        for alternative in member.alternatives:
            if isinstance(alternative, Function):
                self.link_decorators(alternative)
                found.append(one(Bound(alternative, klass)) if alternative.binding == "class" else one(alternative))
            elif isinstance(alternative, External) and alternative.entry is not None and "self" in (alternative.entry.returns or ""):
                found.append(one(External(alternative.name, alternative.entry, Instance(klass))))
            else:
                found.append(one(alternative))
        if member.open:
            found.append(NOTHING_KNOWN)
        return join(found)

    def _instance_attribute(self, instance: Instance, name: str) -> Value:
        klass = instance.klass
        member = self.member(klass, name, instance.behind)
        overrides = [] if instance.exact or instance.behind is not None else self.overrides(klass, name)
        if member is None or _is_none(member):
            stored = self.stored(klass, name)
            if not stored.alternatives and member is not None:
                stored = self._set_below(klass, name)
            if stored.alternatives:
                return stored
        if member is None:
            if overrides:
                return self._bind_overrides(overrides, instance)
            beside = self._beside(instance, name)
            if beside:
                return self._bind_overrides(beside, instance)
            made = self._made_up(instance, name)
            if made.alternatives:
                return made
            unknown = next((base for base in klass.mro if not base.complete and base.facts is None), None)
            if unknown is not None:
                value = self.external(f"{unknown.name}.{name}", instance)
                return Value(value.alternatives, True)
            return NOTHING_KNOWN
        if overrides and all(isinstance(part, Function) and part.facts.flags & STUB for part in member.alternatives):
            return self._bind_overrides(overrides, instance)
        if len(overrides) >= MOST_ALTERNATIVES:
            overrides = []
        found = [self._bind(alternative, instance, Certainty.CERTAIN) for alternative in member.alternatives]
        found += [self._bind(override, instance, Certainty.POSSIBLE) for override in overrides]
        if not klass.is_own and self.is_assigned(name):
            found.append(self.stored(klass, name))  # what a known class has, the program may replace
        if member.open:
            found.append(NOTHING_KNOWN)
        value = found[0] if len(found) == 1 else join(found)
        if not has_variable(value):
            return value
        owner = next((base for base in klass.mro if self._own_member(base, name) is not None), None)
        return self.replace(value, self.of_receiver(instance, owner))

    def _set_below(self, klass: Class, name: str) -> Value:
        """What the subclasses of a class set an attribute to that is None until then."""
        found: list[Value] = []
        for below in klass.overriders if len(klass.overriders) < MOST_OVERRIDES else ():
            row = below.facts.assigned.get(name) if below.facts is not None else None
            if row is not None and below.module is not None:
                found.append(self.value(below.module, row))
        others = tuple([part for part in join(found).alternatives if not is_none(part)]) if found else ()
        return Value(others, True) if others else NOTHING_KNOWN

    def _made_up(self, instance: Instance, name: str) -> Value:
        """What a class's ``__getattr__`` gives for a name that it has nothing under."""
        maker = self.member(instance.klass, "__getattr__") if not name.startswith("__") else None
        found = [self.result_of(part, instance) for part in maker.alternatives if isinstance(part, Function)] if maker is not None else []
        return Value(join(found).alternatives, True) if found else NOTHING_KNOWN

    def _beside(self, instance: Instance, name: str) -> list[Function]:
        """The methods of this name that a mixin meets in the classes which derive from it, or in what else those derive from."""
        found: dict[Function, None] = {}
        for below in instance.klass.overriders if not instance.exact else ():
            behind = instance.behind or instance.klass
            member = self._member_of(below.mro[below.mro.index(behind) + 1 :], name) if behind in below.mro else None
            for alternative in member.alternatives if member is not None else ():
                if isinstance(alternative, Function):
                    found[alternative] = None
        return list(found) if len(found) < MOST_ALTERNATIVES else []

    def _bind_overrides(self, overrides: list[Function], instance: Instance) -> Value:
        """What subclasses define where the class itself defines nothing: the only one is likely meant, unless others have subclasses too,
        as of what Python brings along: a list is a ``Sequence``. Methods may be more than other alternatives: all that can be done with
        them is to call them."""
        is_everybodys = instance.klass.name.partition(".")[0] in sys.stdlib_module_names
        sure = Certainty.LIKELY if len(overrides) == 1 and not is_everybodys else Certainty.POSSIBLE
        values = [self._bind(override, instance, sure) for override in overrides]
        methods = [value.alternatives[0] for value in values if len(value.alternatives) == 1 and isinstance(value.alternatives[0], Bound)]
        return Value(tuple(methods), True) if len(methods) == len(values) else join([*values, NOTHING_KNOWN])

    def overrides(self, klass: Class, name: str) -> list[Function]:
        """The methods of this name that the subclasses of a class define; none where those are many."""
        key = (klass, name)
        found = self.overriding.get(key)
        if found is None:
            found = self.overriding[key] = self._find_overrides(klass, name)
        return found

    def _find_overrides(self, klass: Class, name: str) -> list[Function]:
        overrides: list[Function] = []
        for below in self._implementers(klass) if _is_protocol(klass) else klass.overriders:
            assert below.facts is not None
            assert below.module is not None
            row = below.facts.members.get(name)
            if row is not None and below.module.rows[row][0] == FUNCTION:
                overrides.append(below.module.functions[below.module.rows[row][1]])
                if len(overrides) > MOST_OVERRIDES:
                    return []
        return overrides

    def lacks(self, alternative: Alternative, name: str) -> bool:
        """Whether something certainly has no attribute of this name, so that one of several which is asked for it is another."""
        if not isinstance(alternative, Instance) or not alternative.klass.complete or alternative.klass.facts is None:
            return False
        klass = alternative.klass
        if alternative.behind is not None or any(
            self.member(klass, method) is not None for method in (name, "__getattr__", "__getattribute__")
        ):
            return False
        return not self.is_stored(klass, name) and not any(klass in below.mro for below in self.classes_with_member(name))

    def _implementers(self, protocol: Class) -> list[Class]:
        """The classes of the program that have all that a protocol asks for, whether they derive from it or not."""
        found = self.implementers.get(protocol)
        if found is None:
            assert protocol.facts is not None
            wanted = protocol.facts.members.keys() | protocol.facts.declared.keys()
            rarest = min((self.classes_with_member(name) for name in sorted(wanted)), key=len, default=[])
            others = [
                klass for klass in rarest if not _is_protocol(klass) and all(klass in self.classes_with_member(name) for name in wanted)
            ]
            found = self.implementers[protocol] = list(dict.fromkeys([*protocol.overriders, *others]))
        return found

    def classes_with_member(self, name: str) -> Sequence[Class]:
        """The classes of the program that have a member of this name of their own."""
        return self.classes_with.of(name, self.modules.values())

    def _bind(self, member: Alternative, instance: Instance, certainty: Certainty) -> Value:
        """What a class's member is when it is read from an instance."""
        if isinstance(member, Function) and member.owner is not None:
            self.link_decorators(member)
            if member.nature == "property":
                if member.facts.flags & ASYNC and not member.facts.flags & GENERATOR:
                    return one(Pending(member, "coroutine", (member.module, 0), instance))
                return self.result_of(member, instance)
            if member.binding == "static":
                return one(member)
            receiver = Instance(instance.klass, instance.exact, instance.made, instance.arguments)
            return one(Bound(member, receiver, certainty))
        if isinstance(member, Instance) and member.klass.facts is not None and member is not instance:
            return self._gotten(member) or one(member)
        if isinstance(member, External):
            if member.entry is not None and member.entry.property:
                return self.typed(member.entry.returns, instance) if member.entry.returns else NOTHING_KNOWN
            return one(External(member.name, member.entry, instance))
        return one(member)

    def _gotten(self, descriptor: Instance) -> Value | None:
        """What reading a descriptor from an object gives; None for what is no descriptor."""
        if self.member(descriptor.klass, "__get__") is None:
            return None
        method = self._instance_attribute(descriptor, "__get__")
        module = descriptor.klass.module
        given = (
            [self.result_of_call(part, module, 0) for part in method.alternatives if isinstance(part, Bound)] if module is not None else []
        )
        value = join(given) if given else NOTHING_KNOWN
        others = [part for part in value.alternatives if not (isinstance(part, Instance) and part.klass in descriptor.klass.mro)]
        return Value(tuple(others), value.open or not others)  # read from its class, it gives itself

    def member(self, klass: Class, name: str, behind: Class | None = None) -> Value | None:
        """The member that a class gives its instances, unbound; None where no class of the order of look-up has it."""
        if behind is not None:
            return self._member_of(klass.mro[klass.mro.index(behind) + 1 :], name)
        key = (klass, name)
        if key not in self.members:
            self.members[key] = None  # met again while it is looked up: not there
            self.members[key] = self._member_of(klass.mro, name)
        return self.members[key]

    def _member_of(self, mro: Sequence[Class], name: str) -> Value | None:
        for number, base in enumerate(mro):
            found = self._own_member(base, name, mro[0])
            if found is not None:
                return self._in_its_place(found, mro[:number]) or found
            if base.facts is None and base.entry is None and not base.complete:
                break  # a class that nothing is known about may have it
        return None

    def _in_its_place(self, member: Value, before: Sequence[Class]) -> Value | None:
        """What classes of the program put in the place of the method that a known one only goes through."""
        only = member.alternatives[0] if before and member.alternatives else None
        through = only.entry.through if isinstance(only, External) and only.entry is not None else ""
        own = [self._own_member(base, through) for base in before if base.is_own] if through else []
        return next((found for found in own if found is not None), None)

    def _own_member(self, klass: Class, name: str, asked: Class | None = None) -> Value | None:
        """What a class itself defines, for objects of the class `asked`, if that is another."""
        if klass.entry is not None or klass.facts is None or (klass.module is not None and klass.module.is_dependency):
            typed = klass.entry.attributes.get(name) if klass.entry is not None else None
            if typed is not None:
                return self.typed(typed, Instance(asked or klass))
            qualified = f"{klass.name}.{name}" if name != "__init__" else klass.name
            if name in _OF_MANAGERS and klass.entry is not None and klass.entry.aenter is not None:
                qualified = f"contextlib.AbstractAsyncContextManager.{name}"
            entry = self.knowledge.callable(qualified)
            if entry is not None:
                return one(External(qualified, entry))
        if klass.facts is not None and klass.module is not None:
            rows = [klass.facts.declared.get(name)]
            given = [row for row in (klass.facts.members.get(name), klass.facts.assigned.get(name)) if row is not None]
            if rows[0] is None:
                rows = [*given]
            elif len(given) == 1:
                return as_made(self.value(klass.module, rows[0]), self.value(klass.module, given[0]))
            values = [self.value(klass.module, row) for row in rows if row is not None]
            if not values:
                return None
            if len(values) == 2:  # `x = None` in the body says only that it may not be set yet
                values = [value for value in values if not _is_none(value)] or values[:1]
            value = join(values)
            others = tuple(alternative for alternative in value.alternatives if not is_none(alternative))
            return Value(others, value.open) if others else value
        return None


def _is_protocol(klass: Class) -> bool:
    if klass.facts is None or klass.module is None:
        return False
    rows = klass.module.rows
    names = [rows[rows[row][1] if rows[row][0] == ITEM else row][2] for row in klass.facts.bases]
    return any(name.rpartition(".")[2] == "Protocol" for name in names)


def _is_none(value: Value) -> bool:
    return not value.open and all(is_none(alternative) for alternative in value.alternatives)
