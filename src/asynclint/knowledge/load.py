"""Read knowledge files and answer "what do we know about this name?".

Files are read when the first name of their top-level module is asked for. A file that does not follow the schema raises
:class:`~asynclint.errors.KnowledgeError` with the line of the table that is wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from asynclint.errors import KnowledgeError, did_you_mean
from asynclint.knowledge.schema import CallableEntry, ChangeEntry, ClassEntry, KnowledgeFile

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Knowledge:
    """All that is known about names outside of the analysed program, and what the configuration adds.

    `extra` are knowledge files of the user; they take precedence over ours. `blocking` are patterns of dotted names that the user calls
    blocking, each with what to use instead.
    """

    def __init__(self, extra: Iterable[KnowledgeFile] = (), blocking: Mapping[str, str] | None = None) -> None:
        self._loaded: set[str] = set()
        self._callables: dict[str, CallableEntry] = {}
        self._families: dict[str, CallableEntry] = {}
        """Entries of all methods of a class that have none of their own, by its name."""
        self._classes: dict[str, ClassEntry] = {}
        self._aliases: dict[str, str] = {}
        self._aliased: set[str] = set()
        """The top-level modules that have aliases."""
        self._values: dict[str, str] = {}
        self._closed: set[str] = set()
        self._changes: dict[str, list[ChangeEntry]] = {}
        self.changed_names: set[str] = set()
        """The last names of all that has changed, of all libraries that have been asked for."""
        self.changed_parameters: set[str] = set()
        """The same for parameters."""
        self.blocking_properties: set[str] = set()
        """The names of attributes that block when they are read, of all libraries that have been asked for."""
        self.keeping_keywords: set[str] = set()
        """The last names of what takes no keywords but its own, of all libraries that have been asked for."""
        self.binding: set[str] = set()
        """The top-level modules that have classes whose objects take the running loop when they are made."""
        self._timed: set[str] = set()
        self.nesting: set[str] = set()
        """The last names of callables that let loops run inside of each other, of all libraries that have been asked for."""
        self.passing: set[str] = set()
        """The last names of callables that are known to call what they are handed with something known, of the same libraries."""
        self._extra = tuple(extra)
        self._blocking = [(pattern, _configured(pattern, instead)) for pattern, instead in (blocking or {}).items()]
        for file in self._extra:
            self._add(file)

    def callable(self, name: str) -> CallableEntry | None:
        """The entry of a function, method or constructor under its canonical name."""
        self._need(name)
        for pattern, entry in self._blocking:
            if fnmatchcase(name, pattern):
                return entry
        known = self._callables.get(name)
        if known is None and self._families:
            owner, _, last = name.rpartition(".")
            return self._families.get(owner) if not last.startswith("_") else None
        return known

    def klass(self, name: str) -> ClassEntry | None:
        """The entry of a class under its canonical name."""
        self._need(name)
        return self._classes.get(name)

    def value(self, name: str) -> str | None:
        """The type of a module-level value."""
        self._need(name)
        return self._values.get(name)

    def changes(self, name: str) -> list[ChangeEntry]:
        """What has changed about a canonical name, or about its parameters, between versions of Python."""
        self._need(name)
        return self._changes.get(name, [])

    def is_timed(self, name: str) -> bool:
        """Whether something so called, in a library that has been asked for, takes a moment."""
        return name.rpartition(".")[2] in self._timed

    def is_closed(self, top: str) -> bool:
        """Whether a library's entries say all that matters, so that its source is not looked into."""
        self._need(top)
        return top in self._closed

    def canonical(self, name: str) -> str:
        """The documented spelling of a name: the longest of its prefixes that is an alias is replaced, as often as there is one."""
        self._need(name)
        if name.partition(".")[0] not in self._aliased:
            return name
        for _ in range(4):
            head = name
            while head not in self._aliases:
                head, dot, _tail = head.rpartition(".")
                if not dot:
                    return name
            name = self._aliases[head] + name[len(head) :]
            self._need(name)
        return name

    def _need(self, name: str) -> None:
        top = name.partition(".")[0]
        if top in self._loaded:
            return
        self._loaded.add(top)
        file = read_bundled(top)
        if file is not None:
            self._add(file)
            if file.closed:
                self._closed.add(top)
            for extra in self._extra:  # the user's word stands above ours
                self._add(extra)

    def _add(self, file: KnowledgeFile) -> None:
        self._aliases.update(file.aliases)
        self._aliased.update(name.partition(".")[0] for name in file.aliases)
        self._values.update(file.values)
        for entry in file.callables:
            for name in entry.names:
                if name.endswith(".*"):
                    self._families[name[:-2]] = entry
                else:
                    self._callables[name] = entry
            if entry.moments:
                self._timed.update(name.rpartition(".")[2] for name in entry.names)
            if entry.keywords is not None:
                self.keeping_keywords.update(name.rpartition(".")[2] for name in entry.names)
            if entry.passes:
                self.passing.update(name.rpartition(".")[2] for name in entry.names)
            if entry.property and entry.blocks is not None:
                self.blocking_properties.update(name.rpartition(".")[2] for name in entry.names)
            if entry.nests_loops:
                self.nesting.update(name.rpartition(".")[2] for name in entry.names)
        for change in file.changes:
            if change.parameter is not None:
                self.changed_parameters.add(change.parameter)
            else:
                self.changed_names.update(name.rpartition(".")[2] for name in change.names)
            for name in change.names:
                self._changes.setdefault(name, []).append(change)
        for klass in file.classes:
            self._classes[klass.name] = klass
            if klass.binds_loop is not None:
                self.binding.add(klass.name.partition(".")[0])


