"""asynclint within flake8: ``ASL`` codes beside all others, selected, silenced and printed as flake8 does it.

flake8 shows a plugin one file at a time, in several processes at once; a finding of ours needs the whole program. So the program is
checked once, where flake8 has read its options and has not started its processes yet. Those that are forked have the findings in
their memory; others read them from a folder whose name they inherit in their environment. Text from standard input is checked when it
comes, within its program.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from asynclint import __version__
from asynclint.errors import AsynclintError

if TYPE_CHECKING:
    import argparse
    import ast

    from flake8.options.manager import OptionManager

    from asynclint.config import Config
    from asynclint.model import Finding, Report

FOLDER = "ASYNCLINT_FLAKE8_FOLDER"
"""The environment variable with the folder in which processes that are not forked find the findings."""

_Line = tuple[int, int, str]
"""Line from 1, column from 0, and flake8's text: the code and what it says."""


class Plugin:
    """What flake8 makes for each file. `run` yields the file's findings in flake8's form."""

    name = "asynclint"
    version = __version__
    _checked: ClassVar[_Checked]

    def __init__(self, tree: ast.Module, filename: str, lines: list[str]) -> None:
        self._tree = tree
        self._filename = filename
        self._lines = lines

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings, each with line, column from 0, text, and who says so."""
        checked = self._checked
        if checked.is_from_stdin(self._filename):
            found = checked.of_text(self._filename, self._tree, "".join(self._lines))
        else:
            found = checked.of_file(self._filename)
        for line, column, text in found:
            yield line, column, text, type(self)

    @staticmethod
    def add_options(parser: OptionManager) -> None:
        """Tell flake8 our options, which its configuration files may hold as well."""

        def add(name: str, text: str, **more: Any) -> None:
            parser.add_option(f"--asynclint-{name}", parse_from_config=True, help=text, **more)

        add("config", "The configuration file of asynclint (by default the nearest).", metavar="FILE", normalize_paths=True)
        add("isolated", "Read no configuration file of asynclint.", action="store_true", default=False)
        add("environment", "Follow calls into the packages of this interpreter, environment or folder.", metavar="PATH")
        add("reach", "How far to follow calls.", choices=("direct", "project", "dependencies"))
        add("min-certainty", "Report what is at least as sure.", choices=("certain", "likely", "possible"))
        add("no-cache", "Read and keep nothing in asynclint's cache.", action="store_true", default=False)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Check the program that flake8 is about to check, or find what the process has found that started this one."""
        from flake8.exceptions import ExecutionError

        checked = _Checked(options)
        parent = multiprocessing.parent_process()
        handed_down = _handed_down(parent.pid) if parent is not None and parent.pid is not None else None
        try:
            if handed_down is not None:
                checked.take(handed_down)
            elif not options.bug_report:
                checked.check()
                if _start_method() != "fork":
                    _hand_down(checked.found)
        except AsynclintError as error:
            raise ExecutionError(f"asynclint: {error}") from error
        cls._checked = checked


class _Checked:
    """The findings of one run of flake8."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        names = options.filenames or ["."]
        self._given = [name for name in names if name != "-" and os.path.exists(name)]
        self._stdin_name: str | None = options.stdin_display_name if "-" in names else None
        self.found: dict[str, list[_Line]] = {}
        """By the absolute path of their file."""

    def is_from_stdin(self, filename: str) -> bool:
        return filename == self._stdin_name

    def check(self) -> None:
        """Check all that flake8 was given, apart from standard input."""
        if self._given:
            self._keep(self._given)

    def take(self, found: dict[str, list[_Line]]) -> None:
        """Have these findings, which another process has made."""
        self.found = found

    def of_file(self, filename: str) -> Iterable[_Line]:
        """The findings in a file on disk."""
        path = os.path.abspath(filename)
        if path not in self.found and not any(_is_within(path, os.path.abspath(given)) for given in self._given):
            self._keep([filename])  # flake8 was told of its files later, by another program
        return self.found.get(path, ())

    def of_text(self, filename: str, tree: ast.Module, text: str) -> Iterable[_Line]:
        """The findings in a file whose content comes from standard input. `tree` is what flake8 has parsed."""
        from asynclint import api

        name = None if filename == "stdin" else filename
        config = self._config([] if name is None else [name])
        return map(_line, self._shown(config, lambda **how: api.check_source(text, name, config, tree=tree, **how)))

    def _keep(self, paths: list[str]) -> None:
        from asynclint import api

        config = self._config(paths)
        for finding in self._shown(config, lambda **how: api.check(paths, config, **how)):
            self.found.setdefault(os.path.abspath(finding.path), []).append(_line(finding))

    def _shown(self, config: Config, check: Callable[..., Report]) -> list[Finding]:
        """What a check finds, unless flake8 shows nothing of what it could find."""
        if not self._shows_any(config):
            return []
        options = self._options
        report = check(use_cache=not options.asynclint_no_cache, noqa=not options.disable_noqa)
        for error in report.errors:
            if error.internal:
                print(f"asynclint: {error.path}: {error.message}", file=sys.stderr)
        return list(report.findings)

    def _config(self, paths: list[str]) -> Config:
        from asynclint.config import config_for

        options = self._options
        if options.asynclint_config is not None and options.asynclint_isolated:
            raise AsynclintError("--asynclint-config and --asynclint-isolated exclude each other.")
        config = config_for(paths, options.asynclint_config, isolated=options.asynclint_isolated)
        environment = options.asynclint_environment
        return config.with_options(
            {
                "extend-select": (*config.extend_select, *_named_rules(options)),
                "min-certainty": options.asynclint_min_certainty,
                "reach": options.asynclint_reach,
                "environment": environment and os.path.abspath(environment),
            }
        )

    def _shows_any(self, config: Config) -> bool:
        from flake8.style_guide import Decision, DecisionEngine

        from asynclint import api

        engine = DecisionEngine(self._options)
        return any(engine.decision_for(rule.code) is Decision.Selected for rule in api.active_rules(config))


def _named_rules(options: argparse.Namespace) -> list[str]:
    """The rules that flake8's own options name by their whole code: they run even if they are off."""
    from asynclint import api

    named = {*(options.select or ()), *(options.extend_select or ())}
    return [rule.name for rule in api.all_rules() if rule.code in named]


def _line(finding: Finding) -> _Line:
    import click

    from asynclint.report.concise import said

    return finding.span.line, finding.span.column - 1, f"{finding.code} {click.unstyle(said(finding))}"


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


# -- processes that are not forked


def _start_method() -> str:
    """How flake8 is going to start its processes. Asking `multiprocessing` itself would settle it for the program."""
    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def _hand_down(found: dict[str, list[_Line]]) -> None:
    """Put findings where the processes that this one starts look for them. Without that they make their own."""
    with suppress(OSError):
        folder = os.environ.get(FOLDER, "")
        if not os.path.isdir(folder):
            folder = os.environ[FOLDER] = tempfile.mkdtemp(prefix="asynclint-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with open(_file_of(folder, os.getpid()), "w", encoding="ascii") as file:
            json.dump(found, file)


def _handed_down(parent: int) -> dict[str, list[_Line]] | None:
    try:
        with open(_file_of(os.environ[FOLDER], parent), encoding="ascii") as file:
            found = json.load(file)
    except (KeyError, OSError, ValueError):
        return None
    return {path: [(line, column, text) for line, column, text in lines] for path, lines in found.items()}


def _file_of(folder: str, process: int) -> str:
    return os.path.join(folder, f"{process}.json")
