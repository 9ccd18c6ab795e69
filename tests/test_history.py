"""What roots in lines that have changed since a revision is reported, and nothing of a repository is run to find out."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asynclint.cli import main
from asynclint.history import changed_lines

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

OLD = """\
import time


async def old():
    time.sleep(1)


async def older():
    time.sleep(2)
"""
NEW = "\n\nasync def new():\n    time.sleep(3)\n"


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


def git(*arguments: str, folder: Path | str = ".") -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *settings, "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path | str = ".") -> None:
    git("add", "-A", folder=folder)
    git("commit", "-q", "-m", "more", "--allow-empty", folder=folder)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in a repository with one committed file, on a branch of its own."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("asynclint.toml").write_text('reach = "project"\n')
    Path("app.py").write_text(OLD)
    git("init", "-q")
    commit()
    git("checkout", "-q", "-b", "work")

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        captured = capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Result(exited.value.code, captured.out, captured.err)

    return run


def reported(run: Run, *arguments: str, since: str = "main") -> list[tuple[str, int]]:
    """The path and line of what is reported."""
    document = json.loads(run("check", "--since", since, "--output-format", "json", *arguments).out)
    return [(item["path"], item["line"]) for item in document["diagnostics"]]


# -- what has changed


def test_nothing_has_changed(run: Run) -> None:
    assert run("check", "--since", "main") == (0, "", "All clear: 1 file, no new findings, 2 older than main.\n")
    assert json.loads(run("check", "--since", "main", "--output-format", "json").out)["summary"]["older"] == 2


@pytest.mark.parametrize("step", ["written", "staged", "committed"])
def test_changed_lines_speak(run: Run, step: str) -> None:
    Path("app.py").write_text(OLD.replace("time.sleep(1)", "time.sleep(9)") + NEW)
    if step != "written":
        git("add", "-A")
    if step == "committed":
        commit()
    assert reported(run) == [("app.py", 5), ("app.py", 13)]
    status, _, err = run("check", "--since", "main")
    assert status == 1
    assert "2 findings (1 thing to fix) in 1 file, 1 older than main" in err or "2 findings in 1 file, 1 older than main" in err


def test_lines_that_only_move_are_old(run: Run) -> None:
    Path("app.py").write_text("# one\n" * 30 + OLD)
    assert reported(run) == []


def test_a_file_that_git_does_not_know_is_new(run: Run) -> None:
    Path("more.py").write_text(OLD)
    assert reported(run) == [("more.py", 5), ("more.py", 9)]


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_renamed_file_is_old(run: Run, is_committed: bool) -> None:
    os.makedirs("pack age")
    git("mv", "app.py", "pack age/\u00fcber.py")
    if is_committed:
        commit()
    assert reported(run) == []
    Path("pack age/\u00fcber.py").write_text(OLD + NEW)
    assert reported(run) == [("pack age/\u00fcber.py", 13)]


@pytest.mark.skipif(os.name != "posix", reason="needs names that are no text")
def test_names_that_are_no_text(run: Run) -> None:
    for name in (b"\xff\n\t.py", b'"x".py'):
        with open(name, "w") as file:
            file.write(OLD)
    commit()
    git("branch", "-f", "main")
    assert reported(run) == []


def test_what_others_have_done_since_is_no_change_of_ours(run: Run) -> None:
    git("checkout", "-q", "main")
    Path("app.py").write_text("import time\n")
    commit()
    git("checkout", "-q", "work")
    assert reported(run) == []


def test_line_ends_are_no_change(run: Run) -> None:
    Path("app.py").write_bytes(OLD.replace("\n", "\r\n").encode())
    assert reported(run) == []


def test_a_call_over_several_lines_has_changed_with_one_of_them(run: Run) -> None:
    Path("app.py").write_text("import time\n\n\nasync def f():\n    time.sleep(\n        1\n    )\n")
    commit()
    git("branch", "-f", "main")
    Path("app.py").write_text("import time\n\n\nasync def f():\n    time.sleep(\n        2\n    )\n")
    assert reported(run) == [("app.py", 5)]


def test_standard_input_is_compared_as_it_is(run: Run) -> None:
    text = OLD.replace("time.sleep(1)", "time.sleep(9)").encode()
    status, out, _ = run("check", "-", "--stdin-filename", "app.py", "--since", "main", "--output-format", "concise", stdin=text)
    assert status == 1
    assert [line.partition(": ")[0] for line in out.splitlines()] == ["app.py:5:5"]


def test_fixes_are_made_in_changed_lines_only(run: Run) -> None:
    Path("app.py").write_text("import time\n\n\nasync def new():\n    time.sleep(3)\n" + OLD.removeprefix("import time\n"))
    status, _, err = run("check", "--since", "main", "--fix")
    assert status == 0
    assert "Fixed 1 finding in 1 file." in err
    text = Path("app.py").read_text()
    assert "await asyncio.sleep(3)" in text
    assert "    time.sleep(1)\n" in text
    assert "    time.sleep(2)\n" in text


def test_of_equal_findings_the_baseline_accepts_the_older(run: Run) -> None:
    Path("app.py").write_text("import time\n\n\nasync def f():\n    if f:\n        time.sleep(1)\n")
    commit()
    git("branch", "-f", "main")
    assert run("baseline").status == 0
    Path("app.py").write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n    if f:\n        time.sleep(1)\n")
    assert reported(run, "--baseline", "asynclint-baseline.json") == [("app.py", 5)]


def test_a_folder_of_the_project_and_a_worktree(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    (tmp_path / "tree" / "inner").mkdir()
    (tmp_path / "tree" / "inner" / "more.py").write_text(OLD)
    monkeypatch.chdir(tmp_path / "tree" / "inner")
    assert reported(run) == [("more.py", 5), ("more.py", 9)]
    monkeypatch.chdir(tmp_path / "tree")
    assert reported(run) == [("inner/more.py", 5), ("inner/more.py", 9)]


def test_each_repository_is_asked_for_its_own_files(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "app.py").write_text(OLD)
    git("init", "-q", folder=other)
    commit(other)
    git("submodule", "--quiet", "add", str(other), "sub")
    git("checkout", "-q", "-b", "inside", folder="sub")
    Path("sub/app.py").write_text(OLD + NEW)
    Path("app.py").write_text(OLD + NEW)
    assert reported(run) == [("app.py", 13), ("sub/app.py", 13)]


def test_in_a_hook_the_environment_names_no_other_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert reported(run) == []


# -- what goes wrong


@pytest.mark.parametrize("revision", ["mian", "", "-h", "--all", "main..work", "main:app.py", "0" * 40])
def test_an_unknown_revision(run: Run, revision: str) -> None:
    status, out, err = run("check", f"--since={revision}")
    assert (status, out) == (2, "")
    assert f"git knows no revision `{revision}`. Correct it, or `git fetch` it first.\n" in err


def test_it_is_said_even_where_nothing_is_found(run: Run) -> None:
    Path("app.py").write_text("")
    assert run("check", "--since", "mian").status == 2


def test_outside_of_a_repository(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    status, _, err = run("check", "--since", "main")
    assert status == 2
    assert "elsewhere is in no git repository" in err


def test_without_git(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    status, _, err = run("check", "--since", "main")
    assert status == 2
    assert "git is not installed" in err


def test_a_shallow_clone_says_how_to_get_the_rest(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit()
    git("clone", "-q", "--depth", "1", "--no-single-branch", f"file://{os.getcwd()}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    for revision in ("origin/main", "HEAD~1"):
        status, _, err = run("check", "--since", revision)
        assert status == 2
        assert "shallow" in err
        assert "fetch-depth: 0" in err


def test_no_commit_in_common(run: Run) -> None:
    git("checkout", "-q", "--orphan", "root")
    Path("app.py").write_text(NEW)
    commit()
    assert "`main` and `HEAD` have no commit in common." in run("check", "--since", "main").err
    git("checkout", "-q", "--orphan", "unborn")
    assert run("check", "--since", "main").status == 2


def test_a_partial_clone_is_not_completed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("app.py").write_text(OLD + NEW)
    commit()
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--filter=blob:none", f"file://{os.getcwd()}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    status, _, err = run("check", "--since", "origin/main")
    assert status == 2
    assert "lacks old contents" in err or "cannot tell" in err


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_nothing_that_a_repository_names_is_run(run: Run, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    sprung = tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 $* >> {sprung}\ncat\n")
    trap.chmod(0o755)
    Path(".gitattributes").write_text("*.py diff=trap filter=trap\n")
    hooks = Path("hooks")
    hooks.mkdir()
    for name in ("post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / name)
    commit()
    git("branch", "-f", "main")
    settings = {
        "core.fsmonitor": trap,
        "core.hooksPath": hooks.absolute(),
        "core.pager": trap,
        "core.sshCommand": trap,
        "core.editor": trap,
        "diff.external": trap,
        "diff.trap.textconv": trap,
        "diff.trap.command": trap,
        "filter.trap.clean": trap,
        "filter.trap.smudge": trap,
        "filter.trap.process": trap,
        "pager.diff": trap,
        "alias.diff-index": f"!{trap}",
        "remote.origin.url": "ssh://nowhere/x",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "extensions.partialClone": "origin",
        "uploadpack.packObjectsHook": trap,
    }
    for name, value in settings.items():
        git("config", name, str(value))
    blob = git("rev-parse", "main:app.py")
    Path("app.py").write_text(OLD + NEW)
    os.utime("app.py", (1, 1))
    assert reported(run) == [("app.py", 13)]
    os.remove(f".git/objects/{blob[:2]}/{blob[2:]}")
    assert run("check", "--since", "main").status == 2
    assert not sprung.exists(), sprung.read_text()


# -- lines


LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"", b"  f"]), max_size=20)


@given(LINES, LINES)
def test_what_is_not_changed_is_there_in_the_same_order(old: list[bytes], new: list[bytes]) -> None:
    changed = set(changed_lines(b"\n".join(old), b"\n".join(new)))
    kept = [line for number, line in enumerate(b"\n".join(new).splitlines(), start=1) if number not in changed]
    rest = iter(b"\n".join(old).splitlines())
    assert all(line in rest for line in kept)
    assert changed <= set(range(1, len(new) + 1))


@given(LINES, st.integers(0, 20), st.integers(0, 20))
def test_an_insertion_changes_no_more_than_what_is_inserted(old: list[bytes], place: int, count: int) -> None:
    inserted = [b"new %d" % number for number in range(count)]
    new = [*old[:place], *inserted, *old[place:]]
    changed = set(changed_lines(b"".join(line + b"\n" for line in old), b"".join(line + b"\n" for line in new)))
    start = min(place, len(old))
    assert changed == set(range(start + 1, start + count + 1))


def test_a_large_file_is_compared_in_no_time() -> None:
    old = [b"    x = %d" % (number % 5000) for number in range(50_000)]
    new = [*old[:20_000], b"y", *old[20_000:]]
    assert list(changed_lines(b"\n".join(old), b"\n".join(new))) == [20_001]
