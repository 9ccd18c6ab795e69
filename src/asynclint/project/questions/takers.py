"""What a callable does with a coroutine that it is given: sees to it, or takes it for a value.

Asked of the callable in this order: what is known about it, what its parameter declares, what its body does with the parameter, and what
other calls in the program give it.
"""

from __future__ import annotations

import re
import sys
from typing import Final

from asynclint.knowledge import CallableEntry
from asynclint.model import Certainty
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import (
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
    Variable,
    unbound,
)
from asynclint.project.questions.awaitables import Awaitables
from asynclint.project.questions.fates import last_name
from asynclint.project.questions.users import Users
from asynclint.source.names import LOOKS, TAKERS
from asynclint.source.references import (
    AENTER,
    ANNOTATED,
    ATTR,
    AWAIT,
    BINARY,
    CALL,
    COLLECTION,
    CONST,
    ITEM,
    ITER,
    NAME,
    NARROWED,
    PARAM,
    STAR,
    TEST,
    UNION,
    Row,
    keywords_of,
)
from asynclint.source.roles import is_passed
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import (
    USE_AENTER,
    USE_AWAIT,
    USE_CALL,
    USE_EXCHANGE,
    USE_ITER,
    USE_LOOP,
    USE_READ,
    USE_RETURN,
    USE_STORE,
    USE_TEST,
    USE_YIELD,
)

OF_COROUTINES: Final = frozenset({"close", "send", "throw", "__await__", "__name__", "__qualname__", "__class__"})
"""Attributes of a coroutine itself; so are those that start with ``cr_``."""

_OF_TASKS: Final = frozenset({"add_done_callback", "cancel", "cancelled", "done", "exception", "result"})

_TAKES_VALUES: Final = frozenset({
    "builtins", "base64", "binascii", "datetime", "decimal", "fractions", "hashlib", "html", "io", "json", "logging", "math", "orjson",
    "os", "pathlib", "pickle", "posixpath", "random", "re", "shutil", "statistics", "struct", "textwrap", "time", "urllib", "uuid", "yaml",
    "zlib",
})  # fmt: skip
"""Modules whose functions and classes compute with what they are given."""

_ONLY_LOOK: Final = frozenset({
    "callable", "delattr", "dir", "getattr", "hasattr", "hash", "help", "id", "isinstance", "issubclass", "setattr", "type", "vars",
    "super", "object", "property", "classmethod", "staticmethod",
})  # fmt: skip
_KEEPS: Final = frozenset({
    "add", "append", "appendleft", "insert", "put", "put_nowait", "setdefault", "index", "remove", "discard", "count",
})  # fmt: skip
"""Methods of collections that keep what they are given, or only compare it."""

_FILLS: Final = frozenset({"append", "clear", "extend", "insert", "reverse", "sort"})
"""Methods of a list that give nothing of it away."""

_SEES_TO: Final = re.compile(
    r"async|await|background|catch|coro|defer|drive|execut|fire|future|gather|job|launch|lazy|loop|pending|promise|run|schedul|shield|spawn|"
    r"start|submit|sync|task|"
    r"thread|time_?out|track|wait|wrap|retry"
)
"""Parts of names of what sees to coroutines."""

_ANYTHING: Final = frozenset({
    "builtins.object", "typing.Any", "collections.abc.Awaitable", "collections.abc.Callable", "collections.abc.Coroutine",
    "collections.abc.Generator", "collections.abc.Hashable", "collections.abc.Iterator",
    "collections.abc.AsyncIterator", "collections.abc.AsyncGenerator", "types.CoroutineType",
})  # fmt: skip
"""Declared types that a coroutine may be, or that tell nothing."""

_SAYS_NOTHING: Final = frozenset({"builtins.object", "typing.TypeVar", "typing_extensions.TypeVar"})
"""What ``cast`` is told where nobody cares for the type, or the caller tells it."""

