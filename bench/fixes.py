"""Are fixes right? They are made in real packages, whose own tests are run before and after.

Needs a POSIX system, and packages from the registry (`suites`), which it downloads and whose tests it runs. Prints Markdown tables::

    python bench/fixes.py suites --dir ~/packages               # the fixes of what is found in them as they are
    python bench/fixes.py plants --dir ~/packages               # the fixes of slips that are planted in them
    python bench/fixes.py plants ~/src/aiogram --show           # in a folder, without tests; what needs a look
    python bench/fixes.py speed ~/src/prefect --together 300    # where the time goes

A package is given by its name in `suites`, or by its folder. `--python` is the interpreter of the suites.

**suites**: all that is found, by default or with `--all` by all rules and less certain as well, is fixed with safe fixes
(with `--unsafe`: with all) in a copy of the package's own code. Every file must compile. The suite runs in a copy as it is and in the
fixed one; *passed* are the tests that pass in both, *lost* those that only pass before, *won* the others. `--show` prints the changes.

**plants**: slips (the kinds are listed in `slips`) are planted at random places that a seed chooses, at most one in a function, all in one
copy. It is fixed with safe fixes, and another time with all. A function is *restored* if it is as it was, by its text or (*as code*) by
its tree. Where something else has become of it, it is *other*: `--show` prints it, to be judged. *refused* are fixes that were
offered and not made, *undone* those that the check of the whole program took back, *none*: found, but nothing is offered. *elsewhere* are
lines outside of these functions, imports left out, that the fixes changed. With `--suite`, functions with a slip that is left get
their old text, and the suite runs with all others as they were fixed.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import slips
import suites
from mutants import Alarm, Mutant, caught_by, chosen_of, copied, names_in, plant, relative, sources

from asynclint.api import check, fix
from asynclint.config import Config, defaults
from asynclint.model import FixReport

Key = tuple[str, int]
"""A function of a file: its qualified name, and which of this name it is."""


Contents: TypeAlias = "Mapping[str, bytes]"
"""Files by their paths."""


class Project(NamedTuple):
    """A copy of a package: the folder of its code, and the settings it is checked with."""

    name: str
    copy: Path
    code: Path
    config: Config
    package: suites.Package | None


class Plan(NamedTuple):
    """Slips, which of them are found, and the files: as they are, as fixes make them without any slip, and with all slips."""

    mutants: Sequence[Mutant]
    originals: Contents
    expected: Mapping[str, Contents]
    planted: Contents
    found: Collection[Mutant]


class Fate(NamedTuple):
    """What became of a slip: restored, as code, other, refused, undone, none or missed; and why, or what it looks like now."""

    outcome: str
    detail: str


class Round(NamedTuple):
    """What fixes made of planted slips."""

    fates: Mapping[Mutant, Fate]
    elsewhere: list[str]


SAFETIES = ("safe", "all")

OUTCOMES = ("restored", "as code", "other", "refused", "undone", "none", "missed")


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        options.scratch = Path(temporary).resolve()
        options.dir = (options.dir or options.scratch / "packages").resolve()  # as the working directory changes
        options.packages = [name if name in suites.SUITES else str(Path(name).resolve()) for name in options.packages]
        options.run(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure whether fixes are right, on packages with tests of their own.")
    commands = parser.add_subparsers(required=True)
    for name, run, text in (("suites", _suites, "fix as it is"), ("plants", _plants, "plant and fix"), ("speed", _speed, "measure time")):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        command.add_argument("packages", nargs="*", default=list(suites.SUITES), help="names, or folders of packages")
        command.add_argument("--dir", type=Path, help="keep the packages here, and use what is here already")
        command.add_argument("--python", default=sys.executable, help="the interpreter for suites")
        command.add_argument("--seconds", type=int, default=400, help="the most that one suite may take")
        command.add_argument("--show", action="store_true", help="print what needs a look")
        command.add_argument("--all", action="store_true", help="with all rules, and what is only possible")
        command.add_argument("--unsafe", action="store_true", help="suites: make unsafe fixes as well")
        command.add_argument("--suite", action="store_true", help="plants: run the suites too")
        command.add_argument("--seed", type=int, default=1, help="chooses the places")
        command.add_argument("--most", type=int, default=10, help="slips of one kind in one package")
        command.add_argument("--together", type=int, default=300, help="slips in all")
        command.add_argument("--kinds", default=",".join(slips.KINDS), help="only these kinds of slips")
    options = parser.parse_args()
    options.kinds = names_in(parser, options.kinds, slips.KINDS)
    return options


def _project(name: str, target: Path, options: argparse.Namespace) -> Project:
    """A copy of a package, by its name or its folder."""
    settings: dict[str, Any] = {"reach": "project"}
    if options.all:
        settings |= {"select": ["ALL"], "min-certainty": "possible"}
    if name not in suites.SUITES:
        copy = copied(Path(name), target)
        return Project(Path(name).resolve().name, copy, copy, defaults(copy).with_options(settings), None)
    package = suites.fetched(name, options.dir, options.python)
    copy = suites.copy_of(package, target)
    settings |= {"reach": "dependencies", "environment": str(package.environment)}
    return Project(package.folder.name, copy, copy / package.suite.code, defaults(copy).with_options(settings), package)


def _fixed(project: Project, *, unsafe: bool, write: bool) -> FixReport:
    """Fix the code of a package; its paths are taken from the copy."""
    os.chdir(project.copy)
    return fix([str(project.code)], project.config, unsafe=unsafe, write=write, use_cache=False)


# -- what is there


def _suites(options: argparse.Namespace) -> None:
    print("| package | findings | with a fix | fixed | refused | undone | files | compile | tests before | passed | lost | won |")
    print("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|")
    by_rule: Counter[tuple[str, str]] = Counter()
    for name in options.packages:
        before = _project(name, options.scratch / f"{name}-before" if name in suites.SUITES else options.scratch / "before", options)
        after = _project(name, options.scratch / f"{name}-after" if name in suites.SUITES else options.scratch / "after", options)
        result = _fixed(after, unsafe=options.unsafe, write=True)
        report = result.report
        undone = sum("undone" in refusal.reason for refusal in report.refused)
        counts = [len(report.findings) + len(report.fixed), len(report.fixed) + len(report.refused), len(report.fixed)]
        counts += [len(report.refused) - undone, undone, len(result.changes)]
        bad = [change.path for change in result.changes if not _compiles(change.after)]
        tested = _run_twice(before, after, options) if result.changes else ["-"] * 4
        row = [before.name, *map(str, counts), "no" if bad else "yes", *tested]
        print(f"| {' | '.join(row)} |", flush=True)
        by_rule.update((finding.name, "fixed") for finding in report.fixed)
        by_rule.update((refusal.finding.name, "undone" if "undone" in refusal.reason else "refused") for refusal in report.refused)
        if options.show:
            _print_changes(result, after.copy)
    print("\n| rule | fixed | refused | undone |\n|---|---:|---:|---:|")
    for rule in sorted({rule for rule, _ in by_rule}):
        print(f"| {rule} | {' | '.join(str(by_rule[rule, outcome]) for outcome in ('fixed', 'refused', 'undone'))} |")


def _run_twice(before: Project, after: Project, options: argparse.Namespace) -> list[str]:
    """Cells: the tests that passed before, those that passed in both, those lost, those won."""
    if before.package is None or after.package is None:
        return ["-"] * 4
    known = suites.outcomes(before.package, before.copy, options.python, options.seconds)
    return _compared(after, known, options)


def _compared(project: Project, known: suites.Outcomes, options: argparse.Namespace) -> list[str]:
    assert project.package is not None
    passing = sum(outcome == "passed" for outcome in known.values())
    _, difference = suites.compared(project.package, known, project.copy, options.python, options.seconds)
    if options.show:
        for test in difference.lost:
            print(f"lost: {test}", file=sys.stderr)
    return [str(count) for count in (passing, difference.passed, len(difference.lost), len(difference.won))]


def _print_changes(result: FixReport, copy: Path) -> None:
    for change in result.changes:
        lines = [data.decode("utf-8", "replace").splitlines() for data in (change.before, change.after)]
        print("\n".join(difflib.unified_diff(*lines, relative(change.path, copy), "fixed", lineterm="", n=2)))
    for finding, reason in result.report.refused:
        print(f"refused: {relative(finding.path, copy)}:{finding.span.line}: {finding.name}: {reason}\n    {finding.source_line.strip()}")


def _compiles(data: bytes) -> bool:
    try:
        compile(data, "<fixed>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


# -- what is planted


def _plants(options: argparse.Namespace) -> None:
    print("| package | fixes | planted | found | " + " | ".join(OUTCOMES[:-1]) + " | elsewhere | tests before | passed | lost | won |")
    print("|---|---|" + "---:|" * (len(OUTCOMES) + 6))
    done: list[tuple[str, Round]] = []
    for number, name in enumerate(options.packages):
        base = _project(name, options.scratch / f"{number}-before", options)
        known: suites.Outcomes = {}
        if options.suite and base.package is not None:
            known = suites.outcomes(base.package, base.copy, options.python, options.seconds)
        plan = _plan(_project(name, options.scratch / f"{number}-plan", options), options)
        for safety in SAFETIES:
            project = _project(name, options.scratch / f"{number}-{safety}", options)
            result = _round(project, plan, safety)
            done.append((safety, result))
            cells = _compared(project, known, options) if known else ["-"] * 4
            fates = list(result.fates.values())
            print(f"| {project.name} | {safety} | {_counts(fates)} | {len(result.elsewhere)} | {' | '.join(cells)} |", flush=True)
            if options.show:
                _print_round(result)
    print("\n| kind | fixes | planted | found | " + " | ".join(OUTCOMES[:-1]) + " |\n|---|---|" + "---:|" * (len(OUTCOMES) + 1))
    for kind in (*options.kinds, None):
        for safety in SAFETIES:
            results = [result for given, result in done if given == safety]
            fates = [fate for result in results for mutant, fate in result.fates.items() if kind in (None, mutant.kind)]
            if fates:
                print(f"| {kind or '**sum**'} | {safety} | {_counts(fates)} |")


def _counts(fates: Sequence[Fate]) -> str:
    counts = Counter(fate.outcome for fate in fates)
    return " | ".join(map(str, [len(fates), len(fates) - counts["missed"], *(counts[outcome] for outcome in OUTCOMES[:-1])]))


def _plan(project: Project, options: argparse.Namespace) -> Plan:
    """Prepare a copy, choose slips, plant them there, and see which are found."""
    for source in list(sources(project.code)):
        (project.code / source.path).write_bytes(slips.prepared(source.data))
    originals = {source.path: source.data for source in sources(project.code)}
    expected = {safety: dict(originals) for safety in SAFETIES}  # what fixes make of it without any slip
    for safety, contents in expected.items():
        for change in _fixed(project, unsafe=safety == "all", write=False).changes:
            contents[relative(change.path, project.code)] = change.after
    mutants = _chosen(project, originals, expected["all"], options)
    known = _alarms(project)
    plant(project.code, mutants)
    planted = {path: (project.code / path).read_bytes() for path in originals}
    return Plan(mutants, originals, expected, planted, caught_by(mutants, _alarms(project) - known).function)


def _round(project: Project, plan: Plan, safety: str) -> Round:
    """Fix a copy with slips, see what has become of each, and put back what is left."""
    for path, data in plan.planted.items():
        (project.code / path).write_bytes(data)
    result = _fixed(project, unsafe=safety == "all", write=True)
    fates: dict[Mutant, Fate] = {}
    elsewhere: list[str] = []
    for path in sorted({mutant.path for mutant in plan.mutants} | {relative(change.path, project.code) for change in result.changes}):
        now, planted = (project.code / path).read_bytes(), plan.planted[path]
        own = [mutant for mutant in plan.mutants if mutant.path == path]
        for mutant in own:
            fate = _fate(mutant, plan.expected[safety][path], planted, now, _refusals(result, project, path))
            fates[mutant] = Fate("missed", "") if fate.outcome == "none" and mutant not in plan.found else fate
        elsewhere += _elsewhere(path, plan.expected[safety][path], planted, now, own)
        left = [mutant for mutant in own if fates[mutant].outcome not in ("restored", "as code", "other")]
        (project.code / path).write_bytes(_put_back(now, planted, plan.originals[path], left))
    return Round(fates, elsewhere)


def _chosen(project: Project, originals: Contents, fixed: Contents, options: argparse.Namespace) -> list[Mutant]:
    """Slips of all kinds, the rarest first, no two in one function or one inside of it; not where fixes change something anyhow."""
    taken: dict[str, list[tuple[int, int]]] = {}
    for path in (path for path in originals if originals[path] != fixed[path]):
        kept = _functions(fixed[path])
        for key, lines in _functions(originals[path]).items():
            if key not in kept or _lines(originals[path], lines) != _lines(fixed[path], kept[key]):
                taken.setdefault(path, []).append(lines)
    places = [place for source in sources(project.code) for place in slips.places(source) if place.kind in options.kinds]
    frequent = Counter(place.kind for place in places)
    chosen: list[Mutant] = []
    for kind in sorted(frequent, key=lambda kind: (frequent[kind], kind)):
        chance = random.Random(f"{options.seed} {project.name} {kind}")
        free = [place for place in places if place.kind == kind and not _overlaps(place, taken.get(place.path, ()))]
        for place in chosen_of(free, options.most, chance):
            if not _overlaps(place, taken.get(place.path, ())):
                taken.setdefault(place.path, []).append(place.function)
                chosen.append(place)
    return sorted(random.Random(options.seed).sample(chosen, min(len(chosen), options.together)))


def _overlaps(place: Mutant, taken: Sequence[tuple[int, int]]) -> bool:
    return any(first <= place.function[1] and place.function[0] <= last for first, last in taken)


def _alarms(project: Project) -> set[Alarm]:
    os.chdir(project.copy)
    report = check([str(project.code)], project.config, use_cache=False)
    return {
        Alarm(relative(finding.path, project.code), finding.span.line, f"{finding.code} {finding.span.column}")
        for finding in report.findings
    }


def _refusals(result: FixReport, project: Project, path: str) -> dict[int, str]:
    return {
        finding.span.line: f"{finding.name}: {reason}"
        for finding, reason in result.report.refused
        if relative(finding.path, project.code) == path
    }


def _fate(mutant: Mutant, expected: bytes, planted: bytes, now: bytes, refusals: Mapping[int, str]) -> Fate:
    """What has become of a slip's function."""
    key = next(key for key, lines in _functions(planted).items() if lines[1] == mutant.function[1] and lines[0] <= mutant.function[0])
    before, wrong, after = (_functions(data).get(key) for data in (expected, planted, now))
    if before is None or wrong is None or after is None:
        return Fate("other", "the function is gone")
    texts = [_lines(data, lines) for data, lines in ((expected, before), (planted, wrong), (now, after))]
    if texts[0] == texts[2]:
        return Fate("restored", "")
    if texts[1] == texts[2]:
        reasons = [reason for line, reason in refusals.items() if after[0] <= line <= after[1]]
        return Fate("none", "") if not reasons else Fate("undone" if "undone" in reasons[0] else "refused", reasons[0])
    if _same_tree(texts[0], texts[2]):
        return Fate("as code", "")
    lines_of = [text.decode("utf-8", "replace").splitlines() for text in texts]
    differences = [line for line in difflib.unified_diff(lines_of[0], lines_of[2], lineterm="", n=1) if not line.startswith(("---", "+++"))]
    return Fate("other", "\n".join(differences))


