"""How statements are walked: they bind names, open branches, define functions and classes, and leave no value."""

from __future__ import annotations

import ast
from typing import Any, Final

from asynclint.source import asleep, blocks, loops
from asynclint.source.asking import flags_before, flags_behind, flags_under, handles_runtime_error, has_failed, note_answers
from asynclint.source.bodies import ClassBody
from asynclint.source.busy import begin_for, begin_while, end_loop
from asynclint.source.caught import handles_some
from asynclint.source.expressions import (
    BINARY_OPERATORS,
    all_parts,
    begin_call,
    consumed,
    discard,
    end_awaited_call,
    pop_defaults,
)
from asynclint.source.held import hold, hold_all, hold_named
from asynclint.source.narrowing import narrow
from asynclint.source.nodes import LOOPS, SCOPES, outside, without_not
from asynclint.source.once import fills, looked_up, returns_stored, sets, stored_text, tested_store
from asynclint.source.opened import note
from asynclint.source.paths import is_path, last_name, path_text
from asynclint.source.references import AENTER, AITER, ANNOTATED, ATTR, BINARY, CALL, CLASS, DECLARED, ENTER, ITEM, ITER, NAME, UNION
from asynclint.source.roles import cast, store, takes_values
from asynclint.source.scopes import ASYNC, Scope, join
from asynclint.source.uses import (
    ASKS_BY_ERROR,
    CONDITIONAL,
    ERROR_EXPECTED,
    FIRST_TIME,
    HANDLED,
    IN_MAIN_GUARD,
    MOST_GUARDS,
    NAME_MAY_MISS,
    NAME_MISSES,
    NEVER_WAITS,
    OTHER_SYSTEM,
    USE_AENTER,
    USE_AITER,
    USE_COMBINE,
    USE_COMPARE,
    USE_DROP,
    USE_ENTER,
    USE_ESCAPED,
    USE_IMPORT,
    USE_ITEM,
    USE_ITER,
    USE_KEY,
    USE_RAISE,
    USE_RETURN,
    USE_TEST,
    USE_UNPACK,
)
from asynclint.source.versions import handles_missing_name
from asynclint.source.walker import Visit, Walker


def _expression(walker: Walker, node: ast.Expr) -> None:
    cast(walker, node.value, USE_DROP)
    walker.work.append((discard, None))
    if isinstance(node.value, ast.NamedExpr):
        walker.work.append((hold_named, node.value))
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
            walker.work.append((discard, None))
            walker.work.append(target.value)
    elif isinstance(target, ast.Subscript):
        cast(walker, target.value, USE_ITEM)
        cast(walker, target.slice, USE_KEY)
        for part in (target.slice, target.value):
            walker.work.append((discard, None))
            walker.work.append(part)


def _assign(walker: Walker, node: ast.Assign) -> None:
    for target in node.targets:
        if not isinstance(target, ast.Name):
            _target_parts(walker, target)
    target = node.targets[0]
    if isinstance(target, (ast.Tuple, ast.List)):
        cast(walker, node.value, USE_UNPACK)
    elif isinstance(target, ast.Attribute) and is_path(target):
        store(walker, node.value, walker.add(ATTR, walker.silent_path(target.value), target.attr))
    elif isinstance(target, ast.Subscript) and is_path(target.value):
        store(walker, node.value, walker.add(ITEM, walker.silent_path(target.value), "", (0,)))
    walker.work.append((_end_assign, node))
    walker.work.append(node.value)


def _end_assign(walker: Walker, node: ast.Assign) -> None:
    row = walker.values.pop()
    for target in node.targets:
        walker.bind_target(target, row)
    if len(node.targets) == 1:
        hold_all(walker, node.targets[0], row, node.value)
        note(walker, node.targets[0], row, node.value)


def _annotated(walker: Walker, node: ast.AnnAssign) -> None:
    walker.work.append((_end_annotated, node))
    if node.value is not None:
        if walker.number and isinstance(node.value, ast.Call):
            store(walker, node.value, walker.annotation(node.annotation))
        walker.work.append(node.value)


