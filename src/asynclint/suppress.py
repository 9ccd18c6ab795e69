"""Comments that silence findings, and those of them that silence nothing.

==============================================  ================================================================
``# noqa``, ``# noqa: ASL105, E501``            silences findings on its line
``# asynclint: ignore[blocking-sleep] reason``  silences findings on its line
``# asynclint: ignore-file[ASL105] reason``     silences findings in the file, wherever it stands
``# flake8: noqa``                              alone on its line: nothing is reported in the file
``# asynclint: nonblocking reason``             vouches for the function whose ``def`` or decorator is on its line
==============================================  ================================================================

Rules go by name, code or the beginning of a code (``ASL1``); without any, all are meant. A ``noqa`` with another linter's code for the
same mistake counts; other tools' codes are not ours otherwise. Behind the last line of a statement
that goes over several lines, a comment speaks for the whole statement. On a line of its own, ``ignore`` or ``nonblocking``
speaks for the next line with code.
"""

from __future__ import annotations

import functools
import re
import tokenize
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import NamedTuple, final

from asynclint.errors import did_you_mean
from asynclint.source.text import Source

NOQA = "noqa"
IGNORE = "ignore"
IGNORE_FILE = "ignore-file"
NONBLOCKING = "nonblocking"

_OWN_CODE = re.compile(r"ASL\d*", re.IGNORECASE)

# As for flake8, a `noqa` with a reason but without anything that looks like a code is a bare one.
_DIRECTIVE = re.compile(
    r"""
    (?: \#\s*(?P<noqa>(?i:noqa))\b (?: \s*:\s*(?P<codes> {code} (?:[\s,]+{code})* ) )?
      | (?<!\S)\#\s*asynclint:\s* (?P<kind>[^\s\[#]*) (?: \s*\[ (?P<rules>[^\]]*) \]? )?
    )
    (?P<reason>.*?) (?= \#\s*(?:(?i:noqa)\b|asynclint:) | $ )
    """.format(code=r"(?i:[a-z]+\d+|asl)\b"),
    re.VERBOSE,
)


@functools.cache
def _noqa(equivalents: tuple[str, ...]) -> re.Pattern[bytes]:
    """What a bare ``noqa`` looks like, or one with one of these codes."""
    codes = "|".join(map(re.escape, equivalents)) or "(?!)"
    return re.compile(rf"#\s*noqa\b(?:(?!\s*:\s*[a-z]+\d)|\s*:[\s\w,]*\b(?:{codes})\b)".encode(), re.IGNORECASE)


_WHOLE_FILE = re.compile(rb"^[ \t]*# flake8[:=]\s*noqa[ \t]*(?:$|\r|#)", re.IGNORECASE | re.MULTILINE)

LONGEST_STATEMENT = 100
"""A ``noqa`` so many lines behind a finding is not looked at, even if the statement is longer than that."""


class Suppression(NamedTuple):
    """One directive in a comment as it is written, be its `kind` and `rules` known or not.

    `line` and `column` are where its ``#`` stands. `rules` are the names and codes it lists; none means all. It speaks
    for the lines from `first_line` to `last_line`.
    """

    line: int
    column: int
    kind: str
    rules: tuple[str, ...]
    reason: str
    first_line: int
    last_line: int


def is_left_out(source: Source) -> bool:
    """Whether nothing is to be reported in a file, as flake8 does it. Ways through the file are not concerned."""
    return b"flake8" in source.data and _WHOLE_FILE.search(source.data) is not None


class DirectiveLines:
    """Where in a file the words of directives stand, found without tokenising it: most files need no closer look.

    Of other tools' codes, only the `equivalents` of ours count."""

    __slots__ = ("has_ours", "lines")

    def __init__(self, source: Source, equivalents: Collection[str]) -> None:
        data = source.data
        self.has_ours = b"asynclint:" in data or re.search(rb"(?i)noqa:.*ASL", data) is not None
        self.lines: list[int] = []
        if not self.has_ours:
            position, line = 0, 1
            for match in _noqa(tuple(equivalents)).finditer(data):
                line += data.count(b"\n", position, match.start())
                position = match.start()
                self.lines.append(line)

    def may_cover(self, first_line: int, last_line: int) -> bool:
        """Whether a directive may speak for these lines: one of ours from anywhere, a ``noqa`` from the same statement."""
        if self.has_ours:
            return True
        index = bisect_left(self.lines, first_line)
        return index < len(self.lines) and self.lines[index] <= last_line + LONGEST_STATEMENT


