"""How a project runs its tests: whether pytest is asked for, and what runs coroutine functions there.

It is read off the files that say so: the configuration of pytest (https://docs.pytest.org/en/stable/reference/customize.html), lists of
requirements, and the recipes that call pytest. They come in a dozen formats, may be broken, and are none of ours: their text is
searched, and what cannot be read is not there. Where two files disagree, the one counts by which more tests run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_CONFIGURATIONS: Final = frozenset({"pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"})
"""Files that are about pytest only."""

_LISTS: Final = frozenset(
    {
        "Pipfile", "Pipfile.lock", "environment.yaml", "environment.yml", "hatch.toml", "pdm.lock", "poetry.lock", "pyproject.toml",
        "setup.cfg", "setup.py", "tox.ini", "uv.lock",
    }
)  # fmt: skip
"""Files that list what a project needs; some configure pytest too."""

_REQUIREMENTS: Final = re.compile(r"[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in|pip)|(?:dev|tests?|testing|ci)\.(?:txt|in)")

_RECIPES: Final = re.compile(
    r"(?:GNU)?[Mm]akefile|[Jj]ustfile|Taskfile\.ya?ml|noxfile\.py|tasks\.py|Dockerfile|\.gitlab-ci\.yml|\.travis\.yml|azure-pipelines\.yml|[\w.-]+\.sh"
)
"""Files that call pytest, perhaps with options."""

_FOLDERS: Final = ("requirements", "scripts", os.path.join(".github", "workflows"))
"""Where such files lie besides the folder itself."""

_LARGEST: Final = 8_000_000
"""Bytes. The lock files of large projects have a few million."""

_COMMENT: Final = re.compile(r"^[ \t]*(?:#|;|//).*$", re.MULTILINE)

_CONFIGURES: Final = re.compile(r"^\s*\[(?:tool[:.])?pytest[\].]", re.MULTILINE)

_REQUIRES: Final = re.compile(
    r"""(?:^\s*-?\s*|["'])pytest(?:\[[\w,. -]*\])?\s*(?:["']|[=<>~!^,;@#]|$)"""  # "pytest>=8", pytest = "^8", - pytest
    r"""|^name = "pytest"$""",
    re.MULTILINE,
)

_AUTOMATIC: Final = re.compile(
    r"""asyncio[_-]mode["']?\s*[=:, ]\s*["']?auto\b|(?:trio|anyio)_mode["']?\s*[=:]\s*["']?(?:true|auto|1|yes|on)\b""", re.IGNORECASE
)

_ASYNCIO: Final = re.compile(r"pytest[-_.]asyncio(?![-\w])")

_OLD_ASYNCIO: Final = re.compile(
    r"pytest[-_.]asyncio\b(?:\[\w*\])?[\"']?\s*(?:(?<![<>])=+|~=|<=?|\^)\s*[\"']?[\^~=<]*0\.(?:\d|1[0-8])(?!\d)"
)
"""Its fixtures are declared with ``pytest.fixture`` up to version 0.18."""

_OTHERS: Final = re.compile(
    r"pytest[-_.](?:aio|tornasync|tornado|twisted|curio|sanic|jupyter|homeassistant|async(?!io)|asyncio[-_](?!mode)\w)"
    r"|alt[-_]pytest[-_]asyncio|aiohttp\.pytest_plugin",
    re.IGNORECASE,
)
"""Plugins that run coroutine functions in ways of their own, mostly all of them."""


class Runner(NamedTuple):
    """What a project's files say. `configured`: they have settings for pytest. `required`: they list it among what is needed, so that
    a plugin would be listed too. `automatic`: every coroutine function that is a test may be run. `asyncio`: pytest-asyncio is
    mentioned, `strict`: in a version whose fixtures need its own decorator.
    """

    configured: bool = False
    required: bool = False
    automatic: bool = False
    asyncio: bool = False
    strict: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the tests are run by pytest, as far as one can read."""
        return self.configured or self.required


class Runners:
    """Answers for the files of one program, by folder; read when first asked for. `root` is the program's own folder."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, Runner] = {}
        self.searched: set[str] = set()
        """The folders that were looked into."""
        self.read: set[str] = set()
        """The files that were read."""

    def of(self, path: str) -> Runner:
        """How the tests in the file `path`, which is absolute, are run: by the files in its folder and those above it, up to the
        top of its repository, or of the program where there is none."""
        folder = os.path.dirname(path)
        if folder not in self._known:
            self._known[folder] = _read(self._texts(folder))
        return self._known[folder]

    def _texts(self, folder: str) -> Iterator[tuple[str, str]]:
        for above in self._up(folder):
            for inner in ("", *_FOLDERS):
                place = os.path.join(above, inner) if inner else above
                self.searched.add(place)
                for name in _names(place):
                    if _is_read(name) or inner.startswith(("requirements", ".github")):
                        path = os.path.join(place, name)
                        self.read.add(path)
                        yield name, _text(path)

    def _up(self, folder: str) -> list[str]:
        """The folder and those above it that may speak for it."""
        trail: list[str] = []
        within = 0
        while True:
            trail.append(folder)
            if folder == self._root:
                within = len(trail)
            if os.path.lexists(os.path.join(folder, ".git")):
                return trail
            above = os.path.dirname(folder)
            if above == folder:
                return trail[: within or 1]
            folder = above


def _read(files: Iterator[tuple[str, str]]) -> Runner:
    configured = required = automatic = asyncio = old = False
    for name, text in files:
        text = _COMMENT.sub("", text)
        is_list = name not in _CONFIGURATIONS and _RECIPES.fullmatch(name) is None
        configured = configured or name in _CONFIGURATIONS or _CONFIGURES.search(text) is not None
        required = required or (is_list and _REQUIRES.search(text) is not None)
        automatic = automatic or _AUTOMATIC.search(text) is not None or _OTHERS.search(text) is not None
        asyncio = asyncio or _ASYNCIO.search(text) is not None
        old = old or _OLD_ASYNCIO.search(text) is not None
    return Runner(configured, required, automatic, asyncio, asyncio and not old)


def _is_read(name: str) -> bool:
    return name in _CONFIGURATIONS or name in _LISTS or any(names.fullmatch(name) for names in (_REQUIREMENTS, _RECIPES))


def names_another_runner(text: str) -> bool:
    """Whether the text of a ``conftest.py`` names a plugin that runs coroutine functions in a way of its own."""
    return _OTHERS.search(text) is not None or _AUTOMATIC.search(text) is not None


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        if os.path.getsize(path) > _LARGEST:
            return ""
        with open(path, encoding="utf-8", errors="replace") as opened:
            return opened.read()
    except (OSError, ValueError):
        return ""
