"""From findings with an offer to files with fixes, each checked within the whole program before anything is written.

It goes in rounds. Of all fixes that are offered, those that do not overlap are made, the first by line, column and code before others,
which wait for the next round. Then the whole program is checked again, as it would be. A fix is kept if the file compiles, its finding is
gone and nothing is found that was not found before; else it is undone, and the rest is tried without it. It ends when nothing is left to
try, so that a second run changes nothing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from asynclint.cache import Store
from asynclint.config import Config
from asynclint.files import NotWritten, replace_file
from asynclint.fixes.verify import culprits, excess
from asynclint.model import Change, FileError, Finding, FixReport, Refusal, Report, Safety
from asynclint.rules import RULES
from asynclint.session import Progress, Session, Stdin, undisturbed

MOST_CHECKS = 24
"""So often a large program is checked again in one run: each check makes fixes in all files, so a handful is enough where all goes well."""

MOST_CHECKS_OF_FEW = 240
"""The same for a small program, which takes less than a second."""

_MANY_FILES = 100
"""A program of more files is large. What was checked is thrown away before the next check: that is slow, and may save a gigabyte."""

_Identity = tuple[str, str, str, str, str]


def fix(
    paths: Sequence[str],
    config: Config,
    *,
    unsafe: bool,
    stdin: Stdin | None = None,
    write: bool = False,
    progress: Progress | None = None,
    use_cache: bool = True,
    held: Mapping[str, bytes] | None = None,
    store: Store | None = None,
) -> FixReport:
    """Fix what is found in `paths`; see :func:`asynclint.api.fix`.

    `held` stands for what files hold, and `store` for the cache, as in :class:`asynclint.session.Session`.
    """
    fixer = _Fixer(paths, config, unsafe, stdin, progress, use_cache, held or {}, store)
    with undisturbed():
        fixer.run()
    return fixer.written() if write and stdin is None else fixer.result()


class _Fixer:
    def __init__(
        self,
        paths: Sequence[str],
        config: Config,
        unsafe: bool,
        stdin: Stdin | None,
        progress: Progress | None,
        use_cache: bool,
        held: Mapping[str, bytes],
        store: Store | None,
    ) -> None:
        self._paths = paths
        self._unsafe = unsafe
        self._stdin = stdin
        self._progress = progress
        self._use_cache = use_cache
        self._held = held
        self._store = store
        first = Session(config, use_cache=False)
        self._selected = frozenset(rule.name for rule in first.rules)
        self._history = first.history
        # what is checked for news is at least what runs by default
        self._config = replace(config, extend_select=(*config.extend_select, *[rule.name for rule in RULES if rule.default]))
        self._originals: dict[str, bytes] = {}
        self._contents: dict[str, bytes] = {}
        self._fixed: list[Finding] = []
        self._reasons: dict[_Identity, str] = {}
        self._errors: list[FileError] = []
        self._checks = 0
        self._started = time.perf_counter()
        self._session: Session
        self._report: Report

    def run(self) -> None:
        """Go round until nothing more can be fixed."""
        self._session, self._report = self._check({})
        while self._round():
            pass

    # -- results

    def result(self) -> FixReport:
        """What was found and fixed, with nothing written."""
        findings = tuple(finding for finding in self._report.findings if finding.name in self._selected)
        refused = [Refusal(finding, self._reason(finding)) for finding in findings if self._is_wanted(finding)]
        changes = tuple(Change(path, self._originals[path], data) for path, data in sorted(self._contents.items()))
        errors = tuple(sorted({*self._report.errors, *self._errors}, key=lambda error: (error.path, error.line or 0, error.message)))
        seconds = time.perf_counter() - self._started
        report = self._report._replace(findings=findings, errors=errors, seconds=seconds, fixed=tuple(self._fixed), refused=tuple(refused))
        if report.baseline is not None:
            hidden = tuple(finding for finding in report.hidden if finding.name in self._selected)
            report = report._replace(hidden=hidden, baseline=report.baseline._replace(accepted=len(hidden)))
        return FixReport(report, changes)

    def written(self) -> FixReport:
        """The same, with all changed files replaced. What could not be written counts as not fixed."""
        report, changes = self.result()
        failed: dict[str, str] = {}
        for change in changes:
            try:
                replace_file(self._session.file(change.path), change.before, change.after)
            except NotWritten as error:
                failed[change.path] = str(error)
        if not failed:
            return FixReport(report, changes)
        undone = [finding for finding in report.fixed if finding.path in failed]
        errors = [FileError(path, None, reason, given=True) for path, reason in failed.items()]
        report = report._replace(
            findings=tuple(sorted([*report.findings, *undone], key=lambda finding: finding.sort_key)),
            errors=(*report.errors, *errors),
            fixed=tuple(finding for finding in report.fixed if finding.path not in failed),
            refused=(*report.refused, *[Refusal(finding, f"the file {failed[finding.path]}") for finding in undone]),
        )
        return FixReport(report, tuple(change for change in changes if change.path not in failed))

    def _reason(self, finding: Finding) -> str:
        return self._reasons.get(_identity(finding), "there was too much to try")

    # -- rounds

    def _round(self) -> bool:
        """Make what can be made at once, or find out what cannot be made. False where nothing is left to try."""
        offered = [finding for finding in self._report.findings if self._is_wanted(finding) and _identity(finding) not in self._reasons]
        session, before, refused = self._session, self._report, len(self._reasons)
        most = MOST_CHECKS if before.program_files > _MANY_FILES else MOST_CHECKS_OF_FEW
        while offered and self._checks < most:
            contents, made = self._edit_all(session, offered)
            if not made:
                break
            if before.program_files > _MANY_FILES:
                gc.collect()  # what is linked forms circles, and the collector may be off
            after_session, after = self._check(self._contents | contents)
            wrong = excess([*before.findings, *before.hidden], [*after.findings, *after.hidden], made)
            broken = [error for error in after.errors if error not in before.errors]
            if not wrong and not broken:
                for path in contents:
                    self._originals.setdefault(path, session.source(path).data)
                self._contents |= contents
                self._session, self._report = after_session, after
                self._fixed += made
                return True
            del after_session
            offered = self._without_culprits(made, wrong, broken)
        return len(self._reasons) > refused and self._checks < most  # what was left out for the refused ones gets its turn

    def _without_culprits(self, made: list[Finding], wrong: list[Finding], broken: list[FileError]) -> list[Finding]:
        """What to try next, after all that was made together did not hold."""
        blamed = culprits(wrong, made)
        if broken:
            blamed = [finding for finding in made if any(error.path == finding.path for error in broken)]
        if not blamed:
            paths = {finding.path for finding in wrong}
            blamed = sorted(made, key=lambda finding: finding.path in paths)
        if len(blamed) == 1:
            self._refuse(blamed, _why_undone(blamed[0], wrong, broken))
        kept = blamed[: len(blamed) // 2]  # the other half gets its turn in a later round
        return [finding for finding in made if finding in kept or finding not in blamed]

    def _is_wanted(self, finding: Finding) -> bool:
        if finding.fix is None or finding.name not in self._selected:
            return False
        return finding.fix.safety is Safety.SAFE or self._unsafe

    def _check(self, contents: dict[str, bytes]) -> tuple[Session, Report]:
        self._checks += 1
        session = Session(self._config, self._use_cache, {**self._held, **contents}, history=self._history, store=self._store)
        return session, session.check(self._paths, self._stdin, self._progress)

    # -- files

    def _edit_all(self, session: Session, offered: Iterable[Finding]) -> tuple[dict[str, bytes], list[Finding]]:
        """New contents of files, and the findings that are fixed in them."""
        from asynclint.fixes.edit import edit  # which takes a while to load, as libcst does

        by_path: dict[str, list[Finding]] = {}
        for finding in offered:
            by_path.setdefault(finding.path, []).append(finding)
        contents: dict[str, bytes] = {}
        made: list[Finding] = []
        for path, findings in by_path.items():
            edited = edit(session.source(path), findings, self._unsafe)
            for refusal in edited.refused:
                self._refuse([refusal.finding], refusal.reason)
            self._errors += edited.errors
            if edited.made:
                contents[path] = edited.content
                made += edited.made
        return contents, made

    def _refuse(self, findings: Iterable[Finding], reason: str) -> None:
        for finding in findings:
            self._reasons.setdefault(_identity(finding), reason)


def _identity(finding: Finding) -> _Identity:
    """What tells a finding from others while lines move."""
    return finding.path, finding.code, finding.function, finding.subject, finding.source_line.strip()


def _why_undone(finding: Finding, wrong: list[Finding], broken: list[FileError]) -> str:
    if broken:
        return f"it was undone, as {broken[0].path} could not be analysed any more"
    other = wrong[0]
    if other.name == finding.name and other.path == finding.path:
        return "it was undone, as the finding would still be there"
    return f"it was undone, as it brings `{other.name}` in line {other.span.line} of {other.path}"
