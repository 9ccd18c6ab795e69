"""What expressions give where a stream has ended: each read of it gives something empty, and so does much that is made of that.

``line.strip()`` is empty, ``len(data)`` is 0, ``int(line)`` raises an error. What nothing tells, is unknown; a value then says at least
what it hangs on.
"""

from __future__ import annotations

import ast
from typing import Any, Final, NamedTuple

from asynclint.source.flow import TooMuch
from asynclint.source.names import LOOKS
from asynclint.source.paths import last_name, path_text

READS: Final = frozenset({"read", "readline", "receive_some", "recv", "sock_recv"})
"""Methods that may read a stream, and give something empty at its end."""

# What an unknown value hangs on; of two, the greater one is said.
NOTHING: Final = 0
"""Nothing that changes: names that the round leaves as they are."""
OTHERS: Final = 1
"""Others may change it: an attribute, ``stop.is_set()``."""
MAYBE: Final = 2
"""It changes from round to round, has to do with the connection, or something unknown is given the value, and might raise an error."""
TOLD: Final = 3
"""The value itself decides, and how is not known."""

AT_END: Final = "IncompleteReadError"
"""What is raised at the end by the reads that give nothing less than they are asked for."""

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

_RAISING: Final = frozenset({"readexactly", "readuntil"})
_PURE: Final = frozenset({"abs", "bool", "bytes", "int", "isinstance", "len", "list", "max", "min", "range", "str", "sum", "tuple"})
"""What they give hangs on nothing but what they are given."""

_SOON: Final = frozenset({"drain", "flush", "send_all", "sock_sendall", "write", "writelines"})
"""Awaiting them takes no time worth speaking of, for something empty."""

_CLOCKS: Final = frozenset({"monotonic", "monotonic_ns", "now", "perf_counter", "time", "time_ns", "utcnow"})
_CONNECTION: Final = ("abort", "alive", "clos", "connect", "eof", "open", "shut")
"""Parts of names that have to do with the connection: whoever ends it may change what they tell."""


class Unknown(NamedTuple):
    """A value that is not known, and what it hangs on, see above."""

    doubt: int
    bound: int = 0
    """Where a name has been bound to it, so that it differs from what is not known elsewhere; 0 for nowhere, or in several places."""


class Empty(NamedTuple):
    """Something empty: bytes, a text or a list."""


