"""The only door: everything that a front end or another program may ask of asynclint."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from asynclint.config import Config
from asynclint.errors import AsynclintError
from asynclint.model import Acceptance, FixReport, Report, Safety
from asynclint.session import Progress, Session, Stdin
from asynclint.source.text import encoded
from asynclint.timing import Timing

__all__ = [
    "FileReport",
    "Helper",
    "LiveProgram",
    "Proposal",
    "Pulse",
    "Rule",
    "Timing",
    "active_rules",
    "all_rules",
    "check",
    "check_source",
    "clear_cache",
    "explain",
    "find_rule",
    "fix",
    "show_files",
    "update_baseline",
]

if TYPE_CHECKING:
    from asynclint.explain import Helper
    from asynclint.live import FileReport, LiveProgram, Proposal, Pulse
    from asynclint.rules.rule import Rule

_LATER = {
    "FileReport": "asynclint.live",
    "Helper": "asynclint.explain",
    "LiveProgram": "asynclint.live",
    "Proposal": "asynclint.live",
    "Pulse": "asynclint.live",
    "Rule": "asynclint.rules.rule",
}
"""Where names of this module come from that are loaded when somebody asks: a check of what has not changed needs none of them."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def check(
    paths: Sequence[str],
    config: Config,
    *,
    stdin: Stdin | None = None,
    propose: Safety = Safety.NONE,
    progress: Progress | None = None,
    use_cache: bool = True,
    noqa: bool = True,
    timing: Timing | None = None,
) -> Report:
    """Check files and folders within the program around them, and report on them only.

    `stdin` is the name and the content of one file that is checked in place of `paths`. `propose` asks for the edits of safe fixes, or of
    all fixes, to be in the report. `progress` is called with the number of files done and of all files. Without `use_cache`, the user's
    cache is neither read nor written. Without `noqa`, such comments silence nothing. What a `timing` is given for is worked out anew, but
    for the facts of files, and it tells afterwards how long that took. Raises
    :class:`~asynclint.errors.AsynclintError` for a missing path or a wrong configuration.
    """
    session = Session(config, use_cache=use_cache, noqa=noqa, timing=timing)
    report = session.check(paths, stdin, progress)
    if propose is Safety.NONE:
        return report
    from asynclint.fixes.propose import with_edits

    return with_edits(session, report, unsafe=propose is Safety.UNSAFE)


def check_source(
    text: str, path: str | None, config: Config, *, tree: ast.Module | None = None, use_cache: bool = True, noqa: bool = True
) -> Report:
    """Check what somebody holds of one file within its program, and report on that file only.

    `path` is the file that the text stands for, which need not exist, `tree` the text's syntax tree, if it is parsed already.
    The rest is as for :func:`check`.
    """
    data = encoded(text)
    session = Session(config, use_cache=use_cache, noqa=noqa, trees={} if tree is None else {data: tree})
    return session.check((), (path, data))


def fix(
    paths: Sequence[str],
    config: Config,
    *,
    unsafe: bool = False,
    stdin: Stdin | None = None,
    write: bool = True,
    progress: Progress | None = None,
    use_cache: bool = True,
) -> FixReport:
    """Check files and folders as :func:`check` does, and fix what has a fix: a safe one, and if `unsafe`, the others too.

    Files are replaced only with `write`, and never for standard input; what they hold is in the result either way. A file that cannot
    be written is among the report's errors, and its findings are there as before.
    """
    from asynclint.fixes.apply import fix as apply

    return apply(paths, config, unsafe=unsafe, stdin=stdin, write=write, progress=progress, use_cache=use_cache)


def add_ignores(
    paths: Sequence[str],
    config: Config,
    *,
    stdin: Stdin | None = None,
    write: bool = True,
    progress: Progress | None = None,
    use_cache: bool = True,
) -> FixReport:
    """Check files and folders as :func:`check` does, and write comments that silence what is found.

    The report's `ignores` tells what was done, its `findings` are those that are left. Files are written as :func:`fix` does.
    """
    from asynclint.fixes.ignores import add_ignores as add

    return add(paths, config, stdin=stdin, write=write, progress=progress, use_cache=use_cache)


def clear_cache() -> str | None:
    """Remove what is kept in the user's cache, and give the folder that it was kept in; None where nothing can be kept.

    Raises :class:`~asynclint.errors.AsynclintError` for what cannot be removed.
    """
    from asynclint.cache import clear, default_folder

    folder = default_folder(os.environ)
    if folder is not None:
        try:
            clear(folder)
        except OSError as error:
            raise AsynclintError(f"The cache in {folder} cannot be removed: {error.strerror or error}") from None
    return folder


def update_baseline(paths: Sequence[str], config: Config, *, progress: Progress | None = None, use_cache: bool = True) -> Acceptance:
    """Make the baseline of `config`, by default `asynclint-baseline.json` in its folder, or take out what is not found any more.

    Once it is there, what is found and not accepted is not added. Without `paths`, the folder of the configuration is checked. Where
    something of ours broke, nothing is written. Raises :class:`~asynclint.errors.AsynclintError` as :func:`check` does, and for a baseline
    that cannot be read or written.
    """
    from asynclint.accept import update

    return update(paths, config, progress=progress, use_cache=use_cache)


def show_files(paths: Sequence[str], config: Config) -> list[str]:
    """The files that :func:`check` would report on."""
    from asynclint.discover import discover

    return [file.display for file in discover(paths, config).files if file.reported]


def explain(path: str, line: int, config: Config) -> str:
    """Where the function at a line runs, what its calls on that line reach, and what is unknown there."""
    from asynclint.explain import explain_line

    session = Session(config)
    return explain_line(session.analyse([path]), path, line)


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    from asynclint.rules import RULES

    return RULES


def active_rules(config: Config) -> tuple[Rule, ...]:
    """The rules that the settings switch on, by code. Raises ConfigError for a name that no rule has."""
    from asynclint.rules import selection

    return tuple(sorted(selection.select(config), key=lambda rule: rule.code))


def find_rule(text: str) -> Rule:
    """The rule of this name or code. Raises ConfigError with the nearest valid name."""
    from asynclint.rules import selection

    return selection.find_rule(text)
