"""Comments that silence what is found today: one for each line, written where it speaks for the finding, and checked.

Once all are written in memory, the whole program is checked again. A comment that turns out to be needless (one at a sink silences all
ways that pass there) is left out; a finding that only appears now (a rule spoke for others at the same place) gets a comment too. A file in
which a finding is there in spite of its comment stays as it was, and the report says so.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from asynclint.config import Config
from asynclint.files import NotWritten, replace_file
from asynclint.fixes.verify import excess
from asynclint.model import Change, Edit, FileError, Finding, FixReport, IgnoreUse, Refusal, Report, Span
from asynclint.rules.suppression import invalid, unused
from asynclint.session import Progress, Session, Stdin, undisturbed
from asynclint.source.text import Source, encoding_of
from asynclint.suppress import CommentPlaces

_Plan = dict[str, dict[int, set[str]]]
"""For each file, the lines to comment, and the rules to name there."""

_OWN_COMMENT = re.compile(r"(?<!\S)#\s*asynclint:\s*ignore\s*\[([^\]#]*)\]")


def add_ignores(
    paths: Sequence[str],
    config: Config,
    *,
    stdin: Stdin | None = None,
    write: bool = False,
    progress: Progress | None = None,
    use_cache: bool = True,
) -> FixReport:
    """Silence what is found in `paths`; see :func:`asynclint.api.add_ignores`."""
    silencer = _Silencer(paths, config, stdin, progress, use_cache)
    with undisturbed():
        silencer.run()
    return silencer.result(write=write and stdin is None)


class _Silencer:
    def __init__(self, paths: Sequence[str], config: Config, stdin: Stdin | None, progress: Progress | None, use_cache: bool) -> None:
        self._paths = paths
        self._stdin = stdin
        self._progress = progress
        self._use_cache = use_cache
        first = Session(config, use_cache=False)
        self._selected = frozenset(rule.name for rule in first.rules)
        self._history = first.history
        self._config = replace(config, extend_select=(*config.extend_select, unused.RULE.name))
        self._started = time.perf_counter()
        self._places: dict[str, CommentPlaces] = {}
        self._plan: _Plan = {}
        self._contents: dict[str, bytes] = {}
        self._tried: set[tuple[str, int, str]] = set()
        self._wanted: list[Finding] = []
        self._further: list[Finding] = []
        self._left: list[Refusal] = []

    def run(self) -> None:
        """Check, write all comments, check again, and leave out what did not hold, until all holds."""
        self._session, self._before = self._check({})
        self._report = self._before
        self._place_all()
        self._write_all()
        while self._plan:
            gc.collect()  # what is linked forms circles, and the collector may be off
            _, self._report = self._check(self._contents)
            if not self._mend():
                return
            self._write_all()
        self._report = self._before

    def result(self, *, write: bool) -> FixReport:
        """What was silenced, with the files written if `write`."""
        failed: dict[str, str] = {}
        changes = [Change(path, self._session.source(path).data, data) for path, data in sorted(self._contents.items())]
        for change in changes if write else ():
            try:
                replace_file(self._session.file(change.path), change.before, change.after)
            except NotWritten as error:
                failed[change.path] = str(error)
        left = [*self._left, *[Refusal(finding, f"the file {failed[finding.path]}") for finding in self._wanted if finding.path in failed]]
        back = [refusal.finding for refusal in left if refusal.finding.path in failed]
        silenced = [finding for finding in (*self._wanted, *self._further) if finding.path not in failed]
        comments = sum(len(lines) for path, lines in self._plan.items() if path not in failed)
        report = self._report._replace(
            findings=tuple(
                sorted([*filter(self._is_selected, self._report.findings), *back], key=lambda finding: finding.sort_key),
            ),
            errors=(*self._report.errors, *[FileError(path, None, reason, given=True) for path, reason in failed.items()]),
            seconds=time.perf_counter() - self._started,
            ignores=IgnoreUse(comments, len(self._plan) - len(failed), len(silenced), tuple(left)),
        )
        return FixReport(report, tuple(change for change in changes if change.path not in failed))

    def _check(self, contents: Mapping[str, bytes]) -> tuple[Session, Report]:
        session = Session(self._config, self._use_cache, contents, history=self._history)
        return session, session.check(self._paths, self._stdin, self._progress)

    def _is_selected(self, finding: Finding) -> bool:
        return finding.name in self._selected

    # -- what to write

    def _place_all(self) -> None:
        for finding in filter(self._is_selected, self._before.findings):
            reason = self._place(finding)
            if reason:
                self._left.append(Refusal(finding, reason))
            else:
                self._wanted.append(finding)

    def _place(self, finding: Finding) -> str:
        """Plan a comment for a finding, or say why there is none."""
        path = finding.path
        source = self._session.source(path)
        if path not in self._places:
            self._places[path] = CommentPlaces(source)
        line = self._places[path].line_for(finding.span.line, finding.span.end_line)
        if finding.name in (unused.RULE.name, invalid.RULE.name):
            return "it is about such a comment"
        if line is None:
            return "there is no place for a comment"
        if not _is_writable(source):
            return "the file's encoding does not give the same bytes again"
        self._plan.setdefault(path, {}).setdefault(line, set()).add(finding.name)
        self._tried.add((path, line, finding.name))
        return ""

    def _is_tried(self, finding: Finding) -> bool:
        line = self._places[finding.path].line_for(finding.span.line, finding.span.end_line) if finding.path in self._places else None
        return line is not None and (finding.path, line, finding.name) in self._tried

    def _write_all(self) -> None:
        self._contents = {path: _with_comments(self._session.source(path), self._places[path], lines) for path, lines in self._plan.items()}

    def _mend(self) -> bool:
        """Change the plan as the last check asks for. False where it asks for nothing."""
        before, after = self._before, self._report
        needless = False
        for finding in (*after.findings, *after.hidden):
            rules = self._plan.get(finding.path, {}).get(finding.span.line, set())
            written = finding.fix.words[0] if finding.name == unused.RULE.name and finding.fix is not None else ""
            if written in rules:
                rules.discard(written)
                needless = True
        if needless:
            self._drop_empty()
            return True
        wrong = excess([*before.hidden, *before.findings], [*after.hidden, *after.findings], self._wanted)
        new = [finding for finding in wrong if self._is_selected(finding) and not self._is_tried(finding) and not self._place(finding)]
        if new:
            self._further += new
            return True
        blamed = {finding.path: f"with the comments, `{finding.name}` would be found in line {finding.span.line}" for finding in wrong}
        blamed |= {error.path: f"with the comments, {error.message}" for error in after.errors if error not in before.errors}
        paths = blamed.keys() & self._plan.keys() or (set(self._plan) if blamed else set())
        for path in paths:
            self._give_up(path, blamed.get(path) or "with the comments, another file would not be as before")
        return bool(paths)

    def _give_up(self, path: str, reason: str) -> None:
        del self._plan[path]
        self._left += [Refusal(finding, reason) for finding in self._wanted if finding.path == path]
        self._wanted = [finding for finding in self._wanted if finding.path != path]
        self._further = [finding for finding in self._further if finding.path != path]

    def _drop_empty(self) -> None:
        plan = {path: {line: rules for line, rules in lines.items() if rules} for path, lines in self._plan.items()}
        self._plan = {path: lines for path, lines in plan.items() if lines}


# -- text


def ignoring(source: Source, finding: Finding) -> Edit | None:
    """What writes a comment that silences a finding of a file; None where there is no place for one, or it is about such a comment."""
    if finding.name in (unused.RULE.name, invalid.RULE.name):
        return None
    places = CommentPlaces(source)
    number = places.line_for(finding.span.line, finding.span.end_line)
    if number is None:
        return None
    text = source.line(number)
    return Edit(source.path, Span(number, 1, number, len(text) + 1), _commented(text, places.comment(number), [finding.name]))


def _with_comments(source: Source, places: CommentPlaces, comments: Mapping[int, Iterable[str]]) -> bytes:
    """The content of a file with comments behind lines that name these rules."""
    pieces = re.split("(\r\n|\r|\n)", source.text)
    for line, rules in comments.items():
        pieces[2 * line - 2] = _commented(pieces[2 * line - 2], places.comment(line), sorted(rules))
    return "".join(pieces).encode(encoding_of(source.data))


def _commented(text: str, comment: int | None, rules: Sequence[str]) -> str:
    """A line with a comment that names rules. `comment` is where it has one: ours is gone on with, behind others stands ours."""
    names = ", ".join(rules)
    own = None if comment is None else _OWN_COMMENT.search(text, comment)
    if own is None:
        code = text.rstrip(" \t")
        return f"{code}  # asynclint: ignore[{names}]"
    before, listed, after = text[: own.start(1)], own[1].strip(), text[own.end(1) :]
    return f"{before}{f'{listed}, {names}' if listed else names}{after}"


def _is_writable(source: Source) -> bool:
    return source.text.encode(encoding_of(source.data)) == source.data
