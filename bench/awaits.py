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
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

KINDS = ("statement", "assignment", "condition", "return", "argument")

CHECKERS = ("mypy", "pyright")

_Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
_Parents: TypeAlias = "Mapping[ast.AST, ast.AST]"


class Mutant(NamedTuple):
    """One ``await`` that can be taken out.

    `path` is relative to the copy, `line` and `column` (in bytes) are those of the ``await``, `last` is the last line of its call,
    `function` the first and last line of the function around it.
    """

    path: str
    kind: str
    line: int
    column: int
    last: int
    function: tuple[int, int]
    same_file: bool
    source_line: str


class Alarm(NamedTuple):
    """What a checker says of one line. `path` is relative to the copy."""

    path: str
    line: int
    text: str


class Caught(NamedTuple):
    """Of which mutants a checker says something new: on the lines of the call, and somewhere in the function."""

    lines: frozenset[Mutant]
    function: frozenset[Mutant]


class Trial(NamedTuple):
    """The mutants of one kind in one package, and which of them each checker caught. None stands for a checker that failed."""

    package: str
    kind: str
    mutants: Sequence[Mutant]
    caught: Mapping[str, Caught | None]


Checker: TypeAlias = "Callable[[Sequence[Mutant]], set[Alarm] | None]"
"""Checks the copy as it is now, at least the files of these mutants; None if that failed."""


def main() -> None:
    options = _options()
    names = ["asynclint", *options.checkers]
    trials: list[Trial] = []
    _print_head(options.checkers)
    for package, environment in zip(options.packages, options.environments, strict=True):
        for trial in _trials(package, environment, options):
            trials.append(trial)
            if trial.mutants:
                print(_row(trial.package, trial.kind, [trial], names), flush=True)
    for kind in options.kinds if len(options.packages) > 1 else ():
        print(_row("**sum**", kind, [trial for trial in trials if trial.kind == kind], names))
    print(_row("**sum**", "all", trials, names), flush=True)
    if options.show_missed:
        for trial in trials:
            _print_missed(trial)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how many missing awaits asynclint finds.")
    parser.add_argument("packages", nargs="+", type=Path, help="folders of packages, or folders that hold one")
    parser.add_argument(
        "--environment", dest="environments", action="append", help="follow dependencies there; one for all packages, or one for each"
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses the places")
    parser.add_argument("--most", type=int, default=100, help="mutants of one kind in one package")
    parser.add_argument("--together", type=int, default=20, help="mutants in one copy")
    parser.add_argument("--kinds", default=",".join(KINDS), help="only these kinds of places")
    parser.add_argument("--with", dest="checkers", default="", help="type checkers to compare with: mypy,pyright")
    parser.add_argument("--tools", default=os.path.dirname(sys.executable), help="the folder of the commands mypy and pyright")
    parser.add_argument("--show-missed", action="store_true", help="list what asynclint missed, and who found it")
    options = parser.parse_args()
    options.checkers = _names(parser, options.checkers, CHECKERS)
    options.kinds = _names(parser, options.kinds, KINDS)
    given = options.environments or [None]
    options.environments = given * len(options.packages) if len(given) == 1 else given
    if len(options.environments) != len(options.packages):
        parser.error("give one environment for all packages, or one for each")
    return options


def _names(parser: argparse.ArgumentParser, text: str, known: Sequence[str]) -> list[str]:
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"unknown `{name}`, there are {', '.join(known)}")
    return names


# -- one package


