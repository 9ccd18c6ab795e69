"""A baseline hides what was accepted, through ordinary edits, and nothing else; it only shrinks."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from asynclint import api
from asynclint.baseline import Entry, match
from asynclint.cli import main
from asynclint.config import config_for
from asynclint.session import Session

FILE = "asynclint-baseline.json"
SETTINGS = f'reach = "project"\nbaseline = "{FILE}"\n'
APP = """\
import time
from pathlib import Path


async def load(path: Path):
    return path.read_text()


async def save(path: Path, text):
    time.sleep(1)
    path.write_text(text)
"""


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in a project with one file that has three findings."""
    monkeypatch.chdir(tmp_path)
    Path("asynclint.toml").write_text(SETTINGS)
    Path("app.py").write_text(APP)

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Result(exited.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def accepted(run: Run) -> Run:
    assert run("baseline").status == 0
    return run


def edit(old: str, new: str, path: str = "app.py") -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(FILE).read_text())["findings"]
    return found


def reported(run: Run, *arguments: str) -> list[tuple[str, int]]:
    """The rule and line of what is reported."""
    document = json.loads(run("check", "--output-format", "json", *arguments).out)
    return [(item["name"], item["line"]) for item in document["diagnostics"]]


def expired(run: Run, *arguments: str) -> int:
    document = json.loads(run("check", "--output-format", "json", *arguments).out)
    count: int = document["summary"]["expired"]
    return count


# -- making it


def test_what_is_found_is_accepted_and_hidden(run: Run) -> None:
    status, out, err = run("baseline")
    assert (status, out) == (0, "")
    assert err == f"Made {FILE}: it accepts 3 findings in 1 file.\n"
    assert run("check") == (0, "", f"All clear: 1 file, no new findings, 3 accepted by {FILE}.\n")
    assert run("check", "--no-baseline").status == 1
    document = json.loads(run("check", "--output-format", "json").out)
    assert (document["summary"]["baselined"], document["summary"]["expired"]) == (3, 0)


def test_the_file_reads_well_in_a_diff(accepted: Run) -> None:
    assert Path(FILE).read_text() == (
        "{\n"
        '  "version": 1,\n'
        '  "reach": "project",\n'
        '  "min-certainty": "likely",\n'
        '  "packages": [],\n'
        '  "findings": [\n'
        '    {"path": "app.py", "function": "load", "rule": "blocking-file-io", "code": "return path.read_text()", '
        '"subject": "path.read_text()"},\n'
        '    {"path": "app.py", "function": "save", "rule": "blocking-file-io", "code": "path.write_text(text)", '
        '"subject": "path.write_text()"},\n'
        '    {"path": "app.py", "function": "save", "rule": "blocking-sleep", "code": "time.sleep(1)", "subject": "time.sleep()"}\n'
        "  ]\n"
        "}\n"
    )


