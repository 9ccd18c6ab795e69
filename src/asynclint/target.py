"""The oldest Python that a project says to run on: ``requires-python`` of its ``pyproject.toml``, or what setuptools and Poetry read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from asynclint.config import read_toml
from asynclint.errors import ConfigError

Version = tuple[int, int]

OLDEST: Final[Version] = (3, 6)
"""What allows this Python or one before it counts as this: it has no ``get_running_loop``."""

_CLAUSE: Final = re.compile(r"(>=|>|~=|===?|\^|~|<=|<|!=)?\s*v?(\d+)(?:\.(\d+|\*))?[\w.*+!-]*")
"""One condition: of ``>=3.9`` the operator and the two numbers that matter."""

_OF_SETUP: Final = re.compile(r"""^\s*python_requires\s*=\s*["']?([^"'\n#]+)""", re.MULTILINE)


def stated_in(root: str) -> Iterator[str]:
    """The files in which a project may say so, by their paths, in the order in which they count."""
    for name in ("pyproject.toml", "setup.cfg", "setup.py"):
        yield os.path.join(root, name)


def oldest_python(root: str) -> Version | None:
    """The oldest version that the project in the folder `root` allows, as its files say; None where they do not."""
    for path in stated_in(root):
        if os.path.isfile(path):
            stated = _of_pyproject(path) if path.endswith(".toml") else _OF_SETUP.search(_text(path))
            found = _oldest(stated if isinstance(stated, str) else stated[1]) if stated else None
            if found is not None:
                return found
    return None


def _of_pyproject(path: str) -> str:
    try:
        data = read_toml(Path(path))
    except ConfigError:
        return ""
    for keys in (("project", "requires-python"), ("tool", "poetry", "dependencies", "python")):
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            return value
    return ""


def _oldest(text: str) -> Version | None:
    """The oldest version that a specifier allows (``>=3.9,<4``, ``^3.10``, ``~3.8 || >=3.10``); None where it sets no limit."""
    limits = [limit for limit in map(_limit, text.split("||")) if limit is not None]
    return max(min(limits), OLDEST) if limits else None


def _limit(text: str) -> Version | None:
    """The oldest version that all of several conditions allow."""
    limits = [
        (int(major), int(minor) if minor.isdigit() else 0)
        for operator, major, minor in _CLAUSE.findall(text)
        if operator not in ("<", "<=", "!=")
    ]
    return max(limits, default=None)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as opened:
            return opened.read()
    except OSError:
        return ""
