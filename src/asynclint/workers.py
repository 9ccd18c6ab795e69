"""Other processes that walk files, for programs that are large and not in the cache.

What a file says depends on that file only, so it does not matter who finds out. A worker is a Python of its own that is given files
by their names and writes entries as the fact store has them. They are checked against the content that we have read: where a worker has
died, or has read something else, the file is walked here. So the result is the same with any number of workers.

They are plain processes and not those of `multiprocessing`: those would run the main module of the program that calls us once more,
or would copy its threads and locks.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from asynclint.cache import entry_of

LEAST = 500_000
"""Bytes of source that are worth a process: it takes 0.2 s to start, in which so much is walked."""

_MAIN = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from asynclint.workers import work; work()"

_HEAD = struct.Struct("<II")
"""What stands in front of an entry: the number of its file, and how long it is."""


class Task(NamedTuple):
    """A file to walk: where it lies, its dotted name, whether it is a package, and how many bytes it has."""

    path: str
    module: str
    is_package: bool
    size: int


class Workers:
    """Processes that have begun to walk files. A program that is worth no process has none."""

    def __init__(self, tasks: Sequence[Task], jobs: int) -> None:
        _, *shares = _shares(tasks, min(jobs, sum(task.size for task in tasks) // LEAST))
        self._running: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        self._given: set[int] = set()
        self._entries: dict[int, bytes] = {}
        for share in shares:
            with suppress(OSError):  # no processes, no temporary files: the rest is done here
                self._running.append(_started([(number, *tasks[number][:3]) for number in share]))
                self._given.update(share)
        self.order = sorted(range(len(tasks)), key=lambda number: (number in self._given, number))
        """The numbers of all tasks, those first that are for the caller."""

    def entry(self, number: int) -> bytes | None:
        """The entry that a worker has made of a task: waits for them; None if it was given to none, or nothing came of it."""
        if number in self._given:
            self._collect()
        return self._entries.pop(number, None)

    def stop(self) -> None:
        """End what still runs."""
        while self._running:
            process, output = self._running.pop()
            output.close()
            process.kill()
            process.wait()

    def _collect(self) -> None:
        while self._running:
            process, output = self._running[-1]
            process.wait()
            output.seek(0)
            self._entries.update(_read(output))
            output.close()
            self._running.pop()


def available() -> int:
    """How many processes can run at the same time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def work() -> None:
    """What a worker does: read tasks from standard input, and write entries to standard output."""
    import gc

    from asynclint.facts.collect import collect
    from asynclint.source.parse import parse, quiet

    gc.disable()  # facts form no cycles
    with quiet():
        for number, path, module, is_package in json.load(sys.stdin.buffer):
            with suppress(Exception):  # whatever it is, the one who asked will see it too, and say so
                with open(path, "rb") as file:
                    data = file.read()
                entry = entry_of(data, module, is_package, *collect(parse(data, path), module, is_package))
                sys.stdout.buffer.write(_HEAD.pack(number, len(entry)))
                sys.stdout.buffer.write(entry)
    sys.stdout.flush()
    os._exit(0)  # taking all facts apart again may last


def _shares(tasks: Sequence[Task], count: int) -> list[list[int]]:
    """The numbers of the tasks in so many shares, at least one, of about the same size."""
    shares: list[list[int]] = [[] for _ in range(max(count, 1))]
    sizes = [0] * len(shares)
    for number in sorted(range(len(tasks)), key=lambda number: -tasks[number].size):
        least = sizes.index(min(sizes))
        shares[least].append(number)
        sizes[least] += tasks[number].size
    return shares


def _started(share: list[tuple[int, str, str, bool]]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a process on its share. It reads and writes files: a pipe would be full before somebody reads it."""
    # Isolated, so that Python looks for nothing in the working directory, where the files to check are.
    command = [sys.executable, "-I", "-c", _MAIN, json.dumps(sys.path)]
    output = tempfile.TemporaryFile()  # noqa: SIM115 (it is read when the process has ended)
    try:
        with tempfile.TemporaryFile() as given:
            given.write(json.dumps(share).encode("ascii"))
            given.seek(0)
            process = subprocess.Popen(command, stdin=given, stdout=output, stderr=subprocess.DEVNULL)
    except BaseException:
        output.close()
        raise
    return process, output


def _read(output: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    while len(head := output.read(_HEAD.size)) == _HEAD.size:
        number, length = _HEAD.unpack(head)
        entry = output.read(length)
        if len(entry) == length:
            yield number, entry
