"""Installed packages that the program calls into: their modules are read and surveyed when a call leads there.

Only files are read, nothing is imported. What does not parse, or has neither source nor stub, is not known; it is no error of the run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping

from asynclint.cache import Store
from asynclint.config import Config
from asynclint.facts.collect import collect
from asynclint.facts.model import ModuleFacts
from asynclint.model import EnvironmentUse, FileError
from asynclint.project.environment import Environment, find_environment
from asynclint.project.linking.base import SurveyedFile
from asynclint.results import hash_of
from asynclint.source.parse import ParseError, parse
from asynclint.source.text import Source

_LARGEST_FILE = 4_000_000
"""Bytes. What is larger was not written by hand."""


class Dependencies:
    """The packages of one environment, or of none. `imported` are the top-level names that the program imports from outside."""

    def __init__(self, environment: Environment | None, imported: Iterable[str], store: Store) -> None:
        self.environment = environment
        self._imported = sorted(imported)
        self._store = store
        self.errors: list[FileError] = []
        self._paths: dict[str, str] = {}
        self._followed: set[str] = set()
        self.read: dict[str, bytes] = {}
        """Hashes of the files that were read, by path."""

    def load(self, name: str) -> SurveyedFile | None:
        """Survey a module by its dotted name; None where it has no source that can be read."""
        if self.environment is None or name.partition(".")[0] in sys.stdlib_module_names:
            return None
        file = self.environment.find(name)
        if file is None:
            return None
        try:
            if os.path.getsize(file.path) > _LARGEST_FILE:
                return None
            with open(file.path, "rb") as opened:
                data = opened.read()
        except OSError:
            return None
        self.read[file.path] = hash_of(data)
        known = self._store.load(data, name, file.is_package)
        if known is None:
            try:
                known = collect(parse(data, file.path), name, file.is_package)
            except ParseError:
                return None
            except Exception as error:  # our bug costs this file
                message = f"asynclint failed here, please report it: {error!r}"
                self.errors.append(FileError(_shown(file.path), None, message, internal=True))
                return None
            self._store.save(data, name, file.is_package, *known)
        path = _shown(file.path)
        self._paths[path] = file.path
        self._followed.add(name.partition(".")[0])
        return (path, *known)

    def has(self, path: str) -> bool:
        """Whether a file was loaded, by its path as :meth:`load` gave it."""
        return path in self._paths

    def source(self, path: str) -> Source:
        """The text of a file that was loaded, by its path as :meth:`load` gave it; empty if it is gone meanwhile."""
        try:
            with open(self._paths[path], "rb") as opened:
                return Source(path, opened.read())
        except OSError:
            return Source(path, b"")

    def use(self) -> EnvironmentUse | None:
        """What a report says about it; None where the program imports nothing from outside."""
        environment = self.environment
        if environment is None:
            return EnvironmentUse("", "", (), tuple(self._imported)) if self._imported else None
        missing = tuple(name for name in self._imported if not environment.has(name))
        return EnvironmentUse(_shown(environment.path), environment.reason, tuple(sorted(self._followed)), missing)

    @property
    def searched(self) -> tuple[str, ...]:
        """The folders that were looked into for packages."""
        return () if self.environment is None else tuple(self.environment.searched())

    @property
    def imported(self) -> tuple[str, ...]:
        """The top-level names that the program imports from outside, sorted."""
        return tuple(self._imported)


def find_dependencies(
    config: Config, project: str, files: Iterable[ModuleFacts], variables: Mapping[str, str], store: Store
) -> Dependencies:
    """The dependencies of the program in the folder `project`, by what its files import. Raises ConfigError for a configured environment
    that is none."""
    files = tuple(files)
    own = {facts.module.partition(".")[0] for facts in files}
    imported = {name.partition(".")[0] for facts in files for name in facts.imports} - own - sys.stdlib_module_names - {""}
    return Dependencies(find_environment(config.environment, project, sorted(imported), variables), imported, store)


def _shown(path: str) -> str:
    """A path as reports show it: below the working directory relative to it; always valid text."""
    here = os.path.join(os.getcwd(), "")
    return os.fsencode(path.removeprefix(here)).decode("utf-8", "backslashreplace")
