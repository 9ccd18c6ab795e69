"""The fact store: what was found in a file is kept by the file's content, so that it is parsed and walked once.

An entry is found by a hash of all that its facts depend on: the file's bytes, its module name, whether it is a package, the running
Python (its minor version decides what ``ast`` gives) and the source of our own code that makes the facts and that writes them here. That
source is read once a store: 0.3 ms for 14 files. So no number has to be raised by hand, and a store never returns what another version
of us found. An entry of a kind that nobody asks for any more is pruned in time.

An entry is decoded by its type: what is in a file can be wrong, but can never run. How entries are laid out hardly matters, so the
simplest layout was taken, a file for each: reading 3,000 entries of 19 kB takes 0.03 s from files, in 1, 16 or 256 folders alike, and
0.15 s from SQLite. The 364 files of pydantic and SQLAlchemy (10 MB) are parsed and walked in 2.0 s, loaded from here in 0.13 s, of which
reading is less than a tenth. ``pytest -n 0 -s tests/test_cache.py -k cheap`` prints these times for our own files.

Entries are believed: no check of their numbers could find facts that are well formed and wrong. So they are kept in a folder of
our own that nobody else can write to, or not at all. The checksum in front of an entry finds damage, not malice.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Protocol

import msgspec

from asynclint.facts.model import ModuleFacts, Places

FACTS = "facts"
RESULTS = "results"
OWN_FOLDERS = (FACTS, RESULTS)
"""What we keep, each in a folder of its own."""

_LARGEST_FOLDER = 32 * 1024 * 1024
"""Bytes that one of the 16 folders may hold: 512 MiB together, about 25,000 entries of the usual size."""

_WRITES_PER_PRUNE = 64
"""A folder's size is looked at after one in so many of its writes. Looking takes 5 ms where it is full."""

_LARGEST_ENTRY = _LARGEST_FOLDER // 8
"""Bytes of the largest entry that is kept. The largest seen, of a table of 577 kB, has 512 kB."""

_BLOCK = 4096
"""A file takes up a multiple of this."""

_CHECKSUM = 16
"""Bytes of the checksum in front of an entry."""

_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# This folder is asynclint's cache of what it found in Python files. It can be removed at any time.
# Backup programs leave out folders with this file: see https://bford.info/cachedir/
"""


class Store(Protocol):
    """Where facts and places of files are kept, by the file's content, dotted name, and whether it is a package."""

    def load(self, data: bytes, module: str, is_package: bool) -> tuple[ModuleFacts, Places] | None:
        """The facts of a file with this content and dotted name, equal to what the walk would find; None if they are not there."""

    def save(self, data: bytes, module: str, is_package: bool, facts: ModuleFacts, places: Places) -> None:
        """Keep what the walk found in a file."""


class FactStore:
    """Facts and places of files below a folder of the user's, see :func:`default_folder`; with None, nothing is kept.

    No method raises. What cannot be read or is damaged, is not there; after a failed write nothing more is written by this store. Several
    processes may use one folder at the same time.
    """

    __slots__ = ("_folder", "_may_write", "_origin")

    def __init__(self, folder: str | None) -> None:
        self._folder: str | None = None
        self._may_write = True
        self._origin = b""
        if folder is not None:
            with suppress(OSError, ValueError):  # ValueError: a null byte, or what the file system cannot encode
                self._origin = _origin()
                self._folder = own_folder(folder, FACTS)

    @property
    def folder(self) -> str | None:
        """The folder that was given, if entries can be kept there."""
        return None if self._folder is None else os.path.dirname(self._folder)

    def load(self, data: bytes, module: str, is_package: bool) -> tuple[ModuleFacts, Places] | None:
        """The facts of a file with this content and dotted name, equal to what the walk would find; None if they are not there."""
        if self._folder is None:
            return None
        key = self._key(data, module, is_package)
        try:
            with open(self._path(key), "rb", buffering=0) as file:
                return _decode(file.read(), key)
        except Exception:  # whatever is wrong with an entry, the file can be walked
            return None

    def save(self, data: bytes, module: str, is_package: bool, facts: ModuleFacts, places: Places) -> None:
        """Keep what the walk found in a file, in the place of what is there."""
        if self._folder is None or not self._may_write:
            return
        key = self._key(data, module, is_package)
        try:
            entry = _encode(facts, places, key)
            if len(entry) <= _LARGEST_ENTRY:
                write(self._path(key), entry)
                if key[-1] % _WRITES_PER_PRUNE == 0:
                    prune(os.path.dirname(self._path(key)), _LARGEST_FOLDER)
        except UnicodeEncodeError:  # a file name that is no text, within this file's facts
            return
        except Exception:  # the next one would fail as well, and each may take long
            self._may_write = False

    def _key(self, data: bytes, module: str, is_package: bool) -> bytes:
        return _key(self._origin, data, module, is_package)

    def _path(self, key: bytes) -> str:
        assert self._folder is not None
        name = key.hex()
        return os.path.join(self._folder, name[0], name[1:])


