"""Resolve absolute names: to modules of the program and what they bind, or to what is known outside of it."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.base import DEEPEST, IN_PROGRESS, LinkerBase
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Class,
    External,
    Instance,
    ModuleObject,
    Value,
    join,
    one,
)
from asynclint.source.references import CLASS, NAME, UNION

_MOST_REEXPORTS: Final = 8
"""So many imports are followed from where a class is documented to where it is defined."""


class Names(LinkerBase):
    """Resolves names."""

    def name(self, text: str, seen_from: Module | None = None) -> Value:
        """The value of an absolute name. A name that no module of the program has is looked for beside the file it is `seen_from`, unless
        that is in a package."""
        value = self.names.get(text)
        if value is None:
            if self.depth > DEEPEST:
                return NOTHING_KNOWN
            self.names[text] = IN_PROGRESS
            self.depth += 1
            value = self.names[text] = self._resolve_name(text)
            self.depth -= 1
        if seen_from is None or seen_from.is_dependency or seen_from.package in self.modules:
            return value
        if seen_from.package and not self._is_program(text):
            sibling = f"{seen_from.package}.{text.partition('.')[0]}"
            if sibling in self.modules:
                return self.name(f"{seen_from.package}.{text}")
        return value

    def _is_program(self, text: str) -> bool:
        return text.partition(".")[0] in self.modules or text in self.modules

    def _is_known(self, text: str) -> bool:
        name = self.knowledge.canonical(text)
        knowledge = self.knowledge
        return knowledge.klass(name) is not None or knowledge.callable(name) is not None or knowledge.value(name) is not None

    def _resolve_name(self, text: str) -> Value:
        head, _, last = text.rpartition(".")
        if not self._is_program(text) and self._is_known(text):  # what is known about it stands before its source
            return self.external(text)
        module = self.module(text)
        if not head:
            return one(ModuleObject(module)) if module is not None else self.external(text)
        owner = self.module(head)
        if owner is not None:  # what is imported from is a module, even where its package binds the name to something else
            return self.module_attribute(owner, last)
        parent = self.name(head)
        if parent.alternatives and isinstance(parent.alternatives[0], ModuleObject):
            return self.module_attribute(parent.alternatives[0].module, last)
        if module is not None:  # its package has no file of its own
            return one(ModuleObject(module))
        if not parent.alternatives:
            return NOTHING_KNOWN
        return join([self.attribute(alternative, last) for alternative in parent.alternatives])

    def module_attribute(self, module: Module, name: str) -> Value:
        """What a name of a module of the program is: what it binds, a module inside it, or what it imports with a star."""
        if module.is_dependency and self._is_known(f"{module.name}.{name}"):
            return self.external(f"{module.name}.{name}")
        row = module.facts.bindings.get(name)
        if row is not None and module.rows[row] != (NAME, 0, f"{module.name}.{name}", ()):  # else the package imports its own part
            return self.value(module, row)
        inner = self.module(f"{module.name}.{name}")
        if inner is not None:
            return one(ModuleObject(inner))
        for star in module.facts.stars:
            value = self.name(f"{star}.{name}")
            if any(not isinstance(alternative, External) or alternative.entry is not None for alternative in value.alternatives):
                return value
        stored = self.stored(module, name)
        if stored.alternatives:
            return stored
        if module.facts.stars and self.knowledge.callable(f"builtins.{name}") is not None:
            return self.external(f"builtins.{name}")
        return NOTHING_KNOWN

    def external(self, name: str, receiver: Instance | None = None) -> Value:
        """What stands under a name outside of the program."""
        name = self.knowledge.canonical(name)
        if self.knowledge.klass(name) is not None:
            return one(self.external_class(name))
        typed = self.knowledge.value(name)
        if typed is not None:
            return self.typed(typed, receiver)
        return one(External(name, self.knowledge.callable(name), receiver))

    def external_class(self, name: str) -> Class:
        """The class of a name outside of the program, with what the knowledge says about it."""
        name = self.knowledge.canonical(name)
        klass = self.classes.get(name) or self._class_in_source(name)
        if klass is not None:
            if klass.name != name and self._is_known(name):  # known by another name than the one it is defined under
                klass.name, klass.entry = name, self.knowledge.klass(name)
            self.classes[name] = klass
            self.link_bases(klass)
        else:
            klass = self.classes[name] = Class(name)
            entry = self.knowledge.klass(name)
            if entry is not None:
                klass.entry = entry
                bases = [self.external_class(base) for base in entry.bases]
                klass.mro = linearise(klass, bases)
                klass.complete = all(base.complete for base in bases)
            elif name in ("builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"):
                klass.complete = True
        return klass

    def _class_in_source(self, name: str) -> Class | None:
        """The class that an installed package defines under this name or another that leads to it."""
        if self.module(name.partition(".")[0]) is None:
            return None
        for _ in range(_MOST_REEXPORTS):
            head, _, last = name.rpartition(".")
            module = self.module(head) if head else None
            if module is None:
                return None
            row = module.facts.bindings.get(last, 0)
            operation, number, text, parts = module.rows[row]
            if operation == UNION:  # of `try: from a import X` and `except ImportError: from b import X` the first
                operation, number, text, _ = module.rows[parts[0]]
            if operation == CLASS:
                return module.classes[number]
            if operation != NAME:
                return None
            name = text
        return None


def linearise(klass: Class, bases: list[Class]) -> tuple[Class, ...]:
    """Python's order of look-up (C3); where the bases contradict each other, depth first."""
    sequences = [list(base.mro) for base in bases] + [list(bases)]
    order: list[Class] = [klass]
    while any(sequences):
        sequences = [sequence for sequence in sequences if sequence]
        for sequence in sequences:
            head = sequence[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            head = sequences[0][0]
        order.append(head)
        sequences = [[item for item in sequence if item is not head] for sequence in sequences]
    return tuple(dict.fromkeys(order))
