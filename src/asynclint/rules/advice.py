"""One sentence of what to do next about a call that blocks."""

from __future__ import annotations

from typing import Final

from asynclint.project.calls.solve import Reach
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.source.scopes import ASYNC
from asynclint.source.uses import AWAITED, USE_CALL, USE_ENTER, USE_READ

_TO_THREAD: Final = {"asyncio": "asyncio.to_thread", "curio": "curio.run_in_thread"}


def framework_of(module: Module) -> str:
    """The async framework that a file uses: ``asyncio``, ``trio``, ``anyio`` or ``curio``."""
    if "asyncio" in module.tops:
        return "asyncio"
    return next((name for name in ("trio", "anyio", "curio") if name in module.tops), "asyncio")


def to_thread_in(module: Module) -> str:
    """What a file calls to run something in a thread."""
    framework = framework_of(module)
    return _TO_THREAD.get(framework, f"{framework}.to_thread.run_sync")


def advise(reach: Reach, callee: str) -> str:
    """What to do about a reach. `callee` is the text of what is called in the root, ``...`` where that is too long."""
    root = reach.root
    framework = framework_of(root.module)
    to_thread = to_thread_in(root.module)
    instead = {str(name): text for name, text in reach.sink.entry.instead.items()}.get(framework, "")
    if not root.facts.flags & ASYNC:
        name = root.facts.name.rpartition(".")[2]
        thread = "Hand the blocking part to a thread: `loop.run_in_executor(None, ...)`"
        return f"{thread}; or make `{name}` a coroutine function, if what calls it awaits it."
    if not reach.way:
        if instead:
            return f"Use {instead}."
        if reach.sink.entry.lazy:
            return f"Go through it in a thread: `await {to_thread}(lambda: list(...))`."
        return (
            f"Run it in a thread: `await {to_thread}({callee}, ...)`."
            if callee != "..."
            else f"Run it in a thread: `await {to_thread}(...)`."
        )
    first = reach.way[0][0]
    twin = _async_twin(first)
    if twin and twin != root.facts.name.rpartition(".")[2]:
        return f"Await its asynchronous twin: `{twin}`."
    name = first.facts.name.rpartition(".")[2]
    kind, _, flags, _ = root.facts.uses[reach.number]
    end = f" and use {instead} at its end" if instead.startswith("`") else ""
    if kind == USE_READ:
        return f"Make `{name}` a coroutine method, not a property{end or ', and run what blocks in it in a thread'}."
    if kind == USE_ENTER:
        return f"Make it an asynchronous context manager{end or f', which runs what blocks in a thread: `await {to_thread}(...)`'}."
    if name in ("__init__", "__new__", "__post_init__"):
        return f"Move what blocks out of the constructor; or make the object in a thread: `await {to_thread}({callee}, ...)`."
    if flags & AWAITED:
        return f"Make `{name}` a coroutine function{end or f', which runs what blocks in a thread: `await {to_thread}(...)`'}."
    thread = f"`await {to_thread}({callee}, ...)`" if kind == USE_CALL and callee != "..." else f"`await {to_thread}(...)`"
    return f"Make the way asynchronous{end}, or run it in a thread: {thread}." if end else f"Run it in a thread: {thread}."


def _async_twin(function: Function) -> str:
    """The name of a coroutine function beside a function that says to be the same: ``aload``, ``load_async``, ``async_load``."""
    path, dot, name = function.facts.name.rpartition(".")
    wanted = {f"{path}{dot}{twin}": twin for twin in (f"a{name}", f"{name}_async", f"async_{name}", f"_a{name.lstrip('_')}")}
    for other in function.module.functions:
        if other.facts.name in wanted and other.facts.flags & ASYNC:
            return wanted[other.facts.name]
    return ""