def _end_annotated(walker: Walker, node: ast.AnnAssign) -> None:
    value = walker.values.pop() if node.value is not None else 0
    declared = walker.annotation(node.annotation)
    if isinstance(node.value, ast.Constant) and last_name(node.annotation) == "TypeAlias":
        declared, value = walker.annotation(node.value), 0
    target = node.target
    row = walker.add(ANNOTATED, declared, "", (value,)) if declared and value else declared or value
    if isinstance(target, ast.Name):
        if walker.scope.class_number >= 0 and declared:
            walker.classes[walker.scope.class_number].declared[target.id] = row if _is_of_the_class(node) else declared
        elif node.value is not None or declared:
            walker.bind(target.id, row)
            if node.value is not None:
                hold(walker, target.id, value, node.value)
                note(walker, target, value, node.value)
    elif isinstance(target, ast.Attribute) and is_path(target.value) and row:
        walker.assign_attribute(target, row)


def _is_of_the_class(node: ast.AnnAssign) -> bool:
    """Whether a name in a class's body is no default for its objects: ``cache: ClassVar[Cache] = Cache()``."""
    annotation = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
    return is_path(annotation) and path_text(annotation).rpartition(".")[2] in ("ClassVar", "Final")


def _augmented(walker: Walker, node: ast.AugAssign) -> None:
    cast(walker, node.value, USE_COMBINE)
    walker.work.append((_end_augmented, node))
    walker.work.append(node.value)
    if not isinstance(node.target, ast.Name):
        _target_parts(walker, node.target)


def _end_augmented(walker: Walker, node: ast.AugAssign) -> None:
    value = walker.values.pop()
    if isinstance(node.target, ast.Name):
        operator = BINARY_OPERATORS.get(type(node.op))
        row = walker.add(BINARY, walker.lookup(node.target.id), operator, (value,)) if operator is not None else 0
        walker.bind(node.target.id, row)


def _for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    work = walker.work
    work.append((_end_loop, node))
    work.extend(node.orelse[::-1])
    work.append((_else_loop, node))
    work.extend(node.body[::-1])
    work.append((_begin_for, node))
    work.append((consumed, node.iter) if isinstance(node.iter, ast.GeneratorExp) else node.iter)


def _begin_for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    is_async = isinstance(node, ast.AsyncFor)
    row = walker.add(AITER if is_async else ITER, walker.values.pop())
    walker.use(USE_AITER if is_async else USE_ITER, row, node.iter)
    begin_for(walker, node, row)
    walker.begin_branches().element = row
    walker.bind_target(node.target, row)


def _else_loop(walker: Walker, node: ast.For | ast.AsyncFor | ast.While) -> None:
    blocks.loop(walker, walker.branches[-1].element, node)
    walker.dead = False  # `continue` and `break` arrive behind the body too
    walker.next_branch()
    frame = walker.branches[-1]
    walker.scope.environment = join(frame.before, frame.ends[-1], walker.references, bool(walker.paths))
    frame.ends.clear()


def _end_loop(walker: Walker, node: ast.For | ast.AsyncFor | ast.While) -> None:
    walker.dead = False
    walker.end_branches()
    end_loop(walker, node)
    if isinstance(node, ast.While) and len(walker.guards) < MOST_GUARDS and not _has_break(node.body):
        walker.guards += walker.truths(node.test, False)  # it has come out false: nothing else ends the loop


def _has_break(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Break) for node in outside(body, (*LOOPS, *SCOPES, ast.expr)))


def _while(walker: Walker, node: ast.While) -> None:
    work = walker.work
    work.append((_end_loop, node))
    work.extend(node.orelse[::-1])
    work.append((_else_loop, node))
    work.extend(node.body[::-1])
    work.append((_begin_while, node))
    work.append(node.test)
    cast(walker, node.test, USE_TEST)
    loops.watch(walker, node)
    begin_while(walker)


def _begin_while(walker: Walker, node: ast.While) -> None:
    asleep.record(walker, node, walker.values.pop())
    walker.begin_branches()
    walker.guards += walker.truths(node.test, True)
    narrow(walker, node.test, True)


def _if(walker: Walker, node: ast.If) -> None:
    work = walker.work
    outcome = _outcome(node.test)
    if outcome is not None:
        runs, never_runs = (node.body, node.orelse) if outcome else (node.orelse, node.body)
        work.extend(runs[::-1])
        work.append((_set_typing, walker.in_typing))
        work.extend(never_runs[::-1])
        walker.in_typing = True
        return
    work.append((_end_if, node))
    work.extend(node.orelse[::-1])
    work.append((_else, node))
    work.extend(node.body[::-1])
    work.append((_begin_if, node))
    work.append(node.test)
    cast(walker, node.test, USE_TEST)


