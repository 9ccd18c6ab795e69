"""One walk over one file: what every name may be, and what every function does with it.

The walk is a machine with two stacks. On the *work* stack lie nodes to visit and steps to take once their parts are done; on the
*value* stack lie the rows (see :mod:`asynclint.source.references`) of the expressions evaluated so far. Visiting
``f(x)`` pushes the step "call" and then ``x`` and ``f``, so that ``f`` is taken off first: Python's own order of evaluation,
at any depth of nesting, without recursion. What visits which node, is in :mod:`~asynclint.source.expressions` and
:mod:`~asynclint.source.statements`.

A *use* is something a function does with a value: it calls it, reads an attribute of it that may be a property, enters it, iterates
it, awaits it. Uses are numbered within their function; their positions are kept apart, so that a moved line changes no fact.

Functions are walked one after the other, each after the scope around it, so that its free names are known.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from asynclint.source.bodies import Branches, ClassBody, FunctionBody, Held, OpenLoop, place
from asynclint.source.handling import kind_of_handling
from asynclint.source.nodes import is_none, without_not
from asynclint.source.paths import is_path, path_text
from asynclint.source.references import (
    ANNOTATED,
    ATTR,
    BINARY,
    CALL,
    CLASS,
    COLLECTION,
    CONST,
    DECLARED,
    FUNCTION,
    GENERIC,
    ITEM,
    KEYWORDS,
    NAME,
    PARAM,
    TEST,
    UNION,
    References,
    Row,
)  # fmt: skip
from asynclint.source.scopes import (
    ASYNC,
    GIVES_NOTHING,
    IN_TYPING,
    LAMBDA,
    MODULE,
    FunctionNode,
    Scope,
    join,
)
from asynclint.source.unfilled import kind_of_body
from asynclint.source.uses import (
    CONDITIONAL,
    EQUALS,
    IN_BRANCH,
    IN_BRANCHES,
    IS_FALSE,
    IS_NONE,
    IS_NOT_NONE,
    IS_TRUE,
    NOT,
    OTHER_SYSTEM,
    TEXT_TESTS,
    USE_READ,
    Store,
    Stores,
)
from asynclint.source.versions import version_asked, version_told

_BUILTINS: Final = frozenset(dir(builtins))
_QUALIFIERS: Final = frozenset({"Any", "ClassVar", "Final", "InitVar", "TypeAlias"})
"""Annotations that name no type: the value tells."""

Visit = Callable[["Walker", Any], None]
Work = ast.AST | tuple[Visit, Any]


class Walker:
    """Walks one module. `module` is its dotted name, which relative imports and global names are made absolute with; `visits` says what
    visits which node; its table goes on from the rows `known`."""

    def __init__(
        self, tree: ast.Module, module: str, is_package: bool, visits: dict[type[ast.AST], Visit], known: Sequence[Row] = ()
    ) -> None:
        self.visits = visits
        self.module = module
        self.package = module if is_package else module.rpartition(".")[0]
        self.references = References(known)
        self.add = self.references.add
        self.functions: list[FunctionBody] = []
        self.classes: list[ClassBody] = []
        self.stars: list[str] = []
        self.stores: list[Store] = []
        self.private_names: set[str] = set()
        self.imported: set[str] = set()
        self._globals: dict[str, int] = {}
        self.text_row = self.add(DECLARED, self.add(NAME, 0, "builtins.str"))
        self.truth_row = self.add(DECLARED, self.add(NAME, 0, "builtins.bool"))
        self.none_row = self.add(CONST, 0, "None")
        self.values: list[int] = []
        self.work: list[Work] = []
        self.branches: list[Branches] = []
        self.class_stack: list[Scope] = []
        self._module_done = False
        self.stores_by_name: dict[tuple[int, str], Stores] = {}
        """What functions store, by their class (-1 for none) and name, as far as that has been asked: see :mod:`asynclint.source.once`."""
        self._bodies_by_name: dict[tuple[int, str], FunctionBody] = {}
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
        visits = self.visits
        while work:
            item = work.pop()
            if isinstance(item, tuple):
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
        self.in_lazy = 0
        self.refined: dict[str, int] = {}
        self.answers: dict[str, int] = {}
        self.paths: set[str] = set()
        self.stores_here: Stores | None = None
        self.roles: dict[int, int] = {}
        self.targets: dict[int, int] = {}
        self.beside: dict[int, tuple[int, int]] = {}
        self.unread: dict[str, Held] = {}
        self.entered: tuple[int, ...] = ()
        self.tries = 0
        self.loops: list[OpenLoop] = []
        self.dead = self.left = False

    def _walk_function(self, number: int) -> None:
        self._start(number)
        node = self.body.node
        assert node is not None
        if not isinstance(node, ast.Lambda):
            self.bind_type_parameters(node)
        arguments = node.args
        defaults = self.body.defaults
        positional = arguments.posonlyargs + arguments.args
        first_default = len(positional) - len(arguments.defaults)
        position = 0
        for argument in positional:
            default = defaults[position - first_default] if position >= first_default else 0
            self._parameter(argument, position, default)
            position += 1
        self.body.positional = position
        if arguments.vararg is not None:
            declared = self._rest_parameter(arguments.vararg, "collections.abc.Sequence", ())
            self.scope.bind(arguments.vararg.arg, declared, self.references)
        for i, argument in enumerate(arguments.kwonlyargs):
            self._parameter(argument, position, defaults[len(arguments.defaults) + i])
            position += 1
        if arguments.kwarg is not None:
            declared = self._rest_parameter(arguments.kwarg, "builtins.dict", (self.text_row,))
            self.scope.bind(arguments.kwarg.arg, self.add(KEYWORDS, declared, str(self.number)), self.references)
        if isinstance(node, ast.Lambda):
            self.work.append((_end_lambda_body, node))
            self.work.append(node.body)
        else:
            if node.returns is not None:
                self.body.result = self.annotation(node.returns)
            self.work.extend(reversed(node.body))
            self.body.flags |= kind_of_handling(node.body)
        self._run()
        if not self.dead and all(row == self.none_row for row in self.body.returned):
            self.body.flags |= GIVES_NOTHING

    def _parameter(self, argument: ast.arg, position: int, default: int) -> None:
        declared = self.annotation(argument.annotation) if argument.annotation is not None else 0
        self.body.parameters.append((argument.arg, declared, default))
        self.scope.bind(argument.arg, self.add(PARAM, self.number, argument.arg, (position,)), self.references)

    def _rest_parameter(self, argument: ast.arg, type_name: str, key: tuple[int, ...]) -> int:
        """The row of ``*args`` or ``**options``: a collection of what it declares."""
        element = self.annotation(argument.annotation) if argument.annotation is not None else 0
        return self.add(GENERIC, self.add(NAME, 0, type_name), "", (*key, element)) if element else 0

    # -- names

    def lookup(self, name: str) -> int:
        """The row of what `name` is bound to here."""
        if name[0] == "_":
            self.private_names.add(name)
        scope: Scope | None = self.scope
        assert scope is not None
        if self.unread:
            self.unread.pop(name, None)
        row = scope.environment.get(name)
        if row is not None:
            scope.loaded[name] += 1
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
                    scope.captured.add(name)
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
        if self.unread:
            unread = self.unread.pop(name, None)
            if unread is not None and unread.branch is (self.branches[-1] if self.branches else None):
                self.body.overwritten.append(unread)
        if self.answers:
            self.answers.pop(name, None)
        if self.guards:
            before = scope.environment.get(name, 0)
            if self.references.rows[before][0] == PARAM and self._is_known_given(before):
                self.refined[name] = before
        if name in scope.global_names:
            self.module_scope.bind(name, row, self.references)
            return
        if self.flags & OTHER_SYSTEM:
            if name in scope.bound:
                scope.environment[name] = row  # known in this branch only
                return
            scope.foreign.add(name)
        elif name in scope.foreign:
            scope.foreign.discard(name)
            del scope.bound[name]
        if name in scope.outer_names and scope.parent is not None:
            scope.parent.bind(name, row, self.references)
        scope.bind(name, row, self.references)
        if self.paths:
            self._forget_paths(name)

    def _forget_paths(self, start: str) -> None:
        """What `start` leads to, has been bound anew."""
        for path in self.paths:
            if path.startswith(start + "."):
                self.scope.environment.pop(path, None)

    def _is_known_given(self, parameter: int) -> bool:
        rows = self.references.rows
        return any(rows[g][0] == TEST and rows[g][1] == parameter and rows[g][2] in (IS_TRUE, IS_NOT_NONE) for g in self.guards)

    def bind_target(self, target: ast.expr, row: int) -> None:
        """Bind an assignment's target, which may be a pattern of names and attributes."""
        if isinstance(target, ast.Name):
            self.bind(target.id, row)
        elif isinstance(target, ast.Attribute):
            if is_path(target.value):
                self.assign_attribute(target, row)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for position, element in enumerate(target.elts):
                if isinstance(element, ast.Starred):
                    self.bind_target(element.value, 0)
                    row = 0  # positions behind it are unknown
                else:
                    self.bind_target(element, self.item(row, position) if row else 0)

    def assign_attribute(self, target: ast.Attribute, row: int) -> None:
        """Bind an attribute: of the object whose method this is, or of another."""
        receiver = self.references.broad(self.silent_path(target.value))
        if self.paths:
            path = path_text(target)
            self.scope.environment.pop(path, None)
            self._forget_paths(path)
        operation, function, _, rest = self.references.rows[receiver]
        owner = self.functions[function].owner if operation == PARAM and rest[0] == 0 else -1
        if owner >= 0:
            self.classes[owner].assigned.setdefault(target.attr, []).append(row)
        elif receiver:
            self.stores.append((receiver, target.attr, row))

    def item(self, row: int, position: int) -> int:
        """The row of ``row[position]``."""
        operation, _, text, rest = self.references.rows[row]
        if operation == COLLECTION and text in ("tuple", "list") and position < len(rest):
            return rest[position]
        return self.add(ITEM, row, "", (self.add(CONST, 0, str(position)),))

    # -- uses

    def use(self, kind: int, row: int, node: ast.expr | ast.alias, flags: int = 0) -> None:
        """Record a use of `row` at `node`."""
        if self.in_typing or self.in_lazy:
            return
        self.uses.append((kind, row, self.flags | flags, self.guards))
        self.body.positions += place(node)

    def path(self, node: ast.expr, is_callee: bool) -> int:
        """The row of a name or of a path of attributes that starts at a name; the attributes read on the way are used."""
        names: list[ast.Attribute] = []
        while isinstance(node, ast.Attribute):
            names.append(node)
            node = node.value
        assert isinstance(node, ast.Name)
        row = self.lookup(node.id)
        text = node.id
        for attribute in reversed(names):
            row = self.add(ATTR, row, attribute.attr)
            if not (is_callee and attribute is names[0]):
                self.read(row, attribute)
            if self.paths:
                text = f"{text}.{attribute.attr}"
                row = self.scope.environment.get(text, row)
        return row

    def read(self, row: int, node: ast.Attribute) -> None:
        if row not in self.body.reads or self.references.rows[self.references.rows[row][1]][0] == CALL:  # each call makes something new
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
            return self.none_row if node.value is None else 0
        if isinstance(node, (ast.Name, ast.Attribute)):
            if not is_path(node):
                return 0
            if path_text(node).rpartition(".")[2] in _QUALIFIERS:
                return 0
            row = self.silent_path(node)
            return self.add(DECLARED, row) if row else 0
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            parts: list[int] = []
            left: ast.expr = node
            while isinstance(left, ast.BinOp) and isinstance(left.op, ast.BitOr):
                parts.append(self.annotation(left.right))
                left = left.left
            parts.append(self.annotation(left))
            return self.references.union(parts)
        if isinstance(node, ast.Subscript) and is_path(node.value):
            return self._generic(node)
        return 0

    def silent_path(self, node: ast.expr) -> int:
        """The row of what a path leads to, without a use of it: in an annotation it is the class itself."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        assert isinstance(node, ast.Name)
        row = self.lookup(node.id)
        self.scope.loaded[node.id] -= 1
        text = node.id
        for name in reversed(names):
            row = self.add(ATTR, row, name)
            if self.paths:
                text = f"{text}.{name}"
                row = self.scope.environment.get(text, row)
        return row

    def _generic(self, node: ast.Subscript) -> int:
        name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id if isinstance(node.value, ast.Name) else ""
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Callable" and len(arguments) == 2:
            result = self.annotation(arguments[1])
            return self.add(GENERIC, self.add(NAME, 0, "collections.abc.Callable"), "", (result,)) if result else 0
        if not arguments or name in ("Literal", "Callable"):
            return 0
        if name in ("tuple", "Tuple") and len(arguments) == 2 and isinstance(arguments[1], ast.Constant):  # `tuple[T, ...]`
            return self.add(GENERIC, self.add(NAME, 0, "collections.abc.Sequence"), "", (self.annotation(arguments[0]),))
        if name == "Optional":
            return self.references.union([self.annotation(arguments[0]), self.none_row])
        if name == "Union":
            return self.references.union([self.annotation(argument) for argument in arguments])
        if name in ("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "Unpack"):
            return self.annotation(arguments[0])
        if name in ("type", "Type"):
            return self.silent_path(arguments[0]) if is_path(arguments[0]) else 0
        return self.add(
            GENERIC,
            self.silent_path(node.value),
            "",
            tuple(self.annotation(argument) for argument in arguments[:4]),
        )

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
            flags |= kind_of_body(node)
            owner = scope.class_number
        body = FunctionBody(self.qualified(name), flags, self.number, owner, node, (first, node.lineno, node.end_lineno or node.lineno))
        body.decorators = decorators
        body.defaults = defaults
        body.scope = Scope(scope.parent if scope.class_number >= 0 else scope, number)
        self.functions.append(body)
        return self.add(FUNCTION, number)

    def qualified(self, name: str) -> str:
        if self.scope.class_number >= 0:
            return f"{self.classes[self.scope.class_number].name}.{name}"
        return name if self.number == 0 else f"{self.body.name}.<locals>.{name}"

    def defined(self, owner: int, name: str) -> FunctionBody | None:
        """The function of the module, or the method of a class of it, that has this name; while functions are walked, no sooner."""
        if self._module_done and not self._bodies_by_name:
            for body in self.functions:
                if body.parent <= 0:
                    self._bodies_by_name.setdefault((body.owner, body.name.rpartition(".")[2]), body)
        return self._bodies_by_name.get((owner, name))

    def enclosing_class(self) -> int:
        """The class whose method is being walked, or -1; functions nested in the method count as it."""
        number = self.number
        while number > 0:
            body = self.functions[number]
            if body.owner >= 0:
                return body.owner
            number = body.parent
        return -1

    def bind_type_parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[int]:
        """Bind the names in ``def f[T: Bound]`` and ``class A[T]`` to the rows of what ``T = TypeVar("T", bound=Bound)`` makes."""
        made: list[int] = []
        if sys.version_info >= (3, 12):
            for parameter in node.type_params:
                rest = [self.add(CONST, 0, repr(parameter.name))]
                bound = parameter.bound if isinstance(parameter, ast.TypeVar) else None
                if bound is not None and is_path(bound):
                    rest.append(self.silent_path(bound))
                maker = self.add(NAME, 0, "typing.TypeVar")
                made.append(self.add(CALL, maker, "bound" if len(rest) > 1 else "", tuple(rest)))
                self.bind(parameter.name, made[-1])
        return made

    # -- branches

    def begin_branches(self) -> Branches:
        """Remember the state in front of a branching statement, and go on with a copy of it."""
        frame = Branches(self.scope.environment, self.flags, self.guards)
        frame.first_use = len(self.uses)
        self.branches.append(frame)
        self.flags |= CONDITIONAL
        self.scope.environment = dict(frame.before)
        self.dead = self.left = False
        return frame

    def enter_branch(self) -> None:
        """What follows is done in some runs only."""
        self.flags |= IN_BRANCHES if self.flags & IN_BRANCH else IN_BRANCH

    def next_branch(self) -> Branches:
        """End one branch and start another from the state in front of the statement."""
        frame = self.branches[-1]
        self.unread = {name: held for name, held in self.unread.items() if held.branch is not frame}
        if not self.dead:
            frame.ends.append(self.scope.environment)
        self.scope.environment = dict(frame.before)
        self.dead = self.left = False
        self.guards = frame.guards
        return frame

    def end_branches(self) -> Branches:
        """End the last branch: what follows sees what any branch that arrives there has bound."""
        frame = self.branches.pop()
        if not self.dead:
            frame.ends.append(self.scope.environment)
        if frame.ends:
            environment = frame.ends[0]
            for other in frame.ends[1:]:
                environment = join(environment, other, self.references, bool(self.paths))
            self.scope.environment = environment
        else:
            self.scope.environment = frame.before
        self.dead = not frame.ends
        self.left = self.dead
        self.flags = frame.flags
        self.guards = frame.guards
        return frame

    def truths(self, test: ast.expr, wanted: bool) -> tuple[int, ...]:
        """The rows of what is known to be so where `test` has come out as `wanted`: argument-free calls that gave something
        true, and states of parameters, attributes, global names and what calls gave."""
        test, wanted = without_not(test, wanted)
        if isinstance(test, ast.BoolOp):
            found = [self.truths(value, wanted) for value in test.values]
            if isinstance(test.op, ast.And if wanted else ast.Or):
                return tuple([row for rows in found for row in rows])
            one_of_them = len(found) == 2 and len(found[0]) == len(found[1]) == 1
            return (self.add(BINARY, found[0][0], "or", found[1]),) if one_of_them else ()
        if isinstance(test, ast.Compare):
            operator, right = test.ops[0], test.comparators[0]
            if isinstance(operator, (ast.Is, ast.IsNot)) and is_none(right):
                misses = isinstance(operator, ast.Is) == wanted
                if isinstance(test.left, ast.Call):  # `process.poll() is not None`
                    return self.truths(test.left, not misses)
                return self._state(test.left, IS_NONE if misses else IS_NOT_NONE)
            of_bool = isinstance(operator, (ast.Is, ast.IsNot)) and isinstance(right, ast.Constant) and isinstance(right.value, bool)
            if of_bool or (isinstance(operator, (ast.Eq, ast.NotEq)) and isinstance(right, ast.Constant)):
                return self._compared(test.left, EQUALS, right, wanted == isinstance(operator, (ast.Eq, ast.Is)))
            asked = version_asked(test)
            if asked is not None:
                return self._state(asked, version_told(test, wanted))
            if wanted:  # `queue.qsize() > 0` counts as a test of the size
                test = test.left
        if isinstance(test, (ast.Name, ast.Attribute)):
            return self._state(test, IS_TRUE if wanted else IS_FALSE)
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr in TEXT_TESTS and len(test.args) == 1:
            return self._compared(test.func.value, test.func.attr, test.args[0], wanted)
        if not isinstance(test, ast.Call) or test.args or test.keywords or not is_path(test.func):
            return ()
        row = self.add(CALL, self.silent_path(test.func))
        if wanted or (isinstance(test.func, ast.Attribute) and test.func.attr in ("empty", "full")):  # `not queue.empty()`
            return (row,)
        return (self.add(TEST, row, IS_FALSE),)

    def outcome(self, row: int, wanted: bool) -> tuple[int, ...]:
        """The same for a test that has been walked, of which only the row is left: a call with arguments."""
        rows = self.references.rows
        while rows[row][0] == BINARY and rows[row][2] == "not":
            row, wanted = rows[row][1], not wanted
        if rows[row][0] != CALL or not rows[row][3]:
            return ()
        return (row if wanted else self.add(TEST, row, IS_FALSE),)

    def _compared(self, tested: ast.expr, how: str, with_what: ast.expr, wanted: bool) -> tuple[int, ...]:
        if not isinstance(with_what, ast.Constant) or not isinstance(with_what.value, (str, int)) or len(repr(with_what.value)) > 80:
            return ()
        return self._state(tested, f"{'' if wanted else NOT}{how} {with_what.value!r}")

    def _state(self, node: ast.expr, state: str) -> tuple[int, ...]:
        row = self.references.broad(self.silent_path(node)) if is_path(node) else 0
        if isinstance(node, ast.Name) and self.references.rows[row][0] == UNION:
            # Behind `if path: path = Path(path)`, there is nothing where there was nothing.
            row = self.answers.get(node.id) or self.refined.get(node.id, row)
        return (self.add(TEST, row, state),) if self.references.rows[row][0] in (PARAM, CALL, UNION, ATTR, ANNOTATED, NAME) else ()


def _end_lambda_body(walker: Walker, node: ast.Lambda) -> None:
    walker.body.returned.append(walker.values.pop())
