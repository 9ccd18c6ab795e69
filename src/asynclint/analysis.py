"""A program as a whole: linked, solved, and looked at by rules. A rule that fails costs that rule in that place."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from time import perf_counter
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
from asynclint.rules.rule import Rule
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
        timing: Timing,
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
                    self._beat()
                    found = list(self._guarded(rule, hop.function, hop_check(analysis.view, rule, hop)))
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
                self._beat()
                yield from self._guarded(rule, root, check(analysis.view, rule, wanted))

    def _about_functions(self, files: Collection[str], only: Container[Function] | None) -> Iterator[Finding]:
        """What rules find that look at functions and at single uses."""
        by_code = [rule for rule in RULES if rule in self._rules and (rule.function_check is not None or rule.use_check is not None)]
        known: dict[tuple[Rule, ...], _Interests] = {}  # most files have the same
        for module in self._analysis.linker.modules.values():
            if module.path not in files:
                continue
            rules = tuple([rule for rule in by_code if self._runs_in(rule, module.path)])
            interests = known.get(rules)
            if interests is None:
                interests = known[rules] = _interests(rules)
            for function in module.functions:
                if only is None or function in only:
                    self._beat()
                    yield from self._about_function(function, interests)

    def _about_function(self, function: Function, interests: _Interests) -> Iterator[Finding]:
        view = self._analysis.view
        wanted = interests.in_function(function)
        in_test = bool(wanted) and is_test(function)
        for index in sorted(wanted):
            rule = interests.rules[index]
            if in_test and rule.in_tests is None:
                continue
            parts = wanted[index]
            numbers = parts[0] if len(parts) == 1 else sorted(itertools.chain.from_iterable(parts))
            yield from self._guarded(rule, function, _over(view, rule, function, numbers))

    def _guarded(self, rule: Rule, function: Function, found: Iterable[Finding]) -> Iterator[Finding]:
        """What of the findings of one rule is to be shown, as they are found. A rule that raises costs that rule in this function."""
        path = function.module.path
        started = perf_counter()
        try:
            findings = list(found)
        except Exception as error:
            self.errors.append(
                FileError(path, None, f"the rule `{rule.name}` failed in `{function.name}`, please report it: {error!r}", False, True)
            )
            return
        finally:
            self._timing.count(rule.name, perf_counter() - started)
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


class _Interests(NamedTuple):
    """What rules look at: some at functions, the others at uses of some kinds, or at calls of what has some last name."""

    rules: tuple[Rule, ...]
    in_functions: list[int]
    of_kind: dict[int, list[int]]
    of_name: dict[str, list[int]]

    def in_function(self, function: Function) -> dict[int, list[list[int]]]:
        """The uses of a function that rules look at, in one or several lists, by the rule's number among all."""
        found: dict[int, list[int]] = {}
        for number, use in enumerate(function.facts.uses):
            kind = use[0]
            if kind in found:
                found[kind].append(number)
            else:
                found[kind] = [number]
        wanted: dict[int, list[list[int]]] = {index: [] for index in self.in_functions}
        for kind, numbers in found.items():
            for index in self.of_kind.get(kind, ()):
                wanted.setdefault(index, []).append(numbers)
        rows, uses = function.module.rows, function.facts.uses
        for number in found.get(USE_CALL, ()):
            for index in self.of_name.get(last_name(rows, rows[uses[number][1]][1]), ()):
                wanted.setdefault(index, []).append([number])
        return wanted


def _interests(rules: tuple[Rule, ...]) -> _Interests:
    interests = _Interests(rules, [], {}, {})
    for index, rule in enumerate(rules):
        if rule.function_check is not None:
            interests.in_functions.append(index)
        for kind in rule.uses:
            interests.of_kind.setdefault(kind, []).append(index)
        for name in rule.calls:
            interests.of_name.setdefault(name, []).append(index)
    return interests


def _over(view: View, rule: Rule, function: Function, numbers: Iterable[int]) -> Iterator[Finding]:
    """What a rule finds in a function, and at these of its uses."""
    if rule.function_check is not None:
        yield from rule.function_check(view, rule, function)
    if rule.use_check is not None:
        for number in numbers:
            yield from rule.use_check(view, rule, function, number)


def _reach_order(reach: Reach) -> tuple[str, int, str, int]:
    return (reach.root.module.path, reach.root.number, reach.rule, reach.number)
