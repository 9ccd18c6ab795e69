"""The settings: from ``asynclint.toml`` or ``[tool.asynclint]`` in ``pyproject.toml`` to one frozen :class:`Config`.

``asynclint.toml`` holds the same keys as the table, at its top level. Where a list of texts is due, one text will do.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from asynclint.errors import AsynclintError, ConfigError, did_you_mean
from asynclint.model import Certainty

if TYPE_CHECKING:
    from asynclint.knowledge.schema import KnowledgeFile

Reach = Literal["direct", "project", "dependencies"]
"""How far a way is followed: not out of its file, through the program, or into installed packages as well."""

REACHES: tuple[Reach, ...] = ("direct", "project", "dependencies")

TARGET_VERSIONS = ((3, 10), (3, 11), (3, 12), (3, 13), (3, 14))

DEFAULT_EXCLUDE = (
    ".git",
    ".hg",
    ".svn",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "__pypackages__",
    "node_modules",
    "site-packages",
    ".eggs",
    "*.egg-info",
    "build",
    "dist",
)
"""What is left out unless `exclude` says otherwise; but ``build`` and ``dist`` stay in as Python packages."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one run. Patterns are written as in ``.gitignore`` and, like all paths, relative to `root`."""

    root: Path
    """The folder of the configuration file, or the working directory. Absolute."""
    select: tuple[str, ...] | None = None
    """Rules to run, by name or code; None is the default set."""
    ignore: tuple[str, ...] = ()
    """Rules not to run."""
    extend_select: tuple[str, ...] = ()
    """Rules to run besides `select`."""
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns, each with the rules that are off in the files it matches."""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Patterns of files and folders to leave out. Replaces the defaults."""
    extend_exclude: tuple[str, ...] = ()
    """Patterns to leave out besides `exclude`."""
    src: tuple[str, ...] = ()
    """Folders from which imports start."""
    target_version: tuple[int, int] | None = None
    """The oldest Python that the code must run on. None is what the project says of itself."""
    reach: Reach = "dependencies"
    environment: str | None = None
    """Where installed packages are looked for: an interpreter, a virtual environment or a folder. None finds one."""
    knowledge: tuple[KnowledgeFile, ...] = ()
    """What the user knows about libraries; stands above ours."""
    blocking_calls: dict[str, str] = field(default_factory=dict)
    """Patterns of dotted names that block, each with what to use instead."""
    min_certainty: Certainty = Certainty.LIKELY
    """Findings less certain than this are not shown."""
    baseline: str | None = None
    """The file of findings that are accepted. None is none."""
    force_exclude: bool = False
    """Whether what is excluded is left out even where it is given by hand."""
    since: str | None = None
    """A git revision: only what roots in lines that have changed since is reported. An option of the command line only."""
    jobs: int | None = None
    """How many processes may work at the same time; None is as many as can run. An option of the command line only: all find the same."""

    def with_options(self, options: Mapping[str, object]) -> Config:
        """These settings, overridden by command-line options.

        Keys and values are those of the configuration file (``{"target-version": "3.11"}``), paths are relative to
        `root`; None means that the option was not given. Raises ConfigError as a configuration file would.
        """
        given = {key: value for key, value in options.items() if value is not None}
        return _override(self, given, "command line")


def defaults(root: Path) -> Config:
    """The settings of a project that has no configuration."""
    return Config(root=_absolute(root))


def find_config(start: Path) -> Path | None:
    """The configuration file in charge of `start`, a file or a folder, or None.

    It is the nearest ``asynclint.toml``, or ``pyproject.toml`` with a ``[tool.asynclint]`` table, upwards; in one
    folder ``asynclint.toml`` wins. A ``pyproject.toml`` that cannot be read raises ConfigError if it is the nearest
    one; further up it is none of our business.
    """
    start = _absolute(start)
    is_nearest = True
    for folder in (start, *start.parents):
        own = folder / "asynclint.toml"
        if os.path.isfile(own):
            return own
        shared = folder / "pyproject.toml"
        if os.path.isfile(shared):
            try:
                if _table_of(shared) is not None:
                    return shared
            except ConfigError:
                if is_nearest:
                    raise
            is_nearest = False
    return None


