"""How many findings and things to fix there are of each rule, and how many can be fixed, the most frequent rule first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import click

from asynclint.model import Finding, Report, Safety
from asynclint.report.groups import grouped

_Rule = tuple[str, str]


def render(report: Report) -> Iterator[str]:
    """Yield a table's heading, one line for each rule, and the sums; or nothing where there are no findings.

    *to fix* counts findings that share a cause once; *--fix* and *unsafe* are those that ``--fix`` and ``--unsafe-fixes`` offer to repair;
    *hidden* those that a baseline accepts, or that are older than a revision.
    """
    found, hidden = _counts(report.findings), _counts(report.hidden)
    columns = {
        "findings": found,
        "to fix": _counts(group.shown for group in grouped(report.findings)),
        "--fix": _counts(finding for finding in report.findings if _offers(finding, Safety.SAFE)),
        "unsafe": _counts(finding for finding in report.findings if _offers(finding, Safety.UNSAFE)),
    }
    if report.hidden:
        columns["hidden"] = hidden
    rules = sorted({*found, *hidden}, key=lambda rule: (-found[rule], -hidden[rule], rule))
    if not rules:
        return
    yield click.style("  ".join([*[f"{title:>{_width(title)}}" for title in columns], "rule"]), bold=True)
    for rule in rules:
        code, name = rule
        yield _line({title: counts[rule] for title, counts in columns.items()}, f"{name} [{code}]")
    if len(rules) > 1:
        yield click.style(_line({title: counts.total() for title, counts in columns.items()}, "all"), bold=True)


def _counts(findings: Iterable[Finding]) -> Counter[_Rule]:
    return Counter((finding.code, finding.name) for finding in findings)


def _offers(finding: Finding, safety: Safety) -> bool:
    return finding.fix is not None and finding.fix.safety is safety


def _line(counts: dict[str, int], rule: str) -> str:
    return "  ".join([*[f"{count or '-':>{_width(title)}}" for title, count in counts.items()], rule])


def _width(title: str) -> int:
    return max(len(title), 6)
