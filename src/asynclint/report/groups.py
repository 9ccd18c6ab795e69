"""Findings that share a sink, brought together: many places, one thing to fix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from asynclint.model import Finding


class Group(NamedTuple):
    """The finding that speaks for its group, and the others in report order."""

    shown: Finding
    others: tuple[Finding, ...]


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Return the groups of `findings`, which are in report order, by the place of each group's first finding.

    The most certain finding speaks for its group; among equals the one with the shortest way, then the first.
    """
    members: dict[str, list[Finding]] = {}
    for finding in findings:
        members.setdefault(finding.group, []).append(finding)
    return [_group(group) for group in members.values()]


def _group(findings: list[Finding]) -> Group:
    shown = min(findings, key=lambda finding: (-finding.certainty, len(finding.way)))
    return Group(shown, tuple(finding for finding in findings if finding is not shown))
