"""What calls give: instances, what functions return, what the knowledge says."""

from __future__ import annotations

from collections.abc import Sequence

from asynclint.project.linking.base import IN_PROGRESS, constant, pending_nature
from asynclint.project.linking.generics import Mapping, has_variable, is_type_variable
from asynclint.project.linking.members import Members
from asynclint.project.linking.modules import Module
from asynclint.project.linking.types import OF_ARGUMENT, TypeText, parse_type
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    Constant,
    External,
    Function,
    Instance,
    Origin,
    Pending,
    Value,
    Variable,
    is_module,
    is_none,
    join,
    one,
)
from asynclint.source.references import CALL, CONST, PARAM, UNION, keywords_of
from asynclint.source.scopes import ASYNC


class Results(Members):
    """Works out what calls give."""

    def result_of_call(self, callee: Alternative, module: Module, number: int) -> Value:
        """What calling `callee` gives; `number` is the row of the call in `module`."""
        if isinstance(callee, Function):
            return self.called(callee, None, module, number)
        if isinstance(callee, Bound):
            return self.called(callee.function, callee.receiver, module, number)
        if isinstance(callee, Class):
            entry = self.knowledge.callable(callee.name) if not callee.is_own else None
            if entry is not None and entry.returns is not None:
                return self.external_result(External(callee.name, entry), module, number)
            declared = self._declared_by_new(callee)
            if declared is not None:
                return declared
            return one(Instance(callee, exact=True, made=(module, number), arguments=self._arguments_of_new(callee, (module, number))))
        if isinstance(callee, External):
            return self.external_result(callee, module, number)
        if isinstance(callee, Variable):
            return join([self.result_of_call(alternative, module, number) for alternative in callee.bound.alternatives] or [NOTHING_KNOWN])
        if isinstance(callee, Instance):
            if is_type_variable(callee):
                return self.declared_as(callee, ())
            if callee.klass.name == "collections.abc.Callable" and callee.arguments:
                return Value(callee.arguments[-1].alternatives, True)  # which callable it is, may make a difference
            method = self.attribute(callee, "__call__")
            found = [
                self.result_of_call(alternative, module, number)
                for alternative in method.alternatives
                if isinstance(alternative, (Bound, External))
            ]
            return join(found) if found and not method.open else NOTHING_KNOWN
        return NOTHING_KNOWN

    def _declared_by_new(self, klass: Class) -> Value | None:
        """What a class says that calling it gives, where that is nothing of its own."""
        member = self.member(klass, "__new__") if klass.facts is not None else None
        maker = member.alternatives[0] if member is not None and len(member.alternatives) == 1 else None
        if not isinstance(maker, Function) or not maker.facts.result:
            return None
        value = self.value(maker.module, maker.facts.result)
        made = [part for part in value.alternatives if isinstance(part, Instance)]
        is_own = any(klass in part.klass.mro or (part.klass in klass.mro and not part.arguments) for part in made)
        return None if is_own or value.open or not made or len(made) < len(value.alternatives) else value

    def _arguments_of_new(self, klass: Class, call: Origin) -> tuple[Value, ...]:
        """What the type variables of a class stand for in an object made by `call`, as its constructor's arguments tell."""
        variables = self.variables_of(klass)
        if not variables:
            return ()
        mapping: Mapping = {}
        initialiser = self.member(klass, "__init__")
        for alternative in initialiser.alternatives if initialiser is not None else ():
            if isinstance(alternative, Function):
                self.of_call(alternative, call, 1, mapping)
        return tuple([mapping.get(origin, NOTHING_KNOWN) for origin in variables]) if mapping else ()

    def called(self, function: Function, receiver: Instance | Class | None, module: Module, number: int) -> Value:
        self.link_decorators(function)
        if function.entry is not None and (function.entry.returns is not None or function.entry.coroutine):
            known = External(function.name, function.entry, receiver if isinstance(receiver, Instance) else None)
            return self.external_result(known, module, number)
        pending = pending_nature(function)
        if pending is not None:
            return one(Pending(function, pending, (module, number), receiver))
        if function.nature in ("opaque", "task"):
            return NOTHING_KNOWN
        value = self.result_of(function, receiver, (module, number))
        if is_module(value) and module.rows[number][0] == CALL:
            value = self._module_of_name(module, number) or value
        if function.doubtful and not value.open:
            return Value(value.alternatives, True)
        return value

    def _module_of_name(self, module: Module, number: int) -> Value | None:
        """What a function that gives a module gives for the text in front of its arguments: most likely the module of this name."""
        rest = module.rows[number][3]
        value = self.value(module, rest[0]) if rest else NOTHING_KNOWN
        named = self.imported(value.alternatives[0], module) if len(value.alternatives) == 1 else NOTHING_KNOWN
        return Value(named.alternatives, True) if named.alternatives else None

    def imported(self, name: Alternative, module: Module) -> Value:
        """The module of this name, as a file of the program imports it."""
        text = constant(name.text) if isinstance(name, Constant) else None
        is_name = isinstance(text, str) and all(part.isidentifier() for part in text.split("."))
        return self.name(text, module) if isinstance(text, str) and is_name else NOTHING_KNOWN

    def result_of(self, function: Function, receiver: Instance | Class | None, call: Origin | None = None) -> Value:
        """What the body of a function gives: what it declares, or else what it returns, where `call` calls it on `receiver`."""
        facts = function.facts
        module = function.module
        value = self.results.get(function)
        if value is None:
            self.results[function] = IN_PROGRESS
            value = self.value(module, facts.result) if facts.result else NOTHING_KNOWN
            if facts.returned and (not value.alternatives or _is_of_library(value)):
                returned = self.value(module, facts.returned)
                value = _corrected(value, returned) if value.alternatives else returned
            self.results[function] = value
        if facts.result and value.alternatives:
            handed_back = self._handed_back(value, function, receiver, call) if call is not None else None
            return handed_back or self._replaced(value, function, receiver, call)
        if receiver is not None and function.owner is not None:
            value = self._as_receiver(value, function.owner, receiver)
        return self._passed_through(value, function, receiver, call) if call is not None else value

    def _handed_back(self, value: Value, function: Function, receiver: Instance | Class | None, call: Origin) -> Value | None:
        """What a function gives that declares to give a callable of the very type of one that it takes: most likely what calls it."""
        only = value.alternatives[0]
        if not isinstance(only, Instance) or only.klass.name != "collections.abc.Callable" or not call[1]:
            return None
        for position, parameter in enumerate(function.facts.parameters):
            if parameter.declared == function.facts.result:
                row = self.given_to(function, position, call, receiver is not None)
                given = self.value(call[0], row) if row is not None else NOTHING_KNOWN
                return Value(given.alternatives, True) if given.alternatives else None
        return None

    def _replaced(self, value: Value, function: Function, receiver: Instance | Class | None, call: Origin | None) -> Value:
        """A declared result with its type variables replaced."""
        if not has_variable(value):
            return value
        mapping = self.of_receiver(receiver or function.owner, function.owner)
        if call is not None:
            self.of_call(function, call, receiver is not None, mapping)
        return self.replace(value, mapping)

    def _as_receiver(self, value: Value, owner: Class, receiver: Instance | Class) -> Value:
        """``return self`` and ``return cls()`` of an inherited method give what it is called on."""
        klass = receiver.klass if isinstance(receiver, Instance) else receiver
        if not any(isinstance(alternative, Instance) and alternative.klass is owner for alternative in value.alternatives):
            return value
        found: list[Value] = [NOTHING_KNOWN] if value.open else []
        for alternative in value.alternatives:
            if isinstance(alternative, Instance) and alternative.klass is owner:
                is_self = isinstance(receiver, Instance) and not alternative.exact and alternative.made is None
                alternative = receiver if is_self else Instance(klass, alternative.exact, alternative.made, alternative.arguments)
            found.append(one(alternative))
        return join(found)

    def _passed_through(self, value: Value, function: Function, receiver: Instance | Class | None, call: Origin) -> Value:
        """What a function gives that returns a parameter of its own: the argument."""
        rows = function.module.rows
        returned = function.facts.returned
        parts = rows[returned][3] if rows[returned][0] == UNION else (returned,)
        found: list[Value] = []
        for part in parts:
            operation, owner, _, rest = rows[function.module.broad(part)]
            if operation != PARAM or owner != function.number or (rest[0] == 0 and receiver is not None):
                continue
            row = self.given_to(function, rest[0], call, receiver is not None)
            if row is not None:
                found.append(self.value(call[0], row))
        if not found:
            return value
        given = join(found)
        if len(found) == len(parts):
            return given
        return join([Value(value.alternatives), given]) if value.alternatives else Value(given.alternatives, True)

    def yielded_by(self, pending: Pending) -> Value:
        callee = pending.callee
        if isinstance(callee, External):
            given = self.given(pending)
            return join([self.element_of(alternative, "__iter__") for alternative in given.alternatives]) if given.alternatives else given
        declared = self.result_of(callee, pending.receiver, pending.origin) if callee.facts.result else NOTHING_KNOWN
        for alternative in declared.alternatives:
            if isinstance(alternative, Instance) and alternative.arguments:
                return alternative.arguments[0]
        return self.value(callee.module, callee.facts.yielded) if callee.facts.yielded else NOTHING_KNOWN

    def given(self, pending: Pending) -> Value:
        """What a coroutine gives when it is awaited."""
        if isinstance(pending.callee, Function) and pending.callee.nature == "opaque" and not pending.callee.facts.flags & ASYNC:
            return NOTHING_KNOWN  # a decorator has made a coroutine function of it, which may do anything
        if isinstance(pending.callee, Function) and (pending.callee.entry is None or pending.callee.entry.returns is None):
            return self.result_of(pending.callee, pending.receiver, pending.origin)
        entry = pending.callee.entry
        if entry is None or entry.returns is None:
            return NOTHING_KNOWN
        receiver = pending.receiver if isinstance(pending.receiver, Instance) else None
        return self.typed(entry.returns, receiver, pending.origin, entry.parameters)

    def external_result(self, callee: External, module: Module, number: int) -> Value:
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
            return self._decorated_by_hand(callee, module, number) if entry.decorates == "keep" else NOTHING_KNOWN
        return self.typed(entry.returns, callee.receiver, (module, number), entry.parameters)

    def _decorated_by_hand(self, decorator: External, module: Module, number: int) -> Value:
        """What calling a decorator gives that keeps a function: it, or with settings a decorator that does the same."""
        rest = module.rows[number][3]
        value = self.value(module, rest[0]) if rest and not module.rows[number][2] else NOTHING_KNOWN
        functions = tuple([part for part in value.alternatives if isinstance(part, (Function, Bound))])
        return Value(functions, value.open) if functions else one(External(decorator.name, decorator.entry))

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
        if parsed.form == "or":
            given, default = parsed.arguments
            is_given = call is None or self._may_give(call, given.name.partition(" ")[0], parameters)
            return self._typed(given if is_given else default, receiver, call, parameters)
        if parsed.form == "self":
            return one(Instance(receiver.klass, False, receiver.made, receiver.arguments)) if receiver is not None else NOTHING_KNOWN
        if parsed.form in OF_ARGUMENT:
            row = self.argument(call, parsed.name.partition(" ")[0], parameters) if call is not None else None
            if row is None or call is None:
                return NOTHING_KNOWN
            value = self.value(call[0], row)
            if parsed.form == "argument":
                return value
            found = [self._derived(parsed, alternative, call) for alternative in value.alternatives]
            return join([*found, NOTHING_KNOWN] if value.open else found) if found else NOTHING_KNOWN
        name = self.knowledge.canonical(parsed.name)
        if parsed.form == "class":
            return one(self.external_class(name))
        if name in ("typing.Any", "builtins.object"):
            return NOTHING_KNOWN
        arguments = tuple(self._typed(part, receiver, call, parameters) for part in parsed.arguments)
        if "." not in name:
            if name.isupper():  # a type variable of the class
                return _type_argument(receiver, name)
            name = "collections.abc.Iterator" if name == "iterator" else f"builtins.{name}"
        return one(Instance(self.external_class(name), made=call, arguments=arguments))

    def _may_give(self, call: Origin, name: str, parameters: Sequence[str]) -> bool:
        """Whether a call gives something for a parameter, or may do so: among what is unpacked, or as one of more positional arguments than
        are known."""
        module, number = call
        row = module.rows[number]
        if row[0] != CALL:
            return True
        positional = len(row[3]) - len(keywords_of(row))
        return self.argument(call, name, parameters) is not None or module.is_unpacked(number) or positional > len(parameters)

    def _derived(self, parsed: TypeText, alternative: Alternative, call: Origin) -> Value:
        """What a type's text says about one thing that an argument may be."""
        form = parsed.form
        if form == "instance":
            is_text = isinstance(alternative, Instance) and alternative.klass.name == "builtins.str"
            if is_text or (isinstance(alternative, Constant) and not is_none(alternative)):
                return NOTHING_KNOWN  # a type in quotes
            return self.declared_as(alternative, ())
        if form == "element":
            return self.element_of(alternative, "__iter__")
        if form == "module":
            return self.imported(alternative, call[0])
        if form == "result":
            result = self.result_of_call(alternative, call[0], 0)
            return Value(tuple([_called_elsewhere(part, call[0]) for part in result.alternatives]), result.open)
        if form == "awaited":
            return self.awaited(alternative)
        if form == "entered":
            return join([self.entered(alternative, "__enter__"), self.entered(alternative, "__aenter__")])
        if form == "type":
            return one(alternative.klass) if isinstance(alternative, Instance) else NOTHING_KNOWN
        if form == "attribute":
            row = self.argument(call, parsed.name.partition(" ")[2], ("object", "name"))
            text = call[0].rows[row][2] if row is not None and call[0].rows[row][0] == CONST else ""
            return self.attribute(alternative, text[1:-1]) if text[:1] in ("'", '"') else NOTHING_KNOWN
        return self._provided(alternative, call)

    def _provided(self, alternative: Alternative, call: Origin) -> Value:
        """What a framework gives for a dependency: the result of a function, what its generator yields, what its coroutine gives."""
        result = self.result_of_call(alternative, call[0], 0)
        found: list[Value] = []
        for part in result.alternatives:
            if isinstance(part, Pending):
                found.append(self.given(part) if part.nature == "coroutine" else self.yielded_by(part))
            else:
                found.append(one(part))
        return join(found) if found else NOTHING_KNOWN


