"""What calls wish for among their arguments: a function to call, one whose coroutine they see to, or a coroutine itself.

Asked of the callable in this order: what is known about it, what its body does with the parameter, and what the parameter declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from asynclint.knowledge import CallableEntry
from asynclint.model import Certainty
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    Alternative,
    Bound,
    Class,
    Constant,
    External,
    Function,
    Instance,
    Pending,
    Value,
    is_none,
    unbound,
)
from asynclint.project.questions.awaitables import COROUTINE, Awaitables, is_coroutine_function
from asynclint.project.questions.fates import Fates, last_name
from asynclint.project.questions.takers import Takers
from asynclint.source.references import (
    ATTR,
    AWAIT,
    BINARY,
    CALL,
    CLASS,
    CONST,
    FUNCTION,
    NAME,
    PARAM,
    STAR,
    SUPER,
    TEST,
    UNKNOWN,
    keywords_of,
)
from asynclint.source.scopes import STUB
from asynclint.source.uses import AWAITED, USE_CALL, USE_COMBINE, USE_COMPARE, USE_DROP, USE_FORMAT, USE_TEST

CALLS: Final = "calls"
"""It is called, and what it gives is lost or taken for a value: a coroutine would never run."""
AWAITS_CALL: Final = "awaits its call"
"""It is called, and what it gives is awaited, if need be after a look at what it is."""
AWAITS: Final = "awaits"
"""It is awaited itself, or made a task of."""

_MORE: Final = "more"
"""It is looked at what it is, so that several kinds will do."""

_CALLING: Final = frozenset({"here", "later", "signal", "loop"})
_AWAITING: Final = frozenset({"task", "alone"})
_ROWS_WITHOUT_OPERANDS: Final = frozenset({UNKNOWN, NAME, FUNCTION, CLASS, PARAM, CONST, SUPER})
_OF_FUNCTIONS: Final = frozenset({"__name__", "__qualname__", "__doc__", "__module__"})
_LOOKS: Final = frozenset({USE_DROP, USE_TEST, USE_COMPARE, USE_COMBINE, USE_FORMAT})
"""Uses of what a callback gives that are no use for a coroutine."""
_ASKS: Final = re.compile(r"is_?(coroutine|async|await|coro)|iscoro|maybe_?(await|async|coro)|ensure_|signature")
"""In names of what tells coroutine functions from others."""
_DEEPEST: Final = 3

_MOST_PLACES: Final = 256
"""Of an attribute that more rows read than this, nothing is said."""


class Wish(NamedTuple):
    """One argument of a call, its row, and what the callable `api` does with it."""

    row: int
    does: str
    api: str
    certainty: Certainty

    def is_own(self, module: Module) -> bool:
        """Whether the argument is written where the call is, rather than passed on from a parameter: then the caller is the one to tell."""
        return module.rows[module.broad(self.row)][0] != PARAM


class Wishes:
    """Answers for the calls of a linked program."""

    def __init__(self, linker: Linker, awaitables: Awaitables, takers: Takers, fates: Fates) -> None:
        self.linker = linker
        self.awaitables = awaitables
        self.takers = takers
        self.fates = fates
        self._of_calls: dict[tuple[Function, int, int], tuple[Wish, ...]] = {}
        self._module: Module | None = None
        self._callers: dict[Module, dict[int, list[Function]]] = {}
        self._of_parameters: dict[tuple[Function, int, int], tuple[str, Certainty]] = {}

    def at(self, function: Function, number: int) -> tuple[Wish, ...]:
        """The wishes of the call that a use is; none where the code around asks what it is about to hand over."""
        if function.module is not self._module:  # rules go through one file after the other
            self._module = function.module
            self._of_calls.clear()
        _, call, _, guards = function.facts.uses[number]
        rows = function.module.rows
        for guard in guards:
            asked = rows[guard][1] if rows[guard][0] == TEST else guard
            if rows[asked][0] == CALL and _ASKS.search(last_name(rows, rows[asked][1])):
                return ()
        return self.of(function, call)

    def of(self, function: Function, call: int, depth: int = 0) -> tuple[Wish, ...]:
        """The wishes of the call with this row that all its possible callees share."""
        if not function.module.rows[call][3]:
            return ()
        key = (function, call, depth)  # the depth is part of it: an answer is cut off where the question has come too far
        if key not in self._of_calls:
            self._of_calls[key] = ()  # met again on the way round
            self._of_calls[key] = self._find(function, call, depth)
        return self._of_calls[key]

    def _find(self, function: Function, call: int, depth: int) -> tuple[Wish, ...]:
        callee = self.linker.value(function.module, function.module.rows[call][1])
        shared: dict[tuple[int, str], Wish] = {}
        first = True
        for alternative in callee.alternatives:
            if isinstance(alternative, Constant):
                continue
            wishes = {(wish.row, wish.does): wish for wish in self._of_callee(alternative, function, call, depth)}
            if first:
                shared = wishes
            else:
                shared = {
                    key: wish._replace(certainty=max(wish.certainty, wishes[key].certainty))
                    for key, wish in shared.items()
                    if key in wishes
                }
            first = False
        if callee.open:
            return tuple(wish._replace(certainty=min(wish.certainty, Certainty.LIKELY)) for wish in shared.values())
        return tuple(shared.values())

    def _of_callee(self, callee: Alternative, function: Function, call: int, depth: int) -> Iterator[Wish]:
        if isinstance(callee, Class):
            entry = self.linker.knowledge.callable(callee.name) if not callee.is_own else None
            initialiser = self.linker.member(callee, "__init__") if callee.facts is not None else None
            if entry is not None:
                yield from self._of_entry(callee.name, entry, function, call)
            elif initialiser is not None and not initialiser.open and len(initialiser.alternatives) == 1:
                yield from self._of_target(initialiser.alternatives[0], 1, function, call, depth)
        else:
            yield from self._of_target(callee, int(isinstance(callee, Bound)), function, call, depth)

    def _of_target(self, callee: Alternative, offset: int, function: Function, call: int, depth: int) -> Iterator[Wish]:
        target = unbound(callee)
        if isinstance(target, Function):
            self.linker.link_decorators(target)
        if isinstance(target, (Function, External)) and target.entry is not None:
            yield from self._of_entry(target.name, target.entry, function, call)
        elif isinstance(target, Function) and not target.doubtful and target.nature not in ("task", "opaque", "overload"):
            certainty = min(Certainty.LIKELY, callee.certainty) if isinstance(callee, Bound) else Certainty.LIKELY
            yield from self._of_function(target, offset, certainty, function, call, depth)

    def _of_entry(self, name: str, entry: CallableEntry, function: Function, call: int) -> Iterator[Wish]:
        origin = (function.module, call)
        for parameter, context in entry.runs.items():
            row = self.linker.argument(origin, parameter, entry.parameters)
            if row is None or parameter in entry.awaits or (parameter in entry.or_value and self._is_value(function.module, row)):
                continue
            if context in _AWAITING:
                yield Wish(row, AWAITS_CALL, name, Certainty.CERTAIN)
            elif context in _CALLING and f"result {parameter}" not in (entry.returns or ""):
                yield Wish(row, CALLS, name, Certainty.CERTAIN)
        for parameter, how in entry.leaves.items():
            row = self.linker.argument(origin, parameter, entry.parameters)
            if row is not None and how == "await":
                yield Wish(row, AWAITS_CALL, name, Certainty.CERTAIN)
        for row in self._awaited(origin[0].rows[call], function, call, entry):
            yield Wish(row, AWAITS, name, Certainty.CERTAIN)

    def _is_value(self, module: Module, row: int) -> bool:
        """Whether an argument is certainly nothing to call, and no coroutine."""
        value = self.linker.value(module, row)
        return cannot_be_called(self.linker, value) and not any(isinstance(part, Pending) for part in value.alternatives)

    def _awaited(self, row: tuple[int, int, str, tuple[int, ...]], function: Function, call: int, entry: CallableEntry) -> Iterator[int]:
        for parameter in entry.awaits:
            if parameter == "*":
                positional = len(row[3]) - len(keywords_of(row))
                yield from (part for part in row[3][:positional] if function.module.rows[part][0] != STAR)
            else:
                argument = self.linker.argument((function.module, call), parameter, entry.parameters)
                if argument is not None:
                    yield argument

    # -- functions of the program and of its dependencies

    def _of_function(
        self, target: Function, offset: int, certainty: Certainty, function: Function, call: int, depth: int
    ) -> Iterator[Wish]:
        row = function.module.rows[call]
        names = keywords_of(row)
        positional = len(row[3]) - len(names)
        for index, argument in enumerate(row[3]):
            if function.module.rows[argument][0] == STAR:
                if index < positional:
                    return
                continue
            position = target.place(index + offset, names[index - positional] if index >= positional else "")
            if 0 <= position < len(target.facts.parameters) and self._matters(function, argument):
                does, sure = self._of_parameter(target, position, depth)
                if does:
                    yield Wish(argument, does, target.name, min(certainty, sure))

    def _matters(self, function: Function, row: int) -> bool:
        """Whether an argument is a callable, the result of a call, or a parameter that is passed on."""
        rows = function.module.rows
        if rows[function.module.broad(row)][0] in (CALL, PARAM):
            return True
        value = self.linker.value(function.module, row)
        return any(isinstance(part, (Function, Bound, External)) for part in value.alternatives)

    def _of_parameter(self, function: Function, position: int, depth: int) -> tuple[str, Certainty]:
        """What a function does with one of its parameters; empty where that is several things, or not known."""
        key = (function, position, depth)
        if key not in self._of_parameters:
            self._of_parameters[key] = ("", Certainty.POSSIBLE)  # met again on the way round
            self._of_parameters[key] = self._look_at(function, position, depth)
        return self._of_parameters[key]

    def _look_at(self, function: Function, position: int, depth: int) -> tuple[str, Certainty]:
        row = self.takers.row_of(function, position)
        found = self._in_body(function, row, depth) if row and depth <= _DEEPEST else set()
        if not found and function.owner is not None:
            found = self._stored(function, function.owner, position)
        if len(found) == 1 and not found & {"", _MORE}:
            return found.pop(), Certainty.LIKELY
        declared = self._declared(function, position)
        if declared == CALLS and (found - {"", CALLS} or function.facts.flags & STUB):
            declared = ""
        return declared, Certainty.POSSIBLE if declared == CALLS else Certainty.LIKELY

    def _in_body(self, function: Function, row: int, depth: int) -> set[str]:
        """All that a body does with a parameter; the empty text stands for what is not known."""
        rows = function.module.rows
        found: set[str] = set()
        for user in self.takers.users_in(function.module).of(row):
            operation, base, text, rest = rows[user]
            if operation in _ROWS_WITHOUT_OPERANDS or operation == TEST or (operation == ATTR and text in _OF_FUNCTIONS):
                continue
            if operation == CALL and base == row and row not in rest:
                found.add(self._in_call(function, user, depth))
            elif operation == CALL and base != row:
                name = last_name(rows, base)
                if name == "callable":
                    continue
                if _ASKS.search(name):
                    return {_MORE}
                wishes = self.of(function, user, depth + 1)
                found.add(next((wish.does for wish in wishes if wish.row == row and wish.certainty >= Certainty.LIKELY), ""))
            elif operation == AWAIT:
                found.add(AWAITS)
            else:
                found.add("")
        return found

    def _stored(self, function: Function, owner: Class, position: int) -> set[str]:
        """All that the program does with a parameter that is stored in an attribute: ``self.on_change = on_change``.

        What has an attribute of the same name elsewhere counts as well, so that nobody is missed who knows how to call it.
        """
        assert owner.facts is not None
        module = function.module
        wanted = (PARAM, function.number, (position,))
        names = [name for name, row in owner.facts.assigned.items() if (*module.rows[row][:2], module.rows[row][3]) == wanted]
        if len(names) != 1:
            return {""}
        found: set[str] = set()
        is_called = False
        places = self.takers.attributes_of(names[0])
        if len(places) > _MOST_PLACES:
            return {""}  # too many things have an attribute of this name
        for other, row in places:
            done = self._at_attribute(other, row)
            found |= done
            if "" in found:
                break
            is_called = is_called or (bool(done) and other is module and _is_of(other, other.rows[row][1], owner))
        return found if is_called else {""}

    def _at_attribute(self, module: Module, attribute: int) -> set[str]:
        """All that the functions of a file do with an attribute."""
        rows = module.rows
        users = self.takers.users_in(module).of(attribute)
        calls = {user for user in users if rows[user][0] == CALL and rows[user][1] == attribute}
        if any(user not in calls and rows[user][0] not in _ROWS_WITHOUT_OPERANDS and rows[user][0] != TEST for user in users):
            return {""}
        if attribute in self.takers.given_away(module):
            return {""}
        callers = self._callers_in(module)
        return {self._in_call(function, call, 0) for call in sorted(calls) for function in callers.get(call, ())}

    def _callers_in(self, module: Module) -> dict[int, list[Function]]:
        """The functions of a file in which each of its calls stands."""
        callers = self._callers.get(module)
        if callers is None:
            callers = self._callers[module] = {}
            for function in module.functions:
                for kind, call, _, _ in function.facts.uses:
                    if kind == USE_CALL:
                        callers.setdefault(call, []).append(function)
        return callers

    def _in_call(self, function: Function, call: int, depth: int) -> str:
        """What becomes of what calling a parameter gives."""
        rows = function.module.rows
        seen = False
        for kind, row, flags, _ in function.facts.uses:
            if row != call:
                continue
            seen = True
            if kind == USE_CALL and flags & AWAITED:
                return AWAITS_CALL
        if not seen or self.awaitables.coroutine(function, call) is not None:
            return ""  # a function inside of this one calls it; or all give it coroutine functions, so an `await` is missing there
        for user in self.takers.users_in(function.module).of(call):
            operation, base, text, _ = rows[user]
            if operation in _ROWS_WITHOUT_OPERANDS or operation == TEST or (operation == BINARY and text == "not"):
                continue
            if operation == AWAIT:
                return AWAITS_CALL
            if operation == CALL and base != call and _ASKS.search(last_name(rows, base)):
                return AWAITS_CALL
            if (
                operation == CALL
                and base != call
                and any(wish.row == call and wish.does == AWAITS for wish in self.of(function, user, depth + 1))
            ):
                return AWAITS_CALL
            return ""
        kinds = {kind for kind, row, _, _ in function.facts.uses if row == call and kind != USE_CALL}
        return CALLS if kinds and kinds <= _LOOKS else ""

    def _declared(self, function: Function, position: int) -> str:
        """What the declaration of a parameter says: a callable that gives a plain value, or a coroutine; or a coroutine itself."""
        declared = function.facts.parameters[position].declared
        if not declared or function.module.is_dependency:
            return ""
        found: set[str] = set()
        value = self.linker.value(function.module, declared)
        for alternative in value.alternatives:
            if is_none(alternative):
                continue
            klass = alternative.klass if isinstance(alternative, Instance) else None
            if klass is not None and klass.derives_from("collections.abc.Coroutine"):
                found.add(AWAITS)
            elif isinstance(alternative, Instance) and klass is not None and klass.name == "collections.abc.Callable":
                found.add(self._of_result(alternative.arguments[0]) if alternative.arguments else "")
            else:
                return ""
        return found.pop() if len(found) == 1 and not value.open else ""

    def _of_result(self, result: Value) -> str:
        """What a declared callable is called for, by what it is declared to give."""
        if not result.open and result.alternatives:
            if all(isinstance(part, Constant) for part in result.alternatives) or self.takers.excludes(result):
                return CALLS
            made = self.awaitables.of_value(result)
            if made is not None:
                return AWAITS_CALL
        return ""


class Callback(NamedTuple):
    """A callable whose call certainly gives a coroutine. `is_async` tells that it is a coroutine function itself."""

    name: str
    is_async: bool
    certainty: Certainty


def coroutine_callback(linker: Linker, awaitables: Awaitables, value: Value) -> Callback | None:
    """What a value is, if calling it certainly gives a coroutine, whichever of its alternatives it turns out to be."""
    if value.open or not value.alternatives:
        return None
    found = [_gives_coroutine(linker, awaitables, alternative) for alternative in value.alternatives]
    sure = [callback for callback in found if callback is not None]
    return max(sure, key=lambda callback: callback.certainty) if len(sure) == len(found) else None


def _gives_coroutine(linker: Linker, awaitables: Awaitables, alternative: Alternative) -> Callback | None:
    function = unbound(alternative)
    if not isinstance(function, (Function, External)):
        return None
    name = function.name.rpartition(".")[2]
    certainty = alternative.certainty if isinstance(alternative, Bound) else Certainty.CERTAIN
    if isinstance(function, Function):
        linker.link_decorators(function)
    if is_coroutine_function(alternative):
        return Callback(name, True, certainty)
    if isinstance(function, External) or function.doubtful or function.entry is not None:
        return None
    if pending_nature(function) is not None or function.nature in ("task", "opaque", "property"):
        return None
    made = awaitables.of_value(linker.result_of(function, alternative.receiver if isinstance(alternative, Bound) else None))
    if made is None or made.nature != COROUTINE:
        return None
    return Callback(name, False, min(certainty, made.certainty))


def cannot_be_called(linker: Linker, value: Value) -> bool:
    """Whether a value is certainly nothing to call."""
    if value.open or not value.alternatives:
        return False
    return all(
        isinstance(alternative, (Constant, Pending))
        or (isinstance(alternative, Instance) and alternative.klass.complete and linker.member(alternative.klass, "__call__") is None)
        for alternative in value.alternatives
    )


def is_hook(linker: Linker, module: Module, call: int) -> bool:
    """Whether a call may be of an empty method that others fill in, so that what it gives tells nothing."""
    for callee in linker.value(module, module.rows[call][1]).alternatives:
        function = unbound(callee)
        if isinstance(function, Function) and function.facts.flags & STUB:
            return True
    return False


def _is_of(module: Module, row: int, owner: Class) -> bool:
    """Whether a row is the receiver of a method of a class."""
    operation, number, _, rest = module.rows[row]
    return operation == PARAM and rest[0] == 0 and module.functions[number].owner is owner
