"""Every fix, before and after, and that no fix of any fixture is wrong.

A case is a file below ``tests/fixtures/fixes``, or a folder there with an ``asynclint.toml``. Beside ``name.py`` stand ``name.fixed.py``,
what safe fixes make of it, and ``name.unsafe.py``, what unsafe ones make of it as well; where one is not there, nothing more is changed.
Comments tell what is not done, on the line of the finding:

- ``# refused: words of the reason`` the recipe does not make this fix;
- ``# held: words of the reason`` a safe fix that is only made on request here.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from test_fixtures import cases as fixture_cases

from asynclint import api
from asynclint.config import Config, defaults, find_config, load_config
from asynclint.model import FixReport, Safety
from asynclint.rules import RULES

FIXES = Path(__file__).parent / "fixtures" / "fixes"
COMMENT = re.compile(rb"# (refused|held): ([^\r\n#]+)")
RESULT = re.compile(r"\.(fixed|unsafe)\.py$")


def cases() -> list[Path]:
    projects = [path.parent for path in sorted(FIXES.rglob("asynclint.toml"))]
    inside = [path for project in projects for path in project.rglob("*.py")]
    return projects + [path for path in sorted(FIXES.rglob("*.py")) if path not in inside and not RESULT.search(path.name)]


def befores(case: Path) -> dict[Path, Path]:
    """The files of a case by their paths below its folder."""
    if case.is_file():
        return {Path(case.name): case}
    return {path.relative_to(case): path for path in case.rglob("*") if path.is_file() and not RESULT.search(path.name)}


def after(path: Path, *, unsafe: bool) -> bytes:
    """What a file should look like in the end."""
    results = [path.with_suffix(".fixed.py"), path]
    return next(result for result in [path.with_suffix(".unsafe.py")][: int(unsafe)] + results if result.exists()).read_bytes()


def plain(content: bytes) -> bytes:
    return content


def foreign(content: bytes) -> bytes:
    """The same with tabs, a byte order mark and the line ends of Windows."""
    tabbed = re.sub(rb"^(?:    )+", lambda found: b"\t" * (len(found[0]) // 4), content, flags=re.MULTILINE)
    return b"\xef\xbb\xbf" + tabbed.replace(b"\n", b"\r\n")


def settings() -> Config:
    """The settings of the working directory, without the packages of whoever runs the tests."""
    found = find_config(Path.cwd())
    config = load_config(found) if found is not None else defaults(Path.cwd())
    return config.with_options({"reach": "project"} if config.environment is None else {})


def comments(content: bytes) -> list[tuple[int, str, str]]:
    """The comments of a file: line, kind, words."""
    lines = content.splitlines()
    return [
        (number, found[1].decode(), found[2].decode().strip()) for number, line in enumerate(lines, 1) for found in COMMENT.finditer(line)
    ]


def check_refusals(result: FixReport, contents: dict[str, bytes], *, unsafe: bool) -> None:
    """Each refusal has its comment, and each comment of this mode its refusal."""
    told = {(path, line, kind, words) for path, content in contents.items() for line, kind, words in comments(content)}
    met = set()
    for finding, reason in result.report.refused:
        fitting = {item for item in told if item[:2] == (finding.path, finding.span.line) and item[3] in reason}
        assert fitting, f"{finding.path}:{finding.span.line}: {finding.name}: {reason}"
        met |= fitting
    needed = {item for item in told if item[2] == ("refused" if unsafe else "held")}
    assert needed <= met


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("form", [plain, foreign])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.relative_to(FIXES).as_posix())
def test_before_and_after(case: Path, form: type[plain], unsafe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wanted: dict[str, bytes] = {}
    for name, path in befores(case).items():
        name.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            name.write_bytes(form(path.read_bytes()))
            wanted[name.as_posix()] = form(after(path, unsafe=unsafe))
        else:
            shutil.copy(path, name)
    result = api.fix(["."], settings(), unsafe=unsafe)
    assert result.report.errors == ()
    actual = {name: Path(name).read_bytes() for name in wanted}
    assert {name: content.decode("utf-8-sig").splitlines() for name, content in actual.items()} == {
        name: content.decode("utf-8-sig").splitlines() for name, content in wanted.items()
    }
    assert actual == wanted
    check_refusals(result, actual, unsafe=unsafe)
    again = api.fix(["."], settings(), unsafe=unsafe)
    assert again.changes == ()


@pytest.mark.parametrize("case", fixture_cases(), ids=lambda case: case.relative_to(FIXES.parent).as_posix())
def test_no_fix_of_a_fixture_is_wrong(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parsers vouch for each place: the recipe recognises what the analysis has found, or says why not. Nothing has to be undone."""
    place = tmp_path / case.name
    if case.is_dir():
        shutil.copytree(case, place)
        monkeypatch.chdir(place)
    else:
        shutil.copy(case, place)
        monkeypatch.chdir(tmp_path)
    config = settings().with_options({"min-certainty": "possible", "select": ["ALL"]})
    result = api.fix(["."], config, unsafe=True)
    assert result.report.errors == ()
    undone = [refusal for refusal in result.report.refused if "undone" in refusal.reason or "not of the form" in refusal.reason]
    assert [(item.finding.path, item.finding.span.line, item.finding.name, item.reason) for item in undone] == []
    assert api.fix(["."], config, unsafe=True).changes == ()


def test_every_rule_with_a_fix_has_a_case() -> None:
    cases = [path.name.partition(".")[0].replace("_", "-") for path in FIXES.iterdir()]
    assert [rule.name for rule in RULES if rule.fix is not Safety.NONE and not any(case.startswith(rule.name) for case in cases)] == []
