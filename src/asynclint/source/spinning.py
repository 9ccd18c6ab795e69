"""Loops that read a stream, and go on when it has ended: then each read gives something empty at once, again and again.

A round of the loop is followed with every read of one stream taken to give something empty. What that makes of names (``line.strip()`` is
empty, ``left -= len(data)`` leaves `left` as it is) decides tests; those that it does not decide are followed both ways. The loop spins
if such a round comes back to where it began, and nothing on its way that hangs on the value could have left it.

What a read is of, nobody knows here: the use is for a rule that asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from asynclint.source.flow import last_name
from asynclint.source.names import LOOKS
from asynclint.source.paths import path_text

READS: Final = frozenset({"read", "readline", "receive_some", "recv", "sock_recv"})
"""Methods that may read a stream, and give something empty at its end."""

# How much speaks against a loop that goes round for ever, by what could end it.
_NOTHING: Final = 0
"""Nothing: names that the round leaves as they are decide."""
_OTHERS: Final = 1
"""Others may change what is asked: an attribute, ``stop.is_set()``."""
_MAYBE: Final = 2
"""It changes from round to round, has to do with the connection, or something unknown is given the value, and might raise an error."""
_TOLD: Final = 3
"""The value itself decides, and how is not known."""

DOUBTS: Final = ("", "others", "maybe")
"""What a use says about it, as a text."""

_EMPTY: Final = b""
_MOST_NODES: Final = 3000
_DEEPEST: Final = 30

_KEEPS: Final = frozenset({
    "casefold", "copy", "decode", "encode", "expandtabs", "hex", "join", "lower", "lstrip", "removeprefix", "removesuffix", "replace",
    "rstrip", "splitlines", "strip", "tobytes", "translate", "upper",
})  # fmt: skip
"""Methods that make something empty of what is empty."""

_UNCHANGED: Final = frozenset({"drain", "extend", "flush", "update", "write", "writelines"}) | LOOKS
"""They do nothing with something empty, and raise no error for it."""

_TAKES: Final = frozenset({
    "add", "append", "appendleft", "bool", "bytearray", "bytes", "feed", "feed_data", "len", "memoryview", "put", "put_nowait", "send",
    "send_all", "send_bytes", "sendall",
})  # fmt: skip
"""They raise no error for something empty."""

_REFUSES: Final = frozenset({"float", "fromhex", "index", "int", "loads", "model_validate_json", "unpack", "unpack_from"})
"""They raise an error for something empty."""

_CATCH: Final = frozenset(
    {"BaseException", "Exception", "IndexError", "JSONDecodeError", "LookupError", "UnicodeError", "ValueError", "error"}
)
"""Errors among which those are that something empty raises."""

_RAISING: Final = frozenset({"readexactly", "readuntil"})
_AT_END: Final = "IncompleteReadError"
"""What they raise at the end."""

_PURE: Final = frozenset({"abs", "bool", "bytes", "int", "isinstance", "len", "list", "max", "min", "range", "str", "sum", "tuple"})
"""What they give hangs on nothing but what they are given."""

_SOON: Final = frozenset({"drain", "flush", "send_all", "sock_sendall", "write", "writelines"})
"""Awaiting them takes no time worth speaking of, for something empty."""

_BROAD: Final = frozenset({"BaseException", "Exception", ""})
_CLOCKS: Final = frozenset({"monotonic", "monotonic_ns", "now", "perf_counter", "time", "time_ns", "utcnow"})
_CONNECTION: Final = ("abort", "alive", "clos", "connect", "eof", "open", "shut")
"""Parts of names that have to do with the connection: whoever ends it may change what they tell."""


class _Unknown:
    """A value that is not known, and what it hangs on, see above."""

    __slots__ = ("doubt",)

    def __init__(self, doubt: int) -> None:
        self.doubt = doubt


class _Bytes:
    """Something empty: bytes, a text or a list."""


class _Raised(Exception):
    """The round raises an error of this name, empty where it is one of what something empty raises."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