def test_it_is_the_same_from_any_folder_and_written_again(accepted: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path(FILE).read_bytes()
    assert accepted("baseline").err == f"Nothing to take out of {FILE}: 3 findings.\n"
    Path("inner").mkdir()
    monkeypatch.chdir("inner")
    assert accepted("baseline").status == 0
    assert accepted("check", "..").status == 0
    monkeypatch.chdir("..")
    assert Path(FILE).read_bytes() == before
    os.remove(FILE)
    monkeypatch.chdir("inner")
    assert accepted("baseline").status == 0
    monkeypatch.chdir("..")
    assert Path(FILE).read_bytes() == before


def test_without_a_setting_it_says_how_to_use_it(run: Run) -> None:
    Path("asynclint.toml").write_text('reach = "project"\n')
    err = run("baseline").err
    assert f'`baseline = "{FILE}"`' in err
    assert run("check").status == 1
    assert run("check", "--baseline", FILE).status == 0


def test_another_file_can_be_named(run: Run) -> None:
    assert run("baseline", "--baseline", "ci.json").status == 0
    assert not Path(FILE).exists()
    assert run("check", "--baseline", "ci.json").status == 0
    edit("    time.sleep(1)\n", "")
    assert "`asynclint baseline --baseline" not in run("check", "--baseline", "ci.json").err  # it lies here, under another name


def test_what_is_in_no_code_can_be_written(run: Run) -> None:
    Path("app.py").write_text('async def f():\n    open("\u202e\u00e4\x7f", "w")\n', encoding="utf-8")
    assert run("baseline").status == 0
    data = Path(FILE).read_bytes()
    assert b"\\u202e\xc3\xa4\\u007f" in data
    assert run("check").status == 0


@pytest.mark.skipif(os.name != "posix", reason="needs names that are no text")
def test_names_that_are_no_text(run: Run) -> None:
    os.rename(b"app.py", b"\xff.py")
    assert run("baseline").status == 0
    assert {entry["path"] for entry in entries()} == {"\\xff.py"}
    assert run("check").status == 0


# -- what brings nothing back


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import time\n", "import time\n\n# a comment\n\n"),
        ("    time.sleep(1)\n", "    if text:\n        time.sleep(  1 )\n"),
        ("    path.write_text(text)", "    path.write_text(\n        text,\n        encoding='utf-8',\n    )"),
        ("    return path.read_text()", "    content = path.read_text()  # the whole\n    return content"),
        ("async def save", "async def store"),
        ("async def save", "class Store:\n  async def save"),
        ("async def load(path: Path):\n    return path.read_text()\n\n\n", ""),
    ],
    ids=["lines move", "whitespace", "call is wrapped", "line is edited", "function is renamed", "function is moved", "one is gone"],
)
def test_ordinary_edits_bring_nothing_back(accepted: Run, old: str, new: str) -> None:
    edit(old, new)
    assert accepted("check").status == 0


def test_a_renamed_file_brings_nothing_back(accepted: Run) -> None:
    os.makedirs("package")
    os.rename("app.py", "package/store.py")
    assert accepted("check").status == 0
    assert expired(accepted) == 0
    assert accepted("baseline").status == 0
    assert {entry["path"] for entry in entries()} == {"package/store.py"}
    Path("app.py").write_text(APP)
    assert len(reported(accepted)) == 3


def test_a_copied_file_is_new(accepted: Run) -> None:
    Path("copy.py").write_text(APP)
    assert reported(accepted) == [("blocking-file-io", 6), ("blocking-sleep", 10), ("blocking-file-io", 11)]


# -- what is new


def test_one_more_of_the_same_speaks(run: Run) -> None:
    edit("    time.sleep(1)\n", "    time.sleep(1)\n" * 3)
    run("baseline")
    assert {entry["code"]: entry.get("count", 1) for entry in entries()}["time.sleep(1)"] == 3
    edit("    time.sleep(1)\n" * 3, "    time.sleep(1)\n" * 4)
    assert reported(run) == [("blocking-sleep", 13)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("    return path.read_text()", "    time.sleep(1)\n    return path.read_text()", ("blocking-sleep", 6)),
        ("    time.sleep(1)", "    time.sleep(1)\n    open(path)", ("blocking-file-io", 11)),
    ],
    ids=["same code, another function", "another call"],
)
def test_what_is_new_speaks(accepted: Run, old: str, new: str, line: tuple[str, int]) -> None:
    edit(old, new)
    assert reported(accepted) == [line]
    assert accepted("check").status == 1


# -- expired entries, and shrinking


def test_what_is_fixed_has_expired_and_is_taken_out(accepted: Run) -> None:
    edit("    time.sleep(1)\n", "")
    status, _, err = accepted("check")
    assert status == 0
    assert err.endswith(f"1 entry of {FILE} has expired: `asynclint baseline` takes it out.\n")
    assert accepted("check", "-q").err == ""
    status, _, err = accepted("baseline")
    assert (status, err) == (0, f"Took 1 finding out of {FILE}, 2 are left.\n")
    assert [entry["rule"] for entry in entries()] == ["blocking-file-io"] * 2
    edit("    path.write_text(text)", "    time.sleep(1)\n    path.write_text(text)")
    assert reported(accepted) == [("blocking-sleep", 10)]


