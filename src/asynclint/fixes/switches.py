"""Where an ``await`` may be written, and where one more lets other tasks run that were kept out on purpose."""

from __future__ import annotations

import re
from typing import Final, cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_LOCK: Final = re.compile(r"lock|mutex|semaphore|condition|critical", re.IGNORECASE)

_NO_AWAIT: Final = re.compile(r"#.*\b(?:no|not|never|without|don't)\b.*\bawait\b", re.IGNORECASE)
"""A comment that warns of an ``await``."""

_ANY_ERROR: Final = re.compile(r"CancelledError|BaseException|Cancelled\b|get_cancelled_exc_class")

_VIEWS: Final = frozenset({"items", "keys", "values"})
_WRAPPERS: Final = frozenset({"enumerate", "reversed", "zip"})
"""What goes through the thing itself, without making a copy first."""


_Event = tuple[tuple[int, int], bool, str]
"""Where, whether it is a store, and what is read or stored."""


def may_await(place: Place, node: cst.CSTNode) -> cst.FunctionDef:
    """The coroutine function in which an ``await`` may be written at a node. Raises Refused where none may: because of the language,
    or, if only safe fixes are wanted, because other tasks would run where they could not before.
    """
    function = _coroutine_function(place, node)
    if _NO_AWAIT.search(place.tree.code(function)):
        raise Refused("a comment in the function says that nothing should be awaited")
    place.unless(hazard(place, function, node))
    return function


def _coroutine_function(place: Place, node: cst.CSTNode) -> cst.FunctionDef:
    """The coroutine function whose own code a node is."""
    inner = node
    comprehensions = 0
    for outer in place.tree.parents(node):
        if isinstance(outer, cst.FunctionDef) and inner is outer.body:
            if outer.asynchronous is None:
                raise Refused("nothing can be awaited in a plain function")
            if comprehensions > 1:
                raise Refused("before Python 3.11, nothing can be awaited in a comprehension inside of another")
            return outer
        if isinstance(outer, cst.Lambda) and inner is outer.body:
            raise Refused("nothing can be awaited in a lambda")
        if isinstance(outer, cst.ClassDef) and inner is outer.body:
            raise Refused("nothing can be awaited in the body of a class")
        if isinstance(outer, (cst.Annotation, cst.Decorator)):
            raise Refused("nothing can be awaited in an annotation or a decorator")
        if isinstance(outer, cst.BaseComp) and not _is_first_iterable(outer, inner, node, place):
            if isinstance(outer, cst.GeneratorExp):
                raise Refused("an await would make an asynchronous generator of the generator expression")
            comprehensions += 1
        if isinstance(outer, cst.FormattedStringExpression) and "\n" in place.tree.code(outer):
            raise Refused("the code stands in an f-string of several lines")
        inner = outer
    raise Refused("nothing can be awaited at module level")


def _is_first_iterable(comprehension: cst.BaseComp, inner: cst.CSTNode, node: cst.CSTNode, place: Place) -> bool:
    """Whether a node is in what a comprehension goes through first, which is evaluated outside of it."""
    if inner is not comprehension.for_in:
        return False
    first = comprehension.for_in.iter
    return node is first or any(outer is first for outer in place.tree.parents(node))


def hazard(place: Place, function: cst.FunctionDef, node: cst.CSTNode) -> str:
    """Why other tasks should not run at a node, as half a sentence; empty where nothing speaks against it. Refused where they must not."""
    inner = node
    for outer in place.tree.parents(node):
        if outer is function:
            break
        if isinstance(outer, cst.With) and outer.asynchronous is None and _is_of_lock(place, outer, inner):
            raise Refused("a lock is held here, which tasks that run meanwhile may wait for, and the whole thread with them")
        if isinstance(outer, cst.Finally) or (isinstance(outer, cst.ExceptHandler) and _sees_cancellation(place, outer)):
            return "an await in clean-up code can be cancelled"
        inner = outer
    path = gone_through(place, function, node)
    if path:
        return f"other tasks may change `{path}` while the loop goes through it"
    path = torn(place, function, node)
    return f"other tasks may change `{path}` meanwhile" if path else ""


