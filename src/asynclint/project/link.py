"""Resolve references: from the rows of every file's table to what they may be, through the whole program.

A file's rows are resolved in their order, which puts operands first. Only names lead elsewhere: to the row that another file's name is
bound to, to what a function returns, to what a class holds. These are resolved where they are needed, once; what is met again while it is
being resolved is unknown, and so is what lies more than ``DEEPEST`` such jumps away.

Nothing is guessed: what has no definition in the program and no entry in the knowledge is an
:class:`~asynclint.project.values.External` that nothing is known about but its name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from asynclint.facts.model import ModuleFacts, Places
from asynclint.knowledge import CallableEntry, Knowledge
from asynclint.model import Certainty
from asynclint.project.modules import Module
from asynclint.project.types import TypeText, parse_type
from asynclint.project.values import (
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
    join,
    one,
)  # fmt: skip
from asynclint.source.references import (
    AENTER,
    AITER,
    ATTR,
    AWAIT,
    BINARY,
    CALL,
    CLASS,
    COLLECTION,
    CONST,
    DECLARED,
    ENTER,
    FUNCTION,
    GENERIC,
    ITEM,
    ITER,
    NAME,
    OPERATIONS,
    PARAM,
    STAR,
    SUPER,
    UNION,
    UNKNOWN,
    Row,
)  # fmt: skip
from asynclint.source.scopes import ASYNC, GENERATOR

DEEPEST: Final = 40
"""Jumps from one table into another (or to a function's result) that may lie on top of each other."""

_IN_PROGRESS: Final = Value((), True)
_MAPPINGS: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "DefaultDict"})
_TYPING_COLLECTIONS: Final = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "DefaultDict": "dict", "Type": "type",
}  # fmt: skip
_MANAGER_NATURES: Final = ("context-manager", "async-context-manager")