class NearStore:
    """Another store, with what it was asked for last kept in memory.

    What was neither asked for nor kept since the turn before last is forgotten: so it holds what a program consists of, and no more.
    """

    __slots__ = ("_before", "_far", "_now", "_passing")

    def __init__(self, far: Store) -> None:
        self._far = far
        self._now: dict[tuple[bytes, str, bool], tuple[ModuleFacts, Places]] = {}
        self._before: dict[tuple[bytes, str, bool], tuple[ModuleFacts, Places]] = {}
        self._passing: frozenset[bytes] = frozenset()

    def turn(self, passing: Iterable[bytes]) -> None:
        """Begin another turn: a check of the program. Contents that are `passing`, as of a file that is edited, are kept in memory only."""
        self._before, self._now = self._now, {}
        self._passing = frozenset(map(_digest, passing))

    def load(self, data: bytes, module: str, is_package: bool) -> tuple[ModuleFacts, Places] | None:
        """See :class:`Store`."""
        key = (_digest(data), module, is_package)
        known = self._now.get(key) or self._before.get(key) or self._far.load(data, module, is_package)
        if known is not None:
            self._now[key] = known
        return known

    def save(self, data: bytes, module: str, is_package: bool, facts: ModuleFacts, places: Places) -> None:
        """See :class:`Store`."""
        digest = _digest(data)
        self._now[digest, module, is_package] = (facts, places)
        if digest not in self._passing:
            self._far.save(data, module, is_package, facts, places)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def entry_of(data: bytes, module: str, is_package: bool, facts: ModuleFacts, places: Places) -> bytes:
    """What the walk found in a file with this content and dotted name, as another process can send it to us. Raises UnicodeEncodeError for
    facts that are no text."""
    return _encode(facts, places, _key(b"", data, module, is_package))


def facts_of(entry: bytes, data: bytes, module: str, is_package: bool) -> tuple[ModuleFacts, Places]:
    """What :func:`entry_of` was given. Raises ValueError if it is not of a file with this content and name, or damaged."""
    return _decode(entry, _key(b"", data, module, is_package))


def default_folder(variables: Mapping[str, str]) -> str | None:
    """The folder for this user's caches of ours, by the environment variables given; None where they name none.

    It is ``ASYNCLINT_CACHE_DIR`` if that is set. Else it is ``asynclint`` in the folder for caches: ``XDG_CACHE_HOME`` or ``~/.cache``
    (https://specifications.freedesktop.org/basedir-spec/latest/), ``~/Library/Caches`` on macOS; and ``%LOCALAPPDATA%\\asynclint\\cache``
    on Windows. An empty variable counts as not set, and so does a relative one, but for the first.
    """
    given = variables.get("ASYNCLINT_CACHE_DIR")
    if given:
        return os.path.abspath(given)
    if sys.platform == "win32":
        local = variables.get("LOCALAPPDATA", "")
        return os.path.join(local, "asynclint", "cache") if os.path.isabs(local) else None
    caches = variables.get("XDG_CACHE_HOME", "")
    if os.path.isabs(caches):
        return os.path.join(caches, "asynclint")
    home = variables.get("HOME", "")
    if not os.path.isabs(home):
        return None
    return os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)), "asynclint")


def _key(origin: bytes, data: bytes, module: str, is_package: bool) -> bytes:
    digest = hashlib.blake2b(origin, digest_size=32)
    digest.update(f"{module!r} {is_package}\n".encode())  # repr has no line end, and no surrogates
    digest.update(data)
    return digest.digest()


