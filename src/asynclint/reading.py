"""From a program's files to facts: each file is read, parsed and walked on its own, or its facts are known already.

A file that does not parse, or cannot be read, costs that file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from asynclint.cache import Store, facts_of
from asynclint.discover import ProgramFile
from asynclint.facts.collect import collect
from asynclint.facts.model import ModuleFacts, Places
from asynclint.model import FileError
from asynclint.source.parse import ParseError, parse
from asynclint.source.text import Source
from asynclint.workers import Task, Workers, available

Progress = Callable[[int, int], None]
"""Called with the number of files done and of all files."""

Pulse = Callable[[], None]
"""Called again and again while something takes long; it may raise to end that."""

FileFacts = tuple[str, ModuleFacts, Places]
"""A file by the path that reports show, what it says, and where."""


class Reader:
    """Reads files, whose facts `store` keeps, with `jobs` processes.

    `contents` stand for what files hold, by the paths that reports show. Where one of them does not parse, `spare` may have another text
    for it. `trees` are parsed already, by their content.
    """

    def __init__(
        self,
        store: Store,
        jobs: int | None,
        contents: Mapping[str, bytes],
        spare: Mapping[str, bytes],
        trees: Mapping[bytes, ast.Module],
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._contents = contents
        self._spare = spare
        self._trees = trees
        self.sources: dict[str, Source] = {}
        """The files that have facts."""
        self.broken: set[str] = set()
        """The files that do not parse."""
        self.has_unreadable = False
        self.errors: list[FileError] = []

    def read(self, files: Sequence[ProgramFile], stdin: bytes | None, progress: Progress | None, beat: Pulse) -> list[FileFacts]:
        """The facts of files, in their order. `stdin` is the content of the one that is reported, if that is from standard input."""
        texts: dict[int, bytes] = {}
        facts: dict[int, tuple[ModuleFacts, Places]] = {}
        for number, file in enumerate(files):
            beat()
            data = self._contents.get(file.display)
            try:
                if data is None:
                    data = stdin if stdin is not None and file.reported else content_of(file.path)
            except OSError as error:
                self.has_unreadable = True
                self._fail(file, None, f"cannot be read: {error.strerror or error}")
            else:
                texts[number] = data
                known = self._store.load(data, file.module, file.is_package)
                if known is not None:
                    facts[number] = known
        missing = [number for number in texts if number not in facts]
        tasks = [Task(files[number].path, files[number].module, files[number].is_package, len(texts[number])) for number in missing]
        workers = Workers(tasks, self._jobs or available())
        try:
            for index in workers.order:
                if progress is not None:
                    progress(len(facts), len(files))
                beat()
                number = missing[index]
                file = files[number]
                try:
                    texts[number], facts[number] = self._collect(file, texts[number], workers.entry(index))
                except ParseError as error:
                    self.broken.add(file.display)
                    self._fail(file, error.line, error.message)
                except Exception as error:  # our bug costs this file
                    self._fail(file, None, f"asynclint failed here, please report it: {error!r}", internal=True)
        finally:
            workers.stop()
        if progress is not None:
            progress(len(files), len(files))
        for number in sorted(facts):
            self.sources[files[number].display] = Source(files[number].display, texts[number])
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

    def _fail(self, file: ProgramFile, line: int | None, message: str, internal: bool = False) -> None:
        if file.reported or internal:
            self.errors.append(FileError(file.display, line, message, file.given, internal))


def content_of(path: str) -> bytes:
    """What a file holds."""
    with open(path, "rb") as file:
        return file.read()
