"""The command line from the outside: what it prints where, and the exit status it comes to."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from asynclint import __version__, api
from asynclint.cli import main

BLOCKING = "import time\n\n\nasync def main():\n    time.sleep(1)\n"
CLEAN = "async def main():\n    return 1\n"
BROKEN = "def (:\n"
FLAKE8_LINE = re.compile(r"[^:]+:\d+:\d+: ASL\d{3} .+ \[[a-z-]+\]")

ASYNCLINT = [sys.executable, "-m", "asynclint"]

posix = pytest.mark.skipif(os.name != "posix", reason="needs terminals and signals as POSIX has them")


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command with these arguments in an empty folder, `stdin` on its standard input."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Result(exited.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def blocking(tmp_path: Path) -> Path:
    path = tmp_path / "blocking.py"
    path.write_text(BLOCKING)
    return path


def process(*arguments: str | bytes, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A whole process, where streams, environment or bytes of arguments matter."""
    return subprocess.run(
        [*ASYNCLINT, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )


# -- exit status


def test_clean_is_zero(run: Run) -> None:
    Path("clean.py").write_text(CLEAN)
    assert run("check") == (0, "", "All clear: 1 file, no findings.\n")


def test_an_empty_folder_is_clean(run: Run) -> None:
    assert run("check") == (0, "", "Nothing to check: no Python files found.\n")


def test_findings_are_one(run: Run, blocking: Path) -> None:
    assert run("check").status == 1
    assert run("check", "--exit-zero").status == 0


def test_a_given_file_that_cannot_be_analysed_is_one(run: Run) -> None:
    Path("broken.py").write_text(BROKEN)
    status, out, err = run("check", "broken.py")
    assert (status, out) == (1, "")
    assert err.startswith("broken.py:1: ")
    assert run("check", "broken.py", "--exit-zero").status == 0


def test_a_found_file_that_cannot_be_analysed_is_only_told(run: Run) -> None:
    Path("broken.py").write_text(BROKEN)
    status, _, err = run("check")
    assert status == 0
    assert err.startswith("broken.py:1: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "missing.py"], "missing.py"),
        (["check", "--exit-zero", "missing.py"], "missing.py"),
        (["check", "--outputformat", "json"], "--output-format"),
        (["chek"], "did you mean `check`?"),
        (["blocking.py"], "did you mean `check blocking.py`?"),
        (["check", "--select", "blocking-slep"], "did you mean `blocking-sleep`?"),
        (["check", "--ignore", "ASL101,blocking-slep"], "did you mean `blocking-sleep`?"),
        (["check", "--output-format", "yaml"], "concise"),
        (["check", "--config", "missing.toml"], "missing.toml"),
        (["check", "--config", "asynclint.toml", "--isolated"], "exclude each other"),
        (["check", "-", "blocking.py"], "together with other paths"),
        (["check", "--stdin-filename", "x.py"], "needs `-`"),
        (["check", "--statistics", "--output-format", "json"], "--statistics"),
        (["rule", "blocking-slep"], "did you mean `blocking-sleep`?"),
        (["why", "blocking.py"], "PATH:LINE"),
        (["why", "missing.py:3"], "missing.py"),
    ],
)
def test_wrong_use_is_two_and_says_what_was_meant(run: Run, blocking: Path, arguments: list[str], message: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_a_wrong_configuration_is_two(run: Run, blocking: Path) -> None:
    Path("asynclint.toml").write_text("selct = []\n")
    status, out, err = run("check")
    assert (status, out) == (2, "")
    assert "did you mean `select`?" in err
    assert run("check", "--isolated").status == 1


class Unreadable(io.RawIOBase):
    """A standard input that fails as it is told to."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise self._error


def run_reading(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Unreadable(error))))
    with pytest.raises(SystemExit) as exited:
        main(["check", "-"])
    return exited.value.code


def test_an_unexpected_error_is_three_and_asks_for_a_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_reading(ZeroDivisionError("boom"), monkeypatch) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ZeroDivisionError: boom" in captured.err
    assert "Please report it" in captured.err.splitlines()[-1]


def test_an_interrupt_is_130_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_reading(KeyboardInterrupt(), monkeypatch) == 130
    assert capsys.readouterr().err.strip() == ""


@posix
def test_a_closed_pipe_ends_the_run_quietly(run: Run, blocking: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*ASYNCLINT, "check", "-q"], stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert done.stderr == b""


# -- what is printed where


def test_findings_go_to_stdout_and_the_summary_to_stderr(run: Run, blocking: Path) -> None:
    _, out, err = run("check")
    assert out.startswith("blocking.py:5:5: blocking-sleep [ASL101] ")
    assert "    5 | time.sleep(1)\n      | ^^^^^^^^^^^^^\n" in out
    assert re.fullmatch(r"1 finding in 1 file, \d+\.\d s\n1 finding can be fixed with `--fix`\.\n", err)


def test_concise(run: Run, blocking: Path) -> None:
    _, out, _ = run("check", "--output-format", "concise")
    assert all(FLAKE8_LINE.fullmatch(line) for line in out.splitlines())
    assert out.startswith("blocking.py:5:5: ASL101 ")


@pytest.mark.parametrize("form", ["text", "concise"])
def test_quiet_prints_findings_only(run: Run, blocking: Path, form: str) -> None:
    loud, quiet = run("check", "--output-format", form), run("check", "--output-format", form, "-q")
    assert quiet == (1, loud.out, "")


def test_json_prints_nothing_but_the_document_and_the_errors(run: Run, blocking: Path) -> None:
    Path("broken.py").write_text(BROKEN)
    status, out, err = run("check", "--output-format", "json")
    document = json.loads(out)
    assert status == 1
    assert [diagnostic["path"] for diagnostic in document["diagnostics"]] == ["blocking.py"]
    assert [error["path"] for error in document["errors"]] == ["broken.py"]
    assert len(err.splitlines()) == 1


def test_statistics_stand_instead_of_the_findings(run: Run, blocking: Path) -> None:
    status, out, _ = run("check", "--statistics")
    assert status == 1
    assert [line.split() for line in out.splitlines()] == [
        ["findings", "to", "fix", "--fix", "unsafe", "rule"],
        ["1", "1", "1", "-", "blocking-sleep", "[ASL101]"],
    ]


@posix
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_is_for_terminals_and_obeys_no_color(
    run: Run, blocking: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    ours, theirs = os.openpty()
    subprocess.run([*ASYNCLINT, "check", "-q", "--output-format", "concise"], stdout=theirs, timeout=60)
    os.close(theirs)
    output = os.read(ours, 4096)
    os.close(ours)
    assert b"ASL101" in output
    assert (b"\x1b[" in output) is coloured


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 names only")
@pytest.mark.parametrize("form", ["text", "concise", "json"])
def test_a_name_that_is_not_utf8(tmp_path: Path, form: str) -> None:
    name = b"caf\xe9.py"
    (tmp_path / os.fsdecode(name)).write_text(BLOCKING)
    done = process("check", "--output-format", form, name, folder=tmp_path)
    assert done.returncode == 1
    output = json.loads(done.stdout)["diagnostics"][0]["path"] if form == "json" else done.stdout.decode()
    assert output.startswith("caf\\xe9.py")


def test_an_encoding_too_small_for_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BLOCKING.replace("sleep(1)", "sleep(1)  # 日本"), encoding="utf-8")
    done = process("check", folder=tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 1
    assert b"# \\u65e5\\u672c" in done.stdout


# -- what is checked, and how


def test_standard_input_under_a_name(run: Run) -> None:
    status, out, _ = run("check", "--stdin-filename", "pkg/a.py", "-", "-q", stdin=BLOCKING.encode())
    assert status == 1
    assert out.startswith("pkg/a.py:5:5: ")


def test_standard_input_stands_for_the_file_of_its_name(run: Run, blocking: Path) -> None:
    assert run("check", "--stdin-filename", "blocking.py", "-", stdin=CLEAN.encode()).status == 0


def test_standard_input_without_a_name(run: Run) -> None:
    assert run("check", "-", stdin=CLEAN.encode()).status == 0
    assert run("check", "-", stdin=BLOCKING.encode()).status == 1


@pytest.mark.parametrize("name", ["blocking-sleep", "ASL101"])
def test_rules_are_chosen_by_name_and_by_code(run: Run, blocking: Path, name: str) -> None:
    assert run("check", "--ignore", name).status == 0
    assert run("check", "--ignore", f"blocking-http,{name}").status == 0
    assert run("check", "--ignore", "ASL102", "--ignore", name).status == 0
    assert run("check", "--select", "blocking-http").status == 0
    assert run("check", "--select", f"blocking-http, {name}").status == 1
    assert run("check", "--select", "blocking-http", "--extend-select", name).status == 1


def test_all_selects_every_rule(run: Run, blocking: Path) -> None:
    assert run("check", "--select", "ALL").status == 1


def test_options_stand_above_the_configuration(run: Run, blocking: Path) -> None:
    Path("asynclint.toml").write_text('ignore = ["blocking-sleep"]\n')
    assert run("check").status == 0
    assert run("check", "--ignore", "blocking-http").status == 0
    assert run("check", "--select", "blocking-sleep").status == 1
    assert run("check", "--isolated").status == 1


def test_the_configuration_is_that_of_the_paths(run: Run) -> None:
    Path("inner").mkdir()
    Path("inner", "a.py").write_text(BLOCKING)
    Path("inner", "asynclint.toml").write_text('ignore = ["blocking-sleep"]\n')
    Path("other.toml").write_text("")
    assert run("check", "inner").status == 0
    assert run("check", "inner/a.py").status == 0
    assert run("check", "inner", "--config", "other.toml").status == 1


def test_show_settings_prints_the_settings_in_force(run: Run) -> None:
    status, out, err = run("check", "--show-settings", "--ignore", "ASL101", "--min-certainty", "certain")
    assert (status, err) == (0, "")
    assert 'ignore = ["ASL101"]\n' in out
    assert 'min-certainty = "certain"\n' in out


def test_show_files_prints_the_files(run: Run, blocking: Path) -> None:
    Path("pkg").mkdir()
    Path("pkg", "a.py").write_text(CLEAN)
    assert run("check", "--show-files") == (0, f"blocking.py\n{Path('pkg', 'a.py')}\n", "")


def test_no_cache_is_accepted(run: Run, blocking: Path) -> None:
    assert run("check", "--no-cache").status == 1


def test_profile_tells_where_the_time_went(run: Run, blocking: Path) -> None:
    run("check")
    status, out, err = run("check", "--profile")  # though nothing has changed
    assert status == 1
    assert "ASL101" in out
    phases = {line.split("  ")[0]: float(line.split()[-4]) for line in err.splitlines() if line.endswith(" %")}
    assert {"find files", "read, parse and walk files", "call graph", "what roots reach, and rules", "blocking-sleep"} <= phases.keys()
    assert all(seconds >= 0 for seconds in phases.values())
    assert run("check", "--profile", "--diff").status == 2


# -- the cache


def test_the_cache_can_be_kept_elsewhere_and_cleaned(run: Run, blocking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLINT_CACHE_DIR", "unused")
    folder = Path("here", "cache")
    assert run("check", "--cache-dir", str(folder)).status == 1
    assert {path.name for path in folder.iterdir()} == {"facts", "results"}
    (folder / "mine.txt").touch()
    assert run("clean", "--cache-dir", str(folder)) == (0, "", f"Removed the cache in {folder.resolve()}.\n")
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert not Path("unused").exists()
    assert run("clean", "--cache-dir", str(folder)).status == 0


def test_clean_removes_nothing_that_is_not_ours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLINT_CACHE_DIR", "data")
    theirs = Path("data", "facts", "theirs.txt")
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    assert run("clean").status == 0
    assert theirs.exists()
    Path("other", "results").mkdir(parents=True)
    Path("other", "results", "CACHEDIR.TAG").touch()
    Path("data", "results").symlink_to(Path("other", "results").resolve(), target_is_directory=True)
    run("clean")
    assert Path("other", "results", "CACHEDIR.TAG").exists()


# -- the other commands


def test_without_a_command_there_is_help(run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert "check" in out


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"asynclint {__version__}\n", "")


def test_rules_is_a_table_of_all_rules(run: Run) -> None:
    status, out, _ = run("rules")
    heading, *rows = (line.split(maxsplit=4) for line in out.splitlines())
    assert status == 0
    assert heading == ["code", "name", "default", "fix", "summary"]
    assert [(row[0], row[1]) for row in rows] == [(rule.code, rule.name) for rule in api.all_rules()]
    assert {row[2] for row in rows} <= {"on", "strict", "off"}


@pytest.mark.parametrize("name", ["blocking-sleep", "ASL101"])
def test_rule_prints_its_page(run: Run, name: str) -> None:
    status, out, _ = run("rule", name)
    assert status == 0
    assert out.startswith("# blocking-sleep\n\nASL101, ")
    assert api.find_rule(name).page.strip() in out


@pytest.mark.parametrize("place", ["blocking.py:5", "blocking.py:5:5", "blocking.py:5:5:"])
def test_why_takes_a_place_as_reports_print_it(run: Run, blocking: Path, place: str) -> None:
    assert run("why", place) == run("why", "blocking.py:5")
    assert run("why", place).status == 0


# -- fixes

FIXED = "import time\nimport asyncio\n\n\nasync def main():\n    await asyncio.sleep(1)\n"
DIFF = """\
--- blocking.py
+++ blocking.py
@@ -1,5 +1,6 @@
 import time
+import asyncio
 
 
 async def main():
-    time.sleep(1)
+    await asyncio.sleep(1)
"""
HELD = "import time\n\n\nasync def main(self):\n    n = self.n\n    time.sleep(1)\n    self.n = n\n"


def test_a_finding_says_how_it_is_fixed(run: Run, blocking: Path) -> None:
    _, out, _ = run("check")
    assert "help: Use `await asyncio.sleep(...)`. (--fix)" in out
    (diagnostic,) = json.loads(run("check", "--output-format", "json").out)["diagnostics"]
    assert diagnostic["fix"] == {"title": "Use `await asyncio.sleep(...)`", "safety": "safe"}


def test_fix_writes_and_reports_the_rest(run: Run, blocking: Path) -> None:
    Path("clean.py").write_text(CLEAN)
    status, out, err = run("check", "--fix")
    assert (status, out, blocking.read_text()) == (0, "", FIXED)
    assert err.splitlines() == ["Fixed 1 finding in 1 file.", "All clear: 2 files, no findings."]
    assert run("check", "--fix").err.splitlines()[0] == "Nothing was fixed."


def test_diff_shows_and_changes_nothing(run: Run, blocking: Path) -> None:
    status, out, err = run("check", "--diff")
    assert (status, out, blocking.read_text()) == (1, DIFF, BLOCKING)
    assert err.splitlines()[0] == "Would fix 1 finding in 1 file."
    assert run("check", "--diff", "--exit-zero", "-q") == (0, DIFF, "")


@posix
def test_the_diff_is_one_that_git_applies(run: Run, blocking: Path) -> None:
    for content in (BLOCKING, BLOCKING.rstrip(), BLOCKING.replace("\n", "\r\n")):
        blocking.write_bytes(content.encode())
        _, out, _ = run("check", "--diff", "-q")
        subprocess.run(["git", "apply", "-p0", "-"], input=out.encode(), check=True)
        applied = blocking.read_bytes()
        blocking.write_bytes(content.encode())
        run("check", "--fix", "-q")
        assert blocking.read_bytes() == applied


def test_what_is_not_safe_here_needs_another_option(run: Run, blocking: Path) -> None:
    blocking.write_text(HELD)
    status, _, err = run("check", "--fix")
    assert (status, blocking.read_text()) == (1, HELD)
    why = "other tasks may change `self.n` meanwhile, so that it is done with --unsafe-fixes only"
    assert err.splitlines()[:3] == [
        "1 fix was offered and not made:",
        f"  blocking.py:6:5: blocking-sleep [ASL101]: {why}",
        "Nothing was fixed.",
    ]
    document = json.loads(run("check", "--fix", "--output-format", "json").out)
    assert [(item["line"], item["reason"].partition(",")[0]) for item in document["not_fixed"]] == [
        (6, "other tasks may change `self.n` meanwhile")
    ]
    assert run("check", "--fix", "--unsafe-fixes").status == 0
    assert "await asyncio.sleep(1)" in blocking.read_text()


def test_json_tells_what_was_fixed(run: Run, blocking: Path) -> None:
    document = json.loads(run("check", "--fix", "--output-format", "json").out)
    assert document["diagnostics"] == []
    assert (document["summary"]["fixed"], document["summary"]["not_fixed"]) == (1, 0)
    assert [(item["name"], item["path"], item["line"]) for item in document["fixed"]] == [("blocking-sleep", "blocking.py", 5)]


def test_fixed_standard_input_goes_to_standard_output(run: Run) -> None:
    status, out, err = run("check", "--fix", "-", stdin=BLOCKING.encode())
    assert (status, out) == (0, FIXED)
    assert "Fixed 1 finding" in err
    for text in (CLEAN, BROKEN, ""):
        assert run("check", "--fix", "-", stdin=text.encode()).out == text
    assert run("check", "--diff", "--stdin-filename", "blocking.py", "-", stdin=BLOCKING.encode()).out == DIFF
    assert not os.path.exists("blocking.py")


def test_what_is_left_of_standard_input_is_reported_beside_it(run: Run) -> None:
    status, out, err = run("check", "--fix", "-", stdin=HELD.encode())
    assert (status, out) == (1, HELD)
    assert "blocking-sleep [ASL101]" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--unsafe-fixes",), "--unsafe-fixes goes with --fix or --diff, or --output-format sarif."),
        (("--diff", "--statistics"), "--diff prints a diff; there is no place for --statistics."),
        (("--diff", "--output-format", "json"), "--diff prints a diff; there is no place for --output-format json."),
        (("--fix", "--statistics", "-"), "--fix prints the fixed text from standard input; there is no place for --statistics."),
    ],
)
def test_options_that_exclude_each_other(run: Run, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = run("check", *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_only_a_run_that_fixes_loads_libcst(blocking: Path) -> None:
    program = "import sys\nfrom asynclint.cli import main\ntry: main(sys.argv[1:])\nfinally: print('libcst' in sys.modules)"
    loaded = []
    sarif = ["check", "--output-format", f"sarif:{blocking.parent}/out"]
    quiet = ["check"], [*sarif, "--select", "ASL201"], ["check", "--fix", "--select", "ASL201"]
    for options in (*quiet, sarif, ["check", "--fix"]):
        done = subprocess.run([sys.executable, "-c", program, *options, "-q", str(blocking)], capture_output=True, text=True, check=False)
        loaded.append(done.stdout.splitlines()[-1])
    assert loaded == ["False", "False", "False", "True", "True"]


def test_a_file_that_is_left_out_although_given_is_clean(run: Run, blocking: Path) -> None:
    Path("asynclint.toml").write_text('extend-exclude = ["blocking.py"]\n')
    assert run("check", "blocking.py").status == 1
    assert run("check", "--force-exclude", "blocking.py") == (0, "", "Nothing to check: no Python files found.\n")
    assert run("check", "--fix", "--force-exclude", "-", "--stdin-filename", "blocking.py", stdin=BLOCKING.encode()).out == BLOCKING
    Path("asynclint.toml").write_text('extend-exclude = ["blocking.py"]\nforce-exclude = true\n')
    assert run("check", "blocking.py").status == 0


def test_modules_among_the_files_are_not_run(tmp_path: Path) -> None:
    for name in ("click", "msgspec", "asynclint_helpers", "pathspec"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this was run')\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "asynclint", "check", ".", "--reach", "project"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_rules_go_by_the_beginning_of_their_codes(run: Run, blocking: Path) -> None:
    assert run("check", "--select", "asl1", "blocking.py").status == 1
    assert run("check", "--select", "ASL", "blocking.py").status == 1
    assert run("check", "--select", "ASL2,ASL3", "blocking.py").status == 0
    assert run("check", "--ignore", "ASL10", "blocking.py").status == 0
    assert "there is no rule `ASL6`" in run("check", "--select", "ASL6", "blocking.py").err