def test_nothing_is_added(accepted: Run) -> None:
    edit("    time.sleep(1)\n", "    open(path)\n")
    status, _, err = accepted("baseline")
    assert status == 1
    assert "1 finding was not added" in err
    assert [entry["rule"] for entry in entries()] == ["blocking-file-io"] * 2
    os.remove(FILE)
    assert accepted("baseline").status == 0
    assert accepted("check").status == 0


def test_an_entry_follows_what_it_accepts(accepted: Run) -> None:
    edit("async def save", "async def store")
    assert accepted("baseline").status == 0
    assert {entry["function"] for entry in entries()} == {"load", "store"}


def test_a_run_judges_what_it_would_have_found(accepted: Run) -> None:
    os.makedirs("other")
    Path("other/clean.py").write_text("")
    edit("    time.sleep(1)\n", "")
    assert expired(accepted) == 1
    assert expired(accepted, "app.py") == 1
    assert expired(accepted, "other") == 0
    assert expired(accepted, "--select", "blocking-file-io") == 0
    assert expired(accepted, "--min-certainty", "certain") == 0
    assert expired(accepted, "--reach", "direct") == 0
    Path("app.py").write_text("def (")
    assert expired(accepted) == 0
    assert accepted("baseline").status == 0
    assert len(entries()) == 3


def test_entries_of_a_file_that_is_gone_expire(accepted: Run) -> None:
    os.makedirs("other")
    Path("other/clean.py").write_text("")
    os.remove("app.py")
    assert expired(accepted, "other") == 0
    assert expired(accepted) == 3
    assert accepted("baseline").status == 0
    assert entries() == []
    assert accepted("check").status == 0


def test_entries_of_unknown_rules_expire(accepted: Run) -> None:
    edit('"blocking-sleep"', '"blocking-nap"', FILE)
    edit("    time.sleep(1)\n", "")
    assert expired(accepted) == 1


def test_packages_that_are_not_there_expire_nothing(run: Run, tmp_path: Path) -> None:
    Path("asynclint.toml").write_text(f'baseline = "{FILE}"\nsrc = ["src"]\nexclude = ["with", "without"]\n')
    os.makedirs("with/site-packages")
    os.makedirs("without/site-packages")
    Path("with/site-packages/slow.py").write_text("import time\n\n\ndef wait():\n    time.sleep(1)\n")
    Path("app.py").write_text("import slow\n\n\nasync def f():\n    slow.wait()\n")
    assert run("baseline", "--environment", "with/site-packages").status == 0
    assert json.loads(Path(FILE).read_text())["packages"] == ["slow"]
    assert len(entries()) == 1
    assert expired(run, "--environment", "with/site-packages") == 0
    assert expired(run, "--environment", "without/site-packages") == 0
    before = Path(FILE).read_bytes()
    status, _, err = run("baseline", "--environment", "without/site-packages")
    assert status == 2
    assert "`slow`" in err
    assert Path(FILE).read_bytes() == before


# -- with other things


def test_fixes_leave_alone_what_is_accepted(accepted: Run) -> None:
    edit("    return path.read_text()", "    time.sleep(2)\n    return path.read_text()")
    status, _, err = accepted("check", "--fix")
    assert status == 0
    assert "Fixed 1 finding in 1 file." in err
    text = Path("app.py").read_text()
    assert "await asyncio.sleep(2)" in text
    assert "    time.sleep(1)" in text


def test_comments_that_silence_nothing_can_be_accepted(run: Run) -> None:
    edit("import time\n", "import time  # asynclint: ignore[blocking-sleep]\n")
    assert run("baseline").status == 0
    assert [entry["function"] for entry in entries()] == ["", "load", "save", "save"]
    assert run("check").status == 0


def test_standard_input_is_held_against_it(accepted: Run) -> None:
    assert accepted("check", "-", "--stdin-filename", "app.py", stdin=APP.encode()).status == 0
    more = APP.replace("    time.sleep(1)", "    time.sleep(1)\n    time.sleep(1)")
    assert accepted("check", "-", "--stdin-filename", "app.py", stdin=more.encode()).status == 1