def _outcome(test: ast.expr) -> bool | None:
    """How a test always comes out when the program runs; None where that depends."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        outcome = _outcome(test.operand)
        return None if outcome is None else not outcome
    if isinstance(test, ast.BoolOp):  # what stands in front of a part that decides is evaluated all the same
        decides = isinstance(test.op, ast.Or)
        return decides if _outcome(test.values[0]) is decides else None
    return False if _mentions_type_checking(test) else None


def _mentions_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _set_typing(walker: Walker, value: bool) -> None:
    walker.in_typing = value


def _begin_if(walker: Walker, node: ast.If) -> None:
    value = walker.values.pop()
    frame = walker.begin_branches()
    frame.if_true = walker.truths(node.test, True)
    frame.if_false = walker.truths(node.test, False)
    called = walker.outcome(value, True)
    if called:
        frame.if_true += called
        frame.if_false += walker.outcome(value, False)
    elif isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or) and walker.references.rows[value][0] == UNION:
        first, *others = walker.references.rows[value][3]
        if all(walker.references.rows[part][0] == CALL for part in (first, *others)):  # `isinstance(a, str) or isinstance(a, Path)`
            frame.if_true += (walker.add(BINARY, first, "or", tuple(others)),)
    walker.enter_branch()
    if _is_for_other_systems(node.test, True):
        walker.flags |= OTHER_SYSTEM
    walker.guards += frame.if_true
    narrow(walker, node.test, True)
    if _is_main_guard(node.test):
        walker.flags |= IN_MAIN_GUARD
    stored = tested_store(walker, node.test, missing=True)
    if stored and fills(walker, node.body, stored):
        walker.flags |= FIRST_TIME


def _else(walker: Walker, node: ast.If) -> None:
    left = walker.left
    frame = walker.next_branch()
    frame.left = left
    walker.flags = frame.flags | CONDITIONAL
    walker.enter_branch()
    if _is_for_other_systems(node.test, False):
        walker.flags |= OTHER_SYSTEM
    narrow(walker, node.test, False)
    stored = tested_store(walker, node.test, missing=False)
    if stored and node.orelse and sets(walker, stored):
        walker.flags |= FIRST_TIME
    if len(walker.guards) < MOST_GUARDS:  # the end of a chain of a hundred `elif`s need not know them all
        walker.guards += frame.if_false


def _end_if(walker: Walker, node: ast.If) -> None:
    left_else = walker.left
    frame = walker.end_branches()
    if frame.left:
        narrow(walker, node.test, False)
        if _is_for_other_systems(node.test, False):
            walker.flags |= OTHER_SYSTEM
        if len(walker.guards) < MOST_GUARDS:
            walker.guards += frame.if_false
        if returns_stored(walker, node):
            walker.flags |= FIRST_TIME
    if left_else:
        walker.guards += frame.if_true
    walker.left = frame.left and left_else and bool(node.orelse)


def _is_for_other_systems(test: ast.expr, wanted: bool) -> bool:
    """Whether a test that came out as `wanted` says that this is not Linux: ``sys.platform == "win32"``, ``os.name != "posix"``."""
    test, wanted = without_not(test, wanted)
    if isinstance(test, ast.BoolOp):
        return isinstance(test.op, ast.Or) and wanted and all(_is_for_other_systems(part, True) for part in test.values)
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        subject, other = test.left, test.comparators[0]
        wanted = wanted == isinstance(test.ops[0], ast.Eq)
    elif isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "startswith" and test.args:
        subject, other = test.func.value, test.args[0]
    else:
        return False
    if isinstance(subject, ast.Call):
        subject = subject.func
    if path_text(subject) not in ("sys.platform", "os.name", "platform.system") or not isinstance(other, ast.Constant):
        return False
    return wanted != (str(other.value).lower() in ("linux", "linux2", "posix"))


def _with(walker: Walker, node: ast.With | ast.AsyncWith) -> None:
    work = walker.work
    work.append((_leave, (walker.entered, walker.flags)))
    work.extend(node.body[::-1])
    work.append((_inside, (walker.entered, node.body)))
    for item in reversed(node.items):
        work.append((_enter, (item, isinstance(node, ast.AsyncWith))))
        if isinstance(node, ast.AsyncWith) and isinstance(item.context_expr, ast.Call):
            work.append((_begin_entered_call, item.context_expr))
        else:
            work.append(item.context_expr)


def _begin_entered_call(walker: Walker, node: ast.Call) -> None:
    begin_call(walker, node, end_awaited_call)


def _enter(walker: Walker, state: tuple[ast.withitem, bool]) -> None:
    item, is_async = state
    row = walker.add(AENTER if is_async else ENTER, walker.values.pop())
    walker.use(USE_AENTER if is_async else USE_ENTER, row, item.context_expr)
    walker.entered += (row,)
    if isinstance(item.context_expr, ast.Call):
        walker.flags |= flags_under(item.context_expr)
    if item.optional_vars is not None:
        walker.bind_target(item.optional_vars, row)


def _inside(walker: Walker, state: tuple[tuple[int, ...], list[ast.stmt]]) -> None:
    outer, body = state
    blocks.inside(walker, walker.entered[len(outer) :], body)


def _leave(walker: Walker, state: tuple[tuple[int, ...], int]) -> None:
    walker.entered, flags = state
    # Others may have come to stay: what follows a branch that has left.
    walker.flags &= flags | ~(ERROR_EXPECTED | ASKS_BY_ERROR | HANDLED | NEVER_WAITS)


def _try(walker: Walker, node: Any) -> None:
    work = walker.work
    walker.tries += 1
    work.extend(node.finalbody[::-1])
    work.append((_begin_finally, node))
    if node.finalbody:
        work.append((_end_tried, None))
    for handler in reversed(node.handlers):
        work.append((_end_handler, handler))
        work.extend(handler.body[::-1])
        work.append((_begin_handler, (handler, node)))
        if handler.type is not None:
            work.append(handler.type)
    work.append((_end_try_body, node))
    work.extend(node.orelse[::-1])
    work.append((_try_else, node))
    if not node.finalbody:
        work.append((_end_tried, None))
    work.extend(node.body[::-1])
    frame = walker.begin_branches()
    walker.flags = frame.flags | flags_before(node.handlers)
    if handles_missing_name(node.handlers):
        walker.flags |= NAME_MAY_MISS
    if handles_some(node.handlers):
        walker.flags |= HANDLED


def _end_tried(walker: Walker, _: None) -> None:
    """From here on, no handler or clean-up of this statement waits for what is done."""
    walker.tries -= 1


def _try_else(walker: Walker, node: Any) -> None:
    walker.flags = walker.branches[-1].flags | flags_behind(node.handlers)


def _end_try_body(walker: Walker, node: Any) -> None:
    body, is_left = walker.scope.environment, walker.dead
    frame = walker.next_branch()  # a handler may find anything that the body has bound until it failed
    frame.left = is_left
    frame.before = join(frame.before, body, walker.references, bool(walker.paths))
    walker.scope.environment = dict(frame.before)


def _begin_handler(walker: Walker, state: tuple[ast.ExceptHandler, Any]) -> None:
    node, whole = state
    row = walker.values.pop() if node.type is not None else 0
    blocks.tried(walker, row, whole.body, node.body)
    blocks.cleanup(walker, node.body)
    frame = walker.branches[-1]
    walker.flags = frame.flags | CONDITIONAL
    walker.enter_branch()
    if handles_missing_name([node]):
        walker.flags |= NAME_MISSES
    if handles_runtime_error(node.type):
        walker.guards += has_failed(walker, frame)
    missed = {stored_text(item) for item in looked_up(whole.body)}
    if any(fills(walker, node.body, stored) for stored in missed):
        walker.flags |= FIRST_TIME
    if node.name:
        walker.bind(node.name, walker.add(DECLARED, row) if row and isinstance(node.type, (ast.Name, ast.Attribute)) else 0)


def _end_handler(walker: Walker, node: ast.ExceptHandler) -> None:
    walker.next_branch()


def _begin_finally(walker: Walker, node: Any) -> None:
    blocks.cleanup(walker, node.finalbody)
    walker.dead = True  # the branch that was begun behind the last handler has no code
    frame = walker.end_branches()
    if frame.left and not node.finalbody and all(handles_runtime_error(handler.type) for handler in node.handlers):
        walker.guards += has_failed(walker, frame)
    note_answers(walker, node, frame)
    if isinstance(node.body[-1], ast.Return) and any(sets(walker, stored_text(item)) for item in looked_up(node.body)):
        walker.flags |= FIRST_TIME  # `try: return _items[key]` has failed


def _match(walker: Walker, node: ast.Match) -> None:
    work = walker.work
    work.append((_end_match, node))
    for case in reversed(node.cases):
        work.append((_end_case, case))
        work.extend(case.body[::-1])
        if case.guard is not None:
            work.append((discard, None))
            work.append(case.guard)
            cast(walker, case.guard, USE_TEST)
        work.append((_begin_case, case))
    work.append((_begin_match, node))
    if takes_values(node):
        cast(walker, node.subject, USE_COMPARE)
    work.append(node.subject)


def _begin_match(walker: Walker, node: ast.Match) -> None:
    walker.values.pop()
    walker.begin_branches()
    walker.enter_branch()


def _begin_case(walker: Walker, case: ast.match_case) -> None:
    for part in ast.walk(case.pattern):
        if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
            row = 0
            if isinstance(part, ast.MatchAs) and isinstance(part.pattern, ast.MatchClass) and is_path(part.pattern.cls):
                row = walker.add(DECLARED, walker.silent_path(part.pattern.cls))
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
        if walker.entered or walker.tries or walker.body.flags & ASYNC:
            cast(walker, node.value, USE_RETURN)


def _return(walker: Walker, node: ast.Return) -> None:
    if node.value is not None and walker.values[-1] in walker.entered:
        walker.use(USE_ESCAPED, walker.values[-1], node.value)
    walker.body.returned.append(walker.values.pop() if node.value is not None else walker.none_row)
    walker.dead = walker.left = True


def _raise(walker: Walker, node: ast.Raise) -> None:
    walker.work.append((_end_raise, node))
    for part in (node.cause, node.exc):
        if part is not None:
            walker.work.append((discard, None))
            walker.work.append(part)
            cast(walker, part, USE_RAISE)


def _end_raise(walker: Walker, node: ast.Raise) -> None:
    walker.dead = walker.left = True


def _leave_block(walker: Walker, node: ast.stmt) -> None:
    walker.left = True


def _assert(walker: Walker, node: ast.Assert) -> None:
    walker.work.append((_end_assert, node))
    cast(walker, node.test, USE_TEST)
    for part in (node.msg, node.test):
        if part is not None:
            walker.work.append((discard, None))
            walker.work.append(part)


def _end_assert(walker: Walker, node: ast.Assert) -> None:
    narrow(walker, node.test, True)


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
        row = walker.add(NAME, 0, alias.name)
        walker.use(USE_IMPORT, row, alias)
        if alias.asname:
            walker.bind(alias.asname, row)
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
            row = walker.add(NAME, 0, f"{module}.{alias.name}")
            if not node.level:
                walker.use(USE_IMPORT, row, alias)
            walker.bind(alias.asname or alias.name, row)


def _function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    defaults = [default for default in node.args.kw_defaults if default is not None]
    all_parts(walker, node.decorator_list + node.args.defaults + defaults, _end_function, node)  # type: ignore[arg-type]


def _end_function(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    defaults = pop_defaults(walker, node.args)
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
    type_parameters = tuple(walker.bind_type_parameters(node))  # in the scope around it: nobody else uses these names there
    work = walker.work
    work.append((_end_class, node))
    work.extend(node.body[::-1])
    work.append((_begin_class, (node, type_parameters)))
    metaclass = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
    for keyword in reversed(node.keywords):
        if keyword.arg != "metaclass":
            work.append((discard, None))
            work.append(keyword.value)
    work.extend((node.decorator_list + node.bases + metaclass)[::-1])


def _begin_class(walker: Walker, state: tuple[ast.ClassDef, tuple[int, ...]]) -> None:
    node, type_parameters = state
    metaclass = walker.values.pop() if any(keyword.arg == "metaclass" for keyword in node.keywords) else 0
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
    walker.classes.append(ClassBody(walker.qualified(node.name), bases, metaclass, decorators, type_parameters, scope))
    walker.class_stack.append(outer)
    walker.scope = scope


def _end_class(walker: Walker, node: ast.ClassDef) -> None:
    number = walker.scope.class_number
    walker.scope = walker.class_stack.pop()
    walker.dead = walker.left = False
    walker.bind(node.name, walker.add(CLASS, number))


def _type_alias(walker: Walker, node: Any) -> None:
    walker.bind(node.name.id, walker.annotation(node.value))


STATEMENTS: Final[dict[type[ast.AST], Visit]] = {
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
"""What visits which statement. One that is not here (``pass``) does nothing."""

for _newer, _visit in (("TryStar", _try), ("TypeAlias", _type_alias)):  # only newer Pythons have these
    if hasattr(ast, _newer):
        STATEMENTS[getattr(ast, _newer)] = _visit