def _trials(package: Path, environment: str | None, options: argparse.Namespace) -> Iterator[Trial]:
    """Measure one package, kind by kind. The copy is mutated in place and restored, so that checkers can keep caches."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        copy = _copied(package, folder / "copy")
        checkers: dict[str, Checker] = {"asynclint": lambda _: _asynclint(copy, environment)}
        if "mypy" in options.checkers:
            checkers["mypy"] = lambda _: _mypy(copy, environment, Path(options.tools))
        if "pyright" in options.checkers:
            checkers["pyright"] = lambda mutants: _pyright(copy, mutants, environment, Path(options.tools))
        places = list(_places(copy))
        chosen: dict[str, list[Mutant]] = {}
        for kind in options.kinds:
            chance = random.Random(f"{options.seed} {package.name} {kind}")
            chosen[kind] = _chosen([place for place in places if place.kind == kind], options.most, chance)
        before = {name: check([mutant for mutants in chosen.values() for mutant in mutants]) for name, check in checkers.items()}
        for kind, mutants in chosen.items():
            rounds = -(-len(mutants) // options.together)
            parts = [_trial(package.name, kind, mutants[first::rounds], copy, checkers, before) for first in range(rounds)]
            yield Trial(package.name, kind, mutants, {name: _joined([part.caught[name] for part in parts]) for name in checkers})


def _trial(
    package: str,
    kind: str,
    mutants: Sequence[Mutant],
    copy: Path,
    checkers: Mapping[str, Checker],
    before: Mapping[str, set[Alarm] | None],
) -> Trial:
    caught: dict[str, Caught | None] = {}
    originals = _plant(copy, mutants)
    for name, check in checkers.items():
        known, alarms = before[name], check(mutants) if mutants else set()
        caught[name] = None if known is None or alarms is None else _caught(mutants, alarms - known)
    for path, data in originals.items():
        (copy / path).write_bytes(data)
    return Trial(package, kind, mutants, caught)


def _joined(parts: Sequence[Caught | None]) -> Caught | None:
    """What was caught in all rounds; None where a checker failed in one."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Caught(
        frozenset(mutant for part in known for mutant in part.lines), frozenset(mutant for part in known for mutant in part.function)
    )


def _copied(package: Path, target: Path) -> Path:
    """A copy from which absolute imports of the package count: `package` holds it, or is it. It is a project of its own."""
    is_package = (package / "__init__.py").exists()
    ignore = shutil.ignore_patterns("__pycache__", ".git", "node_modules", ".*_cache")
    shutil.copytree(package, target / package.resolve().name if is_package else target, ignore=ignore)
    (target / "pyproject.toml").touch()
    return target


def _caught(mutants: Sequence[Mutant], alarms: set[Alarm]) -> Caught:
    on_lines: set[Mutant] = set()
    in_function: set[Mutant] = set()
    for alarm in alarms:
        around = [mutant for mutant in mutants if mutant.path == alarm.path and mutant.function[0] <= alarm.line <= mutant.function[1]]
        on_lines.update(mutant for mutant in around if mutant.line <= alarm.line <= mutant.last)
        if around:
            in_function.add(min(around, key=lambda mutant: mutant.function[1] - mutant.function[0]))
    return Caught(frozenset(on_lines), frozenset(in_function | on_lines))


# -- mutants


def _chosen(places: Sequence[Mutant], most: int, chance: random.Random) -> list[Mutant]:
    """At most so many places by chance, no two in one function."""
    functions: set[tuple[str, tuple[int, int]]] = set()
    chosen: list[Mutant] = []
    for place in chance.sample(places, len(places)):
        if len(chosen) < most and (place.path, place.function) not in functions:
            functions.add((place.path, place.function))
            chosen.append(place)
    return sorted(chosen)


def _plant(copy: Path, mutants: Sequence[Mutant]) -> dict[str, bytes]:
    """Take out the awaits, and give the files as they were. The file must parse all the same, and have so many awaits less."""
    originals: dict[str, bytes] = {}
    for mutant in sorted(mutants, reverse=True):
        file = copy / mutant.path
        data = file.read_bytes()
        originals.setdefault(mutant.path, data)
        file.write_bytes(_without(data, mutant.line, mutant.column))
    for path, data in originals.items():
        planted = sum(mutant.path == path for mutant in mutants)
        if _awaits((copy / path).read_bytes()) != _awaits(data) - planted:
            raise SystemExit(f"{path}: not every await could be removed")
    return originals


def _awaits(data: bytes) -> int:
    return sum(isinstance(node, ast.Await) for node in ast.walk(ast.parse(data)))


def _without(data: bytes, line: int, column: int) -> bytes:
    """A file without the ``await`` at a place. Only calls and their like bind tighter, so parentheses can stay as they are."""
    lines = data.splitlines(keepends=True)
    text = lines[line - 1]
    lines[line - 1] = text[:column] + re.sub(rb"^await\b[ \t]*", b"", text[column:])
    return b"".join(lines)


def _places(copy: Path) -> Iterator[Mutant]:
    """All places of all kinds."""
    for file in sorted(copy.rglob("*.py")):
        path = file.relative_to(copy)
        if _is_test(path):
            continue
        data = file.read_bytes()
        try:
            data.decode("utf-8")
            tree = ast.parse(data)
        except (SyntaxError, ValueError):
            continue
        yield from _places_in(tree, data, path.as_posix())


def _is_test(path: Path) -> bool:
    in_tests = any(part in ("test", "tests", "testing") for part in path.parts[:-1])
    return in_tests or path.name == "conftest.py" or re.match(r"test_.*\.py$|.*_test\.py$", path.name) is not None


