"""What a value is to ``await``: a coroutine that does nothing until it is awaited, a task or future that runs anyway, an asynchronous
generator or context manager, or nothing of the kind.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.linking.base import pending_nature
from asynclint.project.linking.link import Linker, Renewal
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
    NOTHING_KNOWN,
    Alternative,
    Bound,
    Class,
    External,
    Function,
    Instance,
    Pending,
    Value,
    Variable,
    is_none,
    unbound,
)
from asynclint.project.questions.evidence import Evidence, Usage, is_guess
from asynclint.source.names import TELLS
from asynclint.source.references import ANNOTATED, ATTR, AWAIT, CALL, NARROWED, PARAM, UNION
from asynclint.source.scopes import ASYNC, LAMBDA, STUB
from asynclint.source.uses import USE_AWAIT, USE_CALL

COROUTINE: Final = "coroutine"
"""Nothing of it runs until it is awaited."""
EAGER: Final = "eager"
"""A task or a future: it runs whether it is awaited or not."""
AWAITABLE: Final = "awaitable"
"""It can be awaited; whether it runs anyway, is not known."""
ASYNC_GENERATOR: Final = "async-generator"
ASYNC_MANAGER: Final = "async-context-manager"

_AWAITABLE_CLASSES: Final = frozenset({"Awaitable", "Coroutine", "CoroutineType", "Future", "Task"})
_CALLABLE: Final = "collections.abc.Callable"
_ASYNC_ITERATORS: Final = ("collections.abc.AsyncGenerator", "collections.abc.AsyncIterator")
_COLLECTIONS: Final = frozenset({
    "builtins.dict", "builtins.frozenset", "builtins.list", "builtins.set", "builtins.tuple", "collections.abc.Generator",
})  # fmt: skip
_EAGER_CLASSES: Final = ("asyncio.Future", "concurrent.futures.Future")


class Made(NamedTuple):
    """What a value certainly is, whichever of its alternatives it turns out to be.

    `name` is what made it, as far as that has a name; `function` is set where that is of the program or a dependency. `usage` is the
    evidence, where that is all that is known.
    """

    nature: str
    certainty: Certainty
    name: str
    function: Function | None = None
    usage: Usage | None = None


class Awaitables:
    """Answers for every row of a linked program. After a `renewal`, the evidence of `before` speaks for other files."""

    def __init__(self, linker: Linker, before: Awaitables | None = None, renewal: Renewal | None = None) -> None:
        self.linker = linker
        self._evidence: Evidence | None = None if before is None else before._evidence
        if self._evidence is not None and renewal is not None:
            self._evidence.renew(renewal.module)
        self._known: dict[tuple[Function, int], Made | None] = {}
        self._module: Module | None = None
        self._asked: dict[Function, frozenset[int]] = {}

    def coroutine(self, function: Function, row: int) -> Made | None:
        """What a row in `function` is, if that is a coroutine which nobody has awaited there; None for anything else, or not known."""
        made = self.made(function, row)
        if made is not None and made.nature in (COROUTINE, AWAITABLE):
            return made
        return None

    def eager(self, function: Function, row: int) -> Made | None:
        """What a row in `function` is, if that is a task or a future."""
        made = self.made(function, row)
        return made if made is not None and made.nature == EAGER else None

    def dropped(self, function: Function, row: int) -> Made | None:
        """What is lost with the value of a row, if nobody but `function` has it: a coroutine. One that was given to the call which gives it
        back, something else has as well; whether an awaitable runs anyway, only the program's habits tell.
        """
        made = self.coroutine(function, row)
        if made is None or self._is_given_back(function.module, row) or self._decorates(function.module, row):
            return None
        if made.nature == AWAITABLE and not self._is_callback(function.module, row):
            usage = self.evidence.of(function, row) if function.facts.flags & ASYNC else None
            return made._replace(certainty=Certainty.LIKELY if usage is not None else Certainty.POSSIBLE, usage=usage)
        return made

    def _is_callback(self, module: Module, row: int) -> bool:
        """Whether a call is of callables that are declared as such: who takes one that gives an awaitable, is given coroutine functions."""
        operation, callee, _, _ = module.rows[row]
        value = self.linker.value(module, callee) if operation == CALL else NOTHING_KNOWN
        callables = [alternative for alternative in value.alternatives if not is_none(alternative)]
        return bool(callables) and all(_is_known_callable(one) or is_coroutine_function(one) for one in callables)

    def _decorates(self, module: Module, row: int) -> bool:
        """Whether a call puts a decorator around a function by hand: ``app.get("/")(index)``. Where ``get`` says that it gives a callable
        which gives a coroutine, it means the function that is decorated."""
        operation, callee, _, arguments = module.rows[row]
        if operation != CALL or len(arguments) != 1 or module.rows[callee][0] != CALL:
            return False
        given = self.linker.value(module, arguments[0]).alternatives
        is_function = bool(given) and all(isinstance(unbound(part), Function) for part in given)
        return is_function and all(_is_known_callable(part) for part in self.linker.value(module, callee).alternatives)

    def _is_given_back(self, module: Module, row: int) -> bool:
        """Whether a call gives a coroutine that it was given, or that a collection holds: ``track(fetch(url))``, ``pending.get(url)``."""
        operation, callee, _, arguments = module.rows[row]
        if operation != CALL:
            return False
        has_coroutine = any(self.of_value(self.linker.value(module, argument)) for argument in arguments)
        is_outside = any(isinstance(alternative, External) for alternative in self.linker.value(module, callee).alternatives)
        for given in self.linker.value(module, row).alternatives:
            if isinstance(given, Instance) and (has_coroutine or is_outside):
                return True
            if not isinstance(given, Pending) or given.origin == (module, row):
                continue
            if is_outside or (given.origin[0] is module and given.origin[1] in arguments):
                return True
        return False

    def made(self, function: Function, row: int) -> Made | None:
        """What a row in `function` is; None where it may be something that is nothing to ``await``, where that is not known, and where the
        function asks.
        """
        key = (function, row)
        if function.module is not self._module:  # rules go through one file after the other
            self._module = function.module
            self._known.clear()
        if key not in self._known:
            self._known[key] = None if self.is_asked(function, row) else self._find(function, row)
        return self._known[key]

    def _find(self, function: Function, row: int) -> Made | None:
        module = function.module
        operation, _, _, parts = module.rows[row]
        if operation == NARROWED:
            return self.made(function, module.rows[row][1]) if self._may_still_be(function, row) else None
        if operation == ATTR and not self._is_property(function, row):
            return None
        value = self.linker.value(module, row)
        made = self.of_value(value)
        if operation == UNION:
            joined = _joined([self.made(function, part) for part in parts])
            return joined or (made._replace(certainty=Certainty.POSSIBLE) if made is not None else None)
        if operation == ATTR and made is not None and made.function is not None and not made.function.doubtful:
            made = made._replace(certainty=Certainty.CERTAIN)  # a property, which runs when it is read
        if operation != CALL:
            return None if value.open else made
        callee = self.linker.value(module, module.rows[row][1])
        in_coroutine = bool(function.facts.flags & ASYNC)
        if made is not None and made.nature == AWAITABLE:
            made = self._by_body(made, callee)
        if made is not None:
            made = self._weighed(made, value, callee, in_coroutine)
        for answer in (self._declared, self._callees):
            if made is None or made.certainty < Certainty.CERTAIN:
                better = answer(function, module.rows[row][1])
                if better is not None and (in_coroutine or better.certainty is Certainty.CERTAIN):
                    made = better
        if in_coroutine and made is None and self._wraps_coroutine_function(function, module.rows[row][1]):
            return Made(COROUTINE, Certainty.LIKELY, module.rows[module.broad(module.rows[row][1])][2])
        if in_coroutine and made is None and self._is_given_coroutine_functions(module, module.rows[row][1], callee):
            return Made(COROUTINE, Certainty.LIKELY, module.rows[module.broad(module.rows[row][1])][2])
        if in_coroutine and made is None and self._is_own_and_either(module, row, value):
            name = module.rows[module.rows[row][1]][2]
            return Made(AWAITABLE, Certainty.LIKELY, name, _function_of(callee.alternatives[0]))
        if in_coroutine and self._is_vague(made, value, callee) and not self._is_noted_down(function, row, value):
            usage = self.evidence.of(function, row)
            if usage is not None:
                target = _function_of(callee.alternatives[0]) if len(callee.alternatives) == 1 else None
                name = target.facts.name if target is not None else module.rows[module.rows[row][1]][2]
                return Made(COROUTINE, Certainty.LIKELY, name.rpartition(".")[2], target, usage)
        return made

    def _is_own_and_either(self, module: Module, row: int, value: Value) -> bool:
        """Whether a method calls one of its own object that gives a value, or something to await, as the class is a plain or an
        asynchronous one: a coroutine function stands in an asynchronous one. What notes down commands, and gives itself, is neither."""
        others = [alternative for alternative in value.alternatives if not is_none(alternative)]
        awaitable = [_is_declared_awaitable(alternative) for alternative in others]
        operation, base, _, _ = module.rows[module.rows[row][1]]
        if operation != ATTR or module.rows[base][0] != PARAM or value.open or not any(awaitable) or all(awaitable):
            return False
        receivers = [one.klass for one in self.linker.value(module, base).alternatives if isinstance(one, Instance)]
        given = {one.klass for one in others if isinstance(one, Instance)}
        return module.rows[base][3][0] == 0 and bool(receivers) and all(given.isdisjoint(klass.mro) for klass in receivers)

    def _by_body(self, made: Made, callee: Value) -> Made:
        """What a function gives that only says that it can be awaited, as its body tells."""
        functions = [_function_of(alternative) for alternative in callee.alternatives]
        if any(one is None or one.doubtful or not one.facts.returned for one in functions):
            return made
        given = [self.of_value(self.linker.value(one.module, one.facts.returned)) for one in functions if one is not None]
        return _joined(given) or made

    def _is_vague(self, made: Made | None, value: Value, callee: Value) -> bool:
        """Whether so little is known of a call that the program's habits may speak.

        Of a function that gives a coroutine in some cases only, that much is known.
        """
        if made is None:
            if is_guess(callee):
                return True
            others = [alternative for alternative in value.alternatives if not is_none(alternative)]
            awaitable = [_is_declared_awaitable(alternative) for alternative in others]
            return not value.alternatives or (any(awaitable) and not all(awaitable))
        functions = [_function_of(alternative) for alternative in callee.alternatives]
        is_sometimes = value.open and any(one is not None and not one.doubtful for one in functions)
        return made.nature in (COROUTINE, AWAITABLE) and made.certainty is Certainty.POSSIBLE and not is_sometimes

    def _is_noted_down(self, function: Function, row: int, value: Value) -> bool:
        """Whether a call may be of a command that its receiver only notes down, as a pipeline does, and gives that back: not in methods
        of its own, which know better."""
        module = function.module
        operation, base, _, _ = module.rows[module.rows[row][1]]
        if operation != ATTR or module.rows[base][0] == PARAM:
            return False
        classes = {one.klass for one in value.alternatives if isinstance(one, Instance)}
        receivers = self.linker.value(module, base).alternatives
        return any(isinstance(one, Instance) and not classes.isdisjoint(one.klass.mro) for one in receivers)

    def some(self, function: Function, row: int) -> Made | None:
        """What a row in `function` is on one path at least, if it is a coroutine there and nothing else awaits it on the way."""
        made = self.coroutine(function, row)
        part = self.part(function, row) if made is None or made.certainty is Certainty.POSSIBLE else 0
        found = self.coroutine(function, part) if part else None
        return found._replace(certainty=Certainty.LIKELY) if found is not None else made

    def part(self, function: Function, row: int) -> int:
        """The row of the call that gives a coroutine, where that is one of several that a row may be; 0 where none is, where all may be
        awaited, and where that is meant.
        """
        rows = function.module.rows
        operation, _, _, parts = rows[function.module.broad(row)]
        if operation != UNION or self.is_asked(function, row):
            return 0
        awaited = {rows[part][1] for part in parts if rows[part][0] == AWAIT}
        if any(kind == USE_AWAIT and rows[used][1] in awaited.intersection(parts) for kind, used, _, _ in function.facts.uses):
            return 0  # what a name held is awaited by that name
        found = 0
        for part in parts:
            made = self.made(function, part) if rows[part][0] == CALL else None
            if (made is not None and made.nature == EAGER) or self._is_declared(function, part):
                return 0
            if made is not None and made.nature in (COROUTINE, AWAITABLE) and made.certainty >= Certainty.LIKELY and made.usage is None:
                found = found or part
        return found

    def _is_declared(self, function: Function, row: int) -> bool:
        """Whether a row is what a name was first bound to that is declared as something to ``await``, among others."""
        operation, declared, _, _ = function.module.rows[row]
        if operation != ANNOTATED:
            return False
        alternatives = self.linker.value(function.module, declared).alternatives
        return any(isinstance(one, Instance) and one.klass.derives_from("collections.abc.Awaitable") for one in alternatives)

    def is_asked(self, function: Function, row: int) -> bool:
        """Whether the function asks if a row is to be awaited, or of what it calls there if it is a coroutine function."""
        asked = self._asked.get(function)
        if asked is None:
            rows = function.module.rows
            calls = [rows[used] for kind, used, _, _ in function.facts.uses if kind == USE_CALL]
            asked = frozenset(
                function.module.broad(part) for call in calls if rows[call[1]][2].rpartition(".")[2] in TELLS for part in call[3]
            )
            self._asked[function] = asked
        if not asked:
            return False
        operation, base, _, _ = function.module.rows[row]
        return function.module.broad(row) in asked or (operation == CALL and function.module.broad(base) in asked)

    def _wraps_coroutine_function(self, wrapper: Function, callee: int) -> bool:
        """Whether a callable is the parameter of a decorator that asks if it is a coroutine function, and has a plain wrapper for others,
        which does not hand on what it gives, as to something that runs it."""
        module = wrapper.module
        row = module.broad(callee)
        operation, number, _, _ = module.rows[row]
        if operation != PARAM or number == wrapper.number or not self.is_asked(module.functions[number], row):
            return False
        others = [one for one in module.functions if one.facts.parent == number and not one.facts.flags & (ASYNC | LAMBDA)]
        calls = [used for one in others for kind, used, _, _ in one.facts.uses if kind == USE_CALL]
        plain = [call for call in calls if module.broad(module.rows[call][1]) == row]
        return bool(plain) and not any(kind == CALL and not set(plain).isdisjoint(parts) for kind, _, _, parts in module.rows)

    def _is_given_coroutine_functions(self, module: Module, callee: int, value: Value) -> bool:
        """Whether a callable is a parameter of which nothing is declared but that, and all calls of the program give coroutine functions
        for it, or what hands on a coroutine."""
        operation, number, _, rest = module.rows[module.broad(callee)]
        if operation != PARAM or any(not _is_bare_callable(one) for one in value.alternatives if not is_none(one)):
            return False
        function = module.functions[number]
        if rest[0] == 0 and function.owner is not None:
            return False
        given = self.linker.given_by_calls(function, rest[0])
        return bool(given) and all(one.alternatives and not one.open and all(map(self._gives_coroutine, one.alternatives)) for one in given)

    def _gives_coroutine(self, alternative: Alternative) -> bool:
        function = _function_of(alternative)
        return is_coroutine_function(alternative) or (function is not None and self._gives(function, COROUTINE))

    def _may_still_be(self, function: Function, row: int) -> bool:
        """Whether a coroutine passes the test that narrowed a row: that it is no instance of something else."""
        _, _, how, classes = function.module.rows[row]
        if how != "not":
            return False
        for tested in classes:
            for alternative in self.linker.value(function.module, tested).alternatives:
                if not isinstance(alternative, (Class, External)) or alternative.name.rpartition(".")[2] in _AWAITABLE_CLASSES:
                    return False
        return True

    def _is_property(self, function: Function, row: int) -> bool:
        """Whether an attribute is computed when it is read; one that is stored may be None as well, as a rule."""
        _, base, name, _ = function.module.rows[row]
        if name not in self.linker.property_names:
            return False
        for owner in self.linker.value(function.module, base).alternatives:
            member = self.linker.member(owner.klass, name, owner.behind) if isinstance(owner, Instance) else None
            if member is None or not all(isinstance(part, Function) and part.nature == "property" for part in member.alternatives):
                return False
        return True

    def _declared(self, function: Function, callee: int) -> Made | None:
        """What calling a method gives that the receiver's class defines as a coroutine function; likely only where a subclass does not."""
        operation, base, name, _ = function.module.rows[callee]
        owners = self.linker.value(function.module, base) if operation == ATTR else NOTHING_KNOWN
        found: list[Function] = []
        is_kept = True
        for owner in owners.alternatives:
            if is_none(owner):
                continue
            member = self.linker.member(owner.klass, name, owner.behind) if isinstance(owner, Instance) else None
            if member is None or not isinstance(owner, Instance) or len(member.alternatives) != 1:
                return None
            defined = member.alternatives[0]
            if not isinstance(defined, Function) or not self._is_plain_coroutine_function(defined):
                return None
            found.append(defined)
            overrides = [] if owner.exact else self.linker.overrides(owner.klass, name)
            if defined.facts.flags & STUB and overrides and not any(map(self._is_plain_coroutine_function, overrides)):
                return None
            is_kept = is_kept and all(self._is_plain_coroutine_function(override) for override in overrides)
        if not found:
            return None
        certainty = Certainty.CERTAIN if is_kept and not owners.open else Certainty.LIKELY
        return Made(COROUTINE, certainty, found[0].facts.name.rpartition(".")[2], found[0])

    def _callees(self, function: Function, callee: int) -> Made | None:
        """What a call gives whose callees are all known to give a coroutine."""
        value = self.linker.value(function.module, callee)
        found = [self._of_callee(part) for part in value.alternatives if not is_none(part)]
        made = _joined(found) if found else None
        if made is not None and (value.open or len(found) > 1):
            made = made._replace(certainty=min(made.certainty, Certainty.LIKELY))
        return made

    def _of_callee(self, alternative: Alternative) -> Made | None:
        function = _function_of(alternative)
        if isinstance(alternative, Instance):
            if _is_known_callable(alternative):
                return self.of_value(alternative.arguments[-1])
            member = self.linker.member(alternative.klass, "__call__") if alternative.klass.facts is not None else None
            only = member.alternatives[0] if member is not None and len(member.alternatives) == 1 else None
            function = only if isinstance(only, Function) else None
        if function is not None and self._is_plain_coroutine_function(function):
            return Made(COROUTINE, Certainty.CERTAIN, function.facts.name.rpartition(".")[2], function)
        if isinstance(alternative, External) and is_coroutine_function(alternative):
            return Made(COROUTINE, Certainty.CERTAIN, alternative.name.rpartition(".")[2])
        return None

    def _is_plain_coroutine_function(self, function: Function) -> bool:
        self.linker.link_decorators(function)
        return not function.doubtful and pending_nature(function) == COROUTINE and not self._may_be_generator(function)

    def _may_be_generator(self, function: Function) -> bool:
        """Whether a function says that it gives an asynchronous iterator, and has no body that shows whether it is to be awaited for it."""
        if not function.facts.flags & STUB or not function.facts.result:
            return False
        declared = self.linker.value(function.module, function.facts.result).alternatives
        return any(isinstance(one, Instance) and one.klass.name in _ASYNC_ITERATORS for one in declared)

    def _weighed(self, made: Made, value: Value, callee: Value, in_coroutine: bool) -> Made:
        """How sure it is that a call gives what all that is known of its result is."""
        certainty = made.certainty
        if value.open and not all(_is_known_callable(alternative) for alternative in callee.alternatives):
            functions = [_function_of(alternative) for alternative in callee.alternatives]
            is_plain = all(one is not None and self._gives(one, made.nature) for one in functions)
            certainty = min(certainty, Certainty.LIKELY if callee.open and is_plain and functions else Certainty.POSSIBLE)
        bound = [alternative.certainty for alternative in callee.alternatives if isinstance(alternative, Bound)]
        if bound and len(bound) == len(callee.alternatives):
            certainty = min(certainty, max(bound))
        if certainty is Certainty.LIKELY and not in_coroutine:
            certainty = Certainty.POSSIBLE  # plain code uses the plain one of two classes that are alike
        return made._replace(certainty=certainty)

    def _gives(self, function: Function, nature: str) -> bool:
        """Whether a function gives something of this nature whenever it is called: itself, or in that it hands on what another gives."""
        if pending_nature(function) is not None:
            return pending_nature(function) == nature
        if function.doubtful or function.nature not in ("keep", "static", "class"):
            return False
        value = self.linker.result_of(function, None)
        made = self.of_value(value)
        if made is not None and made.nature == AWAITABLE and function.facts.returned:
            value = self.linker.value(function.module, function.facts.returned)
            made = self.of_value(value)
        return made is not None and made.nature == nature and made.certainty is Certainty.CERTAIN and not value.open

    @property
    def evidence(self) -> Evidence:
        """How the program treats what calls give; counted when it is first asked for."""
        if self._evidence is None:
            self._evidence = Evidence(self.linker)
        return self._evidence

    def of_value(self, value: Value) -> Made | None:
        """What a value is, if all its known alternatives are of one nature."""
        found: list[Made] = []
        for alternative in value.alternatives:
            made = self._of(alternative)
            if made is None:
                return None
            found.append(made)
        natures = {made.nature for made in found}
        if len(natures) > 1 and natures != {COROUTINE, AWAITABLE}:
            return None
        least = min(found, key=lambda made: (made.nature == COROUTINE, made.certainty)) if found else None
        return least._replace(certainty=min(made.certainty for made in found)) if least is not None else None

    def collection(self, value: Value) -> str:
        """What kind of a collection a value certainly is, ``a list``, if what it holds may be awaited; empty for anything else."""
        kinds = [self._collection(alternative) for alternative in value.alternatives]
        return kinds[0] if kinds and all(kinds) and not value.open else ""

    def _collection(self, alternative: Alternative) -> str:
        if isinstance(alternative, Pending):  # a generator function of the program may be a coroutine of the old style
            return "a generator" if alternative.nature == "generator" and isinstance(alternative.callee, External) else ""
        if not isinstance(alternative, Instance) or alternative.klass.name not in _COLLECTIONS:
            return ""
        if any(held.alternatives and not held.open and self.of_value(held) is None for held in alternative.arguments[-1:]):
            return ""
        return f"a {alternative.klass.name.rpartition('.')[2].lower()}"

    def _of(self, alternative: Alternative) -> Made | None:
        if isinstance(alternative, Pending):
            return self._of_pending(alternative)
        if not isinstance(alternative, Instance):
            return None
        klass = alternative.klass
        name = klass.name.rpartition(".")[2]
        if any(klass.derives_from(base) for base in _EAGER_CLASSES):
            return Made(EAGER, Certainty.CERTAIN, name)
        if klass.derives_from("collections.abc.Coroutine"):
            return Made(COROUTINE, Certainty.CERTAIN, name)
        if klass.name == "collections.abc.Awaitable":
            return Made(AWAITABLE, Certainty.LIKELY, name)
        if klass.name in _ASYNC_ITERATORS:
            return Made(ASYNC_GENERATOR, Certainty.CERTAIN, name)
        return None

    def _of_pending(self, pending: Pending) -> Made | None:
        if pending.nature not in (COROUTINE, ASYNC_GENERATOR, ASYNC_MANAGER):
            return None
        callee = pending.callee
        name = callee.name.rpartition(".")[2]
        if isinstance(callee, External):
            return Made(pending.nature, Certainty.CERTAIN, name)
        called_elsewhere = not pending.origin[1]  # as a type variable says, which knows nothing of who awaits
        is_doubtful = callee.doubtful or called_elsewhere or self._may_be_generator(callee)
        return Made(pending.nature, Certainty.POSSIBLE if is_doubtful else Certainty.CERTAIN, name, callee)


