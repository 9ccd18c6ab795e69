"""What calls give: instances, what functions return, what the knowledge says."""

from __future__ import annotations

from collections.abc import Sequence

from asynclint.project.base import IN_PROGRESS, pending_nature
from asynclint.project.members import Members
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
    Pending,
    Value,
    join,
    one,
)
from asynclint.source.references import DECLARED, PARAM, STAR, keywords_of


class Results(Members):
    """Works out what calls give."""

    def result_of_call(self, callee: Alternative, module: Module, number: int) -> Value:
        """What calling `callee` gives; `number` is the row of the call in `module`."""
        if isinstance(callee, Function):
            return self.called(callee, None, module, number)
        if isinstance(callee, Bound):
            return self.called(callee.function, callee.receiver, module, number)
        if isinstance(callee, Class):
            entry = self.knowledge.callable(callee.name) if callee.facts is None else None
            if entry is not None and entry.returns is not None:
                return self.external_result(External(callee.name, entry), module, number)
            return one(Instance(callee, exact=True, made=(module, number)))
        if isinstance(callee, External):
            return self.external_result(callee, module, number)
        if isinstance(callee, Instance):
            method = self.attribute(callee, "__call__")
            found = [
                self.result_of_call(alternative, module, number)
                for alternative in method.alternatives
                if isinstance(alternative, (Bound, External))
            ]
            return join(found) if found and not method.open else NOTHING_KNOWN
        return NOTHING_KNOWN

    def called(self, function: Function, receiver: Instance | Class | None, module: Module, number: int) -> Value:
        self.link_decorators(function)
        if function.entry is not None and (function.entry.returns is not None or function.entry.coroutine):
            return self.external_result(External(function.name, function.entry), module, number)
        pending = pending_nature(function)
        if pending is not None:
            return one(Pending(function, pending, (module, number), receiver))
        if function.nature in ("opaque", "task"):
            return NOTHING_KNOWN
        value = self.result_of(function, receiver)
        if function.doubtful and not value.open:
            return Value(value.alternatives, True)
        return value

    def result_of(self, function: Function, receiver: Instance | Class | None) -> Value:
        """What the body of a function gives: what it declares, or else what it returns."""
        facts = function.facts
        module = function.module
        if facts.result and self._declares_self(module, facts.result):
            klass = receiver.klass if isinstance(receiver, Instance) else receiver or function.owner
            return one(Instance(klass)) if klass is not None else NOTHING_KNOWN
        value = self.results.get(function)
        if value is None:
            self.results[function] = IN_PROGRESS
            value = self.value(module, facts.result) if facts.result else NOTHING_KNOWN
            if not value.alternatives and facts.returned:
                value = self.value(module, facts.returned)
            self.results[function] = value
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

    def yielded_by(self, pending: Pending) -> Value:
        callee = pending.callee
        if isinstance(callee, External):
            given = self.given(pending)
            return join([self.element_of(alternative, "__iter__") for alternative in given.alternatives]) if given.alternatives else given
        declared = self.result_of(callee, pending.receiver) if callee.facts.result else NOTHING_KNOWN
        for alternative in declared.alternatives:
            if isinstance(alternative, Instance) and alternative.arguments:
                return alternative.arguments[0]
        return self.value(callee.module, callee.facts.yielded) if callee.facts.yielded else NOTHING_KNOWN

    def given(self, pending: Pending) -> Value:
        """What a coroutine gives when it is awaited."""
        if isinstance(pending.callee, Function) and (pending.callee.entry is None or pending.callee.entry.returns is None):
            return self.result_of(pending.callee, pending.receiver)
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
            return NOTHING_KNOWN
        return self.typed(entry.returns, callee.receiver, (module, number), entry.parameters)

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
            return join([self.declared_as(alternative, ()) for alternative in value.alternatives]) if value.alternatives else value
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
        rest = module.rows[number][3]
        names = keywords_of(module.rows[number])
        positional = len(rest) - len(names)
        if name in names:
            return rest[positional + names.index(name)]
        if name in parameters:
            position = parameters.index(name)
            if position < positional and all(module.rows[row][0] != STAR for row in rest[: position + 1]):
                return rest[position]
        return None
