"""Fixes as edits: what the fix of each finding alone would do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import asynclint
from asynclint import api
from asynclint.config import defaults
from asynclint.fixes.difference import applied, difference, lines_of
from asynclint.fixes.edit import edit
from asynclint.fixes.recipes import RECIPES
from asynclint.fixes.tree import Tree
from asynclint.model import Edit, Report, Safety
from asynclint.source.text import Source, encoding_of

HERE = Path(__file__).parent

SLEEPS = "import time\n\n\nasync def one():\n    time.sleep(1)\n\n\nasync def two():\n    time.sleep(2)\n"


def proposed(path: Path, propose: Safety = Safety.SAFE, **options: Any) -> Report:
    config = defaults(path.parent).with_options({"select": ["ALL"], "reach": "project", **options})
    return api.check([str(path)], config, propose=propose, use_cache=False)


def in_short(edits: tuple[Edit, ...]) -> list[tuple[tuple[int, ...], str]]:
    return [(tuple(edit.span), edit.text) for edit in edits]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.py"


def test_each_finding_has_the_edits_of_its_fix_alone(file: Path) -> None:
    file.write_text(SLEEPS)
    report = proposed(file)
    assert [in_short(report.edits[finding]) for finding in report.findings] == [
        [((2, 1, 2, 1), "import asyncio\n"), ((5, 5, 5, 9), "await asyncio")],
        [((2, 1, 2, 1), "import asyncio\n"), ((9, 5, 9, 9), "await asyncio")],
    ]
    assert file.read_text() == SLEEPS


def test_nothing_is_proposed_unless_it_is_asked_for(file: Path) -> None:
    file.write_text(SLEEPS)
    assert proposed(file, Safety.NONE).edits == {}


def test_unsafe_fixes_are_proposed_on_request(file: Path) -> None:
    file.write_text("import asyncio\nfrom pathlib import Path\n\n\nasync def main(name):\n    return Path(name).read_text()\n")
    assert proposed(file).edits == {}
    assert any("asyncio.to_thread" in edits[0].text for edits in proposed(file, Safety.UNSAFE).edits.values())


def test_what_a_recipe_refuses_is_not_proposed(file: Path) -> None:
    file.write_text(SLEEPS.replace("    time.sleep(1)", "    # never await here\n    time.sleep(1)"))
    report = proposed(file, select=["blocking-sleep"])
    assert [(finding.fix is not None, finding in report.edits) for finding in report.findings] == [(True, False), (True, True)]
    assert report.errors == ()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_stay(file: Path, end: str, mark: str) -> None:
    text = SLEEPS.replace("one():", "größe():")
    file.write_bytes((mark + text.replace("\n", end)).encode())
    report = proposed(file)
    assert [in_short(report.edits[finding])[0] for finding in report.findings] == [((2, 1, 2, 1), f"import asyncio{end}")] * 2
    assert {in_short(report.edits[finding])[1][1] for finding in report.findings} == {"await asyncio"}


def test_text_from_standard_input_has_proposals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"import asyncio\n{SLEEPS}".encode()
    config = defaults(tmp_path).with_options({"reach": "project"})
    report = api.check([], config, stdin=(None, text), propose=Safety.SAFE)
    assert [in_short(edits) for edits in report.edits.values()] == [[((6, 5, 6, 9), "await asyncio")], [((10, 5, 10, 9), "await asyncio")]]


@pytest.mark.parametrize("name", ["missing_drain", "blocking_file_io", "fire_and_forget_task", "unawaited_coroutine", "unused_suppression"])
def test_the_edits_make_what_fixing_makes(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.py"
    shutil.copy(HERE / "fixtures" / "fixes" / path.name, path)
    report = proposed(path, Safety.UNSAFE)
    source = Source(report.findings[0].path, path.read_bytes())
    checked = 0
    for finding in report.findings:
        if finding.fix is None:
            continue
        alone = edit(source, [finding], True)
        assert bool(alone.made) is (finding in report.edits)
        if alone.made:
            text = applied(lines_of(source.text), report.edits[finding])
            assert text.encode(encoding_of(source.data)) == alone.content
            checked += 1
    assert checked > 2


def test_a_file_is_parsed_once_and_one_without_fixes_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(SLEEPS)
    (tmp_path / "b.py").write_text("async def main():\n    return input()\n")
    parsed: list[str] = []
    made = Tree.__init__

    def counted(self: Tree, source: Source) -> None:
        parsed.append(Path(source.path).name)
        made(self, source)

    monkeypatch.setattr(Tree, "__init__", counted)
    report = proposed(tmp_path)
    assert len(report.findings) == 3
    assert parsed == ["a.py"]


def test_a_recipe_that_fails_costs_that_fix(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(SLEEPS + "\n\nasync def three(work):\n    work()\n\n\nasync def four():\n    two()\n")

    def fails(place: object) -> None:
        raise ZeroDivisionError

    recipe = next(finding.fix.recipe for finding in proposed(file).findings if finding.fix and finding.name == "blocking-sleep")
    monkeypatch.setitem(RECIPES, recipe, fails)
    report = proposed(file)
    assert {finding.name for finding in report.edits} == {"unawaited-coroutine"}
    assert [(error.internal, "please report it: ZeroDivisionError" in error.message) for error in report.errors] == [(True, True)] * 2


def test_a_file_that_libcst_cannot_take_has_no_proposals(file: Path) -> None:
    file.write_text("\x0c" + SLEEPS)
    report = proposed(file)
    assert (len(report.findings), report.edits, report.errors) == (2, {}, ())


# -- edits


pieces = st.lists(
    st.sampled_from(["a", "ab", "_", "é", "日", " ", ".", "(", "\n", "\r\n", "\r", "\x0c", "\u2028", "long_name"]), max_size=14
).map("".join)


@settings(deadline=None, derandomize=True, database=None)
@given(before=pieces, after=pieces)
def test_edits_make_one_text_of_another(before: str, after: str) -> None:
    lines = lines_of(before)
    edits = difference("a.py", lines, lines_of(after))
    assert applied(lines, edits) == after
    assert all(edit.span[:2] <= edit.span[2:] for edit in edits)
    assert all(first.span[2:] <= second.span[:2] for first, second in pairwise(edits))
    assert (edits == ()) is (before == after)


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", []),
        ("a\nb\nc\n", "a\nx\nb\nc\n", [((2, 1, 2, 1), "x\n")]),
        ("a\nb\nc\n", "a\nc\n", [((2, 1, 3, 1), "")]),
        ("a\nb", "a\nb\nc", [((2, 2, 2, 2), "\nc")]),
        ("    time.sleep(1)\n", "    trio.sleep(1)\n", [((1, 5, 1, 9), "trio")]),
        ("    work(x)\n", "    await work(x)\n", [((1, 5, 1, 5), "await ")]),
        ("f(a)\ng(b)\n", "f(a, 1)\ng(b, 1)\n", [((1, 4, 1, 4), ", 1"), ((2, 4, 2, 4), ", 1")]),
        ("", "x\n", [((1, 1, 1, 1), "x\n")]),
    ],
)
def test_edits_are_small_and_cut_no_word(before: str, after: str, edits: list[tuple[tuple[int, ...], str]]) -> None:
    assert in_short(difference("a.py", lines_of(before), lines_of(after))) == edits


def test_lines_are_those_of_findings() -> None:
    text = "a\x0cb\r\nc\rd\u2028e\nf"
    assert [line.rstrip("\r\n") for line in lines_of(text)] == Source("a.py", text.encode()).lines


# -- in SARIF


def run(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "asynclint", "check", "--output-format", "sarif", *arguments]
    path = str(Path(asynclint.__file__).parents[1])
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    document = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, document, done.stderr


def test_sarif_has_safe_fixes_and_others_on_request(file: Path) -> None:
    file.write_text(f"{SLEEPS}\n\nasync def three():\n    return Path('a').read_text()\n\n\nfrom pathlib import Path\n")
    schema = json.loads((HERE / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    status, document, _ = run(file.parent)
    jsonschema.Draft4Validator(schema).validate(document)
    fixes = [result.get("fixes") for result in document["runs"][0]["results"]]
    assert (status, [bool(fix) for fix in fixes]) == (1, [True, True, False])
    assert fixes[1] == [
        {
            "description": {"text": "Use `await asyncio.sleep(...)`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "app.py", "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1},
                            "insertedContent": {"text": "import asyncio\n"},
                        },
                        {
                            "deletedRegion": {"startLine": 9, "startColumn": 5, "endLine": 9, "endColumn": 9},
                            "insertedContent": {"text": "await asyncio"},
                        },
                    ],
                }
            ],
        }
    ]
    _, document, _ = run(file.parent, "--unsafe-fixes")
    jsonschema.Draft4Validator(schema).validate(document)
    assert all(result.get("fixes") for result in document["runs"][0]["results"])


def test_what_is_fixed_already_is_not_proposed(file: Path) -> None:
    file.write_text(SLEEPS)
    status, document, _ = run(file.parent, "--fix")
    assert (status, document["runs"][0]["results"]) == (0, [])
