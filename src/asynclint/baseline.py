"""A baseline: findings of old code that were accepted once, and are not reported again.

It is a file in the repository, made for reading and for merging: sorted, one entry a line. An entry says what was found, not in which
line: the rule, the file, the function, the code that the message speaks about and the source line, and how many there are of that.

Ordinary edits bring nothing back. What matches no entry whole is matched with what is left over of the baseline: in the same function (its
line was edited), then with the same line in the same file (the function was renamed, or the code has moved), then with the same line and
function of a file that is gone (the file was renamed). An entry speaks for as many findings as it counts and for no more, so what is
accepted never grows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Annotated, NamedTuple

import msgspec

from asynclint.errors import AsynclintError
from asynclint.files import NotWritten, write_file
from asynclint.model import Finding

DEFAULT_NAME = "asynclint-baseline.json"
"""What a baseline is called unless the configuration says otherwise. It lies beside the configuration file."""

VERSION = 1

_LONGEST_LINE = 160
"""Characters of a source line that are kept."""

_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


class BaselineError(AsynclintError):
    """A baseline that is not there, cannot be read or written, or is none."""


class Entry(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True, omit_defaults=True):
    """Equal findings that are accepted. `path` is relative to the configuration's folder, with ``/``; `function` is the qualified name
    within the module, empty at its top; `code` is the source line, with single spaces."""

    path: str
    function: str
    rule: str
    code: str
    subject: str
    count: Annotated[int, msgspec.Meta(ge=1)] = 1


class Circumstances(NamedTuple):
    """What decides, besides the code, what is found: settings, and the packages that calls were followed into."""

    reach: str
    min_certainty: str
    packages: tuple[str, ...]

    def compares(self, now: Circumstances, missing: Iterable[str]) -> bool:
        """Whether all that was found then could be found now, where these packages are not there."""
        return self[:2] == now[:2] and not self.lost(missing)

    def lost(self, missing: Iterable[str]) -> list[str]:
        """The packages that were looked into and are `missing` now."""
        return sorted({*self.packages} & {*missing})


class Baseline(NamedTuple):
    """What a file holds. `path` is where it is, for people."""

    path: str
    made_in: Circumstances
    entries: tuple[Entry, ...]


class Match(NamedTuple):
    """What a baseline says to findings: for each whether it is accepted, by the entry as it would be written now; and what is left over."""

    accepted: list[bool]
    entries: list[Entry]
    left: list[Entry]


def entry(finding: Finding, path: str, module: str) -> Entry:
    """What is written for a finding in the file `path`, whose module has the dotted name `module`."""
    function = "" if finding.function == module else finding.function.removeprefix(f"{module}.")
    code = " ".join(finding.source_line.split())[:_LONGEST_LINE]
    return Entry(path, _encodable(function), finding.name, _encodable(code), _encodable(finding.subject))


_TIERS = (
    attrgetter("path", "function", "rule", "code", "subject"),
    attrgetter("path", "function", "rule", "subject"),
    attrgetter("path", "rule", "code", "subject"),
)
_ELSEWHERE = attrgetter("function", "rule", "code", "subject")


def match(entries: Iterable[Entry], found: Sequence[Entry], is_gone: Callable[[str], bool]) -> Match:
    """Match what was found, of which the first go first, with what is accepted. `is_gone` tells whether a path is no file any more."""
    known = sorted(entries)
    left = [entry.count for entry in known]
    accepted = [False] * len(found)

    def pair(key: Callable[[Entry], object], numbers: list[int], places: list[int]) -> None:
        by_key: dict[object, list[int]] = {}
        for number in reversed(numbers):
            by_key.setdefault(key(known[number]), []).append(number)
        for place in places:
            same = by_key.get(key(found[place]))
            if same:
                accepted[place] = True
                left[same[-1]] -= 1
                if not left[same[-1]]:
                    same.pop()

    def numbers() -> list[int]:
        return [number for number, count in enumerate(left) if count]

    def places() -> list[int]:
        return [place for place, done in enumerate(accepted) if not done]

    for key in _TIERS:
        pair(key, numbers(), places())
    gone = {path for path in {known[number].path for number in numbers()} if is_gone(path)}
    old = {entry.path for entry in known}
    moved_from = [number for number in numbers() if known[number].path in gone]
    pair(_ELSEWHERE, moved_from, [place for place in places() if found[place].path not in old])
    return Match(
        accepted,
        [entry for entry, done in zip(found, accepted, strict=True) if done],
        [msgspec.structs.replace(known[number], count=left[number]) for number in numbers()],
    )


# -- the file


class _File(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    version: int
    reach: str
    min_certainty: str
    packages: tuple[str, ...]
    findings: tuple[Entry, ...]


class _Version(msgspec.Struct):
    version: int


def read(path: str) -> Baseline:
    """Read a file. Raises BaselineError."""
    shown = shown_path(path)
    try:
        with open(path, "rb") as opened:
            data = opened.read()
    except FileNotFoundError:
        raise BaselineError(f"{shown}: there is no such baseline. `asynclint baseline` makes it.") from None
    except OSError as error:
        raise BaselineError(f"{shown}: the baseline cannot be read: {error.strerror or error}.") from None
    try:
        if msgspec.json.decode(data, type=_Version).version > VERSION:
            raise BaselineError(f"{shown}: the baseline was written by a newer asynclint. Update this one.")
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _CONFLICT.search(data):
            raise BaselineError(
                f"{shown}: the baseline holds the marks of a merge conflict. Take either side whole (`git checkout --ours` or `--theirs`), "
                "and run `asynclint baseline`."
            ) from None
        raise BaselineError(f"{shown}: this is no baseline of asynclint, or it is damaged: {error}.") from None
    return Baseline(shown, Circumstances(file.reach, file.min_certainty, file.packages), file.findings)


def write(path: str, made_in: Circumstances, entries: Iterable[Entry]) -> None:
    """Write a file whole, or leave what is there as it was and raise BaselineError."""
    try:
        write_file(path, text(made_in, entries).encode())
    except NotWritten as error:
        raise BaselineError(f"{shown_path(path)}: the baseline {error}.") from None


def shown_path(path: str) -> str:
    """A path as people are told it: below the working directory relative to it."""
    return os.fsencode(path.removeprefix(os.path.join(os.getcwd(), ""))).decode("utf-8", "backslashreplace")


def text(made_in: Circumstances, entries: Iterable[Entry]) -> str:
    """The content of the file. Equal entries are counted."""
    counts: dict[Entry, int] = {}
    for entry in entries:
        single = msgspec.structs.replace(entry, count=1)
        counts[single] = counts.get(single, 0) + entry.count
    reach, min_certainty, packages = made_in
    counted = (msgspec.structs.replace(entry, count=count) for entry, count in sorted(counts.items()))
    lines = ",\n".join(f"    {_json(msgspec.to_builtins(entry))}" for entry in counted)
    findings = f"[\n{lines}\n  ]" if lines else "[]"
    return (
        f'{{\n  "version": {VERSION},\n  "reach": {_json(reach)},\n  "min-certainty": {_json(min_certainty)},\n'
        f'  "packages": {_json(packages)},\n  "findings": {findings}\n}}\n'
    )


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _json(value: object) -> str:
    """A value in one line, with what cannot be seen or would act on a terminal escaped."""
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in json.dumps(value, ensure_ascii=False)
    )
