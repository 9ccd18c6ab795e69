"""How expressions are walked: each leaves one row on the walker's value stack."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from asynclint.source import loops, measures
from asynclint.source.held import show, take
from asynclint.source.names import WATCHED
from asynclint.source.narrowing import Narrowing, narrow, widen
from asynclint.source.paths import is_path, last_name
from asynclint.source.references import AITER, ATTR, AWAIT, BINARY, CALL, CLASS, COLLECTION, CONST, ITEM, ITER, STAR, SUPER
from asynclint.source.roles import cast, play
from asynclint.source.scopes import GENERATOR, Environment
from asynclint.source.uses import (
    AWAITED,
    OF_EACH,
    USE_ABSENT,
    USE_AITER,
    USE_AWAIT,
    USE_CALL,
    USE_COMBINE,
    USE_COMPARE,
    USE_DROP,
    USE_EXCHANGE,
    USE_FORMAT,
    USE_IDENTITY,
    USE_ITEM,
    USE_ITER,
    USE_KEY,
    USE_TEST,
    USE_UNPACK,
    USE_YIELD,
)
from asynclint.source.walker import Visit, Walker

LONGEST_TEXT: Final = 64
"""Longer text constants are only known to be texts."""

MOST_ENTRIES: Final = 8
"""Of a display with more elements or entries than this, none is known."""

_UNIONS: Final = frozenset({"Optional", "Union"})


def _name(walker: Walker, node: ast.Name) -> None:
    row = walker.lookup(node.id)
    walker.values.append(row)
    if walker.roles:
        play(walker, node, row)


def _constant(walker: Walker, node: ast.Constant) -> None:
    value = node.value
    if isinstance(value, str):
        walker.values.append(walker.add(CONST, 0, repr(value)) if len(value) <= LONGEST_TEXT else walker.text_row)
    elif value is None or isinstance(value, (bool, int, float)):
        walker.values.append(walker.add(CONST, 0, repr(value)[:LONGEST_TEXT]) if not _is_huge(value) else 0)
    elif isinstance(value, bytes):
        walker.values.append(walker.add(CONST, 0, "b''"))
    else:
        walker.values.append(0)


def _is_huge(value: object) -> bool:
    return isinstance(value, int) and value.bit_length() > 128  # the repr of a huge number takes long, or is refused


def _attribute(walker: Walker, node: ast.Attribute) -> None:
    if is_path(node):
        row = walker.path(node, is_callee=False)
        walker.values.append(row)
        if walker.roles:
            play(walker, node, row)
    else:
        walker.work.append((_end_attribute, node))
        walker.work.append(node.value)


def _end_attribute(walker: Walker, node: ast.Attribute) -> None:
    row = walker.add(ATTR, walker.values.pop(), node.attr)
    walker.values.append(row)
    walker.read(row, node)
    if walker.roles:
        play(walker, node, row)


def _end_callee(walker: Walker, node: ast.Attribute) -> None:
    walker.values.append(walker.add(ATTR, walker.values.pop(), node.attr))


def _call(walker: Walker, node: ast.Call) -> None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in WATCHED:
        walker.body.watched.append(node)
    begin_call(walker, node, _end_call)


def begin_call(walker: Walker, node: ast.Call, end: Callable[[Walker, Any], None]) -> None:
    work = walker.work
    work.append((end, node))
    for keyword in reversed(node.keywords):
        is_type = keyword.arg == "bound" and _is_text(keyword.value) and last_name(node) == "TypeVar"
        work.append((_declaration, keyword.value) if is_type else keyword.value)
        if keyword.arg is None:
            cast(walker, keyword.value, USE_UNPACK)
    for argument in reversed(node.args):
        if isinstance(argument, ast.GeneratorExp):
            work.append((consumed, argument))
        else:
            work.append((_declaration, argument) if _is_text(argument) and last_name(node) == "cast" else argument)
    func = node.func
    if is_path(func):
        walker.values.append(walker.path(func, is_callee=True))
    elif isinstance(func, ast.Attribute):
        work.append((_end_callee, func))
        work.append(func.value)
    else:
        work.append(func)


def _declaration(walker: Walker, node: ast.expr) -> None:
    walker.values.append(walker.annotation(node))


def _end_call(walker: Walker, node: ast.Call) -> None:
    values = walker.values
    count = len(node.args) + len(node.keywords)
    if count:
        rest = tuple(values[-count:])
        del values[-count:]
        keywords = ",".join([keyword.arg or "**" for keyword in node.keywords]) if node.keywords else ""
    else:
        rest = ()
        keywords = ""
    callee = values.pop()
    if isinstance(node.func, ast.Name) and node.func.id == "super" and len(rest) in (0, 2):
        named = walker.references.rows[rest[0]] if rest else None  # `super(Base, self)`
        owner = walker.enclosing_class() if named is None else named[1] if named[0] == CLASS else -1
        if owner >= 0:
            values.append(walker.add(SUPER, owner))
            return
    row = walker.add(CALL, callee, keywords, rest)
    values.append(row)
    walker.use(USE_CALL, row, node)
    if walker.roles:
        play(walker, node, row)
    if walker.body.held:
        take(walker, node)
    if walker.beside:
        loops.tell(walker, node, row)


def end_awaited_call(walker: Walker, node: ast.Call) -> None:
    before = len(walker.uses)
    _end_call(walker, node)
    if len(walker.uses) > before:
        kind, row, flags, guards = walker.uses[-1]
        walker.uses[-1] = (kind, row, flags | AWAITED, guards)


def _await(walker: Walker, node: ast.Await) -> None:
    walker.work.append((_end_await, node))
    if isinstance(node.value, ast.Call):
        begin_call(walker, node.value, end_awaited_call)
    else:
        walker.work.append(node.value)


def _end_await(walker: Walker, node: ast.Await) -> None:
    row = walker.add(AWAIT, walker.values.pop())
    walker.values.append(row)
    if not isinstance(node.value, ast.Call):
        walker.use(USE_AWAIT, row, node)
        if isinstance(node.value, ast.Name):
            walker.body.taken.add(node.value.id)
    elif walker.roles:
        play(walker, node, row)


def _starred(walker: Walker, node: ast.Starred) -> None:
    cast(walker, node.value, USE_UNPACK)
    walker.work.append((_end_starred, node))
    walker.work.append(node.value)


def _end_starred(walker: Walker, node: ast.Starred) -> None:
    walker.values.append(walker.add(STAR, walker.values.pop()))


BINARY_OPERATORS: Final[dict[type[ast.operator], str]] = {ast.Div: "/", ast.BitOr: "|", ast.Add: "+"}


def _binary(walker: Walker, node: ast.BinOp) -> None:
    cast(walker, node.left, USE_COMBINE)
    if isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Tuple):  # `"%s of %s" % (part, whole)`
        for part in node.right.elts:
            cast(walker, part, USE_FORMAT)
    else:
        cast(walker, node.right, USE_COMBINE)
    walker.work.append((_end_binary, node))
    walker.work.append(node.right)
    walker.work.append(node.left)


def _end_binary(walker: Walker, node: ast.BinOp) -> None:
    right = walker.values.pop()
    left = walker.values.pop()
    operator = BINARY_OPERATORS.get(type(node.op))
    walker.values.append(walker.add(BINARY, left, operator, (right,)) if operator is not None else 0)


def all_parts(walker: Walker, parts: Sequence[ast.expr], end: Callable[[Walker, Any], None], node: ast.expr) -> None:
    walker.work.append((end, node))
    walker.work.extend(parts[::-1])


def _boolean(walker: Walker, node: ast.BoolOp) -> None:
    work = walker.work
    undo: _Undo = []
    work.append((_end_boolean, (node, walker.guards, undo)))
    is_and = isinstance(node.op, ast.And)
    for previous, value in zip(reversed(node.values[:-1]), reversed(node.values[1:]), strict=True):
        work.append(value)
        work.append((_guard, (previous, is_and, undo, -1)))  # the right is evaluated only if the left came out so
        cast(walker, previous, USE_TEST)
    work.append(node.values[0])


LONGEST_CHAIN: Final = 32
"""Behind so many known tests, an expression's own add nothing: a chain of thousands is no hand's work."""


_Undo = list[Narrowing]
"""What tests in an expression have narrowed."""


def _guard(walker: Walker, state: tuple[ast.expr, bool, _Undo, int]) -> None:
    """Note how a test has come out, whose row lies at a place of the stack."""
    test, wanted, undo, place = state
    if len(walker.guards) < LONGEST_CHAIN:
        walker.guards += walker.truths(test, wanted) + walker.outcome(walker.values[place], wanted)
        undo += narrow(walker, test, wanted)


def _end_boolean(walker: Walker, state: tuple[ast.BoolOp, tuple[int, ...], _Undo]) -> None:
    node, walker.guards, undo = state
    widen(walker, undo)
    count = len(node.values)
    rows = walker.values[-count:]
    del walker.values[-count:]
    walker.values.append(walker.references.union(rows) if isinstance(node.op, ast.Or) else rows[-1])


def _compare(walker: Walker, node: ast.Compare) -> None:
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        role = USE_IDENTITY if isinstance(operator, (ast.Is, ast.IsNot)) else USE_COMPARE
        is_none = role == USE_IDENTITY and isinstance(right, ast.Constant) and right.value is None
        cast(walker, left, USE_ABSENT if is_none else role)
        cast(walker, right, role)
        if role == USE_IDENTITY:
            show(walker, left)
            show(walker, right)
        left = right
    all_parts(walker, [node.left, *node.comparators], _end_compare, node)


def _end_compare(walker: Walker, node: ast.Compare) -> None:
    measures.compare(walker, node)
    del walker.values[-1 - len(node.comparators) :]
    walker.values.append(walker.truth_row)


def _unary(walker: Walker, node: ast.UnaryOp) -> None:
    cast(walker, node.operand, USE_TEST if isinstance(node.op, ast.Not) else USE_COMBINE)
    walker.work.append((_end_unary, node))
    walker.work.append(node.operand)


def _end_unary(walker: Walker, node: ast.UnaryOp) -> None:
    operand = walker.values.pop()
    operation, _, text, _ = walker.references.rows[operand]
    if isinstance(node.op, ast.Not):
        row = walker.add(BINARY, operand, "not", (0,))
    elif isinstance(node.op, ast.USub) and operation == CONST and text[0].isdigit():
        row = walker.add(CONST, 0, "-" + text)
    else:
        row = 0
    walker.values.append(row)


def _conditional(walker: Walker, node: ast.IfExp) -> None:
    if_true: _Undo = []
    if_false: _Undo = []
    work = walker.work
    work.append((_end_conditional, (walker.guards, if_false)))
    work.append(node.orelse)
    work.append((_guard, (node.test, False, if_false, -2)))
    work.append((_end_guarded, (walker.guards, if_true)))
    work.append(node.body)
    work.append((_guard, (node.test, True, if_true, -1)))
    work.append(node.test)
    cast(walker, node.test, USE_TEST)


def _end_guarded(walker: Walker, state: tuple[tuple[int, ...], _Undo]) -> None:
    walker.guards, undo = state
    widen(walker, undo)


def _end_conditional(walker: Walker, state: tuple[tuple[int, ...], _Undo]) -> None:
    _end_guarded(walker, state)
    rows = walker.values[-2:]
    del walker.values[-3:]
    walker.values.append(walker.references.union(rows))


def _lambda(walker: Walker, node: ast.Lambda) -> None:
    defaults = node.args.defaults + [default for default in node.args.kw_defaults if default is not None]
    all_parts(walker, defaults, _end_lambda, node)


def _end_lambda(walker: Walker, node: ast.Lambda) -> None:
    walker.values.append(walker.define_function(node, (), pop_defaults(walker, node.args)))


def pop_defaults(walker: Walker, arguments: ast.arguments) -> list[int]:
    """The rows of the defaults of all parameters that can have one: positional, then keyword-only (0 for those without)."""
    count = len(arguments.defaults) + sum(default is not None for default in arguments.kw_defaults)
    rows = walker.values[len(walker.values) - count :]
    del walker.values[len(walker.values) - count :]
    defaults = rows[: len(arguments.defaults)]
    position = len(defaults)
    for default in arguments.kw_defaults:
        if default is None:
            defaults.append(0)
        else:
            defaults.append(rows[position])
            position += 1
    return defaults


_DISPLAYS: Final[dict[type[ast.expr], str]] = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}


def _display(walker: Walker, node: ast.Tuple | ast.List | ast.Set) -> None:
    all_parts(walker, node.elts, _end_display, node)


def _end_display(walker: Walker, node: ast.Tuple | ast.List | ast.Set) -> None:
    count = len(node.elts)
    rows = tuple(walker.values[-count:]) if count else ()
    if count:
        del walker.values[-count:]
    row = walker.add(COLLECTION, 0, _DISPLAYS[type(node)], rows if count <= MOST_ENTRIES else (0,))
    walker.values.append(row)
    if walker.roles:
        play(walker, node, row)


def _dict(walker: Walker, node: ast.Dict) -> None:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            cast(walker, value, USE_UNPACK)
        else:
            cast(walker, key, USE_KEY)
    parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
    all_parts(walker, parts, _end_dict, node)


def _end_dict(walker: Walker, node: ast.Dict) -> None:
    count = len(node.values) + sum(key is not None for key in node.keys)
    rows = iter(walker.values[-count:] if count else ())
    pairs = [(next(rows), next(rows)) if key is not None else (0, walker.add(STAR, next(rows))) for key in node.keys]
    if count:
        del walker.values[-count:]
    rest = tuple([row for pair in pairs for row in pair]) if len(pairs) <= MOST_ENTRIES else (0, 0)
    row = walker.add(COLLECTION, 0, "dict", rest)
    walker.values.append(row)
    if walker.roles:
        play(walker, node, row)


_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_COMPREHENSIONS: Final[dict[type[ast.expr], str]] = {
    ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator", ast.DictComp: "dict",
}  # fmt: skip


def _comprehension(walker: Walker, node: _Comprehension) -> None:
    walker.work.append((_end_comprehension, (node, walker.scope.environment)))
    _push_parts(walker, node)
    first = node.generators[0]
    is_whole = isinstance(first.iter, ast.Call) and not first.ifs and not walker.flags & OF_EACH
    if is_whole:
        walker.work.append((_end_whole, None))
        walker.flags |= OF_EACH  # it is what is visited next
    _push_iterable(walker, first.iter)


def _end_whole(walker: Walker, _: None) -> None:
    walker.flags &= ~OF_EACH


def _push_parts(walker: Walker, node: _Comprehension) -> None:
    """All of a comprehension but its first iterable, whose value is expected."""
    work = walker.work
    if isinstance(node, ast.DictComp):
        work.append(node.value)
        work.append(node.key)
    else:
        work.append(node.elt)
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            work.append((_end_filter, test))
            work.append(test)
            cast(walker, test, USE_TEST)
        work.append((_bind_comprehension, generator))
        if generator is not node.generators[0]:
            _push_iterable(walker, generator.iter)


def _push_iterable(walker: Walker, node: ast.expr) -> None:
    walker.work.append((consumed, node) if isinstance(node, ast.GeneratorExp) else node)


def _lazy(walker: Walker, node: ast.GeneratorExp) -> None:
    """A generator expression that is not consumed where it stands: of it all, only the first iterable is evaluated here."""
    first = node.generators[0]
    walker.work.append((_end_lazy, (node, walker.scope.environment)))
    _push_parts(walker, node)
    walker.work.append((_begin_lazy, None))
    walker.work.append(first.iter)


def _begin_lazy(walker: Walker, _: None) -> None:
    walker.in_lazy += 1


def _end_lazy(walker: Walker, state: tuple[_Comprehension, Environment]) -> None:
    walker.in_lazy -= 1
    _end_comprehension(walker, state)


def consumed(walker: Walker, node: ast.GeneratorExp) -> None:
    """A generator expression as an argument: nearly all that take one consume it."""
    _comprehension(walker, node)


def _bind_comprehension(walker: Walker, node: ast.comprehension) -> None:
    row = walker.add(AITER if node.is_async else ITER, walker.values.pop())
    walker.use(USE_AITER if node.is_async else USE_ITER, row, node.iter)
    walker.scope.environment = dict(walker.scope.environment)
    walker.bind_target(node.target, row)


def _end_comprehension(walker: Walker, state: tuple[_Comprehension, Environment]) -> None:
    node, environment = state
    walker.scope.environment = environment
    element = walker.values.pop()
    rest = (walker.values.pop(), element) if isinstance(node, ast.DictComp) else (element,)
    kind = "async generator" if isinstance(node, ast.GeneratorExp) and _is_asynchronous(node) else _COMPREHENSIONS[type(node)]
    row = walker.add(COLLECTION, 0, kind, rest)
    walker.values.append(row)
    if walker.roles:
        play(walker, node, row)


def _is_asynchronous(node: ast.GeneratorExp) -> bool:
    """Whether a generator expression awaits something, or goes through something by ``async for``, other than in its first iterable."""
    first, *others = node.generators
    stack: list[ast.AST] = [node.elt, *first.ifs, *others]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Await) or (isinstance(part, ast.comprehension) and part.is_async):
            return True
        if isinstance(part, ast.GeneratorExp):
            stack.append(part.generators[0].iter)  # the rest is its own
        elif not isinstance(part, ast.Lambda):
            stack.extend(ast.iter_child_nodes(part))
    return bool(first.is_async)


def _end_filter(walker: Walker, test: ast.expr) -> None:
    walker.values.pop()
    narrow(walker, test, True)  # in the environment of the comprehension


def discard(walker: Walker, _: None) -> None:
    walker.values.pop()


def _joined_text(walker: Walker, node: Any) -> None:
    all_parts(walker, node.values, _end_joined_text, node)


def _end_joined_text(walker: Walker, node: Any) -> None:
    row = walker.text_row
    if node.values:
        first = walker.values[-len(node.values)]
        del walker.values[-len(node.values) :]
        if isinstance(node.values[0], ast.Constant):  # its beginning is known
            row = walker.add(BINARY, first, "+", (row,))
    walker.values.append(row)


def _formatted(walker: Walker, node: Any) -> None:
    cast(walker, node.value, USE_FORMAT)
    show(walker, node.value)
    walker.work.append((_end_formatted, node))
    if node.format_spec is not None:
        walker.work.append(node.format_spec)
    walker.work.append(node.value)


def _end_formatted(walker: Walker, node: Any) -> None:
    if node.format_spec is not None:
        walker.values.pop()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _subscript(walker: Walker, node: ast.Subscript) -> None:
    if last_name(node.value) in _UNIONS and any(map(_is_text, ast.walk(node.slice))):
        _declaration(walker, node)  # an alias of classes whose names are written as texts
        return
    cast(walker, node.value, USE_ITEM)
    cast(walker, node.slice, USE_KEY)
    all_parts(walker, [node.value, node.slice], _end_subscript, node)


def _end_subscript(walker: Walker, node: ast.Subscript) -> None:
    index = walker.values.pop()
    measures.cut(walker, walker.values[-1], node)
    walker.values.append(walker.add(ITEM, walker.values.pop(), "", (index,)))


def _slice(walker: Walker, node: ast.Slice) -> None:
    all_parts(walker, [part for part in (node.lower, node.upper, node.step) if part is not None], _end_slice, node)


def _end_slice(walker: Walker, node: ast.Slice) -> None:
    count = sum(part is not None for part in (node.lower, node.upper, node.step))
    if count:
        del walker.values[-count:]
    walker.values.append(0)


def _named(walker: Walker, node: ast.NamedExpr) -> None:
    walker.work.append((_end_named, node))
    walker.work.append(node.value)


def _end_named(walker: Walker, node: ast.NamedExpr) -> None:
    walker.bind(node.target.id, walker.values[-1])
    walker.scope.loaded[node.target.id] += 1  # its value goes on


def _yield(walker: Walker, node: ast.Yield) -> None:
    walker.body.flags |= GENERATOR
    walker.work.append((_end_yield, node))
    if node.value is not None:
        is_statement = walker.roles.pop(id(node), -1) == USE_DROP
        cast(walker, node.value, USE_YIELD if is_statement else USE_EXCHANGE)
        walker.work.append(node.value)


def _end_yield(walker: Walker, node: ast.Yield) -> None:
    walker.body.yielded.append(walker.values.pop() if node.value is not None else walker.none_row)
    walker.values.append(0)


def _yield_from(walker: Walker, node: ast.YieldFrom) -> None:
    walker.body.flags |= GENERATOR
    walker.work.append((_end_yield_from, node))
    walker.work.append(node.value)


def _end_yield_from(walker: Walker, node: ast.YieldFrom) -> None:
    row = walker.add(ITER, walker.values.pop())
    walker.use(USE_ITER, row, node.value)
    walker.body.yielded.append(row)
    walker.values.append(0)


EXPRESSIONS: Final[dict[type[ast.AST], Visit]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Await: _await,
    ast.Starred: _starred,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.IfExp: _conditional,
    ast.Lambda: _lambda,
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _lazy,
    ast.DictComp: _comprehension,
    ast.JoinedStr: _joined_text,
    ast.FormattedValue: _formatted,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.NamedExpr: _named,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
"""What visits which expression."""

for _newer, _visit in (("TemplateStr", _joined_text), ("Interpolation", _formatted)):  # only newer Pythons have these
    if hasattr(ast, _newer):
        EXPRESSIONS[getattr(ast, _newer)] = _visit
