"""One project under analysis: from paths to findings.

Each file is read, parsed and walked on its own; its facts are joined, linked and solved; rules look at the result; comments and the
configuration have the last word. A file that does not parse costs that file, a rule that fails costs that rule in that place.
"""

from __future__ import annotations

import ast
import gc
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from asynclint import baseline
from asynclint.baseline import Baseline, Circumstances, Entry
from asynclint.cache import FactStore, Store, default_folder, facts_of
from asynclint.config import Config
from asynclint.dependencies import Dependencies, EnvironmentState, environment_of, find_dependencies
from asynclint.discover import Program, ProgramFile, discover, stdin_file
from asynclint.facts.collect import collect
from asynclint.facts.model import ModuleFacts, Places
from asynclint.history import History
from asynclint.knowledge import Knowledge
from asynclint.model import BaselineUse, Certainty, FileError, Finding, Fix, Report, SinceUse, Span
from asynclint.project.contexts import Contexts
from asynclint.project.fates import last_name
from asynclint.project.graph import CallGraph
from asynclint.project.link import Linker
from asynclint.project.solve import Reach, Solver
from asynclint.project.values import Function
from asynclint.results import Result, ResultStore, Seen, hash_of, is_settled, names_in, state_of
from asynclint.rules import RULES
from asynclint.rules.rule import Rule, UseCheck
from asynclint.rules.selection import CODES, EQUIVALENTS, find_rules, select
from asynclint.rules.suppression import invalid, unused
from asynclint.rules.view import View, is_test
from asynclint.source.parse import ParseError, parse, quiet
from asynclint.source.text import Source
from asynclint.source.uses import USE_CALL
from asynclint.suppress import NOQA, DirectiveLines, FileSuppressions, is_left_out, parse_suppressions, problems
from asynclint.target import oldest_python, stated_in
from asynclint.testrunner import Runners
from asynclint.workers import Task, Workers, available

Progress = Callable[[int, int], None]
Stdin = tuple[str | None, bytes]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Work without Python's warnings about the analysed code, and without the garbage collector.

    Facts are made by the hundred thousand and form no cycles: it would look through them again and again for nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with quiet():
            yield
    finally:
        if was_enabled:
            gc.enable()


class Analysis(NamedTuple):
    """A linked and solved program, with its solver and the view that rules look through."""

    linker: Linker
    contexts: Contexts
    solver: Solver
    view: View


