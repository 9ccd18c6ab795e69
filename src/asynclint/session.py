"""One project under analysis: from paths to a report.

The program is found, read, analysed and looked at by rules, or nothing of it has changed since that was done. Then what is accepted,
and what is older than asked for, is taken out. What only an analysis needs is imported where there is one: loading it takes longer than
finding out that nothing has changed.
"""

from __future__ import annotations

import ast
import gc
import os
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from asynclint import baseline
from asynclint.baseline import Baseline, Circumstances, Entry
from asynclint.cache import FactStore, Store, default_folder
from asynclint.config import Config
from asynclint.discover import Program, ProgramFile, discover, stdin_file
from asynclint.history import History
from asynclint.model import BaselineUse, FileError, Finding, Report, SinceUse
from asynclint.results import EnvironmentState, Result, ResultStore, Seen, hash_of, is_settled, names_in, state_of
from asynclint.source.parse import quiet
from asynclint.source.text import Source
from asynclint.target import oldest_python, stated_in
from asynclint.testrunner import Runners
from asynclint.timing import Timing

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from asynclint.analysis import Analysis
    from asynclint.comments import Comments
    from asynclint.dependencies import Dependencies
    from asynclint.project.linking.values import Function
    from asynclint.rules.rule import Rule

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


class Session:
    """Checks one program by one configuration.

    `contents` stand for what files of the program hold, by the paths that reports show; a file that is given and held so need not exist.
    Where one of them does not parse, the file is analysed with what `spare` has for it. `history` is that of another session with the
    same configuration. Without `noqa`, such comments silence nothing. `trees` are parsed already, by their content. `store` keeps facts in
    place of the user's cache. `pulse` is called again and again while it works, and may raise to end that. With a `timing`, all is
    worked out anew, and the time that it takes noted there.
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
        timing: Timing | None = None,
    ) -> None:
        self.config = config
        self._timing = timing
        self.history = history or (None if config.since is None else History(config.since))
        self._contents = contents or {}
        self._noqa = noqa
        self._trees = trees or {}
        self._spare = spare or {}
        self.pulse = pulse
        self._only: Set[str] | None = None
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
        self._runners: Runners | None = None
        self._broken: set[str] = set()
        self._has_unreadable = False

    @cached_property
    def rules(self) -> frozenset[Rule]:
        """The rules that the configuration switches on. Raises ConfigError for a name that no rule has."""
        from asynclint.rules.selection import select

        return select(self.config)

    @cached_property
    def _ignored(self) -> list[tuple[GitIgnoreSpec, frozenset[Rule]]]:
        from pathspec import GitIgnoreSpec

        from asynclint.rules.selection import find_rules

        return [(GitIgnoreSpec.from_lines([pattern]), find_rules(rules)) for pattern, rules in self.config.per_file_ignores]

    @cached_property
    def _comments(self) -> Comments:
        from asynclint.comments import Comments

        return Comments(self.source, self._noqa)

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
        is_new = self._contents or self._trees or self._timing is not None
        store = ResultStore(None if is_new else self._folder, self.config, paths, (self._noqa,))
        began = time.time_ns()
        program = self._discover(paths)
        kept = store.load(program)
        if kept is not None and kept.seen.environment == self._environment(program, kept.seen.imported):
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
        from asynclint.project.environment import find_environment

        found = find_environment(self.config.environment, program.root, imported, os.environ)
        return None if found is None else (found.path, found.reason, found.folders)

    def _seen(self, began: int) -> Seen | None:
        """What the check has looked at besides comments in this session; None where it cannot be told whether that stays as it was."""
        program, dependencies, runners = self.program, self._dependencies, self._runners
        assert program is not None
        assert runners is not None
        if program.errors or self._has_unreadable:
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
    def report(self, analysis: Analysis, only: Set[str] | None = None, within: Container[Function] | None = None) -> Report:
        """All that is found in an analysed program: in the files that are reported, or in `only` some of them. Rules that look at one
        function look `within` these functions, if given, but for files with comments of ours: nobody could tell whether those are used."""
        from asynclint.analysis import Inspection

        self._only = only
        paths = [path for path in self._files if path in self._sources and self._is_asked_for(path)]
        if within is not None and any(map(self._comments.has_ours, paths)):
            within = None
        timing = self._timing or Timing()
        inspection = Inspection(analysis, self.config, self.rules, self._runs_in, self._comments, self._beat, timing)
        with timing.phase("what roots reach, and rules"):
            findings = [*inspection.findings(paths, within), *self._comments.findings(paths, self.rules, self._runs_in)]
        findings = sorted(dict.fromkeys(findings), key=lambda finding: finding.sort_key)  # several ways may lead to the same
        self.errors += inspection.errors
        reported = sum(file.reported for file in self._files.values())
        environment = None
        if self._dependencies is not None:
            self.errors += self._dependencies.errors
            environment = self._dependencies.use()
        errors = tuple(sorted(self.errors, key=_error_order))
        return Report(tuple(findings), errors, reported, len(self._files), 0.0, environment)

    def _discover(self, paths: Sequence[str], stdin: ProgramFile | None = None) -> Program:
        with (self._timing or Timing()).phase("find files"):
            program = self.program = discover(paths, self.config, stdin=stdin, held=self._contents.keys())
        self.errors = list(program.errors)
        files = [file for file in program.files if file.reported or self.config.reach != "direct"]
        self._files = {file.display: file for file in files}
        return program

    @undisturbed()
    def analyse(self, paths: Sequence[str], stdin: Stdin | None = None, progress: Progress | None = None) -> Analysis:
        """Read, walk, link and solve the program around `paths`."""
        from asynclint.analysis import Surroundings, analyse
        from asynclint.dependencies import find_dependencies
        from asynclint.reading import Reader

        timing = self._timing or Timing()
        place = stdin_file(stdin[0], self.config) if stdin is not None else None
        program = (self.program if place is None else None) or self._discover(paths if place is None else (), place)
        reader = Reader(self._store, self.config.jobs, self._contents, self._spare, self._trees)
        with timing.phase("read, parse and walk files"):
            facts = reader.read([*self._files.values()], None if stdin is None else stdin[1], progress, self._beat)
        self._sources, self._broken, self._has_unreadable = reader.sources, reader.broken, reader.has_unreadable
        self.errors += reader.errors
        if self.config.reach == "dependencies":
            with timing.phase("find the environment"):
                self._dependencies = find_dependencies(self.config, program.root, [item[1] for item in facts], os.environ, self._store)
        load = self._dependencies.load if self._dependencies is not None else None
        runners = self._runners = Runners(program.root)
        target = self.config.target_version or oldest_python(program.root)
        around = Surroundings(load, self.source, lambda path: runners.of(self._files[path].path), target)
        return analyse(facts, self.config, self.rules, around, self._comments, self._beat, timing)

    @undisturbed()
    def renew(self, analysis: Analysis, path: str, data: bytes) -> Analysis:
        """This session's `analysis`, which it uses up, with other `data` in one file, by the path that reports show.

        What other files see of that one stays as it was. Raises ParseError.
        """
        from asynclint.analysis import renew
        from asynclint.facts.collect import collect
        from asynclint.source.parse import parse

        file = self._files[path]
        module = analysis.linker.modules[file.module]
        facts, places = collect(parse(data, path), file.module, file.is_package, module.rows)
        self._sources[path] = Source(path, data)
        self._comments.forget(path)
        return renew(analysis, facts, places, self.config, self.rules, self._comments, self._beat)

    # -- files

    def _beat(self) -> None:
        if self.pulse is not None:
            self.pulse()

    def source(self, path: str) -> Source:
        """The text of a file of the program or of a dependency, by the path that reports show."""
        source = self._sources.get(path)
        if source is None:
            file = self._files.get(path)
            if file is not None:  # not read yet, as nothing has changed
                with open(file.path, "rb") as opened:
                    source = Source(path, opened.read())
            else:
                assert self._dependencies is not None
                source = self._dependencies.source(path)
            self._sources[path] = source
        return source

    def find(self, path: str) -> Source | None:
        """The text of a file of the program or of a dependency that was analysed, by the path that reports show."""
        if path in self._sources:
            return self._sources[path]
        is_known = self._dependencies is not None and self._dependencies.has(path)
        return self.source(path) if is_known else None

    def file(self, path: str) -> str:
        """Where a file of the program lies, by the path that reports show."""
        return self._files[path].path

    def files(self) -> list[str]:
        """The files of the program, by the paths that reports show."""
        return list(self._files)

    def reported(self) -> list[str]:
        """The files of the program that are reported on, by the paths that reports show."""
        return [path for path, file in self._files.items() if file.reported]

    # -- what is reported

    def _is_asked_for(self, path: str) -> bool:
        return self._files[path].reported and (self._only is None or path in self._only)

    def _runs_in(self, rule: Rule, path: str) -> bool:
        if not self._is_asked_for(path) or self._comments.leave_out(path):
            return False
        if not self._ignored:
            return True
        file = self._files[path]
        relative = self._relative(file)
        return not any(rule in rules and spec.match_file(relative) for spec, rules in self._ignored)

    def _newer(self, findings: Sequence[Finding], history: History) -> list[Finding]:
        """The findings that root in lines which have changed."""
        files = {self._files[finding.path].path: self.source(finding.path).data for finding in findings}
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
        from asynclint.rules.selection import CODES

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


def _without_older(report: Report, revision: str, newer: Sequence[Finding]) -> Report:
    kept = set(newer)
    older = tuple(finding for finding in report.findings if finding not in kept)
    return report._replace(
        findings=tuple(finding for finding in report.findings if finding in kept),
        hidden=(*report.hidden, *older),
        since=SinceUse(revision, len(older)),
    )


def _error_order(error: FileError) -> tuple[str, int, str]:
    return (error.path, error.line or 0, error.message)
