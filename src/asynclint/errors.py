"""Our few exceptions, and the exit status that each one means.

A file that cannot be analysed is no exception: it is a :class:`~asynclint.model.FileError` of the report, and costs that file only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CLEAN = 0
"""Nothing to report."""

FINDINGS = 1
"""Something to report, or a file given by hand that could not be analysed."""

MISUSE = 2
"""Wrong use or a wrong configuration; a missing path too."""

INTERNAL = 3
"""Something of ours broke."""


class AsynclintError(Exception):
    """An error with a message for the user. ``str(error)`` is the whole message; ``status`` the exit status it means."""

    status: int = MISUSE


class ConfigError(AsynclintError):
    """A configuration file, an option or a path that cannot be used as it is."""


class KnowledgeError(AsynclintError):
    """A knowledge file that does not follow the schema. The message names the file, the line and what is wrong."""


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """Return `` (did you mean `x`?)`` for the valid name nearest to `name`, or an empty string when none is near."""
    near = difflib.get_close_matches(name, sorted(valid), n=1, cutoff=0.6)
    return f" (did you mean `{near[0]}`?)" if near else ""
