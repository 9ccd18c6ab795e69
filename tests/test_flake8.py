"""The flake8 plugin, driven by the real flake8: the command line's findings, made once a run, chosen by flake8's own rules."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from asynclint import api
from asynclint.config import config_for

HELPERS = """
import time


def settle():
    time.sleep(1)
"""

APP = """
import time

from helpers import settle


async def main():
    settle()
    time.sleep(2)  # noqa: ASL101
    for key in range(10): print("é", settle())
"""


def python(*arguments: str, stdin: str | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", input=stdin, cwd=folder, env=environment)


Flake8 = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def flake8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flake8:
    """Runs flake8 in `tmp_path`, with the plugin as it is in this checkout. Lines of the configuration come first."""
    monkeypatch.chdir(tmp_path)
    installed = importlib.metadata.entry_points(group="flake8.extension", name="ASL")
    local = "" if installed else "[flake8:local-plugins]\nextension =\n  ASL = asynclint.flake8_plugin:Plugin\n"

    def run(*arguments: str, settings: str = "", stdin: str | None = None, script: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / ".flake8").write_text(f"[flake8]\n{settings}\n{local}", encoding="utf-8")
        return python(*([script] if script else ["-m", "flake8"]), *arguments, stdin=stdin)

    return run


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of two files, in one of which a call blocks through the other."""
    (tmp_path / "pyproject.toml").write_text("[tool.asynclint]\nreach = 'project'\n", encoding="utf-8")
    (tmp_path / "helpers.py").write_text(HELPERS.lstrip(), encoding="utf-8")
    (tmp_path / "app.py").write_text(APP.lstrip(), encoding="utf-8")
    return tmp_path


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in result.stderr, result.stderr
    return sorted(line.removeprefix("./") for line in result.stdout.splitlines())


def command_line(folder: Path, *options: str) -> list[str]:
    """What ``asynclint check --output-format concise`` prints in a folder, sorted."""
    result = python("-m", "asynclint", "check", ".", "-q", "--output-format", "concise", *options, folder=folder)
    assert result.returncode in (0, 1), result.stderr
    return sorted(result.stdout.splitlines())


SETTLE = "app.py:7:5: ASL101 `settle()` blocks the event loop: it sleeps [blocking-sleep]"
SLEEP = "app.py:8:5: ASL101 `time.sleep()` blocks the event loop: it sleeps [blocking-sleep]"
COLON = "app.py:9:25: E701 multiple statements on one line (colon)"
LATER = "app.py:9:38: ASL101 `settle()` blocks the event loop: it sleeps [blocking-sleep]"


def test_the_findings_are_those_of_the_command_line(program: Path, flake8: Flake8) -> None:
    assert lines(flake8("--select", "ASL")) == command_line(program) == [SETTLE, LATER]


def test_one_file_is_seen_in_its_program(program: Path, flake8: Flake8) -> None:
    assert lines(flake8("--select", "ASL", "app.py")) == [SETTLE, LATER]
    assert lines(flake8("--select", "ASL", "helpers.py")) == []


def test_other_plugins_findings_stand_beside(program: Path, flake8: Flake8) -> None:
    codes = [line.split()[1] for line in lines(flake8("app.py"))]
    assert codes == ["ASL101", "E701", "ASL101"]


@pytest.mark.parametrize(
    ("arguments", "settings", "expected"),
    [
        (("--ignore", "ASL1,E"), "", []),
        (("--extend-ignore", "ASL101"), "", [COLON]),
        (("--select", "E"), "", [COLON]),
        (("--select", "ASL", "--disable-noqa"), "", [SETTLE, SLEEP, LATER]),
        (("--select", "ASL"), "per-file-ignores =\n  app.py:ASL101", []),
        (("--select", "ASL"), "exclude = app.py", []),
        (("--select", "ASL"), "asynclint-reach = direct", []),
        (("--select", "ASL", "--asynclint-min-certainty", "certain"), "", [SETTLE, LATER]),
    ],
)
def test_flake8_decides_what_is_shown(
    program: Path, flake8: Flake8, arguments: tuple[str, ...], settings: str, expected: list[str]
) -> None:
    assert lines(flake8(*arguments, settings=settings)) == expected


