"""The ``asynclint`` command: its commands, their options, and exit status.

What takes long to import is imported by the command that needs it, so that ``asynclint --version`` answers at once.
"""

from __future__ import annotations

import functools
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from asynclint import __version__
from asynclint.errors import CLEAN, FINDINGS, INTERNAL, MISUSE, AsynclintError, did_you_mean
from asynclint.report import FORMATS, PROPOSING
from asynclint.report.printable import printable, printable_lines

if TYPE_CHECKING:
    from asynclint import api
    from asynclint.config import Config
    from asynclint.model import Change, Report, Safety
    from asynclint.report.outputs import Output

INTERRUPTED = 130
"""The shell's status for a program that was ended by Ctrl-C."""

_Callback = TypeVar("_Callback", bound=Callable[..., int])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line `arguments` (by default the process's own) and exit with the status they come to."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(arguments, prog_name="asynclint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = MISUSE
    except click.Abort:
        status = INTERRUPTED
    except AsynclintError as error:
        click.echo(f"Error: {printable_lines(str(error))}", err=True)
        status = error.status
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("Error: something inside asynclint broke. Please report it with the lines above.", err=True)
        status = INTERNAL
    sys.exit(status)


def run() -> NoReturn:
    """The installed command: :func:`main`, and then out at once, since taking all facts apart again may last seconds."""
    import gc

    gc.disable()  # facts form no cycles, and the process is short
    status: int | str | None = INTERNAL
    try:
        main()
    except SystemExit as end:
        status = end.code
    with suppress(OSError, ValueError):  # a pipe that is closed, by the other side or by ours
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status if isinstance(status, int) else CLEAN if status is None else INTERNAL)


class _Commands(click.Group):
    """A group that knows what an unknown command was probably meant to be."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            meant = f" (did you mean `check {name}`?)" if os.path.exists(name) else did_you_mean(name, self.commands)
            ctx.fail(f"There is no command `{name}`{meant}.")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> int:
    """Find async mistakes in Python before the code runs.

    Exit status: 0 clean, 1 findings or a given file that could not be analysed, 2 wrong use or configuration,
    3 something inside asynclint broke.
    """
    context.color = False if os.environ.get("NO_COLOR") else None
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return CLEAN


def _configuration_options(command: _Callback) -> _Callback:
    config = click.option("--config", "config_file", metavar="FILE", help="Read this configuration file, no other.")
    isolated = click.option("--isolated", is_flag=True, help="Read no configuration file.")
    return config(isolated(command))


_environment_option = click.option(
    "--environment", metavar="PATH", help="Follow calls into the packages of this interpreter, environment or folder."
)


def _use_cache_folder(context: click.Context, parameter: click.Parameter, folder: str | None) -> None:
    if folder is not None:
        os.environ["ASYNCLINT_CACHE_DIR"] = os.path.abspath(folder)  # which other processes of ours read as well


_cache_folder_option = click.option(
    "--cache-dir", metavar="DIR", expose_value=False, callback=_use_cache_folder, help="Keep the cache there, as ASYNCLINT_CACHE_DIR says."
)


def _cache_options(command: _Callback) -> _Callback:
    """Options about the cache. The command gets `no_cache`."""
    none = click.option("--no-cache", is_flag=True, help="Read and keep nothing in the cache.")
    return _cache_folder_option(none(command))


def _settings_options(command: Callable[..., int]) -> Callable[..., int]:
    """Options that stand above settings of the configuration. The command gets them as one mapping, `given`, for :func:`_with_options`."""
    options = [
        _rules_option("--select", "Report these rules only; the configuration's own choice of rules is left aside."),
        _rules_option("--ignore", "Do not report these rules."),
        _rules_option("--extend-select", "Report these rules too."),
        click.option("--min-certainty", type=click.Choice(["certain", "likely", "possible"]), help="Report what is at least as sure."),
        click.option("--reach", type=click.Choice(["direct", "project", "dependencies"]), help="How far to follow calls."),
        _environment_option,
        click.option("--baseline", metavar="FILE", help="Do not report what this baseline accepts; `asynclint baseline` makes one."),
        click.option("--no-baseline", is_flag=True, help="Report what the configured baseline accepts, too."),
        click.option("--since", metavar="REV", help="Report only what roots in lines that have changed since this git revision."),
        click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use so many processes; by default as many as can run."),
        click.option("--force-exclude", is_flag=True, default=None, help="Leave out what is excluded, even where it is given."),
    ]

    @functools.wraps(command)
    def with_given(**values: object) -> int:
        given = {name: values.pop(name) for name in _SETTINGS}
        return command(given=given, **values)

    for option in reversed(options):
        with_given = option(with_given)
    return with_given


_SETTINGS = (
    "select",
    "ignore",
    "extend_select",
    "min_certainty",
    "reach",
    "environment",
    "baseline",
    "no_baseline",
    "since",
    "jobs",
    "force_exclude",
)


def _rules_option(name: str, explanation: str) -> Callable[[_Callback], _Callback]:
    return click.option(name, metavar="RULES", multiple=True, callback=_split, help=explanation)


def _split(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Make one tuple of the comma-separated lists of an option that may be repeated."""
    return tuple(name for value in values for part in value.split(",") if (name := part.strip()))


