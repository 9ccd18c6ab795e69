"""Evidence by usage: how the program treats what a call gives, where its definition cannot be seen.

Who awaits ``session.commit()`` in forty places, and leaves it un-awaited in one, has made a mistake there. Calls are told apart by what is
known of them: the function of the program, the name outside of it, else the receiver's name and the method's, else the method's name alone.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Bound, Class, External, Function, Instance, Value, is_none, unbound
from asynclint.source.names import TAKERS
from asynclint.source.references import (
    AENTER,
    ATTR,
    AWAIT,
    CALL,
    COLLECTION,
    ENTER,
    FUNCTION,
    ITEM,
    NAME,
    NARROWED,
    PARAM,
    STAR,
    SUPER,
    UNION,
    Row,
    keywords_of,
)
from asynclint.source.scopes import ASYNC, GENERATOR, GIVES_NOTHING, STUB
from asynclint.source.uses import AWAITED, ERROR_EXPECTED, USE_AENTER, USE_AWAIT, USE_CALL

Place = tuple[Function, int]
"""A use, as its function and number."""

_LEADS_ON: Final = frozenset({ATTR, CALL, ITEM, AWAIT, ENTER, AENTER})
"""Operations of the rows that make a path."""

_HANDS_ON: Final = 2
"""Calls in a function that only hands on what one of them gives."""

_HABIT: Final = 3
"""So many times, and never otherwise, is no slip."""

_OF_PYTHON: Final = ("builtins.", "collections.", "typing.")
"""Beginnings of names of classes that hold anything."""

_PLAIN_PYTHON: Final = sys.stdlib_module_names - {"asyncio", "contextlib", "unittest"} | {"builtins"}

_EAGER: Final = re.compile(r"task|submit|spawn|soon|nowait|executor|future|schedul|background|gather|shield|defer|emit|dispatch|thread")
"""In names of what runs whether its result is awaited or not."""

_MOCKS: Final = re.compile(r"mock|monkeypatch|(^|\.)patch$|autospec")
"""In names of what stands in for something else: what it gives, a test decides."""

_COMMON: Final = frozenset(
    name
    for kind in (str, bytes, list, dict, set, tuple, int, float, frozenset, type, Exception, io.TextIOWrapper, io.BytesIO, Path)
    for name in dir(kind)
) | frozenset({
    "acquire", "add", "body", "bytes", "cancel", "close", "commit", "connect", "debug", "done", "error", "exception", "execute", "exit",
    "fetch", "flush", "get", "info", "join", "json", "log", "notify", "open", "post", "print", "publish", "put", "read", "readline",
    "recv", "register", "release", "request", "reset", "result", "run", "save", "seek", "send", "set", "shutdown", "start", "stop",
    "submit", "sync", "text", "update", "wait", "warning", "write",
})  # fmt: skip
"""Names of methods that too many classes have for the name alone to tell anything."""

_MOST_PLACES: Final = 512
"""So many places that await something are looked at."""
_MOST_IMPORTERS: Final = 25
"""A library that more files import than this, and a quarter of the program, says nothing about what they have in common."""


class Usage(NamedTuple):
    """How often the result of a call is awaited elsewhere in the program, and one place where it is.

    Of a method whose receiver is not known it may be nowhere (None): then all classes of the program that have it define it as a coroutine
    function.
    """

    awaited: int
    example: Place | None


class _Count:
    """The places that await what a call gives, and for each file how many there are that do not."""

    __slots__ = ("awaited", "other")

    def __init__(self) -> None:
        self.awaited: list[Place] = []
        self.other: dict[Module, int] = {}


_FUNCTION: Final = "function"
"""One function of the program."""
_NAME: Final = "name"
"""One name outside of it."""
_DECORATOR: Final = "decorator"
"""Coroutine functions under one decorator that is not understood: where they are awaited as a rule, it keeps them what they are."""
_EITHER: Final = "either"
"""Functions that say that they give a value or something to await, called in coroutines of one file: which it is, its classes decide."""
_SELF: Final = "self"
"""A method on the same attribute of the same class: ``self.client.send``."""
_RECEIVER: Final = "receiver"
"""A method on receivers of one name."""
_METHOD: Final = "method"
"""A method of this name, whatever the receiver is called. What was awaited, or what a method gave, is another thing than its giver:
``(await session.execute(...)).scalar()`` is none of ``await session.scalar(...)``, nor a pipeline's command one of its client."""

