"""One walk over one file: what every name may be, and what every function does with it.

The walk is a machine with two stacks. On the *work* stack lie nodes to visit and steps to take once their parts are done; on the
*value* stack lie the rows (see :mod:`asynclint.source.references`) of the expressions evaluated so far. Visiting
``f(x)`` pushes the step "call" and then ``x`` and ``f``, so that ``f`` is taken off first: Python's own order of evaluation,
at any depth of nesting, without recursion. Both tables at the end of this file say which method visits which node.

A *use* is something a function does with a value: it calls it, reads an attribute of it that may be a property, enters it, iterates
it, awaits it. Uses are numbered within their function; their positions are kept apart, so that a moved line changes no fact.

Functions are walked one after the other, each after the scope around it, so that its free names are known.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from typing import Any, Final

from asynclint.source.references import (
    AENTER, AITER, ATTR, AWAIT, BINARY, CALL, CLASS, COLLECTION, CONST, DECLARED, ENTER, FUNCTION, GENERIC, ITEM, ITER, NAME, PARAM, STAR,
    SUPER, UNION, UNKNOWN, References,
)  # fmt: skip
from asynclint.source.scopes import ASYNC, GENERATOR, IN_TYPING, LAMBDA, MODULE, Environment, FunctionNode, Scope, join

# Kinds of uses. For all but READ, the row of the use is the row of its result.
USE_CALL: Final = 0
USE_READ: Final = 1
USE_ENTER: Final = 2
USE_AENTER: Final = 3
USE_ITER: Final = 4
USE_AITER: Final = 5
USE_AWAIT: Final = 6

# Flags of a use.
AWAITED: Final = 1
"""The call stands directly behind ``await``."""
IN_MAIN_GUARD: Final = 2
"""Under ``if __name__ == "__main__"``."""
IN_HANDLER: Final = 4
"""In an ``except`` block."""
LOOP_GUARDED: Final = 8
"""In a ``try`` that handles the RuntimeError of a missing loop."""
BODY_AWAITS: Final = 16
"""The ``with`` that enters it has an ``await`` in its body."""
CONDITIONAL: Final = 32
"""In a branch or a loop."""

Use = tuple[int, int, int, tuple[int, ...]]
"""Kind, row, flags, and the rows of the calls that are known to be true here (``if future.done():``)."""

_BUILTINS: Final = frozenset(dir(builtins))
_LONGEST_TEXT: Final = 64
"""Longer text constants are only known to be texts."""

Work = ast.AST | tuple[Callable[["Walker", Any], None], Any]


class FunctionBody:
    """A function under construction: the module itself is number 0."""

    __slots__ = (
        "decorators", "defaults", "flags", "lines", "name", "node", "owner", "parameters", "parent", "positions", "reads", "result",
        "returned", "scope", "uses", "yielded",
    )  # fmt: skip

    def __init__(self, name: str, flags: int, parent: int, owner: int, node: FunctionNode | None, lines: tuple[int, int, int]) -> None:
        self.name = name
        self.flags = flags
        self.parent = parent
        self.owner = owner
        self.node = node
        self.lines = lines
        self.scope: Scope | None = None
        self.decorators: tuple[int, ...] = ()
        self.defaults: list[int] = []
        self.parameters: list[tuple[str, int, int]] = []
        self.result = 0
        self.returned: list[int] = []
        self.yielded: list[int] = []
        self.uses: list[Use] = []
        self.positions: list[int] = []
        self.reads: set[int] = set()


class ClassBody:
    """A class under construction."""

    __slots__ = ("assigned", "bases", "declared", "decorators", "line", "name", "parent", "scope")

    def __init__(self, name: str, parent: int, bases: tuple[int, ...], decorators: tuple[int, ...], scope: Scope, line: int) -> None:
        self.name = name
        self.parent = parent
        self.bases = bases
        self.decorators = decorators
        self.scope = scope
        self.line = line
        self.declared: dict[str, int] = {}
        self.assigned: dict[str, list[int]] = {}


class _Branches:
    """What the walk has to come back to when a branching statement goes on or ends."""

    __slots__ = ("before", "ends", "flags", "guards", "if_false", "if_true", "left")

    def __init__(self, before: Environment, flags: int, guards: tuple[int, ...]) -> None:
        self.before = before
        self.flags = flags
        self.guards = guards
        self.ends: list[Environment] = []
        self.left = False
        self.if_true: tuple[int, ...] = ()
        self.if_false: tuple[int, ...] = ()


class Walker:
    """Walks one module. `module` is its dotted name, which relative imports and global names are made absolute with."""

    def __init__(self, tree: ast.Module, module: str, is_package: bool) -> None:
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.references = References()
        self.add = self.references.add
        self.functions: list[FunctionBody] = []
        self.classes: list[ClassBody] = []
        self.stars: list[str] = []
        self.imported: set[str] = set()
        self._globals: dict[str, int] = {}
        self._text = self.add(DECLARED, self.add(NAME, 0, "builtins.str"))
        self._truth = self.add(DECLARED, self.add(NAME, 0, "builtins.bool"))
        self._none = self.add(CONST, 0, "None")
        self.values: list[int] = []
        self.work: list[Work] = []
        self.branches: list[_Branches] = []
        self._class_stack: list[Scope] = []
        self._with_stack: list[tuple[int, int]] = []
        self._module_done = False
        body = FunctionBody("<module>", MODULE, -1, -1, None, (1, 1, 1))
        self.module_scope = body.scope = Scope(None, 0)
        self.functions.append(body)
        self._start(0)
        self.work.extend(reversed(tree.body))
        self._run()
        self._module_done = True
        number = 1
        while number < len(self.functions):  # the list grows while nested functions are met
            self._walk_function(number)
            number += 1

    # -- the machine

    def _run(self) -> None:
        work = self.work
        visits = _VISITS
        while work:
            item = work.pop()
            if type(item) is tuple:
                item[0](self, item[1])
            else:
                visit = visits.get(type(item))
                if visit is not None:
                    visit(self, item)

    def _start(self, number: int) -> None:
        self.number = number
        self.body = self.functions[number]
        scope = self.body.scope
        assert scope is not None
        self.scope = scope
        self.uses = self.body.uses
        self.flags = 0
        self.guards: tuple[int, ...] = ()
        self.in_typing = bool(self.body.flags & IN_TYPING)
        self.dead = False
        self.left = False
        self.awaits = 0

    def _walk_function(self, number: int) -> None:
        self._start(number)
        node = self.body.node
        assert node is not None
        scope = self.scope
        arguments = node.args
        defaults = self.body.defaults
        positional = arguments.posonlyargs + arguments.args
        first_default = len(positional) - len(arguments.defaults)
        position = 0
        for argument in positional:
            default = defaults[position - first_default] if position >= first_default else 0
            self._parameter(argument, position, default)
            position += 1
        if arguments.vararg is not None:
            scope.bind(arguments.vararg.arg, 0, self.references)
        for i, argument in enumerate(arguments.kwonlyargs):
            self._parameter(argument, position, defaults[len(arguments.defaults) + i])
            position += 1
        if arguments.kwarg is not None:
            scope.bind(arguments.kwarg.arg, 0, self.references)
        if isinstance(node, ast.Lambda):
            self.work.append((_return, node))
            self.work.append(node.body)
        else:
            if node.returns is not None:
                self.body.result = self.annotation(node.returns)
            self.work.extend(reversed(node.body))
        self._run()

    def _parameter(self, argument: ast.arg, position: int, default: int) -> None:
        declared = self.annotation(argument.annotation) if argument.annotation is not None else 0
        self.body.parameters.append((argument.arg, declared, default))
        self.scope.bind(argument.arg, self.add(PARAM, self.number, argument.arg, (position,)), self.references)

    # -- names

    def lookup(self, name: str) -> int:
        """The row of what `name` is bound to here."""
        scope: Scope | None = self.scope
        assert scope is not None
        row = scope.environment.get(name)
        if row is not None:
            return row
        running = True  # a class body runs inside the scope around it; a function finds that scope done
        while scope is not None:
            if scope is self.module_scope:
                break
            if name not in scope.global_names:
                row = scope.environment.get(name) if running else None
                if row is None:
                    row = scope.bound.get(name)
                if row is not None:
                    return row
            running = running and scope.class_number >= 0
            scope = scope.parent
        return self._global(name)

    def _global(self, name: str) -> int:
        if not self._module_done:
            row = self.module_scope.environment.get(name)
            if row is not None:
                return row
        row = self._globals.get(name)
        if row is None:
            bound = self.module_scope.bound.get(name)
            if bound is not None and self._module_done and self.references.rows[bound][0] in (NAME, FUNCTION, CLASS):
                row = bound
            elif bound is None and name in _BUILTINS and (self._module_done or not self.stars):
                row = self.add(NAME, 0, "builtins." + name)
            else:
                row = self.add(NAME, 0, f"{self.module}.{name}")
            if self._module_done:
                self._globals[name] = row
        return row

    def bind(self, name: str, row: int) -> None:
        """Bind a name in the scope that its declarations give it to."""
        scope = self.scope
        if name in scope.global_names:
            self.module_scope.bind(name, row, self.references)
            return
        if name in scope.outer_names and scope.parent is not None:
            scope.parent.bind(name, row, self.references)
        scope.bind(name, row, self.references)

    def bind_target(self, target: ast.expr, row: int) -> None:
        """Bind an assignment's target, which may be a pattern of names and attributes."""
        if isinstance(target, ast.Name):
            self.bind(target.id, row)
        elif isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name):
                self._assign_attribute(self.lookup(target.value.id), target.attr, row)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for position, element in enumerate(target.elts):
                if isinstance(element, ast.Starred):
                    self.bind_target(element.value, 0)
                    row = 0  # positions behind it are unknown
                else:
                    self.bind_target(element, self.item(row, position) if row else 0)

    def _assign_attribute(self, receiver: int, name: str, row: int) -> None:
        operation, function, _, rest = self.references.rows[receiver]
        if operation == PARAM and rest[0] == 0:
            owner = self.functions[function].owner
            if owner >= 0:
                self.classes[owner].assigned.setdefault(name, []).append(row)

    def item(self, row: int, position: int) -> int:
        """The row of ``row[position]``."""
        operation, _, text, rest = self.references.rows[row]
        if operation == COLLECTION and text in ("tuple", "list") and position < len(rest):
            return rest[position]
        return self.add(ITEM, row, "", (self.add(CONST, 0, str(position)),))

    # -- uses

    def use(self, kind: int, row: int, node: ast.expr, flags: int = 0) -> None:
        """Record a use of `row` at `node`."""
        if self.in_typing:
            return
        self.uses.append((kind, row, self.flags | flags, self.guards))
        self.body.positions += (node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)

    def path(self, node: ast.expr, is_callee: bool) -> int:
        """The row of a name or of a path of attributes that starts at a name; the attributes read on the way are used."""
        names: list[ast.Attribute] = []
        while isinstance(node, ast.Attribute):
            names.append(node)
            node = node.value
        assert isinstance(node, ast.Name)
        row = self.lookup(node.id)
        for attribute in reversed(names):
            row = self.add(ATTR, row, attribute.attr)
            if not (is_callee and attribute is names[0]):
                self._read(row, attribute)
        return row

    def _read(self, row: int, node: ast.Attribute) -> None:
        if row not in self.body.reads:
            self.body.reads.add(row)
            self.use(USE_READ, row, node)

    # -- annotations

    def annotation(self, node: ast.expr) -> int:
        """The row of an instance of what an annotation names; unknown where it says nothing that matters."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                try:
                    return self.annotation(ast.parse(node.value.strip(), mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return 0
            return self._none if node.value is None else 0
        if isinstance(node, (ast.Name, ast.Attribute)):
            if not _is_path(node):
                return 0
            row = self.annotation_path(node)
            return self.add(DECLARED, row) if row else 0
        if isinstance(node, ast.BinOp):
            parts: list[int] = []
            left: ast.expr = node
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.BitOr):
                parts.append(self.annotation(left.right))
                left = left.left
            parts.append(self.annotation(left))
            return self.references.union(parts)
        if isinstance(node, ast.Subscript) and _is_path(node.value):
            return self._generic(node)
        return 0

    def annotation_path(self, node: ast.expr) -> int:
        """The row of the class itself that a path in an annotation names."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        assert isinstance(node, ast.Name)
        row = self.lookup(node.id)
        for name in reversed(names):
            row = self.add(ATTR, row, name)
        return row

    def _generic(self, node: ast.Subscript) -> int:
        name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id if isinstance(node.value, ast.Name) else ""
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not arguments or name in ("Literal", "Callable"):
            return 0
        if name == "Optional":
            return self.references.union([self.annotation(arguments[0]), self._none])
        if name == "Union":
            return self.references.union([self.annotation(argument) for argument in arguments])
        if name in ("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "Unpack"):
            return self.annotation(arguments[0])
        if name in ("type", "Type"):
            return self.annotation_path(arguments[0]) if _is_path(arguments[0]) else 0
        return self.add(GENERIC, self.annotation_path(node.value), "", tuple(self.annotation(argument) for argument in arguments[:4]))

    # -- functions and classes

    def define_function(self, node: FunctionNode, decorators: tuple[int, ...], defaults: list[int]) -> int:
        """Put a function in line to be walked; the row that stands for it."""
        number = len(self.functions)
        owner = -1
        scope: Scope | None = self.scope
        assert scope is not None
        flags = IN_TYPING if self.in_typing else 0
        if isinstance(node, ast.Lambda):
            name, first = "<lambda>", node.lineno
            flags |= LAMBDA
        else:
            name = node.name
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if isinstance(node, ast.AsyncFunctionDef):
                flags |= ASYNC
            owner = scope.class_number
        body = FunctionBody(self._qualified(name), flags, self.number, owner, node, (first, node.lineno, node.end_lineno or node.lineno))
        body.decorators = decorators
        body.defaults = defaults
        body.scope = Scope(scope.parent if scope.class_number >= 0 else scope, number)
        self.functions.append(body)
        return self.add(FUNCTION, number)

    def _qualified(self, name: str) -> str:
        if self.scope.class_number >= 0:
            return f"{self.classes[self.scope.class_number].name}.{name}"
        return name if self.number == 0 else f"{self.body.name}.<locals>.{name}"

    def enclosing_class(self) -> int:
        """The class whose method is being walked, or -1; functions nested in the method count as it."""
        number = self.number
        while number > 0:
            body = self.functions[number]
            if body.owner >= 0:
                return body.owner
            number = body.parent
        return -1

    # -- branches

    def begin_branches(self) -> _Branches:
        """Remember the state in front of a branching statement, and go on with a copy of it."""
        frame = _Branches(self.scope.environment, self.flags, self.guards)
        self.branches.append(frame)
        self.flags |= CONDITIONAL
        self.scope.environment = dict(frame.before)
        self.dead = self.left = False
        return frame

    def next_branch(self) -> _Branches:
        """End one branch and start another from the state in front of the statement."""
        frame = self.branches[-1]
        if not self.dead:
            frame.ends.append(self.scope.environment)
        self.scope.environment = dict(frame.before)
        self.dead = self.left = False
        self.guards = frame.guards
        return frame

    def end_branches(self) -> _Branches:
        """End the last branch: what follows sees what any branch that arrives there has bound."""
        frame = self.branches.pop()
        if not self.dead:
            frame.ends.append(self.scope.environment)
        if frame.ends:
            environment = frame.ends[0]
            for other in frame.ends[1:]:
                environment = join(environment, other, self.references)
            self.scope.environment = environment
        else:
            self.scope.environment = frame.before
        self.dead = not frame.ends
        self.left = self.dead
        self.flags = frame.flags
        self.guards = frame.guards
        return frame

    def truths(self, test: ast.expr, wanted: bool) -> tuple[int, ...]:
        """The rows of the argument-free calls that are known to be true where `test` has come out as `wanted`."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.truths(test.operand, not wanted) if isinstance(test.operand, (ast.Call, ast.BoolOp)) else ()
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And if wanted else ast.Or):
            rows: tuple[int, ...] = ()
            for value in test.values:
                if isinstance(value, (ast.Call, ast.Compare)) or (isinstance(value, ast.UnaryOp) and isinstance(value.operand, ast.Call)):
                    rows += self.truths(value, wanted)
            return rows
        if wanted and isinstance(test, ast.Compare):  # `queue.qsize() > 0` counts as a test of the size
            test = test.left
        if isinstance(test, ast.Call) and not test.args and not test.keywords and _is_path(test.func):
            if wanted or (isinstance(test.func, ast.Attribute) and test.func.attr == "empty"):  # `not queue.empty()`
                return (self.add(CALL, self.annotation_path(test.func)),)
        return ()


def _is_path(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


# -- expressions: each leaves one value


def _name(walker: Walker, node: ast.Name) -> None:
    walker.values.append(walker.lookup(node.id))


def _constant(walker: Walker, node: ast.Constant) -> None:
    value = node.value
    if isinstance(value, str):
        walker.values.append(walker.add(CONST, 0, repr(value)) if len(value) <= _LONGEST_TEXT else walker._text)
    elif value is None or isinstance(value, (bool, int, float)):
        walker.values.append(walker.add(CONST, 0, repr(value)[:_LONGEST_TEXT]) if not _is_huge(value) else 0)
    elif isinstance(value, bytes):
        walker.values.append(walker.add(CONST, 0, "b''"))
    else:
        walker.values.append(0)


def _is_huge(value: object) -> bool:
    return isinstance(value, int) and value.bit_length() > 128  # the repr of a huge number takes long, or is refused


def _attribute(walker: Walker, node: ast.Attribute) -> None:
    if _is_path(node):
        walker.values.append(walker.path(node, is_callee=False))
    else:
        walker.work.append((_end_attribute, node))
        walker.work.append(node.value)


def _end_attribute(walker: Walker, node: ast.Attribute) -> None:
    row = walker.add(ATTR, walker.values.pop(), node.attr)
    walker.values.append(row)
    walker._read(row, node)


def _end_callee(walker: Walker, node: ast.Attribute) -> None:
    walker.values.append(walker.add(ATTR, walker.values.pop(), node.attr))


def _call(walker: Walker, node: ast.Call) -> None:
    _begin_call(walker, node, _end_call)


def _begin_call(walker: Walker, node: ast.Call, end: Callable[[Walker, Any], None]) -> None:
    work = walker.work
    work.append((end, node))
    for keyword in reversed(node.keywords):
        work.append(keyword.value)
    if node.args:
        work.extend(node.args[::-1])
    func = node.func
    if _is_path(func):
        walker.values.append(walker.path(func, is_callee=True))
    elif isinstance(func, ast.Attribute):
        work.append((_end_callee, func))
        work.append(func.value)
    else:
        work.append(func)


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
    if not rest and isinstance(node.func, ast.Name) and node.func.id == "super":
        owner = walker.enclosing_class()
        if owner >= 0:
            values.append(walker.add(SUPER, owner))
            return
    row = walker.add(CALL, callee, keywords, rest)
    values.append(row)
    walker.use(USE_CALL, row, node)


def _end_awaited_call(walker: Walker, node: ast.Call) -> None:
    before = len(walker.uses)
    _end_call(walker, node)
    if len(walker.uses) > before:
        kind, row, flags, guards = walker.uses[-1]
        walker.uses[-1] = (kind, row, flags | AWAITED, guards)


def _await(walker: Walker, node: ast.Await) -> None:
    walker.work.append((_end_await, node))
    if isinstance(node.value, ast.Call):
        _begin_call(walker, node.value, _end_awaited_call)
    else:
        walker.work.append(node.value)


def _end_await(walker: Walker, node: ast.Await) -> None:
    row = walker.add(AWAIT, walker.values.pop())
    walker.values.append(row)
    walker.awaits += 1
    if not isinstance(node.value, ast.Call):
        walker.use(USE_AWAIT, row, node)


def _starred(walker: Walker, node: ast.Starred) -> None:
    walker.work.append((_end_starred, node))
    walker.work.append(node.value)


def _end_starred(walker: Walker, node: ast.Starred) -> None:
    walker.values.append(walker.add(STAR, walker.values.pop()))


_BINARY_OPERATORS: Final[dict[type[ast.operator], str]] = {ast.Div: "/", ast.BitOr: "|", ast.Add: "+"}


def _binary(walker: Walker, node: ast.BinOp) -> None:
    walker.work.append((_end_binary, node))
    walker.work.append(node.right)
    walker.work.append(node.left)


def _end_binary(walker: Walker, node: ast.BinOp) -> None:
    right = walker.values.pop()
    left = walker.values.pop()
    operator = _BINARY_OPERATORS.get(type(node.op))
    walker.values.append(walker.add(BINARY, left, operator, (right,)) if operator is not None else 0)


def _all_parts(walker: Walker, parts: Sequence[ast.expr], end: Callable[[Walker, Any], None], node: ast.expr) -> None:
    walker.work.append((end, node))
    walker.work.extend(parts[::-1])


def _boolean(walker: Walker, node: ast.BoolOp) -> None:
    _all_parts(walker, node.values, _end_boolean, node)


def _end_boolean(walker: Walker, node: ast.BoolOp) -> None:
    count = len(node.values)
    rows = walker.values[-count:]
    del walker.values[-count:]
    walker.values.append(walker.references.union(rows) if isinstance(node.op, ast.Or) else rows[-1])


def _compare(walker: Walker, node: ast.Compare) -> None:
    _all_parts(walker, [node.left, *node.comparators], _end_compare, node)


def _end_compare(walker: Walker, node: ast.Compare) -> None:
    del walker.values[-1 - len(node.comparators) :]
    walker.values.append(walker._truth)


def _unary(walker: Walker, node: ast.UnaryOp) -> None:
    walker.work.append((_end_unary, node))
    walker.work.append(node.operand)


def _end_unary(walker: Walker, node: ast.UnaryOp) -> None:
    operation, _, text, _ = walker.references.rows[walker.values.pop()]
    if isinstance(node.op, ast.Not):
        row = walker._truth
    elif isinstance(node.op, ast.USub) and operation == CONST and text[0].isdigit():
        row = walker.add(CONST, 0, "-" + text)
    else:
        row = 0
    walker.values.append(row)


def _conditional(walker: Walker, node: ast.IfExp) -> None:
    _all_parts(walker, [node.test, node.body, node.orelse], _end_conditional, node)


def _end_conditional(walker: Walker, node: ast.IfExp) -> None:
    rows = walker.values[-2:]
    del walker.values[-3:]
    walker.values.append(walker.references.union(rows))


def _lambda(walker: Walker, node: ast.Lambda) -> None:
    defaults = node.args.defaults + [default for default in node.args.kw_defaults if default is not None]
    _all_parts(walker, defaults, _end_lambda, node)


def _end_lambda(walker: Walker, node: ast.Lambda) -> None:
    walker.values.append(walker.define_function(node, (), _pop_defaults(walker, node.args)))


def _pop_defaults(walker: Walker, arguments: ast.arguments) -> list[int]:
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
    _all_parts(walker, node.elts, _end_display, node)


def _end_display(walker: Walker, node: ast.Tuple | ast.List | ast.Set) -> None:
    count = len(node.elts)
    rows = tuple(walker.values[-count:]) if count else ()
    if count:
        del walker.values[-count:]
    walker.values.append(walker.add(COLLECTION, 0, _DISPLAYS[type(node)], rows if count <= 8 else (0,)))


def _dict(walker: Walker, node: ast.Dict) -> None:
    parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
    _all_parts(walker, parts, _end_dict, node)


def _end_dict(walker: Walker, node: ast.Dict) -> None:
    count = len(node.values) + sum(key is not None for key in node.keys)
    if count:
        del walker.values[-count:]
    walker.values.append(walker.add(COLLECTION, 0, "dict"))


_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_COMPREHENSIONS: Final[dict[type[ast.expr], str]] = {
    ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator", ast.DictComp: "dict",
}  # fmt: skip


def _comprehension(walker: Walker, node: _Comprehension) -> None:
    work = walker.work
    work.append((_end_comprehension, (node, walker.scope.environment)))
    if isinstance(node, ast.DictComp):
        work.append(node.value)
        work.append((_discard, None))
        work.append(node.key)
    else:
        work.append(node.elt)
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            work.append((_discard, None))
            work.append(test)
        work.append((_bind_comprehension, generator))
        work.append(generator.iter)


def _bind_comprehension(walker: Walker, node: ast.comprehension) -> None:
    row = walker.add(AITER if node.is_async else ITER, walker.values.pop())
    walker.use(USE_AITER if node.is_async else USE_ITER, row, node.iter)
    if node.is_async:
        walker.awaits += 1
    walker.scope.environment = dict(walker.scope.environment)
    walker.bind_target(node.target, row)


def _end_comprehension(walker: Walker, state: tuple[_Comprehension, Environment]) -> None:
    node, environment = state
    walker.scope.environment = environment
    walker.values.append(walker.add(COLLECTION, 0, _COMPREHENSIONS[type(node)], (walker.values.pop(),)))


def _discard(walker: Walker, _: None) -> None:
    walker.values.pop()


def _joined_text(walker: Walker, node: Any) -> None:
    _all_parts(walker, node.values, _end_joined_text, node)


def _end_joined_text(walker: Walker, node: Any) -> None:
    if node.values:
        del walker.values[-len(node.values) :]
    walker.values.append(walker._text)


def _formatted(walker: Walker, node: Any) -> None:
    walker.work.append((_end_formatted, node))
    if node.format_spec is not None:
        walker.work.append(node.format_spec)
    walker.work.append(node.value)


def _end_formatted(walker: Walker, node: Any) -> None:
    if node.format_spec is not None:
        walker.values.pop()


def _subscript(walker: Walker, node: ast.Subscript) -> None:
    _all_parts(walker, [node.value, node.slice], _end_subscript, node)


def _end_subscript(walker: Walker, node: ast.Subscript) -> None:
    index = walker.values.pop()
    walker.values.append(walker.add(ITEM, walker.values.pop(), "", (index,)))


def _slice(walker: Walker, node: ast.Slice) -> None:
    _all_parts(walker, [part for part in (node.lower, node.upper, node.step) if part is not None], _end_slice, node)


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


def _yield(walker: Walker, node: ast.Yield) -> None:
    walker.body.flags |= GENERATOR
    walker.work.append((_end_yield, node))
    if node.value is not None:
        walker.work.append(node.value)


def _end_yield(walker: Walker, node: ast.Yield) -> None:
    walker.body.yielded.append(walker.values.pop() if node.value is not None else walker._none)
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


# -- statements: they leave no value


def _expression(walker: Walker, node: ast.Expr) -> None:
    walker.work.append((_discard, None))
    walker.work.append(node.value)


def _target_parts(walker: Walker, target: ast.expr) -> None:
    """Evaluate what stands inside an assignment's target: ``f()[g()] = ...`` calls both."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in reversed(target.elts):
            _target_parts(walker, element)
    elif isinstance(target, ast.Starred):
        _target_parts(walker, target.value)
    elif isinstance(target, ast.Attribute):
        if not isinstance(target.value, ast.Name):
            walker.work.append((_discard, None))
            walker.work.append(target.value)
    elif isinstance(target, ast.Subscript):
        for part in (target.slice, target.value):
            walker.work.append((_discard, None))
            walker.work.append(part)


def _assign(walker: Walker, node: ast.Assign) -> None:
    for target in node.targets:
        if not isinstance(target, ast.Name):
            _target_parts(walker, target)
    walker.work.append((_end_assign, node))
    walker.work.append(node.value)


def _end_assign(walker: Walker, node: ast.Assign) -> None:
    row = walker.values.pop()
    for target in node.targets:
        walker.bind_target(target, row)


def _annotated(walker: Walker, node: ast.AnnAssign) -> None:
    walker.work.append((_end_annotated, node))
    if node.value is not None:
        walker.work.append(node.value)


def _end_annotated(walker: Walker, node: ast.AnnAssign) -> None:
    value = walker.values.pop() if node.value is not None else 0
    declared = walker.annotation(node.annotation)
    target = node.target
    row = declared or value
    if isinstance(target, ast.Name):
        if walker.scope.class_number >= 0 and declared:
            walker.classes[walker.scope.class_number].declared[target.id] = declared
        elif node.value is not None or declared:
            walker.bind(target.id, row)
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and row:
        receiver = walker.lookup(target.value.id)
        walker._assign_attribute(receiver, target.attr, row)


def _augmented(walker: Walker, node: ast.AugAssign) -> None:
    walker.work.append((_end_augmented, node))
    walker.work.append(node.value)
    if not isinstance(node.target, ast.Name):
        _target_parts(walker, node.target)


def _end_augmented(walker: Walker, node: ast.AugAssign) -> None:
    value = walker.values.pop()
    if isinstance(node.target, ast.Name):
        operator = _BINARY_OPERATORS.get(type(node.op))
        row = walker.add(BINARY, walker.lookup(node.target.id), operator, (value,)) if operator is not None else 0
        walker.bind(node.target.id, row)


def _for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    work = walker.work
    work.append((_end_loop, node))
    work.extend(node.orelse[::-1])
    work.append((_else_loop, node))
    work.extend(node.body[::-1])
    work.append((_begin_for, node))
    work.append(node.iter)


def _begin_for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    is_async = isinstance(node, ast.AsyncFor)
    row = walker.add(AITER if is_async else ITER, walker.values.pop())
    walker.use(USE_AITER if is_async else USE_ITER, row, node.iter)
    if is_async:
        walker.awaits += 1
    walker.begin_branches()
    walker.bind_target(node.target, row)


def _else_loop(walker: Walker, node: ast.For | ast.AsyncFor | ast.While) -> None:
    walker.dead = False  # `continue` and `break` arrive behind the body too
    walker.next_branch()
    frame = walker.branches[-1]
    walker.scope.environment = join(frame.before, frame.ends[-1], walker.references)
    frame.ends.clear()


def _end_loop(walker: Walker, node: ast.For | ast.AsyncFor | ast.While) -> None:
    walker.dead = False
    walker.end_branches()


def _while(walker: Walker, node: ast.While) -> None:
    work = walker.work
    work.append((_end_loop, node))
    work.extend(node.orelse[::-1])
    work.append((_else_loop, node))
    work.extend(node.body[::-1])
    work.append((_begin_while, node))
    work.append(node.test)


def _begin_while(walker: Walker, node: ast.While) -> None:
    walker.values.pop()
    walker.begin_branches()
    walker.guards += walker.truths(node.test, True)


def _if(walker: Walker, node: ast.If) -> None:
    work = walker.work
    if _mentions_type_checking(node.test):
        work.extend(node.orelse[::-1])
        work.append((_set_typing, walker.in_typing))
        work.extend(node.body[::-1])
        walker.in_typing = True
        return
    work.append((_end_if, node))
    work.extend(node.orelse[::-1])
    work.append((_else, node))
    work.extend(node.body[::-1])
    work.append((_begin_if, node))
    work.append(node.test)


def _mentions_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _set_typing(walker: Walker, value: bool) -> None:
    walker.in_typing = value


def _begin_if(walker: Walker, node: ast.If) -> None:
    walker.values.pop()
    frame = walker.begin_branches()
    frame.if_true = walker.truths(node.test, True)
    frame.if_false = walker.truths(node.test, False)
    walker.guards += frame.if_true
    if _is_main_guard(node.test):
        walker.flags |= IN_MAIN_GUARD


def _else(walker: Walker, node: ast.If) -> None:
    left = walker.left
    frame = walker.next_branch()
    frame.left = left
    walker.flags = frame.flags | CONDITIONAL
    walker.guards += frame.if_false


def _end_if(walker: Walker, node: ast.If) -> None:
    left_else = walker.left
    frame = walker.end_branches()
    if frame.left:
        walker.guards += frame.if_false
    if left_else:
        walker.guards += frame.if_true
    walker.left = frame.left and left_else and bool(node.orelse)


def _with(walker: Walker, node: ast.With | ast.AsyncWith) -> None:
    work = walker.work
    work.append((_end_with, node))
    work.extend(node.body[::-1])
    for item in reversed(node.items):
        work.append((_enter, (node, item)))
        if isinstance(node, ast.AsyncWith) and isinstance(item.context_expr, ast.Call):
            work.append((_begin_entered_call, item.context_expr))
        else:
            work.append(item.context_expr)


def _begin_entered_call(walker: Walker, node: ast.Call) -> None:
    _begin_call(walker, node, _end_awaited_call)


def _enter(walker: Walker, state: tuple[ast.With | ast.AsyncWith, ast.withitem]) -> None:
    node, item = state
    is_async = isinstance(node, ast.AsyncWith)
    row = walker.add(AENTER if is_async else ENTER, walker.values.pop())
    walker._with_stack.append((len(walker.uses), walker.awaits))
    walker.use(USE_AENTER if is_async else USE_ENTER, row, item.context_expr)
    if is_async:
        walker.awaits += 1
    if item.optional_vars is not None:
        walker.bind_target(item.optional_vars, row)


def _end_with(walker: Walker, node: ast.With | ast.AsyncWith) -> None:
    for _ in node.items:
        number, awaits = walker._with_stack.pop()
        if walker.awaits > awaits and number < len(walker.uses):
            kind, row, flags, guards = walker.uses[number]
            walker.uses[number] = (kind, row, flags | BODY_AWAITS, guards)


def _try(walker: Walker, node: Any) -> None:
    work = walker.work
    work.extend(node.finalbody[::-1])
    work.append((_begin_finally, node))
    for handler in reversed(node.handlers):
        work.append((_end_handler, handler))
        work.extend(handler.body[::-1])
        work.append((_begin_handler, handler))
        if handler.type is not None:
            work.append(handler.type)
    work.append((_end_try_body, node))
    work.extend(node.orelse[::-1])
    work.append((_try_else, node))
    work.extend(node.body[::-1])
    frame = walker.begin_branches()
    walker.flags = frame.flags
    if any(_handles_runtime_error(handler.type) for handler in node.handlers):
        walker.flags |= LOOP_GUARDED


def _handles_runtime_error(node: ast.expr | None) -> bool:
    if node is None:
        return True
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(isinstance(name, ast.Name) and name.id in ("RuntimeError", "Exception", "BaseException") for name in names)


def _try_else(walker: Walker, node: Any) -> None:
    walker.flags = walker.branches[-1].flags


def _end_try_body(walker: Walker, node: Any) -> None:
    body = walker.scope.environment
    frame = walker.next_branch()  # a handler may find anything that the body has bound until it failed
    frame.before = join(frame.before, body, walker.references)
    walker.scope.environment = dict(frame.before)


def _begin_handler(walker: Walker, node: ast.ExceptHandler) -> None:
    row = walker.values.pop() if node.type is not None else 0
    walker.flags = walker.branches[-1].flags | IN_HANDLER | CONDITIONAL
    if node.name:
        walker.bind(node.name, walker.add(DECLARED, row) if row and isinstance(node.type, (ast.Name, ast.Attribute)) else 0)


def _end_handler(walker: Walker, node: ast.ExceptHandler) -> None:
    walker.next_branch()


def _begin_finally(walker: Walker, node: Any) -> None:
    walker.dead = True  # the branch that was begun behind the last handler has no code
    walker.end_branches()


def _match(walker: Walker, node: ast.Match) -> None:
    work = walker.work
    work.append((_end_match, node))
    for case in reversed(node.cases):
        work.append((_end_case, case))
        work.extend(case.body[::-1])
        if case.guard is not None:
            work.append((_discard, None))
            work.append(case.guard)
        work.append((_begin_case, case))
    work.append((_begin_match, node))
    work.append(node.subject)


def _begin_match(walker: Walker, node: ast.Match) -> None:
    walker.values.pop()
    walker.begin_branches()


def _begin_case(walker: Walker, case: ast.match_case) -> None:
    for part in ast.walk(case.pattern):
        if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
            row = 0
            if isinstance(part, ast.MatchAs) and isinstance(part.pattern, ast.MatchClass) and _is_path(part.pattern.cls):
                row = walker.add(DECLARED, walker.annotation_path(part.pattern.cls))
            walker.bind(part.name, row)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            walker.bind(part.rest, 0)


def _end_case(walker: Walker, case: ast.match_case) -> None:
    walker.next_branch()


def _end_match(walker: Walker, node: ast.Match) -> None:
    walker.end_branches()


def _return_statement(walker: Walker, node: ast.Return) -> None:
    walker.work.append((_return, node))
    if node.value is not None:
        walker.work.append(node.value)


def _return(walker: Walker, node: ast.Return | ast.Lambda) -> None:
    if isinstance(node, ast.Lambda) or node.value is not None:
        walker.body.returned.append(walker.values.pop())
    else:
        walker.body.returned.append(walker._none)
    walker.dead = walker.left = True


def _raise(walker: Walker, node: ast.Raise) -> None:
    walker.work.append((_end_raise, node))
    for part in (node.cause, node.exc):
        if part is not None:
            walker.work.append((_discard, None))
            walker.work.append(part)


def _end_raise(walker: Walker, node: ast.Raise) -> None:
    walker.dead = walker.left = True


def _leave_block(walker: Walker, node: ast.stmt) -> None:
    walker.left = True


def _assert(walker: Walker, node: ast.Assert) -> None:
    for part in (node.msg, node.test):
        if part is not None:
            walker.work.append((_discard, None))
            walker.work.append(part)


def _delete(walker: Walker, node: ast.Delete) -> None:
    for target in reversed(node.targets):
        _target_parts(walker, target)


def _global_statement(walker: Walker, node: ast.Global) -> None:
    walker.scope.global_names.update(node.names)


def _nonlocal_statement(walker: Walker, node: ast.Nonlocal) -> None:
    walker.scope.outer_names.update(node.names)


def _import(walker: Walker, node: ast.Import) -> None:
    for alias in node.names:
        walker.imported.add(alias.name)
        if alias.asname:
            walker.bind(alias.asname, walker.add(NAME, 0, alias.name))
        else:
            top = alias.name.partition(".")[0]
            walker.bind(top, walker.add(NAME, 0, top))


def _import_from(walker: Walker, node: ast.ImportFrom) -> None:
    module = node.module or ""
    if node.level:
        package = walker.package
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        module = f"{package}.{module}" if module and package else module or package
    walker.imported.add(module)
    for alias in node.names:
        if alias.name == "*":
            walker.stars.append(module)
        else:
            walker.bind(alias.asname or alias.name, walker.add(NAME, 0, f"{module}.{alias.name}"))


def _function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    defaults = [default for default in node.args.kw_defaults if default is not None]
    _all_parts(walker, node.decorator_list + node.args.defaults + defaults, _end_function, node)  # type: ignore[arg-type]


def _end_function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    defaults = _pop_defaults(walker, node.args)
    count = len(node.decorator_list)
    decorators = tuple(walker.values[-count:]) if count else ()
    if count:
        del walker.values[-count:]
    row = walker.define_function(node, decorators, defaults)
    for decorator in node.decorator_list:  # `@name.setter` adds to a property, whose getter keeps the name
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter", "register"):
            return
    for decorator_row in decorators:
        if walker.references.rows[decorator_row][2] in ("typing.overload", "overload", "typing_extensions.overload"):
            return
    walker.bind(node.name, row)


def _class(walker: Walker, node: ast.ClassDef) -> None:
    work = walker.work
    work.append((_end_class, node))
    work.extend(node.body[::-1])
    work.append((_begin_class, node))
    for keyword in reversed(node.keywords):
        work.append((_discard, None))
        work.append(keyword.value)
    work.extend((node.decorator_list + node.bases)[::-1])


def _begin_class(walker: Walker, node: ast.ClassDef) -> None:
    count = len(node.bases)
    bases = tuple(walker.values[-count:]) if count else ()
    del walker.values[len(walker.values) - count :]
    count = len(node.decorator_list)
    decorators = tuple(walker.values[-count:]) if count else ()
    del walker.values[len(walker.values) - count :]
    outer = walker.scope
    number = len(walker.classes)
    surroundings = outer.parent if outer.class_number >= 0 else outer
    scope = Scope(surroundings, walker.number, number)
    walker.classes.append(ClassBody(walker._qualified(node.name), outer.class_number, bases, decorators, scope, node.lineno))
    walker._class_stack.append(outer)
    walker.scope = scope


def _end_class(walker: Walker, node: ast.ClassDef) -> None:
    number = walker.scope.class_number
    walker.scope = walker._class_stack.pop()
    walker.dead = walker.left = False
    walker.bind(node.name, walker.add(CLASS, number))


def _type_alias(walker: Walker, node: Any) -> None:
    walker.bind(node.name.id, walker.annotation(node.value))


_VISITS: Final[dict[type, Callable[[Walker, Any], None]]] = {
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
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.JoinedStr: _joined_text,
    ast.FormattedValue: _formatted,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.NamedExpr: _named,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.Return: _return_statement,
    ast.Raise: _raise,
    ast.Break: _leave_block,
    ast.Continue: _leave_block,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Global: _global_statement,
    ast.Nonlocal: _nonlocal_statement,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
"""Which method visits which node. What is not here (``pass``) does nothing."""

for _newer, _visit in (  # nodes that only newer Pythons have
    ("TryStar", _try),
    ("TypeAlias", _type_alias),
    ("TemplateStr", _joined_text),
    ("Interpolation", _formatted),
):
    if hasattr(ast, _newer):
        _VISITS[getattr(ast, _newer)] = _visit
