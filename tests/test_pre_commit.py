"""The hooks, run by the real pre-commit in a real repository, installed as pre-commit installs them.

That takes a package index, and half a minute: ``ASYNCLINT_REGISTRY=1`` runs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytest.importorskip("pre_commit")

pytestmark = pytest.mark.skipif(not os.environ.get("ASYNCLINT_REGISTRY"), reason="installs asynclint; ASYNCLINT_REGISTRY=1 runs it")

HELPERS = "import time\n\n\ndef settle():\n    time.sleep(1)\n"
APP = "from helpers import settle\n\n\nasync def main():\n    settle()\n"
CLEAN = "from helpers import settle\n\n\ndef main():\n    settle()\n"
FIXABLE = "import asyncio\n\n\nasync def main():\n    asyncio.sleep(1)\n"

FOUND = "app.py:5:5: blocking-sleep [ASL101]"

CONFIG = """\
repos:
  - repo: {hooks}
    rev: {rev}
    hooks: [{{id: asynclint}}]
  - repo: {hooks}
    rev: {rev}
    hooks: [{{id: asynclint-fix, stages: [manual]}}]
  - repo: {hooks}
    rev: {rev}
    hooks: [{{id: asynclint-project, stages: [manual]}}]
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def pre_commit(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *arguments, "--color", "never"]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment | {"PRE_COMMIT_HOME": str(home)})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments of hooks."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a repository with one commit."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "All of it")
    return folder


@pytest.fixture
def project(tmp_path: Path, hooks: Path) -> Path:
    """A repository with the hooks and one clean commit."""
    git(tmp_path, "init", "-q")
    config = CONFIG.format(hooks=hooks, rev=git(hooks, "rev-parse", "HEAD"))
    (tmp_path / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    (tmp_path / "app.py").write_text(CLEAN, encoding="utf-8")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "A start")
    return tmp_path


def test_trying_the_repository(project: Path, hooks: Path, home: Path) -> None:
    (project / "app.py").write_text(APP, encoding="utf-8")
    git(project, "add", "app.py")
    result = pre_commit(project, home, "try-repo", str(hooks), "asynclint", "--verbose")
    assert result.returncode == 1, result.stderr
    assert FOUND in result.stdout
    assert "helpers.py:5:5: helpers.settle calls time.sleep()" in result.stdout


def test_what_is_staged_counts(project: Path, home: Path) -> None:
    (project / "app.py").write_text(APP, encoding="utf-8")
    assert "Skipped" in pre_commit(project, home, "run").stdout  # nothing is staged
    git(project, "add", "app.py")
    (project / "app.py").write_text(CLEAN, encoding="utf-8")  # pre-commit puts this aside
    result = pre_commit(project, home, "run")
    assert (result.returncode, FOUND in result.stdout) == (1, True), result.stdout
    git(project, "add", "app.py")
    (project / "helpers.py").write_text(HELPERS + "\n", encoding="utf-8")
    git(project, "add", "helpers.py")
    (project / "app.py").write_text(APP, encoding="utf-8")
    result = pre_commit(project, home, "run")
    assert result.returncode == 0, result.stdout
    assert (project / "app.py").read_text(encoding="utf-8") == APP


def test_a_helper_does_not_answer_for_its_callers(project: Path, home: Path) -> None:
    (project / "app.py").write_text(APP, encoding="utf-8")
    git(project, "commit", "-q", "-a", "-m", "A mistake", "--no-verify")
    (project / "helpers.py").write_text(HELPERS.replace("1", "2"), encoding="utf-8")
    git(project, "add", "helpers.py")
    assert pre_commit(project, home, "run").returncode == 0
    result = pre_commit(project, home, "run", "asynclint-project", "--hook-stage", "manual")
    assert (result.returncode, FOUND in result.stdout) == (1, True), result.stdout


def test_a_renamed_file(project: Path, home: Path) -> None:
    (project / "app.py").write_text(APP, encoding="utf-8")
    git(project, "commit", "-q", "-a", "-m", "A mistake", "--no-verify")
    git(project, "mv", "app.py", "main.py")
    result = pre_commit(project, home, "run")
    assert (result.returncode, FOUND.replace("app", "main") in result.stdout) == (1, True), result.stdout
    git(project, "mv", "helpers.py", "tools.py")
    assert pre_commit(project, home, "run").returncode == 0  # there is no `helpers` any more


def test_a_file_that_the_settings_leave_out(project: Path, home: Path) -> None:
    (project / "asynclint.toml").write_text('extend-exclude = ["app.py"]\n', encoding="utf-8")
    (project / "app.py").write_text(APP, encoding="utf-8")
    git(project, "add", "-A")
    assert pre_commit(project, home, "run").returncode == 0


def test_a_fix_changes_the_file_and_fails_once(project: Path, home: Path) -> None:
    (project / "app.py").write_text(FIXABLE, encoding="utf-8")
    git(project, "add", "app.py")
    result = pre_commit(project, home, "run", "asynclint-fix", "--hook-stage", "manual")
    assert result.returncode == 1
    assert "files were modified by this hook" in result.stdout
    assert (project / "app.py").read_text(encoding="utf-8") == FIXABLE.replace("    asyncio.sleep", "    await asyncio.sleep")
    git(project, "add", "app.py")
    assert pre_commit(project, home, "run", "asynclint-fix", "--hook-stage", "manual").returncode == 0
