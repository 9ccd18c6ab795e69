"""Where reports go: several at once, to files, and what goes together with them."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from asynclint import files
from asynclint.cli import main
from asynclint.report import DOCUMENTS, FORMATS

BLOCKING = "import time\n\n\nasync def main():\n    time.sleep(1)\n"

posix = pytest.mark.skipif(os.name != "posix", reason="needs files as POSIX has them")


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `check` in a folder with one file with one finding."""
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(BLOCKING)

    def run(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as exited:
            main(["check", *arguments])
        captured = capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Result(exited.value.code, captured.out, captured.err)

    return run


def leftovers() -> list[str]:
    return sorted(path.name for path in Path().iterdir() if path.name != "app.py")


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_gets_what_standard_output_would(run: Run, form: str) -> None:
    shown = run("--output-format", form)
    named = run("--output-format", f"{form}:named")
    given = run("--output-format", form, "--output-file", "given")
    assert named.out == given.out == ""
    assert named.status == given.status == shown.status == 1
    assert named.err.startswith("1 finding in 1 file, ")
    for file in ("named", "given"):
        assert _without_time(Path(file).read_text(encoding="utf-8")) == _without_time(shown.out)


def _without_time(text: str) -> str:
    return re.sub(r'"seconds": [\d.]+', "", text)


def test_several_forms_at_once(run: Run) -> None:
    arguments = ["--output-format", "concise", "--output-format", "sarif:a.sarif", "--output-format", "junit:b.xml"]
    status, out, err = run(*arguments)
    assert (status, out.startswith("app.py:5:5: ASL101 ")) == (1, True)
    assert err.startswith("1 finding in 1 file")
    assert json.loads(Path("a.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "ASL101"
    assert ElementTree.parse("b.xml").getroot().get("failures") == "1"
    assert leftovers() == ["a.sarif", "b.xml"]


def test_a_document_on_standard_output_stands_alone(run: Run) -> None:
    for form in sorted(DOCUMENTS):
        status, out, err = run("--output-format", form, "--output-format", "text:report.txt")
        assert (status, err) == (1, "")
        assert out.startswith(("{", "[", "<?xml"))
    assert Path("report.txt").read_text().startswith("app.py:5:5: blocking-sleep")


def test_a_dash_is_standard_output(run: Run) -> None:
    assert run("--output-file", "-").out == run("--output-format", "text:-").out == run().out
    assert leftovers() == []


def test_a_clean_run_writes_its_reports_too(run: Run) -> None:
    Path("app.py").write_text("x = 1\n")
    assert run("--output-format", "text:a", "--output-format", "sarif:b", "--output-format", "gitlab:c").status == 0
    assert Path("a").read_text() == ""
    assert json.loads(Path("b").read_text())["runs"][0]["results"] == []
    assert Path("c").read_text() == "[]\n"


def test_no_colour_gets_into_a_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    run("--output-format", "text:a", "--output-format", "concise:b")
    assert "\x1b" not in Path("a").read_text() + Path("b").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--output-format", "text", "--output-format", "json"), "Only one --output-format can do without a file"),
        (("--output-format", "sarif:a", "--output-file", "b"), "--output-file has nothing to take"),
        (("--output-format", "sarif:a", "--output-format", "json:./a"), "cannot go to the same file"),
        (("--output-format", "sarif:a", "--output-format", "text", "--output-file", "a"), "cannot go to the same file"),
        (("--output-format", "sarif:none/a.sarif"), "there is no folder `none`"),
        (("--output-file", "folder"), "folder: is a folder"),
        (("--output-format", "sarif:"), "lacks the name of the file"),
        (("--output-format", "sariff:a"), "did you mean `sarif`?"),
        (("--output-format", "sarif", "--statistics"), "--statistics prints a table, which --output-format sarif has no place for"),
        (("--diff", "--output-format", "sarif:a"), "--diff prints a diff and no findings"),
        (("--diff", "--output-file", "a"), "--diff prints a diff and no findings"),
        (("--diff", "--output-format", "junit"), "--diff prints a diff; there is no place for --output-format junit."),
        (("-", "--fix", "--output-format", "gitlab"), "--fix prints the fixed text from standard input; there is no place"),
    ],
)
def test_what_does_not_go_together_is_refused(run: Run, arguments: tuple[str, ...], message: str) -> None:
    Path("folder").mkdir()
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert leftovers() == ["folder"]


def test_statistics_take_the_place_of_the_findings(run: Run) -> None:
    table = run("--statistics").out
    assert "blocking-sleep" in table
    assert run("--statistics", "--output-format", "sarif:a").out == table
    assert run("--statistics", "--output-file", "b", "--output-format", "json:c").out == ""
    assert Path("b").read_text() == table
    assert json.loads(Path("c").read_text())["summary"]["findings"] == 1


def test_fixed_text_goes_to_standard_output_and_reports_to_files(run: Run) -> None:
    status, out, err = run("-", "--fix", "--output-format", "json:a", stdin=BLOCKING)
    assert (status, "await asyncio.sleep(1)" in out) == (0, True)
    assert json.loads(Path("a").read_text())["summary"]["fixed"] == 1
    assert "Fixed 1 finding" in err
    unfixed = "import os\n\n\nasync def main():\n    return os.system('ls')\n"
    status, out, err = run("-", "--fix", "--output-format", "text:b", stdin=unfixed)
    assert (status, out) == (1, unfixed)
    assert ":5:12: blocking-subprocess" in Path("b").read_text()
    assert "blocking-subprocess" not in err


# -- files


def test_a_file_is_replaced_and_keeps_its_mode(run: Run) -> None:
    report = Path("a")
    report.write_text("x" * 100_000)
    report.chmod(0o640)
    assert run("--output-format", "concise:a").status == 1
    assert report.read_text().startswith("app.py:5:5: ")
    assert leftovers() == ["a"]
    if os.name == "posix":
        assert stat.S_IMODE(report.stat().st_mode) == 0o640


@posix
def test_a_new_file_has_the_mode_that_new_files_have(run: Run) -> None:
    mask = os.umask(0o027)
    try:
        run("--output-format", "concise:a")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(Path("a").stat().st_mode) == 0o640


@posix
def test_a_link_stays_one(run: Run) -> None:
    Path("kept").mkdir()
    Path("a").symlink_to("kept/report")
    run("--output-format", "concise:a")
    assert Path("a").is_symlink()
    assert Path("kept/report").read_text().startswith("app.py:5:5: ")


@posix
def test_a_device_is_written_to(run: Run) -> None:
    assert run("--output-format", "sarif:/dev/null").status == 1
    command = [sys.executable, "-m", "asynclint", "check", "--output-format", "concise:/dev/stdout"]
    environment = {**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout.startswith("app.py:5:5: ")) == (1, True)


def test_paths_and_texts_beyond_ascii(run: Run) -> None:
    Path("app.py").write_text("import time\n\n\nasync def größe():\n    time.sleep(1); x = '日'\n", encoding="utf-8")
    assert run("--output-format", "text:bericht ä.txt").status == 1
    assert "x = '日'" in Path("bericht ä.txt").read_text(encoding="utf-8")


def test_findings_are_printed_if_a_file_does_not_take_them(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a").write_text("as before")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    status, out, err = run("--output-format", "sarif:a")
    assert (status, out.startswith("app.py:5:5: blocking-sleep")) == (2, True)
    assert err.endswith("Error: a: could not be written: No space left on device.\n")
    assert "1 finding in 1 file" in err
    assert (Path("a").read_text(), leftovers()) == ("as before", ["a"])
    assert run("--output-format", "sarif:a", "--exit-zero").status == 2
    status, out, _ = run("--output-format", "sarif:a", "--output-format", "concise")
    assert (status, out.count("\n")) == (2, 1)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_is_read_only_is_left(run: Run) -> None:
    Path("a").write_text("as before")
    Path("a").chmod(0o444)
    status, out, err = run("--output-format", "sarif:a")
    assert (status, "blocking-sleep" in out, "is read-only" in err) == (2, True, True)
    assert Path("a").read_text() == "as before"