def is_coroutine_function(alternative: Alternative) -> bool:
    """Whether a callable certainly gives a coroutine when it is called."""
    if isinstance(alternative, External):
        return alternative.entry is not None and alternative.entry.coroutine
    function = _function_of(alternative)
    return function is not None and not function.doubtful and pending_nature(function) == COROUTINE


def _joined(parts: list[Made | None]) -> Made | None:
    """What one of several is, if all are of one nature."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or any(part.nature != known[0].nature for part in known):
        return None
    return known[0]._replace(certainty=min(part.certainty for part in known))


def _is_declared_awaitable(alternative: Alternative) -> bool:
    """Whether something is declared to be there for whoever awaits, beside others who get the value itself."""
    return isinstance(alternative, Instance) and alternative.klass.name == "collections.abc.Awaitable"


def _is_known_callable(alternative: Alternative) -> bool:
    """Whether something is declared as a callable, together with all that it gives."""
    if isinstance(alternative, Variable):
        return bool(alternative.bound.alternatives) and all(map(_is_known_callable, alternative.bound.alternatives))
    if not isinstance(alternative, Instance) or alternative.klass.name != _CALLABLE:
        return False
    return bool(alternative.arguments) and not alternative.arguments[-1].open


def _is_bare_callable(alternative: Alternative) -> bool:
    """Whether something is declared as a callable, and no more is said of it."""
    return isinstance(alternative, Instance) and alternative.klass.name == _CALLABLE and not _is_known_callable(alternative)


def _function_of(alternative: Alternative) -> Function | None:
    only = unbound(alternative)
    return only if isinstance(only, Function) else None