def _places_in(tree: ast.Module, data: bytes, path: str) -> Iterator[Mutant]:
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    lines = data.splitlines()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
            continue
        kind, functions = _kind(node, parents), _functions_around(node, parents)
        if kind is None or not functions or not isinstance(functions[0], ast.AsyncFunctionDef):
            continue
        if any(isinstance(parent, ast.JoinedStr) for parent in _around(node, parents)):
            continue  # positions are wrong there before Python 3.12
        lines_of_function = (functions[0].lineno, functions[0].end_lineno or functions[0].lineno)
        source_line = lines[node.lineno - 1].decode().strip()
        same_file = _is_in_file(node.value.func, functions, tree, parents)
        yield Mutant(path, kind, node.lineno, node.col_offset, node.end_lineno or node.lineno, lines_of_function, same_file, source_line)


def _kind(node: ast.Await, parents: _Parents) -> str | None:
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


def _is_tested(node: ast.expr, parents: _Parents) -> bool:
    """Whether a value is asked for its truth. The last operand of ``and`` and ``or`` is if the whole is."""
    parent = parents[node]
    if isinstance(parent, ast.BoolOp):
        return node is not parent.values[-1] or _is_tested(parent, parents)
    if isinstance(parent, (ast.If, ast.While, ast.Assert, ast.IfExp)):
        return node is parent.test
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def _functions_around(node: ast.AST, parents: _Parents) -> list[_Function]:
    """The functions around a place, from the inside."""
    return [parent for parent in _around(node, parents) if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _around(node: ast.AST, parents: _Parents) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


# -- where the callee stands


def _is_in_file(callee: ast.expr, functions: Sequence[_Function], tree: ast.Module, parents: _Parents) -> bool:
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
        own = next((scope for scope in _around(functions[0], parents) if isinstance(scope, ast.ClassDef)), None)
        return own is not None and callee.attr in _methods(own, tree, parents)
    return False


def _coroutines(scope: ast.AST, parents: _Parents) -> set[str]:
    """The names of coroutine functions that a module, function or class defines itself, if only under a condition."""
    return {node.name for node in ast.walk(scope) if isinstance(node, ast.AsyncFunctionDef) and _scope_of(node, parents) is scope}


def _scope_of(node: ast.AST, parents: _Parents) -> ast.AST | None:
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    return next((parent for parent in _around(node, parents) if isinstance(parent, scopes)), None)


def _methods(own: ast.ClassDef, tree: ast.Module, parents: _Parents) -> set[str]:
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


def _asynclint(copy: Path, environment: str | None) -> set[Alarm]:
    from asynclint.api import check
    from asynclint.config import defaults

    reach = "project" if environment is None else "dependencies"
    given = None if environment is None else os.path.abspath(environment)
    report = check([str(copy)], defaults(copy).with_options({"reach": reach, "environment": given}), use_cache=False)
    awaiting = (finding for finding in report.findings if finding.code.startswith("ASL2"))
    return {Alarm(_relative(finding.path, copy), finding.span.line, finding.code) for finding in awaiting}


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
    return {Alarm(_relative(copy / item["file"], copy), item["line"], f"{item['code']}: {item['message']}") for item in errors}


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
    return {Alarm(_relative(item["file"], copy), item["range"]["start"]["line"] + 1, item["message"]) for item in found}


def _interpreter(environment: str) -> Path:
    """The interpreter of a virtual environment. Not resolved: a link to it would lead out of the environment."""
    return Path(os.path.abspath(environment)) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _relative(path: str | Path, copy: Path) -> str:
    return Path(os.path.relpath(os.path.abspath(path), copy)).as_posix()


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
        cells.append(f"{sum(_has(trial, 'asynclint', mutant) for trial, mutant in there)} of {len(there)}")
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


def _has(trial: Trial, name: str, mutant: Mutant) -> bool:
    caught = trial.caught[name]
    return caught is not None and mutant in caught.lines


def _print_missed(trial: Trial) -> None:
    missed = [mutant for mutant in trial.mutants if not _has(trial, "asynclint", mutant)]
    if missed:
        print(f"\n{trial.package}, {trial.kind}: {len(missed)} missed")
    for mutant in missed:
        others = [name for name in trial.caught if _has(trial, name, mutant)]
        notes = ", ".join(["same file" if mutant.same_file else "elsewhere", *(f"found by {name}" for name in others)])
        print(f"  {mutant.path}:{mutant.line}: [{notes}] {mutant.source_line}")


if __name__ == "__main__":
    main()