class _TooMuch(Exception):
    """It is more than this can follow."""


_Known = bool | int | float | str | bytes | None
_Value = _Unknown | _Bytes | _Known
_Environment = dict[str, _Value]

_NOT_READ: Final = _Unknown(_NOTHING)
_SOMETHING: Final = _Bytes()


def find(loop: ast.While) -> Iterator[tuple[ast.Call, str]]:
    """The reads of a loop that goes on at the end of what they read, one a stream, and what speaks against a loop without an end."""
    streams: dict[str, ast.Call] = {}
    for read in _reads(loop):
        streams.setdefault(_stream(read), read)
    for stream, read in streams.items():
        doubt = _Round(stream).judge(loop)
        if doubt is not None:
            yield read, DOUBTS[doubt]


def _reads(loop: ast.While) -> Iterator[ast.Call]:
    """The awaited reads in a loop, without those in loops and functions inside of it; none where it asks for the end."""
    found: list[ast.Call] = []
    stack: list[ast.AST] = [loop.test, *loop.body]
    count = 0
    while stack:
        node = stack.pop()
        count += 1
        if count > _MOST_NODES or (isinstance(node, ast.Attribute) and node.attr == "at_eof"):
            return
        if isinstance(node, ast.Await):
            read = _awaited_read(node)
            if read is not None:
                found.append(read)
        if not isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
    found.sort(key=lambda read: (read.lineno, read.col_offset))
    yield from found


def _awaited_read(node: ast.Await) -> ast.Call | None:
    call = node.value
    if isinstance(call, ast.Call) and last_name(call) == "wait_for" and call.args:
        call = call.args[0]
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in READS:
        return call
    return None


def _stream(read: ast.Call) -> str:
    """What a read reads, as a text; empty where that is no path."""
    assert isinstance(read.func, ast.Attribute)
    part = read.args[0] if read.func.attr == "sock_recv" and read.args else read.func.value
    return path_text(part)