_CONVERTS: Final = re.compile(
    r"_*(check|compare|convert|count|decode|dump|encode|extract|format|from_|is_|json|load|model_|normali[sz]e|parse|render|"
    r"(de)?seriali[sz]e|str|to_|valid)"
)
"""Beginnings of names of what computes with what it is given."""

_MAY_BE_ALIAS: Final = re.compile(
    r"Any|Await|Call|Coro|Defer|Func|Future|Handler|Hook|Job|Promise|Task|Thunk|Work|Object|^[A-Z]$|^T_|_?T(_co)?$"
)
"""Parts of names of types that are not understood and may stand for what can be awaited."""

_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})

_AWAITABLE: Final = frozenset({"collections.abc.Awaitable", "concurrent.futures.Future"})

_HANDS_ON: Final = frozenset({USE_EXCHANGE, USE_RETURN, USE_STORE, USE_YIELD})

_MOST_PLACES: Final = 64
_DEEPEST: Final = 3


class Takers:
    """Answers for the calls of a linked program."""

    def __init__(self, linker: Linker, awaitables: Awaitables) -> None:
        self.linker = linker
        self.awaitables = awaitables
        self._users: dict[Module, Users] = {}
        self._parameters: dict[Module, dict[tuple[int, int], int]] = {}
        self._given: dict[Module, frozenset[int]] = {}
        self._attributes: dict[str, list[tuple[Module, int]]] | None = None

    def takes_value(self, function: Function, call: int, argument: int) -> Certainty | None:
        """How sure it is that a call in `function` takes its argument `argument` (a row) for a value; None where it may see to it."""
        module = function.module
        rows = module.rows
        name = last_name(rows, rows[call][1])
        if name in _KEEPS:
            return self._keeps_values(module, call)
        if name in TAKERS or name in _ONLY_LOOK:
            return None
        position, keyword = _place_of(module, call, argument)
        callee = self.linker.value(module, rows[call][1])
        if rows[rows[call][1]][:3] == (NAME, 0, "typing.cast"):
            told = self.linker.value(module, rows[call][3][0])
            return Certainty.LIKELY if position == 1 and function.facts.flags & ASYNC and self._is_told_otherwise(told) else None
        if not callee.alternatives:
            if _SEES_TO.search(name.lower()):
                return None
            return self._by_name(name) or self._by_other_calls(function, call, name, position, keyword)
        sure = Certainty.LIKELY if callee.open else Certainty.CERTAIN
        if all(isinstance(alternative, Constant) for alternative in callee.alternatives):
            return None  # an optional callable, of which only the None is known
        for alternative in callee.alternatives:
            if isinstance(alternative, Constant) or (isinstance(alternative, Bound) and alternative.certainty is Certainty.POSSIBLE):
                continue  # None, or what a subclass makes of it
            answer = self._asked(alternative, position, keyword, 0)
            if answer is None and self._enters(alternative, module, argument, position, keyword):
                answer = Certainty.LIKELY
            if answer is None and self._is_unknown(alternative) and not _SEES_TO.search(name.lower()):
                answer = self._by_other_calls(function, call, name, position, keyword)
            if answer is None:
                return None
            sure = min(sure, answer)
        return sure

    def _is_told_otherwise(self, value: Value) -> bool:
        """Whether ``cast`` is told something that nobody says of a coroutine: another class, any object, a type variable."""
        if self._is_other_class(value):
            return True
        names = [one.klass.name if isinstance(one, Instance) else getattr(one, "name", "") for one in value.alternatives]
        return bool(names) and not value.open and all(name in _SAYS_NOTHING for name in names)

    def _enters(self, callee: Alternative, module: Module, argument: int, position: int, keyword: str) -> bool:
        """Whether a call enters its argument, a coroutine of the program: some of what libraries give can be awaited and entered."""
        if not isinstance(callee, External) or callee.entry is None or _name_of(callee.entry, position, keyword) not in callee.entry.enters:
            return False
        given = self.linker.value(module, argument).alternatives
        return all(isinstance(one, Pending) and isinstance(one.callee, Function) for one in given)

    def may_see_to(self, function: Function, call: int, argument: int) -> bool:
        """Whether a call may see to a coroutine that it is given, as far as names and bodies tell."""
        module = function.module
        name = last_name(module.rows, module.rows[call][1])
        if name in TAKERS or name in _KEEPS or name in _ONLY_LOOK or _SEES_TO.search(name.lower()):
            return True
        position, keyword = _place_of(module, call, argument)
        for alternative in self.linker.value(module, module.rows[call][1]).alternatives:
            target = unbound(alternative)
            if isinstance(target, Class) and target.is_own and self._field_may_be_seen_to(target, position, keyword):
                return True
            if isinstance(target, External) and _SEES_TO.search(".".join(target.name.lower().split(".")[-2:])):
                return True
            if isinstance(target, (External, Class)) and (target.entry is not None or _is_of_python(target.name)):
                return True  # what it does with its arguments is known, and asked for elsewhere
            if isinstance(target, Function) and self._body_may_see_to(target, position + isinstance(alternative, Bound), keyword):
                return True
        return False

    def _field_may_be_seen_to(self, klass: Class, position: int, keyword: str) -> bool:
        """Whether the program may see to what an object of a class has in the field that an argument is for. Where its constructor is
        written out, that is not known."""
        field = keyword or _field_of(klass, position)
        initialiser = self.linker.member(klass, "__init__")
        own = [part for part in initialiser.alternatives if isinstance(part, Function)] if initialiser is not None else []
        is_written = any(not part.module.is_dependency for part in own)  # that of a library's base, as of pydantic, fills the fields
        if is_written or not any(base.facts is not None and field in base.facts.declared for base in klass.mro):
            return True
        for module, row in self.attributes_of(field):
            for user in self.users_in(module).of(row):
                operation, _, _, rest = module.rows[user]
                if operation in (AWAIT, AENTER) or (operation == CALL and row in rest and self.is_taker(module, user)):
                    return True
        return False

    def _body_may_see_to(self, function: Function, position: int, keyword: str) -> bool:
        parameters = function.facts.parameters
        position = function.place(position, keyword)
        if not 0 <= position < len(parameters):
            return True
        row = self.row_of(function, position)
        if row and row in self.given_away(function.module):
            return True
        converts = _CONVERTS.match(function.facts.name.rpartition(".")[2]) is not None
        for user in self.users_in(function.module).of(row) if row else ():
            operation, base, _, rest = function.module.rows[user]
            if operation in (AWAIT, AENTER, STAR, COLLECTION, UNION):
                return True
            if operation == CALL and row in rest:
                name = last_name(function.module.rows, base)
                if name not in _ONLY_LOOK and (_SEES_TO.search(name.lower()) or not (converts or _CONVERTS.match(name))):
                    return True
        return False

    def excludes_stored(self, function: Function, target: int) -> Certainty | None:
        """How sure it is that what is assigned to `target` (the row of an attribute or of a declared type) must be a value."""
        module = function.module
        operation, base, name, _ = module.rows[target]
        if operation == ITEM:
            return None
        if operation != ATTR:
            return Certainty.CERTAIN if self.excludes(self.linker.value(module, target), of_coroutines=True) else None
        for owner in self.linker.value(module, base).alternatives:
            klass = owner.klass if isinstance(owner, Instance) else None
            for holder in klass.mro if klass is not None else ():
                declaration = _declaration(holder, name)
                if declaration and holder.module is not None:
                    return Certainty.CERTAIN if self.excludes(self.linker.value(holder.module, declaration)) else None
        return Certainty.LIKELY if self._attribute_is_value(module, name) else None

    def may_be_seen_to_in(self, function: Function, target: int) -> bool:
        """Whether the file awaits what it has stored in an attribute or in a collection, or gives it to something that may."""
        module = function.module
        operation, base, name, _ = module.rows[target]
        return self._may_be_seen_to(module, name) if operation == ATTR else self._is_seen_to_in(module, [base])

    def _is_seen_to_in(self, module: Module, waiting: list[int]) -> bool:
        """Whether a file awaits what stands in these rows or in a part of it, or gives it to something that may."""
        users = self.users_in(module)
        for place in waiting:  # the list grows
            for user in users.of(place):
                kind, of, what, rest = module.rows[user]
                is_awaited = kind in (AWAIT, AENTER) or (kind == ATTR and _is_of_coroutine(what))
                if is_awaited or (kind == CALL and place in rest and last_name(module.rows, of) not in _ONLY_LOOK):
                    return True
                is_reading = kind in (ITEM, ITER, STAR) or (kind == ATTR and what in ("values", "items", "pop", "get")) or kind == CALL
                is_part = kind in (COLLECTION, UNION) and place in rest
                if (is_part or (is_reading and of == place)) and len(waiting) < _MOST_PLACES:
                    waiting.append(user)
        return False

    def is_kept_as_value(self, function: Function, target: int) -> bool:
        """Whether what is stored in an attribute of a method's own object is read as a value only, by all files that read an attribute of
        this name; one that others may read is read as one somewhere."""
        module = function.module
        _, base, name, _ = module.rows[target]
        operation, _, _, rest = module.rows[base]
        if operation != PARAM or rest[0] != 0 or function.owner is None:
            return False
        reads: dict[Module, list[int]] = {}
        for other, row in self.attributes_of(name):
            if self._may_be_of(other, other.rows[row][1], function.owner):
                reads.setdefault(other, []).append(row)
        if len(reads) > _MOST_PLACES or any(not self.given_away(other).isdisjoint(rows) for other, rows in reads.items()):
            return False
        if any(self._is_seen_to_in(other, list(rows)) for other, rows in reads.items()):
            return False
        return name.startswith("_") or any(self._is_read_as_value(other, rows) for other, rows in reads.items())

    def _may_be_of(self, module: Module, row: int, klass: Class) -> bool:
        """Whether a row may be an object of a class, for all that is known."""
        value = self.linker.value(module, row)
        known = [one.klass for one in value.alternatives if isinstance(one, Instance)]
        return not known or value.open or any(klass in one.mro or one in klass.mro for one in known)

    def _may_be_seen_to(self, module: Module, name: str) -> bool:
        """Whether a file awaits what it has stored in an attribute of this name, or gives it to something that may."""
        reads = [number for number, row in enumerate(module.rows) if row[0] == ATTR and row[2] == name]
        return self._is_seen_to_in(module, reads)

    def _attribute_is_value(self, module: Module, name: str) -> bool:
        """Whether the file reads an attribute of this name as a value, and never awaits it or gives it to something that may."""
        reads = [number for number, (operation, _, text, _) in enumerate(module.rows) if operation == ATTR and text == name]
        return self._is_read_as_value(module, reads)

    def _is_read_as_value(self, module: Module, reads: list[int]) -> bool:
        users = self.users_in(module)
        found = False
        for number in reads:
            for user in users.of(number):
                kind, base, what, rest = module.rows[user]
                if kind in (AWAIT, AENTER, COLLECTION, UNION, STAR) or (kind == CALL and base != number and number in rest):
                    return False
                if kind == ATTR:
                    if _is_of_coroutine(what) or what in _OF_TASKS:
                        return False
                    found = True
                found = found or kind in (ITEM, ITER)
        return found

    def _is_unknown(self, alternative: Alternative) -> bool:
        if isinstance(alternative, External):
            entry = alternative.entry
            if entry is None:
                return True
            says = entry.runs or entry.awaits or entry.enters or entry.leaves or entry.decorates
            return not says and not _is_of_python(alternative.name)
        return isinstance(alternative, Class) and alternative.facts is None and alternative.entry is None

    def _asked(self, callee: Alternative, position: int, keyword: str, depth: int) -> Certainty | None:
        if isinstance(callee, External):
            if callee.entry is not None and _takes_more(callee.entry, position, keyword):
                return None
            return self._known(callee.name) or self._by_name(callee.name)
        if isinstance(callee, (Function, Bound)):
            function = unbound(callee)
            return self._of_function(function, position + isinstance(callee, Bound), keyword, depth)
        if isinstance(callee, Class):
            return self._of_class(callee, position, keyword, depth)
        return None

    def _known(self, name: str) -> Certainty | None:
        top, _, last = name.partition(".")
        last = last.rpartition(".")[2]
        if top not in _TAKES_VALUES or last in _ONLY_LOOK or last in _KEEPS:
            return None
        return Certainty.CERTAIN

    def _by_name(self, name: str) -> Certainty | None:
        """What the name of something unknown tells: a class, or a function that reads, checks or converts what it is given."""
        last = name.rpartition(".")[2]
        if _is_of_python(name) or _SEES_TO.search(last.lower()) or _MAY_BE_ALIAS.search(last):
            return None
        return Certainty.LIKELY if (last[:1].isupper() and not last.isupper()) or _CONVERTS.match(last) else None

    def _of_class(self, klass: Class, position: int, keyword: str, depth: int) -> Certainty | None:
        if klass.facts is None or klass.module is None:
            if klass.entry is None and not klass.name.startswith("builtins."):
                return self._by_name(klass.name)
            return None if keyword and klass.name == "builtins.dict" else self._known(klass.name)
        initialiser = self.linker.member(klass, "__init__")
        functions = [part for part in initialiser.alternatives if isinstance(part, Function)] if initialiser is not None else []
        if functions:
            return self._of_function(functions[0], position + 1, keyword, depth) if len(functions) == 1 else None
        inherited = [part for part in initialiser.alternatives if isinstance(part, External)] if initialiser is not None else []
        if inherited and not keyword and klass.complete:  # as of a class that derives from `dict`
            return Certainty.LIKELY if any(self._known(part.name) for part in inherited) else None
        keyword = keyword or _field_of(klass, position)
        declared = [
            self.linker.value(base.module, base.facts.declared[keyword])
            for base in klass.mro
            if base.facts is not None and base.module is not None and keyword in base.facts.declared
        ]
        return Certainty.LIKELY if declared and self.excludes(declared[0]) else None

    def _of_function(self, function: Function, position: int, keyword: str, depth: int) -> Certainty | None:
        parameters = function.facts.parameters
        position = function.place(position, keyword)
        if not 0 <= position < len(parameters) or depth > _DEEPEST or function.entry is not None:
            return None
        parameter = parameters[position]
        if parameter.declared:
            declared = self.linker.value(function.module, parameter.declared)
            if declared.alternatives and not declared.open:
                return Certainty.CERTAIN if self.excludes(declared) and not function.doubtful else None
        row = self.row_of(function, position)
        return Certainty.LIKELY if row and self._body_takes_value(function, row, depth) else None

    def _keeps_values(self, module: Module, call: int) -> Certainty | None:
        """How sure it is that a collection is declared to hold values."""
        operation, base, _, _ = module.rows[module.rows[call][1]]
        held = self.linker.value(module, base) if operation == ATTR else NOTHING_KNOWN
        for alternative in held.alternatives:
            if not isinstance(alternative, Instance) or alternative.exact or not alternative.arguments:
                return None
            if not self.excludes(alternative.arguments[-1]):
                return None
        return Certainty.LIKELY if held.alternatives and not held.open else None

    def is_lost_in_list(self, function: Function, call: int) -> bool:
        """Whether a coroutine function puts something into a list of its own and does nothing with that but to fill and return it, or to
        compute with what is in it."""
        _, held, name, _ = function.module.rows[function.module.rows[call][1]]
        return name == "append" and self._is_lost_in(function, held, "list")

    def is_lost_in_dict(self, function: Function, target: int) -> bool:
        """The same for an item of a dictionary, which is assigned."""
        operation, held, _, _ = function.module.rows[target]
        return operation == ITEM and self._is_lost_in(function, held, "dict")

    def _is_lost_in(self, function: Function, held: int, wanted: str) -> bool:
        module = function.module
        kind, _, text, parts = module.rows[held]
        if (kind, text, parts) != (COLLECTION, wanted, ()) or not function.facts.flags & ASYNC:
            return False
        inside = [one for one in module.functions if one is function or one.facts.parent == function.number]
        return all(self._only_fills(one, held) for one in inside)

    def _only_fills(self, function: Function, held: int) -> bool:
        rows = function.module.rows
        for kind, used, _, _ in function.facts.uses:
            if kind == USE_CALL:
                _, callee, _, rest = rows[used]
                is_own = rows[callee][:2] == (ATTR, held)
                if last_name(rows, callee) == "len":
                    continue
                given = [one for one in rest if rows[one][0] != ITER]
                if (is_own and rows[callee][2] not in _FILLS) or any(_holds(rows, one, held) for one in given):
                    return False
            elif kind == USE_ITER and rows[used][1] == held:
                if not self._is_value_in(function, used):
                    return False
            elif (
                kind not in (USE_LOOP, USE_RETURN, USE_TEST)
                and _holds(rows, used, held)
                and not (kind == USE_READ and rows[used][2] in _FILLS)
            ):
                return False
        return True

    def _is_value_in(self, function: Function, row: int) -> bool:
        """Whether a function only computes with the value of a row, as that of a loop's variable."""
        rows = function.module.rows
        if any(rows[user][0] in (COLLECTION, STAR, UNION) for user in self.users_in(function.module).of(row)):
            return False
        for kind, used, _, _ in function.facts.uses:
            _, base, _, rest = rows[used]
            if kind == USE_CALL and row in rest:
                if self.takes_value(function, used, row) is None and last_name(rows, base) not in LOOKS:
                    return False
            elif (kind in (USE_AWAIT, USE_AENTER, USE_ITER) and base == row) or (kind in _HANDS_ON and used == row):
                return False
        return True

    def is_asked_for_other(self, module: Module, call: int, argument: int) -> bool:
        """Whether a call asks of its argument if it is an instance of something that no coroutine is."""
        operation, callee, keywords, rest = module.rows[call]
        if operation != CALL or keywords or len(rest) != 2 or rest[0] != argument:
            return False
        if module.rows[callee][:3] != (NAME, 0, "builtins.isinstance"):
            return False
        kind, _, _, parts = module.rows[rest[1]]
        return all(self._is_other_class(self.linker.value(module, part)) for part in (parts if kind == COLLECTION else rest[1:]))

    def _is_other_class(self, value: Value) -> bool:
        """Whether a value certainly is a class, or a declared type, that no coroutine is an instance of: whether its own objects can be
        awaited, does not matter."""
        if value.open or not value.alternatives:
            return False
        return all(_is_concrete(one) or self.excludes(self.linker.declared_as(one, ())) for one in value.alternatives)

    def is_taker(self, module: Module, call: int) -> bool:
        """Whether the name of what is called says that it sees to coroutines, or keeps them."""
        name = last_name(module.rows, module.rows[call][1])
        return name in TAKERS or name in _KEEPS or _SEES_TO.search(name.lower()) is not None

    def excludes(self, declared: Value, of_coroutines: bool = False) -> bool:
        """Whether a declared type certainly is nothing to await, or no coroutine."""
        if declared.open or not declared.alternatives:
            return False
        for alternative in declared.alternatives:
            if isinstance(alternative, Constant):
                continue
            if isinstance(alternative, Class) or (isinstance(alternative, Variable) and self.excludes(alternative.bound)):
                continue  # of `type[T]`
            if not isinstance(alternative, Instance):
                return False
            klass = alternative.klass
            if any(base.name in _PROTOCOLS for base in klass.mro):
                if not _asks_for_more(klass):
                    return False
                continue
            if not klass.complete and klass.facts is None and klass.name.startswith("typing"):
                return False
            if any(base.facts is None and not base.complete and _MAY_BE_ALIAS.search(base.name.rpartition(".")[2]) for base in klass.mro):
                return False
            if any(base.name in _AWAITABLE or base.name.startswith("asyncio.") for base in klass.mro):
                return False
            has_await = (klass.facts is None or not of_coroutines) and self.linker.member(klass, "__await__") is not None
            if klass.name in _ANYTHING or has_await:
                return False
        return not all(isinstance(alternative, Constant) for alternative in declared.alternatives)

    def row_of(self, function: Function, position: int) -> int:
        """The row of a parameter; 0 where the function's file makes nothing of it."""
        parameters = self._parameters.get(function.module)
        if parameters is None:
            users = self.users_in(function.module)
            parameters = self._parameters[function.module] = {
                (owner, rest[0]): row
                for row, (operation, owner, _, rest) in enumerate(function.module.rows)
                if operation == PARAM and users.of(row)
            }
        return parameters.get((function.number, position), 0)

    def users_in(self, module: Module) -> Users:
        """For every row the rows that are made of it."""
        users = self._users.get(module)
        if users is None:
            users = self._users[module] = Users(module.rows)
        return users

    def attributes_of(self, name: str) -> list[tuple[Module, int]]:
        """All rows of the program that read an attribute of this name."""
        if self._attributes is None:
            self._attributes = {}
            for module in self.linker.modules.values():
                for row, (operation, _, text, _) in enumerate(module.rows):
                    if operation == ATTR:
                        self._attributes.setdefault(text, []).append((module, row))
        return self._attributes.get(name, [])

    def _body_takes_value(self, function: Function, row: int, depth: int) -> bool | None:
        """Whether a function's body computes with its parameter; None where it does something with it that may see to a coroutine."""
        module = function.module
        if row in self.given_away(module):
            return None
        found = False
        for user in self.users_in(module).of(row):
            operation, base, text, rest = module.rows[user]
            takes: bool | None = operation in (ITEM, ITER) and base == row
            if operation == ATTR:
                takes = None if _is_of_coroutine(text) or text in _OF_TASKS else True
            elif operation == CALL and row in rest:
                takes = self._inner_takes_value(module, user, row, depth) or self.is_asked_for_other(module, user, row)
                if not takes and last_name(module.rows, base) not in _ONLY_LOOK:
                    return None
            elif operation == BINARY:
                takes = text != "not"
            elif operation in (NARROWED, UNION):
                if depth > _DEEPEST or user == row:
                    return None
                takes = self._body_takes_value(function, user, depth + 1)
                if takes is None and operation == NARROWED and not is_passed(module.rows, user):
                    takes = False  # no coroutine comes there
            elif operation not in (CONST, TEST) and not takes:
                return None
            if takes is None:
                return None
            found = found or takes
        return found

    def _inner_takes_value(self, module: Module, call: int, row: int, depth: int) -> bool:
        _, base, _, _ = module.rows[call]
        position, keyword = _place_of(module, call, row)
        callee = self.linker.value(module, base)
        if callee.open or not callee.alternatives or last_name(module.rows, base) in TAKERS:
            return False
        return all(self._asked(alternative, position, keyword, depth + 1) is not None for alternative in callee.alternatives)

    def given_away(self, module: Module) -> frozenset[int]:
        """The rows that functions of a file return, yield, or assign to attributes."""
        given = self._given.get(module)
        if given is None:
            rows = [row for function in module.functions for row in (function.facts.returned, function.facts.yielded)]
            rows += [row for klass in module.facts.classes for row in klass.assigned.values()]
            rows += [row for _, _, row in module.facts.stores]
            parts = [part for row in rows if module.rows[row][0] != CALL for part in module.rows[row][3]]
            given = self._given[module] = frozenset([*rows, *parts])
        return given

    def _by_other_calls(self, function: Function, call: int, name: str, position: int, keyword: str) -> Certainty | None:
        """What other calls of something of this name give it: values, and not in the same file a coroutine, tell that it takes values."""
        if not name:
            return None
        values = coroutines = 0
        places = sorted(self.linker.calls_of(name), key=lambda place: place[0] is not function.module)  # those of the file first
        for module, number in places[:_MOST_PLACES]:
            if module is function.module and number == call:
                continue
            rest = module.rows[number][3]
            names = keywords_of(module.rows[number])
            if keyword:
                index = len(rest) - len(names) + names.index(keyword) if keyword in names else -1
            else:
                index = position if position < len(rest) - len(names) else -1
            if index < 0:
                continue
            if module.rows[rest[index]][0] in (AWAIT, CONST, COLLECTION, BINARY):
                values += 1
                continue
            given = self.linker.value(module, rest[index])
            if given.alternatives:
                is_coroutine = self.awaitables.of_value(given) is not None
                if is_coroutine and module is function.module:
                    return None
                coroutines += is_coroutine
                values += not is_coroutine
        return Certainty.LIKELY if values > 2 * coroutines else None