def config_for(paths: Sequence[str], file: str | None = None, *, isolated: bool = False) -> Config:
    """The settings from `file`, else from the one in charge of the folder that all `paths` share, or the defaults if `isolated`.

    Raises ConfigError as :func:`load_config` does.
    """
    found = Path(file) if file is not None else None if isolated else find_config(Path(_shared_folder(paths)))
    return defaults(Path.cwd()) if found is None else load_config(found)


def _shared_folder(paths: Sequence[str]) -> str:
    try:
        return os.path.commonpath([os.path.abspath(path) for path in paths])
    except ValueError:  # no paths, or paths on several drives
        return os.getcwd()


def load_config(path: Path) -> Config:
    """Read the settings from `path`: a ``pyproject.toml``, or any other file in the format of ``asynclint.toml``.

    Raises ConfigError for a file that cannot be read, is not TOML, has an unknown key, or a value of the wrong type.
    """
    path = _absolute(path)
    return _override(defaults(path.parent), _table_of(path) or {}, str(path))


def settings_text(config: Config) -> str:
    """The effective settings as lines of TOML in a stable order, with comments for what TOML cannot say."""
    lines = [f"# root: {config.root}"]
    for setting in fields(config):
        if setting.name in ("root", "since", "jobs"):
            continue
        key, value = setting.name.replace("_", "-"), getattr(config, setting.name)
        if setting.name == "knowledge":
            callables = sum(len(file.callables) for file in value)
            classes = sum(len(file.classes) for file in value)
            lines.append(f"# {key}: {len(value)} files of the user with {callables} callables and {classes} classes")
        elif value is None:
            lines.append(f"# {key}: not set")
        else:
            lines.append(f"{key} = {_toml(_written(setting.name, value))}")
    return "\n".join(lines) + "\n"


# -- what the file may hold

