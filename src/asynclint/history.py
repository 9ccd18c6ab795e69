"""Which lines of files have changed since a revision, as git tells it and as the analysed content is.

The revision's side is the commit where the branch left it (the merge base with ``HEAD``), so that what others have done there meanwhile is
not taken for a change of ours. Our side is what was analysed: staged or not, written or still in memory. Git only says what there was; the
lines are compared here. A renamed file is compared with what it was, a file that git does not know is new from end to end.

The files under analysis may be hostile, and so may the repository's own settings. Only such commands are run as read commits and the index:
none that looks at the working tree (that runs the filters and monitors that the settings name), shows text through converters or pagers,
runs hooks, or fetches what a partial clone lacks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from asynclint.errors import AsynclintError

_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "diff.renameLimit=1000")
_KEPT_VARIABLES = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""What begins so is the user's own. The others name another repository (in a hook, the one that runs it), or programs to be run."""

_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_DEEPER = "`git fetch --unshallow` gets the rest; in GitHub's actions/checkout, that is `fetch-depth: 0`"


class HistoryError(AsynclintError):
    """Git is not there, or cannot tell what has changed."""


class History:
    """What files held where the current branch left `revision`, in whichever repositories they are."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        self._tops: dict[str, str] = {}
        self._repositories: dict[str, _Repository] = {}

    def require(self, paths: Sequence[str]) -> None:
        """Raise HistoryError if what has changed in these files and folders could not be told."""
        for folder in sorted({path if os.path.isdir(path) else os.path.dirname(path) for path in map(os.path.realpath, paths)}):
            self._repository(folder)

    def changed(self, files: Mapping[str, bytes]) -> dict[str, set[int]]:
        """For each file, by its absolute path, which lines of the content given have changed. Raises HistoryError."""
        in_repositories: dict[_Repository, dict[str, str]] = {}
        for path in files:
            real = os.path.realpath(path)
            in_repositories.setdefault(self._repository(os.path.dirname(real)), {})[path] = real
        changed: dict[str, set[int]] = {}
        for repository, paths in in_repositories.items():
            before = repository.before({real: files[path] for path, real in paths.items()})
            for path, real in paths.items():
                changed[path] = set(changed_lines(before[real], files[path]))
        return changed

    def _repository(self, folder: str) -> _Repository:
        top = self._top(folder)
        if top not in self._repositories:
            self._repositories[top] = _Repository(top, self.revision)
        return self._repositories[top]

    def _top(self, folder: str) -> str:
        """The folder of the repository or worktree that a folder is in."""
        above, below = folder, []
        while above not in self._tops and not os.path.lexists(os.path.join(above, ".git")):
            below.append(above)
            if above == os.path.dirname(above):
                raise HistoryError(f"{_text(folder)} is in no git repository: what has changed since {self.revision} cannot be told.")
            above = os.path.dirname(above)
        top = self._tops.get(above, above)
        self._tops.update(dict.fromkeys([*below, above], top))
        return top


class _Repository:
    """One repository at one commit: the merge base of `revision` and ``HEAD``."""

    def __init__(self, top: str, revision: str) -> None:
        self._top = top
        commit = (
            None if not revision or revision.startswith("-") else self._ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        )
        if commit is None:
            hint = f"This clone is shallow: {_DEEPER}." if self._is_shallow() else "Correct it, or `git fetch` it first."
            raise HistoryError(f"{_text(top)}: git knows no revision `{revision}`. {hint}")
        base = self._ask("merge-base", commit.decode().strip(), "HEAD")
        if base is None:
            hint = f": this clone is shallow. {_DEEPER}" if self._is_shallow() else ""
            raise HistoryError(f"{_text(top)}: `{revision}` and `HEAD` have no commit in common{hint}.")
        self._base = base.decode().strip()
        self._blobs: dict[str, bytes] | None = None
        self._contents: dict[bytes, bytes] = {}

    def before(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """What files, by their real paths, held in the commit; nothing for those that were not there. The values are what they hold now."""
        if self._blobs is None:
            self._blobs = self._known_blobs()
        blobs = {path: self._blobs.get(os.path.relpath(path, self._top).replace(os.sep, "/")) for path in files}
        for path, blob in blobs.items():
            if blob is not None and blob not in self._contents and _blob_of(files[path], len(blob)) == blob:
                self._contents[blob] = files[path]
        self._read([blob for blob in blobs.values() if blob is not None and blob not in self._contents])
        return {path: b"" if blob is None else self._contents[blob] for path, blob in blobs.items()}

    def _known_blobs(self) -> dict[str, bytes]:
        """The blobs of the commit, by the paths that their files have now."""
        listed = (line.partition(b"\t") for line in self._tell("ls-tree", "-r", "-z", "--full-tree", self._base).split(b"\0") if line)
        blobs = {os.fsdecode(path): about.split(b" ")[2] for about, _, path in listed}
        compare = ("diff-index", "--cached", "-M", "--diff-filter=R", "--name-status", "-z")
        fields = self._tell(*compare, "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", self._base).split(b"\0")
        renamed = {os.fsdecode(new): os.fsdecode(old) for old, new in zip(fields[1::3], fields[2::3], strict=False)}
        return blobs | {new: blobs[old] for new, old in renamed.items() if old in blobs}

    def _read(self, blobs: Sequence[bytes]) -> None:
        if not blobs:
            return
        wanted = sorted({*blobs})
        told = self._tell("cat-file", "--batch", input=b"".join(blob + b"\n" for blob in wanted))
        position = 0
        for blob in wanted:
            end = told.find(b"\n", position)
            about = told[position:end].split(b" ")
            if end < 0 or len(about) != 3:
                raise HistoryError(
                    f"{_text(self._top)}: this clone lacks old contents of files. `git fetch --refetch --no-filter` gets them."
                )
            start, position = end + 1, end + 2 + int(about[2])
            self._contents[blob] = told[start : position - 1]

    def _is_shallow(self) -> bool:
        return self._ask("rev-parse", "--is-shallow-repository") == b"true\n"

    # -- git

    def _ask(self, *arguments: str) -> bytes | None:
        """What git answers; None where its status says no."""
        done = self._run(arguments, b"")
        if done.returncode > 1 and b"dubious ownership" in done.stderr:
            raise self._failure(done)
        return done.stdout if done.returncode == 0 else None

    def _tell(self, *arguments: str, input: bytes = b"") -> bytes:
        done = self._run(arguments, input)
        if done.returncode != 0:
            raise self._failure(done)
        return done.stdout

    def _failure(self, done: subprocess.CompletedProcess[bytes]) -> HistoryError:
        said = done.stderr.decode("utf-8", "backslashreplace").strip().partition("\n")[0]
        return HistoryError(f"{_text(self._top)}: git cannot tell what has changed: {said or f'it ended with status {done.returncode}'}")

    def _run(self, arguments: Sequence[str], input: bytes) -> subprocess.CompletedProcess[bytes]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT_VARIABLES)}
        command = [_git(), *_OPTIONS, "-C", self._top, *arguments]
        try:
            return subprocess.run(command, input=input, capture_output=True, env=variables | _VARIABLES, check=False)
        except OSError as error:
            raise HistoryError(f"git cannot be run: {error.strerror or error}.") from None


def _git() -> str:
    git = shutil.which("git")
    if git is not None and sys.platform == "win32" and os.path.dirname(os.path.abspath(git)) == os.getcwd():
        git = None  # Windows looks into the working directory first, which may be what is analysed
    if git is None:
        raise HistoryError("git is not installed, or not on the `PATH`: what has changed cannot be told without it.")
    return git


def _blob_of(data: bytes, digits: int) -> bytes:
    """The name that git gives to a content, in a repository whose names have so many digits."""
    digest = hashlib.sha1(usedforsecurity=False) if digits == 40 else hashlib.sha256(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest().encode()


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


# -- lines


def changed_lines(before: bytes, after: bytes) -> Iterator[int]:
    """The numbers, from 1, of the lines of `after` that are not those of `before`. Line ends are no difference.

    Lines that are there once on either side hold the texts together; only what lies between them is compared closely, which would take
    seconds for a whole large file.
    """
    if before == after:
        return
    old, new = before.splitlines(), after.splitlines()
    start = 0, 0
    for end in [*_anchors(old, new), (len(old), len(new))]:
        yield from _changed_between(old, new, start, end)
        start = end


def _changed_between(old: Sequence[bytes], new: Sequence[bytes], start: tuple[int, int], end: tuple[int, int]) -> Iterator[int]:
    """Compare what lies between two pairs of places, the second one not included."""
    (old_start, new_start), (old_end, new_end) = start, end
    while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
        old_start, new_start = old_start + 1, new_start + 1
    while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
        old_end, new_end = old_end - 1, new_end - 1
    if new_start == new_end:
        return
    for what, _, _, first, last in SequenceMatcher(None, old[old_start:old_end], new[new_start:new_end]).get_opcodes():
        if what != "equal":
            yield from range(new_start + first + 1, new_start + last + 1)


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """The longest row of places, in both texts in the same order, of lines that are there once in either."""
    once = Counter(old), Counter(new)
    places = {line: number for number, line in enumerate(old) if once[0][line] == 1 == once[1].get(line)}
    pairs = [(places[line], number) for number, line in enumerate(new) if line in places]
    ends: list[int] = []  # of the rows of each length, the least last place in `old`
    last: list[int] = []  # the pair that this is of
    previous: list[int] = []
    for number, (place, _) in enumerate(pairs):
        length = bisect_left(ends, place)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    row = []
    number = last[-1] if last else -1
    while number >= 0:
        row.append(pairs[number])
        number = previous[number]
    return row[::-1]