def _holds(rows: list[Row], row: int, part: int) -> bool:
    """Whether a row is another one, or made of it."""
    _, base, _, rest = rows[row]
    return part in (row, base) or part in rest


def _field_of(klass: Class, position: int) -> str:
    """The field of a class that a positional argument is for, as of a dataclass; empty where it is not known."""
    fields = list(dict.fromkeys(name for base in reversed(klass.mro) if base.facts is not None for name in base.facts.declared))
    return fields[position] if klass.complete and position < len(fields) else ""


def _is_concrete(alternative: Alternative) -> bool:
    """Whether something is a class that only objects of its own, and of what derives from it, are instances of."""
    if not isinstance(alternative, Class) or alternative.facts is None:
        return False
    hooks = any(base.facts is not None and "__instancecheck__" in base.facts.members for base in alternative.mro)
    known = [base.name for base in alternative.mro if base.facts is None]
    return not hooks and not any(name in _PROTOCOLS or name in _AWAITABLE or name.startswith("asyncio.") for name in known)


def _asks_for_more(protocol: Class) -> bool:
    """Whether a protocol asks for something that no coroutine has."""
    names = {name for klass in protocol.mro if klass.facts is not None for name in (*klass.facts.members, *klass.facts.declared)}
    return "__await__" not in names and any(not name.startswith("_") and not _is_of_coroutine(name) for name in names)


