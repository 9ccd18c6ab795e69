"""The frozen values that everything outside of the analysis speaks in: findings, their ways, errors of files.

They know nothing of syntax trees or facts. Lines count from 1, columns from 1 in characters (not bytes); an end column is the
column behind the last character. Paths are as given or relative to the working directory.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Certainty(enum.IntEnum):
    """How far the answers carry a finding. It is as sure as its weakest answer and its weakest step."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3

    def __str__(self) -> str:
        return self.name.lower()


class Safety(enum.Enum):
    """What a rule's fix promises: it keeps the meaning apart from the defect, it may not, or there is none."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "none"


class Span(NamedTuple):
    """A piece of one file: from line and column up to, but not including, the end column on the end line."""

    line: int
    column: int
    end_line: int
    end_column: int


class Step(NamedTuple):
    """One call on a way from the root to the sink.

    `function` is the qualified name of the function in which the call stands, `text` says what it does there (``calls open()``),
    `source_line` is the line's text without its line end.
    """

    path: str
    line: int
    column: int
    function: str
    text: str
    source_line: str


class Fix(NamedTuple):
    """What a rule offers to do about a finding, before anybody has looked whether it can be done.

    `title` says it in an imperative sentence without a full stop; `safety` is what it promises here, at best: where the code around
    shows a reason, a safe one is only made on request. `recipe` names who does it (:mod:`asynclint.fixes.recipes`); what `words` and
    `places` (in the same file) mean, only the recipe knows.
    """

    recipe: str
    title: str
    safety: Safety
    words: tuple[str, ...] = ()
    places: tuple[Span, ...] = ()


class Edit(NamedTuple):
    """A piece of a file that becomes another text. Where the span is empty, the text is inserted."""

    path: str
    span: Span
    text: str


class Finding(NamedTuple):
    """One mistake at the place to edit.

    `kind` is the kind of blocking (``sleep``, ``disk``, ``network``...) or the rule's category. Findings with one sink
    share a `group` (an opaque text). `way` leads from the root, the finding itself, to the sink and is empty where the sink
    stands in the root. `subject` is the code that the message speaks about (``load_settings()``), `sink` the callable at
    the end of the way (``open()``), `advice` one sentence of what to do next. `fix` is None where no fix is offered.
    `by_habit` tells that only what the rest of the program does speaks for it: the same call is awaited everywhere else.
    """

    code: str
    name: str
    path: str
    span: Span
    message: str
    certainty: Certainty
    kind: str
    group: str
    way: tuple[Step, ...]
    function: str
    subject: str
    sink: str
    advice: str
    source_line: str
    fix: Fix | None = None
    by_habit: bool = False

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Findings are reported by path, line, column and code."""
        return (self.path, self.span.line, self.span.column, self.code)


class FileError(NamedTuple):
    """Why one file could not be analysed, or only in part. `line` is None where no line is to blame.

    `given` tells that the file was named on the command line, which makes it an error of the run (exit status 1); `internal`
    that something of ours broke (exit status 3).
    """

    path: str
    line: int | None
    message: str
    given: bool = False
    internal: bool = False


class EnvironmentUse(NamedTuple):
    """Which installed packages calls were followed into: the environment's folder and why it was taken (both empty where none was found),
    the packages that were read, and the imported names that are not there.
    """

    path: str
    reason: str
    followed: tuple[str, ...]
    missing: tuple[str, ...]


class BaselineUse(NamedTuple):
    """What a baseline did in a run: its path, how many findings it accepts, and how many of its entries are not found any more."""

    path: str
    accepted: int
    expired: int


class SinceUse(NamedTuple):
    """What was asked to be left aside as older than a revision, and how many findings that were."""

    revision: str
    older: int


class Refusal(NamedTuple):
    """A fix that was offered and not made, and why: half a sentence."""

    finding: Finding
    reason: str


class IgnoreUse(NamedTuple):
    """What became of findings that were to be silenced: how many comments stand in how many files, how many findings are silenced by them,
    and which are not, with the reasons.
    """

    comments: int
    files: int
    silenced: int
    left: tuple[Refusal, ...]


class Report(NamedTuple):
    """The result of one check: findings and errors in report order, how many files were reported on and read, wall-clock seconds.

    `environment` is None where calls were not to be followed into installed packages, or none is imported. Where it was asked for, `fixed`
    are the findings that are fixed, as they were found, and `refused` the fixes that were not made. `hidden` are findings that are not
    reported, as the `baseline` accepts them, or as their lines are older than a revision. `edits` are what the fix of a finding alone would
    do to its file, in the order of the text, where that was asked for and can be done.
    """

    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    files: int
    program_files: int
    seconds: float
    environment: EnvironmentUse | None = None
    fixed: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()
    hidden: tuple[Finding, ...] = ()
    baseline: BaselineUse | None = None
    since: SinceUse | None = None
    edits: Mapping[Finding, tuple[Edit, ...]] = MappingProxyType({})
    ignores: IgnoreUse | None = None


class Change(NamedTuple):
    """A file's content before and after its fixes, in the file's own encoding."""

    path: str
    before: bytes
    after: bytes


class FixReport(NamedTuple):
    """The result of fixing: what is still found, and the new contents of files."""

    report: Report
    changes: tuple[Change, ...]


class Acceptance(NamedTuple):
    """The result of making or shrinking a baseline: its path, how many findings it accepts now, how many fewer than before, and
    what is found and not accepted.
    """

    report: Report
    path: str
    accepted: int
    taken_out: int
    is_new: bool
