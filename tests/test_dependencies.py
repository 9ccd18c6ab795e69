"""Calls into installed packages, from outside: which environment is used, what a report says of it, and that the cache changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asynclint.cli import main

APP = """
import slowlib
import elsewhere
from quicklib import wait_politely

async def handler():
    slowlib.wait()
    await wait_politely()
    elsewhere.call()
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and beside it a virtual environment with two of the three packages that it imports."""
    write(tmp_path / "app/pyproject.toml", "")
    write(tmp_path / "app/service.py", APP)
    packages = tmp_path / "env/lib/python3.12/site-packages"
    write(tmp_path / "env/pyvenv.cfg", "version = 3.12.1\n")
    write(packages / "slowlib.py", "import time\n\ndef wait():\n    time.sleep(1)\n\nasync def own():\n    time.sleep(1)\n")
    write(packages / "quicklib/__init__.py", "from .inner import *\nfrom .broken import nothing\n")
    write(packages / "quicklib/inner.py", "import asyncio\n\nasync def wait_politely():\n    await asyncio.sleep(1)\n")
    write(packages / "quicklib/broken.py", "def broken(:\n")
    monkeypatch.chdir(tmp_path / "app")
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["check", ".", *options])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def document(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(check(capsys, "--output-format", "json", *options)[1])
    return found


def test_a_finding_stands_in_the_program_and_leads_into_the_package(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, "--environment", "../env")
    assert status == 1
    assert "service.py:7:5: blocking-sleep" in out
    assert " 1. slowlib.py:4:5: slowlib.wait calls time.sleep()" in out
    assert out.count("[ASL101]") == 1
    assert f"Calls were followed into 2 packages of {project / 'env'} (configured); not found there: elsewhere." in err


def test_what_a_report_for_programs_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "--environment", "../env")
    assert found["errors"] == []
    assert found["summary"]["environment"] == {  # type: ignore[index]
        "path": str(project / "env"),
        "reason": "configured",
        "followed": ["quicklib", "slowlib"],
        "missing": ["elsewhere"],
    }


def test_the_cache_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [document(capsys, "--environment", "../env", *options) for options in ((), (), ("--no-cache",))]
    assert [run["diagnostics"] for run in runs[1:]] == [runs[0]["diagnostics"]] * 2
    write(project / "env/lib/python3.12/site-packages/slowlib.py", "def wait():\n    pass\n")
    assert document(capsys, "--environment", "../env")["diagnostics"] == []


def test_the_project_reaches_no_further_than_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, "--environment", "../env", "--reach", "project")
    assert (status, out) == (0, "")
    assert "environment" not in err


def test_the_environment_of_the_project_is_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "env").rename(project / "app/.venv")
    status, _, err = check(capsys)
    assert status == 1
    assert "Calls were followed into 2 packages of .venv (`.venv` of the project); not found there: elsewhere." in err


def test_the_active_environment_is_found(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(project / "env"))
    status, _, err = check(capsys)
    assert status == 1
    assert "(VIRTUAL_ENV)" in err


def test_without_an_environment_the_report_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys)
    assert status == 0
    assert "No Python environment was found" in err


def test_a_configured_environment_must_be_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = check(capsys, "--environment", "../app")
    assert (status, out) == (2, "")
    assert "no Python environment" in err
    write(project / "app/pyproject.toml", '[tool.asynclint]\nenvironment = "../env"\n')
    assert check(capsys)[0] == 1