class _Round:
    """Follows a round of a loop in which all reads of one stream give something empty."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.known: _Environment = {}
        self.under: list[int] = []
        """Of the tests around that are not decided, what could change them."""
        self.doubt = _NOTHING
        self.goes_round = False
        self.reads = False
        """The round comes to a read."""
        self.may_raise = False
        """Something unknown is given the value."""
        self.waits = False
        """Something else is awaited, which may take its time."""
        self.depth = 0

    def judge(self, loop: ast.While) -> int | None:
        """What speaks against a loop without an end; None where the end of the stream ends it, or may."""
        try:
            for _ in range(2):  # the second round starts from what the first one has left behind
                self.doubt, self.goes_round = _NOTHING, False
                self.reads = self.may_raise = self.waits = False
                truth, doubt = self.truth(loop.test)
                if truth is False:
                    return None
                if truth is None and self.changes(loop.test):
                    return None
                if truth is None:
                    self.doubt = max(self.doubt, doubt)
                if self.block(loop.body):
                    self.goes_round = True
                if not self.goes_round or not self.reads:
                    return None
            truth, doubt = self.truth(loop.test)
        except (_Raised, _TooMuch, RecursionError):
            return None
        if truth is False or (truth is None and self.changes(loop.test)):
            return None
        if self.may_raise or self.waits:
            self.doubt = max(self.doubt, _MAYBE)
        return self.doubt if self.doubt < _TOLD else None

    def changes(self, test: ast.expr) -> bool:
        """Whether a test speaks of a name that each round gives another value: then the loop comes to its end."""
        names = [self.known.get(part.id) for part in ast.walk(test) if isinstance(part, ast.Name)]
        return any(isinstance(value, _Unknown) and value.doubt >= _MAYBE for value in names)

    # -- statements: each tells whether the round goes on behind it

    def block(self, body: list[ast.stmt]) -> bool:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _TooMuch
        goes_on = all(self.statement(statement) for statement in body)
        self.depth -= 1
        return goes_on

    def statement(self, node: ast.stmt) -> bool:
        if isinstance(node, (ast.Break, ast.Return)):
            return self.leave(node.value if isinstance(node, ast.Return) else None)
        if isinstance(node, ast.Raise):
            if node.exc is not None:
                self.value(node.exc)
            raise _Raised(_name_of_error(node.exc))
        if isinstance(node, ast.Continue):
            self.goes_round = True
            return False
        if isinstance(node, ast.If):
            return self.branch(node)
        if isinstance(node, (ast.Try, *_TRY_STAR)):
            return self.attempt(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self.manage(node)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self.inner_loop(node)
        elif isinstance(node, ast.Match):
            self.match(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            if node.value is not None:
                value = self.value(node.value)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    self.bind(target, value)
        elif isinstance(node, ast.AugAssign):
            self.augment(node)
        elif isinstance(node, ast.Assert):
            if self.truth(node.test)[0] is False:
                raise _Raised("AssertionError")
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    self.value(part)
        return True

    def leave(self, value: ast.expr | None) -> bool:
        """``break`` and ``return``: where no undecided test stands around it, the loop ends."""
        if value is not None:
            self.value(value)
        if self.under:
            self.doubt = max(self.doubt, *self.under)
        return False

    def branch(self, node: ast.If) -> bool:
        truth, doubt = self.truth(node.test)
        if truth is not None:
            body = node.body if truth else node.orelse
            if self.asks_of_value(node.test) and _does_something(body):
                self.doubt = _TOLD  # somebody sees to the end
            return self.block(body)
        return self.both(doubt, [node.body, node.orelse])

    def both(self, doubt: int, bodies: list[list[ast.stmt]]) -> bool:
        """Follow several ways of which one will be gone."""
        before = self.known
        ends: list[_Environment] = []
        self.under.append(doubt)
        depth, under = self.depth, len(self.under)
        for body in bodies:
            self.known = dict(before)
            try:
                if self.block(body):
                    ends.append(self.known)
            except _Raised:
                self.doubt = max(self.doubt, doubt)
                self.depth = depth
                del self.under[under:]
        self.under.pop()
        self.known = _joined(ends, doubt) if ends else before
        return bool(ends)

    def attempt(self, node: Any) -> bool:
        outer, self.may_raise = self.may_raise, False
        depth, under = self.depth, len(self.under)
        try:
            goes_on = self.block(node.body)
            goes_on = goes_on and self.block(node.orelse)
        except _Raised as error:
            self.depth = depth
            del self.under[under:]
            handler = _handler_of(node, error.name)
            if handler is None:
                if node.handlers and not error.name:
                    self.doubt = _TOLD
                self.block(node.finalbody)
                raise
            goes_on = self.block(handler.body)
        else:
            broad = _handler_of(node, "Exception") if self.may_raise else None
            if broad is not None:
                self.may_raise = False
                if self.both(_MAYBE, [broad.body, []]):
                    goes_on = True
        self.may_raise = self.may_raise or outer
        return self.block(node.finalbody) and goes_on

    def manage(self, node: ast.With | ast.AsyncWith) -> bool:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        if not any(last_name(item.context_expr) == "suppress" for item in node.items):
            return self.block(node.body)
        outer, depth, under = self.may_raise, self.depth, len(self.under)
        try:
            self.block(node.body)
        except _Raised:
            self.depth = depth
            del self.under[under:]
        self.may_raise = outer
        return True

    def inner_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        """A loop inside: what it leaves behind is not known, unless it has nothing to do."""
        if isinstance(node, ast.While):
            truth, doubt = self.truth(node.test)
            if truth is False:
                return
        else:
            value = self.value(node.iter)
            if isinstance(value, _Bytes):
                return
            doubt = max(_MAYBE, _doubt_of(value))
            self.bind(node.target, _Unknown(doubt))
        goes_round, self.goes_round = self.goes_round, False
        self.both(max(doubt, _MAYBE), [node.body, []])
        self.goes_round = goes_round

    def match(self, node: ast.Match) -> None:
        doubt = max(_MAYBE, _doubt_of(self.value(node.subject)))
        self.both(doubt, [case.body for case in node.cases])

    def bind(self, target: ast.expr, value: _Value) -> None:
        path = path_text(target)
        if path:
            self.known[path] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, _Bytes):
                raise _Raised
            if _doubt_of(value) == _TOLD:
                self.may_raise = True
            for element in target.elts:
                self.bind(element.value if isinstance(element, ast.Starred) else element, value)

    def augment(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        path = path_text(node.target)
        if isinstance(value, _Bytes) or value == 0 or not path:
            return  # nothing is added, or taken away
        self.known[path] = _Unknown(max(_MAYBE, _doubt_of(value)))

    # -- expressions

    def truth(self, test: ast.expr) -> tuple[bool | None, int]:
        """How a test comes out; where that is not known, what could change it."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            truth, doubt = self.truth(test.operand)
            return (None if truth is None else not truth), doubt
        if isinstance(test, ast.BoolOp):
            decides = isinstance(test.op, ast.Or)
            outcomes = []
            for part in test.values:
                outcomes.append(self.truth(part))
                if outcomes[-1][0] is decides:
                    return decides, _NOTHING
            doubts = [doubt for truth, doubt in outcomes if truth is None]
            return (None, max(doubts)) if doubts else (not decides, _NOTHING)
        value = self.value(test)
        if isinstance(value, _Unknown):
            return None, value.doubt
        return not isinstance(value, _Bytes) and bool(value), _NOTHING

    def asks_of_value(self, test: ast.expr) -> bool:
        """Whether a test speaks of what has been read."""
        return any(
            (isinstance(part, (ast.Name, ast.Attribute)) and isinstance(self.known.get(path_text(part)), _Bytes)) or self.is_read(part)
            for part in ast.walk(test)
        )

    def is_read(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS and _stream(node) == self.stream
        )

    def value(self, node: ast.expr) -> _Value:
        self.depth += 1
        if self.depth > _DEEPEST * 3:
            raise _TooMuch
        found = self.evaluate(node)
        self.depth -= 1
        return found

    def evaluate(self, node: ast.expr) -> _Value:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, (bool, int, float, str, bytes, type(None))) else _NOT_READ
        if isinstance(node, ast.Await):
            read = _awaited_read(node)
            if read is not None and self.is_read(read):
                self.reads = True
                return _SOMETHING
            if last_name(node.value) in _RAISING:
                raise _Raised(_AT_END)
            if last_name(node.value) not in _SOON:
                self.waits = True
            return self.value(node.value)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.path(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value)
            self.bind(node.target, value)
            return value
        if isinstance(node, (ast.BoolOp, ast.UnaryOp)) and not (isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not)):
            truth, doubt = self.truth(node)
            if isinstance(node, ast.BoolOp) and truth is False and isinstance(node.op, ast.Or):
                return self.value(node.values[-1])
            return _Unknown(doubt) if truth is None else truth
        if isinstance(node, ast.Compare):
            return self.compare(node)
        if isinstance(node, ast.IfExp):
            truth, doubt = self.truth(node.test)
            if truth is None:
                return _Unknown(max(doubt, _doubt_of(self.value(node.body)), _doubt_of(self.value(node.orelse))))
            return self.value(node.body if truth else node.orelse)
        if isinstance(node, ast.BinOp):
            return self.combine(node)
        if isinstance(node, ast.Subscript):
            value = self.value(node.value)
            if isinstance(value, _Bytes):
                if isinstance(node.slice, ast.Slice):
                    return _SOMETHING
                raise _Raised
            return _Unknown(max(_doubt_of(value), self.parts(node.slice)))
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            if node.value is not None and _doubt_of(self.value(node.value)) == _TOLD:
                self.may_raise = True  # whoever takes it may stop
            return _Unknown(_MAYBE)
        if isinstance(node, ast.Lambda):
            return _Unknown(_OTHERS)
        return _Unknown(self.parts(node))

    def parts(self, node: ast.AST) -> int:
        """The most that the parts of an expression speak of."""
        doubt = _NOTHING
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                doubt = max(doubt, _doubt_of(self.value(part)))
            elif isinstance(part, (ast.comprehension, ast.keyword)):
                doubt = max(doubt, self.parts(part))
        return doubt if not isinstance(node, ast.Name) else max(doubt, _doubt_of(self.path(node)))

    def path(self, node: ast.Name | ast.Attribute) -> _Value:
        text = path_text(node)
        if not text:
            return _Unknown(self.parts(node))
        while text:
            if text in self.known:
                found = self.known[text]
                return found if text == path_text(node) else _Unknown(_doubt_of(found))
            text = text.rpartition(".")[0]
        if isinstance(node, ast.Name):
            return _NOT_READ
        return _Unknown(_MAYBE if _is_of_connection(path_text(node)) else _OTHERS)

    def call(self, node: ast.Call) -> _Value:
        name = last_name(node)
        receiver = self.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
        given = [self.value(argument) for argument in node.args] + [self.value(keyword.value) for keyword in node.keywords]
        is_told = any(_doubt_of(value) == _TOLD for value in given)
        if isinstance(receiver, _Bytes):
            return self.method(name, given)
        if name == "wait_for" and given and isinstance(given[0], _Bytes):
            return _SOMETHING
        if name == "len" and len(given) == 1 and isinstance(given[0], _Bytes):
            return 0
        if name in ("bytes", "bytearray", "memoryview", "list", "tuple", "sorted") and len(given) == 1 and isinstance(given[0], _Bytes):
            return _SOMETHING
        if is_told and name in _REFUSES and any(isinstance(value, _Bytes) for value in given):
            raise _Raised
        if name in ("exit", "_exit"):
            raise _Raised("SystemExit")
        if is_told and name not in _UNCHANGED:
            if name not in _TAKES:
                self.may_raise = True
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                self.known[node.func.value.id] = _Unknown(_TOLD)
        if is_told or _doubt_of(receiver) == _TOLD:
            return _Unknown(_TOLD)
        if name in _PURE:
            return _Unknown(max(map(_doubt_of, given), default=_NOTHING))
        if name in _CLOCKS or _is_of_connection(name) or given:
            return _Unknown(_MAYBE)
        return _Unknown(max(_OTHERS, _doubt_of(receiver)))

    def method(self, name: str, given: list[_Value]) -> _Value:
        """What a method of something empty gives."""
        if name in _KEEPS or (name in ("split", "rsplit") and not given):
            return _SOMETHING
        if name in ("startswith", "endswith", "isdigit", "isspace", "isalpha", "isalnum"):
            return False if all(_is_something(value) for value in given) else _Unknown(_TOLD)
        if name in ("find", "rfind"):
            return -1 if given and _is_something(given[0]) else _Unknown(_TOLD)
        if name == "count":
            return 0
        if name in _REFUSES:
            raise _Raised
        return _Unknown(_TOLD)

    def compare(self, node: ast.Compare) -> _Value:
        left, right = self.value(node.left), self.value(node.comparators[0])
        doubt = max([_doubt_of(left), _doubt_of(right), *(_doubt_of(self.value(other)) for other in node.comparators[1:])])
        if len(node.ops) > 1:
            return _Unknown(doubt)
        operator = node.ops[0]
        if isinstance(operator, (ast.Is, ast.IsNot)):
            for value, other in ((left, right), (right, left)):
                if other is None and not isinstance(value, _Unknown):
                    return (value is None) == isinstance(operator, ast.Is)
            return _Unknown(doubt)
        if isinstance(operator, (ast.In, ast.NotIn)):
            is_in = self.contains(left, right, node.comparators[0])
            return _Unknown(doubt) if is_in is None else is_in == isinstance(operator, ast.In)
        if isinstance(left, _Unknown) or isinstance(right, _Unknown):
            return _Unknown(doubt)
        if isinstance(operator, (ast.Eq, ast.NotEq)):
            return (_plain(left) == _plain(right)) == isinstance(operator, ast.Eq)
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return bool(_ORDERS[type(operator)](left, right))
        return _Unknown(doubt)

    def contains(self, item: _Value, where: _Value, node: ast.expr) -> bool | None:
        if isinstance(where, _Bytes):
            return False if _is_something(item) else None
        if isinstance(item, _Bytes) and isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            values = [self.value(part) for part in node.elts]
            if not any(isinstance(value, _Unknown) for value in values):
                return any(_plain(value) == _EMPTY for value in values)
        return None

    def combine(self, node: ast.BinOp) -> _Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, _Bytes) and isinstance(right, _Bytes):
            return _SOMETHING
        if isinstance(node.op, (ast.Add, ast.Sub)):
            for value, other in ((left, right), (right, left)):
                nothing = isinstance(other, _Bytes) or (other == 0 and not isinstance(other, (str, bytes)))
                if nothing and (other is right or isinstance(node.op, ast.Add)):
                    return value
        return _Unknown(max(_doubt_of(left), _doubt_of(right)))