def _configured(pattern: str, instead: str) -> CallableEntry:
    advice: dict[Literal["asyncio", "trio", "anyio"], str] = {}
    if instead:
        advice = {"asyncio": f"`{instead}`", "trio": f"`{instead}`", "anyio": f"`{instead}`"}
    return CallableEntry(names=(pattern,), blocks="configured-blocking-call", instead=advice)


def bundled_names() -> list[str]:
    """The top-level modules that have a file of ours, sorted."""
    return sorted(
        path.name[: -len(".toml")] for path in files("asynclint.knowledge").joinpath("data").iterdir() if path.name.endswith(".toml")
    )


@cache
def read_bundled(top: str) -> KnowledgeFile | None:
    """Our file about the top-level module `top`, or None when there is none."""
    if not top.isidentifier():
        return None
    path = files("asynclint.knowledge").joinpath("data", f"{top}.toml")
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, OSError):
        return None
    return parse_knowledge(text, f"{top}.toml")


def parse_knowledge(text: str, where: str) -> KnowledgeFile:
    """Parse one knowledge file. `where` names it in errors."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{where}: not valid TOML: {error}") from None
    return convert_knowledge(data, where, text)


def convert_knowledge(data: object, where: str, text: str = "") -> KnowledgeFile:
    """Check decoded data against the schema. `text`, the file's source, gives errors their line."""
    try:
        return msgspec.convert(data, KnowledgeFile)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        line = _line_of(text, path.strip("`"), message)
        hint = ""
        unknown = re.search(r"unknown field `([^`]+)`", message)
        if unknown:
            hint = did_you_mean(unknown[1], _valid_keys(path))
        place = f"{where}:{line}" if line else where
        raise KnowledgeError(f"{place}: {message}{hint}") from None


def _valid_keys(path: str) -> list[str]:
    entries: dict[str, type[msgspec.Struct]] = {"callables": CallableEntry, "classes": ClassEntry, "changes": ChangeEntry}
    struct = next((entry for key, entry in entries.items() if key in path), KnowledgeFile)
    return [name.replace("_", "-") for name in struct.__struct_fields__]


def _line_of(text: str, path: str, message: str) -> int | None:
    """The line of the table or key that a validation error such as ``$.callables[3].blocks`` speaks of."""
    found = re.match(r"\$\.(callables|classes|changes)\[(\d+)\]", path)
    unknown = re.search(r"unknown field `([^`]+)`", message)
    key = unknown[1] if unknown else path.rsplit(".", 1)[-1].partition("[")[0]
    lines = text.splitlines()
    start = 0
    if found:
        headers = [i for i, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{found[1]}\s*\]\]", line)]
        if int(found[2]) >= len(headers):
            return None
        start = headers[int(found[2])]
    for i in range(start + bool(found), len(lines)):
        if found and lines[i].lstrip().startswith("["):
            break
        if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", lines[i]):
            return i + 1
    return start + 1 if found else None