def _origin() -> bytes:
    """A hash of what makes facts, apart from the file that they are of. Raises OSError where our source is not there to read."""
    package = os.path.dirname(os.path.abspath(__file__))
    paths = [os.path.join(package, "cache.py")]
    for room in ("source", "facts"):
        folder = os.path.join(package, room)
        paths += sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py"))
    python = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]} {sys.byteorder}"  # `array` has the machine's order
    digest = hashlib.blake2b(python.encode())
    for path in paths:
        with open(path, "rb") as file:
            digest.update(hashlib.blake2b(file.read()).digest())
    return digest.digest()


def own_folder(folder: str, name: str) -> str:
    """Make the folder `name` for entries if need be, with the tag that keeps it out of backups; raises OSError if it cannot be used.

    It lies below the folder that the user names: that one may hold other things, and may be open to others.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    own = os.path.join(folder, name)
    with suppress(FileExistsError):
        os.mkdir(own, mode=0o700)
    status = os.stat(own)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(own)
    # On Windows the mode says nothing; the user's profile is closed to others.
    if sys.platform != "win32" and (status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022):
        raise PermissionError(own)
    with suppress(OSError), open(os.path.join(own, "CACHEDIR.TAG"), "x", encoding="utf-8") as file:  # it is there, or cannot be
        file.write(_TAG)
    return own


def clear(folder: str) -> None:
    """Remove what we keep below a folder of the user's, and the folder if nothing else is in it. Raises OSError."""
    import shutil  # which takes a while to load

    for name in OWN_FOLDERS:
        own = os.path.join(folder, name)
        if os.path.isfile(os.path.join(own, "CACHEDIR.TAG")) and not os.path.islink(own):
            shutil.rmtree(own)
    with suppress(OSError):  # it holds something else, or there is none
        os.rmdir(folder)


class _Entry(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The form on disk."""

    facts: ModuleFacts
    spans: bytes
    starts: bytes
    lines: bytes


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Entry)


def _encode(facts: ModuleFacts, places: Places, key: bytes) -> bytes:
    payload = _ENCODER.encode(_Entry(facts, places.spans.tobytes(), places.starts.tobytes(), places.lines.tobytes()))
    return seal(payload, key)


def _decode(stored: bytes, key: bytes) -> tuple[ModuleFacts, Places]:
    """What an entry holds; raises ValueError (``msgspec.DecodeError`` is one) for what we did not write under this key."""
    entry = _DECODER.decode(unseal(stored, key))
    return entry.facts, Places(_numbers(entry.spans), _numbers(entry.starts), _numbers(entry.lines))


def seal(payload: bytes, key: bytes) -> bytes:
    """What is to be written: a checksum of a payload and of the key that it is kept under, and the payload."""
    return _checksum(payload, key) + payload


def unseal(stored: bytes, key: bytes) -> bytes:
    """The payload of what was written; raises ValueError where it is damaged, or was kept under another key."""
    payload = stored[_CHECKSUM:]
    if stored[:_CHECKSUM] != _checksum(payload, key):
        raise ValueError("damaged, or the entry of another file")
    return payload


def _checksum(payload: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=_CHECKSUM).digest()


def _numbers(stored: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(stored)
    return numbers


def write(path: str, entry: bytes) -> None:
    """Write a file so that others see all of it or none."""
    with suppress(FileExistsError):
        os.mkdir(os.path.dirname(path), mode=0o700)
    temporary = f"{path}.{os.urandom(8).hex()}"
    try:
        with open(temporary, "xb") as file:
            file.write(entry)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


def prune(folder: str, largest: int) -> None:
    """Remove the entries that were not used for longest if a folder holds more than so many bytes, and what was left
    half written among them.

    File systems note reading once a day or not at all. So an entry that is in use may be removed; it will be written again.
    """
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another process prunes too
                status = entry.stat(follow_symlinks=False)
                found.append((max(status.st_atime, status.st_mtime), -(-status.st_size // _BLOCK) * _BLOCK, entry.path))
    size = sum(taken for _, taken, _ in found)
    if size <= largest:
        return
    for _, taken, path in sorted(found):
        if size <= largest * 3 // 4:
            break
        with suppress(OSError):
            os.remove(path)
        size -= taken