def gone_through(place: Place, function: cst.FunctionDef, node: cst.CSTNode) -> str:
    """The attribute or global name that a loop around a node goes through; empty where there is none."""
    inner = node
    for outer in place.tree.parents(node):
        if outer is function:
            break
        if isinstance(outer, cst.For) and outer.asynchronous is None and inner is outer.body and (path := _shared(place, outer.iter)):
            return path
        inner = outer
    return ""


def _shared(place: Place, node: cst.BaseExpression) -> str:
    """The attribute or global name that an expression is, not a copy of it; empty where it is something else."""
    while isinstance(node, cst.Call):
        is_view = isinstance(node.func, cst.Attribute) and node.func.attr.value in _VIEWS and not node.args
        if isinstance(node.func, cst.Attribute) and is_view:
            node = node.func.value
        elif isinstance(node.func, cst.Name) and node.func.value in _WRAPPERS and node.args:
            node = node.args[0].value
        else:
            return ""
    if isinstance(node, cst.Name) and place.tree.names.is_local(node.value, place.tree.span(node).line):
        return ""
    return place.tree.code(node) if isinstance(node, (cst.Attribute, cst.Name)) else ""


def _is_of_lock(place: Place, block: cst.With, inner: cst.CSTNode) -> bool:
    """Whether a block has entered a lock where `inner` is reached: its body, or one of its items."""
    entered = block.items[: block.items.index(inner)] if isinstance(inner, cst.WithItem) else block.items
    return any(_LOCK.search(place.tree.code(item.item)) for item in entered)


def _sees_cancellation(place: Place, handler: cst.ExceptHandler) -> bool:
    return handler.type is None or _ANY_ERROR.search(place.tree.code(handler.type)) is not None


def torn(place: Place, function: cst.FunctionDef, node: cst.CSTNode) -> str:
    """What is read before a node and written behind it without being read again: an attribute, or a global name."""
    here = place.tree.span(node)
    events = cast("list[_Event] | None", place.tree.switches.get(function))
    if events is None:
        events = place.tree.switches[function] = _events(place, function)
    read: set[str] = set()
    for where, is_store, path in events:
        if where < (here.line, here.column):
            read.add(path)
            if is_store:
                read.discard(path)
        elif where > (here.end_line, here.end_column) or is_store:
            if is_store and path in read:
                return path
            read.discard(path)
    return ""


def _events(place: Place, function: cst.FunctionDef) -> list[_Event]:
    """Where a function reads and stores what others can see, in the order in which that happens."""
    inside = place.tree.walk(function.body)
    shared = {name.name.value for part in inside if isinstance(part, (cst.Global, cst.Nonlocal)) for name in part.names}
    events: list[_Event] = []
    for part in inside:
        if isinstance(part, cst.Attribute) or (isinstance(part, cst.Name) and part.value in shared):
            path = place.tree.code(part)
            span = place.tree.span(part)
            stored, loaded = _role(place, part)
            if loaded:
                events.append(((span.line, span.column), False, path))
            if stored is not None:
                end = place.tree.span(stored)
                events.append(((end.end_line, end.end_column), True, path))
    return sorted(events)


def _role(place: Place, part: cst.CSTNode) -> tuple[cst.CSTNode | None, bool]:
    """The statement that stores in an attribute or name, or in an item of it, and whether it is read as well."""
    target = part
    outer = place.tree.parent(target)
    while isinstance(outer, cst.Subscript) and outer.value is target:
        target, outer = outer, place.tree.parent(outer)
    if isinstance(outer, cst.AugAssign) and outer.target is target:
        return outer, True
    if isinstance(outer, (cst.AssignTarget, cst.AnnAssign)) and outer.target is target:
        return place.statement(target), target is not part
    if isinstance(outer, cst.Del):
        return cast(cst.CSTNode, outer), target is not part
    return None, True
