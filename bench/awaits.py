"""How many missing ``await``\\ s does asynclint find? It takes them out of real code, and counts.

For each package and each kind of place, a copy of the package gets mutants: one ``await`` removed, at most one in a function, at places
that a seed chooses. So many mutants of a kind stand in one copy as `--together` says, since a slip is one among many right awaits::

    python bench/awaits.py ~/src/aiogram ~/src/mcp                          # what the project itself tells
    python bench/awaits.py ~/src/prefect --environment ~/envs/prefect       # with its dependencies
    python bench/awaits.py ~/src/prefect --environment ~/envs/prefect --with mypy,pyright --tools ~/tools/bin

A package is given by its own folder, or by the folder that holds it (and only it): absolute imports count from there.

**Kinds.** *statement*: ``await f()`` alone. *assignment*: ``x = await f()``. *condition*: what ``if``, ``while``, ``assert``, ``not``,
``and``, ``or`` and a ternary test. *return*: ``return await f()``. *argument*: ``g(await f())``. Only calls are taken, in ``async def``,
and not in tests.

**Counts.** A mutant is *found* if the checker says something on the lines of the mutated call that it does not say of the package as it
is; of asynclint only rules about awaiting count (ASL2xx, those that are on by default). In brackets are the mutants of whose function it
says something new anywhere: type checkers often complain where the result is used. The callee stands in the *same file* if it is a
plain name of an ``async def`` around the call or of the module, or a method of ``self`` or ``cls`` in the class or its bases in that
file; else it stands *elsewhere*.

**Type checkers**, by `--with`, see the same mutants. Whatever they say anew counts. *only asynclint* are the mutants, by function again,
that asynclint found and none of them, *only others* those that one of them found and asynclint did not.

- mypy with ``--strict`` and the optional error codes that are about coroutines, ``truthy-bool`` and ``unused-awaitable``; imports that are
  missing are ignored, as asynclint does. ``--explicit-package-bases`` makes it name modules from the copy's top. Its cache is kept
  from mutants to mutants.
- pyright with its default rules, of which ``reportUnusedCoroutine`` is one, and with ``reportUnnecessaryComparison``, which holds its
  check of coroutines in conditions.

Both look for libraries in the `--environment`, and in no environment without it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mutants import (
    Alarm,
    Checker,
    Function,
    Mutant,
    Parents,
    Source,
    Trial,
    around,
    asynclint,
    functions_around,
    has,
    is_in_text,
    names_in,
    parsed,
    parser_of,
    relative,
    trials,
)

KINDS = ("statement", "assignment", "condition", "return", "argument")

CHECKERS = ("mypy", "pyright")


def main() -> None:
    options = _options()
    names = ["asynclint", *options.checkers]
    done: list[Trial] = []
    _print_head(options.checkers)
    for package, environment in zip(options.packages, options.environments, strict=True):
        for trial in trials(package, options, places, lambda copy: _checkers(copy, environment, options)):  # noqa: B023 (called at once)
            done.append(trial)
            if trial.mutants:
                print(_row(trial.package, trial.kind, [trial], names), flush=True)
    for kind in options.kinds if len(options.packages) > 1 else ():
        print(_row("**sum**", kind, [trial for trial in done if trial.kind == kind], names))
    print(_row("**sum**", "all", done, names), flush=True)
    if options.show_missed:
        for trial in done:
            _print_missed(trial)


def _options() -> argparse.Namespace:
    parser = parser_of("Measure how many missing awaits asynclint finds.", KINDS)
    parser.add_argument("--with", dest="checkers", default="", help="type checkers to compare with: mypy,pyright")
    parser.add_argument("--tools", default=os.path.dirname(sys.executable), help="the folder of the commands mypy and pyright")
    options = parsed(parser, KINDS)
    options.checkers = names_in(parser, options.checkers, CHECKERS)
    return options


# -- mutants


def places(source: Source) -> Iterator[Mutant]:
    lines = source.data.splitlines()
    parents = source.parents
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
            continue
        kind, functions = _kind(node, parents), functions_around(node, parents)
        if kind is None or not functions or not isinstance(functions[0], ast.AsyncFunctionDef) or is_in_text(node, parents):
            continue
        text = lines[node.lineno - 1]
        end = node.col_offset + len((re.match(rb"await\b[ \t]*", text[node.col_offset :]) or [b""])[0])  # only calls bind tighter
        lines_of_function = (functions[0].lineno, functions[0].end_lineno or functions[0].lineno)
        same_file = _is_in_file(node.value.func, functions, source.tree, parents)
        place = (source.path, kind, node.lineno, node.col_offset, node.lineno, end, b"")
        yield Mutant(*place, node.end_lineno or node.lineno, lines_of_function, text.decode().strip(), same_file)


def _kind(node: ast.Await, parents: Parents) -> str | None:
    parent = parents[node]
    if isinstance(parent, ast.Expr):
        return "statement"
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        return "assignment"
    if isinstance(parent, ast.Return):
        return "return"
    if isinstance(parent, ast.keyword):
        return "argument" if parent.arg is not None and isinstance(parents[parent], ast.Call) else None
    if isinstance(parent, ast.Call):
        return "argument" if node in parent.args else None
    return "condition" if _is_tested(node, parents) else None


def _is_tested(node: ast.expr, parents: Parents) -> bool:
    """Whether a value is asked for its truth. The last operand of ``and`` and ``or`` is if the whole is."""
    parent = parents[node]
    if isinstance(parent, ast.BoolOp):
        return node is not parent.values[-1] or _is_tested(parent, parents)
    if isinstance(parent, (ast.If, ast.While, ast.Assert, ast.IfExp)):
        return node is parent.test
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


# -- where the callee stands


def _is_in_file(callee: ast.expr, functions: Sequence[Function], tree: ast.Module, parents: Parents) -> bool:
    """Whether a callee is, by its name, an ``async def`` of this file."""
    if isinstance(callee, ast.Name):
        for scope in functions:
            if callee.id in _coroutines(scope, parents):
                return True
            arguments = scope.args
            if any(item.arg == callee.id for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)):
                return False
        return callee.id in _coroutines(tree, parents)
    if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name) and callee.value.id in ("self", "cls"):
        own = next((scope for scope in around(functions[0], parents) if isinstance(scope, ast.ClassDef)), None)
        return own is not None and callee.attr in _methods(own, tree, parents)
    return False


def _coroutines(scope: ast.AST, parents: Parents) -> set[str]:
    """The names of coroutine functions that a module, function or class defines itself, if only under a condition."""
    return {node.name for node in ast.walk(scope) if isinstance(node, ast.AsyncFunctionDef) and _scope_of(node, parents) is scope}


def _scope_of(node: ast.AST, parents: Parents) -> ast.AST | None:
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    return next((parent for parent in around(node, parents) if isinstance(parent, scopes)), None)


def _methods(own: ast.ClassDef, tree: ast.Module, parents: Parents) -> set[str]:
    """The names of coroutine methods of a class and its bases in this file."""
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    seen: list[ast.ClassDef] = []
    waiting = [own]
    while waiting:
        item = waiting.pop()
        if item not in seen:
            seen.append(item)
            bases = [base.value if isinstance(base, ast.Subscript) else base for base in item.bases]
            waiting += [classes[base.id] for base in bases if isinstance(base, ast.Name) and base.id in classes]
    return {name for item in seen for name in _coroutines(item, parents)}


# -- checkers


def _checkers(copy: Path, environment: str | None, options: argparse.Namespace) -> Mapping[str, Checker]:
    checkers: dict[str, Checker] = {"asynclint": lambda _: asynclint(copy, environment, lambda code: code.startswith("ASL2"))}
    if "mypy" in options.checkers:
        checkers["mypy"] = lambda _: _mypy(copy, environment, Path(options.tools))
    if "pyright" in options.checkers:
        checkers["pyright"] = lambda mutants: _pyright(copy, mutants, environment, Path(options.tools))
    return checkers


def _mypy(copy: Path, environment: str | None, tools: Path) -> set[Alarm] | None:
    libraries = "--no-site-packages" if environment is None else f"--python-executable={_interpreter(environment)}"
    command = [str(tools / "mypy"), "--config-file=", "--strict", "--explicit-package-bases", "--ignore-missing-imports", libraries]
    command += ["--enable-error-code=truthy-bool", "--enable-error-code=unused-awaitable"]
    command += [f"--cache-dir={copy.parent / 'mypy'}", "--output=json", "."]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        _complain("mypy", done.stdout + done.stderr)
        return None
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    errors = (item for item in found if item["severity"] == "error")
    return {Alarm(relative(copy / item["file"], copy), item["line"], f"{item['code']}: {item['message']}") for item in errors}


def _pyright(copy: Path, mutants: Sequence[Mutant], environment: str | None, tools: Path) -> set[Alarm] | None:
    """Checks only files that have mutants: it keeps no cache, and the others are read all the same where they are imported."""
    settings = copy.parent / "pyrightconfig.json"
    include = sorted({f"{copy.name}/{mutant.path}" for mutant in mutants})
    rules = {"reportUnusedCoroutine": "error", "reportUnnecessaryComparison": "error"}
    settings.write_text(json.dumps({"include": include, "executionEnvironments": [{"root": copy.name}], **rules}))
    interpreter = tools / "python" if environment is None else _interpreter(environment)
    command = [str(tools / "pyright"), "--outputjson", f"--pythonpath={interpreter}", f"--project={settings}"]
    done = subprocess.run(command, cwd=copy.parent, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        _complain("pyright", done.stdout + done.stderr)
        return None
    found = (item for item in json.loads(done.stdout)["generalDiagnostics"] if item["severity"] == "error")
    return {Alarm(relative(item["file"], copy), item["range"]["start"]["line"] + 1, item["message"]) for item in found}


def _interpreter(environment: str) -> Path:
    """The interpreter of a virtual environment. Not resolved: a link to it would lead out of the environment."""
    return Path(os.path.abspath(environment)) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _complain(name: str, output: str) -> None:
    print(f"{name} failed: {output[-1000:]}", file=sys.stderr)


# -- output


def _print_head(checkers: Sequence[str]) -> None:
    titles = ["package", "kind", "planted", "found (in function)", "same file", "elsewhere", *checkers]
    titles += ["only asynclint", "only others"] if checkers else []
    print(f"| {' | '.join(titles)} |\n|---|---|{'---:|' * (len(titles) - 2)}")


def _row(package: str, kind: str, trials: Sequence[Trial], names: Sequence[str]) -> str:
    mutants = [(trial, mutant) for trial in trials for mutant in trial.mutants]
    cells = [package, kind, str(len(mutants))]
    counts = [_count(trials, name) for name in names]
    cells.append(counts[0])
    for same_file in (True, False):
        there = [(trial, mutant) for trial, mutant in mutants if mutant.same_file is same_file]
        cells.append(f"{sum(has(trial, 'asynclint', mutant) for trial, mutant in there)} of {len(there)}")
    cells += counts[1:]
    if len(names) > 1:
        cells += map(str, _alone(trials))
    return f"| {' | '.join(cells)} |"


def _count(trials: Sequence[Trial], name: str) -> str:
    caught = [trial.caught[name] for trial in trials]
    known = [item for item in caught if item is not None]
    if len(known) < len(caught):
        return "-"
    return f"{sum(len(item.lines) for item in known)} ({sum(len(item.function) for item in known)})"


def _alone(trials: Sequence[Trial]) -> tuple[int, int]:
    """How many mutants only asynclint found, and only others, wherever in the function."""
    ours = theirs = 0
    for trial in trials:
        found = {name: caught.function for name, caught in trial.caught.items() if caught is not None}
        own = found.pop("asynclint", frozenset())
        others = frozenset().union(*found.values())
        ours, theirs = ours + len(own - others), theirs + len(others - own)
    return ours, theirs


def _print_missed(trial: Trial) -> None:
    missed = [mutant for mutant in trial.mutants if not has(trial, "asynclint", mutant)]
    if missed:
        print(f"\n{trial.package}, {trial.kind}: {len(missed)} missed")
    for mutant in missed:
        others = [name for name in trial.caught if has(trial, name, mutant)]
        notes = ", ".join(["same file" if mutant.same_file else "elsewhere", *(f"found by {name}" for name in others)])
        print(f"  {mutant.path}:{mutant.line}: [{notes}] {mutant.source_line}")


if __name__ == "__main__":
    main()
