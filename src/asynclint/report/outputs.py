"""Where reports go: one to standard output or the file of ``--output-file``, others each to a file of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import click

from asynclint.errors import ConfigError, did_you_mean
from asynclint.files import NotWritten, write_file
from asynclint.model import Report
from asynclint.report import DOCUMENTS, FORMATS, PROPOSING, statistics


class Output(NamedTuple):
    """A report that is asked for. Its `file` is None for standard output."""

    form: str
    render: Callable[[Report], Iterator[str]]
    file: str | None = None

    @property
    def is_document(self) -> bool:
        """Whether it is for programs, so that nothing may stand beside it."""
        return self.form in DOCUMENTS

    @property
    def is_proposing(self) -> bool:
        """Whether it shows what the fix of each finding would do."""
        return self.form in PROPOSING


def choose(formats: Sequence[str], file: str | None, table: bool) -> tuple[Output, ...]:
    """The outputs that ``FORM`` and ``FORM:FILE`` ask for, by default the text; `file` is for the one without a file of its own.

    With `table`, that one gives way to the table of counts. Raises ConfigError where this does not go together, or a file cannot be.
    """
    file = None if file == "-" else file
    outputs = [_output(value) for value in formats]
    free = [output for output in outputs if output.file is None]
    if len(free) > 1:
        raise ConfigError("Only one --output-format can do without a file of its own; write the others as FORM:FILE.")
    if free and free[0].is_document and table:
        raise ConfigError(f"--statistics prints a table, which --output-format {free[0].form} has no place for.")
    if file is not None and formats and not free and not table:
        raise ConfigError("--output-file has nothing to take: each --output-format has a file of its own.")
    if not formats or (table and not free):
        free = [Output("text", FORMATS["text"])]
    first = [output._replace(file=file, render=statistics.render if table else output.render) for output in free]
    chosen = (*first, *[output for output in outputs if output.file is not None])
    _check_files([output.file for output in chosen if output.file is not None])
    return chosen


def _output(value: str) -> Output:
    form, colon, file = value.partition(":")
    if form not in FORMATS:
        raise ConfigError(f"There is no --output-format `{form}`{did_you_mean(form, FORMATS)}; there are {', '.join(FORMATS)}.")
    if colon and not file:
        raise ConfigError(f"--output-format {value} lacks the name of the file.")
    return Output(form, FORMATS[form], None if file in ("", "-") else file)


def _check_files(files: Sequence[str]) -> None:
    """Refuse what cannot be written before a long run, not after it."""
    for file in files:
        folder = os.path.dirname(file) or "."
        if not os.path.isdir(folder):
            raise ConfigError(f"{file}: there is no folder `{folder}` for this report.")
        if os.path.isdir(file):
            raise ConfigError(f"{file}: is a folder, and no place for a report.")
    if len({os.path.realpath(file) for file in files}) < len(files):
        raise ConfigError("Two reports cannot go to the same file.")


def write_files(report: Report, outputs: Sequence[Output]) -> list[str]:
    """Write the outputs that go to files, in UTF-8 and without colour. What could not be written is told by a sentence each."""
    failures = []
    for output in outputs:
        if output.file is None:
            continue
        text = "".join(f"{click.unstyle(piece)}\n" for piece in output.render(report))
        try:
            _write(output.file, text.encode("utf-8"))
        except NotWritten as error:
            failures.append(f"{output.file}: {error}.")
        except OSError as error:
            failures.append(f"{output.file}: could not be written: {error.strerror or error}.")
    return failures


def _write(path: str, content: bytes) -> None:
    """Files are replaced whole; a pipe or a device takes what it is given."""
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as stream:
            stream.write(content)
    else:
        write_file(path, content)
