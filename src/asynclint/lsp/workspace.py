"""Open files, folders, and one thread that checks: nobody who types ever waits for it.

Edits only change a buffer. At once after one, the thread makes a draft: what is found in the edited file, if nothing else has changed.
Some time after the last one, it checks the programs whose files were edited, as they are then; an edit that comes meanwhile ends that for
another draft. Findings are shown where the lines that they are in
have moved to since, and left out where those were edited. What is found in files that are not open is looked for when nothing else
is to do, and given up for anything else.

What is asked of the findings is answered by the same thread, once they are those of the current text.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from asynclint.api import FileReport, LiveProgram
from asynclint.errors import AsynclintError
from asynclint.lsp.positions import Shift, Units, lines_of, offset
from asynclint.lsp.programs import Programs
from asynclint.lsp.uris import path_of, uri_of
from asynclint.model import FileError, Finding

LONGEST_DELAY = 0.5
"""Seconds from the last edit to its check, where checks take long; a check that takes less is not waited for longer than it takes."""

IDLE = 2.0
"""Seconds from the last check of open files to a look at the others. They are looked at at once where a file was saved."""

_Answer = TypeVar("_Answer")


class Shown(NamedTuple):
    """What is to be shown of one file. `version` is that of the open text, None for a file on disk.

    `line` gives lines of files by the paths of findings and steps, `address` their addresses.
    """

    uri: str
    version: int | None
    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    line: Callable[[str, int], str]
    address: Callable[[str], str]


class Edit(NamedTuple):
    """A change of a text, from and to a line and unit in it; all of the text, where they are None."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] | None = None


@dataclass(slots=True)
class Buffer:
    """An open file, as the editor holds it."""

    uri: str
    path: str
    version: int
    text: str


@dataclass(slots=True)
class _Result:
    """What a check has found in an open file."""

    live: LiveProgram
    report: FileReport


@dataclass(slots=True)
class _Wanted:
    """What the thread is to do."""

    everything: bool = False
    paths: set[str] = field(default_factory=set)
    drafts: set[str] = field(default_factory=set)
    """Those of them that were edited: a draft comes before the check."""
    drafted: set[str] = field(default_factory=set)
    """Those of them whose draft is made."""
    due: float = 0.0
    rest_too: bool = False
    """Whether files that are not open are to be looked at right behind those that are."""
    rest: float | None = None
    """From when on files that are not open are to be looked at; None where they have been."""
    questions: list[tuple[Callable[[], object], Future[object]]] = field(default_factory=list)
    idle_questions: list[tuple[Callable[[], object], Future[object]]] = field(default_factory=list)
    """Those that are about files that are not open, too."""
    stop: bool = False


class _Interrupted(BaseException):
    """Something more urgent is to be done. No `Exception`: a rule that fails is one."""


