"""Every fixture: what is found is what its comments say, no more and no less.

A case is a Python file below ``tests/fixtures``, or a folder there that holds a ``case`` file's worth of a project: any folder with
an ``asynclint.toml``. Expectations stand on the line of the finding:

- ``# expect: rule-name`` it is found and shown by default; ``# expect: rule-name via f, g`` through these functions;
- ``# possible: rule-name`` it is found, but only shown on request;
- ``# missed: rule-name`` it should be found, and is not yet: the test fails when it is;
- ``# false-alarm: rule-name`` it is found and should not be: the test fails when it is not any more.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from asynclint import api
from asynclint.config import defaults, find_config, load_config
from asynclint.model import Certainty, Finding

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTATION = re.compile(r"# (expect|possible|missed|false-alarm): ([a-z-]+)(?: via ([\w<>, ]+))?")


def cases() -> list[Path]:
    fixes = FIXTURES / "fixes"  # see test_fixes.py
    projects = [path.parent for path in sorted(FIXTURES.rglob("asynclint.toml")) if fixes not in path.parents]
    files = [path for path in sorted(FIXTURES.rglob("*.py")) if not any(path.is_relative_to(other) for other in [fixes, *projects])]
    return projects + files


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_fixture(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / case.name
    if case.is_dir():
        shutil.copytree(case, place)
        monkeypatch.chdir(place)
    else:
        shutil.copy(case, place)
        monkeypatch.chdir(tmp_path)
    found = find_config(Path.cwd())
    config = load_config(found) if found is not None else defaults(Path.cwd())
    reach = "project" if config.environment is None else "dependencies"  # not the packages of whoever runs the tests
    report = api.check(["."], config.with_options({"min-certainty": "possible", "reach": reach}))
    assert report.errors == ()
    actual = {(finding.path, finding.span.line, *_described(finding)) for finding in report.findings}
    wanted = set()
    for path in sorted(Path().rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for kind, rule, via in EXPECTATION.findall(line):
                if kind in ("expect", "possible", "false-alarm"):
                    names = tuple(name.strip() for name in via.split(",")) if via else ()
                    wanted.add((path.as_posix(), number, "possible" if kind == "possible" else "expect", rule, names))
    vague = {(path, line, kind, rule) for path, line, kind, rule, names in wanted if not names}
    compared = {(*key[:4], ()) if key[:4] in vague else key for key in actual}
    assert compared == wanted


def _described(finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    shown = "expect" if finding.certainty >= Certainty.LIKELY else "possible"
    return shown, finding.name, tuple(step.function.rpartition(".")[2] for step in finding.way)
