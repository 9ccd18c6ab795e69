"""Judge one call of a known callable: does it block here, and how sure is that?

The conditions are data (see :mod:`asynclint.knowledge.schema`). They speak of the call's arguments, of other calls on the same
receiver, of the call that made the receiver, and of the tests around the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asynclint.knowledge import CallableEntry, Condition, Test
from asynclint.model import Certainty
from asynclint.project.linking.base import constant
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Constant, External, Function, Instance, is_none
from asynclint.source.references import ATTR, BINARY, CALL, COLLECTION, TEST
from asynclint.source.uses import ASKS_BY_ERROR, AWAITED, EQUALS, ERROR_EXPECTED, IS_NOT_NONE, IS_TRUE, NEVER_WAITS, Use

_BY_NAME = {"certain": Certainty.CERTAIN, "likely": Certainty.LIKELY, "possible": Certainty.POSSIBLE}


def certainty_of_blocking(linker: Linker, function: Function, use: Use, callee: External, entry: CallableEntry) -> Certainty | None:
    """How sure it is that this use of a callable that can block does block; None where it is harmless.

    `callee` names what is used and its receiver, `entry` what is known about it.
    """
    _, row, flags, guards = use
    module = function.module
    certainty = _BY_NAME[entry.certainty]
    if entry.fails_on_loop and flags & (ASKS_BY_ERROR | ERROR_EXPECTED):
        certainty = Certainty.POSSIBLE
    call = module.rows[row][0] == CALL
    if call and flags & AWAITED and _is_declared(module, row, callee):
        return None  # its author awaits it: the receiver must be something else than what it is declared to be
    receiver_row = _receiver_row(module, row)
    if function.module.is_dependency and entry.in_dependencies is not None:
        certainty = _BY_NAME[entry.in_dependencies]
    if call:
        unpacked = module.is_unpacked(row)
        if any(_holds(linker, module, row, condition, entry, guards) for condition in entry.harmless):
            return None
        if entry.only and not any(_holds(linker, module, row, condition, entry) for condition in entry.only):
            return Certainty.POSSIBLE if unpacked else None
        if unpacked and entry.harmless:  # what makes it harmless may be among what is unpacked
            hidden = any(isinstance(wanted, Test) and wanted.given for condition in entry.harmless for wanted in condition.values())
            certainty = min(certainty, Certainty.POSSIBLE if hidden else Certainty.LIKELY)
    if entry.unless_called and (flags & NEVER_WAITS or _was_called(linker, function, receiver_row, callee.receiver, entry.unless_called)):
        return None
    if entry.only_called and not any(_calls_in(function, receiver_row, method) for method in entry.only_called):
        certainty = Certainty.POSSIBLE
    made = _judge_origin(linker, callee.receiver, entry)
    if made is None:
        return None
    certainty = min(certainty, made)
    if any(_is_guard(module, guard, receiver_row, entry.guards) for guard in guards):
        return None
    if any(_is_guard(module, guard, receiver_row, entry.weak_guards) for guard in guards):
        certainty = Certainty.POSSIBLE
    return certainty


def _is_declared(module: Module, call: int, callee: External) -> bool:
    """Whether a call calls a method of something that was not seen to be made."""
    operation, _, method, _ = module.rows[module.rows[call][1]]
    is_method = operation == ATTR and callee.name.endswith(f".{method}")
    return is_method and callee.receiver is not None and callee.receiver.made is None


def needs_loop(linker: Linker, module: Module, call: int, callee: Alternative) -> bool:
    """Whether a call of something known raises where no loop is running."""
    entry = callee.entry if isinstance(callee, External) else None
    if entry is None or not entry.needs_loop:
        return False
    return "loop" not in entry.parameters or linker.argument((module, call), "loop", entry.parameters) is None


def rule_of(linker: Linker, callee: External) -> str | None:
    """The rule that a call on the loop breaks, if it does what the knowledge says; None where that is harmless."""
    entry = callee.entry
    if entry is None:
        return None
    if entry.blocks_made_by and callee.receiver is not None and callee.receiver.made is not None:
        module, call = callee.receiver.made
        for alternative in linker.value(module, module.rows[call][1]).alternatives:
            if isinstance(alternative, External) and alternative.name in entry.blocks_made_by:
                return entry.blocks_made_by[alternative.name]
    return entry.blocks


def _receiver_row(module: Module, row: int) -> int:
    """The row of the object whose method is used, 0 where there is none."""
    operation, base, _, _ = module.rows[row]
    if operation != CALL:
        return module.broad(base)
    operation, receiver, _, _ = module.rows[base]
    return module.broad(receiver) if operation == ATTR else 0


def _holds(linker: Linker, module: Module, call: int, condition: Condition, entry: CallableEntry, guards: tuple[int, ...] = ()) -> bool:
    """Whether all that a condition says of a call's arguments is so; `guards` are what tests around the call tell."""
    for name, wanted in condition.items():
        row = linker.argument((module, call), name, entry.parameters)
        if isinstance(wanted, Test):
            if not _passes(linker, module, row, wanted):
                return False
            if row is None and module.is_unpacked(call):
                return False  # it may be among what is unpacked
        elif row is None or not (_equals(linker, module, row, wanted) or _is_tested(module, row, wanted, guards)):
            return False
    return True


