"""Workers: other processes find what we would find, and where one does not, it is found here."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from asynclint import api, workers
from asynclint.config import config_for
from asynclint.model import Report
from asynclint.workers import Task, Workers

FUNCTION = "async def f{0}():\n    time.sleep(1)\n\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of forty files: two of them do not parse, one has names of no encoding, one is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workers, "LEAST", 1_000)
    (tmp_path / "asynclint.toml").write_text("reach = 'project'\n")
    (tmp_path / "package").mkdir()
    for number in range(36):
        text = "import time\n\n" + "".join(FUNCTION.format(part) for part in range(number))
        (tmp_path / "package" / f"m{number}.py").write_text(text)
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "latin.py").write_bytes("# coding: latin-1\nname = 'é'\n".encode("latin-1"))
    (tmp_path / "package" / "broken.py").write_text("def (:\n")
    (tmp_path / "package" / "nested.py").write_text("(" * 5000)
    return tmp_path


def check(jobs: int) -> Report:
    report = api.check(["."], replace(config_for(["."]), jobs=jobs), use_cache=False)
    return report._replace(seconds=0.0)


def started(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[int, str, str, bool]]]:
    """The shares that processes were started for, from now on."""
    shares: list[list[tuple[int, str, str, bool]]] = []
    start = workers._started
    monkeypatch.setattr(workers, "_started", lambda share: shares.append(share) or start(share))
    return shares


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_result_is_the_same(project: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    alone = check(1)
    shares = started(monkeypatch)
    assert check(jobs) == alone
    assert len(shares) == jobs - 1
    assert len(alone.findings) == sum(range(36))
    assert [error.path for error in alone.errors] == ["package/broken.py", "package/nested.py"]


def test_what_workers_find_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNCLINT_CACHE_DIR", str(project.parent / "cache"))
    for name in ("broken.py", "nested.py"):
        (project / "package" / name).unlink()
    api.check(["package"], replace(config_for(["."]), jobs=2))
    shares = started(monkeypatch)
    api.check(["."], replace(config_for(["."]), jobs=2))
    assert shares == []


def test_a_small_program_has_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LEAST", 1_000_000)
    shares = started(monkeypatch)
    check(8)
    assert shares == []


@pytest.mark.parametrize("main", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)", "print('x' * 1000)", "this is no Python"])
def test_a_worker_that_fails_does_no_harm(project: Path, monkeypatch: pytest.MonkeyPatch, main: str) -> None:
    alone = check(1)
    monkeypatch.setattr(workers, "_MAIN", main)
    assert check(3) == alone


def test_without_processes_it_is_done_here(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = check(1)
    monkeypatch.setattr(sys, "executable", str(project / "no-python"))
    assert check(3) == alone


def test_a_file_that_has_changed_meanwhile_is_walked_here(project: Path) -> None:
    paths = [project / "package" / "m7.py", project / "package" / "m8.py"]
    tasks = [Task(str(path), path.stem, False, 10_000) for path in paths]
    some = Workers(tasks, 2)
    first, second = some.order
    entry = some.entry(second)
    some.stop()
    assert some.entry(first) is None
    assert entry is not None
    with pytest.raises(ValueError, match="another file"):
        workers_facts(entry, b"x = 1\n", paths[second].stem)


def workers_facts(entry: bytes, data: bytes, module: str) -> object:
    from asynclint.cache import facts_of

    return facts_of(entry, data, module, False)


def test_nothing_in_the_working_directory_is_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("json", "msgspec", "asynclint", "struct"):
        (project / f"{name}.py").write_text("open('was-run', 'w')\n")
    command = [
        sys.executable,
        "-c",
        "import sys; del sys.path[0]\nfrom asynclint import workers; workers.LEAST = 1000\nfrom asynclint.cli import run; run()",
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    arguments = ["check", ".", "--no-cache", "--jobs", "3", "-q", "--output-format", "concise"]
    result = subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment)
    assert len(result.stdout.splitlines()) == sum(range(36)), result.stderr
    assert not (project / "was-run").exists()


def test_stopping_ends_all(project: Path) -> None:
    tasks = [Task(str(path), path.stem, False, 10_000) for path in sorted((project / "package").glob("m*.py"))]
    some = Workers(tasks, 3)
    processes = [process for process, _ in some._running]
    assert len(processes) == 2
    some.stop()
    assert all(process.poll() is not None for process in processes)