def test_it_is_below_every_front_end(accepted: Run) -> None:
    config = config_for(["."])
    report = api.check(["."], config)
    assert (report.findings, len(report.hidden)) == ((), 3)
    assert Session(config).check(["."]).findings == ()


# -- what goes wrong


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> branch\n", "merge conflict"),
        ("", "no baseline of asynclint"),
        ("[]", "no baseline of asynclint"),
        ('{"results": {}}', "no baseline of asynclint"),
        ('{"version": 2, "entries": []}', "newer asynclint"),
        ('{"version": "1"}', "no baseline of asynclint"),
        ('{"version": 1, "reach": "project", "min-certainty": "likely", "packages": [], "findings": [{"path": 1}]}', "findings[0]"),
        ("[" * 100_000, "no baseline of asynclint"),
    ],
)
def test_a_broken_file_is_an_error_of_one_sentence(run: Run, content: str, message: str) -> None:
    Path(FILE).write_text(content)
    for command in ("check", "baseline"):
        status, out, err = run(command)
        assert (status, out) == (2, "")
        assert err.startswith(f"Error: {FILE}: ")
        assert message in err
    assert Path(FILE).read_text() == content


def test_a_missing_file_is_an_error_that_says_what_to_do(run: Run) -> None:
    assert run("check") == (2, "", f"Error: {FILE}: there is no such baseline. `asynclint baseline` makes it.\n")
    assert run("check", "--baseline", "no.json").status == 2
    assert run("check", "--no-baseline").status == 1
    assert run("check", "--isolated").status == 1
    assert run("why", "app.py:6").status == 0
    assert run("baseline", "--baseline", "no/folder.json").status == 2
    Path("taken").mkdir()
    assert "taken" in run("baseline", "--baseline", "taken").err


def test_options_that_exclude_each_other(run: Run) -> None:
    status, _, err = run("check", "--baseline", FILE, "--no-baseline")
    assert status == 2
    assert "exclude each other" in err


@pytest.mark.skipif(os.name != "posix", reason="needs modes as POSIX has them")
def test_the_file_is_written_whole_or_not_at_all(accepted: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path(FILE).read_bytes()
    os.chmod(FILE, 0o640)
    edit("    time.sleep(1)\n", "")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        status, _, err = accepted("baseline")
    assert (status, Path(FILE).read_bytes()) == (2, before)
    assert err == f"Error: {FILE}: the baseline could not be written: No space left on device.\n"
    assert sorted(os.listdir()) == ["app.py", FILE, "asynclint.toml"]
    assert accepted("baseline").status == 0
    assert os.stat(FILE).st_mode & 0o777 == 0o640


# -- matching


def entry(function: str = "f", code: str = "a()", path: str = "a.py", count: int = 1) -> Entry:
    return Entry(path, function, "blocking-sleep", code, "a()", count)


def test_an_exact_match_goes_first() -> None:
    found = [entry(code="x = a()"), entry()]
    matched = match([entry()], found, lambda path: False)
    assert matched.accepted == [False, True]


def test_what_is_found_first_is_accepted_first() -> None:
    matched = match([entry(count=2)], [entry()] * 3, lambda path: False)
    assert matched.accepted == [True, True, False]


def test_what_is_left_over_keeps_its_count() -> None:
    matched = match([entry(count=3), entry(function="g")], [entry()], lambda path: False)
    assert matched.left == [entry(count=2), entry(function="g")]


def test_code_of_another_file_matches_only_where_the_file_is_gone() -> None:
    found = [entry(path="b.py")]
    assert match([entry()], found, lambda path: False).accepted == [False]
    assert match([entry()], found, lambda path: True).accepted == [True]
    assert match([entry(), entry(path="b.py", function="h", code="b()")], found, lambda path: path == "a.py").accepted == [False]


def test_the_order_of_entries_does_not_matter() -> None:
    known = [entry(function=name) for name in "fgh"]
    found = [entry(function="x"), entry(function="g")]
    assert match(known, found, lambda path: False) == match(known[::-1], found, lambda path: False)