def _is_tested(module: Module, row: int, wanted: object, guards: tuple[int, ...]) -> bool:
    """Whether a test around the call says that an argument equals a constant: ``if host == "localhost":``."""
    return any(module.rows[guard] == (TEST, row, f"{EQUALS} {wanted!r}", ()) for guard in guards)


def _equals(linker: Linker, module: Module, row: int, wanted: object) -> bool:
    value = linker.value(module, row)
    if value.open or not value.alternatives:
        return False
    return all(isinstance(alternative, Constant) and _same(constant(alternative.text), wanted) for alternative in value.alternatives)


def _same(first: object, second: object) -> bool:
    """Equality of constants, in which a truth value is no number."""
    return first == second and isinstance(first, bool) == isinstance(second, bool)


def _passes(linker: Linker, module: Module, row: int | None, test: Test) -> bool:
    if test.given is not None and test.given != (row is not None and not _is_none(linker, module, row)):
        return False
    if test.starts:
        texts = _texts(linker, module, row)
        if not texts or not all(text.startswith(test.starts) for text in texts):
            return False
    if test.mentions is not None and not (row is not None and _mentions(linker, module, row, test.mentions)):
        return False
    if test.is_a is not None:
        value = linker.value(module, row) if row is not None else None
        if value is None or value.open or not value.alternatives:
            return False
        return all(isinstance(alternative, Instance) and alternative.klass.derives_from(test.is_a) for alternative in value.alternatives)
    return True


def _is_none(linker: Linker, module: Module, row: int) -> bool:
    alternatives = linker.value(module, row).alternatives
    return len(alternatives) == 1 and is_none(alternatives[0])


def _texts(linker: Linker, module: Module, row: int | None) -> list[str]:
    """The text constants that an argument may be; those in front, where texts are added or put together."""
    if row is None:
        return []
    operation, base, operator, rest = module.rows[row]
    while (operation == BINARY and operator == "+") or (operation == COLLECTION and rest):
        row = base if operation == BINARY else rest[0]  # of an address, the host
        operation, base, operator, rest = module.rows[row]
    found = [constant(alternative.text) for alternative in linker.value(module, row).alternatives if isinstance(alternative, Constant)]
    return [text for text in found if isinstance(text, str)]


def _mentions(linker: Linker, module: Module, row: int, name: str) -> bool:
    value = linker.value(module, row)
    return any(isinstance(alternative, External) and alternative.name == name for alternative in value.alternatives)


def _was_called(linker: Linker, function: Function, receiver_row: int, receiver: Instance | None, calls: dict[str, Condition]) -> bool:
    """Whether one of these calls is made on the same receiver: in this function, on the attribute of the same name anywhere in the
    file, or where the receiver was made."""
    for method, condition in calls.items():
        for module, call in _calls_on(function, receiver_row, receiver, method):
            entry = next(
                (alt.entry for alt in linker.value(module, module.rows[call][1]).alternatives if isinstance(alt, External)),
                None,
            )
            if _holds(linker, module, call, condition, entry or _NO_ENTRY):
                return True
    return False


