"""Addresses of files, as the protocol writes them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit


def path_of(uri: str) -> str | None:
    """The absolute path that a ``file:`` address stands for, with its folder's links followed; None for any other address."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = os.fsdecode(unquote_to_bytes(parts.path))
    if os.name == "nt":
        path = f"//{parts.netloc}{path}" if parts.netloc else path.lstrip("/")
    return os.path.realpath(path)


def uri_of(path: str) -> str:
    """The address of a file, by its absolute path."""
    return Path(path).as_uri()
