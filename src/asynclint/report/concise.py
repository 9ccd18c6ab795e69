"""The form for tools that read flake8's lines: ``path:line:column: ASL105 message [blocking-file-io]``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from asynclint.model import Finding, Report
from asynclint.report.printable import printable, prose


def render(report: Report) -> Iterator[str]:
    """Yield one line for each finding."""
    for finding in report.findings:
        path = click.style(printable(finding.path), bold=True)
        code = click.style(finding.code, fg="red", bold=True)
        yield f"{path}:{finding.span.line}:{finding.span.column}: {code} {said(finding)}"


def said(finding: Finding) -> str:
    """What a line says behind the code."""
    return f"{prose(finding.message)} [{finding.name}]"
