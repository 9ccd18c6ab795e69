"""What a run says beside its findings: the files that could not be analysed, and the last line."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

import click

from asynclint.model import Acceptance, EnvironmentUse, FileError, Refusal, Report, Safety
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
    if report.refused:
        count = len(report.refused)
        yield f"{_count(count, 'fix', 'fixes')} {'was' if count == 1 else 'were'} offered and not made:"
        yield from _refused(report.refused, "`--output-format json` has them all")


def ignored(report: Report, written: bool) -> Iterator[str]:
    """Yield the lines that tell which findings comments silence, and which not; or would, if nothing is `written`."""
    use = report.ignores
    if use is None:
        return
    if use.left:
        yield f"{_count(len(use.left), 'finding')} cannot be silenced by comments:"
        yield from _refused(use.left, "they are reported")
    verb = "Wrote" if written else "Would write"
    done = f"{verb} {_count(use.comments, 'comment')} in {_count(use.files, 'file')}: {_count(use.silenced, 'finding')} silenced."
    yield click.style(done, fg="green", bold=True) if use.comments else click.style("No comment was written.", fg="yellow", bold=True)


def _refused(refused: Sequence[Refusal], where: str) -> Iterator[str]:
    for finding, reason in refused[:_MOST_REFUSALS]:
        yield f"  {printable(finding.path)}:{finding.span.line}:{finding.span.column}: {finding.name} [{finding.code}]: {prose(reason)}"
    if len(refused) > _MOST_REFUSALS:
        yield f"  ... and {len(refused) - _MOST_REFUSALS} more ({where})"


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
    """Return the line that ends a run: ``12 findings (5 things to fix) in 812 files, 1 error, 340 more in the baseline, 1.2 s``."""
    files = _count(report.files, "file")
    hidden = _hidden(report)
    if not report.findings and not report.errors:
        if not report.files and not report.fixed:
            return click.style("Nothing to check: no Python files found.", fg="yellow")
        found = f"no new findings, {', '.join(hidden)}" if hidden else "no findings"
        return click.style(f"All clear: {files}, {found}.", fg="green", bold=True)
    parts = [f"{_findings(report)} in {files}"]
    if report.errors:
        parts.append(_count(len(report.errors), "error"))
    parts += hidden
    parts.append(f"{report.seconds:.1f} s")
    return click.style(", ".join(parts), bold=True)


def _hidden(report: Report) -> list[str]:
    """How many findings are not reported, and why."""
    accepted, since = report.baseline, report.since
    hidden = [f"{accepted.accepted} accepted by {printable(accepted.path)}"] if accepted is not None and accepted.accepted else []
    return [*hidden, f"{since.older} older than {printable(since.revision)}"] if since is not None and since.older else hidden


def expired(report: Report) -> str:
    """Return the line that tells what a baseline accepts without need, empty where there is no such thing."""
    use = report.baseline
    if use is None or not use.expired:
        return ""
    option = "" if posixpath.basename(use.path) == use.path else f" --baseline {printable(use.path)}"
    entries = f"{_count(use.expired, 'entry', 'entries')} of {printable(use.path)} {'has' if use.expired == 1 else 'have'} expired"
    return f"{entries}: `asynclint baseline{option}` takes {'it' if use.expired == 1 else 'them'} out."


def acceptance(done: Acceptance, is_configured: bool) -> Iterator[str]:
    """Yield the lines that tell what became of a baseline, and what to do next. `is_configured` tells whether `check` would use it."""
    path = printable(done.path)
    if done.report.environment is not None:
        yield environment_line(done.report.environment)
    if done.is_new:
        files = len({finding.path for finding in done.report.hidden})
        yield click.style(f"Made {path}: it accepts {_count(done.accepted, 'finding')} in {_count(files, 'file')}.", fg="green", bold=True)
    elif done.taken_out:
        yield click.style(f"Took {_count(done.taken_out, 'finding')} out of {path}, {done.accepted} are left.", fg="green", bold=True)
    else:
        yield f"Nothing to take out of {path}: {_count(done.accepted, 'finding')}."
    if not is_configured:
        yield f'For `asynclint check` to use it, set `baseline = "{path}"` in the configuration.'
    new = len(done.report.findings)
    if new:
        them = "it" if new == 1 else "them"
        yield click.style(
            f"{_count(new, 'finding')} {'was' if new == 1 else 'were'} not added: a baseline only shrinks. `asynclint check` shows {them}, "
            f"`asynclint check --add-ignores` silences {them}; to accept {them}, remove {path} and start over.",
            fg="yellow",
        )


def _findings(report: Report) -> str:
    if not report.findings:
        return "No findings"
    findings, groups = len(report.findings), len(grouped(report.findings))
    count = _count(findings, "finding")
    return f"{count} ({_count(groups, 'thing')} to fix)" if groups < findings else count


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