def test_a_rule_that_is_off_runs_where_flake8_names_it(program: Path, flake8: Flake8) -> None:
    text = "import asyncio\n\n\nasync def main():\n    await asyncio.create_task(asyncio.sleep(1))\n"
    (program / "app.py").write_text(text, encoding="utf-8")
    assert lines(flake8("--select", "ASL")) == []
    assert lines(flake8("--extend-select", "ASL")) == []  # how one switches the plugin on
    assert [line.split()[1] for line in lines(flake8("--extend-select", "ASL514"))] == ["ASL514"]


def test_settings_of_asynclint_count(program: Path, flake8: Flake8) -> None:
    (program / "pyproject.toml").write_text("[tool.asynclint]\nignore = ['blocking-sleep']\n", encoding="utf-8")
    assert lines(flake8("--select", "ASL")) == []
    assert lines(flake8("--select", "ASL", "--asynclint-isolated", "--asynclint-reach", "project")) == [SETTLE, LATER]
    (program / "other.toml").write_text("[tool.asynclint]\nreach = 'direct'\n", encoding="utf-8")
    (program / "asynclint-other.toml").write_text("reach = 'project'\n", encoding="utf-8")
    assert lines(flake8("--select", "ASL", settings="asynclint-config = asynclint-other.toml")) == [SETTLE, LATER]


def test_wrong_settings_end_the_run(program: Path, flake8: Flake8) -> None:
    result = flake8("--asynclint-config", "missing.toml")
    assert result.returncode == 1
    assert "missing.toml: cannot be read" in result.stdout
    (program / "pyproject.toml").write_text("[tool.asynclint]\nselekt = 'ALL'\n", encoding="utf-8")
    assert "did you mean `select`?" in flake8().stdout


class TestStandardInput:
    def test_it_stands_for_the_file_of_its_name(self, program: Path, flake8: Flake8) -> None:
        text = "\n" + APP.lstrip().replace("  # noqa: ASL101", "")
        moved = [line.replace(f":{number}:", f":{number + 1}:") for number, line in ((7, SETTLE), (8, SLEEP), (9, LATER))]
        assert sorted(lines(flake8("--select", "ASL", "--stdin-display-name", "app.py", "-", stdin=text))) == sorted(moved)

    def test_without_a_name_it_is_a_program_in_the_working_directory(self, program: Path, flake8: Flake8) -> None:
        found = lines(flake8("--select", "ASL", "-", stdin=APP.lstrip()))
        assert found == [line.replace("app.py", "stdin") for line in (SETTLE, LATER)]

    def test_a_declared_encoding_and_a_mark_do_no_harm(self, program: Path, flake8: Flake8) -> None:
        for start, column in (("# -*- coding: latin-1 -*-\n", 39), ("\ufeff\n", 38)):  # two characters, read as latin-1
            found = lines(flake8("--select", "ASL", "-", stdin=start + APP.lstrip()))
            assert [line.split(" ")[0] for line in found] == [f"stdin:10:{column}:", "stdin:8:5:"]

    def test_a_broken_text_is_flake8s_to_report(self, program: Path, flake8: Flake8) -> None:
        assert [line.split()[1] for line in lines(flake8("-", stdin="async def f(:\n"))] == ["E999"]


