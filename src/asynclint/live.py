"""A program that is checked again and again while its files are edited, as an editor needs it.

The facts of files that have not changed stay in memory; linking and solving is done anew for each check. What is found in the files that
are open is asked for first, what is found in the others after it, from the same analysis, and only if there is time. A file that does
not parse is analysed as it was when it last did.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from asynclint.analysis import Analysis
from asynclint.baseline import Baseline
from asynclint.cache import FactStore, NearStore, default_folder
from asynclint.config import Config
from asynclint.discover import unmarked
from asynclint.explain import Callers, Helper, callers_of, explain_line, explain_place, helpers
from asynclint.model import Edit, FileError, Finding, Safety
from asynclint.project.linking.values import Function
from asynclint.session import Progress, Session, undisturbed
from asynclint.source.parse import ParseError
from asynclint.source.text import Source, encoded

Pulse = Callable[[], None]
"""Called again and again while something takes long; it may raise to end that."""


class FileReport(NamedTuple):
    """What is found in one file, the text that was analysed, and what could not be analysed in it.

    The text is not that of the file where that does not parse.
    """

    text: str
    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]


class Proposal(NamedTuple):
    """What the fix of a finding would do to its file, in the order of the text, and whether it is safe here."""

    finding: Finding
    edits: tuple[Edit, ...]
    safety: Safety


class LiveProgram:
    """One program, and what is known of it since its last check. What is open and what is in `folders` is reported.

    Files that are open go by their absolute paths. Only one thread at a time may use it.
    """

    def __init__(self, config: Config, folders: Sequence[str], use_cache: bool = True) -> None:
        self.config = config
        self._folders = tuple(folders)
        self._store = NearStore(FactStore(default_folder(os.environ) if use_cache else None))
        self._contents: dict[str, bytes] = {}
        self._good: dict[str, bytes] = {}
        self._checked: _Checked | None = None
        self._is_littered = False

    @undisturbed()
    def check(self, texts: Mapping[str, str], pulse: Pulse | None = None, progress: Progress | None = None) -> dict[str, FileReport]:
        """Check the program with these `texts` of open files, and report on them. Those that the configuration leaves out are not there.

        Raises :class:`~asynclint.errors.AsynclintError` as :func:`asynclint.api.check` does, and what `pulse` raises.
        """
        self.tidy()
        contents = self._contents = {path: encoded(text) for path, text in texts.items()}
        self._good = {path: data for path, data in self._good.items() if path in contents}
        self._store.turn([*contents.values(), *self._good.values()])
        session = Session(self.config, contents=contents, spare=self._good, store=self._store, pulse=pulse)
        known = session.known()
        paths = (*self._folders, *sorted(contents))
        checked = _Checked(session, session.analyse(paths, progress=progress), paths, known)
        reports = checked.report(contents)
        self._checked = checked
        self._is_littered = True
        for path in contents:
            source = session.find(path)
            if source is not None:
                self._good[path] = source.data
        return reports

    def tidy(self) -> None:
        """Give back the memory that the check before the last one took. It takes a while: what is linked forms circles."""
        if self._is_littered:
            self._is_littered = False
            gc.collect()

    @undisturbed()
    def draft(self, path: str, text: str) -> FileReport | None:
        """What is found in one open file with another text, if the others see of it what they saw at the last check.

        That takes a fraction of a check; one should follow, since what others see may change. None where there is nothing to go on
        from: the text does not parse, or there was no check.
        """
        checked = self._checked
        if checked is None or path not in self._good:
            return None
        data = encoded(text)
        self._checked = None  # of no use any more, if this fails half way
        try:
            report = checked.draft(path, data)
        except ParseError:
            report = None
        self._checked = checked
        if report is not None:
            self._contents[path] = self._good[path] = data
        return report

    def check_rest(self, opened: Iterable[str], pulse: Pulse | None = None) -> dict[str, FileReport]:
        """What the last check's analysis finds in files that are not `opened`, by their absolute paths.

        Files without findings are not there.
        """
        if self._checked is None:
            return {}
        session = self._checked.session
        session.pulse = pulse
        reports = self._checked.report(set(session.reported()) - set(opened))
        return {session.file(path): report for path, report in reports.items() if report.findings}

    def proposals(self, path: str, findings: Sequence[Finding]) -> list[Proposal]:
        """The fixes of findings of the last check in one file that can be made, each alone."""
        return [] if self._checked is None else self._checked.proposals(path, findings)

    def ignoring(self, path: str, finding: Finding) -> Edit | None:
        """What writes a comment that silences a finding of the last check; None where that cannot be done."""
        from asynclint.fixes.ignores import ignoring

        source = None if self._checked is None else self._checked.session.find(path)
        return None if source is None else ignoring(source, finding)

    def fix_all(self, path: str) -> tuple[Edit, ...]:
        """The edits of an open file that make all fixes that are safe, checked as :func:`asynclint.api.fix` does."""
        from asynclint.fixes.apply import fix
        from asynclint.fixes.difference import difference, lines_of

        if self._checked is None:
            return ()
        for change in fix([path], self.config, unsafe=False, held=self._contents, store=self._store).changes:
            before, after = (lines_of(Source(path, data).text) for data in (change.before, change.after))
            return difference(path, before, after)
        return ()

    def explain(self, path: str, line: int, column: int | None = None) -> str:
        """What the last check's analysis knows of a line, or of the call or function at a place; empty where that is nothing.

        Raises :class:`~asynclint.errors.AsynclintError` for a line of a file that was not analysed.
        """
        if self._checked is None:
            return ""
        analysis = self._checked.analysis
        return explain_line(analysis, path, line) if column is None else explain_place(analysis, path, line, column)

    def helpers(self, path: str) -> list[Helper]:
        """The functions of a file that block and that some coroutine reaches, by the last check's analysis."""
        checked = self._checked
        if checked is None:
            return []
        if checked.callers is None:
            checked.callers = callers_of(checked.analysis)
        return list(helpers(checked.analysis, path, checked.callers))

    def line(self, path: str, number: int) -> str:
        """A line of a file as it was analysed last, by the path that a finding or a step has; empty if there is no such line."""
        source = None if self._checked is None else self._checked.session.find(path)
        return "" if source is None else source.line(number)

    def place(self, path: str) -> str:
        """Where a file lies, by the path that a finding or a step has."""
        is_own = self._checked is not None and path in self._checked.files
        return self._checked.session.file(path) if self._checked is not None and is_own else os.path.abspath(path)


