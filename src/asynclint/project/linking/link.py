"""Resolve references: from the rows of every file's table to what they may be, through the whole program.

A row is resolved when it is first asked for, once, operands first. Names lead elsewhere: to the row that another file's name is
bound to, to what a function returns, to what a class holds. What is met again while it is being resolved is unknown, and so is what lies
more than ``DEEPEST`` steps away. The call graph asks in the order of functions and uses, so answers do not depend on anything else.

Nothing is guessed: what has no definition in the program and no entry in the knowledge is an
:class:`~asynclint.project.linking.values.External` that nothing is known about but its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from typing import Final, NamedTuple, TypeVar

from asynclint.facts.model import FunctionFacts, ModuleFacts, Places, differ_in_bodies_only
from asynclint.project.linking.base import DEEPEST, IN_PROGRESS, constant
from asynclint.project.linking.generics import is_type_variable
from asynclint.project.linking.modules import Module
from asynclint.project.linking.protocols import Protocols
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    Constant,
    External,
    Function,
    Instance,
    Value,
    Variable,
    as_made,
    is_none,
    join,
    one,
    unbound,
)
from asynclint.source.references import (
    AENTER,
    AITER,
    ANNOTATED,
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
    KEYWORDS,
    NAME,
    NARROWED,
    OPERATIONS,
    PARAM,
    SUPER,
    UNION,
    Row,
)
from asynclint.source.uses import USE_CALL

_T = TypeVar("_T")

_ASYNC_PATHS: Final = ("anyio.Path", "trio.Path")
_SELVES: Final = frozenset({"typing.Self", "typing_extensions.Self"})
_TYPING_COLLECTIONS: Final = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "DefaultDict": "dict", "Type": "type",
}  # fmt: skip


class Renewal(NamedTuple):
    """A new version of a file: which of its functions are to be looked at anew, and which functions nothing holds for any more that was
    known about them."""

    module: Module
    functions: tuple[Function, ...]
    gone: frozenset[Function]

    def without(self, known: Mapping[Function, _T]) -> dict[Function, _T]:
        """What was known, but for what does not hold any more."""
        kept = dict(known)
        for function in self.gone:
            kept.pop(function, None)
        return kept


class Linker(Protocols):
    """Links the files of one program. After :meth:`link`, :meth:`value` answers for every row of every file."""

    def link(self) -> None:
        """Resolve the classes' bases and the functions' decorators; rows follow when :meth:`value` is asked for them."""
        for module in self.modules.values():
            for top in sorted(module.tops):
                self.knowledge.callable(top)  # what it knows about the library is read now, before attributes are looked at
        self._link_definitions(self.modules.values())

    def renew(self, facts: ModuleFacts, places: Places) -> Renewal:
        """Put a new version of a file of the program in its place, and link it. Its table goes on from that of the old version.

        What others were resolved to stays as it is, even where it depends on the file. Where only bodies differ, what stands in the other
        functions of the file stays, too, but for those that call one which gives something else now.
        """
        module = self.modules[facts.module]
        before = (*module.functions,)
        if differ_in_bodies_only(module.facts, facts):
            changed = [function for function, new in zip(before, facts.functions, strict=True) if function.facts != new]
            others = self._callers_of({function for function in changed if _gives_else(function.facts, facts.functions[function.number])})
            self.calls.remove(module)
            if others:
                module.begin(facts, places)
            else:
                module.go_on(facts, places)
            self.calls.add(module)
            renewed = [*changed, *(function for function in others if function not in changed)]
            for function in renewed:
                function.begin(function.number, facts.functions[function.number])
                self.results.pop(function, None)
                if function.facts.owner >= 0:
                    function.owner = module.classes[function.facts.owner]
            for function in renewed:
                self.link_decorators(function)
            return Renewal(module, tuple(renewed), frozenset(renewed))
        self.forget(module)
        module.begin(facts, places)
        self._define(module)
        self.remember(module)
        self._link_definitions([module])
        return Renewal(module, tuple(module.functions), frozenset([*before, *module.functions]))

    def _callers_of(self, functions: Set[Function]) -> list[Function]:
        """The functions that call some of these in the file that they are in, as far as that was looked at."""
        found: list[Function] = []
        for module in {function.module for function in functions}:
            for function in module.functions:
                for kind, row, _, _ in function.facts.uses:
                    callee = module.values[module.rows[row][1]] if kind == USE_CALL else None
                    if callee is not None and any(unbound(alternative) in functions for alternative in callee.alternatives):
                        found.append(function)
                        break
        return found

    def _link_definitions(self, modules: Collection[Module]) -> None:
        for module in modules:
            for klass in module.classes:
                self.link_bases(klass)
        for module in modules:
            for klass in module.classes:
                for base in klass.mro[1:]:
                    base.overriders.append(klass)
        self.overriding = {}
        for module in modules:
            for function in module.functions:
                self.link_decorators(function)

    def value(self, module: Module, number: int) -> Value:
        """The value of a row."""
        value = module.values[number]
        if value is not None:
            return value
        if self.depth > DEEPEST:
            return NOTHING_KNOWN
        module.values[number] = IN_PROGRESS
        self.depth += 1
        row = module.rows[number]
        handler = _HANDLERS[row[0]]
        value = handler(self, module, row, number) if handler is not None else NOTHING_KNOWN
        self.depth -= 1
        module.values[number] = value
        return value

    def _name(self, module: Module, row: Row, number: int) -> Value:
        return self.name(row[2], module)

    def _function(self, module: Module, row: Row, number: int) -> Value:
        return one(module.functions[row[1]])

    def _class(self, module: Module, row: Row, number: int) -> Value:
        klass = module.classes[row[1]]
        self.link_bases(klass)
        return one(klass)

    def _attr(self, module: Module, row: Row, number: int) -> Value:
        base = self.value(module, row[1])
        if not base.alternatives:
            return NOTHING_KNOWN
        found: list[Value] = []
        several = len(base.alternatives) > 1
        for alternative in base.alternatives:
            if is_none(alternative) or (several and self.lacks(alternative, row[2])):
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
        return self._each(module, row, self.awaited)

    def _enter(self, module: Module, row: Row, number: int) -> Value:
        return self._entered(module, row, "__enter__")

    def _aenter(self, module: Module, row: Row, number: int) -> Value:
        return self._entered(module, row, "__aenter__")

    def _entered(self, module: Module, row: Row, method: str) -> Value:
        """What is entered, which of several things is one that can be entered so: of a plain and an asynchronous client only the latter."""
        base = self.value(module, row[1])
        fitting = [alternative for alternative in base.alternatives if self.has_form(alternative, method)]
        others = [alternative for alternative in base.alternatives if alternative not in fitting and not self.has_form(alternative, "")]
        found = [self.entered(alternative, method) for alternative in ([*fitting, *others] if fitting else base.alternatives)]
        return join([*found, NOTHING_KNOWN] if base.open or not found else found)

    def _iter(self, module: Module, row: Row, number: int) -> Value:
        operation, _, text, parts = module.rows[row[1]]
        if operation == COLLECTION and parts and text != "dict":
            return join([self.value(module, part) for part in parts])
        return self._each(module, row, lambda alternative: self.element_of(alternative, "__iter__"))

    def _aiter(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self.element_of(alternative, "__aiter__"))

    def _item(self, module: Module, row: Row, number: int) -> Value:
        index = module.rows[row[3][0]]
        operation, _, text, entries = module.rows[row[1]]
        if operation == COLLECTION and text == "dict" and index[0] == CONST and row[3][0] in entries[::2]:
            return self.value(module, entries[2 * entries[::2].index(row[3][0]) + 1])
        value = self.value(module, row[3][0])
        return self._each(module, row, lambda alternative: self.at(alternative, index, value))

    def _param(self, module: Module, row: Row, number: int) -> Value:
        function = module.functions[row[1]]
        position = row[3][0]
        if position == 0 and function.owner is not None:
            self.link_bases(function.owner)
            self.link_decorators(function)
            method = function.facts.name.rpartition(".")[2]
            if function.binding == "class" or method in ("__new__", "__init_subclass__", "__class_getitem__"):
                return one(function.owner)
            if function.binding != "static":
                return one(Instance(function.owner))
        parameter = function.facts.parameters[position]
        if parameter.declared:
            return self.value(module, parameter.declared)
        if parameter.default:
            default = self.value(module, parameter.default)
            if not all(isinstance(alternative, Constant) for alternative in default.alternatives):
                return Value(default.alternatives, True)
        return self.passed(function, position)

    def _union(self, module: Module, row: Row, number: int) -> Value:
        return join([self.value(module, part) for part in row[3]])

    def _const(self, module: Module, row: Row, number: int) -> Value:
        return one(Constant(row[2]))

    def _declared(self, module: Module, row: Row, number: int) -> Value:
        return self._each(module, row, lambda alternative: self.declared_as(alternative, ()))

    def declared_as(self, alternative: Alternative, arguments: tuple[Value, ...]) -> Value:
        if isinstance(alternative, External):
            name = alternative.name
            if name in ("typing.Any", "builtins.object"):
                return NOTHING_KNOWN
            if name in _SELVES:
                return one(Variable(None, NOTHING_KNOWN))
            top, _, last = name.rpartition(".")
            if top == "typing" and last in _TYPING_COLLECTIONS:
                name = "builtins." + _TYPING_COLLECTIONS[last]
            return one(Instance(self.external_class(name), arguments=arguments))
        if isinstance(alternative, Class):
            if alternative.name in ("typing.Any", "builtins.object"):
                return NOTHING_KNOWN
            return one(Instance(alternative, arguments=arguments))
        if isinstance(alternative, Instance):
            return self._type_variable(alternative) if is_type_variable(alternative) else one(alternative)  # else an alias of an annotation
        return one(alternative) if is_none(alternative) else NOTHING_KNOWN

    def _type_variable(self, made: Instance) -> Value:
        """The type variable that a call of ``TypeVar`` made, with its bound."""
        bound = NOTHING_KNOWN
        if made.made is not None:
            row = self.argument(made.made, "bound", ())
            if row is not None:
                bound = join([self.declared_as(alternative, ()) for alternative in self.value(made.made[0], row).alternatives] or [bound])
        return one(Variable(made.made, bound))

    def _narrowed(self, module: Module, row: Row, number: int) -> Value:
        base = self.value(module, row[1])
        classes: list[Class] = []
        for tested in row[3]:
            value = self.value(module, tested)
            named = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
            if isinstance(named, Instance) and named.klass.name == "builtins.tuple":  # a name stands for several classes
                value = join(named.arguments)
            known = [self._class_of(part) for part in value.alternatives]
            if value.open or not known or None in known:
                return base  # not known what it is narrowed to
            classes += [klass for klass in known if klass is not None]
        if row[2] == "not":
            kept = [part for part in base.alternatives if not any(self._is_a(part, klass) for klass in classes)]
            return Value(tuple(kept), base.open) if kept else NOTHING_KNOWN
        found: list[Value] = []
        for klass in classes:
            known_to_be = [one(part) for part in base.alternatives if self._is_a(part, klass)]
            may_be = base.open or any(isinstance(part, Instance) and part.klass in klass.mro for part in base.alternatives)
            found += known_to_be or ([one(Instance(klass))] if may_be else [])
        return join(found) if found else base

    def _class_of(self, alternative: Alternative) -> Class | None:
        """The class that something in ``isinstance(x, something)`` is, as far as it is known."""
        if isinstance(alternative, External) and self.knowledge.klass(self.knowledge.canonical(alternative.name)) is not None:
            return self.external_class(alternative.name)
        return alternative if isinstance(alternative, Class) else None

    def _is_a(self, alternative: Alternative, klass: Class) -> bool:
        if isinstance(alternative, Instance):
            return klass in alternative.klass.mro
        if isinstance(alternative, Constant):
            return klass.name == f"builtins.{type(constant(alternative.text)).__name__}"
        if klass.name == "builtins.type":
            return isinstance(alternative, Class)
        return klass.name == "collections.abc.Callable" and isinstance(alternative, (Function, Bound, Class))

    def _annotated(self, module: Module, row: Row, number: int) -> Value:
        declared, given = self.value(module, row[1]), self.value(module, row[3][0])
        return as_made(declared, given) if declared.alternatives else given

    def _keywords(self, module: Module, row: Row, number: int) -> Value:
        return self.value(module, row[1])

    def _generic(self, module: Module, row: Row, number: int) -> Value:
        arguments = tuple(self.value(module, part) for part in row[3])
        return self._each(module, row, lambda alternative: self.declared_as(alternative, arguments))

    def _collection(self, module: Module, row: Row, number: int) -> Value:
        elements = tuple(self.value(module, part) for part in row[3])
        if row[2] == "generator":
            return one(Instance(self.external_class("typing.Generator"), exact=True, arguments=elements))
        if row[2] == "async generator":
            return one(Instance(self.external_class("typing.AsyncGenerator"), exact=True, arguments=elements))
        if row[2] == "dict":
            elements = (_joined(elements[::2]), _joined(elements[1::2])) if elements else ()
        elif row[2] != "tuple" and elements:
            elements = (join(elements),)
        return one(Instance(self.external_class("builtins." + row[2]), exact=True, arguments=elements))

    def _binary(self, module: Module, row: Row, number: int) -> Value:
        left = self.value(module, row[1])
        right = self.value(module, row[3][0])
        if row[2] == "not":
            return one(Instance(self.external_class("builtins.bool"), exact=True))
        if row[2] == "|":
            return join([left, right])
        if row[2] == "+" and all(_is_text(alternative) for alternative in (*left.alternatives, *right.alternatives)):
            return right if not right.open and right.alternatives else left
        if row[2] == "/":
            for alternative in (*left.alternatives, *right.alternatives):
                if isinstance(alternative, Instance) and (
                    alternative.klass.derives_from("pathlib.PurePath") or alternative.klass.name in _ASYNC_PATHS
                ):
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


def _gives_else(before: FunctionFacts, after: FunctionFacts) -> bool:
    return (before.returned, before.yielded) != (after.returned, after.yielded)


def _joined(values: tuple[Value, ...]) -> Value:
    """What the keys or the values of a dictionary may be, as far as that is known."""
    known = [value for value in values if value.alternatives]
    return join([*known, NOTHING_KNOWN] if len(known) < len(values) else known) if known else NOTHING_KNOWN


def _is_text(alternative: Alternative) -> bool:
    if isinstance(alternative, Constant):
        return alternative.text[:1] in "'\""
    return isinstance(alternative, Instance) and alternative.klass.name == "builtins.str"


_Handler = Callable[[Linker, Module, Row, int], Value]
_HANDLERS: Final[list[_Handler | None]] = [None] * len(OPERATIONS)
for _operation, _handler in (
    (NAME, Linker._name), (FUNCTION, Linker._function), (CLASS, Linker._class), (ATTR, Linker._attr), (CALL, Linker._call),
    (AWAIT, Linker._await), (ENTER, Linker._enter), (AENTER, Linker._aenter), (ITER, Linker._iter), (AITER, Linker._aiter),
    (ITEM, Linker._item), (PARAM, Linker._param), (UNION, Linker._union), (CONST, Linker._const), (DECLARED, Linker._declared),
    (ANNOTATED, Linker._annotated), (NARROWED, Linker._narrowed), (KEYWORDS, Linker._keywords),
    (GENERIC, Linker._generic), (COLLECTION, Linker._collection), (BINARY, Linker._binary), (SUPER, Linker._super),
):  # fmt: skip
    _HANDLERS[_operation] = _handler