def parse_suppressions(source: Source) -> tuple[Suppression, ...]:
    """The directives of a file that :func:`asynclint.source.parse.parse` accepts, in the order of their lines."""
    if b"asynclint" not in source.data and b"noqa" not in source.data.lower():
        return ()
    return tuple(directive for comment in _comments(source) for directive in _directives(comment, source))


@final
class FileSuppressions:
    """What one file silences, and a record of which directives did.

    `codes` maps the names of all rules there are to their codes, `equivalents` other tools' codes to the names of rules.
    """

    __slots__ = ("_entries", "_used")

    def __init__(self, suppressions: Iterable[Suppression], codes: Mapping[str, str], equivalents: Mapping[str, frozenset[str]]) -> None:
        self._entries = [entry for suppression in suppressions for entry in _entries(suppression, codes, equivalents)]
        self._used: set[_Entry] = set()

    def covers(self, rule: str, first_line: int, last_line: int) -> bool:
        """Whether a finding of the rule so named, on these lines, is silenced. What silences it counts as used."""
        return self._use(
            entry
            for entry in self._entries
            if rule in entry.names and entry.suppression.kind != NONBLOCKING and entry.meets(first_line, last_line)
        )

    def covers_function(self, rule: str, first_line: int, def_line: int) -> bool:
        """Whether an ``ignore`` from a function's first decorator to its ``def`` silences a rule for all that happens in it."""
        return self._use(
            entry
            for entry in self._entries
            if rule in entry.names and entry.suppression.kind == IGNORE and entry.meets(first_line, def_line)
        )

    def vouched(self, first_line: int, def_line: int) -> bool:
        """Whether a function is declared nonblocking, from its first decorator's line to that of its ``def``.

        Ask only where the answer changes something: what vouches counts as used.
        """
        return self._use(entry for entry in self._entries if entry.suppression.kind == NONBLOCKING and entry.meets(first_line, def_line))

    def unused(self, active: Set[str]) -> list[tuple[Suppression, str]]:
        """The directives of ours that have silenced nothing, each with the rule as written, empty where it lists none.

        `active` are the names of the rules that have run: what can only silence others is not judged, and neither is
        a ``noqa`` that is bare or has another tool's code.
        """
        return [
            (entry.suppression, entry.rule)
            for entry in self._entries
            if entry not in self._used
            and (entry.suppression.kind != NOQA or _OWN_CODE.fullmatch(entry.rule))
            and not entry.names.isdisjoint(active)
        ]

    def _use(self, entries: Iterable[_Entry]) -> bool:
        matching = set(entries)
        self._used |= matching
        return bool(matching)


def problems(suppressions: Iterable[Suppression], codes: Mapping[str, str]) -> list[tuple[int, str]]:
    """The lines of directives that are written wrongly, and what is wrong. `codes` maps the names of all rules to codes."""
    found: list[tuple[int, str]] = []
    for suppression in suppressions:
        kind = suppression.kind
        if kind not in (NOQA, IGNORE, IGNORE_FILE, NONBLOCKING):
            hint = did_you_mean(kind, (IGNORE, IGNORE_FILE, NONBLOCKING))
            found.append((suppression.line, f"unknown directive `asynclint: {kind}`{hint}"))
        elif kind == NONBLOCKING and suppression.rules:
            found.append((suppression.line, f"`asynclint: {NONBLOCKING}` takes no rules"))
        else:
            for rule in suppression.rules:
                if not _named(rule, codes) and (kind != NOQA or _OWN_CODE.fullmatch(rule)):
                    hint = did_you_mean(rule, (*codes, *codes.values()))
                    found.append((suppression.line, f"unknown rule `{rule}` in `{kind}`{hint}"))
    return found


class _Entry(NamedTuple):
    """One rule of a directive as written, empty where it lists none, and the names of the rules that this means."""

    suppression: Suppression
    rule: str
    names: frozenset[str]

    def meets(self, first_line: int, last_line: int) -> bool:
        return self.suppression.first_line <= last_line and first_line <= self.suppression.last_line


def _entries(suppression: Suppression, codes: Mapping[str, str], equivalents: Mapping[str, frozenset[str]]) -> Iterator[_Entry]:
    if suppression.kind not in (NOQA, IGNORE, IGNORE_FILE, NONBLOCKING):
        return
    if not suppression.rules or suppression.kind == NONBLOCKING:
        yield _Entry(suppression, "", frozenset(codes))
    else:
        for rule in suppression.rules:
            others = equivalents.get(rule.upper(), frozenset()) if suppression.kind == NOQA else frozenset()
            yield _Entry(suppression, rule, _named(rule, codes) | others)


