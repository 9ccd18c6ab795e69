"""What fixes change, as a unified diff that ``patch -p0`` and ``git apply -p0`` take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from asynclint.model import Change

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
"""Lines as ``patch`` knows them: a carriage return is a character of its line."""


def render(change: Change) -> Iterator[bytes]:
    """Yield the lines of one file's diff, line ends included, in the file's own encoding."""
    before, after = (_LINE.findall(data) for data in (change.before, change.after))
    path = change.path.encode("utf-8", "surrogateescape")
    for line in difflib.diff_bytes(difflib.unified_diff, before, after, path, path):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
