"""Defects planted in copies of real packages, and who finds them: what the benchmarks that plant some share.

A copy gets mutants: one change each, at most one in a function, at places that a seed chooses. So many of a kind stand in one copy at a
time as `together` says, since a slip is one among many places that are right. The copy is mutated in place and restored, so that checkers
can keep caches.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
Parents: TypeAlias = "Mapping[ast.AST, ast.AST]"


class Mutant(NamedTuple):
    """One change that can be made.

    `path` is relative to the copy. The change puts `text` in place of what stands from `line` and `column` to `end_line` and `end_column`
    (columns in bytes). `last` is the last line of what is changed, `function` the first and last line of the function around it.
    """

    path: str
    kind: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: bytes
    last: int
    function: tuple[int, int]
    source_line: str
    same_file: bool = False


class Alarm(NamedTuple):
    """What a checker says of one line. `path` is relative to the copy."""

    path: str
    line: int
    text: str


class Caught(NamedTuple):
    """Of which mutants a checker says something new: on the lines of the change, and somewhere in the function."""

    lines: frozenset[Mutant]
    function: frozenset[Mutant]


class Trial(NamedTuple):
    """The mutants of one kind in one package, and which of them each checker caught. None stands for a checker that failed."""

    package: str
    kind: str
    mutants: Sequence[Mutant]
    caught: Mapping[str, Caught | None]


class Source(NamedTuple):
    """A file of a copy that is no test: its path, its bytes, its tree, and around what each node stands."""

    path: str
    data: bytes
    tree: ast.Module
    parents: Parents


Checker: TypeAlias = "Callable[[Sequence[Mutant]], set[Alarm] | None]"
"""Checks the copy as it is now, at least the files of these mutants; None if that failed."""


# -- options


def parser_of(description: str, kinds: Sequence[str]) -> argparse.ArgumentParser:
    """The options that all such benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("packages", nargs="+", type=Path, help="folders of packages, or folders that hold one")
    parser.add_argument(
        "--environment", dest="environments", action="append", help="follow dependencies there; one for all packages, or one for each"
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses the places")
    parser.add_argument("--most", type=int, default=100, help="mutants of one kind in one package")
    parser.add_argument("--together", type=int, default=20, help="mutants in one copy")
    parser.add_argument("--kinds", default=",".join(kinds), help="only these kinds of places")
    parser.add_argument("--show-missed", action="store_true", help="list what asynclint missed")
    return parser


def parsed(parser: argparse.ArgumentParser, kinds: Sequence[str]) -> argparse.Namespace:
    options = parser.parse_args()
    options.kinds = names_in(parser, options.kinds, kinds)
    given = options.environments or [None]
    options.environments = given * len(options.packages) if len(given) == 1 else given
    if len(options.environments) != len(options.packages):
        parser.error("give one environment for all packages, or one for each")
    return options


def names_in(parser: argparse.ArgumentParser, text: str, known: Sequence[str]) -> list[str]:
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"unknown `{name}`, there are {', '.join(known)}")
    return names


# -- one package


def trials(
    package: Path,
    options: argparse.Namespace,
    places: Callable[[Source], Iterator[Mutant]],
    checkers_of: Callable[[Path], Mapping[str, Checker]],
) -> Iterator[Trial]:
    """Measure one package, kind by kind."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = copied(package, Path(temporary).resolve() / "copy")
        checkers = checkers_of(copy)
        found = [place for source in sources(copy) for place in places(source)]
        chosen: dict[str, list[Mutant]] = {}
        for kind in options.kinds:
            chance = random.Random(f"{options.seed} {package.name} {kind}")
            chosen[kind] = chosen_of([place for place in found if place.kind == kind], options.most, chance)
        before = {name: check([mutant for mutants in chosen.values() for mutant in mutants]) for name, check in checkers.items()}
        for kind, mutants in chosen.items():
            rounds = -(-len(mutants) // options.together)
            parts = [_caught_in_round(mutants[first::rounds], copy, checkers, before) for first in range(rounds)]
            yield Trial(package.name, kind, mutants, {name: _joined([part[name] for part in parts]) for name in checkers})


def _caught_in_round(
    mutants: Sequence[Mutant], copy: Path, checkers: Mapping[str, Checker], before: Mapping[str, set[Alarm] | None]
) -> Mapping[str, Caught | None]:
    caught: dict[str, Caught | None] = {}
    originals = plant(copy, mutants)
    for name, check in checkers.items():
        known, alarms = before[name], check(mutants) if mutants else set()
        caught[name] = None if known is None or alarms is None else caught_by(mutants, alarms - known)
    for path, data in originals.items():
        (copy / path).write_bytes(data)
    return caught


def _joined(parts: Sequence[Caught | None]) -> Caught | None:
    """What was caught in all rounds; None where a checker failed in one."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Caught(
        frozenset(mutant for part in known for mutant in part.lines), frozenset(mutant for part in known for mutant in part.function)
    )