def _calls_on(function: Function, receiver_row: int, receiver: Instance | None, method: str) -> Iterator[tuple[Module, int]]:
    module = function.module
    for call in _calls_in(function, receiver_row, method):
        yield module, call
    operation, _, attribute, _ = module.rows[receiver_row]
    if operation == ATTR:
        for other, call in module.method_calls(method):
            if module.rows[other][0] == ATTR and module.rows[other][2] == attribute:
                yield module, call
    if receiver is not None and receiver.made is not None:
        made_in, made = receiver.made
        if made_in is module and any(use[1] == made for use in function.facts.uses):
            return  # made here: what another function does with one of its own is another matter
        for other, call in made_in.method_calls(method):
            if other == made:
                yield made_in, call


def _calls_in(function: Function, receiver_row: int, method: str) -> list[int]:
    """The calls of a method on a receiver in one function; what ``with`` binds is the same receiver."""
    module = function.module
    wanted = {
        call for receiver, call in module.method_calls(method) if receiver == receiver_row or module.rows[receiver][1] == receiver_row
    }
    return [use[1] for use in function.facts.uses if use[1] in wanted]


def _judge_origin(linker: Linker, receiver: Instance | None, entry: CallableEntry) -> Certainty | None:
    """What the call that made the receiver says: None for harmless."""
    if not entry.unless_made and not entry.only_made:
        return Certainty.CERTAIN
    if receiver is None or receiver.made is None:
        return Certainty.POSSIBLE if entry.only_made else Certainty.CERTAIN
    module, call = receiver.made
    maker = _maker(linker, module, call)
    for alternative in linker.value(module, module.rows[call][1]).alternatives:
        if isinstance(alternative, External) and alternative.receiver is not None and alternative.receiver.made is not None:
            return _judge_origin(linker, alternative.receiver, entry)  # a cursor is as harmless as its connection
    if _any_holds(linker, module, call, entry.unless_made, maker):
        return None
    if entry.only_made and not _any_holds(linker, module, call, entry.only_made, maker):
        return Certainty.POSSIBLE
    return Certainty.CERTAIN


def never_waits(linker: Linker, callee: External) -> bool:
    """Whether awaiting what a known callable gives never suspends, as far as the call that made its receiver tells."""
    if callee.entry is None or not callee.entry.never_waits or callee.receiver is None or callee.receiver.made is None:
        return False
    module, call = callee.receiver.made
    return _any_holds(linker, module, call, callee.entry.never_waits, _maker(linker, module, call))


def is_made_so(linker: Linker, instance: Instance, conditions: Iterable[Condition]) -> bool:
    """Whether the call that made an object is one of these, as far as that was seen."""
    return instance.made is not None and _any_holds(linker, *instance.made, conditions, _maker(linker, *instance.made))


def _any_holds(linker: Linker, module: Module, call: int, conditions: Iterable[Condition], maker: CallableEntry) -> bool:
    return any(_holds(linker, module, call, condition, maker) for condition in conditions)


def _maker(linker: Linker, module: Module, call: int) -> CallableEntry:
    """What is known about the callable that a call calls."""
    for alternative in linker.value(module, module.rows[call][1]).alternatives:
        name = getattr(alternative, "name", None)
        entry = linker.knowledge.callable(name) if isinstance(name, str) else None
        if entry is not None:
            return entry
    return _NO_ENTRY


def _is_guard(module: Module, guard: int, receiver_row: int, methods: tuple[str, ...]) -> bool:
    """Whether what is known at a place is that one of these methods of the receiver gave something: ``if status is not None:`` after
    ``status = process.poll()``."""
    if not methods:
        return False
    operation, callee, state, _ = module.rows[guard]
    if operation == TEST and state in (IS_TRUE, IS_NOT_NONE):
        operation, callee, _, _ = module.rows[callee]
    if operation != CALL:
        return False
    operation, receiver, method, _ = module.rows[callee]
    return operation == ATTR and module.broad(receiver) == receiver_row and method in methods


_NO_ENTRY = CallableEntry(names=())
