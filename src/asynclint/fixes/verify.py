"""Whether fixes did what they promise, told from what the whole program was found guilty of before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from asynclint.model import Finding

Key = tuple[str, str, str]
"""What a finding is counted by, as its line may move: path, function and code."""


def key(finding: Finding) -> Key:
    """The key of a finding."""
    return finding.path, finding.function, finding.code


def excess(before: Iterable[Finding], after: Sequence[Finding], fixed: Iterable[Finding]) -> list[Finding]:
    """The findings of `after` that should not be there: they are new, or are those that were fixed.

    What only habit speaks for is no news: where more calls are awaited, one that is not stands out.
    """
    allowed = Counter(map(key, before))
    allowed.subtract(map(key, fixed))
    left = []
    for finding in sorted(after, key=lambda finding: finding.by_habit):
        allowed[key(finding)] -= 1
        if allowed[key(finding)] < 0 and not finding.by_habit:
            left.append(finding)
    return left


def culprits(wrong: Sequence[Finding], fixed: Sequence[Finding]) -> list[Finding]:
    """Which of the `fixed` findings are to blame: those of the same functions. Empty where that does not tell."""
    functions = {key(finding)[:2] for finding in wrong}
    return [finding for finding in fixed if key(finding)[:2] in functions]