_Texts = str | tuple[str, ...]


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The shape of the table. Only what is given overrides anything."""

    select: _Texts | msgspec.UnsetType = msgspec.UNSET
    ignore: _Texts | msgspec.UnsetType = msgspec.UNSET
    extend_select: _Texts | msgspec.UnsetType = msgspec.UNSET
    per_file_ignores: dict[str, _Texts] | msgspec.UnsetType = msgspec.UNSET
    exclude: _Texts | msgspec.UnsetType = msgspec.UNSET
    extend_exclude: _Texts | msgspec.UnsetType = msgspec.UNSET
    src: _Texts | msgspec.UnsetType = msgspec.UNSET
    target_version: str | msgspec.UnsetType = msgspec.UNSET
    reach: str | msgspec.UnsetType = msgspec.UNSET
    environment: str | msgspec.UnsetType = msgspec.UNSET
    knowledge: tuple[str | dict[str, Any], ...] | msgspec.UnsetType = msgspec.UNSET
    blocking_calls: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    min_certainty: str | msgspec.UnsetType = msgspec.UNSET
    baseline: str | msgspec.UnsetType = msgspec.UNSET
    force_exclude: bool | msgspec.UnsetType = msgspec.UNSET


_KEYS = msgspec.structs.fields(_Settings)


def _override(config: Config, table: Mapping[str, object], where: str) -> Config:
    """Replace what `table` gives. `where` names its origin in errors."""
    try:
        settings = msgspec.convert(dict(table), _Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_explain(error)}") from None
    changes: dict[str, Any] = {}
    for key in _KEYS:
        value = getattr(settings, key.name)
        if value is not msgspec.UNSET:
            read = _READ.get(key.name, _texts)
            try:
                changes[key.name] = read(value, config.root)
            except (ValueError, AsynclintError) as error:
                raise ConfigError(f"{where}: `{key.encode_name}`: {error}") from None
    return replace(config, **changes)


def _explain(error: msgspec.ValidationError) -> str:
    """Say in the words of TOML which key is wrong, and how."""
    message = str(error)
    unknown = re.search(r"unknown field `([^`]*)`", message)
    if unknown:
        return f"unknown key `{unknown[1]}`{did_you_mean(unknown[1], [key.encode_name for key in _KEYS])}"
    problem, _, place = message.partition(" - at ")
    key = place.strip("`").removeprefix("$.")
    problem = problem.replace("array", "list").replace("object", "table")
    return f"`{key}`: {problem[0].lower()}{problem[1:]}"


# -- from the file's values to ours; a ValueError says what is wrong with one


def _texts(value: str | tuple[str, ...], root: Path) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _per_file_ignores(value: dict[str, _Texts], root: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((pattern, _texts(rules, root)) for pattern, rules in value.items())


def _target_version(value: str, root: Path) -> tuple[int, int]:
    for major, minor in TARGET_VERSIONS:
        if value in (f"py{major}{minor}", f"{major}.{minor}"):
            return (major, minor)
    valid = ", ".join(f"{major}.{minor}" for major, minor in TARGET_VERSIONS)
    raise ValueError(f"unknown version `{value}`, the valid ones are {valid}")


def _reach(value: str, root: Path) -> Reach:
    for reach in REACHES:
        if value == reach:
            return reach
    valid = ", ".join(f"`{reach}`" for reach in REACHES)
    raise ValueError(f"unknown value `{value}`{did_you_mean(value, REACHES)}, the valid ones are {valid}")


def _path(value: str, root: Path) -> str:
    return os.path.join(root, os.path.expanduser(value))


def _flag(value: bool, root: Path) -> bool:
    return value


def _min_certainty(value: str, root: Path) -> Certainty:
    certainties = {str(certainty): certainty for certainty in Certainty}
    if value not in certainties:
        valid = ", ".join(f"`{name}`" for name in certainties)
        raise ValueError(f"unknown value `{value}`{did_you_mean(value, certainties)}, the valid ones are {valid}")
    return certainties[value]


def _knowledge(value: tuple[str | dict[str, Any], ...], root: Path) -> tuple[KnowledgeFile, ...]:
    from asynclint.knowledge.load import convert_knowledge, parse_knowledge

    files = []
    for number, item in enumerate(value, start=1):
        if isinstance(item, str):
            path = root / item
            files.append(parse_knowledge(_text_of(path), str(path)))
        else:
            files.append(convert_knowledge(item, f"table {number}"))
    return tuple(files)


def _blocking_calls(value: dict[str, str], root: Path) -> dict[str, str]:
    return value


_READ: dict[str, Callable[[Any, Path], object]] = {
    "per_file_ignores": _per_file_ignores,
    "target_version": _target_version,
    "reach": _reach,
    "environment": _path,
    "knowledge": _knowledge,
    "blocking_calls": _blocking_calls,
    "min_certainty": _min_certainty,
    "baseline": _path,
    "force_exclude": _flag,
}
"""Readers of the settings that are not simply texts."""


# -- files and TOML


def _table_of(path: Path) -> dict[str, Any] | None:
    """The table with our settings: all of our own file, of a ``pyproject.toml`` what it has for us, or None."""
    data = read_toml(path)
    if path.name != "pyproject.toml":
        return data
    tool = data.get("tool")
    table = tool.get("asynclint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: `tool.asynclint` must be a table")
    return table


def read_toml(path: Path) -> dict[str, Any]:
    """What a file of TOML holds. Raises ConfigError for one that cannot be read or is no TOML."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    text = _text_of(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())  # without a line, the error is at the end
        raise ConfigError(f"{path}:{line}: not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not valid UTF-8") from None


def _written(name: str, value: Any) -> Any:
    """A setting's value as a configuration file would give it."""
    if name == "target_version":
        return f"{value[0]}.{value[1]}"
    if name == "min_certainty":
        return str(value)
    return dict(value) if name == "per_file_ignores" else value


def _toml(value: Any) -> str:
    """One text, list or table in one line of TOML. JSON's texts are TOML's, but for DEL, which TOML wants escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        inner = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return f"[{', '.join(_toml(item) for item in value)}]"
