"""How many planted mistakes about tasks, loops and streams does asynclint find? It plants them in real code, and counts.

For each package and each kind, a copy of the package gets mutants, at most one in a function, at places that a seed chooses, so many of a
kind in one copy as `--together` says::

    python bench/plants.py ~/src/aiogram ~/src/mcp                          # what the project itself tells
    python bench/plants.py ~/src/prefect --environment ~/envs/prefect       # with its dependencies

A package is given by its own folder, or by the folder that holds it (and only it): absolute imports count from there.

**Kinds.** *drop-name*: of ``task = asyncio.create_task(...)`` only the call is left; the same for attributes, items, and all ways to start
a task of asyncio. *drop-collection*: the same for ``tasks.add(asyncio.create_task(...))``. *task-for-await*: ``await f()`` becomes
``asyncio.create_task(f())``, in files that import asyncio, in ``async def``. *event-loop*: ``asyncio.get_running_loop()`` in ``async def``
becomes ``asyncio.get_event_loop()``. *drop-drain*: ``await writer.drain()`` goes, in an ``async def`` that writes to ``writer``, and drains
it there only. *drop-small-drain*: the same where nothing much is left undrained: all that the function writes to it is constants, outside
of loops, or the next statement closes the stream. Not in tests.

**Counts.** A mutant is found if the rule of its kind says something on its lines that it does not say of the package as it is: with what it
is sure enough of to be shown by default. Of a drain, it must stand at a write in that function.
Some mutants of *task-for-await* are none: what a plain function gives may be a future, of which no task can be made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mutants import Checker, Mutant, Source, Trial, around, asynclint, functions_around, has, is_in_text, parsed, parser_of, trials

RULES = {
    "drop-name": "ASL501",
    "drop-collection": "ASL501",
    "task-for-await": "ASL501",
    "event-loop": "ASL304",
    "drop-drain": "ASL401",
    "drop-small-drain": "ASL401",
}
"""The rule that is to find each kind."""

KINDS = tuple(RULES)

_MAKERS = ("create_task", "ensure_future", "run_coroutine_threadsafe")
_WRITES = ("write", "writelines")
_GIVE_LOOPS = ("get_running_loop", "get_event_loop", "new_event_loop")
FUTURES = ("create_task", "ensure_future", "gather", "run_in_executor", "shield", "wrap_future", "create_future")
"""What gives futures, of which no task can be made."""


def main() -> None:
    options = parsed(parser_of("Measure how many planted mistakes about tasks and loops asynclint finds.", KINDS), KINDS)
    done: list[Trial] = []
    print("| package | kind | planted | found |\n|---|---|---:|---:|")
    for package, environment in zip(options.packages, options.environments, strict=True):
        for trial in trials(package, options, places, lambda copy: _checkers(copy, environment)):  # noqa: B023 (called at once)
            done.append(trial)
            if trial.mutants:
                print(_row(trial.package, trial.kind, [trial]), flush=True)
    for kind in options.kinds:
        print(_row("**sum**", kind, [trial for trial in done if trial.kind == kind]))
    print(_row("**sum**", "all", done))
    if options.show_missed:
        for trial in done:
            _print_missed(trial)


def _checkers(copy: Path, environment: str | None) -> Mapping[str, Checker]:
    return {"asynclint": lambda _: asynclint(copy, environment, lambda code: code in RULES.values())}


# -- places


def places(source: Source) -> Iterator[Mutant]:
    imported = imported_in(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            yield from _in_assignment(source, node, imported)
        elif isinstance(node, ast.Expr):
            yield from _in_statement(source, node, imported)
        elif isinstance(node, ast.Call) and is_call_of(node, "asyncio", "get_running_loop") and in_coroutine(source, node):
            attribute = node.func
            assert isinstance(attribute, ast.Attribute)
            yield from mutant_of(source, "event-loop", attribute, b"asyncio.get_event_loop", node)


def _in_assignment(source: Source, node: ast.Assign | ast.AnnAssign, imported: frozenset[str]) -> Iterator[Mutant]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if len(targets) == 1 and not isinstance(targets[0], (ast.Tuple, ast.List)) and node.value is not None and _starts(node.value, imported):
        yield from mutant_of(source, "drop-name", node, text_of(source, node.value), node)


def _in_statement(source: Source, node: ast.Expr, imported: frozenset[str]) -> Iterator[Mutant]:
    value = node.value
    if isinstance(value, ast.Await) and isinstance(value.value, ast.Call) and _is_drain(source, node, value.value):
        kind = "drop-small-drain" if _leaves_little(source, node, value.value) else "drop-drain"
        yield from mutant_of(source, kind, value, b"pass", node)
    elif isinstance(value, ast.Await) and isinstance(value.value, ast.Call) and "asyncio" in imported and in_coroutine(source, node):
        if last_name(value.value.func) not in FUTURES:
            yield from mutant_of(source, "task-for-await", value, b"asyncio.create_task(" + text_of(source, value.value) + b")", node)
    elif isinstance(value, ast.Call) and last_name(value.func) in ("add", "append") and value.args and _starts(value.args[0], imported):
        yield from mutant_of(source, "drop-collection", value, text_of(source, value.args[0]), node)


def _is_drain(source: Source, node: ast.Expr, call: ast.Call) -> bool:
    """Whether a statement drains what the coroutine function around it writes to, and is the only one there that does."""
    if last_name(call.func) != "drain" or not isinstance(call.func, ast.Attribute) or not in_coroutine(source, node):
        return False
    writer = ast.dump(call.func.value)
    parts = list(ast.walk(functions_around(node, source.parents)[0]))
    awaited = {id(part.value) for part in parts if isinstance(part, ast.Await)} - {id(call)}
    methods = [
        part.func.attr
        for part in parts
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and ast.dump(part.func.value) == writer
        if id(part) not in awaited or part.func.attr == "drain"
    ]
    return methods.count("drain") == 1 and any(method in _WRITES for method in methods)


def _leaves_little(source: Source, node: ast.Expr, call: ast.Call) -> bool:
    """Whether nothing much is left without a drain: by the text alone, whatever a checker makes of it."""
    assert isinstance(call.func, ast.Attribute)
    writer = ast.dump(call.func.value)
    for block in (getattr(source.parents[node], name, None) for name in ("body", "orelse", "finalbody")):
        if isinstance(block, list) and node in block[:-1] and _method_of(block[block.index(node) + 1], writer) == "close":
            return True
    written = [
        part
        for part in ast.walk(functions_around(node, source.parents)[0])
        if isinstance(part, ast.Call) and _method_of(part, writer) in _WRITES
    ]
    is_repeated = any(isinstance(above, (ast.For, ast.AsyncFor, ast.While)) for part in written for above in around(part, source.parents))
    return not is_repeated and all(_is_constant(argument) for part in written for argument in part.args)


def _method_of(node: ast.AST, writer: str) -> str:
    call = node.value if isinstance(node, ast.Expr) else node
    func = call.func if isinstance(call, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) and ast.dump(func.value) == writer else ""


def _is_constant(node: ast.expr) -> bool:
    names = [part for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load)]
    return not any(isinstance(part, (ast.Call, ast.JoinedStr)) for part in ast.walk(node)) and all(
        last_name(part).isupper() for part in names
    )


def mutant_of(source: Source, kind: str, replaced: ast.expr | ast.stmt, text: bytes, whole: ast.expr | ast.stmt) -> Iterator[Mutant]:
    """The change that puts a text in place of a node; lines that the text does not have stay as empty ones, in parentheses."""
    functions = functions_around(whole, source.parents)
    if not functions or is_in_text(whole, source.parents):
        return
    end_line, end_column = replaced.end_lineno or replaced.lineno, replaced.end_col_offset or 0
    missing = end_line - replaced.lineno - text.count(b"\n")
    if missing:
        text = b"(" + b"\n" * missing + text + b")"
    lines_of_function = (functions[0].lineno, functions[0].end_lineno or functions[0].lineno)
    line = source.data.splitlines()[replaced.lineno - 1].decode().strip()
    place = (source.path, kind, replaced.lineno, replaced.col_offset, end_line, end_column, text)
    yield Mutant(*place, whole.end_lineno or whole.lineno, lines_of_function, line)


def text_of(source: Source, node: ast.expr) -> bytes:
    lines = source.data.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return b"".join(lines)


def imported_in(tree: ast.Module) -> frozenset[str]:
    """The names that a file imports from asyncio, and its own, where the file imports that."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name == "asyncio" and alias.asname is None)
        elif isinstance(node, ast.ImportFrom) and node.module == "asyncio":
            names.update(alias.name for alias in node.names if alias.asname is None)
    return frozenset(names)