def _is_of_python(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def _takes_more(entry: CallableEntry, position: int, keyword: str) -> bool:
    """Whether what is known of a callable says that it runs or awaits an argument, or decorates it."""
    if entry.decorates is not None or "*" in entry.awaits:
        return True
    name = _name_of(entry, position, keyword)
    return name in entry.runs or name in entry.awaits


def _name_of(entry: CallableEntry, position: int, keyword: str) -> str:
    """The name of the parameter that an argument is for; empty where it is not known."""
    return keyword or (entry.parameters[position] if position < len(entry.parameters) else "")


def _place_of(module: Module, call: int, argument: int) -> tuple[int, str]:
    """The position of an argument among those of a call, and its keyword, which is empty for a positional one."""
    rest = module.rows[call][3]
    names = keywords_of(module.rows[call])
    position = rest.index(argument)
    return position, names[position - len(rest) + len(names)] if position >= len(rest) - len(names) else ""


def _declaration(klass: Class, name: str) -> int:
    """The row of what a class, or a method of it, declares an attribute as; 0 for none."""
    if klass.facts is None or klass.module is None:
        return 0
    if name in klass.facts.declared:
        return klass.facts.declared[name]
    rows = klass.module.rows
    assigned = klass.facts.assigned.get(name, 0)
    for part in rows[assigned][3] if rows[assigned][0] == UNION else (assigned,):
        if rows[part][0] == ANNOTATED:
            return rows[part][1]
    return 0


def _is_of_coroutine(attribute: str) -> bool:
    return attribute in OF_COROUTINES or attribute.startswith("cr_")