_WANTED: Final = {_FUNCTION: 1, _NAME: 2, _DECORATOR: 1, _EITHER: 3, _SELF: 3, _RECEIVER: 2, _METHOD: 3}
"""So often must it be awaited elsewhere."""
_SLIP: Final = {_FUNCTION: 4, _NAME: 4, _DECORATOR: 1, _EITHER: 8, _SELF: 3, _RECEIVER: 8, _METHOD: 8}
"""A slip is one in so many awaits at most."""


class _Key(NamedTuple):
    """What calls are counted as the same by: `what` is the function or the name, of the receiver for a `method` on one."""

    kind: str
    what: Function | str
    method: str = ""

    @property
    def is_by_name(self) -> bool:
        """Whether two things may have it that have nothing else in common."""
        return self.kind in (_RECEIVER, _METHOD)


class Evidence:
    """Counts, over a linked program, what becomes of what calls give."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self._counts: dict[_Key, _Count] = {}
        self._defined: dict[str, bool] = {}
        self._either: dict[Function, bool] = {}
        self._importers: Counter[str] | None = None
        self._module: Module | None = None
        self._related: dict[Module, bool] = {}
        for module in linker.modules.values():
            linker.beat()
            for function in module.functions:
                self._count(function)

    def renew(self, module: Module) -> None:
        """Count what a file says anew."""
        for count in self._counts.values():
            count.other.pop(module, None)
            count.awaited = [place for place in count.awaited if place[0].module is not module]
        self._defined.clear()
        self._either.clear()
        self._importers = None
        self._related.clear()
        for function in module.functions:
            self._count(function)

    def _count(self, function: Function) -> None:
        rows = function.module.rows
        uses = function.facts.uses
        is_async = bool(function.facts.flags & ASYNC)
        seen_to = _seen_to(function) if is_async else frozenset()
        entered = _entered(function)
        for number, (kind, row, flags, _) in enumerate(uses):
            if kind != USE_CALL or row in entered:
                continue
            is_awaited = bool(flags & AWAITED) or row in seen_to
            if not is_awaited and (not is_async or flags & ERROR_EXPECTED):
                continue
            for key in self._keys(function, rows[row]):
                count = self._counts.get(key)
                if count is None:
                    count = self._counts[key] = _Count()
                if is_awaited:
                    count.awaited.append((function, number))
                else:
                    count.other[function.module] = count.other.get(function.module, 0) + 1

    def _keys(self, function: Function, call: Row) -> Iterator[_Key]:
        """What a call is counted under, the most telling first."""
        module = function.module
        callee = module.values[call[1]]
        if callee is None:
            callee = self.linker.value(module, call[1])
        only = callee.alternatives[0] if len(callee.alternatives) == 1 else None
        if isinstance(only, (Function, Bound)) and not is_guess(callee):
            called = unbound(only)
            yield _Key(_FUNCTION, called)
            if called.doubtful and called.facts.flags & ASYNC:
                for row in called.facts.decorators:
                    yield _Key(_DECORATOR, self._decorator(called.module, row))
            if self._gives_either(called):
                yield _Key(_EITHER, module.name)
            return
        if isinstance(only, External):
            yield _Key(_NAME, only.name)
        if isinstance(only, Instance) and only.klass.facts is None:
            yield _Key(_NAME, f"{only.klass.name}.__call__")
        operation, base, method, _ = module.rows[call[1]]
        if operation == ATTR and module.rows[base][0] != NARROWED:  # else a test has told who it is
            of_self = _path_of_self(module, base)
            if of_self:
                yield _Key(_SELF, of_self, method)
            receiver = _name_of(module.rows, base)
            if receiver and receiver.removesuffix("()") not in _COMMON:
                yield _Key(_RECEIVER, receiver, method)
            if only is None or isinstance(only, Bound):
                yield _Key(_METHOD, _shape(module.rows, base), method)

    def _gives_either(self, function: Function) -> bool:
        """Whether a function declares that it gives something to await, or else the value itself."""
        known = self._either.get(function)
        if known is None:
            declared = self.linker.value(function.module, function.facts.result).alternatives if function.facts.result else ()
            awaitable = [
                isinstance(one, Instance) and one.klass.name == "collections.abc.Awaitable" for one in declared if not is_none(one)
            ]
            known = self._either[function] = any(awaitable) and not all(awaitable)
        return known

    def _decorator(self, module: Module, row: int) -> str:
        """The full name of a decorator, of the program or not, as far as that is known; else as it is written."""
        operation, base, text, _ = module.rows[row]
        if operation == CALL:
            row = base
        for alternative in self.linker.value(module, row).alternatives:
            if isinstance(alternative, (Function, Class, External)):
                return alternative.name
        return _name_of(module.rows, row) or text

    def of(self, function: Function, row: int) -> Usage | None:
        """What the program says about a call in `function` that is left un-awaited; None where that is too little."""
        module = function.module
        call = module.rows[row]
        if call[0] != CALL:
            return None
        callee = self.linker.value(module, call[1])
        if not self._may_tell(callee):
            return None
        name = _name_of(module.rows, call[1])
        functions = [unbound(part) for part in callee.alternatives] if not is_guess(callee) else []
        if any(isinstance(part, Function) and self._is_scheduled(part) for part in functions):
            return None
        if any(isinstance(part, Function) and _does_more(part) for part in functions):
            return None
        is_async = bool(functions) and all(isinstance(part, Function) and part.facts.flags & ASYNC for part in functions)
        if not is_async and (not name or _EAGER.search(name.lower()) or self._is_of_mock(module, call[1])):
            return None
        for key in self._keys(function, call):
            count = self._counts.get(key)
            if count is None or (key.is_by_name and not self._is_telling(function, call, key)):
                continue
            awaited, other = count.awaited, sum(count.other.values())
            if key.is_by_name and len(awaited) >= _WANTED[key.kind]:
                made = self._maker(module, call)
                if _is_plain_python(made):
                    return None
                awaited = self._alike(made, [place for place in awaited[:_MOST_PLACES] if self._are_related(module, place[0].module)])
                other = sum(number for file, number in count.other.items() if self._are_related(module, file))
            if len(awaited) < _WANTED[key.kind]:
                if key.kind == _METHOD and other < _HABIT and self._is_defined_nearby(module, call, key.method):
                    return Usage(0, None)
                continue
            if other <= max(1, len(awaited) // _SLIP[key.kind]):
                return Usage(len(awaited), awaited[0])
            if key.kind != _FUNCTION:
                return None  # so it is done as a rule
        return None

    def habit(self, function: Function, row: int) -> Usage | None:
        """What the program does with what a known function gives: it awaits it nearly everywhere but here."""
        for key in self._keys(function, function.module.rows[row]):
            if key.kind not in (_FUNCTION, _NAME):
                return None
            count = self._counts.get(key)
            if count is not None and count.awaited and sum(count.other.values()) <= max(1, len(count.awaited) // 2):
                return Usage(len(count.awaited), count.awaited[0])
        return None

    def _is_scheduled(self, function: Function) -> bool:
        """Whether a decorator has put a plain function around it that makes a task of the coroutine, or runs it."""
        return any(not wrapper.facts.flags & ASYNC and _seen_to(wrapper) for wrapper in function.wrappers)

    def _is_telling(self, function: Function, call: Row, key: _Key) -> bool:
        """Whether a key that is a name can be of one thing only."""
        if not all(_is_async_member(klass, key.method) for klass in self._neighbours(function.module, key.method)):
            return False
        if key.kind == _RECEIVER:
            return True
        if key.method in _COMMON or not self._is_async_everywhere(key.method):
            return False
        if key.method == function.facts.name.rpartition(".")[2]:
            return False  # it hands on to something else, which the class of this function stands in front of
        owners = self.linker.value(function.module, function.module.rows[call[1]][1]).alternatives
        return not any(isinstance(owner, Instance) and owner.klass.complete for owner in owners)

    def _is_defined_nearby(self, module: Module, call: Row, method: str) -> bool:
        """Whether a class that a file has to do with has this method, and nothing tells that the receiver is of something else."""
        if _shape(module.rows, module.rows[call[1]][1]) or self._maker(module, call) or self._is_from_outside(module, call[1]):
            return False
        return any(self._neighbours(module, method))

    def _maker(self, module: Module, call: Row) -> str:
        """The full name of the class of a call's receiver, or of what has made it, or what it is a part of; empty if not known."""
        operation, base, _, _ = module.rows[call[1]]
        if operation != ATTR:
            return ""
        while module.rows[base][0] == ATTR and not self.linker.value(module, base).alternatives:
            base = module.rows[base][1]
        makers = {self._made_by(module, part) for part in (module.rows[base][3] if module.rows[base][0] == UNION else (base,))}
        return makers.pop() if len(makers) == 1 else ""

    def _made_by(self, module: Module, row: int) -> str:
        value = self.linker.value(module, row)
        if not value.alternatives and module.rows[row][0] == CALL:
            value = self.linker.value(module, module.rows[row][1])
        only = value.alternatives[0] if len(value.alternatives) == 1 else None
        if isinstance(only, Instance):
            return only.klass.name
        return only.name if isinstance(only, (External, Function)) else ""

    def _alike(self, made: str, places: list[Place]) -> list[Place]:
        """The places whose receivers may be of the same kind as one that is of, or made by, `made`: none, if none of them certainly is."""
        if not made:
            return places
        makers = [self._maker(function.module, function.module.rows[function.facts.uses[number][1]]) for function, number in places]
        return [place for place, maker in zip(places, makers, strict=True) if maker in ("", made)] if made in makers else []

    def _neighbours(self, module: Module, method: str) -> Iterator[Class]:
        """The classes that a file has to do with and that have this method: of the same folder, or of a module that it imports."""
        for klass in self.linker.classes_with_member(method):
            if klass.module is not None and (klass.module.package == module.package or klass.module.name in module.facts.imports):
                yield klass

    def _are_related(self, module: Module, other: Module) -> bool:
        """Whether two files may speak of the same thing by the same name: they lie in one folder, or use one library that few use."""
        if module is not self._module:  # rules go through one file after the other
            self._module = module
            self._related.clear()
        known = self._related.get(other)
        if known is None:
            known = module.package == other.package or not self._libraries(module).isdisjoint(self._libraries(other))
            self._related[other] = known
        return known

    def _libraries(self, module: Module) -> frozenset[str]:
        """The libraries that a file imports, but for the standard library and those that everybody imports."""
        if self._importers is None:
            self._importers = Counter(top for file in self.linker.modules.values() for top in file.tops)
        most = max(_MOST_IMPORTERS, len(self.linker.modules) // 4)
        tops = module.tops - sys.stdlib_module_names - self.linker.tops
        return frozenset(top for top in tops if self._importers[top] <= most)

    def _may_tell(self, callee: Value) -> bool:
        """Whether nothing better is known about what is called."""
        for alternative in callee.alternatives:
            if isinstance(alternative, Class):
                return False
            if isinstance(alternative, External) and (alternative.entry is not None or _is_plain_python(alternative.name)):
                return False
            function = unbound(alternative)
            if isinstance(function, Function) and _certainly_gives_nothing(function) and not is_guess(callee):
                return False
            if isinstance(alternative, Instance) and alternative.klass.entry is not None:
                return False
        return True

    def _is_of_mock(self, module: Module, callee: int) -> bool:
        """Whether a test's stand-in is called, or a method of one."""
        if any(_MOCKS.search(name.lower()) for name in _path(module.rows, callee)):
            return True
        receivers = self.linker.value(module, module.rows[callee][1]).alternatives if module.rows[callee][0] == ATTR else ()
        return any(isinstance(receiver, Instance) and receiver.klass.name.startswith("unittest.mock.") for receiver in receivers)

    def _is_from_outside(self, module: Module, row: int) -> bool:
        """Whether a path starts at something of another library, which then is no class of the program that only has such a method too."""
        while module.rows[row][0] in _LEADS_ON:
            row = module.rows[row][1]
            classes = [part.klass for part in self.linker.value(module, row).alternatives if isinstance(part, Instance)]
            if any(klass.facts is None and not klass.name.startswith(_OF_PYTHON) for klass in classes):
                return True
        operation, _, name, _ = module.rows[row]
        return operation == NAME and name.partition(".")[0] not in self.linker.tops

    def _is_async_everywhere(self, method: str) -> bool:
        """Whether every class of the program that has a method of this name, if any, defines it as a coroutine function."""
        known = self._defined.get(method)
        if known is None:
            known = all(klass.module is None or _is_async_member(klass, method) for klass in self.linker.classes_with_member(method))
            self._defined[method] = known
        return known


def is_guess(callee: Value) -> bool:
    """Whether all that is known of what is called are methods that some subclass has, or another class beside a mixin."""
    return (
        callee.open
        and bool(callee.alternatives)
        and all(isinstance(one, Bound) and one.certainty < Certainty.CERTAIN for one in callee.alternatives)
    )


def _certainly_gives_nothing(function: Function) -> bool:
    flags = function.facts.flags
    is_plain = not function.doubtful and function.nature in ("keep", "static", "class") and not flags & (ASYNC | GENERATOR | STUB)
    return is_plain and bool(flags & GIVES_NOTHING)


def _is_async_member(klass: Class, method: str) -> bool:
    assert klass.module is not None
    assert klass.facts is not None
    row = klass.facts.members.get(method)
    if row is None:
        return False
    operation, number, _, _ = klass.module.rows[row]
    return operation == FUNCTION and bool(klass.module.functions[number].facts.flags & ASYNC)


def _entered(function: Function) -> frozenset[int]:
    """The rows of calls whose results a function enters: a manager that can be entered need not be awaited anywhere else."""
    rows = function.module.rows
    found: set[int] = set()
    for kind, row, _, _ in function.facts.uses:
        if kind == USE_AENTER:
            found.update(_parts(rows, rows[row][1]))
    return frozenset(found)


def _seen_to(function: Function) -> frozenset[int]:
    """The rows of calls whose results a function awaits by a name, or gives to a taker."""
    rows = function.module.rows
    found: set[int] = set()
    for kind, row, _, _ in function.facts.uses:
        if kind == USE_AWAIT:
            found.update(_parts(rows, rows[row][1]))
        elif kind == USE_CALL and _name_of(rows, rows[row][1]) in TAKERS:
            for argument in rows[row][3][: len(rows[row][3]) - len(keywords_of(rows[row]))]:
                found.update(_parts(rows, argument))
    return frozenset(found)


def _parts(rows: list[Row], row: int) -> Iterable[int]:
    operation, base, _, rest = rows[row]
    if operation in (UNION, COLLECTION):
        return rest
    if operation == STAR:
        return _parts(rows, base)
    return (row,)


def _shape(rows: list[Row], row: int) -> str:
    """How a receiver came about, where that makes it another thing than what it came from; empty for all others."""
    operation, base, _, _ = rows[row]
    if operation == AWAIT:
        return "awaited"
    return "given" if operation == CALL and rows[base][0] == ATTR else ""


def _does_more(function: Function) -> bool:
    """Whether a plain function does more than to hand on what another call gives: it may be called for that, and give a future to those who
    want to wait."""
    if function.facts.flags & (ASYNC | STUB | GENERATOR) or function.doubtful or function.module.is_dependency:
        return False
    calls = [row for kind, row, _, _ in function.facts.uses if kind == USE_CALL]
    return len(calls) > _HANDS_ON


def _is_plain_python(name: str) -> bool:
    """Whether a name is of the standard library, and of no part of it that has coroutines."""
    return name.partition(".")[0] in _PLAIN_PYTHON


def _path(rows: list[Row], row: int) -> Iterator[str]:
    """The names that a row is reached by, the last one first."""
    while True:
        operation, base, text, _ = rows[row]
        if operation in (ATTR, NAME, PARAM):
            yield text
        if operation not in _LEADS_ON:
            return
        row = base


def _path_of_self(module: Module, row: int) -> str:
    """The class and the attributes that a path starts with which leads on from a method's own object; empty for any other."""
    names: list[str] = []
    while module.rows[row][0] == ATTR:
        names.append(module.rows[row][2])
        row = module.rows[row][1]
    operation, number, _, rest = module.rows[row]
    owner = module.functions[number].owner if operation == PARAM and rest[0] == 0 else None
    return ".".join([owner.name, *reversed(names)]) if owner is not None else ""


def _name_of(rows: list[Row], row: int) -> str:
    """The last name of a path, of what a call calls, or of a parameter; empty where there is none."""
    operation, base, text, _ = rows[row]
    if operation in (ATTR, NAME, PARAM):
        return text.rpartition(".")[2]
    if operation == CALL:
        inner = _name_of(rows, base)
        return f"{inner}()" if inner else ""
    return "super()" if operation == SUPER else ""
