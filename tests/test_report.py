"""The reports, on hand-made findings."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest

from asynclint.model import Certainty, FileError, Finding, Fix, Report, Safety, Span, Step
from asynclint.report import FORMATS, progress
from asynclint.report import statistics as statistics_report
from asynclint.report.summary import error_line, summary
from asynclint.report.text import MAX_PLACES

STEP = Step("app/conf.py", 9, 10, "app.conf.load_settings", "calls `open()`", "    with open(PATH) as file:")


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "ASL105",
        "name": "blocking-file-io",
        "path": "app/views.py",
        "span": Span(41, 16, 41, 31),
        "message": "`load_settings()` blocks the event loop: it reads a file",
        "certainty": Certainty.CERTAIN,
        "kind": "disk",
        "group": "open in app/conf.py",
        "way": (STEP,),
        "function": "app.views.index",
        "subject": "load_settings()",
        "sink": "open()",
        "advice": "Run it in a thread: `await asyncio.to_thread(load_settings)`.",
        "source_line": "    settings = load_settings()",
    }
    return Finding(**(values | changes))


def direct(source_line: str, call: str, **changes: Any) -> Finding:
    """A finding whose sink `call` stands in the root."""
    start = source_line.index(call)
    span = Span(1, start + 1, 1, start + len(call) + 1)
    return finding(**{"source_line": source_line, "span": span, "way": (), "group": call, "advice": ""} | changes)


def report(*findings: Finding, errors: tuple[FileError, ...] = (), files: int = 3) -> Report:
    return Report(findings, errors, files=files, program_files=9, seconds=1.234567)


def rendered(form: str, *findings: Finding) -> str:
    return click.unstyle("\n".join(FORMATS[form](report(*findings))))


def test_text_shows_a_group_once_with_its_way_and_its_places() -> None:
    others = [
        finding(
            path="app/z.py",
            span=Span(10 + n, 9, 10 + n, 17),
            function="app.z.handler",
            subject="reload()",
            certainty=Certainty.LIKELY,
        )
        for n in range(2)
    ]
    assert rendered("text", finding(), *others) == (
        "app/views.py:41:16: blocking-file-io [ASL105] `load_settings()` blocks the event loop: it reads a file\n"
        "    41 | settings = load_settings()\n"
        "       |            ^^^^^^^^^^^^^^^\n"
        "  the way:\n"
        "    1. app/conf.py:9:10: app.conf.load_settings calls `open()`\n"
        "       9 | with open(PATH) as file:\n"
        "  also reached from 2 more places:\n"
        "    app/z.py:10:9 in app.z.handler: `reload()` (likely)\n"
        "    app/z.py:11:9 in app.z.handler: `reload()` (likely)\n"
        "  help: Run it in a thread: `await asyncio.to_thread(load_settings)`.\n"
    )


def test_text_leaves_out_what_a_finding_does_not_have() -> None:
    assert rendered("text", direct("    open(PATH)", "open(PATH)", message="`open()` blocks")) == (
        "app/views.py:1:5: blocking-file-io [ASL105] `open()` blocks\n"
        "    1 | open(PATH)\n"
        "      | ^^^^^^^^^^\n"
    )  # fmt: skip


def test_text_separates_groups_by_an_empty_line_in_the_order_of_their_first_finding() -> None:
    early = finding(path="a.py", certainty=Certainty.LIKELY, group="one")
    middle = finding(path="b.py", group="two")
    late = finding(path="c.py", group="one")
    blocks = rendered("text", early, middle, late).split("\n\n")
    assert [block.split(":")[0] for block in blocks] == ["c.py", "b.py"]


@pytest.mark.parametrize(
    ("first", "second", "speaker"),
    [
        ({"certainty": Certainty.LIKELY, "way": ()}, {"certainty": Certainty.CERTAIN, "way": (STEP, STEP)}, "second"),
        ({"way": (STEP, STEP)}, {"way": (STEP,)}, "second"),
        ({}, {}, "first"),
    ],
)
def test_the_surest_finding_then_the_shortest_way_speaks_for_its_group(first: dict[str, Any], second: dict[str, Any], speaker: str) -> None:
    output = rendered("text", finding(path="first", **first), finding(path="second", **second))
    assert output.startswith(f"{speaker}:41:16: ")


def test_text_tells_how_sure_a_finding_is_only_where_it_is_not_certain() -> None:
    assert "[ASL105] (likely) `load_settings()`" in rendered("text", finding(certainty=Certainty.LIKELY))
    assert "certain" not in rendered("text", finding())


def test_text_counts_the_places_beyond_the_first_few() -> None:
    places = [finding(span=Span(line, 1, line, 2), way=(), source_line="x") for line in range(1, MAX_PLACES + 4)]
    lines = rendered("text", *places).splitlines()
    listed = lines.index(f"  also in {MAX_PLACES + 2} more places:")
    assert lines[listed + MAX_PLACES + 1] == "    ... and 2 more"


@pytest.mark.parametrize(
    ("source_line", "column_of_carets"),
    [
        ("time.sleep(1)", 0),
        ("\t\ttime.sleep(1)", 0),
        ("if x:\ttime.sleep(1)", 9),
        ('x = "日本"; time.sleep(1)', 12),
        ('x = "🎉"; time.sleep(1)', 10),
        ('x = "é"; time.sleep(1)', 9),
        ("\x0ctime.sleep(1)", 0),
        ('x = "\x1b"; time.sleep(1)', 9),
    ],
)
def test_carets_stand_under_the_code_whatever_stands_before(source_line: str, column_of_carets: int) -> None:
    output = rendered("text", direct(source_line, "time.sleep(1)")).split("\n")
    assert output[2] == "      | " + " " * column_of_carets + "^" * len("time.sleep(1)")


def test_carets_end_with_the_line_where_a_span_goes_on() -> None:
    spanning = direct("    run(", "run(", span=Span(1, 5, 3, 6))
    assert rendered("text", spanning).split("\n")[1:3] == ["    1 | run(", "      | ^^^^"]


def test_what_would_act_on_a_terminal_becomes_a_visible_sign() -> None:
    hostile = "time.sleep(1)  # \x1b[2J \x9b2J \u202e \r"
    output = rendered("text", direct(hostile, "time.sleep(1)", path="a\nb.py", message="\x1b[31m"))
    assert not set(output) & set("\x1b\x9b\u202e\r")
    assert output.startswith("a␊b.py:1:1: blocking-file-io [ASL105] ␛[31m\n")


def test_long_lines_are_neither_wrapped_nor_cropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    line = f"time.sleep(1)  # {'x' * 500}"
    assert rendered("text", direct(line, "time.sleep(1)")).split("\n")[1] == f"    1 | {line}"


def test_code_in_a_message_is_coloured() -> None:
    (block,) = FORMATS["text"](report(finding()))
    assert f"{click.style('`load_settings()`', fg='cyan')} blocks" in block


def test_concise_is_one_line_for_each_finding() -> None:
    other = finding(path="b.py", message="`x()` blocks")
    assert rendered("concise", finding(), other) == (
        "app/views.py:41:16: ASL105 `load_settings()` blocks the event loop: it reads a file [blocking-file-io]\n"
        "b.py:41:16: ASL105 `x()` blocks [blocking-file-io]"
    )


def test_json_is_the_documented_document() -> None:
    errors = (FileError("app/old.py", 3, "not valid Python 3.11"), FileError("x.py", None, "cannot be read"))
    (text,) = FORMATS["json"](report(finding(), errors=errors))
    document = json.loads(text)
    assert document == {
        "version": 1,
        "summary": {
            "files": 3,
            "findings": 1,
            "seconds": 1.235,
            "errors": 2,
            "fixed": 0,
            "not_fixed": 0,
            "baselined": 0,
            "expired": 0,
            "older": 0,
            "environment": None,
        },
        "diagnostics": [
            {
                "code": "ASL105",
                "name": "blocking-file-io",
                "path": "app/views.py",
                "line": 41,
                "column": 16,
                "end_line": 41,
                "end_column": 31,
                "message": "`load_settings()` blocks the event loop: it reads a file",
                "certainty": "certain",
                "kind": "disk",
                "group": "open in app/conf.py",
                "way": [
                    {
                        "path": "app/conf.py",
                        "line": 9,
                        "column": 10,
                        "function": "app.conf.load_settings",
                        "text": "calls `open()`",
                    }
                ],
                "fix": None,
                "function": "app.views.index",
                "advice": "Run it in a thread: `await asyncio.to_thread(load_settings)`.",
            }
        ],
        "errors": [
            {"path": "app/old.py", "line": 3, "message": "not valid Python 3.11"},
            {"path": "x.py", "line": None, "message": "cannot be read"},
        ],
        "fixed": [],
        "not_fixed": [],
    }
    assert list(document) == ["version", "summary", "diagnostics", "errors", "fixed", "not_fixed"]
    assert text.isascii()


@pytest.mark.parametrize("form", FORMATS)
def test_a_path_that_is_not_utf8_is_escaped(form: str) -> None:
    path = b"app/caf\xe9.py".decode("utf-8", "surrogateescape")
    output = rendered(form, finding(path=path, way=(STEP._replace(path=path),)))
    output.encode("utf-8")
    escaped = {
        "sarif": "app/caf%E9.py",
        "json": "app/caf\\\\udce9.py",
        "gitlab": "app/caf\\\\udce9.py",
        "json-lines": "app/caf\\\\udce9.py",
    }
    assert escaped.get(form, "app/caf\\udce9.py") in output


def test_statistics_count_findings_and_things_to_fix() -> None:
    safe, unsafe = (Fix("x", "Do", safety) for safety in (Safety.SAFE, Safety.UNSAFE))
    sleeps = [direct("time.sleep(1)", "time.sleep(1)", code="ASL101", name="blocking-sleep", fix=safe) for _ in range(12)]
    files = finding(), finding(group="other", fix=unsafe)
    lines = statistics_report.render(report(*files, *sleeps))
    assert click.unstyle("\n".join(lines)) == (
        "findings  to fix   --fix  unsafe  rule\n"
        "      12       1      12       -  blocking-sleep [ASL101]\n"
        "       2       2       -       1  blocking-file-io [ASL105]\n"
        "      14       3      12       1  all"
    )  # fmt: skip
    lines = statistics_report.render(
        report(*files)._replace(hidden=(finding(code="ASL001", name="unused-suppression"), *sleeps, finding()))
    )
    assert click.unstyle("\n".join(lines)) == (
        "findings  to fix   --fix  unsafe  hidden  rule\n"
        "       2       2       -       1       1  blocking-file-io [ASL105]\n"
        "       -       -       -       -      12  blocking-sleep [ASL101]\n"
        "       -       -       -       -       1  unused-suppression [ASL001]\n"
        "       2       2       -       1      14  all"
    )  # fmt: skip


def test_statistics_of_nothing_are_nothing() -> None:
    assert list(statistics_report.render(report())) == []


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (report(files=812), "All clear: 812 files, no findings."),
        (report(files=0), "Nothing to check: no Python files found."),
        (report(finding(), files=1), "1 finding in 1 file, 1.2 s"),
        (report(finding(), finding()), "2 findings (1 thing to fix) in 3 files, 1.2 s"),
        (report(errors=(FileError("x", None, "y"),)), "No findings in 3 files, 1 error, 1.2 s"),
    ],
)
def test_summary(run: Report, line: str) -> None:
    assert click.unstyle(summary(run)) == line


def test_error_lines_name_the_line_where_there_is_one() -> None:
    assert click.unstyle(error_line(FileError("a.py", 3, "invalid syntax"))) == "a.py:3: invalid syntax"
    assert click.unstyle(error_line(FileError("a.py", None, "null byte"))) == "a.py: null byte"


@pytest.mark.parametrize(("patience", "drawn"), [(0.0, True), (60.0, False)])
def test_the_progress_bar_is_drawn_once_a_run_lasts(
    patience: float, drawn: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("FORCE_COLOR", "1")  # tells rich to take the captured stream for a terminal
    with progress.progress_bar() as update:
        update(1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("1/2" in captured.err) is drawn
