"""The net under the recipes: a fix that goes wrong is taken back and named, and costs no other fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from asynclint import api
from asynclint.config import defaults
from asynclint.fixes import recipes
from asynclint.fixes.tree import Place, Refused
from asynclint.model import FixReport

HELPER = "import asyncio\n\n\nasync def work():\n    await asyncio.sleep(1)\n"
BEFORE = (
    "import asyncio\nimport time\nfrom helper import work\n\n\nasync def first():\n    time.sleep(1)\n\n\nasync def second():\n    work()\n"
)
ONLY_SECOND = BEFORE.replace("    work()", "    await work()")
BOTH = ONLY_SECOND.replace("    time.sleep", "    await asyncio.sleep")

Fix = Callable[[], FixReport]


@pytest.fixture
def fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fix:
    monkeypatch.chdir(tmp_path)
    Path("helper.py").write_text(HELPER)
    Path("job.py").write_text(BEFORE)
    return lambda: api.fix(["."], defaults(tmp_path).with_options({"reach": "project"}))


def wrong(monkeypatch: pytest.MonkeyPatch, recipe: recipes.Recipe) -> None:
    """Let sleeps be fixed by another recipe."""
    monkeypatch.setitem(recipes.RECIPES, "sleep", recipe)  # type: ignore[arg-type]  # a mapping that is a dictionary


def reasons(result: FixReport) -> list[tuple[str, str]]:
    return [(finding.name, reason) for finding, reason in result.report.refused]


def test_both_are_fixed(fix: Fix) -> None:
    assert reasons(fix()) == []
    assert Path("job.py").read_text() == BOTH


def replaced_by(text: str) -> recipes.Recipe:
    return lambda place: place.put(place.exactly(cst.Call), place.expression(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(yield from x)", "the file would not compile any more"),
        ("time.sleep(2)", "it was undone, as the finding would still be there"),
        ("work()", "it was undone, as it brings `unawaited-coroutine` in line 7 of job.py"),
    ],
)
def test_what_goes_wrong_is_taken_back(fix: Fix, monkeypatch: pytest.MonkeyPatch, text: str, reason: str) -> None:
    wrong(monkeypatch, replaced_by(text))
    assert reasons(fix()) == [("blocking-sleep", reason)]
    assert Path("job.py").read_text() == ONLY_SECOND
    assert fix().changes == ()


@pytest.mark.parametrize("bad", [1, 2, 3, 4, 5])
def test_one_that_is_taken_back_does_not_keep_the_others_of_its_function(fix: Fix, monkeypatch: pytest.MonkeyPatch, bad: int) -> None:
    right = recipes.RECIPES["sleep"]

    def sometimes(place: Place) -> None:
        text = place.tree.code(place.exactly(cst.Call))
        (replaced_by(f"time.sleep({bad}, 0)") if text == f"time.sleep({bad})" else right)(place)

    lines = [f"    time.sleep({number})\n" for number in range(1, 6)]
    Path("job.py").write_text("import asyncio\nimport time\n\n\nasync def f():\n" + "".join(lines))
    wrong(monkeypatch, sometimes)
    assert reasons(fix()) == [("blocking-sleep", "it was undone, as the finding would still be there")]
    lines = [line if number == bad else line.replace("time", "await asyncio") for number, line in enumerate(lines, 1)]
    assert Path("job.py").read_text() == "import asyncio\nimport time\n\n\nasync def f():\n" + "".join(lines)


@pytest.mark.parametrize("error", [Refused("it is a holiday"), ValueError("a bug"), RecursionError()], ids=["refused", "bug", "deep"])
def test_a_recipe_that_fails_costs_its_fix(fix: Fix, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(place: Place) -> None:
        raise error

    wrong(monkeypatch, fail)
    result = fix()
    assert Path("job.py").read_text() == ONLY_SECOND
    assert [name for name, _ in reasons(result)] == ["blocking-sleep"]
    assert [error.internal for error in result.report.errors] == ([] if isinstance(error, Refused) else [True])


def test_a_change_that_fails_costs_its_fix(fix: Fix, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are made when all recipes of a file have spoken."""

    def fail(node: cst.CSTNode) -> cst.CSTNode:
        raise cst.CSTValidationError("impossible")

    wrong(monkeypatch, lambda place: place.replace(place.exactly(cst.Call), fail))
    assert [name for name, _ in reasons(fix())] == ["blocking-sleep"]
    assert Path("job.py").read_text() == ONLY_SECOND


def test_a_recipe_that_asks_for_nothing_is_refused(fix: Fix, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong(monkeypatch, lambda place: None)
    assert reasons(fix()) == [("blocking-sleep", "there is nothing to change")]


def test_fixes_that_overlap_are_made_one_after_the_other(fix: Fix) -> None:
    Path("job.py").write_text(
        "import time\nfrom helper import work\n\n\nasync def f(x):\n    time.sleep(time.sleep(1) or x or time.sleep(2))\n"
    )
    result = fix()
    assert result.report.findings == result.report.refused == ()
    assert "    await asyncio.sleep(await asyncio.sleep(1) or x or await asyncio.sleep(2))\n" in Path("job.py").read_text()
