"""A job in an executor, and its future, are awaited."""

from __future__ import annotations

import re
from typing import Final, cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.recipes.threads import call_in_thread
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_OF_FUTURES: Final = re.compile(r"futures|\b(?:CancelledError|TimeoutError|BrokenExecutor|BrokenProcessPool|BrokenThreadPool)\b")


def run_in_executor(place: Place) -> None:
    """``executor.submit(f, x).result()`` becomes ``await asyncio.get_running_loop().run_in_executor(executor, f, x)``."""
    result = place.exactly(cst.Call)
    submit = _future_of(result)
    if not (isinstance(submit, cst.Call) and isinstance(submit.func, cst.Attribute) and submit.func.attr.value == "submit"):
        raise Refused("the job is not submitted here")
    if any(argument.keyword is not None or argument.star == "**" for argument in submit.args) or not submit.args:
        raise Refused("`run_in_executor` takes no keyword arguments for the job")
    if _has_comment(place, result.func):
        raise Refused("a comment would be lost")
    if len(submit.args) == 2 and place.tree.code(submit.args[0].value) == "next":
        raise Refused("a future of asyncio cannot hold the StopIteration of `next`")
    may_await(place, result)
    if _is_error_handled(place, result):
        place.unless("an error of `concurrent.futures` is handled here, and asyncio raises its own")
        call_in_thread(place, place.finding.span, "asyncio.to_thread")
        return
    loop = place.name("asyncio.get_running_loop")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        outer = cast(cst.Call, old)
        inner = cast(cst.Call, cast(cst.Attribute, outer.func).value)
        executor = cast(cst.Attribute, inner.func).value
        between = inner.whitespace_before_args
        comma = cst.Comma(whitespace_after=between if isinstance(between, cst.ParenthesizedWhitespace) else cst.SimpleWhitespace(" "))
        call = cst.Call(
            place.expression(f"{loop}().run_in_executor"),
            [cst.Arg(executor, comma=comma), *inner.args],
            lpar=outer.lpar,
            rpar=outer.rpar,
            whitespace_before_args=between,
        )
        return awaited(place, result, call)

    place.replace(result, change)


def wrap_future(place: Place) -> None:
    """``future.result()`` becomes ``await asyncio.wrap_future(future)``."""
    result = place.exactly(cst.Call)
    future = _future_of(result)
    if _has_comment(place, result.func) and not isinstance(future, cst.Call):
        raise Refused("a comment would be lost")
    may_await(place, result)
    if _is_error_handled(place, result):
        call_in_thread(place, place.finding.span, "asyncio.to_thread")
        return
    wrap = place.expression(place.name("asyncio.wrap_future"))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        outer = cast(cst.Call, old)
        value = cast(cst.Attribute, outer.func).value
        return awaited(place, result, cst.Call(wrap, [cst.Arg(value)], lpar=outer.lpar, rpar=outer.rpar))

    place.replace(result, change)


def _future_of(result: cst.Call) -> cst.BaseExpression:
    if not (isinstance(result.func, cst.Attribute) and result.func.attr.value == "result") or result.args:
        raise Refused("it is not a plain `.result()`")
    return result.func.value


def _has_comment(place: Place, node: cst.CSTNode) -> bool:
    """Whether a comment stands in what is taken apart, other than among the arguments of the innermost call."""
    kept = node.value.args if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Call) else ()
    inside = {part for argument in kept for part in place.tree.walk(argument)}
    return any(isinstance(part, cst.Comment) and part not in inside for part in place.tree.walk(node))


def _names_error(place: Place, node: cst.BaseExpression) -> bool:
    """Whether the type that a handler is for may be an error of futures: written so, or imported under another name."""
    names = [part.value for part in place.tree.walk(node) if isinstance(part, cst.Name)]
    paths = [path for name in names for path in place.tree.names.imported(name)]
    return any(_OF_FUTURES.search(text) for text in (place.tree.code(node), *paths))


def _is_error_handled(place: Place, node: cst.CSTNode) -> bool:
    """Whether an error of the future is handled around it: asyncio would raise another one, and a thread hands on the same."""
    inner = node
    for outer in place.tree.parents(node):
        if isinstance(outer, cst.FunctionDef):
            return False
        handlers = outer.handlers if isinstance(outer, (cst.Try, cst.TryStar)) and inner is outer.body else ()
        if any(handler.type is not None and _names_error(place, handler.type) for handler in handlers):
            return True
        inner = outer
    return False
