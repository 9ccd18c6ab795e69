"""How many findings and things to fix there are of each rule, the most frequent rule first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click

from asynclint.model import Report
from asynclint.report.groups import grouped


def render(report: Report) -> Iterator[str]:
    """Yield a table's heading and one line for each rule, or nothing where there are no findings."""
    if not report.findings:
        return
    findings = Counter((finding.code, finding.name) for finding in report.findings)
    groups = Counter((group.shown.code, group.shown.name) for group in grouped(report.findings))
    yield click.style(f"{'findings':>8}  {'to fix':>6}  rule", bold=True)
    for rule, count in sorted(findings.items(), key=lambda item: (-item[1], item[0])):
        code, name = rule
        yield f"{count:>8}  {groups[rule]:>6}  {name} [{code}]"
