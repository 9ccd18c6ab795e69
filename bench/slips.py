"""Slips that fixes are made for, planted in real code: places and texts, by kind.

Each kind is the reverse of a fix, so that a good fix gives back what the maintainers wrote. *statement*, *assignment*, *condition*,
*return*, *argument*: an ``await`` is missing there (`awaits`). *drop-name*, *drop-collection*, *event-loop*, *drop-drain*: as in
`plants`. The others:

- *sleep*: ``await asyncio.sleep(x)`` becomes ``time.sleep(x)``, likewise anyio's and trio's.
- *with*, *for*: ``async with`` and ``async for`` lose their ``async``.
- *collect*: ``[x async for x in e]`` becomes ``list(e)``.
- *exit-stack*: ``await stack.enter_async_context(c)`` becomes ``stack.enter_context(c)``.
- *needless-await*: ``f()`` as a statement, which does not wait, becomes ``await f()``.
- *run*, *run-until-complete*, *threadsafe*: ``await f()`` becomes ``asyncio.run(f())``, or, with ``loop`` for
  ``asyncio.get_running_loop()``, ``loop.run_until_complete(f())`` or ``asyncio.run_coroutine_threadsafe(f(), loop).result()``.
- *task-at-once*: ``await f()`` becomes ``await asyncio.create_task(f())``.
- *hop-called*: ``to_thread(f, x)`` becomes ``to_thread(f(x))``, likewise ``run_sync`` and ``run_in_executor``.
- *hop-dropped*: ``await to_thread(f, x)`` becomes ``f(x)``.
- *callback-called*: ``call_soon(f, x)`` becomes ``call_soon(f(x))``, likewise its sisters.
- *loop-parameter*: ``asyncio.sleep(1)`` becomes ``asyncio.sleep(1, loop=None)``, likewise whatever had the parameter.
- *not-unpacked*: ``gather(*tasks)`` becomes ``gather(tasks)``.
- *drop-wait-closed*: ``await writer.wait_closed()`` goes.
- *manager*: ``@asynccontextmanager`` becomes ``@contextmanager``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import awaits
import plants
from mutants import Mutant, Source, functions_around, is_in_text
from plants import in_coroutine, last_name, mutant_of, text_of

_CALLBACKS = {"call_soon": 0, "call_soon_threadsafe": 0, "call_later": 1, "call_at": 1, "add_signal_handler": 1, "add_done_callback": 0}
"""What takes a callback, and behind how many arguments."""

_HOPS = {"to_thread": 0, "run_sync": 0, "run_in_executor": 1}
"""What runs a function in a thread, and behind how many arguments."""

_HAD_LOOP = ("sleep", "gather", "wait", "wait_for", "shield", "Lock", "Event", "Condition", "Semaphore", "Queue", "open_connection")

_SLEEPS = ("asyncio.sleep", "anyio.sleep", "trio.sleep")


def places(source: Source) -> Iterator[Mutant]:
    """Where a slip of any kind can be planted, apart from needing ``import time``, which *sleep* does (see `prepared`)."""
    yield from awaits.places(source)
    yield from (mutant for mutant in plants.places(source) if not _is_needed(source, mutant))
    for node in ast.walk(source.tree):
        for kind, make in _MAKERS.items():
            yield from make(source, kind, node)


def prepared(data: bytes) -> bytes:
    """A file to plant in: it imports time, by the statement that imports a library for sleeping, so that no line moves."""
    if re.search(rb"^import time\b", data, re.MULTILINE):
        return data
    return re.sub(rb"^(import (?:asyncio|anyio|trio))$", rb"\1; import time", data, count=1, flags=re.MULTILINE)


# -- kinds


def _sleep(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    call = _awaited(node)
    if call is None or ast.unparse(call.func) not in _SLEEPS or not re.search(rb"\bimport time\b", source.data):
        return
    if len(call.args) == 1 and call.func.end_lineno == call.lineno:
        length = (call.func.end_col_offset or 0) - _expression(node).col_offset
        yield from _at_start(source, kind, _expression(node), length, b"time.sleep")


def _block(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    wanted = ast.AsyncWith if kind == "with" else ast.AsyncFor
    if isinstance(node, wanted):
        found = re.match(rb"async[ \t]+", source.data.splitlines()[node.lineno - 1][node.col_offset :])
        first = node.items[0].context_expr if isinstance(node, ast.AsyncWith) else node.iter
        if found is not None:
            yield from _at_start(source, kind, node, len(found[0]), b"", first)


def _collect(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.ListComp) and len(node.generators) == 1 and isinstance(node.elt, ast.Name):
        (part,) = node.generators
        if part.is_async and not part.ifs and isinstance(part.target, ast.Name) and part.target.id == node.elt.id:
            yield from mutant_of(source, kind, node, b"list(" + text_of(source, part.iter) + b")", node)


def _exit_stack(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    call = _awaited(node)
    if call is not None and isinstance(call.func, ast.Attribute) and call.func.attr == "enter_async_context":
        text = text_of(source, call).replace(b".enter_async_context(", b".enter_context(", 1)
        yield from mutant_of(source, kind, _expression(node), text, _expression(node))


def _needless(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and in_coroutine(source, node):
        is_task = last_name(node.value.func) in ("create_task", "ensure_future", "start_soon")
        yield from () if is_task else _at_start(source, kind, node.value, 0, b"await ")


def _wrapped(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    """An await that becomes something else around the call."""
    call = _awaited(node)
    if call is None or not _imports_asyncio(source) or not in_coroutine(source, node) or last_name(call.func) in plants.FUTURES:
        return
    before, behind = _WRAPPERS[kind]
    yield from mutant_of(source, kind, _expression(node), before + text_of(source, call) + behind, _expression(node))


_WRAPPERS = {
    "run": (b"asyncio.run(", b")"),
    "run-until-complete": (b"asyncio.get_running_loop().run_until_complete(", b")"),
    "threadsafe": (b"asyncio.run_coroutine_threadsafe(", b", asyncio.get_running_loop()).result()"),
    "task-at-once": (b"await asyncio.create_task(", b")"),
}


def _called(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    """A function that is to be called by somebody else, is called at once."""
    givers = _HOPS if kind == "hop-called" else _CALLBACKS
    if isinstance(node, ast.Call) and last_name(node.func) in givers and in_coroutine(source, node):
        given = node.args[givers[last_name(node.func)] :]
        if given and isinstance(given[0], (ast.Name, ast.Attribute)) and not node.keywords:
            arguments = b", ".join(text_of(source, argument) for argument in given[1:])
            yield from _between(source, kind, given[0], given[-1], text_of(source, given[0]) + b"(" + arguments + b")", node)


def _hop_dropped(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    call = _awaited(node)
    if call is not None and last_name(call.func) in _HOPS and in_coroutine(source, node):
        given = call.args[_HOPS[last_name(call.func)] :]
        if given and isinstance(given[0], (ast.Name, ast.Attribute)) and not call.keywords:
            arguments = b", ".join(text_of(source, argument) for argument in given[1:])
            text = text_of(source, given[0]) + b"(" + arguments + b")"
            yield from mutant_of(source, kind, _expression(node), text, _expression(node))


def _loop_parameter(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.Call) and any(plants.is_call_of(node, "asyncio", name) for name in _HAD_LOOP):
        last = node.args[-1] if node.args else None
        if last is not None and not node.keywords and text_of(source, node).rstrip(b") \n\t") == text_of(source, node)[:-1]:
            yield from _between(source, kind, last, last, text_of(source, last) + b", loop=None", node)


def _not_unpacked(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.Call) and plants.is_call_of(node, "asyncio", "gather") and len(node.args) == 1:
        (given,) = node.args
        if isinstance(given, ast.Starred):
            yield from _between(source, kind, given, given, text_of(source, given.value), node)


def _drop_wait_closed(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.Expr) and (call := _awaited(node.value)) is not None and last_name(call.func) == "wait_closed":
        yield from mutant_of(source, kind, node.value, b"pass", node)


def _manager(source: Source, kind: str, node: ast.AST) -> Iterator[Mutant]:
    for decorator in getattr(node, "decorator_list", ()):
        if ast.unparse(decorator) == "contextlib.asynccontextmanager" and isinstance(node, ast.AsyncFunctionDef):
            lines = (node.lineno, node.end_lineno or node.lineno)
            place = (source.path, kind, decorator.lineno, decorator.col_offset, decorator.lineno, decorator.end_col_offset or 0)
            yield Mutant(*place, b"contextlib.contextmanager", node.lineno, lines, "@contextlib.asynccontextmanager")


_MAKERS: dict[str, Callable[[Source, str, ast.AST], Iterator[Mutant]]] = {
    "sleep": _sleep,
    "with": _block,
    "for": _block,
    "collect": _collect,
    "exit-stack": _exit_stack,
    "needless-await": _needless,
    **dict.fromkeys(_WRAPPERS, _wrapped),
    "hop-called": _called,
    "callback-called": _called,
    "hop-dropped": _hop_dropped,
    "loop-parameter": _loop_parameter,
    "not-unpacked": _not_unpacked,
    "drop-wait-closed": _drop_wait_closed,
    "manager": _manager,
}

KINDS = (*awaits.KINDS, *(kind for kind in plants.KINDS if kind != "task-for-await"), *_MAKERS)
"""All kinds of slips: not *task-for-await*, as the fix of a task that nobody waits for does not wait either."""


# -- helpers


def _is_needed(source: Source, mutant: Mutant) -> bool:
    """Whether the name that goes is used, or the tasks of the local collection are waited for: no fix could tell."""
    if mutant.kind == "drop-collection":
        return re.match(r"\w+\.(add|append)\(", mutant.source_line) is not None
    name = re.search(r"(\w+)\s*(?::[^=]*)?=", mutant.source_line) if mutant.kind == "drop-name" else None
    return name is not None and len(re.findall(rb"\b%s\b" % name[1].encode(), source.data)) > 1


def _awaited(node: ast.AST) -> ast.Call | None:
    return node.value if isinstance(node, ast.Await) and isinstance(node.value, ast.Call) else None


def _expression(node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.expr)
    return node


def _imports_asyncio(source: Source) -> bool:
    return "asyncio" in plants.imported_in(source.tree)


def _at_start(
    source: Source, kind: str, node: ast.expr | ast.stmt, length: int, text: bytes, first: ast.expr | None = None
) -> Iterator[Mutant]:
    """The change of so many bytes at the start of a node. `first` is what follows, where the node is a block."""
    functions = functions_around(node, source.parents)
    if functions and not is_in_text(node, source.parents):
        lines = (functions[0].lineno, functions[0].end_lineno or functions[0].lineno)
        line = source.data.splitlines()[node.lineno - 1].decode().strip()
        place = (source.path, kind, node.lineno, node.col_offset, node.lineno, node.col_offset + length, text)
        yield Mutant(*place, (first or node).end_lineno or node.lineno, lines, line)


def _between(source: Source, kind: str, first: ast.expr, last: ast.expr, text: bytes, whole: ast.expr) -> Iterator[Mutant]:
    """The change of what stands from one node to another."""
    for mutant in mutant_of(source, kind, first, text, whole):
        end = (last.end_lineno or last.lineno, last.end_col_offset or 0)
        if first.lineno == last.lineno == end[0]:
            yield mutant._replace(end_line=end[0], end_column=end[1])
