"""A program as a whole: linked, solved, and looked at by rules. A rule that fails costs that rule in that place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from asynclint.comments import Comments
from asynclint.config import Config
from asynclint.facts.model import ModuleFacts, Places
from asynclint.knowledge import Knowledge
from asynclint.model import FileError, Finding
from asynclint.project.calls.contexts import Contexts
from asynclint.project.calls.graph import CallGraph
from asynclint.project.calls.solve import Interests, Reach, Solver
from asynclint.project.linking.base import SurveyedFile
from asynclint.project.linking.link import Linker, Renewal
from asynclint.project.linking.values import Function
from asynclint.project.questions.fates import last_name
from asynclint.reading import FileFacts, Pulse
from asynclint.rules import RULES
from asynclint.rules.rule import Rule, UseCheck
from asynclint.rules.view import View, is_test
from asynclint.source.text import Source
from asynclint.source.uses import USE_CALL
from asynclint.testrunner import Runner
from asynclint.timing import Timing


class Surroundings(NamedTuple):
    """What an analysis asks for besides facts: modules of installed packages, texts of files, how the tests in a file are run, and the
    oldest Python that the program runs on.
    """

    load: Callable[[str], SurveyedFile | None] | None
    source: Callable[[str], Source]
    runner: Callable[[str], Runner]
    target: tuple[int, int] | None


class Analysis(NamedTuple):
    """A linked and solved program, with its solver, the view that rules look through, and what it asks for."""

    linker: Linker
    contexts: Contexts
    solver: Solver
    view: View
    around: Surroundings
    renewal: Renewal | None
    """How it came of another one, if it did."""


def analyse(
    facts: Sequence[FileFacts],
    config: Config,
    rules: Collection[Rule],
    around: Surroundings,
    comments: Comments,
    beat: Pulse,
    timing: Timing,
) -> Analysis:
    """Link and solve the program that has these facts."""
    with timing.phase("link"):
        linker = Linker(facts, Knowledge(config.knowledge, config.blocking_calls), around.load, beat)
        linker.link()
    beat()
    return _solved(linker, config, rules, around, comments, beat, timing)


def renew(
    analysis: Analysis,
    facts: ModuleFacts,
    places: Places,
    config: Config,
    rules: Collection[Rule],
    comments: Comments,
    beat: Pulse,
) -> Analysis:
    """An analysis after the same settings, where one file has other facts, in a table that goes on from that of the old ones.

    It uses up the old analysis. What other files see of this one stays as it was there: that saves most of the time.
    """
    renewal = analysis.linker.renew(facts, places)
    return _solved(analysis.linker, config, rules, analysis.around, comments, beat, Timing(), analysis, renewal)


def _solved(
    linker: Linker,
    config: Config,
    rules: Collection[Rule],
    around: Surroundings,
    comments: Comments,
    beat: Pulse,
    timing: Timing,
    before: Analysis | None = None,
    renewal: Renewal | None = None,
) -> Analysis:
    with timing.phase("call graph"):
        graph = CallGraph(linker, None if before is None else before.solver.graph, renewal)
    beat()
    with timing.phase("contexts, and calls into dependencies"):
        contexts = Contexts(graph, config.min_certainty, None if before is None else before.contexts, renewal)
    interests = Interests(
        frozenset(rule.name for rule in rules if rule.reach_check is not None),
        frozenset(rule.name for rule in rules if rule.harmless_once),
        frozenset(rule.name for rule in rules if rule.harmless_at_start),
        frozenset(rule.name for rule in rules if rule.is_hand_over),
        frozenset(rule.name for rule in rules if rule.is_of_data),
    )
    is_direct = config.reach == "direct"
    with timing.phase("solve"):
        solver = Solver(graph, contexts, interests, comments.silence, is_direct, None if before is None else before.solver, renewal)
    view = View(linker, contexts, around.source, around.runner, around.target, None if before is None else before.view, renewal)
    return Analysis(linker, contexts, solver, view, around, renewal)


class Inspection:
    """Rules look at an analysis. `runs` tells whether a rule's findings in a file are wanted; `errors` are rules that failed."""

    def __init__(
        self,
        analysis: Analysis,
        config: Config,
        rules: Collection[Rule],
        runs: Callable[[Rule, str], bool],
        comments: Comments,
        beat: Pulse,
        timing: Timing | None = None,
    ) -> None:
        self._timing = timing
        self._analysis = analysis
        self._config = config
        self._rules = rules
        self._runs_in = runs
        self._comments = comments
        self._beat = beat
        self.errors: list[FileError] = []

    def findings(self, files: Collection[str], only: Container[Function] | None = None) -> Iterator[Finding]:
        """What is found in these files, by the paths that reports show. Rules that look at one function look at `only` these, if given."""
        analysis = self._analysis
        files = frozenset(files)
        spoken_for: set[tuple[Function, int]] = set()
        for rule in sorted(self._rules, key=lambda rule: rule.code):
            hop_check = rule.hop_check
            if hop_check is None:
                continue
            for hop in analysis.solver.graph.hops:
                if hop.function.module.path in files and self._runs(rule, hop.function):
                    found = list(self._guarded(rule, hop.function, lambda: hop_check(analysis.view, rule, hop)))  # noqa: B023
                    if found and rule.speaks_for_argument:
                        spoken_for.add((hop.function, hop.row))
                    yield from found
        yield from self._about_functions(files, only)
        rules = {rule.name: rule for rule in self._rules}
        for (root, name), reaches in itertools.groupby(
            sorted(analysis.solver.reaches(files), key=_reach_order), key=lambda reach: (reach.root, reach.rule)
        ):
            rule = rules[name]
            check = rule.reach_check
            if check is not None and self._runs(rule, root):
                wanted = [
                    reach
                    for reach in reaches
                    if reach.certainty >= self._config.min_certainty and (root, root.facts.uses[reach.number][1]) not in spoken_for
                ]
                yield from self._guarded(rule, root, lambda: check(analysis.view, rule, wanted))  # noqa: B023 (consumed at once)

    def _about_functions(self, files: Collection[str], only: Container[Function] | None) -> Iterator[Finding]:
        """What rules find that look at functions and at single uses."""
        view = self._analysis.view
        by_code = [rule for rule in RULES if rule in self._rules and (rule.function_check is not None or rule.use_check is not None)]
        for module in self._analysis.linker.modules.values():
            if module.path not in files:
                continue
            rules = [rule for rule in by_code if self._runs_in(rule, module.path)]
            for function in module.functions:
                if only is not None and function not in only:
                    continue
                of_kind, of_name = _indexed(function)
                in_test = is_test(function)
                for rule in rules:
                    if in_test and rule.in_tests is None:
                        continue
                    function_check, use_check = rule.function_check, rule.use_check
                    if function_check is not None:
                        yield from self._guarded(rule, function, lambda: function_check(view, rule, function))  # noqa: B023
                    if use_check is not None and not (rule.uses.isdisjoint(of_kind) and rule.calls.isdisjoint(of_name)):
                        numbers = [number for kind in rule.uses for number in of_kind.get(kind, ())]
                        numbers += [number for name in rule.calls for number in of_name.get(name, ())]
                        numbers.sort()
                        yield from self._guarded(rule, function, lambda: _over(use_check, view, rule, function, numbers))  # noqa: B023

    def _guarded(self, rule: Rule, function: Function, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        """The findings of one check that are to be shown. A rule that raises costs that rule in this function."""
        path = function.module.path
        self._beat()
        try:
            if self._timing is None:
                findings = list(check())
            else:
                with self._timing.rule(rule.name):
                    findings = list(check())
        except Exception as error:
            self.errors.append(
                FileError(path, None, f"the rule `{rule.name}` failed in `{function.name}`, please report it: {error!r}", False, True)
            )
            return
        for finding in findings:
            if finding.certainty < self._config.min_certainty or self._comments.cover(path, rule.name, finding.span):
                continue
            if not self._comments.silence(function, -1, rule.name):
                yield finding

    def _runs(self, rule: Rule, function: Function) -> bool:
        """Whether a rule's findings in a function are wanted at all."""
        if function.module.is_dependency:
            return False
        return not (rule.in_tests is None and is_test(function)) and self._runs_in(rule, function.module.path)


def _indexed(function: Function) -> tuple[dict[int, list[int]], dict[str, list[int]]]:
    """The uses of a function by their kind, and the calls by the last name of what is called."""
    rows = function.module.rows
    of_kind: dict[int, list[int]] = {}
    of_name: dict[str, list[int]] = {}
    for number, (kind, row, _, _) in enumerate(function.facts.uses):
        of_kind.setdefault(kind, []).append(number)
        if kind == USE_CALL:
            of_name.setdefault(last_name(rows, rows[row][1]), []).append(number)
    return of_kind, of_name


def _over(check: UseCheck, view: View, rule: Rule, function: Function, numbers: Iterable[int]) -> Iterator[Finding]:
    return itertools.chain.from_iterable(check(view, rule, function, number) for number in numbers)


def _reach_order(reach: Reach) -> tuple[str, int, str, int]:
    return (reach.root.module.path, reach.root.number, reach.rule, reach.number)