class Session:
    """Checks one program by one configuration. `rules` are those that the configuration switches on; wrong names raise ConfigError.

    `contents` stand for what files of the program hold, by the paths that reports show; a file that is given and held so need not exist.
    Where one of them does not parse, the file is analysed with what `spare` has for it. `history` is that of another session with the
    same configuration. Without `noqa`, such comments silence nothing. `trees` are parsed already, by their content. `store` keeps facts in
    place of the user's cache. `pulse` is called again and again while it works, and may raise to end that.
    """

    def __init__(
        self,
        config: Config,
        use_cache: bool = True,
        contents: Mapping[str, bytes] | None = None,
        history: History | None = None,
        noqa: bool = True,
        trees: Mapping[bytes, ast.Module] | None = None,
        spare: Mapping[str, bytes] | None = None,
        store: Store | None = None,
        pulse: Callable[[], None] | None = None,
    ) -> None:
        self.config = config
        self.history = history or (None if config.since is None else History(config.since))
        self._contents = contents or {}
        self._noqa = noqa
        self._trees = trees or {}
        self._spare = spare or {}
        self.pulse = pulse
        self._only: Set[str] | None = None
        self.rules = select(config)
        self.program: Program | None = None
        self.accepted: list[Entry] = []
        """What is left of the baseline after a check: entries that were found, as they would be written now, or that it could not judge."""
        self.errors: list[FileError] = []
        self._sources: dict[str, Source] = {}
        self._dependencies: Dependencies | None = None
        far = FactStore(default_folder(os.environ) if use_cache and store is None else None)
        self._store = store or far
        self._folder = far.folder
        self._files: dict[str, ProgramFile] = {}
        self._directives: dict[str, DirectiveLines] = {}
        self._suppressions: dict[str, FileSuppressions | None] = {}
        self._left_out: dict[str, bool] = {}
        self._runners: Runners | None = None
        self._broken: set[str] = set()
        self._unreadable = False
        self._ignored = [(GitIgnoreSpec.from_lines([pattern]), find_rules(rules)) for pattern, rules in config.per_file_ignores]

    @undisturbed()
    def check(self, paths: Sequence[str], stdin: Stdin | None = None, progress: Progress | None = None) -> Report:
        """Check `paths` within their program; see :func:`asynclint.api.check`."""
        started = time.perf_counter()
        known = self.known()
        if self.history is not None:
            self.history.require([stdin[0] or "."] if stdin is not None else paths)
        report = self._report(paths, progress) if stdin is None else self._analysed(paths, stdin, progress)
        return self.shown(report, known, paths)._replace(seconds=time.perf_counter() - started)

    def known(self) -> Baseline | None:
        """The configured baseline. Raises :class:`~asynclint.errors.AsynclintError` for one that cannot be read."""
        return None if self.config.baseline is None else baseline.read(self.config.baseline)

    def shown(self, report: Report, known: Baseline | None, paths: Sequence[str]) -> Report:
        """This session's report on `paths` without what the baseline `known` accepts, and what is older than the given revision."""
        newer = report.findings if self.history is None else self._newer(report.findings, self.history)
        if known is not None:
            report = self.without_accepted(report, known, paths, newer)
        if self.history is not None:
            report = _without_older(report, self.history.revision, newer)
        return report

    def _report(self, paths: Sequence[str], progress: Progress | None) -> Report:
        """All that is found in `paths`: what was found the last time, if nothing has changed since."""
        store = ResultStore(None if self._contents or self._trees else self._folder, self.config, paths, (self._noqa,))
        began = time.time_ns()
        program = discover(paths, self.config, held=self._contents.keys())
        kept = store.load(program)
        if kept is not None and kept.seen.environment == self._environment(program, kept.seen.imported):
            self._take(program)
            self._broken = set(kept.broken)
            return kept.report
        report = self._analysed(paths, None, progress)
        seen = self._seen(began)
        if seen is not None and not any(error.internal for error in report.errors):
            broken = tuple(sorted(self._broken))
            result = Result(report.findings, report.errors, report.files, report.program_files, report.environment, broken, seen)
            store.save(program, result, began)
        return report

    def _environment(self, program: Program, imported: tuple[str, ...]) -> EnvironmentState | None:
        if self.config.reach != "dependencies":
            return None
        return environment_of(self.config, program.root, imported, os.environ)

    def _seen(self, began: int) -> Seen | None:
        """What the check has looked at besides comments in this session; None where it cannot be told whether that stays as it was."""
        program, dependencies, runners = self.program, self._dependencies, self._runners
        assert program is not None
        assert runners is not None
        if program.errors or self._unreadable:
            return None
        folders = {*runners.searched}
        files = {path: state_of(path) for path in (*runners.read, *stated_in(program.root))}
        for display, file in self._files.items():
            source = self._sources.get(display)
            files[file.path] = state_of(file.path, None if source is None else hash_of(source.data))
        imported = () if dependencies is None else dependencies.imported
        if dependencies is not None:
            files |= {path: state_of(path, digest) for path, digest in dependencies.read.items()}
            folders |= set(dependencies.searched)
        if not all(is_settled(folder, began) for folder in folders):
            return None
        environment = self._environment(program, imported)
        return Seen(files, {folder: names_in(folder) for folder in folders}, imported, environment)

    def _analysed(self, paths: Sequence[str], stdin: Stdin | None, progress: Progress | None) -> Report:
        return self.report(self.analyse(paths, stdin, progress))

    @undisturbed()
    def report(self, analysis: Analysis, only: Set[str] | None = None) -> Report:
        """All that is found in an analysed program: in the files that are reported, or in `only` some of them."""
        self._only = only
        findings = [*self._findings(analysis), *self._about_suppressions()]
        findings.sort(key=lambda finding: finding.sort_key)
        reported = sum(file.reported for file in self._files.values())
        environment = None
        if self._dependencies is not None:
            self.errors += self._dependencies.errors
            environment = self._dependencies.use()
        errors = tuple(sorted(self.errors, key=_error_order))
        return Report(tuple(findings), errors, reported, len(self._files), 0.0, environment)

    def _take(self, program: Program) -> None:
        self.program = program
        self.errors = list(program.errors)
        files = [file for file in program.files if file.reported or self.config.reach != "direct"]
        self._files = {file.display: file for file in files}

    @undisturbed()
    def analyse(self, paths: Sequence[str], stdin: Stdin | None = None, progress: Progress | None = None) -> Analysis:
        """Read, walk, link and solve the program around `paths`."""
        place = stdin_file(stdin[0], self.config) if stdin is not None else None
        self._take(discover(paths if stdin is None else (), self.config, stdin=place, held=self._contents.keys()))
        assert self.program is not None
        facts = self._read([*self._files.values()], stdin, progress)
        if self.config.reach == "dependencies":
            self._dependencies = find_dependencies(self.config, self.program.root, [item[1] for item in facts], os.environ, self._store)
        load = self._dependencies.load if self._dependencies is not None else None
        linker = Linker(facts, Knowledge(self.config.knowledge, self.config.blocking_calls), load)
        linker.link()
        self._beat()
        graph = CallGraph(linker)
        self._beat()
        contexts = Contexts(graph, self.config.min_certainty)
        effects = frozenset(rule.name for rule in self.rules if rule.reach_check is not None)
        once = frozenset(rule.name for rule in self.rules if rule.harmless_once)
        hand_overs = frozenset(rule.name for rule in self.rules if rule.is_hand_over)
        data = frozenset(rule.name for rule in self.rules if rule.is_of_data)
        solver = Solver(graph, contexts, effects, once, hand_overs, data, self._is_silenced, direct_only=self.config.reach == "direct")
        runners = self._runners = Runners(self.program.root)
        target = self.config.target_version or oldest_python(self.program.root)
        view = View(linker, contexts, self._source, lambda path: runners.of(self._files[path].path), target)
        return Analysis(linker, contexts, solver, view)

    # -- files

    def _read(self, files: Sequence[ProgramFile], stdin: Stdin | None, progress: Progress | None) -> list[tuple[str, ModuleFacts, Places]]:
        """The facts of files, in their order: those that are known already, those that workers find, and those that are left to us."""
        texts: dict[int, bytes] = {}
        facts: dict[int, tuple[ModuleFacts, Places]] = {}
        for number, file in enumerate(files):
            self._beat()
            data = self._contents.get(file.display)
            try:
                if data is None:
                    data = stdin[1] if stdin is not None and file.reported else _read_file(file.path)
            except OSError as error:
                self._unreadable = True
                self._fail(file, None, f"cannot be read: {error.strerror or error}")
            else:
                texts[number] = data
                known = self._store.load(data, file.module, file.is_package)
                if known is not None:
                    facts[number] = known
        missing = [number for number in texts if number not in facts]
        tasks = [Task(files[number].path, files[number].module, files[number].is_package, len(texts[number])) for number in missing]
        workers = Workers(tasks, self.config.jobs or available())
        try:
            for index in workers.order:
                if progress is not None:
                    progress(len(facts), len(files))
                self._beat()
                number = missing[index]
                file = files[number]
                try:
                    texts[number], facts[number] = self._collect(file, texts[number], workers.entry(index))
                except ParseError as error:
                    self._broken.add(file.display)
                    self._fail(file, error.line, error.message)
                except Exception as error:  # our bug costs this file
                    self._fail(file, None, f"asynclint failed here, please report it: {error!r}", internal=True)
        finally:
            workers.stop()
        if progress is not None:
            progress(len(files), len(files))
        for number in sorted(facts):
            self._sources[files[number].display] = Source(files[number].display, texts[number])
        return [(files[number].display, *facts[number]) for number in sorted(facts)]

    def _collect(self, file: ProgramFile, data: bytes, entry: bytes | None = None) -> tuple[bytes, tuple[ModuleFacts, Places]]:
        """The facts of a file with this content, or with what there is to spare for it; and what it was. `entry` is what a worker found."""
        if data in self._trees:  # nothing to keep: others may have changed it
            return data, collect(self._trees[data], file.module, file.is_package)
        known = None
        if entry is not None:
            with suppress(ValueError):  # the file was another one when the worker read it
                known = facts_of(entry, data, file.module, file.is_package)
        if known is None:
            try:
                known = collect(parse(data, file.display), file.module, file.is_package)
            except ParseError as error:
                spare = self._spare.get(file.display, data)
                if spare == data:
                    raise
                self._fail(file, error.line, error.message)
                return spare, self._store.load(spare, file.module, file.is_package) or self._collect(file, spare)[1]
        self._store.save(data, file.module, file.is_package, *known)
        return data, known

    def _beat(self) -> None:
        if self.pulse is not None:
            self.pulse()

    def _source(self, path: str) -> Source:
        """The text of a file of the program or of a dependency."""
        source = self._sources.get(path)
        if source is None:
            file = self._files.get(path)
            if file is not None:  # not analysed, as nothing has changed
                source = Source(path, _read_file(file.path))
            else:
                assert self._dependencies is not None
                source = self._dependencies.source(path)
            self._sources[path] = source
        return source

    def _fail(self, file: ProgramFile, line: int | None, message: str, internal: bool = False) -> None:
        if file.reported or internal:
            self.errors.append(FileError(file.display, line, message, file.given, internal))

    def source(self, path: str) -> Source:
        """The text of a file of the program that could be analysed, by the path that reports show."""
        return self._source(path)

    def find(self, path: str) -> Source | None:
        """The text of a file of the program or of a dependency that was analysed, by the path that reports show."""
        if path in self._sources:
            return self._sources[path]
        is_known = self._dependencies is not None and self._dependencies.has(path)
        return self._source(path) if is_known else None

    def file(self, path: str) -> str:
        """Where a file of the program lies, by the path that reports show."""
        return self._files[path].path

    def files(self) -> list[str]:
        """The files of the program, by the paths that reports show."""
        return list(self._files)

    def reported(self) -> list[str]:
        """The files of the program that are reported on, by the paths that reports show."""
        return [path for path, file in self._files.items() if file.reported]

    # -- findings

    def _findings(self, analysis: Analysis) -> Iterator[Finding]:
        spoken_for: set[tuple[Function, int]] = set()
        for rule in sorted(self.rules, key=lambda rule: rule.code):
            hop_check = rule.hop_check
            if hop_check is None:
                continue
            for hop in analysis.solver.graph.hops:
                if self._runs(rule, hop.function):
                    found = list(self._guarded(rule, hop.function, lambda: hop_check(analysis.view, rule, hop)))  # noqa: B023
                    if found and rule.speaks_for_argument:
                        spoken_for.add((hop.function, hop.row))
                    yield from found
        yield from self._about_functions(analysis)
        rules = {rule.name: rule for rule in self.rules}
        for (root, name), reaches in itertools.groupby(
            sorted(analysis.solver.reaches(), key=_reach_order), key=lambda reach: (reach.root, reach.rule)
        ):
            rule = rules[name]
            check = rule.reach_check
            if check is not None and self._runs(rule, root):
                wanted = [
                    reach
                    for reach in reaches
                    if reach.certainty >= self.config.min_certainty and (root, root.facts.uses[reach.number][1]) not in spoken_for
                ]
                yield from self._guarded(rule, root, lambda: check(analysis.view, rule, wanted))  # noqa: B023 (consumed at once)

    def _about_functions(self, analysis: Analysis) -> Iterator[Finding]:
        """What rules find that look at functions and at single uses."""
        view = analysis.view
        by_code = [rule for rule in RULES if rule in self.rules and (rule.function_check is not None or rule.use_check is not None)]
        for module in analysis.linker.modules.values():
            if module.path not in self._files or not self._is_asked_for(module.path):
                continue
            rules = [rule for rule in by_code if self._runs_in(rule, module.path)]
            for function in module.functions:
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
            findings = list(check())
        except Exception as error:
            self.errors.append(
                FileError(path, None, f"the rule `{rule.name}` failed in `{function.name}`, please report it: {error!r}", False, True)
            )
            return
        for finding in findings:
            if finding.certainty < self.config.min_certainty or self._is_covered(path, rule.name, finding.span):
                continue
            if not self._is_silenced(function, -1, rule.name):
                yield finding

    def _runs(self, rule: Rule, function: Function) -> bool:
        """Whether a rule's findings in a function are wanted at all."""
        if function.module.is_dependency:
            return False
        return not (rule.in_tests is None and is_test(function)) and self._runs_in(rule, function.module.path)

    def _is_asked_for(self, path: str) -> bool:
        return self._files[path].reported and (self._only is None or path in self._only)

    def _runs_in(self, rule: Rule, path: str) -> bool:
        if not self._is_asked_for(path) or self._is_left_out(path):
            return False
        file = self._files[path]
        relative = self._relative(file)
        return not any(rule in rules and spec.match_file(relative) for spec, rules in self._ignored)

    # -- what is not reported

    def _newer(self, findings: Sequence[Finding], history: History) -> list[Finding]:
        """The findings that root in lines which have changed."""
        files = {self._files[finding.path].path: self._source(finding.path).data for finding in findings}
        changed = history.changed(files)
        return [
            finding
            for finding in findings
            if not changed[self._files[finding.path].path].isdisjoint(range(finding.span.line, finding.span.end_line + 1))
        ]

    def entry(self, finding: Finding) -> Entry:
        """What a baseline says of a finding of this session."""
        file = self._files[finding.path]
        return baseline.entry(finding, self._place(file), file.name)

    def circumstances(self, report: Report) -> Circumstances:
        """Under which circumstances the findings of this session's report were found."""
        packages = report.environment.followed if report.environment is not None else ()
        return Circumstances(self.config.reach, str(self.config.min_certainty), packages)

    def without_accepted(self, report: Report, known: Baseline, paths: Sequence[str], newer: Sequence[Finding] = ()) -> Report:
        """This session's report on `paths` without what a baseline accepts. Of equal findings, the `newer` ones are accepted last."""
        found = sorted(report.findings, key=set(newer).__contains__)
        matched = baseline.match(known.entries, [self.entry(finding) for finding in found], self._is_gone)
        missing = report.environment.missing if report.environment is not None else ()
        expired = [*self._expired(matched.left, paths)] if known.made_in.compares(self.circumstances(report), missing) else []
        self.accepted = [*matched.entries, *(entry for entry in matched.left if entry not in expired)]
        accepted = {finding for finding, is_accepted in zip(found, matched.accepted, strict=True) if is_accepted}
        return report._replace(
            findings=tuple(finding for finding in report.findings if finding not in accepted),
            hidden=tuple(finding for finding in report.findings if finding in accepted),
            baseline=BaselineUse(known.path, len(matched.entries), sum(entry.count for entry in expired)),
        )

    def _expired(self, entries: Iterable[Entry], paths: Sequence[str]) -> Iterator[Entry]:
        """Which of the entries that match nothing any more would have been found by a check of `paths`."""
        files = {self._place(file): file for file in self._files.values()}
        folders = [os.path.join(os.path.realpath(path), "") for path in paths if os.path.isdir(path)]
        unreadable = self.program is not None and self.program.errors
        rules = {rule.name: rule for rule in self.rules}
        for entry in entries:
            rule, file = rules.get(entry.rule), files.get(entry.path)
            if rule is None:
                judged = entry.rule not in CODES  # there is no such rule any more
            elif file is not None:
                judged = file.display not in self._broken and self._runs_in(rule, file.display)
            else:
                path = os.path.join(os.path.realpath(self.config.root), entry.path)
                judged = not unreadable and path.startswith(tuple(folders))
            if judged:
                yield entry

    def _is_gone(self, place: str) -> bool:
        return not os.path.lexists(os.path.join(self.config.root, place))

    def _place(self, file: ProgramFile) -> str:
        """Where a file lies as seen from the configuration's folder, with ``/``; the whole path, where that is on another drive."""
        try:
            path = os.path.relpath(file.path, os.path.realpath(self.config.root))
        except ValueError:
            path = file.path
        return os.fsencode(path).decode("utf-8", "backslashreplace").replace(os.sep, "/")

    def _relative(self, file: ProgramFile) -> str:
        root = os.path.join(str(self.config.root), "")
        return file.path.removeprefix(root)

    # -- comments

    def _is_left_out(self, path: str) -> bool:
        known = self._left_out.get(path)
        if known is None:
            known = self._left_out[path] = self._noqa and is_left_out(self._source(path))
        return known

    def _is_silenced(self, function: Function, number: int, rule: str) -> bool:
        """See :data:`asynclint.project.solve.Silenced`. Comments in a dependency speak to its own developers."""
        if function.module.is_dependency:
            return False
        if number < 0:
            first, last, _ = function.module.places.of_function(function.number)
        else:
            first, _, last, _ = function.module.places.of_use(function.number, number)
        suppressions = self._comments(function.module.path, first, last)
        if suppressions is None:
            return False
        if number < 0:
            return suppressions.vouched(first, last) or suppressions.covers_function(rule, first, last)
        return suppressions.covers(rule, first, last)

    def _is_covered(self, path: str, rule: str, span: Span) -> bool:
        suppressions = self._comments(path, span.line, span.end_line)
        return suppressions is not None and suppressions.covers(rule, span.line, span.end_line)

    def _comments(self, path: str, first_line: int, last_line: int) -> FileSuppressions | None:
        """What comments in a file silence, if one may speak for these lines. Only then is the file tokenised: that is slow."""
        if path not in self._directives:
            self._directives[path] = DirectiveLines(self._sources[path], EQUIVALENTS)
        if not self._directives[path].may_cover(first_line, last_line):
            return None
        return self._suppressions_of(path)

    def _suppressions_of(self, path: str) -> FileSuppressions | None:
        if path not in self._suppressions:
            found = [directive for directive in parse_suppressions(self._sources[path]) if self._noqa or directive.kind != NOQA]
            self._suppressions[path] = FileSuppressions(found, CODES, EQUIVALENTS) if found else None
        return self._suppressions[path]

    def _about_suppressions(self) -> Iterator[Finding]:
        """Comments of ours that silence nothing, or that are written wrongly."""
        active = frozenset(rule.name for rule in self.rules)
        for path in self._files.keys() & self._sources.keys():
            source = self._sources[path]
            directives = self._directives.get(path) or DirectiveLines(source, EQUIVALENTS)
            suppressions = self._suppressions_of(path) if directives.has_ours else None
            if suppressions is None:
                continue
            if unused.RULE in self.rules and self._runs_in(unused.RULE, path):
                for suppression, written in suppressions.unused(active):
                    what = f"`{written}` silences" if written else "this comment silences"
                    span = _comment_span(source, suppression.line, suppression.column)
                    fix = Fix("drop-directive", "Remove it", unused.RULE.fix, (written,))
                    yield _about_comment(unused.RULE, source, span, f"{what} nothing here", "Remove it.", fix)
            if invalid.RULE in self.rules and self._runs_in(invalid.RULE, path):
                for line, message in problems(parse_suppressions(source), CODES):
                    span = _comment_span(source, line, source.line(line).find("#") + 1)
                    yield _about_comment(invalid.RULE, source, span, message, "Write the name of a rule; `asynclint rules` lists them.")


def _without_older(report: Report, revision: str, newer: Sequence[Finding]) -> Report:
    kept = set(newer)
    older = tuple(finding for finding in report.findings if finding not in kept)
    return report._replace(
        findings=tuple(finding for finding in report.findings if finding in kept),
        hidden=(*report.hidden, *older),
        since=SinceUse(revision, len(older)),
    )


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


def _about_comment(rule: Rule, source: Source, span: Span, message: str, advice: str, fix: Fix | None = None) -> Finding:
    group = f"{rule.name}:{source.path}:{span.line}:{span.column}"
    text = source.line(span.line)
    return Finding(rule.code, rule.name, source.path, span, message, Certainty.CERTAIN, rule.kind, group, (), "", "", "", advice, text, fix)


def _comment_span(source: Source, line: int, column: int) -> Span:
    return Span(line, column, line, len(source.line(line).rstrip()) + 1)


def _reach_order(reach: Reach) -> tuple[str, int, str, int]:
    return (reach.root.module.path, reach.root.number, reach.rule, reach.number)


def _error_order(error: FileError) -> tuple[str, int, str]:
    return (error.path, error.line or 0, error.message)


def _read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