class Linker:
    """Links the files of one program. After :meth:`link`, every row of every file has its value."""

    def __init__(self, files: Iterable[tuple[str, ModuleFacts, Places]], knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.modules: dict[str, Module] = {}
        self.functions: list[Function] = []
        self.property_names: set[str] = set()
        self._names: dict[str, Value] = {}
        self._classes: dict[str, Class] = {}
        self._members: dict[tuple[Class, str], Value | None] = {}
        self._results: dict[Function, Value] = {}
        self._depth = 0
        for path, facts, places in files:
            module = Module(path, facts, places)
            self.modules[facts.module] = module
            for number, function_facts in enumerate(facts.functions):
                function = Function(module, number, function_facts, len(self.functions))
                module.functions.append(function)
                self.functions.append(function)
            for number, class_facts in enumerate(facts.classes):
                klass = Class(f"{module.name}.{class_facts.name}")
                klass.module = module
                klass.number = number
                klass.facts = class_facts
                module.classes.append(klass)
            for function in module.functions:
                if function.facts.owner >= 0:
                    function.owner = module.classes[function.facts.owner]

    def link(self) -> None:
        """Resolve everything: first the classes' bases and the functions' decorators, then all rows."""
        for module in self.modules.values():
            for klass in module.classes:
                self._link_bases(klass, ())
        for module in self.modules.values():
            for klass in module.classes:
                for base in klass.mro[1:]:
                    base.overriders.append(klass)
        for function in self.functions:
            self._link_decorators(function)
        for module in self.modules.values():
            values = module.values
            for number in range(len(values)):
                if values[number] is None:
                    self.value(module, number)

    # -- definitions

    def _link_bases(self, klass: Class, below: tuple[Class, ...]) -> None:
        if klass.facts is None or klass.complete or len(klass.mro) > 1 or klass in below or len(below) > DEEPEST:
            return
        assert klass.module is not None
        bases: list[Class] = []
        complete = True
        for row in klass.facts.bases:
            operation, inner, _, _ = klass.module.rows[row]
            value = self.value(klass.module, inner if operation == ITEM else row)  # `class A(Base[T])`
            found = [alternative for alternative in value.alternatives if isinstance(alternative, (Class, External))]
            if len(found) != 1 or value.open:
                complete = False
            for base in found[:1]:
                as_class = self.external_class(base.name) if isinstance(base, External) else base
                if as_class is klass or as_class in below:
                    complete = False
                    continue
                self._link_bases(as_class, (*below, klass))
                bases.append(as_class)
        klass.mro = _linearise(klass, bases)
        klass.complete = complete and all(base.complete for base in bases)

    def external_class(self, name: str) -> Class:
        """The class of a name outside of the program, with what the knowledge says about it."""
        name = self.knowledge.canonical(name)
        klass = self._classes.get(name)
        if klass is None:
            klass = self._classes[name] = Class(name)
            entry = self.knowledge.klass(name)
            if entry is not None:
                klass.entry = entry
                bases = [self.external_class(base) for base in entry.bases]
                klass.mro = _linearise(klass, bases)
                klass.complete = all(base.complete for base in bases)
            elif name in ("builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"):
                klass.complete = True
        return klass

    def _link_decorators(self, function: Function) -> None:
        if function.linked:
            return
        function.linked = True
        module = function.module
        if function.number:
            function.entry = self.knowledge.callable(self.knowledge.canonical(function.name))
            if function.entry is not None and function.entry.decorates == "loop":
                function.entry = None
        for row in reversed(function.facts.decorators):
            nature, known = self._decorator_nature(module, row)
            if not known:
                function.doubtful = True
            if nature != "keep":
                function.nature = nature
        if function.nature == "property":
            self.property_names.add(function.facts.name.rpartition(".")[2])

    def _decorator_nature(self, module: Module, row: int) -> tuple[str, bool]:
        """What a decorator makes of a function, and whether that is known."""
        operation, base, _, _ = module.rows[row]
        value = self.value(module, base if operation == CALL else row)
        nature, known = "keep", bool(value.alternatives) and not value.open
        for alternative in value.alternatives:
            if isinstance(alternative, External):
                if alternative.entry is None or alternative.entry.decorates is None:
                    known = False
                else:
                    nature = alternative.entry.decorates
            elif isinstance(alternative, Class) and alternative.derives_from("builtins.property"):
                nature = "property"
            elif isinstance(alternative, Function):
                entry = self.entry_of(alternative)
                if entry is not None and entry.decorates is not None:
                    nature = entry.decorates
                else:
                    worked_out = self._worked_out_nature(alternative, operation == CALL)
                    if worked_out is None:
                        known = False
                    else:
                        nature = worked_out
            else:
                entry = self.knowledge.callable(alternative.name) if isinstance(alternative, Class) else None
                if entry is not None and entry.decorates is not None:
                    nature = entry.decorates
                else:
                    known = False
        return nature, known

    def entry_of(self, function: Function) -> CallableEntry | None:
        """What the knowledge says about a function of the program."""
        self._link_decorators(function)
        return function.entry

    def _worked_out_nature(self, decorator: Function, is_factory: bool) -> str | None:
        """What a decorator of the program makes of a function, read off its body; None where that cannot be said.

        A decorator that returns its argument keeps it. One that returns an inner function which only hands the argument on (to a
        thread, say), or that is a coroutine function itself, hides it: then calling the name does not tell what the body does.
        """
        module = decorator.module
        returned = self._returned_functions(decorator)
        if is_factory:
            returned = [inner for outer in returned for inner in self._returned_functions(outer)]
        facts = decorator.facts
        if not is_factory and facts.returned and module.rows[facts.returned][0] == PARAM:
            return "keep"
        if len(returned) != 1:
            return None
        inner = returned[0]
        if inner.facts.flags & ASYNC:
            return "opaque"
        wrapped = {row for row, (operation, _, _, rest) in enumerate(module.rows) if operation == PARAM and rest[0] == 0}
        calls_it = any(module.rows[use[1]][0] == CALL and module.rows[use[1]][1] in wrapped for use in inner.facts.uses)
        return None if calls_it else "opaque"

    def _returned_functions(self, function: Function) -> list[Function]:
        row = function.facts.returned
        rows = function.module.rows
        parts = rows[row][3] if rows[row][0] == UNION else (row,)
        return [function.module.functions[rows[part][1]] for part in parts if rows[part][0] == FUNCTION]

    # -- rows

    def value(self, module: Module, number: int) -> Value:
        """The value of a row."""
        value = module.values[number]
        if value is not None:
            return value
        if self._depth > DEEPEST:
            return NOTHING_KNOWN
        module.values[number] = _IN_PROGRESS
        self._depth += 1
        row = module.rows[number]
        handler = _HANDLERS[row[0]]
        value = handler(self, module, row, number) if handler is not None else NOTHING_KNOWN
        self._depth -= 1
        module.values[number] = value
        return value

    def _name(self, module: Module, row: Row, number: int) -> Value:
        return self.name(row[2], module)

    def _function(self, module: Module, row: Row, number: int) -> Value:
        return one(module.functions[row[1]])

    def _class(self, module: Module, row: Row, number: int) -> Value:
        return one(module.classes[row[1]])

    def _attr(self, module: Module, row: Row, number: int) -> Value:
        base = self.value(module, row[1])
        if not base.alternatives:
            return NOTHING_KNOWN
        found: list[Value] = []
        for alternative in base.alternatives:
            if isinstance(alternative, Constant) and alternative.text == "None":
                continue
            found.append(self.attribute(alternative, row[2]))
        if base.open:
            found.append(NOTHING_KNOWN)
        return found[0] if len(found) == 1 else join(found)

    def _call(self, module: Module, row: Row, number: int) -> Value:
        callee = self.value(module, row[1])
        if not callee.alternatives:
            return NOTHING_KNOWN
        found = [self.result_of_call(alternative, module, number) for alternative in callee.alternatives]
        if callee.open:
            found.append(NOTHING_KNOWN)
        return found[0] if len(found) == 1 else join(found)

    def _await(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, self._awaited)

    def _awaited(self, alternative: Alternative) -> Value:
        if isinstance(alternative, Pending):
            return self.given(alternative) if alternative.nature == "coroutine" else NOTHING_KNOWN
        if isinstance(alternative, Instance):
            for klass in alternative.klass.mro:
                if klass.entry is not None and klass.entry.awaits is not None:
                    return self.typed(klass.entry.awaits, alternative)
            if alternative.arguments and alternative.klass.module is None:
                return alternative.arguments[-1]
        return NOTHING_KNOWN

    def _enter(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self._entered(alternative, "__enter__"))

    def _aenter(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self._entered(alternative, "__aenter__"))

    def _entered(self, alternative: Alternative, method: str) -> Value:
        if isinstance(alternative, Pending):
            if alternative.nature in _MANAGER_NATURES:
                return self._yielded(alternative)
            if alternative.nature == "coroutine" and isinstance(alternative.callee, External):
                return self.given(alternative)  # awaitable and context manager in one, as of aiohttp
            return NOTHING_KNOWN
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        for klass in alternative.klass.mro:
            if klass.entry is not None:
                entered = klass.entry.enter if method == "__enter__" else klass.entry.aenter
                if entered is not None:
                    return one(alternative) if entered == "self" else self.typed(entered, alternative)
            elif klass.facts is not None and method in klass.facts.members:
                bound = self.attribute(alternative, method)
                results = [self._result(found.function, alternative) for found in bound.alternatives if isinstance(found, Bound)]
                return join(results) if results else NOTHING_KNOWN
        return NOTHING_KNOWN

    def _iter(self, module: Module, row: Row, number: int) -> Value:
        operation, _, _, parts = module.rows[row[1]]
        if operation == COLLECTION and parts:
            return join([self.value(module, part) for part in parts])
        return self._each(module, row, lambda alternative: self._element(alternative, "__iter__"))

    def _aiter(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self._element(alternative, "__aiter__"))

    def _element(self, alternative: Alternative, method: str) -> Value:
        if isinstance(alternative, Pending):
            return self._yielded(alternative) if alternative.nature in ("generator", "async-generator") else NOTHING_KNOWN
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        if alternative.klass.module is None and alternative.arguments:
            return join(alternative.arguments) if alternative.klass.name == "builtins.tuple" else alternative.arguments[0]
        for klass in alternative.klass.mro:
            if klass.entry is not None:
                element = klass.entry.iterates if method == "__iter__" else klass.entry.aiterates
                if element is not None:
                    return self.typed(element, alternative)
        return NOTHING_KNOWN

    def _item(self, module: Module, row: Row, number: int) -> Value:
        index = module.rows[row[3][0]]
        return self._each(module, row, lambda alternative: self._at(alternative, index))

    def _at(self, alternative: Alternative, index: Row) -> Value:
        if isinstance(alternative, Class):
            return one(alternative)  # `Base[T]` is Base
        if not isinstance(alternative, Instance):
            return NOTHING_KNOWN
        if alternative.klass.module is None and alternative.arguments:
            name = alternative.klass.name.rpartition(".")[2]
            if name == "tuple":
                position = int(index[2]) if index[0] == CONST and index[2].isdigit() else -1
                return alternative.arguments[position] if 0 <= position < len(alternative.arguments) else NOTHING_KNOWN
            if name in _MAPPINGS:
                return alternative.arguments[-1] if len(alternative.arguments) == 2 else NOTHING_KNOWN
            if index[0] != UNKNOWN:  # a slice has no row of its own
                return alternative.arguments[0]
            return NOTHING_KNOWN
        for klass in alternative.klass.mro:
            if klass.entry is not None and klass.entry.items is not None:
                return self.typed(klass.entry.items, alternative)
        return NOTHING_KNOWN

    def _param(self, module: Module, row: Row, number: int) -> Value:
        function = module.functions[row[1]]
        position = row[3][0]
        if position == 0 and function.owner is not None:
            self._link_decorators(function)
            method = function.facts.name.rpartition(".")[2]
            if function.nature == "class" or method in ("__new__", "__init_subclass__", "__class_getitem__"):
                return one(function.owner)
            if function.nature != "static":
                return one(Instance(function.owner))
        parameter = function.facts.parameters[position]
        if parameter.declared:
            return self.value(module, parameter.declared)
        if parameter.default:
            default = self.value(module, parameter.default)
            if not all(isinstance(alternative, Constant) for alternative in default.alternatives):
                return Value(default.alternatives, True)
        return NOTHING_KNOWN

    def _union(self, module: Module, row: Row, number: int) -> Value:
        return join([self.value(module, part) for part in row[3]])

    def _const(self, module: Module, row: Row, number: int) -> Value:
        return one(Constant(row[2]))

    def _declared(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self._declared_as(alternative, ()))

    def _declared_as(self, alternative: Alternative, arguments: tuple[Value, ...]) -> Value:
        if isinstance(alternative, External):
            name = alternative.name
            if name in ("typing.Any", "builtins.object"):
                return NOTHING_KNOWN
            top, _, last = name.rpartition(".")
            if top == "typing" and last in _TYPING_COLLECTIONS:
                name = "builtins." + _TYPING_COLLECTIONS[last]
            return one(Instance(self.external_class(name), arguments=arguments))
        if isinstance(alternative, Class):
            if alternative.name in ("typing.Any", "builtins.object", "typing.Self", "typing_extensions.Self"):
                return NOTHING_KNOWN
            return one(Instance(alternative, arguments=arguments))
        if isinstance(alternative, Instance):  # an alias that is itself an annotation
            return NOTHING_KNOWN if alternative.klass.name in ("typing.TypeVar", "typing_extensions.TypeVar") else one(alternative)
        return one(alternative) if isinstance(alternative, Constant) else NOTHING_KNOWN

    def _generic(self, module: Module, row: Row, number: int) -> Value:
        arguments = tuple(self.value(module, part) for part in row[3])
        return self._each(module, row, lambda alternative: self._declared_as(alternative, arguments))

    def _collection(self, module: Module, row: Row, number: int) -> Value:
        elements = tuple(self.value(module, part) for part in row[3])
        if row[2] == "generator":
            return one(Instance(self.external_class("typing.Generator"), arguments=elements))
        if row[2] == "dict":
            elements = ()
        elif row[2] != "tuple" and elements:
            elements = (join(elements),)
        return one(Instance(self.external_class("builtins." + row[2]), exact=True, arguments=elements))

    def _binary(self, module: Module, row: Row, number: int) -> Value:
        left = self.value(module, row[1])
        right = self.value(module, row[3][0])
        if row[2] == "|":
            return join([left, right])
        if row[2] == "/":
            for alternative in (*left.alternatives, *right.alternatives):
                if isinstance(alternative, Instance) and alternative.klass.derives_from("pathlib.PurePath"):
                    certain = not left.open and len(left.alternatives) == 1
                    return Value(
                        (Instance(alternative.klass, exact=alternative.exact),),
                        not certain and alternative not in right.alternatives,
                    )
        return NOTHING_KNOWN

    def _super(self, module: Module, row: Row, number: int) -> Value:
        klass = module.classes[row[1]]
        return one(Instance(klass, behind=klass))

    def _each(self, module: Module, row: Row, of: Callable[[Alternative], Value]) -> Value:
        base = self.value(module, row[1])
        if not base.alternatives:
            return NOTHING_KNOWN
        found = [of(alternative) for alternative in base.alternatives]
        if base.open:
            found.append(NOTHING_KNOWN)
        return found[0] if len(found) == 1 else join(found)

    # -- names

    def name(self, text: str, seen_from: Module | None = None) -> Value:
        """The value of an absolute name. A name that no module of the program has is looked for beside the file it is `seen_from`."""
        value = self._names.get(text)
        if value is None:
            self._names[text] = _IN_PROGRESS
            value = self._names[text] = self._resolve_name(text)
        if seen_from is not None and seen_from.package and not self._is_program(text):
            sibling = f"{seen_from.package}.{text.partition('.')[0]}"
            if sibling in self.modules:
                return self.name(f"{seen_from.package}.{text}")
        return value

    def _is_program(self, text: str) -> bool:
        return text.partition(".")[0] in self.modules or text in self.modules

    def _resolve_name(self, text: str) -> Value:
        head, _, last = text.rpartition(".")
        module = self.modules.get(text)
        if not head:
            return one(ModuleObject(module)) if module is not None else self.external(text)
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
        row = module.facts.bindings.get(name)
        if row is not None:
            return self.value(module, row)
        inner = self.modules.get(f"{module.name}.{name}")
        if inner is not None:
            return one(ModuleObject(inner))
        for star in module.facts.stars:
            value = self.name(f"{star}.{name}")
            if any(not isinstance(alternative, External) or alternative.entry is not None for alternative in value.alternatives):
                return value
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

    # -- attributes

    def attribute(self, owner: Alternative, name: str) -> Value:
        """What attribute `name` of `owner` is."""
        if isinstance(owner, ModuleObject):
            return self.module_attribute(owner.module, name)
        if isinstance(owner, External):
            return self.external(f"{owner.name}.{name}")
        if isinstance(owner, Class):
            return self._class_attribute(owner, name)
        if isinstance(owner, Instance):
            return self._instance_attribute(owner, name)
        if isinstance(owner, Constant) and owner.text[:1] in "'\"b":
            return self._instance_attribute(Instance(self.external_class("builtins.str"), exact=True), name)
        return NOTHING_KNOWN

    def _class_attribute(self, klass: Class, name: str) -> Value:
        member = self.member(klass, name)
        if member is None:
            return NOTHING_KNOWN if klass.complete or klass.facts is not None else self.external(f"{klass.name}.{name}")
        found: list[Value] = []
        for alternative in member.alternatives:
            if isinstance(alternative, Function):
                self._link_decorators(alternative)
                found.append(one(Bound(alternative, klass)) if alternative.nature == "class" else one(alternative))
            else:
                found.append(one(alternative))
        if member.open:
            found.append(NOTHING_KNOWN)
        return join(found)

    def _instance_attribute(self, instance: Instance, name: str) -> Value:
        klass = instance.klass
        member = self.member(klass, name, instance.behind)
        overrides = [] if instance.exact or instance.behind is not None else self._overrides(klass, name)
        if member is None:
            if overrides:
                sure = Certainty.LIKELY if len(overrides) == 1 else Certainty.POSSIBLE
                return join([self._bind(override, instance, sure) for override in overrides] + [NOTHING_KNOWN])
            unknown = next((base for base in klass.mro if not base.complete and base.facts is None), None)
            if unknown is not None:
                value = self.external(f"{unknown.name}.{name}", instance)
                return Value(value.alternatives, True)
            return NOTHING_KNOWN
        found = [self._bind(alternative, instance, Certainty.CERTAIN) for alternative in member.alternatives]
        found += [self._bind(override, instance, Certainty.POSSIBLE) for override in overrides]
        if member.open:
            found.append(NOTHING_KNOWN)
        return found[0] if len(found) == 1 else join(found)

    def _overrides(self, klass: Class, name: str) -> list[Function]:
        """The methods of this name that the subclasses of a class define."""
        overrides: list[Function] = []
        for below in klass.overriders:
            assert below.facts is not None
            assert below.module is not None
            row = below.facts.members.get(name)
            if row is not None and below.module.rows[row][0] == FUNCTION:
                overrides.append(below.module.functions[below.module.rows[row][1]])
        return overrides if len(overrides) < 8 else []

    def _bind(self, member: Alternative, instance: Instance, certainty: Certainty) -> Value:
        """What a class's member is when it is read from an instance."""
        if isinstance(member, Function) and member.owner is not None:
            self._link_decorators(member)
            if member.nature == "property":
                return self._result(member, instance)
            if member.nature == "static":
                return one(member)
            receiver = Instance(instance.klass, instance.exact, instance.made, instance.arguments)
            return one(Bound(member, receiver, certainty))
        if isinstance(member, External):
            if member.entry is not None and member.entry.property:
                return self.typed(member.entry.returns, instance) if member.entry.returns else NOTHING_KNOWN
            return one(External(member.name, member.entry, instance))
        return one(member)

    def member(self, klass: Class, name: str, behind: Class | None = None) -> Value | None:
        """The member that a class gives its instances, unbound; None where no class of the order of look-up has it."""
        if behind is not None:
            return self._member_of(klass.mro[klass.mro.index(behind) + 1 :], name)
        key = (klass, name)
        if key not in self._members:
            self._members[key] = None  # met again while it is looked up: not there
            self._members[key] = self._member_of(klass.mro, name)
        return self._members[key]

    def _member_of(self, mro: Iterable[Class], name: str) -> Value | None:
        for base in mro:
            found = self._own_member(base, name)
            if found is not None:
                return found
            if base.facts is None and base.entry is None and not base.complete:
                break  # a class that nothing is known about may have it
        return None

    def _own_member(self, klass: Class, name: str) -> Value | None:
        if klass.facts is not None and klass.module is not None:
            rows = [klass.facts.declared.get(name)]
            if rows[0] is None:
                rows = [klass.facts.members.get(name), klass.facts.assigned.get(name)]
            values = [self.value(klass.module, row) for row in rows if row is not None]
            if not values:
                return None
            if len(values) == 2:  # `x = None` in the body says only that it may not be set yet
                values = [value for value in values if not _is_none(value)] or values[:1]
            value = join(values)
            others = tuple(alternative for alternative in value.alternatives if not _is_none_constant(alternative))
            return Value(others, value.open) if others else value
        if klass.entry is not None:
            typed = klass.entry.attributes.get(name)
            if typed is not None:
                return self.typed(typed, Instance(klass))
        qualified = f"{klass.name}.{name}"
        entry = self.knowledge.callable(qualified)
        return one(External(qualified, entry)) if entry is not None else None

    # -- results

    def result_of_call(self, callee: Alternative, module: Module, number: int) -> Value:
        """What calling `callee` gives; `number` is the row of the call in `module`."""
        if isinstance(callee, Function):
            return self._called(callee, None, module, number)
        if isinstance(callee, Bound):
            return self._called(callee.function, callee.receiver, module, number)
        if isinstance(callee, Class):
            entry = self.knowledge.callable(callee.name) if callee.facts is None else None
            if entry is not None and entry.returns is not None:
                return self._external_result(External(callee.name, entry), module, number)
            return one(Instance(callee, exact=True, made=(module, number)))
        if isinstance(callee, External):
            return self._external_result(callee, module, number)
        if isinstance(callee, Instance):
            method = self.attribute(callee, "__call__")
            found = [
                self.result_of_call(alternative, module, number)
                for alternative in method.alternatives
                if isinstance(alternative, (Bound, External))
            ]
            return join(found) if found and not method.open else NOTHING_KNOWN
        return NOTHING_KNOWN

    def _called(self, function: Function, receiver: Instance | Class | None, module: Module, number: int) -> Value:
        self._link_decorators(function)
        if function.entry is not None and (function.entry.returns is not None or function.entry.coroutine):
            return self._external_result(External(function.name, function.entry), module, number)
        pending = pending_nature(function)
        if pending is not None:
            return one(Pending(function, pending, (module, number), receiver))
        if function.nature in ("opaque", "task"):
            return NOTHING_KNOWN
        value = self._result(function, receiver)
        if function.doubtful and not value.open:
            return Value(value.alternatives, True)
        return value

    def _result(self, function: Function, receiver: Instance | Class | None) -> Value:
        """What the body of a function gives: what it declares, or else what it returns."""
        facts = function.facts
        module = function.module
        if facts.result and self._declares_self(module, facts.result):
            klass = receiver.klass if isinstance(receiver, Instance) else receiver or function.owner
            return one(Instance(klass)) if klass is not None else NOTHING_KNOWN
        value = self._results.get(function)
        if value is None:
            self._results[function] = _IN_PROGRESS
            value = self.value(module, facts.result) if facts.result else NOTHING_KNOWN
            if not value.alternatives and facts.returned:
                value = self.value(module, facts.returned)
            self._results[function] = value
        if receiver is not None and isinstance(receiver, Instance) and len(value.alternatives) == 1:
            only = value.alternatives[0]
            if isinstance(only, Instance) and only.klass is function.owner and facts.returned and not facts.result:
                operation, _, _, rest = module.rows[facts.returned]
                if operation == PARAM and rest[0] == 0:  # `return self`
                    return one(receiver)
        return value

    def _declares_self(self, module: Module, row: int) -> bool:
        operation, base, _, _ = module.rows[row]
        return operation == DECLARED and module.rows[base][2].rpartition(".")[2] == "Self"

    def _yielded(self, pending: Pending) -> Value:
        callee = pending.callee
        if isinstance(callee, External):
            given = self.given(pending)
            return join([self._element(alternative, "__iter__") for alternative in given.alternatives]) if given.alternatives else given
        declared = self._result(callee, pending.receiver) if callee.facts.result else NOTHING_KNOWN
        for alternative in declared.alternatives:
            if isinstance(alternative, Instance) and alternative.arguments:
                return alternative.arguments[0]
        return self.value(callee.module, callee.facts.yielded) if callee.facts.yielded else NOTHING_KNOWN

    def given(self, pending: Pending) -> Value:
        """What a coroutine gives when it is awaited."""
        if isinstance(pending.callee, Function) and (pending.callee.entry is None or pending.callee.entry.returns is None):
            return self._result(pending.callee, pending.receiver)
        entry = pending.callee.entry
        if entry is None or entry.returns is None:
            return NOTHING_KNOWN
        receiver = pending.receiver if isinstance(pending.receiver, Instance) else None
        return self.typed(entry.returns, receiver, pending.origin, entry.parameters)

    def _external_result(self, callee: External, module: Module, number: int) -> Value:
        entry = callee.entry
        if entry is None:
            last = callee.name.rpartition(".")[2]
            if last[:1].isupper():  # the name of a class, by convention
                return one(Instance(self.external_class(callee.name), exact=True, made=(module, number)))
            return NOTHING_KNOWN
        if entry.lazy:
            return one(Pending(callee, "generator", (module, number), callee.receiver))
        if entry.coroutine:
            return one(Pending(callee, "coroutine", (module, number), callee.receiver))
        if entry.returns is None:
            return NOTHING_KNOWN
        return self.typed(entry.returns, callee.receiver, (module, number), entry.parameters)

    # -- types of the knowledge

    def typed(
        self,
        text: str,
        receiver: Instance | None = None,
        call: tuple[Module, int] | None = None,
        parameters: Sequence[str] = (),
    ) -> Value:
        """The value of a type's text. `call` is the call whose arguments it may speak of, by the names in `parameters`."""
        return self._typed(parse_type(text), receiver, call, parameters)

    def _typed(self, parsed: TypeText, receiver: Instance | None, call: tuple[Module, int] | None, parameters: Sequence[str]) -> Value:
        if parsed.form == "union":
            return join([self._typed(part, receiver, call, parameters) for part in parsed.arguments])
        if parsed.form == "none":
            return one(Constant("None"))
        if parsed.form == "self":
            return one(Instance(receiver.klass, made=receiver.made)) if receiver is not None else NOTHING_KNOWN
        if parsed.form in ("argument", "instance"):
            row = self.argument(call, parsed.name, parameters) if call is not None else None
            if row is None or call is None:
                return NOTHING_KNOWN
            value = self.value(call[0], row)
            if parsed.form == "argument":
                return value
            return join([self._declared_as(alternative, ()) for alternative in value.alternatives]) if value.alternatives else value
        name = self.knowledge.canonical(parsed.name)
        if parsed.form == "class":
            return one(self.external_class(name))
        if name in ("typing.Any", "builtins.object"):
            return NOTHING_KNOWN
        arguments = tuple(self._typed(part, receiver, call, parameters) for part in parsed.arguments)
        if "." not in name:
            name = "typing.Iterator" if name == "iterator" else f"builtins.{name}"
        return one(Instance(self.external_class(name), made=call, arguments=arguments))

    def argument(self, call: tuple[Module, int], name: str, parameters: Sequence[str]) -> int | None:
        """The row of the argument that a call gives for the parameter `name`; None where it gives none, or that cannot be told."""
        module, number = call
        _, _, keywords, rest = module.rows[number]
        names = keywords.split(",") if keywords else []
        positional = len(rest) - len(names)
        if name in names:
            return rest[positional + names.index(name)]
        if name in parameters:
            position = parameters.index(name)
            if position < positional and all(module.rows[row][0] != STAR for row in rest[: position + 1]):
                return rest[position]
        return None


def pending_nature(function: Function) -> str | None:
    """What a call gives instead of running the body, or None where the body runs."""
    flags = function.facts.flags
    if function.nature in _MANAGER_NATURES:
        return function.nature
    if function.nature == "thread":
        return "coroutine"
    if function.nature in ("task", "opaque", "property"):
        return None
    if flags & ASYNC:
        return "async-generator" if flags & GENERATOR else "coroutine"
    return "generator" if flags & GENERATOR else None


def constant(text: str) -> object:
    """The value of a constant's ``repr``; the text itself where it is cut off."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return text


def _is_none_constant(alternative: Alternative) -> bool:
    return isinstance(alternative, Constant) and alternative.text == "None"


def _is_none(value: Value) -> bool:
    return not value.open and all(_is_none_constant(alternative) for alternative in value.alternatives)


def _linearise(klass: Class, bases: list[Class]) -> tuple[Class, ...]:
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


_Handler = Callable[[Linker, Module, Row, int], Value]
_HANDLERS: Final[list[_Handler | None]] = [None] * len(OPERATIONS)
for _operation, _handler in (
    (NAME, Linker._name), (FUNCTION, Linker._function), (CLASS, Linker._class), (ATTR, Linker._attr), (CALL, Linker._call),
    (AWAIT, Linker._await), (ENTER, Linker._enter), (AENTER, Linker._aenter), (ITER, Linker._iter), (AITER, Linker._aiter),
    (ITEM, Linker._item), (PARAM, Linker._param), (UNION, Linker._union), (CONST, Linker._const), (DECLARED, Linker._declared),
    (GENERIC, Linker._generic), (COLLECTION, Linker._collection), (BINARY, Linker._binary), (SUPER, Linker._super),
):  # fmt: skip
    _HANDLERS[_operation] = _handler