def _same_tree(one: bytes, other: bytes) -> bool:
    """Whether two functions are the same but for layout, comments, and a ``pass`` beside other statements, which slips leave behind."""
    trees = []
    for text in (one, other):
        tree = ast.parse(b"if 1:\n" + text if text[:1].isspace() else text)
        for node in ast.walk(tree):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and any(not isinstance(part, ast.Pass) for part in block):
                    setattr(node, name, [part for part in block if not isinstance(part, ast.Pass)])
        trees.append(ast.dump(tree))
    return trees[0] == trees[1]


def _elsewhere(path: str, expected: bytes, planted: bytes, now: bytes, mutants: Sequence[Mutant]) -> list[str]:
    """The lines that fixes changed outside of the functions with slips; imports that they added are left out."""
    cleaned = _put_back(now, planted, expected, mutants)
    lines = [data.decode("utf-8", "replace").splitlines() for data in (expected, cleaned)]
    changed = [line for line in difflib.unified_diff(*lines, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))]
    return [f"{path}: {line}" for line in changed if not re.match(r"\+\s*(import|from) |[+-]\s*$", line)]


def _put_back(now: bytes, planted: bytes, original: bytes, mutants: Sequence[Mutant]) -> bytes:
    """The file with the functions of these slips as they were."""
    here, there, before = _functions(now), _functions(original), _functions(planted)
    wanted = {mutant.function[1] for mutant in mutants}
    keys = [key for key, lines in before.items() if lines[1] in wanted and any(_is_in(mutant, lines) for mutant in mutants)]
    parts = now.splitlines(keepends=True)
    for key in sorted((key for key in keys if key in here and key in there), key=lambda key: -here[key][0]):
        parts[here[key][0] - 1 : here[key][1]] = [_lines(original, there[key])]
    return b"".join(parts)