def copied(package: Path, target: Path) -> Path:
    """A copy from which absolute imports of the package count: `package` holds it, or is it. It is a project of its own."""
    is_package = (package / "__init__.py").exists()
    ignore = shutil.ignore_patterns("__pycache__", ".git", "node_modules", ".*_cache")
    shutil.copytree(package, target / package.resolve().name if is_package else target, ignore=ignore)
    (target / "pyproject.toml").touch()
    return target


def caught_by(mutants: Sequence[Mutant], alarms: set[Alarm]) -> Caught:
    on_lines: set[Mutant] = set()
    in_function: set[Mutant] = set()
    for alarm in alarms:
        around = [mutant for mutant in mutants if mutant.path == alarm.path and mutant.function[0] <= alarm.line <= mutant.function[1]]
        on_lines.update(mutant for mutant in around if mutant.line <= alarm.line <= mutant.last)
        if around:
            in_function.add(min(around, key=lambda mutant: mutant.function[1] - mutant.function[0]))
    return Caught(frozenset(on_lines), frozenset(in_function | on_lines))


def has(trial: Trial, name: str, mutant: Mutant) -> bool:
    """Whether a checker says something on the lines of a mutant."""
    caught = trial.caught[name]
    return caught is not None and mutant in caught.lines


# -- mutants


def chosen_of(places: Sequence[Mutant], most: int, chance: random.Random) -> list[Mutant]:
    """At most so many places by chance, no two in one function."""
    functions: set[tuple[str, tuple[int, int]]] = set()
    chosen: list[Mutant] = []
    for place in chance.sample(places, len(places)):
        if len(chosen) < most and (place.path, place.function) not in functions:
            functions.add((place.path, place.function))
            chosen.append(place)
    return sorted(chosen)


def plant(copy: Path, mutants: Sequence[Mutant]) -> dict[str, bytes]:
    """Make the changes, and give the files as they were. They must parse all the same, and keep their lines."""
    originals: dict[str, bytes] = {}
    for mutant in sorted(mutants, reverse=True):
        file = copy / mutant.path
        data = file.read_bytes()
        originals.setdefault(mutant.path, data)
        lines = data.splitlines(keepends=True)
        first, last = lines[mutant.line - 1], lines[mutant.end_line - 1]
        lines[mutant.line - 1 : mutant.end_line] = [first[: mutant.column] + mutant.text + last[mutant.end_column :]]
        file.write_bytes(b"".join(lines))
    for path, data in originals.items():
        changed = (copy / path).read_bytes()
        ast.parse(changed)
        if len(changed.splitlines()) != len(data.splitlines()):
            raise SystemExit(f"{path}: the lines have moved")
    return originals


def sources(copy: Path) -> Iterator[Source]:
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
        yield Source(path.as_posix(), data, tree, {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)})


def _is_test(path: Path) -> bool:
    in_tests = any(part in ("test", "tests", "testing") for part in path.parts[:-1])
    return in_tests or path.name == "conftest.py" or re.match(r"test_.*\.py$|.*_test\.py$", path.name) is not None


def functions_around(node: ast.AST, parents: Parents) -> list[Function]:
    """The functions around a place, from the inside."""
    return [parent for parent in around(node, parents) if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef))]


def around(node: ast.AST, parents: Parents) -> Iterator[ast.AST]:
    """What a place stands in, from the inside."""
    while node in parents:
        node = parents[node]
        yield node


def is_in_text(node: ast.AST, parents: Parents) -> bool:
    """Whether a place stands in an f-string, where positions are wrong before Python 3.12."""
    return any(isinstance(parent, ast.JoinedStr) for parent in around(node, parents))


def relative(path: str | Path, copy: Path) -> str:
    return Path(os.path.relpath(os.path.abspath(path), copy)).as_posix()


# -- asynclint


def asynclint(copy: Path, environment: str | None, counts: Callable[[str], bool]) -> set[Alarm]:
    """What asynclint says of a copy by default, by the rules whose code `counts`."""
    from asynclint.api import check
    from asynclint.config import defaults

    reach = "project" if environment is None else "dependencies"
    given = None if environment is None else os.path.abspath(environment)
    report = check([str(copy)], defaults(copy).with_options({"reach": reach, "environment": given}), use_cache=False)
    return {Alarm(relative(finding.path, copy), finding.span.line, finding.code) for finding in report.findings if counts(finding.code)}