def _is_of_library(value: Value) -> bool:
    """Whether a value is an object of a class of a library, and no more."""
    only = value.alternatives[0] if len(value.alternatives) == 1 else None
    if not isinstance(only, Instance) or only.klass.entry is None or only.arguments:
        return False
    return only.klass.name.partition(".")[0] not in ("builtins", "collections", "typing")


def _corrected(declared: Value, returned: Value) -> Value:
    """What a function declares to give, together with what it returns that is of another class of the same library: the asynchronous client
    as well as the other."""
    first = declared.alternatives[0]
    assert isinstance(first, Instance)
    library = first.klass.name.partition(".")[0]
    others = [
        one(part)
        for part in returned.alternatives
        if isinstance(part, Instance) and part.klass.entry is not None and part.klass.name.partition(".")[0] == library
        if part.klass not in first.klass.mro and first.klass not in part.klass.mro
    ]
    return join([declared, *others])


def _called_elsewhere(alternative: Alternative, module: Module) -> Alternative:
    """What a callable gives that another calls: a coroutine or generator of it was made by no call here."""
    if isinstance(alternative, Pending):
        return Pending(alternative.callee, alternative.nature, (module, 0), alternative.receiver)
    return alternative


def _type_argument(receiver: Instance | None, name: str) -> Value:
    """What the type variable `name` of a known generic class stands for in `receiver`."""
    if receiver is None:
        return NOTHING_KNOWN
    for klass in receiver.klass.mro:
        if klass.entry is not None and name in klass.entry.type_parameters:
            position = klass.entry.type_parameters.index(name)
            return receiver.arguments[position] if position < len(receiver.arguments) else NOTHING_KNOWN
    return NOTHING_KNOWN
