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


def write_file(path: str, content: bytes) -> None:
    """Write a file, be it there or not. Else as :func:`replace_file`; the folder has to be there."""
    path = os.path.realpath(path)
    try:
        try:
            known = os.stat(path)
        except FileNotFoundError:
            _replace(path, content, None)
        else:
            if not stat.S_ISREG(known.st_mode):
                raise NotWritten("could not be written: there is something of that name which is no file")
            if not os.access(path, os.W_OK):
                raise NotWritten("is read-only, and was left as it is")
            _replace(path, content, known)
    except OSError as error:
        raise NotWritten(f"could not be written: {error.strerror or error}") from None


def _replace(path: str, content: bytes, known: os.stat_result | None) -> None:
    """Give the file its new content, and the mode and owner `known`; those of any new file where there is none yet."""
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)[:100]}.", suffix=".asynclint", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if known is None:
            os.chmod(temporary, 0o666 & ~_mask())
        else:
            if hasattr(os, "chown"):
                with suppress(OSError):  # another's file that we may write: it becomes ours
                    os.chown(temporary, known.st_uid, known.st_gid)
            os.chmod(temporary, stat.S_IMODE(known.st_mode))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _mask() -> int:
    """The rights that the user keeps from new files. It can only be asked for by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
