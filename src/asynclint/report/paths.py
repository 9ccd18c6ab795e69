"""Files as services know them that show findings in a repository: relative to its root, with ``/``, whatever the working directory is."""

from __future__ import annotations

import os

from asynclint.report.printable import encodable


class RepositoryPaths:
    """Paths of a report, seen from the nearest folder upwards that holds ``.git``, else from the working directory."""

    def __init__(self) -> None:
        self._here = os.getcwd()
        self._root = _repository(self._here)

    def relative(self, path: str) -> str:
        """The path from the root, for people and JSON. A file outside keeps its absolute path."""
        return encodable(self._inside(path) or _slashed(self._absolute(path)))

    def uri(self, path: str) -> tuple[str, bool]:
        """The path as a percent-encoded URI, and whether it is relative to the root. A file outside has a ``file:`` URI."""
        inside = self._inside(path)
        if inside is not None:
            return _quoted(inside), True
        outside = _quoted(_slashed(self._absolute(path)))
        return f"file://{outside}" if outside.startswith("/") else f"file:///{outside}", False

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._here, path))

    def _inside(self, path: str) -> str | None:
        absolute = self._absolute(path)
        try:
            if os.path.commonpath([absolute, self._root]) != self._root:
                return None
        except ValueError:  # another drive
            return None
        return _slashed(os.path.relpath(absolute, self._root))


def _repository(start: str) -> str:
    folder = start
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return start
        folder = parent
    return folder


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/")


def _quoted(path: str) -> str:
    """Bytes that are no UTF-8 are kept: each as what it is. So is half a pair of UTF-16, which Windows lets names have."""
    from urllib.parse import quote

    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return quote(path.encode("utf-8", "surrogatepass"))