class Workspace:
    """All that a client has open. What is handed in is called from the thread: `show` to show findings, `tell` to tell the user a sentence,
    `progress` with the files that are read and all files of a program that is new, and with twice 0 at its end.

    The thread works from `start` on, and until `stop`.
    """

    def __init__(
        self, show: Callable[[Shown], None], tell: Callable[[str], None], progress: Callable[[int, int], None], units: Units = Units.UTF16
    ) -> None:
        self.units = units
        self.looks_at_all = True
        """Whether files that are not open are shown, too."""
        self._progress = progress
        self._show = show
        self._tell = tell
        self._told: set[str] = set()
        self._programs = Programs(self._complain)
        self._folders: dict[str, str] = {}
        """The addresses of folders, by their real paths."""
        self._buffers: dict[str, Buffer] = {}
        self._results: dict[str, _Result] = {}
        self._visible: set[str] = set()
        """Files that something is shown in and that are not open."""
        self._last_duration = 0.0
        self._wanted = _Wanted()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="asynclint", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    # -- what the editor tells

    def open(self, uri: str, text: str, version: int) -> None:
        """A file was opened, with this text. Files that are not on a disk are not checked."""
        path = path_of(uri)
        if path is not None:
            with self._changed:
                self._buffers[uri] = Buffer(uri, path, version, text)
                self._want([path], 0.0)

    def edit(self, uri: str, edits: Iterable[Edit], version: int) -> None:
        """An open file was edited, by one edit after the other."""
        with self._changed:
            buffer = self._buffers.get(uri)
            if buffer is not None:
                for edit in edits:
                    buffer.text = self._edited(buffer.text, edit)
                buffer.version = version
                self._wanted.drafts.add(buffer.path)
                self._wanted.drafted.discard(buffer.path)
                self._want([buffer.path], min(LONGEST_DELAY, self._last_duration))

    def save(self, uri: str) -> None:
        """An open file was written: the others on disk are looked at again, too."""
        with self._changed:
            buffer = self._buffers.get(uri)
            if buffer is not None:
                self._want([buffer.path], 0.0, rest_too=True)

    def close(self, uri: str) -> None:
        """An open file was closed: from now on counts what is on disk."""
        with self._changed:
            buffer = self._buffers.pop(uri, None)
            if buffer is not None:
                self._want([buffer.path], 0.0, rest_too=True)
                self._visible.add(buffer.path)

    def change_folders(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Folders of the workspace were added or removed, by their addresses."""
        with self._changed:
            new = {path: uri for uri in added if (path := path_of(uri)) is not None}
            self._folders.update(new)
            self._programs.change_folders(new, filter(None, map(path_of, removed)))
            self._want_all()

    def configure(self, options: Mapping[str, object], looks_at_all: bool) -> None:
        """The settings that the editor has for us, which stand above those of configuration files, have changed."""
        with self._changed:
            self.looks_at_all = looks_at_all
            self._programs.options = dict(options)
            self._want_all()

    def restart(self) -> None:
        """Forget all that is known, and look at everything anew."""
        with self._changed:
            self._programs.forget()
            self._told.clear()
            self._want_all()

    def files_changed(self) -> None:
        """Files that are not open, or those of a configuration, have changed on disk."""
        with self._changed:
            self._want_all()

    def ask(self, question: Callable[[], _Answer], when_idle: bool = False) -> Future[_Answer]:
        """Have a question answered by the thread, once all that is open is checked as it is now; `when_idle`, all others as well.

        An error is its answer, too.
        """
        future: Future[_Answer] = Future()
        with self._changed:
            questions = self._wanted.idle_questions if when_idle else self._wanted.questions
            questions.append((question, future))  # type: ignore[arg-type]
            self._changed.notify()
        return future

    def stop(self) -> None:
        """End the thread, as soon as it notices."""
        with self._changed:
            self._wanted.stop = True
            self._changed.notify()

    # -- what questions may use

    def result(self, uri: str) -> tuple[Buffer, LiveProgram, FileReport] | None:
        """An open file as it is now, its program, and what the last check has found in it."""
        with self._changed:
            buffer = self._buffers.get(uri)
            result = self._results.get(buffer.path) if buffer is not None else None
            return None if buffer is None or result is None else (replace(buffer), result.live, result.report)

    def address(self, path: str) -> str:
        """How the client calls a file, by its real path: it may have reached it through a link."""
        with self._changed:
            for buffer in self._buffers.values():
                if buffer.path == path:
                    return buffer.uri
            for folder, uri in self._folders.items():
                if path.startswith(os.path.join(folder, "")):
                    return f"{uri.rstrip('/')}/{uri_of(path)[len(uri_of(folder)) + 1 :]}"
        return uri_of(path)

    def addresses(self, live: LiveProgram) -> Callable[[str], str]:
        """How the client calls files, by the paths of findings and steps in a program."""
        return lambda path: self.address(live.place(path))

    # -- what is to be done; with the lock held

    def _want(self, paths: Iterable[str], delay: float, rest_too: bool = False) -> None:
        self._wanted.paths.update(paths)
        self._wanted.due = time.monotonic() + delay
        self._wanted.rest_too |= rest_too
        self._changed.notify()

    def _want_all(self) -> None:
        self._wanted.everything = True
        self._want((), 0.0, rest_too=True)

    def _edited(self, text: str, edit: Edit) -> str:
        if edit.start is None or edit.end is None:
            return edit.text
        start = offset(text, *edit.start, self.units)
        return text[:start] + edit.text + text[max(start, offset(text, *edit.end, self.units)) :]

    # -- the thread

    def _run(self) -> None:
        while True:
            step = self._next()
            if step is None:
                return
            try:
                step()
            except _Interrupted:
                pass
            except Exception:  # our bug must not end the server
                self._complain(f"asynclint failed, please report it:\n{traceback.format_exc()}")

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do. None means to stop."""
        with self._changed:
            while True:
                wanted, now = self._wanted, time.monotonic()
                if wanted.stop:
                    return None
                if wanted.drafts and not wanted.everything:
                    return self._draft
                if wanted.paths or wanted.everything:
                    if wanted.questions and not wanted.everything and wanted.paths <= wanted.drafted:
                        return self._answer
                    if wanted.questions or now >= wanted.due:
                        return self._check
                    wait: float | None = wanted.due - now
                elif wanted.questions:
                    return self._answer
                elif wanted.rest is None:
                    if wanted.idle_questions:
                        wanted.questions.append(wanted.idle_questions.pop(0))
                        return self._answer
                    wait = None
                elif now >= wanted.rest:
                    return self._check_rest
                else:
                    wait = wanted.rest - now
                self._changed.wait(wait)

    def _draft(self) -> None:
        with self._changed:
            path = self._wanted.drafts.pop()
            texts = {buffer.path: buffer.text for buffer in self._buffers.values() if buffer.path == path}
        for program in self._programs.known() if path in texts else ():
            report = program.live.draft(path, texts[path]) if path in program.opened else None
            if report is not None:
                self._results[path] = _Result(program.live, report)
                self._show_open([path], program.live, {path: report})
                with self._changed:
                    if path not in self._wanted.drafts:
                        self._wanted.drafted.add(path)

    def _check(self) -> None:
        with self._changed:
            wanted = self._wanted
            paths, everything, soon = wanted.paths, wanted.everything, wanted.rest_too
            wanted.paths, wanted.everything, wanted.rest_too = set(), False, False
            wanted.drafts.clear()
            wanted.drafted.clear()
            texts = {buffer.path: buffer.text for buffer in self._buffers.values()}
        try:
            self._check_all(paths, everything, soon, texts)
        except _Interrupted:
            with self._changed:
                wanted.paths |= paths
                wanted.rest_too |= soon
            raise

    def _check_all(self, paths: Set[str], everything: bool, soon: bool, texts: Mapping[str, str]) -> None:
        started = time.monotonic()
        self._results = {path: result for path, result in self._results.items() if path in texts}
        for program in self._programs.of(texts):
            own = {path: texts[path] for path in program.opened}
            if everything or program.is_new or not paths.isdisjoint(program.opened | program.closed(paths)):
                try:
                    can_wait = not everything and not program.is_new
                    progress = self._progress if program.is_new else None
                    reports = program.check(own, self._beat_editing if can_wait else self._beat, progress)
                except AsynclintError as error:
                    self._complain(str(error))
                    continue
                self._results.update((path, _Result(program.live, report)) for path, report in reports.items())
                self._show_open(own, program.live, reports)
        self._progress(0, 0)
        ended = time.monotonic()
        self._last_duration = ended - started
        with self._changed:
            self._wanted.rest = ended + (0.0 if soon else IDLE)

    def _check_rest(self) -> None:
        with self._changed:
            self._wanted.rest = None
        for program in self._programs.known():
            program.live.tidy()
        try:
            visible = self._show_rest()
        except _Interrupted:
            with self._changed:
                self._wanted.rest = self._wanted.rest or time.monotonic()
            raise
        with self._changed:
            gone = self._visible - visible
            self._visible = visible
        for path in sorted(gone):
            self._show_closed(Shown(self.address(path), None, (), (), _no_line, uri_of), path)

    def _show_rest(self) -> set[str]:
        """Show what is found in files that are not open, and give their paths."""
        visible: set[str] = set()
        for program in self._programs.known() if self.looks_at_all else ():
            for path, report in program.check_rest(self._opened(), self._beat_idle).items():
                visible.add(path)
                self._visible.add(path)
                self._show_closed(
                    Shown(self.address(path), None, report.findings, (), program.live.line, self.addresses(program.live)), path
                )
        return visible

    def _show_closed(self, shown: Shown, path: str) -> None:
        if path not in self._opened():
            self._show(shown)

    def _opened(self) -> set[str]:
        with self._changed:
            return {buffer.path for buffer in self._buffers.values()}

    def _answer(self) -> None:
        with self._changed:
            question, future = self._wanted.questions.pop(0)
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(question())
            except Exception as error:
                future.set_exception(error)

    def _beat(self) -> None:
        if self._wanted.stop:
            raise _Interrupted

    def _beat_editing(self) -> None:
        if self._wanted.stop or self._wanted.drafts:
            raise _Interrupted

    def _beat_idle(self) -> None:
        wanted = self._wanted
        if wanted.stop or wanted.paths or wanted.everything or wanted.questions:
            raise _Interrupted

    # -- what is shown

    def _show_open(self, paths: Iterable[str], live: LiveProgram, reports: Mapping[str, FileReport]) -> None:
        for path in paths:
            report = reports.get(path, FileReport("", (), ()))
            with self._changed:
                buffers = [(buffer.uri, buffer.version, buffer.text) for buffer in self._buffers.values() if buffer.path == path]
            for uri, version, text in buffers:
                findings = tuple(moved(report, text))
                lines = lines_of(text)
                line = _Lines(path, lines, live)
                self._show(Shown(uri, version, findings, report.errors, line, self.addresses(live)))

    def _complain(self, sentence: str) -> None:
        """Tell the user, once."""
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)


def moved(report: FileReport, text: str) -> Iterator[Finding]:
    """The findings of a file where they are in its text as it is now; those in lines that were edited are left out."""
    shift = Shift(report.text, text)
    for finding in report.findings:
        span = finding.span
        lines = shift.lines(span.line, span.end_line)
        if lines == 0:
            yield finding
        elif lines is not None:
            yield finding._replace(span=span._replace(line=span.line + lines, end_line=span.end_line + lines))


class _Lines:
    """Lines of an open file as it is now, and of others as they were analysed."""

    def __init__(self, path: str, lines: list[str], live: LiveProgram) -> None:
        self._path = path
        self._lines = lines
        self._live = live

    def __call__(self, path: str, number: int) -> str:
        if path != self._path:
            return self._live.line(path, number)
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


def _no_line(path: str, number: int) -> str:
    return ""
