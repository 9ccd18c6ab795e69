"""The result store: what a whole check came to is kept, so that a run in which nothing has changed prints it again and analyses nothing.

An entry is found by what was asked for: the settings, the paths, the working directory, our own code, the running Python. It
counts only as long as all that the check has looked at is as it was: the files of the program and their names as modules, the
environment and the folders that were searched in it for packages, the files that were read there, and those that tell how tests are run.

A file is as it was if its size and time of change are the same, and that time was past when the check began; else its content is hashed.
A folder is as it was if it holds the same names.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import msgspec

from asynclint.cache import RESULTS, own_folder, prune, seal, unseal, write
from asynclint.config import Config
from asynclint.discover import Program
from asynclint.model import EnvironmentUse, FileError, Finding, Report

_LARGEST_FOLDER = 64 * 1024 * 1024
"""Bytes that all entries may take up. One of a program of 6,700 files has 1 MB."""

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change of a file shows in its time of change, on every file system."""


EnvironmentState = tuple[str, str, tuple[str, ...]]
"""An environment's path, the reason for taking it, and its folders."""


class FileState(NamedTuple):
    """A file as it was read: its size, the time of its last change in nanoseconds, and a hash of its content; -1 where there is none."""

    size: int
    changed: int
    digest: bytes


class Seen(NamedTuple):
    """All that a check has looked at besides what asked for it. Paths are absolute.

    `environment` is that of the program, `imported` the names by which it was found, `folders` have a hash of the names in them.
    """

    files: dict[str, FileState]
    folders: dict[str, bytes]
    imported: tuple[str, ...] = ()
    environment: EnvironmentState | None = None


class Result(NamedTuple):
    """What a report says before anything is taken out of it, the files of the program that do not parse, by the paths it shows, and what
    all that was made from.
    """

    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    files: int
    program_files: int
    environment: EnvironmentUse | None
    broken: tuple[str, ...]
    seen: Seen

    @property
    def report(self) -> Report:
        """The report, as if no time had passed."""
        return Report(self.findings, self.errors, self.files, self.program_files, 0.0, self.environment)


class _Entry(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The form on disk. `began` is the time before anything was looked at, in nanoseconds since 1970."""

    began: int
    result: Result


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Entry)


class ResultStore:
    """Results below a folder of the user's; with None, nothing is kept. No method raises."""

    def __init__(self, folder: str | None, config: Config, paths: Sequence[str], flags: Iterable[object] = ()) -> None:
        self._path: str | None = None
        if folder is not None:
            with suppress(OSError, ValueError):
                asked = (
                    _origin(),
                    sys.platform,
                    sys.version,
                    sys.prefix,
                    os.getcwd(),
                    replace(config, jobs=None),
                    tuple(paths),
                    tuple(flags),
                )
                name = hashlib.blake2b(repr(asked).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
                self._path = os.path.join(own_folder(folder, RESULTS), name)

    def load(self, program: Program) -> Result | None:
        """What the last check of this program came to, if all files that it has read and folders are as they were. The environment is
        for the caller to compare."""
        if self._path is None:
            return None
        try:
            with open(self._path, "rb") as file:
                entry = _DECODER.decode(unseal(file.read(), _key(program)))
            if not _is_unchanged(entry.result.seen, entry.began - _SETTLED):
                return None
        except Exception:  # whatever is wrong with an entry, the program can be checked
            return None
        return entry.result

    def save(self, program: Program, result: Result, began: int) -> None:
        """Keep a result in the place of the last one. `began` is a time before anything of it was looked at."""
        if self._path is None:
            return
        with suppress(Exception):  # a full disk, or a file name that is no text
            write(self._path, seal(_ENCODER.encode(_Entry(began, result)), _key(program)))
            prune(os.path.dirname(self._path), _LARGEST_FOLDER)


def state_of(path: str, digest: bytes | None = None) -> FileState:
    """A file as it is on disk. `digest` is that of what was read; without it, the file is read."""
    try:
        status = os.stat(path)
        if digest is None:
            with open(path, "rb") as file:
                digest = hash_of(file.read())
    except OSError:
        return FileState(-1, -1, b"")
    return FileState(status.st_size, status.st_mtime_ns, digest)


def hash_of(data: bytes) -> bytes:
    """The hash of a file's content."""
    return hashlib.blake2b(data, digest_size=16).digest()


def names_in(folder: str) -> bytes:
    """A hash of the names in a folder, and of which are folders; that of nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries)
    except OSError:
        return b""
    return hash_of("\0".join(names).encode("utf-8", "surrogateescape"))


def is_settled(folder: str, began: int) -> bool:
    """Whether nothing in a folder was made or removed since shortly before a time in nanoseconds."""
    try:
        return os.stat(folder).st_mtime_ns < began - _SETTLED
    except OSError:
        return True


def _is_unchanged(seen: Seen, settled: int) -> bool:
    stat = os.stat
    for path, (size, changed, digest) in seen.files.items():
        try:
            status = stat(path)
        except OSError:
            if size != -1:
                return False
            continue
        if status.st_size != size:
            return False
        if status.st_mtime_ns != changed or changed > settled:
            with open(path, "rb") as file:
                if hash_of(file.read()) != digest:
                    return False
    return all(names_in(folder) == digest for folder, digest in seen.folders.items())


def _key(program: Program) -> bytes:
    return hashlib.blake2b(repr(program).encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _origin() -> str:
    """What tells our own code and knowledge from another version's: size and time of change of each file."""
    digest = hashlib.blake2b(digest_size=16)
    top = os.path.dirname(os.path.abspath(__file__))
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            status = os.stat(os.path.join(folder, name))
            digest.update(f"{folder} {name} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