_TRY_STAR: Final[tuple[type[ast.stmt], ...]] = (ast.TryStar,) if hasattr(ast, "TryStar") else ()
_ORDERS: Final[dict[type[ast.cmpop], Any]] = {
    ast.Lt: lambda first, second: first < second,
    ast.LtE: lambda first, second: first <= second,
    ast.Gt: lambda first, second: first > second,
    ast.GtE: lambda first, second: first >= second,
}


def _plain(value: _Value) -> object:
    """A value to compare with others: what is empty, is equal to all that is."""
    return _EMPTY if isinstance(value, _Bytes) or (isinstance(value, (str, bytes)) and not value) else value


def _is_something(value: _Value) -> bool:
    """Whether a value is certainly not empty."""
    return isinstance(value, (str, bytes)) and bool(value)


def _doubt_of(value: _Value) -> int:
    return value.doubt if isinstance(value, _Unknown) else _TOLD if isinstance(value, _Bytes) else _NOTHING


def _is_of_connection(text: str) -> bool:
    return any(part in text.rpartition(".")[2].lower() for part in _CONNECTION)


def _joined(ends: list[_Environment], doubt: int) -> _Environment:
    """What is known behind several ways: where they differ, what decided between them decides."""
    joined: _Environment = {}
    for name in {name for end in ends for name in end}:
        values = [end.get(name, _NOT_READ) for end in ends]
        first = values[0]
        same = all(
            value is first or (type(value) is type(first) and not isinstance(value, _Unknown) and value == first) for value in values
        )
        joined[name] = first if same else _Unknown(max(doubt, *(_doubt_of(value) for value in values)))
    return joined


def _name_of_error(node: ast.expr | None) -> str:
    return (last_name(node) if node is not None else "") or "?"


def _handler_of(node: Any, error: str) -> ast.ExceptHandler | None:
    """The handler that catches an error of this name; an empty one stands for what something empty raises."""
    wanted = {error} | _BROAD | ({"EOFError"} if error == _AT_END else set()) if error else _CATCH
    handler: ast.ExceptHandler
    for handler in node.handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type is not None else []
        names = {last_name(part) for part in types}
        if error == "SystemExit":
            names -= {"Exception"}
        if handler.type is None or not names.isdisjoint(wanted):
            return handler
    return None


def _does_something(body: list[ast.stmt]) -> bool:
    """Whether a branch calls anything but what logs, or waits a moment."""
    return any(
        isinstance(part, ast.Call) and last_name(part) not in LOOKS | {"sleep"}
        for statement in body
        if not isinstance(statement, ast.Raise)
        for part in ast.walk(statement)
    )
