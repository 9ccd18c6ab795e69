"""What comments in the files of a program silence, and those that silence nothing or are written wrongly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from asynclint.model import Certainty, Finding, Fix, Span
from asynclint.project.linking.values import Function
from asynclint.rules.rule import Rule
from asynclint.rules.selection import CODES, EQUIVALENTS
from asynclint.rules.suppression import invalid, unused
from asynclint.source.text import Source
from asynclint.suppress import NOQA, DirectiveLines, FileSuppressions, is_left_out, parse_suppressions, problems


class Comments:
    """The comments of a program. `source` gives a file by the path that reports show. Without `noqa`, such comments silence nothing."""

    def __init__(self, source: Callable[[str], Source], noqa: bool) -> None:
        self._source = source
        self._noqa = noqa
        self._directives: dict[str, DirectiveLines] = {}
        self._suppressions: dict[str, FileSuppressions | None] = {}
        self._left_out: dict[str, bool] = {}

    def forget(self, path: str) -> None:
        """Forget the comments of a file that has changed."""
        for known in (self._directives, self._suppressions, self._left_out):
            known.pop(path, None)

    def has_ours(self, path: str) -> bool:
        """Whether comments of ours stand in a file: whether they silence anything, is known when all rules have looked at all of it."""
        return self._lines(path).has_ours

    def leave_out(self, path: str) -> bool:
        """Whether comments take a whole file out of the report."""
        known = self._left_out.get(path)
        if known is None:
            known = self._left_out[path] = self._noqa and is_left_out(self._source(path))
        return known

    def silence(self, function: Function, number: int, rule: str) -> bool:
        """See :data:`asynclint.project.calls.solve.Silenced`. Comments in a dependency speak to its own developers."""
        if function.module.is_dependency:
            return False
        if number < 0:
            first, last, _ = function.module.places.of_function(function.number)
        else:
            first, _, last, _ = function.module.places.of_use(function.number, number)
        suppressions = self._of_lines(function.module.path, first, last)
        if suppressions is None:
            return False
        if number < 0:
            return suppressions.vouched(first, last) or suppressions.covers_function(rule, first, last)
        return suppressions.covers(rule, first, last)

    def cover(self, path: str, rule: str, span: Span) -> bool:
        """Whether a finding of a rule at a place is silenced."""
        suppressions = self._of_lines(path, span.line, span.end_line)
        return suppressions is not None and suppressions.covers(rule, span.line, span.end_line)

    def _of_lines(self, path: str, first_line: int, last_line: int) -> FileSuppressions | None:
        """What comments in a file silence, if one may speak for these lines. Only then is the file tokenised: that is slow."""
        return self._of_file(path) if self._lines(path).may_cover(first_line, last_line) else None

    def _lines(self, path: str) -> DirectiveLines:
        if path not in self._directives:
            self._directives[path] = DirectiveLines(self._source(path), EQUIVALENTS)
        return self._directives[path]

    def _of_file(self, path: str) -> FileSuppressions | None:
        if path not in self._suppressions:
            found = [directive for directive in parse_suppressions(self._source(path)) if self._noqa or directive.kind != NOQA]
            self._suppressions[path] = FileSuppressions(found, CODES, EQUIVALENTS) if found else None
        return self._suppressions[path]

    def findings(self, paths: Iterable[str], rules: Collection[Rule], runs: Callable[[Rule, str], bool]) -> Iterator[Finding]:
        """What is wrong with comments of ours in some files, as soon as all that is found there is known. `runs` tells whether a rule is on
        in a file."""
        active = frozenset(rule.name for rule in rules)
        for path in paths:
            source = self._source(path)
            suppressions = self._of_file(path) if self.has_ours(path) else None
            if suppressions is None:
                continue
            if unused.RULE in rules and runs(unused.RULE, path):
                for suppression, written in suppressions.unused(active):
                    what = f"`{written}` silences" if written else "this comment silences"
                    span = _comment_span(source, suppression.line, suppression.column)
                    fix = Fix("drop-directive", "Remove it", unused.RULE.fix, (written,))
                    yield _about_comment(unused.RULE, source, span, f"{what} nothing here", "Remove it.", fix)
            if invalid.RULE in rules and runs(invalid.RULE, path):
                for line, message in problems(parse_suppressions(source), CODES):
                    span = _comment_span(source, line, source.line(line).find("#") + 1)
                    yield _about_comment(invalid.RULE, source, span, message, "Write the name of a rule; `asynclint rules` lists them.")


def _about_comment(rule: Rule, source: Source, span: Span, message: str, advice: str, fix: Fix | None = None) -> Finding:
    group = f"{rule.name}:{source.path}:{span.line}:{span.column}"
    text = source.line(span.line)
    return Finding(rule.code, rule.name, source.path, span, message, Certainty.CERTAIN, rule.kind, group, (), "", "", "", advice, text, fix)


def _comment_span(source: Source, line: int, column: int) -> Span:
    return Span(line, column, line, len(source.line(line).rstrip()) + 1)