@cli.command()
@click.argument("paths", nargs=-1)
@_settings_options
@click.option("--fix", is_flag=True, help="Fix what has a safe fix, and report the rest.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix, --diff or sarif: also what may change the meaning; see the rule's page.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option("--add-ignores", is_flag=True, help="Write comments that silence what is found; with --diff, print them.")
@click.option("--output-format", metavar="FORM[:FILE]", multiple=True, help=f"{', '.join(FORMATS)}. May be given several times.")
@click.option("--output-file", metavar="FILE", help="Write the report there: that without a file of its own.")
@click.option("--statistics", is_flag=True, help="Print counts for each rule instead of the findings.")
@click.option("--profile", is_flag=True, help="Print where the time went, to standard error. What the last check found is not used then.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and errors only.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where it would be 1.")
@_configuration_options
@click.option("--stdin-filename", metavar="NAME", help="The file whose content is on standard input.")
@click.option("--show-files", is_flag=True, help="Print the files to check, and stop.")
@click.option("--show-settings", is_flag=True, help="Print the settings in force, and stop.")
@_cache_options
def check(
    *,
    paths: tuple[str, ...],
    given: Mapping[str, Any],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    add_ignores: bool,
    output_format: tuple[str, ...],
    output_file: str | None,
    statistics: bool,
    profile: bool,
    quiet: bool,
    exit_zero: bool,
    config_file: str | None,
    isolated: bool,
    stdin_filename: str | None,
    show_files: bool,
    show_settings: bool,
    no_cache: bool,
) -> int:
    """Check files and folders.

    PATHS is the working directory by default, and - for standard input. RULES are names, codes or their beginnings
    (ASL1), or ALL, separated by commas. Changed text from standard input goes to standard output, and what is found to
    standard error.
    """
    from asynclint import api
    from asynclint.config import settings_text
    from asynclint.report.outputs import choose

    from_stdin = _is_standard_input(paths, stdin_filename)
    prints_text = "--diff prints a diff" if diff else "" if not from_stdin else _text_printed(fix, add_ignores)
    if add_ignores and (fix or unsafe_fixes):
        raise click.UsageError("--add-ignores silences what --fix would repair: do one after the other.")
    if profile and (fix or diff or add_ignores):
        raise click.UsageError("--profile tells of a check that changes nothing.")
    outputs = choose(output_format, output_file, statistics)
    document = next((output.form for output in outputs if output.file is None and output.is_document), None)
    _refuse_what_excludes_itself(outputs, document, statistics, fix, unsafe_fixes, diff, prints_text)
    if from_stdin:
        paths = () if stdin_filename is None else (stdin_filename,)
    elif not paths:
        paths = (".",)

    config = _with_options(_configuration(paths, config_file, isolated), given)
    if show_settings:
        click.echo(settings_text(config), nl=False)
        return CLEAN
    if show_files:
        for path in api.show_files(paths, config):
            click.echo(printable(path))
        return CLEAN

    stdin = (stdin_filename, sys.stdin.buffer.read()) if from_stdin else None
    timing = api.Timing() if profile else None
    with _progress_bar(wanted=not quiet and document is None) as progress:
        if add_ignores:
            report, changes = api.add_ignores(paths, config, stdin=stdin, write=not diff, progress=progress, use_cache=not no_cache)
        elif fix or diff:
            report, changes = api.fix(
                paths, config, unsafe=unsafe_fixes, stdin=stdin, write=not diff, progress=progress, use_cache=not no_cache
            )
        else:
            propose = _proposals(outputs, unsafe_fixes)
            report = api.check(paths, config, stdin=stdin, propose=propose, progress=progress, use_cache=not no_cache, timing=timing)
            changes = ()
    if diff:
        _print_diff(changes)
    elif prints_text and stdin is not None:
        _print_bytes([changes[0].after if changes else stdin[1]])
    failures = [] if diff else _print_findings(report, outputs, err=bool(prints_text))
    _print_end(report, quiet=quiet or document is not None, fixes=(fix or diff) and not add_ignores, written=not diff)
    if timing is not None:
        _print_profile(timing, report.seconds)
    if failures:
        raise AsynclintError("\n".join(failures))
    return _status(report, exit_zero=exit_zero, would_change=diff and bool(changes))


@cli.command()
@click.argument("paths", nargs=-1)
@click.option("--baseline", metavar="FILE", help="The baseline, if it is not the configured one.")
@_environment_option
@_configuration_options
@_cache_options
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def baseline(
    *,
    paths: tuple[str, ...],
    baseline: str | None,
    environment: str | None,
    config_file: str | None,
    isolated: bool,
    no_cache: bool,
    quiet: bool,
) -> int:
    """Accept what is found now, so that `check` reports new findings only; later, take out what is not found any more.

    Nothing is ever added to a baseline that is there: exit status 1 says that something is found and not accepted. PATHS is the
    folder of the configuration file by default.
    """
    from asynclint import api
    from asynclint.report.summary import acceptance

    config = _configuration(paths or (".",), config_file, isolated)
    is_configured = baseline is not None or config.baseline is not None
    config = config.with_options({"environment": _absolute(environment), "baseline": _absolute(baseline)})
    with _progress_bar(wanted=not quiet) as progress:
        done = api.update_baseline(paths, config, progress=progress, use_cache=not no_cache)
    _print_end(done.report, quiet=True, fixes=False, written=False)
    status = _status(done.report, exit_zero=False, would_change=False)
    if status != INTERNAL and not quiet:
        for line in acceptance(done, is_configured):
            click.echo(line, err=True)
    return status


@cli.command()
@_cache_folder_option
def clean() -> int:
    """Remove the cache of this user: what was found in files, and what checks came to."""
    from asynclint import api

    folder = api.clear_cache()
    click.echo("There is no folder for a cache." if folder is None else f"Removed the cache in {printable(folder)}.", err=True)
    return CLEAN


@cli.command()
@click.argument("rule_name", metavar="NAME|CODE")
def rule(rule_name: str) -> int:
    """Print the page of one rule."""
    from asynclint import api
    from asynclint.report.rules import print_page

    print_page(api.find_rule(rule_name))
    return CLEAN


@cli.command()
def rules() -> int:
    """Print the table of all rules."""
    from asynclint import api
    from asynclint.report.rules import table

    for line in table(api.all_rules()):
        click.echo(line)
    return CLEAN


@cli.command()
@click.argument("place", metavar="PATH:LINE")
@_configuration_options
def why(place: str, config_file: str | None, isolated: bool) -> int:
    """Tell where the function at a line runs, and what its calls reach.

    A place can be pasted as a report prints it, PATH:LINE:COLUMN.
    """
    from asynclint import api

    match = re.fullmatch(r"(.+?):(\d+)(?::\d+)?:?", place)
    if match is None:
        raise click.UsageError(f"`{place}` is not of the form PATH:LINE.")
    path, line = match[1], int(match[2])
    explanation = api.explain(path, line, _configuration([path], config_file, isolated))
    click.echo(printable_lines(explanation), nl=not explanation.endswith("\n"))
    return CLEAN


@cli.command()
def server() -> int:
    """Serve an editor: the language server protocol on standard input and output.

    Needs what `pip install "asynclint[lsp]"` installs.
    """
    try:
        from asynclint.lsp.server import serve
    except ModuleNotFoundError as error:
        raise AsynclintError(f'The language server needs `{error.name}`: pip install "asynclint[lsp]"') from None
    serve()
    return CLEAN


def _refuse_what_excludes_itself(
    outputs: Sequence[Output], document: str | None, statistics: bool, fix: bool, unsafe_fixes: bool, diff: bool, prints_text: str
) -> None:
    if unsafe_fixes and not (fix or diff or any(output.is_proposing for output in outputs)):
        raise click.UsageError(f"--unsafe-fixes goes with --fix or --diff, or --output-format {' or '.join(PROPOSING)}.")
    if diff and any(output.file is not None for output in outputs):
        raise click.UsageError("--diff prints a diff and no findings; there is nothing to write to a file.")
    if prints_text and (statistics or document):
        raise click.UsageError(f"{prints_text}; there is no place for {'--statistics' if statistics else f'--output-format {document}'}.")


def _text_printed(fix: bool, add_ignores: bool) -> str:
    """What is printed besides findings where the source is on standard input."""
    if add_ignores:
        return "--add-ignores prints the commented text from standard input"
    return "--fix prints the fixed text from standard input" if fix else ""


def _proposals(outputs: Sequence[Output], unsafe: bool) -> Safety:
    """Which fixes a report has to show."""
    from asynclint.model import Safety

    if not any(output.is_proposing for output in outputs):
        return Safety.NONE
    return Safety.UNSAFE if unsafe else Safety.SAFE


def _is_standard_input(paths: tuple[str, ...], stdin_filename: str | None) -> bool:
    if paths == ("-",):
        return True
    if "-" in paths:
        raise click.UsageError("Standard input (`-`) cannot be checked together with other paths.")
    if stdin_filename is not None:
        raise click.UsageError("--stdin-filename needs `-` as the path.")
    return False


def _configuration(paths: Sequence[str], config_file: str | None, isolated: bool) -> Config:
    from asynclint.config import config_for

    if config_file is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other.")
    return config_for(paths, config_file, isolated=isolated)


def _with_options(config: Config, given: Mapping[str, Any]) -> Config:
    """The settings, with what :func:`_settings_options` was given above them."""
    if given["baseline"] is not None and given["no_baseline"]:
        raise click.UsageError("--baseline and --no-baseline exclude each other.")
    if given["no_baseline"]:
        config = replace(config, baseline=None)
    config = replace(config, since=given["since"], jobs=given["jobs"])
    select = given["select"]
    return config.with_options(
        {
            "select": select or None,
            "ignore": given["ignore"] if select else config.ignore + given["ignore"],
            "extend-select": given["extend_select"] if select else config.extend_select + given["extend_select"],
            "min-certainty": given["min_certainty"],
            "reach": given["reach"],
            "environment": _absolute(given["environment"]),
            "baseline": _absolute(given["baseline"]),
            "force-exclude": given["force_exclude"],
        }
    )


def _absolute(path: str | None) -> str | None:
    return path and os.path.abspath(path)


def _progress_bar(*, wanted: bool) -> AbstractContextManager[Callable[[int, int], None] | None]:
    if not (wanted and sys.stderr.isatty()):
        return nullcontext()
    from asynclint.report.progress import progress_bar

    return progress_bar()


def _print_profile(timing: api.Timing, seconds: float) -> None:
    from asynclint.report.profile import profile

    for line in profile(timing, seconds):
        click.echo(line, err=True)


def _print_diff(changes: Sequence[Change]) -> None:
    from asynclint.report.diff import render

    for change in changes:
        _print_bytes(render(change))


def _print_bytes(pieces: Iterable[bytes]) -> None:
    """Print what is in the encoding of a file, whatever that of the terminal is."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)


def _print_findings(report: Report, outputs: Sequence[Output], *, err: bool) -> list[str]:
    """Print and write what was asked for, and return what went wrong. Findings that a file did not take are printed."""
    from asynclint.report.outputs import write_files

    failures = write_files(report, outputs)
    shown = [output.render for output in outputs if output.file is None]
    for render in shown or ([FORMATS["text"]] if failures else []):
        for piece in render(report):
            click.echo(piece, err=err)
    return failures


def _print_end(report: Report, *, quiet: bool, fixes: bool, written: bool) -> None:
    """Print what a run says beside its findings, to standard error."""
    from asynclint.report.summary import environment_line, error_line, expired, fixable, fixed, ignored, refusals, summary

    for error in report.errors:
        click.echo(error_line(error), err=True)
    if quiet:
        return
    if report.environment is not None:
        click.echo(environment_line(report.environment), err=True)
    for line in [*refusals(report), *ignored(report, written)]:
        click.echo(line, err=True)
    if fixes:
        click.echo(fixed(report, written), err=True)
    click.echo(summary(report), err=True)
    for line in (fixable(report) if not fixes else "", expired(report)):
        if line:
            click.echo(line, err=True)


def _status(report: Report, *, exit_zero: bool, would_change: bool) -> int:
    if any(error.internal for error in report.errors):
        return INTERNAL
    if report.findings or would_change or any(error.given for error in report.errors):
        return CLEAN if exit_zero else FINDINGS
    return CLEAN