class TestProcesses:
    SCRIPT = """
    import multiprocessing, os, sys

    from asynclint import api

    check = api.check

    def counted(*arguments, **options):
        with open("checks.txt", "a") as file:
            print(os.getpid(), file=file)
        return check(*arguments, **options)

    api.check = counted

    if __name__ == "__main__":
        from flake8.main.cli import main

        multiprocessing.set_start_method(sys.argv[1])
        sys.exit(main(sys.argv[2:]))
    """

    @pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
    def test_the_program_is_checked_once(self, program: Path, flake8: Flake8, method: str) -> None:
        for number in range(6):
            (program / f"app{number}.py").write_text(APP.lstrip(), encoding="utf-8")
        (program / "run.py").write_text(textwrap.dedent(self.SCRIPT), encoding="utf-8")
        result = flake8(method, "--select", "ASL", "--jobs", "3", "--exclude", "run.py", script="run.py")
        names = ["app.py", *(f"app{number}.py" for number in range(6))]
        assert lines(result) == sorted(line.replace("app.py", name) for name in names for line in (SETTLE, LATER))
        assert len((program / "checks.txt").read_text().splitlines()) == 1

    def test_nothing_is_checked_where_nothing_would_be_shown(self, program: Path, flake8: Flake8) -> None:
        (program / "run.py").write_text(textwrap.dedent(self.SCRIPT), encoding="utf-8")
        flake8("fork", "--select", "E", script="run.py")
        assert not (program / "checks.txt").exists()


def test_programs_that_drive_flake8_get_the_same(program: Path, flake8: Flake8) -> None:
    """Those that name their files after the options are read, outside of the working directory."""
    elsewhere = program / "elsewhere"
    elsewhere.mkdir()
    (program / "run.py").write_text(
        f"import os; from flake8.api import legacy\nos.chdir({str(elsewhere)!r})\n"
        f"guide = legacy.get_style_guide(select=['ASL'])\nprint(guide.check_files([{str(program / 'app.py')!r}]).get_statistics('ASL'))\n",
        encoding="utf-8",
    )
    (elsewhere / ".flake8").write_text("", encoding="utf-8")
    result = flake8(script="run.py")
    if not importlib.metadata.entry_points(group="flake8.extension", name="ASL"):
        (elsewhere / ".flake8").write_text((program / ".flake8").read_text())
        result = flake8(script="run.py")
    assert result.stdout.strip().endswith("['2 ASL101 `settle()` blocks the event loop: it sleeps [blocking-sleep]']")


def test_a_file_that_flake8_leaves_out_is_left_out(program: Path, flake8: Flake8) -> None:
    (program / "app.py").write_text("# flake8: noqa\n" + APP, encoding="utf-8")
    assert lines(flake8("--select", "ASL")) == command_line(program) == []
    (program / "app.py").write_text(APP.lstrip(), encoding="utf-8")
    (program / "helpers.py").write_text("# flake8: noqa\n" + HELPERS, encoding="utf-8")
    assert lines(flake8("--select", "ASL")) == command_line(program) == [SETTLE, LATER]


REAL = ("discord.py==2.4.0", "mitmproxy==11.0.2", "distributed==2025.9.1")


@pytest.mark.skipif(not os.environ.get("ASYNCLINT_REGISTRY"), reason="installs packages; ASYNCLINT_REGISTRY=1 runs it")
@pytest.mark.parametrize("requirement", REAL)
def test_whole_packages_have_the_same_findings(requirement: str, tmp_path: Path, flake8: Flake8) -> None:
    """In flake8, on the command line and through the API."""
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), requirement]
    subprocess.run(install, check=True)
    (tmp_path / "asynclint.toml").write_text('reach = "project"\nselect = "ALL"\nmin-certainty = "possible"\n', encoding="utf-8")
    printed = command_line(tmp_path)
    assert len(printed) > 5
    assert lines(flake8("--select", ",".join(["ASL", *(rule.code for rule in api.all_rules())]))) == printed
    findings = api.check([str(tmp_path)], config_for([str(tmp_path)])).findings
    starts = sorted(f"{finding.path}:{finding.span.line}:{finding.span.column}: {finding.code} " for finding in findings)
    assert all(line.startswith(start) for line, start in zip(printed, starts, strict=True))
