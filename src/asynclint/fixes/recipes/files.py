"""A file that is opened to be read or written as a whole is read or written in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import libcst as cst

from asynclint.fixes.calls import handed_over
from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_PARAMETERS: Final = ("mode", "buffering", "encoding", "errors", "newline", "closefd", "opener")
_KEPT: Final = ("encoding", "errors", "newline")

_METHODS: Final = {
    ("read", "r"): "read_text",
    ("read", "rt"): "read_text",
    ("read", "rb"): "read_bytes",
    ("write", "w"): "write_text",
    ("write", "wt"): "write_text",
    ("write", "wb"): "write_bytes",
}

_FIRST: Final = (
    cst.Arg, cst.Call, cst.Attribute, cst.Subscript, cst.SubscriptElement, cst.Index,
    cst.Assign, cst.AnnAssign, cst.BinaryOperation, cst.Element, cst.Return, cst.Expr, cst.SimpleStatementLine, cst.Await,
)  # fmt: skip
"""What may stand around the use of the file: it is evaluated once, whatever is known."""


class _Opened(NamedTuple):
    """How a file is opened: the path, where it is not what ``open`` is a method of, the mode, and the arguments that are kept."""

    path: cst.BaseExpression
    is_path: bool
    mode: str
    kept: Sequence[cst.Arg]


def whole_file(place: Place) -> None:
    """``with open(p) as f: d = f.read()`` becomes ``d = await asyncio.to_thread(Path(p).read_text)``; ``json.load(f)`` becomes
    ``json.loads`` of that.

    The words are what hands something to a thread, what is known of the path (it is ``given`` as one, or
    ``open`` is a ``method`` of it, or nothing), and the Python from which on a
    newline can be told to the reader, if that has to be known (``newline``, or nothing).
    """
    function, known, newline = place.fix.words
    call = place.exactly(cst.Call)
    item = place.tree.parent(call)
    block = place.tree.parent(item)
    if not (isinstance(item, cst.WithItem) and isinstance(block, cst.With) and len(block.items) == 1 and item.asname is not None):
        raise Refused("the file is not opened by a `with` of its own")
    statement = _only_statement(place, block)
    handle = item.asname.name
    use = _only_use(place, block, handle)
    opened = _opened(call, known)
    may_await(place, use)
    name = place.name(function)
    is_json = isinstance(use.func, cst.Attribute) and use.func.attr.value == "load"
    method = _METHODS.get(("read" if is_json else cast(cst.Attribute, use.func).attr.value, opened.mode))
    if method is None:
        raise Refused("the file is not opened only to be read or written as a whole")
    if method == "read_text" and not newline and any(_keyword(argument) == "newline" for argument in opened.kept):
        raise Refused("`read_text` takes no newline before Python 3.13")
    data = [] if is_json else list(use.args)
    if len(data) != (method.startswith("write")) or any(argument.keyword is not None or argument.star for argument in data):
        raise Refused("the file is not read or written as a whole")
    owner = opened.path if opened.is_path else cst.Call(place.expression(place.name("pathlib.Path")), [cst.Arg(opened.path)])
    bind = function != "asyncio.to_thread"
    kept = list(opened.kept)
    if bind and kept:
        place.name("functools.partial")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        current = cast(cst.Call, old)
        given = [] if is_json else [argument.with_changes(comma=cst.MaybeSentinel.DEFAULT) for argument in current.args]
        work = cst.Call(cst.Attribute(owner, cst.Name(method)), [*given, *kept])
        made = awaited(place, use, handed_over(place, work, name, bind=bind))
        if not is_json:
            return made
        module = cast(cst.Attribute, current.func).value
        rest = current.args[1:]
        first = current.args[0].with_changes(value=made)
        return current.with_changes(func=cst.Attribute(module, cst.Name("loads")), args=[first, *rest])

    line = cast(cst.SimpleStatementLine, statement)
    _check_comments(place, block)
    place.replace(use, change)
    place.replace(block, lambda old: _body(cast(cst.With, old)).with_changes(leading_lines=[*block.leading_lines, *line.leading_lines]))


def _body(block: cst.With) -> cst.SimpleStatementLine:
    """The only line of a block, as one of its own."""
    if isinstance(block.body, cst.SimpleStatementSuite):
        return cst.SimpleStatementLine(block.body.body, trailing_whitespace=block.body.trailing_whitespace)
    return cast(cst.SimpleStatementLine, block.body.body[0])


def _only_statement(place: Place, block: cst.With) -> cst.CSTNode:
    line = block.body if isinstance(block.body, cst.SimpleStatementSuite) else block.body.body[0]
    is_one = isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(line.body) == 1
    if not is_one or (not isinstance(block.body, cst.SimpleStatementSuite) and len(block.body.body) != 1):
        raise Refused("more is done while the file is open")
    return _body(block)


def _only_use(place: Place, block: cst.With, handle: cst.BaseExpression) -> cst.Call:
    """The call that reads or writes the file; nothing else speaks of it in the whole function."""
    if not isinstance(handle, cst.Name):
        raise Refused("the file has no name of its own")
    function = place.function(block)
    if function is None:
        raise Refused("nothing can be awaited at module level")
    everywhere = [part for part in place.tree.walk(function) if isinstance(part, cst.Name) and part.value == handle.value]
    names = [name for name in everywhere if not _is_bound_elsewhere(place, name, block)]
    inside = set(place.tree.walk(block.body))
    if len(names) == 1:
        raise Refused("the file is not read or written here")
    if len(names) != 2 or names[1] not in inside:
        raise Refused(f"`{handle.value}` is used for more than this")
    outer = place.tree.parent(names[1])
    if isinstance(outer, cst.Attribute) and outer.value is names[1]:
        call = place.tree.parent(outer)
        fits = outer.attr.value in ("read", "write") and isinstance(call, cst.Call) and call.func is outer
    else:
        call = place.tree.parent(outer)
        fits = isinstance(outer, cst.Arg) and isinstance(call, cst.Call) and call.args[0] is outer and _is_json_load(place, call)
    if not fits:
        raise Refused("the file is not read or written as a whole")
    use = cast(cst.Call, call)
    for part in place.tree.parents(use):
        if part is block.body:
            return use
        if not isinstance(part, _FIRST):
            raise Refused("the file is not read or written in every case")
    raise Refused("the file is not read or written as a whole")


def _is_bound_elsewhere(place: Place, name: cst.Name, block: cst.With) -> bool:
    """Whether a name stands in another ``with`` that binds it anew."""
    for outer in place.tree.parents(name):
        if outer is block:
            return False
        if isinstance(outer, cst.With):
            bound = [item.asname.name for item in outer.items if item.asname is not None]
            if any(isinstance(one, cst.Name) and one.value == name.value for one in bound):
                return not any(item is part for item in outer.items for part in place.tree.parents(name)) or name in bound
    return False


def _is_json_load(place: Place, call: cst.Call) -> bool:
    function = call.func
    return isinstance(function, cst.Attribute) and place.tree.code(function) == place.name("json.load")


def _opened(call: cst.Call, known: str) -> _Opened:
    args = list(call.args)
    if any(argument.star for argument in args):
        raise Refused("the call unpacks arguments")
    if known == "method":
        path = call.func.value if isinstance(call.func, cst.Attribute) else None
    else:
        path = args.pop(0).value if args and args[0].keyword is None and isinstance(call.func, cst.Name) else None
    if path is None or isinstance(path, (cst.Integer, cst.NamedExpr)):
        raise Refused("the path is not plain to see")
    given: dict[str, cst.Arg] = {}
    for position, argument in enumerate(args):
        given[_keyword(argument) or _PARAMETERS[position]] = argument
    mode = given["mode"].value if "mode" in given else cst.SimpleString('"r"')
    if not isinstance(mode, cst.SimpleString) or not set(given) <= {"mode", *_KEPT}:
        raise Refused("how the file is opened cannot be said to `Path`")
    bare = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    kept = [cst.Arg(given[name].value, cst.Name(name), equal=bare) for name in _KEPT if name in given]
    return _Opened(path, bool(known), cast(str, mode.evaluated_value), kept)


def _keyword(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword is not None else ""


def _check_comments(place: Place, block: cst.With) -> None:
    """Refuse where a comment stands in what goes away; those above the block and in its line stay."""
    line = block.body if isinstance(block.body, cst.SimpleStatementSuite) else block.body.body[0]
    kept = set(place.tree.walk(line))
    above = {part for lines in block.leading_lines for part in place.tree.walk(lines)}
    for part in place.tree.walk(block):
        if isinstance(part, cst.Comment) and part not in kept and part not in above:
            raise Refused("a comment would be lost with the `with`")
