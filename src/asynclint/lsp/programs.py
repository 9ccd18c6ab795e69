"""Which programs the open files and the folders of a workspace belong to, and by which configuration each is checked.

As on the command line, the nearest configuration file upwards is in charge of a file. The files that share it, and the folder of the
workspace, are checked together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from asynclint.api import FileReport, LiveProgram, Pulse
from asynclint.config import Config, defaults, find_config, load_config
from asynclint.errors import AsynclintError

_Key = tuple[str, str]
"""A configuration file and a folder of the workspace, each empty where there is none."""


class Program:
    """A live program and what of it is open."""

    def __init__(self, key: _Key, live: LiveProgram) -> None:
        self.key = key
        self.live = live
        self.opened: frozenset[str] = frozenset()
        self.is_new = True
        self.signature: object = None
        self._before: frozenset[str] = frozenset()

    def closed(self, paths: Collection[str]) -> frozenset[str]:
        """Which of these files were open at the last check."""
        return self._before.intersection(paths)

    def check(self, texts: Mapping[str, str], pulse: Pulse, progress: Callable[[int, int], None] | None) -> dict[str, FileReport]:
        """See :meth:`asynclint.api.LiveProgram.check`."""
        reports = self.live.check(texts, pulse, progress)
        self.is_new = False
        self._before = self.opened
        return reports

    def check_rest(self, opened: Collection[str], pulse: Pulse) -> dict[str, FileReport]:
        """What is found in files that are not open and that no other configuration is in charge of."""
        reports = self.live.check_rest(opened, pulse)
        if not self.key[1]:
            return {}
        folders: dict[str, bool] = {}
        for path in reports:
            folder = os.path.dirname(path)
            if folder not in folders:
                folders[folder] = _config_file(folder) == self.key[0]
        return {path: report for path, report in reports.items() if folders[os.path.dirname(path)]}


class Programs:
    """The programs of a workspace. `complain` is called with a sentence for the user."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self.options: Mapping[str, object] = {}
        self._complain = complain
        self._folders: list[str] = []
        self._programs: dict[_Key, Program] = {}

    def change_folders(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Take folders in and out, by their real paths."""
        gone = set(removed)
        kept = [folder for folder in self._folders if folder not in gone]
        self._folders = list(dict.fromkeys([*kept, *added]))

    def of(self, paths: Iterable[str]) -> list[Program]:
        """All programs of open files and of folders, with the settings as they are now. Those that nothing belongs to are forgotten."""
        opened: dict[_Key, set[str]] = {}
        folders = list(self._folders)
        for folder in folders:
            opened.setdefault((_config_file(folder), folder), set())
        for path in paths:
            folder = os.path.dirname(path)
            within = max((place for place in folders if _is_within(path, place)), key=len, default="")
            opened.setdefault((_config_file(folder), within), set()).add(path)
        self._programs = {key: program for key, program in self._programs.items() if key in opened}
        for key, own in opened.items():
            self._update(key, frozenset(own))
        return list(self._programs.values())

    def forget(self) -> None:
        """Forget all programs, but not the folders."""
        self._programs = {}

    def known(self) -> list[Program]:
        """The programs as they were at the last check."""
        return [program for program in self._programs.values() if not program.is_new]

    def _update(self, key: _Key, opened: frozenset[str]) -> None:
        file, folder = key
        signature = (_stamp(file), repr(self.options))
        program = self._programs.get(key)
        if program is None or program.signature != signature:
            config = self._config(file, folder or os.path.dirname(min(opened)))
            if program is None:
                folders = () if not folder else (os.path.dirname(file),) if file and _is_within(file, folder) else (folder,)
                program = self._programs[key] = Program(key, LiveProgram(config or defaults(Path(folder or "/")), folders))
            elif config is not None:  # else the settings stay as they were
                program.live.config = config
            program.signature = signature
            program.is_new = True
        program.opened = opened

    def _config(self, file: str, root: str) -> Config | None:
        """The settings of a configuration file, or the defaults for a folder; None where they cannot be read."""
        try:
            config = load_config(Path(file)) if file else defaults(Path(root))
            return replace(config.with_options(self.options), force_exclude=True)
        except AsynclintError as error:
            self._complain(str(error))
            return None


def _config_file(folder: str) -> str:
    try:
        return str(find_config(Path(folder)) or "")
    except AsynclintError:  # the nearest `pyproject.toml` is broken, as while it is edited, and may have been in charge
        above = (str(place / "pyproject.toml") for place in (Path(folder), *Path(folder).parents))
        return next(filter(os.path.isfile, above), "")


def _stamp(file: str) -> object:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _is_within(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
