"""How many calls that somebody moved to a thread would asynclint have found on the event loop? It moves them back, and counts.

Where real code says ``await asyncio.to_thread(f, x)``, its maintainer judged that ``f`` blocks, or computes for long. A copy of the package
gets mutants, at most one in a function: the direct call ``f(x)`` in place of the whole. So many stand in one copy as `--together` says::

    python bench/offloads.py ~/src/mem0 --together 100                              # what the project itself tells
    python bench/offloads.py ~/src/prefect --environment ~/envs/prefect --together 100 --show-missed

A package is given by its own folder, or by the folder that holds it (and only it): absolute imports count from there.

**Kinds** are ways to hand over: *to_thread* of asyncio; *run_in_executor* of a loop, or of anything else that is called so; *run_sync* of
``to_thread`` in anyio and trio; *run_in_threadpool* of Starlette; *executor_job*, Home Assistant's; *sync_to_async* of asgiref, called at
once. What ``functools.partial``, ``context.run`` or a lambda without parameters wraps is called itself. Not taken are tests, functions
that only hand on a parameter of theirs, and names for a ``partial``, which may do anything with what it calls.

**Counts.** A mutant is *found* if a rule about blocking or computing, or about running a loop, that is on by default says something on
its lines that it does not say of the package as it is, and is sure enough of it to be shown by default. *On request*: it is said by such a
rule that is off, or is only possible. The rest is sorted by what the analysis knows of the call:

- *callee unknown*: it cannot tell what is called, mostly since it does not know what the receiver is, or since that is given from outside;
- *library unknown*: it knows the name, which has neither an entry nor source;
- *known as harmless*: an entry says so, or has conditions that hold here;
- *blind inside*: it looks into the called function, where it does not know what some calls call, or nothing of what they call;
- *nothing found inside*: it looks into the called function, and knows all calls there.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mutants import Alarm, Checker, Mutant, Source, Trial, functions_around, has, parsed, parser_of, relative, trials
from plants import in_coroutine, last_name, mutant_of, text_of

from asynclint.analysis import Analysis
from asynclint.config import defaults
from asynclint.model import Certainty
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, Instance, unbound
from asynclint.session import Session
from asynclint.source.uses import USE_CALL

KINDS = ("to_thread", "run_in_executor", "run_sync", "run_in_threadpool", "executor_job", "sync_to_async")

FOUND, ON_REQUEST = "found", "on request"

CAUSES = ("callee unknown", "library unknown", "known as harmless", "blind inside", "nothing found inside")

_FAMILIES = ("ASL1", "ASL30", "ASL7")

_OPTIONS_OF_RUN_SYNC = ("cancellable", "abandon_on_cancel", "limiter", "thread_name")

_WRAPPERS = ("partial", "ensure_sync")
_CONTEXTS = ("ctx", "context", "copy_context")


def main() -> None:
    options = parsed(parser_of("Measure how many offloaded calls asynclint would have found.", KINDS), KINDS)
    done: list[tuple[Trial, Mapping[Mutant, Missed]]] = []
    print(f"| package | kind | planted | found | on request | {' | '.join(CAUSES)} |\n|---|---|{'---:|' * (3 + len(CAUSES))}")
    for package, environment in zip(options.packages, options.environments, strict=True):
        causes: dict[Mutant, Missed] = {}
        for trial in trials(package, options, places, lambda copy: _checkers(copy, environment, causes)):  # noqa: B023 (called at once)
            done.append((trial, causes))
            if trial.mutants:
                print(_row(trial.package, trial.kind, done[-1:]), flush=True)
    for kind in options.kinds if len(options.packages) > 1 else ():
        print(_row("**sum**", kind, [item for item in done if item[0].kind == kind]))
    print(_row("**sum**", "all", done), flush=True)
    if options.show_missed:
        for trial, causes in done:
            _print_missed(trial, causes)


# -- places


def places(source: Source) -> Iterator[Mutant]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call) and in_coroutine(source, node):
            handed = _handed_over(node.value)
            if handed is not None and not _is_given(handed[1], source, node):
                yield from mutant_of(source, handed[0], node, _call(source, *handed[1:]), node)


_Handed = tuple[str, ast.expr, list[ast.expr], list[ast.keyword]]


def _handed_over(call: ast.Call) -> _Handed | None:
    """The kind of a call that hands a callable over, the callable and its arguments; None for any other call."""
    name, given, keywords = last_name(call.func), call.args, call.keywords
    handed: _Handed | None = None
    if name == "" and isinstance(call.func, ast.Call) and last_name(call.func.func) == "sync_to_async" and call.func.args:
        handed = ("sync_to_async", call.func.args[0], given, keywords)
    elif name in ("to_thread", "run_in_threadpool") and given:
        handed = (name, given[0], given[1:], keywords)
    elif name == "run_in_executor" and len(given) > 1:
        handed = (name, given[1], given[2:], keywords)
    elif name == "run_sync" and given and isinstance(call.func, ast.Attribute) and last_name(call.func.value) == "to_thread":
        handed = (name, given[0], given[1:], [item for item in keywords if item.arg not in _OPTIONS_OF_RUN_SYNC])
    elif name in ("async_add_executor_job", "async_add_import_executor_job") and given:
        handed = ("executor_job", given[0], given[1:], keywords)
    while handed is not None:
        kind, callee, given, keywords = handed
        if isinstance(callee, ast.Call) and last_name(callee.func) in _WRAPPERS and callee.args:
            handed = (kind, callee.args[0], [*callee.args[1:], *given], [*callee.keywords, *keywords])
        elif isinstance(callee, ast.Attribute) and callee.attr == "run" and last_name(callee.value) in _CONTEXTS and given:
            handed = (kind, given[0], given[1:], keywords)
        else:
            break
    return None if handed is None or isinstance(handed[1], ast.Starred) else handed


def _is_given(callee: ast.expr, source: Source, node: ast.AST) -> bool:
    """Whether what is called is only a parameter of a function around it, or a name for what ``partial`` has made there."""
    if isinstance(callee, ast.Lambda) and isinstance(callee.body, ast.Call):
        callee = callee.body.func
    for function in functions_around(node, source.parents):
        arguments = function.args
        names = [item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        for part in ast.walk(function):
            if (
                isinstance(part, (ast.Assign, ast.AnnAssign))
                and isinstance(part.value, ast.Call)
                and last_name(part.value.func) == "partial"
            ):
                names += [last_name(target) for target in (part.targets if isinstance(part, ast.Assign) else [part.target])]
        if isinstance(callee, ast.Name) and callee.id in names:
            return True
    return False


def _call(source: Source, callee: ast.expr, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> bytes:
    """The text of the direct call."""
    text = text_of(source, callee)
    if isinstance(callee, ast.Lambda) and not given and not keywords:
        return b"(" + text_of(source, callee.body) + b")"
    if not isinstance(callee, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        text = b"(" + text + b")"
    arguments = [b"(" + text_of(source, item) + b")" if isinstance(item, ast.GeneratorExp) else text_of(source, item) for item in given]
    for keyword in keywords:
        arguments.append((b"**" if keyword.arg is None else keyword.arg.encode() + b"=") + text_of(source, keyword.value))
    return text + b"(" + b", ".join(arguments) + b")"


# -- what asynclint says


class Missed(NamedTuple):
    """What became of a mutant that is not found: `ON_REQUEST` or one of `CAUSES`, and what exactly it is."""

    cause: str
    detail: str


def _checkers(copy: Path, environment: str | None, causes: dict[Mutant, Missed]) -> Mapping[str, Checker]:
    asked: dict[str, set[Alarm]] = {}
    return {"asynclint": lambda mutants: _check(copy, environment, mutants, causes, asked)}


def _check(
    copy: Path, environment: str | None, mutants: Sequence[Mutant], causes: dict[Mutant, Missed], before: dict[str, set[Alarm]]
) -> set[Alarm]:
    """What is shown by default. What is known of the mutants is put into `causes`: the first call is about the package as it is."""
    from asynclint.rules import RULES

    rules = {rule.code: rule for rule in RULES if rule.code.startswith(_FAMILIES)}
    given = None if environment is None else os.path.abspath(environment)
    reach = "project" if environment is None else "dependencies"
    options = {"reach": reach, "environment": given, "select": sorted(rules), "min-certainty": "possible"}
    session = Session(defaults(copy).with_options(options), use_cache=False)
    analysis = session.analyse([str(copy)])
    shown: set[Alarm] = set()
    asked: set[Alarm] = set()
    for finding in session.report(analysis).findings:
        is_shown = finding.certainty >= Certainty.LIKELY and rules[finding.code].default
        alarm = Alarm(relative(finding.path, copy), finding.span.line, f"{finding.code} {finding.certainty} {finding.sink}")
        (shown if is_shown else asked).add(alarm)
    if not before:
        before["asked"] = asked
        return shown
    modules = {relative(module.path, copy): module for module in analysis.linker.modules.values() if not module.is_dependency}
    for mutant in mutants:
        on_lines = sorted(
            alarm.text for alarm in asked - before["asked"] if alarm.path == mutant.path and mutant.line <= alarm.line <= mutant.last
        )
        causes[mutant] = Missed(ON_REQUEST, ", ".join(on_lines)) if on_lines else _cause(analysis, modules[mutant.path], mutant)
    return shown


def _cause(analysis: Analysis, module: Module, mutant: Mutant) -> Missed:
    """Why nothing is said of a mutant, by the outermost call on its lines."""
    calls = []
    for function in module.functions:
        for number, use in enumerate(function.facts.uses):
            first, start, last, end = module.places.of_use(function.number, number)
            if use[0] == USE_CALL and mutant.line <= first and last <= mutant.last:
                calls.append((last - first, end - start if first == last else 0, -number, function))
    if not calls:
        return Missed("callee unknown", "no call is seen")
    *_, number, function = max(calls, key=lambda item: item[:3])
    callee = module.rows[function.facts.uses[-number][1]][1]
    value = analysis.linker.value(module, callee)
    if all(isinstance(alternative, Instance) for alternative in value.alternatives):  # of a callable that somebody gives
        return Missed("callee unknown", analysis.view.subject(function, -number))
    known = [unbound(alternative) for alternative in value.alternatives]
    for item in known:
        if isinstance(item, External):
            return Missed("library unknown" if item.entry is None else "known as harmless", item.name)
    for item in known:
        if isinstance(item, (Function, Class)) and item.entry is not None:
            return Missed("known as harmless", item.name)
    targets = [step.target for step in analysis.solver.graph.edges[function].steps if step.number == -number]
    if not targets:
        return Missed(
            "nothing found inside", " or ".join(sorted({getattr(item, "name", "a value") for item in known})) + ", which runs nothing"
        )
    blind = _blind(analysis, targets)
    names = " ".join(name for name, _ in blind.most_common(6))
    return Missed("blind inside", f"{targets[0].name}: {names}") if blind else Missed("nothing found inside", targets[0].name)


def _blind(analysis: Analysis, targets: Sequence[Function]) -> Counter[str]:
    """The names of what is called and not known, in functions and in what they run."""
    seen, waiting = set(targets), list(targets)
    unknown: Counter[str] = Counter()
    while waiting:
        function = waiting.pop()
        module, edges = function.module, analysis.solver.graph.edges.get(function)
        if edges is None:
            continue
        for kind, row, *_ in function.facts.uses:
            if kind != USE_CALL:
                continue
            value = analysis.linker.value(module, module.rows[row][1])
            unknown.update(item.name for item in value.alternatives if isinstance(item, External) and item.entry is None)
            if not value.alternatives:
                unknown[module.rows[module.rows[row][1]][2] or "..."] += 1
        for step in edges.steps:
            if step.target not in seen:
                seen.add(step.target)
                waiting.append(step.target)
    return unknown


# -- output


def _row(package: str, kind: str, done: Sequence[tuple[Trial, Mapping[Mutant, Missed]]]) -> str:
    planted = sum(len(trial.mutants) for trial, _ in done)
    outcomes = Counter(_outcome(trial, mutant, causes) for trial, causes in done for mutant in trial.mutants)
    cells = [package, kind, planted, *(outcomes[name] for name in (FOUND, ON_REQUEST, *CAUSES))]
    return f"| {' | '.join(map(str, cells))} |"


def _outcome(trial: Trial, mutant: Mutant, causes: Mapping[Mutant, Missed]) -> str:
    return FOUND if has(trial, "asynclint", mutant) else causes[mutant].cause


def _print_missed(trial: Trial, causes: Mapping[Mutant, Missed]) -> None:
    missed = [mutant for mutant in trial.mutants if not has(trial, "asynclint", mutant)]
    if missed:
        print(f"\n{trial.package}, {trial.kind}: {len(missed)} missed")
    for mutant in sorted(missed, key=lambda mutant: (causes[mutant], mutant)):
        missed_by = causes[mutant]
        print(f"  {mutant.path}:{mutant.line}: [{missed_by.cause}: {missed_by.detail}] {mutant.source_line}")


if __name__ == "__main__":
    main()
