"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress


class NotWritten(Exception):
    """A file was left as it was. ``str(error)`` says why: half a sentence."""


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Give a file its new content, if it still has the one `before`. Links are followed, mode and, where possible, owner are kept.

    The new content is written beside the file and takes its place in one step: whenever that is cut short, the file is whole.
    Raises NotWritten.
    """
    path = os.path.realpath(path)
    try:
        with open(path, "rb") as file:
            known = os.fstat(file.fileno())
            if file.read() != before:
                raise NotWritten("has changed meanwhile, and was left as it is")
        if not known.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            raise NotWritten("is read-only, and was left as it is")
        _replace(path, after, known)
    except OSError as error:
        raise NotWritten(f"could not be written, and was left as it is: {error.strerror or error}") from None


def _replace(path: str, content: bytes, known: os.stat_result) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)[:100]}.", suffix=".asynclint", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            with suppress(OSError):  # another's file that we may write: it becomes ours
                os.chown(temporary, known.st_uid, known.st_gid)
        os.chmod(temporary, stat.S_IMODE(known.st_mode))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