def _starts(node: ast.expr, imported: frozenset[str]) -> bool:
    """Whether an expression starts a task of asyncio, by what it is written like: ``asyncio.create_task``, ``self.loop.create_task``."""
    if not isinstance(node, ast.Call) or not node.args or last_name(node.func) not in _MAKERS:
        return False
    given = node.args[0]
    if isinstance(given, ast.Call) and last_name(given.func) in FUTURES:
        return False
    if last_name(node.func) == "ensure_future" and not isinstance(given, ast.Call):
        return False  # it may be a future
    if isinstance(node.func, ast.Name):
        return node.func.id in imported
    assert isinstance(node.func, ast.Attribute)
    receiver = node.func.value
    if isinstance(receiver, ast.Name) and receiver.id == "asyncio":
        return "asyncio" in imported
    if isinstance(receiver, ast.Call):
        return last_name(receiver.func) in _GIVE_LOOPS
    return node.func.attr == "create_task" and last_name(receiver).endswith("loop")


def in_coroutine(source: Source, node: ast.AST) -> bool:
    functions = functions_around(node, source.parents)
    return bool(functions) and isinstance(functions[0], ast.AsyncFunctionDef)


def is_call_of(node: ast.Call, module: str, name: str) -> bool:
    func = node.func
    return isinstance(func, ast.Attribute) and func.attr == name and isinstance(func.value, ast.Name) and func.value.id == module


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# -- output


def _row(package: str, kind: str, trials_: Sequence[Trial]) -> str:
    mutants = [(trial, mutant) for trial in trials_ for mutant in trial.mutants]
    return f"| {package} | {kind} | {len(mutants)} | {sum(_is_found(trial, mutant) for trial, mutant in mutants)} |"


def _is_found(trial: Trial, mutant: Mutant) -> bool:
    caught = trial.caught["asynclint"]
    return has(trial, "asynclint", mutant) or (RULES[mutant.kind] == "ASL401" and caught is not None and mutant in caught.function)


def _print_missed(trial: Trial) -> None:
    missed = [mutant for mutant in trial.mutants if not _is_found(trial, mutant)]
    if missed:
        print(f"\n{trial.package}, {trial.kind}: {len(missed)} missed")
    for mutant in missed:
        print(f"  {mutant.path}:{mutant.line}: {mutant.source_line}")


if __name__ == "__main__":
    main()
