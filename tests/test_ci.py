"""The GitHub Action and the recipes for CI, run as their services run them: line by line, in bash, in a project with a mistake."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECIPES = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")

BLOCKING = "import time\n\n\nasync def main():\n    time.sleep(1)\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs bash")


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as the services do, with `asynclint` on the path."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    for name, module in (("asynclint", "-m asynclint"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment |= {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)} | variables
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def scripts(text: str) -> list[str]:
    """What stands behind ``run: |`` in YAML, without its indentation."""
    found = []
    for indent, body in re.findall(r"^( *)run: \|\n((?:\1  .*\n|\n)+)", text, flags=re.MULTILINE):
        found.append(re.sub(rf"^{indent}  ", "", body, flags=re.MULTILINE))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(BLOCKING, encoding="utf-8")
    (folder / "requirements.txt").write_text("", encoding="utf-8")
    return folder


def action(project: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's second step, with its default inputs unless told otherwise."""
    defaults = dict(re.findall(r"^  ([a-z-]+):\n    description: .*\n    default: \"(.*)\"$", ACTION, flags=re.MULTILINE))
    given = {name.upper().replace("-", "_"): value for name, value in (defaults | inputs).items()}
    _, run = scripts(ACTION)
    scratch = project.parent / "scratch"
    (scratch / "asynclint").mkdir(parents=True, exist_ok=True)
    return bash(run, project, ASYNCLINT="asynclint", RUNNER_TEMP=str(scratch), **given)


def test_the_action_annotates(project: Path) -> None:
    result = action(project)
    assert result.returncode == 1, result.stderr
    assert "app.py:5:5: blocking-sleep [ASL101]" in result.stdout
    assert re.search(r"^::(error|warning) .*file=app\.py,line=5", result.stdout, flags=re.MULTILINE)


def test_the_action_takes_its_inputs(project: Path) -> None:
    (project / "other.py").write_text(BLOCKING, encoding="utf-8")
    inputs = {
        "annotations": "false",
        "sarif-file": "a.sarif",
        "exit-zero": "true",
        "paths": "other.py",
        "args": "--reach direct --select ASL1",
    }
    result = action(project, **inputs)
    assert result.returncode == 0, result.stderr
    assert "::" not in result.stdout
    (run,) = json.loads((project / "a.sarif").read_text(encoding="utf-8"))["runs"]
    places = [found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for found in run["results"]]
    assert places == ["other.py"]


def test_the_action_passes_where_nothing_is_found(project: Path) -> None:
    (project / "app.py").write_text("", encoding="utf-8")
    result = action(project)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_every_input_is_used_and_described() -> None:
    inputs = re.findall(r"^  ([a-z-]+):\n    description: .*\n    default:", ACTION, flags=re.MULTILINE)
    assert all(f"${{{{ inputs.{name} }}}}" in ACTION for name in inputs)
    assert re.findall(r"^\| `([a-z-]+)` \|", RECIPES, flags=re.MULTILINE) == inputs


def test_the_first_step_installs(tmp_path: Path) -> None:
    if not os.environ.get("ASYNCLINT_REGISTRY"):
        pytest.skip("installs asynclint; ASYNCLINT_REGISTRY=1 runs it")
    install, _ = scripts(ACTION)
    (tmp_path / "project").mkdir()
    names = {"PYTHONPATH": "", "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ENV": str(tmp_path / "variables")}
    result = bash(install, tmp_path / "project", **names)
    assert result.returncode == 0, result.stderr
    (command,) = (tmp_path / "variables").read_text(encoding="utf-8").splitlines()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    printed = subprocess.run([command.removeprefix("ASYNCLINT="), "--version"], capture_output=True, text=True, env=environment)
    assert printed.stdout.startswith("asynclint "), printed.stderr


def test_the_recipes_work(project: Path) -> None:
    lines = re.findall(r"^ *- (?:run: )?(asynclint .*)$|^(asynclint .*)$", RECIPES, flags=re.MULTILINE)
    commands = [one or other for one, other in lines]
    assert len(commands) == 4
    for command in commands:
        if "--since" in command:
            git = "git -c user.name=A -c user.email=a@example.org"
            result = bash(
                f"git init -q -b main && {git} commit -q --allow-empty -m A && git update-ref refs/remotes/origin/main main", project
            )
            assert result.returncode == 0, result.stderr
        result = bash(command, project)
        assert result.returncode == 1, (command, result.stderr)
        assert "app.py" in result.stdout, command
    assert json.loads((project / "gl-code-quality-report.json").read_text(encoding="utf-8"))[0]["location"]["path"] == "app.py"
    assert (project / "asynclint.xml").read_text(encoding="utf-8").startswith("<?xml")
