"""The result store: a run in which nothing has changed prints what the last one found, and every change that matters is seen."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint import api, session
from asynclint.config import config_for
from asynclint.model import Report

BLOCKING = "import time\n\n\nasync def main():\n    time.sleep(1)\n"
CLEAN = "import time\n\n\nasync def main():\n    time.time(1)\n"  # as long as the other
CALLS = "from {module} import settle\n\n\nasync def main():\n    settle()\n"
SETTLES = "import time\n\n\ndef settle():\n    time.sleep(1)\n"
LONG_AGO = 1_500_000_000


class Analyses(list[int]):
    """How many times a program was really analysed."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ASYNCLINT_CACHE_DIR", str(tmp_path / "cache"))
    write(folder / "pyproject.toml", "[tool.asynclint]\nreach = 'project'\n")
    write(folder / "app.py", BLOCKING)
    return folder


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch) -> Analyses:
    made = Analyses()
    analyse = session.Session._analysed

    def counted(self: session.Session, *arguments: object) -> Report:
        made.append(1)
        return analyse(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(session.Session, "_analysed", counted)
    return made


def write(path: Path, text: str, when: int | None = LONG_AGO) -> None:
    """Write a file as if it, and its folder, had not changed for long; or just now, if `when` is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if when is not None:
        settle(path, when)


def settle(path: Path, when: int = LONG_AGO) -> None:
    for changed in (path, *path.parents):
        if changed.name == "project" or "project" in changed.parts:
            os.utime(changed, (when, when))


def found(*paths: str, **options: object) -> list[str]:
    config = config_for(paths or ["."]).with_options(options)
    report = api.check(paths or ["."], config)
    return [f"{finding.path}:{finding.span.line}" for finding in report.findings] + [error.path for error in report.errors]


def test_nothing_is_analysed_twice(project: Path, analyses: Analyses) -> None:
    first = api.check(["."], config_for(["."]))
    second = api.check(["."], config_for(["."]))
    assert len(analyses) == 1
    assert second._replace(seconds=0.0) == first._replace(seconds=0.0)
    assert first.findings


def test_the_cache_can_be_left_aside(project: Path, analyses: Analyses) -> None:
    for _ in range(2):
        api.check(["."], config_for(["."]), use_cache=False)
    assert len(analyses) == 2
    assert not (project.parent / "cache").exists()


@pytest.mark.parametrize("when", [LONG_AGO + 1, None])
def test_an_edit_is_seen(project: Path, analyses: Analyses, when: int | None) -> None:
    assert found() == ["app.py:5"]
    write(project / "app.py", CLEAN, when)
    assert found() == []
    write(project / "app.py", BLOCKING, when)
    assert found() == ["app.py:5"]
    assert len(analyses) == 3


def test_an_edit_in_the_same_moment_is_seen(project: Path, analyses: Analyses) -> None:
    """A file that was changed shortly before the check is not believed by its size and time."""
    now = os.stat(project).st_mtime_ns
    write(project / "app.py", BLOCKING, None)
    status = os.stat(project / "app.py")
    settle(project)
    assert found() == ["app.py:5"]
    write(project / "app.py", CLEAN, None)
    os.utime(project / "app.py", ns=(status.st_mtime_ns, status.st_mtime_ns))
    settle(project)
    assert found() == []
    assert now <= status.st_mtime_ns


def test_a_touched_file_is_as_it_was(project: Path, analyses: Analyses) -> None:
    found()
    settle(project / "app.py", LONG_AGO + 5)
    assert found() == ["app.py:5"]
    assert len(analyses) == 1


def test_files_that_come_and_go_are_seen(project: Path) -> None:
    assert found() == ["app.py:5"]
    write(project / "other.py", BLOCKING)
    assert found() == ["app.py:5", "other.py:5"]
    (project / "app.py").unlink()
    settle(project / "other.py")
    assert found() == ["other.py:5"]
    write(project / ".gitignore", "other.py\n")
    subprocess.run(["git", "init", "-q"], check=True)
    assert found() == []


def test_a_helper_counts_for_its_callers(project: Path, analyses: Analyses) -> None:
    write(project / "helpers.py", SETTLES)
    write(project / "app.py", CALLS.format(module="helpers"))
    assert found("app.py") == found("app.py") == ["app.py:5"]
    assert len(analyses) == 1
    write(project / "helpers.py", SETTLES.replace("sleep", "ctime"), LONG_AGO + 1)
    assert found("app.py") == []


def test_what_is_asked_for_counts(project: Path, analyses: Analyses, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found() == ["app.py:5"]
    assert found(ignore="blocking-sleep") == []
    assert found("app.py") == ["app.py:5"]
    write(project / "pyproject.toml", "[tool.asynclint]\nreach = 'project'\nignore = 'blocking-sleep'\n", LONG_AGO + 1)
    assert found() == []
    write(project / "pyproject.toml", "[tool.asynclint]\nreach = 'project'\n")
    monkeypatch.chdir(project.parent)
    assert found("project") == ["project/app.py:5"]


def test_the_oldest_python_counts(project: Path) -> None:
    write(project / "app.py", "import asyncio\n\n\nasync def main():\n    asyncio.get_event_loop()\n")
    write(project / "setup.cfg", "[options]\npython_requires = >=3.10\n")
    assert found() == ["app.py:5"]
    write(project / "setup.cfg", "[options]\npython_requires = >=3.6\n", LONG_AGO + 1)
    assert found() == []


def test_how_tests_are_run_counts(project: Path) -> None:
    write(project / "test_app.py", "async def test_it():\n    pass\n")
    (project / "app.py").unlink()
    write(project / "setup.py", "from setuptools import setup\nsetup(tests_require=['pytest'])\n")
    before = found()
    assert before == found()
    assert before == ["test_app.py:1"]
    write(project / "requirements.txt", "pytest\npytest-asyncio\n")
    write(project / "pytest.ini", "[pytest]\nasyncio_mode = auto\n")
    assert found() == []


class TestPackages:
    @pytest.fixture
    def site(self, project: Path) -> Path:
        folder = project / ".venv" / "lib" / "python3.11" / "site-packages"
        write(project / ".venv" / "pyvenv.cfg", "version = 3.11.1\n")
        write(folder / "settling" / "__init__.py", "from settling.inner import settle\n")
        write(folder / "settling" / "inner.py", SETTLES)
        write(project / "pyproject.toml", "[tool.asynclint]\n")
        write(project / "app.py", CALLS.format(module="settling"))
        for path in (*project.rglob("*"), project):
            settle(path)
        return folder

    def test_an_edit_is_seen(self, site: Path, analyses: Analyses) -> None:
        assert found() == found() == ["app.py:5"]
        assert len(analyses) == 1
        write(site / "settling" / "inner.py", SETTLES.replace("sleep", "ctime"), LONG_AGO + 1)
        assert found() == []

    def test_a_module_that_stands_before_another_is_seen(self, site: Path) -> None:
        assert found() == ["app.py:5"]
        write(site / "settling" / "inner" / "__init__.py", "def settle():\n    pass\n")
        settle(site / "settling" / "inner")
        assert found() == []

    def test_another_environment_is_seen(self, site: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert found() == ["app.py:5"]
        other = project.parent / "other"
        write(other / "pyvenv.cfg", "version = 3.11.1\n")
        write(other / "lib" / "python3.11" / "site-packages" / "settling.py", "def settle():\n    pass\n")
        monkeypatch.setenv("VIRTUAL_ENV", str(other))
        assert found() == []
        monkeypatch.delenv("VIRTUAL_ENV")
        assert found() == ["app.py:5"]


class TestWhatIsTakenOut:
    def test_a_baseline(self, project: Path, analyses: Analyses) -> None:
        write(project / "other.py", BLOCKING)
        config = config_for(["."])
        api.update_baseline(["."], config)
        settle(project / "app.py")
        config = config.with_options({"baseline": "asynclint-baseline.json"})
        first, second = (api.check(["."], config)._replace(seconds=0.0) for _ in range(2))
        assert first == second
        assert (first.findings, len(first.hidden)) == ((), 2)
        write(project / "other.py", CLEAN, LONG_AGO + 1)
        fresh, kept = (api.check(["."], config)._replace(seconds=0.0) for _ in range(2))
        assert fresh == kept
        assert kept.baseline is not None
        assert kept.baseline.expired == 1
        write(project / "app.py", "def (\n", LONG_AGO + 1)
        fresh, kept = (api.check(["."], config)._replace(seconds=0.0) for _ in range(2))
        assert fresh == kept

    def test_lines_that_are_older(self, project: Path) -> None:
        git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A"]):
            subprocess.run([*git, *command], check=True)
        settle(project)
        config = replace(config_for(["."]), since="HEAD")
        assert [api.check(["."], config).findings for _ in range(2)] == [(), ()]
        subprocess.run([*git, "rm", "-q", "--cached", "app.py"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "B"], check=True)
        settle(project)
        fresh, kept = (api.check(["."], config)._replace(seconds=0.0) for _ in range(2))
        assert fresh == kept
        assert len(kept.findings) == 1


class TestEntries:
    def entry(self, project: Path) -> Path:
        (entry,) = (path for path in (project.parent / "cache" / "results").iterdir() if path.name != "CACHEDIR.TAG")
        return entry

    def test_damage_is_found(self, project: Path, analyses: Analyses) -> None:
        found()
        entry = self.entry(project)
        data = entry.read_bytes()
        for damaged in (b"", data[:-1], data.replace(b"sleep", b"sleeq"), b"\0" * len(data)):
            entry.write_bytes(damaged)
            assert found() == ["app.py:5"]
        assert len(analyses) == 5

    def test_a_cache_that_cannot_be_written_does_no_harm(self, project: Path) -> None:
        write(project.parent / "cache", "not a folder")
        assert found() == found() == ["app.py:5"]

    def test_there_is_one_for_each_thing_asked_for(self, project: Path) -> None:
        for text in (BLOCKING, CLEAN, BLOCKING + "\n"):
            write(project / "app.py", text)
            found()
        assert self.entry(project)

    def test_a_file_that_does_not_parse_is_told_again(self, project: Path, analyses: Analyses) -> None:
        write(project / "app.py", "def (\n")
        assert found() == found() == ["app.py"]
        assert len(analyses) == 1

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a file that cannot be read")
    def test_a_file_that_cannot_be_read_is_tried_again(self, project: Path) -> None:
        (project / "app.py").chmod(0)
        assert found() == ["app.py"]
        (project / "app.py").chmod(0o600)
        assert found() == ["app.py:5"]


def test_a_folder_that_is_changing_is_not_believed(project: Path, analyses: Analyses) -> None:
    """A module could be put into it within the moment that its time of change can tell."""
    write(project / "test_app.py", "async def test_it():\n    pass\n", None)
    for _ in range(2):
        found()
    assert len(analyses) == 2