def _named(rule: str, codes: Mapping[str, str]) -> frozenset[str]:
    """The names of the rules that a name, a code or the beginning of a code means: none if it is not ours."""
    if rule in codes:
        return frozenset((rule,))
    if not _OWN_CODE.fullmatch(rule):
        return frozenset()
    return frozenset(name for name, code in codes.items() if code.startswith(rule.upper()))


@final
class CommentPlaces:
    """Where in a file, which :func:`asynclint.source.parse.parse` accepts, a comment can be written that speaks for given lines."""

    __slots__ = ("_ends", "_statements")

    def __init__(self, source: Source) -> None:
        self._ends: dict[int, int | None] = {}
        self._statements: list[tuple[int, int]] = []
        comment: tokenize.TokenInfo | None = None
        statement = code = strings = 0
        for token in _tokens(source):
            if token.type == tokenize.COMMENT:
                comment = token
            elif token.type in (tokenize.NL, tokenize.NEWLINE):
                line = token.start[0]
                if line == code and not strings:
                    self._ends[line] = comment.start[1] if comment is not None and comment.start[0] == line else None
                if token.type == tokenize.NEWLINE:
                    self._statements.append((statement, line))
                    statement = 0
            elif token.type not in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                name = tokenize.tok_name[token.type]
                strings += name.endswith("STRING_START") - name.endswith("STRING_END")  # before Python 3.12, no comment fits in there
                statement = statement or token.start[0]
                code = token.end[0]

    def line_for(self, first_line: int, last_line: int) -> int | None:
        """The line behind which an ``ignore`` speaks for a finding on these lines: one of them, else the last of the statement."""
        for line in range(first_line, last_line + 1):
            if line in self._ends:
                return line
        index = bisect_left(self._statements, first_line, key=lambda statement: statement[1])
        if index < len(self._statements) and self._statements[index][0] <= first_line and self._statements[index][1] in self._ends:
            return self._statements[index][1]
        return None

    def comment(self, line: int) -> int | None:
        """Where the comment behind a line's code begins, in characters from 0; None where there is none."""
        return self._ends.get(line)


class _Comment(NamedTuple):
    """A comment, its place, and the lines that it speaks for."""

    line: int
    column: int
    text: str
    first_line: int
    last_line: int


def _comments(source: Source) -> Iterator[_Comment]:
    above: list[tokenize.TokenInfo] = []  # comments on lines of their own, until the next code line
    beside: tokenize.TokenInfo | None = None  # the comment behind code, until we know whether the statement ends there
    statement = 0  # where the current statement begins
    code = 0  # the last line with code
    for token in _tokens(source):
        if token.type == tokenize.COMMENT:
            if token.start[0] == code:
                beside = token
            else:
                above.append(token)
        elif token.type in (tokenize.NL, tokenize.NEWLINE):
            if beside is not None:
                yield _comment(beside, statement if token.type == tokenize.NEWLINE else code, code)
                beside = None
            if token.type == tokenize.NEWLINE:
                statement = 0
        elif token.type not in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            statement = statement or token.start[0]
            yield from (_comment(comment, token.start[0], token.start[0]) for comment in above)
            above.clear()
            code = token.end[0]
    yield from (_comment(comment, comment.start[0], comment.start[0]) for comment in above)


def _comment(token: tokenize.TokenInfo, first_line: int, last_line: int) -> _Comment:
    return _Comment(token.start[0], token.start[1], token.string, first_line, last_line)


def _tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    """The tokens, as far as they can be read: `tokenize` is stricter than the parser here and there."""
    lines = (f"{line}\n" for line in source.lines)
    try:
        yield from tokenize.generate_tokens(lambda: next(lines, ""))
    except (tokenize.TokenError, SyntaxError):
        return


def _directives(comment: _Comment, source: Source) -> Iterator[Suppression]:
    for match in _DIRECTIVE.finditer(comment.text):
        first_line, last_line = comment.first_line, comment.last_line
        if match["noqa"]:
            kind = NOQA
            rules = tuple(re.split(r"[\s,]+", match["codes"])) if match["codes"] else ()
            # Other tools know no `noqa` above a line: on a line of its own, it speaks for that line.
            first_line, last_line = min(first_line, comment.line), comment.line
        else:
            kind = match["kind"]
            rules = tuple(rule.strip() for rule in match["rules"].split(",")) if match["rules"] is not None else ()
            if kind == IGNORE_FILE:
                first_line, last_line = 1, source.line_count
        column = comment.column + match.start() + 1
        yield Suppression(comment.line, column, kind, rules, match["reason"].strip(), first_line, last_line)