class Raised(Exception):
    """An expression raises an error of this name, empty where it is one of those that something empty raises."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


Value = Unknown | Empty | bool | int | float | str | bytes | None

NOT_READ: Final = Unknown(NOTHING)
EMPTY: Final = Empty()
_PLAIN: Final = b""
_DEEPEST: Final = 90


def awaited_read(node: ast.Await) -> ast.Call | None:
    call = node.value
    if isinstance(call, ast.Call) and last_name(call) == "wait_for" and call.args:
        call = call.args[0]
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in READS:
        return call
    return None


def stream_of(read: ast.Call) -> str:
    """What a read reads, as a text; empty where that is no path."""
    assert isinstance(read.func, ast.Attribute)
    part = read.args[0] if read.func.attr == "sock_recv" and read.args else read.func.value
    return path_text(part)


class Values:
    """Tells what expressions give, one after the other: what they bind, is known from then on. All may raise :class:`Raised`."""

    def __init__(self, stream: str, known: dict[str, Value]) -> None:
        self.stream = stream
        self.known = known
        self.reads = False
        """The stream has been read."""
        self.waits = False
        """Something else has been awaited, which may take its time."""
        self.may_raise = False
        """Something unknown has been given the value."""
        self.depth = 0

    def bind(self, target: ast.expr, value: Value) -> None:
        path = path_text(target)
        if path:
            self.known[path] = Unknown(value.doubt, id(target)) if isinstance(value, Unknown) else value
        elif isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, Empty):
                raise Raised
            if doubt_of(value) == TOLD:
                self.may_raise = True
            for element in target.elts:
                self.bind(element.value if isinstance(element, ast.Starred) else element, value)

    def look(self, node: ast.expr) -> None:
        """Go through an expression whose value nobody needs."""
        self.of(node)

    def assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        if node.value is not None:
            value = self.of(node.value)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self.bind(target, value)

    def augment(self, node: ast.AugAssign) -> None:
        value = self.of(node.value)
        path = path_text(node.target)
        if path and not isinstance(value, Empty) and value != 0:  # else nothing is added, or taken away
            self.known[path] = Unknown(max(MAYBE, doubt_of(value)), id(node))

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
                    return decides, NOTHING
            doubts = [doubt for truth, doubt in outcomes if truth is None]
            return (None, max(doubts)) if doubts else (not decides, NOTHING)
        value = self.of(test)
        if isinstance(value, Unknown):
            return None, value.doubt
        return not isinstance(value, Empty) and bool(value), NOTHING

    def asks_of_value(self, test: ast.expr) -> bool:
        """Whether a test speaks of what has been read."""
        return any(
            (isinstance(part, (ast.Name, ast.Attribute)) and isinstance(self.known.get(path_text(part)), Empty)) or self.is_read(part)
            for part in ast.walk(test)
        )

    def is_read(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READS
            and stream_of(node) == self.stream
        )

    def of(self, node: ast.expr) -> Value:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooMuch
        found = self.evaluate(node)
        self.depth -= 1
        return found

    def evaluate(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, (bool, int, float, str, bytes, type(None))) else NOT_READ
        if isinstance(node, ast.Await):
            read = awaited_read(node)
            if read is not None and self.is_read(read):
                self.reads = True
                return EMPTY
            if last_name(node.value) in _RAISING:
                raise Raised(AT_END)
            if last_name(node.value) not in _SOON:
                self.waits = True
            return self.of(node.value)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.path(node)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.NamedExpr):
            value = self.of(node.value)
            self.bind(node.target, value)
            return value
        if isinstance(node, (ast.BoolOp, ast.UnaryOp)) and not (isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not)):
            truth, doubt = self.truth(node)
            if isinstance(node, ast.BoolOp) and truth is False and isinstance(node.op, ast.Or):
                return self.of(node.values[-1])
            return Unknown(doubt) if truth is None else truth
        if isinstance(node, ast.Compare):
            return self.compare(node)
        if isinstance(node, ast.IfExp):
            truth, doubt = self.truth(node.test)
            if truth is None:
                return Unknown(max(doubt, doubt_of(self.of(node.body)), doubt_of(self.of(node.orelse))))
            return self.of(node.body if truth else node.orelse)
        if isinstance(node, ast.BinOp):
            return self.combine(node)
        if isinstance(node, ast.Subscript):
            value = self.of(node.value)
            if isinstance(value, Empty):
                if isinstance(node.slice, ast.Slice):
                    return EMPTY
                raise Raised
            return Unknown(max(doubt_of(value), self.parts(node.slice)))
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            if node.value is not None and doubt_of(self.of(node.value)) == TOLD:
                self.may_raise = True  # whoever takes it may stop
            return Unknown(MAYBE)
        if isinstance(node, ast.Lambda):
            return Unknown(OTHERS)
        return Unknown(self.parts(node))

    def parts(self, node: ast.AST) -> int:
        """The most that the parts of an expression speak of."""
        doubt = NOTHING
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                doubt = max(doubt, doubt_of(self.of(part)))
            elif isinstance(part, (ast.comprehension, ast.keyword)):
                doubt = max(doubt, self.parts(part))
        return doubt if not isinstance(node, ast.Name) else max(doubt, doubt_of(self.path(node)))

    def path(self, node: ast.Name | ast.Attribute) -> Value:
        text = path_text(node)
        if not text:
            return Unknown(self.parts(node))
        while text:
            if text in self.known:
                found = self.known[text]
                return found if text == path_text(node) else Unknown(doubt_of(found))
            text = text.rpartition(".")[0]
        if isinstance(node, ast.Name):
            return NOT_READ
        return Unknown(MAYBE if _is_of_connection(path_text(node)) else OTHERS)

    def call(self, node: ast.Call) -> Value:
        name = last_name(node)
        receiver = self.of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        given = [self.of(argument) for argument in node.args] + [self.of(keyword.value) for keyword in node.keywords]
        is_told = any(doubt_of(value) == TOLD for value in given)
        if isinstance(receiver, Empty):
            return self.method(name, given)
        if name == "wait_for" and given and isinstance(given[0], Empty):
            return EMPTY
        if name == "len" and len(given) == 1 and isinstance(given[0], Empty):
            return 0
        if name in ("bytes", "bytearray", "memoryview", "list", "tuple", "sorted") and len(given) == 1 and isinstance(given[0], Empty):
            return EMPTY
        if is_told and name in _REFUSES and any(isinstance(value, Empty) for value in given):
            raise Raised
        if name in ("exit", "_exit"):
            raise Raised("SystemExit")
        if is_told and name not in _UNCHANGED:
            if name not in _TAKES:
                self.may_raise = True
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                self.known[node.func.value.id] = Unknown(TOLD)
        if is_told or doubt_of(receiver) == TOLD:
            return Unknown(TOLD)
        if name in _PURE:
            return Unknown(max(map(doubt_of, given), default=NOTHING))
        if name in _CLOCKS or _is_of_connection(name) or given:
            return Unknown(MAYBE)
        return Unknown(max(OTHERS, doubt_of(receiver)))

    def method(self, name: str, given: list[Value]) -> Value:
        """What a method of something empty gives."""
        if name in _KEEPS or (name in ("split", "rsplit") and not given):
            return EMPTY
        if name in ("startswith", "endswith", "isdigit", "isspace", "isalpha", "isalnum"):
            return False if all(_is_something(value) for value in given) else Unknown(TOLD)
        if name in ("find", "rfind"):
            return -1 if given and _is_something(given[0]) else Unknown(TOLD)
        if name == "count":
            return 0
        if name in _REFUSES:
            raise Raised
        return Unknown(TOLD)

    def compare(self, node: ast.Compare) -> Value:
        left, right = self.of(node.left), self.of(node.comparators[0])
        doubt = max([doubt_of(left), doubt_of(right), *(doubt_of(self.of(other)) for other in node.comparators[1:])])
        if len(node.ops) > 1:
            return Unknown(doubt)
        operator = node.ops[0]
        if isinstance(operator, (ast.Is, ast.IsNot)):
            for value, other in ((left, right), (right, left)):
                if other is None and not isinstance(value, Unknown):
                    return (value is None) == isinstance(operator, ast.Is)
            return Unknown(doubt)
        if isinstance(operator, (ast.In, ast.NotIn)):
            is_in = self.contains(left, right, node.comparators[0])
            return Unknown(doubt) if is_in is None else is_in == isinstance(operator, ast.In)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown(doubt)
        if isinstance(operator, (ast.Eq, ast.NotEq)):
            return (_plain(left) == _plain(right)) == isinstance(operator, ast.Eq)
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return bool(_ORDERS[type(operator)](left, right))
        return Unknown(doubt)

    def contains(self, item: Value, where: Value, node: ast.expr) -> bool | None:
        if isinstance(where, Empty):
            return False if _is_something(item) else None
        if isinstance(item, Empty) and isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            values = [self.of(part) for part in node.elts]
            if not any(isinstance(value, Unknown) for value in values):
                return any(_plain(value) == _PLAIN for value in values)
        return None

    def combine(self, node: ast.BinOp) -> Value:
        left, right = self.of(node.left), self.of(node.right)
        if isinstance(left, Empty) and isinstance(right, Empty):
            return EMPTY
        if isinstance(node.op, (ast.Add, ast.Sub)):
            for value, other in ((left, right), (right, left)):
                nothing = isinstance(other, Empty) or (other == 0 and not isinstance(other, (str, bytes)))
                if nothing and (other is right or isinstance(node.op, ast.Add)):
                    return value
        return Unknown(max(doubt_of(left), doubt_of(right)))


_ORDERS: Final[dict[type[ast.cmpop], Any]] = {
    ast.Lt: lambda first, second: first < second,
    ast.LtE: lambda first, second: first <= second,
    ast.Gt: lambda first, second: first > second,
    ast.GtE: lambda first, second: first >= second,
}


def _plain(value: Value) -> object:
    """A value to compare with others: what is empty, is equal to all that is."""
    return _PLAIN if isinstance(value, Empty) or (isinstance(value, (str, bytes)) and not value) else value


def _is_something(value: Value) -> bool:
    """Whether a value is certainly not empty."""
    return isinstance(value, (str, bytes)) and bool(value)


def doubt_of(value: Value) -> int:
    return value.doubt if isinstance(value, Unknown) else TOLD if isinstance(value, Empty) else NOTHING


def _is_of_connection(text: str) -> bool:
    return any(part in text.rpartition(".")[2].lower() for part in _CONNECTION)
