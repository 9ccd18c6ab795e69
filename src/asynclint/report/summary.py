"""What a run says beside its findings: the files that could not be analysed, and the last line."""

from __future__ import annotations

from collections.abc import Iterator

import click

from asynclint.model import EnvironmentUse, FileError, Report, Safety
from asynclint.report.groups import grouped
from asynclint.report.printable import printable, prose


def error_line(error: FileError) -> str:
    """Return ``path:line: message``, without the line where none is to blame."""
    place = printable(error.path) if error.line is None else f"{printable(error.path)}:{error.line}"
    return f"{click.style(place, bold=True)}: {printable(error.message)}"


_MOST_NAMES = 5
_MOST_REFUSALS = 10


def environment_line(use: EnvironmentUse) -> str:
    """Return the line that tells which environment was used, what was followed and what is not there."""
    if not use.path:
        return "No Python environment was found: calls into installed packages were not followed (`--environment` names one)."
    line = f"Calls were followed into {_count(len(use.followed), 'package')} of {printable(use.path)} ({use.reason})"
    if not use.missing:
        return f"{line}."
    more = f" and {len(use.missing) - _MOST_NAMES} more" if len(use.missing) > _MOST_NAMES else ""
    return f"{line}; not found there: {', '.join(map(printable, use.missing[:_MOST_NAMES]))}{more}."


def refusals(report: Report) -> Iterator[str]:
    """Yield a line for each fix that was offered and not made, with the reason."""
    if not report.refused:
        return
    yield f"{_count(len(report.refused), 'fix', 'fixes')} {'was' if len(report.refused) == 1 else 'were'} offered and not made:"
    for finding, reason in report.refused[:_MOST_REFUSALS]:
        yield f"  {printable(finding.path)}:{finding.span.line}:{finding.span.column}: {finding.name} [{finding.code}]: {prose(reason)}"
    if len(report.refused) > _MOST_REFUSALS:
        yield f"  ... and {len(report.refused) - _MOST_REFUSALS} more (`--output-format json` has them all)"


def fixed(report: Report, written: bool) -> str:
    """Return the line that tells what was fixed; or would be, if nothing is `written`."""
    files = len({finding.path for finding in report.fixed})
    verb = "Fixed" if written else "Would fix"
    done = f"{verb} {_count(len(report.fixed), 'finding')} in {_count(files, 'file')}." if files else "Nothing was fixed."
    return click.style(done, fg="green" if files else "yellow", bold=True)


def fixable(report: Report) -> str:
    """Return the line that tells how many findings have a fix, empty where none has."""
    offers = [finding.fix.safety for finding in report.findings if finding.fix is not None]
    safe, unsafe = offers.count(Safety.SAFE), offers.count(Safety.UNSAFE)
    if not offers:
        return ""
    if not unsafe:
        return f"{_count(safe, 'finding')} can be fixed with `--fix`."
    more = f"{_count(unsafe, 'finding')} with `--fix --unsafe-fixes`."
    return (
        f"{safe} can be fixed with `--fix`, {unsafe} more with `--fix --unsafe-fixes`."
        if safe
        else more.replace(" with", " can be fixed with", 1)
    )


def summary(report: Report) -> str:
    """Return the line that ends a run: ``12 findings (5 things to fix) in 812 files, 1 error, 1.2 s``."""
    files = _count(report.files, "file")
    if not report.findings and not report.errors:
        if not report.files and not report.fixed:
            return click.style("Nothing to check: no Python files found.", fg="yellow")
        return click.style(f"All clear: {files}, no findings.", fg="green", bold=True)
    parts = [f"{_findings(report)} in {files}"]
    if report.errors:
        parts.append(_count(len(report.errors), "error"))
    parts.append(f"{report.seconds:.1f} s")
    return click.style(", ".join(parts), bold=True)


def _findings(report: Report) -> str:
    if not report.findings:
        return "No findings"
    findings, groups = len(report.findings), len(grouped(report.findings))
    count = _count(findings, "finding")
    return f"{count} ({_count(groups, 'thing')} to fix)" if groups < findings else count


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
