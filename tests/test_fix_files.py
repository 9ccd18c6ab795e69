"""Files are never lost: what is written is written whole, or the file stays as it was, and the report says so."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asynclint import api, files
from asynclint.config import defaults
from asynclint.files import NotWritten, replace_file
from asynclint.model import FixReport

BEFORE = b"import asyncio\nimport time\n\n\nasync def f():\n    time.sleep(1)\n"
AFTER = BEFORE.replace(b"    time", b"    await asyncio")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "job.py"
    path.write_bytes(BEFORE)
    return path


def fix(*paths: str) -> FixReport:
    return api.fix(paths or ["."], defaults(Path.cwd()).with_options({"reach": "project"}))


def names() -> list[str]:
    return sorted(os.listdir())


def test_a_file_is_replaced_and_nothing_is_left_beside_it(file: Path) -> None:
    result = fix()
    assert (file.read_bytes(), names()) == (AFTER, ["job.py"])
    assert [(change.path, change.before, change.after) for change in result.changes] == [("job.py", BEFORE, AFTER)]
    assert [(finding.name, finding.span.line) for finding in result.report.fixed] == [("blocking-sleep", 6)]
    assert result.report.findings == result.report.refused == result.report.errors == ()


def test_without_writing_the_file_stays(file: Path) -> None:
    result = api.fix(["."], defaults(Path.cwd()), write=False)
    assert (file.read_bytes(), result.changes[0].after) == (BEFORE, AFTER)


def test_the_mode_is_kept(file: Path) -> None:
    file.chmod(0o751)
    fix()
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert file.read_bytes() == AFTER


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = file.rename(tmp_path / "real" / "job.py")
    file.symlink_to(real)
    fix("job.py")
    assert file.is_symlink()
    assert real.read_bytes() == AFTER


def test_a_read_only_file_is_left(file: Path) -> None:
    file.chmod(0o444)
    result = fix()
    assert file.read_bytes() == BEFORE
    assert [(error.path, error.message, error.given) for error in result.report.errors] == [
        ("job.py", "is read-only, and was left as it is", True)
    ]
    assert [(finding.name, reason) for finding, reason in result.report.refused] == [
        ("blocking-sleep", "the file is read-only, and was left as it is")
    ]
    assert [finding.name for finding in result.report.findings] == ["blocking-sleep"]
    assert result.report.fixed == result.changes == ()


def test_a_file_that_has_changed_meanwhile_is_left(file: Path) -> None:
    with pytest.raises(NotWritten, match="has changed meanwhile"):
        replace_file(str(file), BEFORE + b"#", AFTER)
    assert file.read_bytes() == BEFORE


def test_a_file_that_is_gone_stays_gone(file: Path) -> None:
    file.unlink()
    with pytest.raises(NotWritten, match="No such file"):
        replace_file(str(file), BEFORE, AFTER)
    assert names() == []


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
def test_a_write_that_is_cut_short_leaves_the_file_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(files.os, step, fail)
    with pytest.raises(NotWritten if isinstance(error, OSError) else KeyboardInterrupt):
        replace_file(str(file), BEFORE, AFTER)
    assert (file.read_bytes(), names()) == (BEFORE, ["job.py"])


def test_one_file_that_cannot_be_written_does_not_keep_the_others(file: Path) -> None:
    Path("other.py").write_bytes(BEFORE)
    file.chmod(0o444)
    result = fix()
    assert Path("other.py").read_bytes() == AFTER
    assert [change.path for change in result.changes] == ["other.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_run_leaves_every_file_whole(tmp_path: Path) -> None:
    """At whatever moment: each file has its old or its new content."""
    for number in range(30):
        (tmp_path / f"job{number}.py").write_bytes(BEFORE)
    for delay in (0.25, 0.35, 0.45):
        process = subprocess.Popen(
            [sys.executable, "-m", "asynclint", "check", "--isolated", "--fix", "-q", "."], cwd=tmp_path, stdout=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.kill()
        process.wait()
        assert {path.read_bytes() for path in tmp_path.glob("*.py")} <= {BEFORE, AFTER}


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + BEFORE,
        BEFORE.replace(b"\n", b"\r\n"),
        BEFORE.rstrip(),
        b"# coding: latin-1\n# \xe9\n" + BEFORE,
        b"# coding: utf-8\n# \xc3\xa9\n" + BEFORE,
        BEFORE.replace(b"    ", b"\t"),
        BEFORE.replace(b"import time\n", b"import time\r\n"),
    ],
    ids=["BOM", "CRLF", "no line end", "latin-1", "utf-8", "tab", "mixed line ends"],
)
def test_the_bytes_of_a_file_are_kept(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    fix()
    assert file.read_bytes() == content.replace(b"time.sleep", b"await asyncio.sleep")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = (" + b" and ".join([b"a"] * 20_000) + b")\n" + BEFORE, "nested too deeply"),
        (b"x = " + b"+".join([b"a"] * 400) + b"\n" + BEFORE, "nested too deeply"),
        (b"x = (" + b"'a' " * 6000 + b")\n" + BEFORE, "does not understand"),
        (b"\x0c" + BEFORE, "would not keep"),
        (BEFORE + b"global x\ndef f():\n    x = 1\n    global x\n", "does not compile"),
    ],
    ids=["wide and", "long sum", "many strings", "form feed", "not compiled"],
)
def test_a_file_that_libcst_cannot_take_is_left(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    result = fix()
    assert file.read_bytes() == content
    assert [finding.name for finding, why in result.report.refused if reason in why] == ["blocking-sleep"]


def test_broken_and_binary_files_are_no_obstacle(file: Path) -> None:
    Path("broken.py").write_bytes(b"async def f(:\n")
    Path("null.py").write_bytes(b"a = 1\0\n")
    fix()
    assert file.read_bytes() == AFTER
    assert Path("broken.py").read_bytes() == b"async def f(:\n"