class _Checked:
    """The last check: its session and analysis, the paths that were given, and the baseline."""

    def __init__(self, session: Session, analysis: Analysis, paths: Sequence[str], known: Baseline | None) -> None:
        self.session = session
        self.analysis = analysis
        self.files = frozenset(session.files())
        self._paths = paths
        self._known = known
        self.callers: Callers | None = None
        self._proposals: dict[Finding, Proposal | None] = {}
        self._found_in: dict[str, frozenset[str]] = {}
        """The functions that something was found in, by their files."""

    def draft(self, path: str, data: bytes) -> FileReport | None:
        """What is found in an open file with other data; None if it is not reported on. Raises ParseError.

        Rules look again at functions that have changed, and at those that something was found in.
        """
        self.session.pulse = None  # half of it would be of no use to anybody
        analysis = self.session.renew(self.analysis, path, data)
        assert analysis.renewal is not None
        self.analysis = analysis
        self.callers = None
        found_in = self._found_in.get(path, frozenset())
        functions = [function for function in analysis.renewal.module.functions if unmarked(function.name) in found_in]
        return self.report([path], {*functions, *analysis.renewal.functions}).get(path)

    def report(self, displays: Iterable[str], within: Container[Function] | None = None) -> dict[str, FileReport]:
        """What is found in these files, by the paths that reports show; those that are not to be reported are left out. See
        :meth:`Session.report` for `within`."""
        only = frozenset(displays) & frozenset(self.session.reported())
        report = self.session.shown(self.session.report(self.analysis, only, within), self._known, self._paths)
        findings: dict[str, list[Finding]] = {path: [] for path in only}
        for finding in report.findings:
            findings[finding.path].append(finding)
        for path, found in findings.items():
            self._found_in[path] = frozenset(finding.function for finding in found)
        errors: dict[str, list[FileError]] = {path: [] for path in only}
        for error in dict.fromkeys(report.errors):
            if error.path in errors:
                errors[error.path].append(error)
        return {path: FileReport(self._text(path), tuple(findings[path]), tuple(errors[path])) for path in sorted(only)}

    def proposals(self, path: str, findings: Sequence[Finding]) -> list[Proposal]:
        """The fixes of findings in one file that can be made. What is found out is remembered: to parse a file for it takes a while."""
        new = [finding for finding in findings if finding.fix is not None and finding not in self._proposals]
        safe = self._edits(path, [finding for finding in new if finding.fix and finding.fix.safety is Safety.SAFE], unsafe=False)
        others = self._edits(path, [finding for finding in new if finding not in safe], unsafe=True)
        for finding in new:
            made = safe.get(finding) or others.get(finding)
            safety = Safety.SAFE if finding in safe else Safety.UNSAFE
            self._proposals[finding] = None if made is None else Proposal(finding, made, safety)
        return [proposal for finding in findings if (proposal := self._proposals.get(finding)) is not None]

    def _edits(self, path: str, findings: Sequence[Finding], unsafe: bool) -> Mapping[Finding, tuple[Edit, ...]]:
        source = self.session.find(path)
        if not findings or source is None:
            return {}
        from asynclint.fixes.alone import edits_of  # which takes a while to load, as libcst does

        return edits_of(source, findings, unsafe)[0]

    def _text(self, path: str) -> str:
        source = self.session.find(path)
        return "" if source is None else source.text