def _is_in(mutant: Mutant, lines: tuple[int, int]) -> bool:
    return lines[0] <= mutant.function[0] and mutant.function[1] == lines[1]


def _functions(data: bytes) -> dict[Key, tuple[int, int]]:
    """The first and last lines of all functions, decorators counted, the inner ones first."""
    found: dict[Key, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    for name, node in _named(ast.parse(data), ""):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        found[name, counts[name]] = (first, node.end_lineno or node.lineno)
        counts[name] += 1
    return dict(sorted(found.items(), key=lambda item: item[1][1] - item[1][0]))


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + child.name, child
        inner = f"{prefix}{child.name}." if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else prefix
        yield from _named(child, inner)


def _lines(data: bytes, lines: tuple[int, int]) -> bytes:
    return b"".join(data.splitlines(keepends=True)[lines[0] - 1 : lines[1]])


def _print_round(result: Round) -> None:
    for mutant, fate in result.fates.items():
        if fate.outcome not in ("restored", "missed"):
            print(f"{fate.outcome}: {mutant.kind}: {mutant.path}:{mutant.line}: {mutant.source_line}")
            print(f"    {fate.detail}".replace("\n", "\n    ") if fate.detail else "", end="\n" if fate.detail else "")
    for line in result.elsewhere:
        print(f"elsewhere: {line}")


# -- time


def _speed(options: argparse.Namespace) -> None:
    """Measure how long all fixes of planted slips take, and what takes it."""
    from asynclint.fixes import apply, tree

    spent: Counter[str] = Counter()
    counts: Counter[str] = Counter()

    def measured(owner: type, name: str, label: str) -> None:
        inner = getattr(owner, name)

        def outer(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            counts[label] += 1
            try:
                return inner(*given, **named)
            finally:
                spent[label] += time.process_time() - started

        setattr(owner, name, outer)

    measured(apply._Fixer, "_check", "checks")
    measured(apply._Fixer, "_edit_all", "edits")
    measured(tree.Tree, "__init__", "libcst parses")
    measured(tree.Tree, "changed", "libcst prints")
    print("| package | MB | files | planted | fixed | rounds | seconds | first check | re-checks | edits | files that libcst read |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for number, name in enumerate(options.packages):
        project = _project(name, options.scratch / str(number), options)
        options.most = options.together
        originals = {source.path: source.data for source in sources(project.code)}
        mutants = _chosen(project, originals, originals, options)
        plant(project.code, mutants)
        started = time.process_time()
        check([str(project.code)], project.config, use_cache=False)
        first = time.process_time() - started
        spent.clear()
        counts.clear()
        started = time.process_time()
        report = _fixed(project, unsafe=True, write=True).report
        seconds = time.process_time() - started
        files = list(project.code.rglob("*.py"))
        size = sum(file.stat().st_size for file in files) / 1e6
        done = f"{len(mutants)} | {len(report.fixed)} | {counts['checks'] - 1}"
        parts = f"{seconds:.1f} | {first:.1f} | {spent['checks'] - first:.1f} | {spent['edits']:.1f}"
        print(f"| {project.name} | {size:.1f} | {len(files):,} | {done} | {parts} | {counts['libcst parses']} |", flush=True)


if __name__ == "__main__":
    main()
