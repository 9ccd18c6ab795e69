"""Which calls start a task that nobody keeps but who holds what they give: those that are known to, and functions of the program that only
hand one on.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, Constant, External, Function, Instance, Value, unbound
from asynclint.project.questions.awaitables import AWAITABLE, COROUTINE, Awaitables
from asynclint.project.questions.fates import Fates, last_name
from asynclint.project.questions.takers import Takers
from asynclint.source.names import LOOKS, NAMES, SERVES
from asynclint.source.references import ATTR, CALL, COLLECTION, CONST, PARAM, STAR, TEST, UNION, Row
from asynclint.source.scopes import LAMBDA
from asynclint.source.uses import AWAITED, USE_ABSENT, USE_CALL, USE_FORMAT, USE_IDENTITY, USE_RETURN, USE_TEST

THREADSAFE: Final = "asyncio.run_coroutine_threadsafe"
_OF_ANYTHING: Final = "asyncio.ensure_future"

_LOOP: Final = re.compile(r"(^|_)loop$")
"""The last name of what is an event loop, wherever it comes from."""

_LOOKS_AT: Final = frozenset({USE_ABSENT, USE_FORMAT, USE_IDENTITY, USE_RETURN, USE_TEST})
"""Kinds of uses that do nothing with a task but look at it, or hand it on."""

_DEEPEST: Final = 3


class Started(NamedTuple):
    """A task that a call starts. `name` is what makes it, `argument` the row of the coroutine in the file of the call, 0 where a function
    of the program stands between."""

    name: str
    certainty: Certainty
    argument: int = 0


class Tasks:
    """Answers for the calls of a linked program."""

    def __init__(self, linker: Linker, awaitables: Awaitables, takers: Takers, fates: Fates) -> None:
        self.linker = linker
        self.awaitables = awaitables
        self.takers = takers
        self.fates = fates
        self._given: dict[tuple[Function, int], Started | None] = {}
        self._serves: dict[Function, int] = {}

    def started(self, function: Function, row: int, depth: int = 0) -> Started | None:
        """The task that the call with this row starts, and that only who has its result keeps; None for anything else."""
        module = function.module
        if module.rows[row][0] != CALL:
            return None
        operation, _, name, _ = module.rows[module.rows[row][1]]
        if operation == ATTR and name == "__init__":
            return None  # ``super().__init__(coroutine)`` of a kind of task: its maker has it
        callee = self.linker.value(module, module.rows[row][1])
        found: Started | None = None
        for alternative in callee.alternatives:
            if isinstance(alternative, Constant):
                continue
            made = self._by(function, row, alternative, depth)
            if made is None:
                return None
            found = made if found is None else made._replace(certainty=min(made.certainty, found.certainty))
        if found is None:
            return self._on_unknown_loop(function, row)
        return found._replace(certainty=min(found.certainty, Certainty.LIKELY)) if callee.open else found

    def serves_until(self, function: Function) -> int:
        """The last line at which a function serves for others, or waits for an event; 0 where it does neither."""
        if function not in self._serves:
            rows = function.module.rows
            last = 0
            for number, (kind, row, flags, _) in enumerate(function.facts.uses):
                if kind == USE_CALL:
                    _, callee, _, arguments = rows[row]
                    name = last_name(rows, callee)
                    if name in SERVES or (name == "wait" and flags & AWAITED and not arguments):
                        last = max(last, function.module.places.of_use(function.number, number)[0])
            self._serves[function] = last
        return self._serves[function]

    def given_by(self, value: Value) -> Started | None:
        """The task that calling a value starts and gives to its caller alone, whichever of its alternatives it turns out to be."""
        found = [None if self._may_give_none(alternative) else self._of_callable(alternative, 0) for alternative in value.alternatives]
        known = [made for made in found if made is not None]
        if value.open or not known or len(known) < len(found):
            return None
        return min(known, key=lambda made: made.certainty)

    def _may_give_none(self, callee: Alternative) -> bool:
        """Whether a function gives a task only if it is given something: ``if session is not None: return create_task(close(session))``."""
        target = unbound(callee)
        if not isinstance(target, Function):
            return False
        rows = target.module.rows
        calls = self.returned_calls(target)
        return any(
            kind == USE_CALL and row in calls and any(rows[guard][0] == TEST and rows[rows[guard][1]][0] == PARAM for guard in guards)
            for kind, row, _, guards in target.facts.uses
        )

    def _by(self, function: Function, row: int, callee: Alternative, depth: int) -> Started | None:
        if isinstance(callee, (Class, External)):
            entry = callee.entry if isinstance(callee, External) else self.linker.knowledge.callable(callee.name)
            if entry is None or entry.task_of is None or (isinstance(callee, Class) and callee.is_own):
                return None
            if callee.name == THREADSAFE and self._lacks_loop(function.module, row):
                return None
            argument = self.linker.argument((function.module, row), entry.task_of, entry.parameters)
            if argument is None:
                return Started(callee.name, Certainty.LIKELY)
            return self._of_argument(function, callee.name, argument)
        return self._of_callable(callee, depth)

    def _lacks_loop(self, module: Module, row: int) -> bool:
        """Whether a call hands a coroutine to another thread without saying to which loop: it raises a TypeError."""
        rest = module.rows[row][3]
        return len(rest) < 2 and all(module.rows[argument][0] != STAR for argument in rest)

    def _of_argument(self, function: Function, name: str, argument: int) -> Started | None:
        """A future that is given is what comes back; what is not known is a coroutine as a rule, or else nobody would start it."""
        made = self.awaitables.made(function, argument)
        if made is not None:
            return Started(name, Certainty.CERTAIN, argument) if made.nature in (COROUTINE, AWAITABLE) else None
        for given in self.linker.value(function.module, argument).alternatives:
            is_future = isinstance(given, Instance) and given.klass.derives_from("asyncio.Future")
            if is_future or isinstance(unbound(given), (Class, External, Function)):
                return None  # what cannot be made a task is another rule's business
        return Started(name, Certainty.LIKELY if name == _OF_ANYTHING else Certainty.CERTAIN, argument)

    def _on_unknown_loop(self, function: Function, row: int) -> Started | None:
        """``loop.create_task(f())`` where nothing is known of a receiver that is called a loop."""
        rows = function.module.rows
        _, callee, _, arguments = rows[row]
        operation, receiver, name, _ = rows[callee]
        if operation != ATTR or name != "create_task" or not arguments:
            return None
        if self.linker.value(function.module, receiver).alternatives or not _LOOP.search(_name_of(rows, receiver)):
            return None
        made = self.awaitables.made(function, arguments[0])
        if made is None:
            return Started("asyncio.AbstractEventLoop.create_task", Certainty.POSSIBLE, arguments[0])
        return Started("asyncio.AbstractEventLoop.create_task", Certainty.LIKELY, arguments[0]) if made.nature == COROUTINE else None

    # -- functions of the program

    def _of_callable(self, callee: Alternative, depth: int) -> Started | None:
        """What a callable gives, if that is a task which it has neither kept nor given a callback, nor waited for."""
        if isinstance(callee, External):
            return Started(callee.name, Certainty.CERTAIN) if callee.entry is not None and callee.entry.task_of is not None else None
        target = unbound(callee)
        if not isinstance(target, Function):
            return None
        key = (target, depth)  # the depth is part of it: an answer is cut off where the question has come too far
        if key not in self._given:
            self._given[key] = None  # met again on the way round
            self._given[key] = self._handed_on(target, depth + 1) if depth < _DEEPEST else None
        made = self._given[key]
        if made is not None and isinstance(callee, Bound):
            return made._replace(certainty=min(made.certainty, callee.certainty))
        return made

    def _handed_on(self, function: Function, depth: int) -> Started | None:
        found: Started | None = None
        for part in self.returned_calls(function):
            made = self.started(function, part, depth)
            if made is None or self.is_kept(function, part):
                return None
            if found is None or made.certainty < found.certainty:
                found = made._replace(argument=0)
        return found

    def returned_calls(self, function: Function) -> tuple[int, ...]:
        """The rows of the calls whose results a plain function returns; none where it may return anything else but None."""
        self.linker.link_decorators(function)
        is_plain = function.nature in ("keep", "static", "class") and pending_nature(function) is None
        if function.doubtful or function.entry is not None or not is_plain:
            return ()
        rows = function.module.rows
        returned = function.facts.returned
        parts = rows[returned][3] if rows[returned][0] == UNION else (returned,)
        calls = tuple([part for part in parts if rows[part][:3] != (CONST, 0, "None")])
        return calls if all(rows[part][0] == CALL for part in calls) else ()

    def is_kept(self, function: Function, row: int) -> bool:
        """Whether a function does more with a task or future than to return it and to look at it."""
        module = function.module
        if function.facts.flags & LAMBDA:
            return False
        rows = module.rows
        for one in (function, *(inner for inner in module.functions if inner.facts.parent == function.number)):
            for number in self.fates.of(one, row):
                kind, used, _, _ = one.facts.uses[number]
                if kind not in _LOOKS_AT and not self._only_looks(module, used, row):
                    return True
        if any(rows[user][0] in (COLLECTION, STAR) for user in self.takers.users_in(module).of(row)):
            return True
        return any(row == held or (rows[held][0] == UNION and row in rows[held][3]) for held in module.facts.bindings.values())

    def _only_looks(self, module: Module, user: int, row: int) -> bool:
        """Whether a row only names or shows the task `row`: ``print(task)``, ``task.set_name("reader")``."""
        operation, base, text, _ = module.rows[user]
        if operation == ATTR:
            return text in NAMES
        if operation != CALL:
            return False
        callee = module.rows[base]
        return last_name(module.rows, base) in LOOKS or (callee[0] == ATTR and callee[1] == row and callee[2] in NAMES)


def _name_of(rows: list[Row], row: int) -> str:
    """The last part of the name of what a row stands for, or of what is called for it."""
    operation, base, text, _ = rows[row]
    if operation == CALL:
        return last_name(rows, base)
    return text if operation == PARAM else last_name(rows, row)
