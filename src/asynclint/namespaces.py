"""Packages without an ``__init__.py`` above one that has it, as its own imports tell: ``from shop.orders.models import Order`` in a file of
the package ``orders``, which lies in the folder ``shop``.

Nothing else on disk says whether ``shop`` is a package of this kind or a mere folder on the way.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence

_MOST_FILES = 40
"""So many files are looked into."""
_MOST_BYTES = 1 << 15
"""So much of each."""

_ABSOLUTE = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*(?:\.\w+)*)", re.MULTILINE)


def packages_above(folder: str, names: Sequence[str]) -> int:
    """How many of `names`, those of the folders down to `folder`, the last ones, are packages by the imports in what lies in it."""
    imported = _imported(folder)
    inside = _names_in(folder)
    plain = sum(count for name, count in imported.items() if name.partition(".")[0] in inside)
    for first in range(len(names)):
        prefix = ".".join(names[first:]) + "."
        below = [(name[len(prefix) :].partition(".")[0], count) for name, count in imported.items() if name.startswith(prefix)]
        if sum(count for name, count in below if name in inside) > plain:
            return len(names) - first
    return 0


def _imported(folder: str) -> Counter[str]:
    """The absolute imports at the top of files of the packages in a folder: how many files have each."""
    found: Counter[str] = Counter()
    left = _MOST_FILES
    for package in sorted(_names_in(folder)):
        path = os.path.join(folder, package)
        if not os.path.isfile(os.path.join(path, "__init__.py")):
            continue
        for name in sorted(_listed(path)):
            if name.endswith(".py") and left:
                left -= 1
                found.update({match.decode() for match in _ABSOLUTE.findall(_start_of(os.path.join(path, name)))})
    return found


def _names_in(folder: str) -> frozenset[str]:
    """The names of the modules and the folders in a folder."""
    return frozenset(name.removesuffix(".py") for name in _listed(folder))


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _start_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""
