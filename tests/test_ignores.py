"""`--add-ignores`: comments stand where they speak, break nothing, and silence all that was found."""

from __future__ import annotations

import ast
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from asynclint import api
from asynclint.cli import main
from asynclint.config import defaults

FIXTURES = Path(__file__).parent / "fixtures"
SLEEP = "  # asynclint: ignore[blocking-sleep]"
FILE = "  # asynclint: ignore[blocking-file-io]"
HEAD = "import time\nfrom pathlib import Path\n\n\nasync def f(path: Path, x=None):\n"


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("asynclint.toml").write_text('reach = "project"\n')

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        captured = capsysbinary.readouterr()
        assert isinstance(exited.value.code, int)
        return Result(exited.value.code, captured.out.decode("latin-1"), captured.err.decode("latin-1"))

    return run


def silenced(run: Run, content: bytes) -> bytes:
    """What becomes of a file, which is clean afterwards; and a second run changes nothing."""
    path = Path("app.py")
    path.write_bytes(content)
    assert run("check").status == 1
    done = run("check", "--add-ignores")
    assert (done.status, done.out) == (0, ""), done.err
    after = path.read_bytes()
    assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(content))
    assert run("check", "--add-ignores").status == 0
    assert path.read_bytes() == after
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    time.sleep(1)\n", f"    time.sleep(1){SLEEP}\n"),
        ("    time.sleep(1) \t \n", f"    time.sleep(1){SLEEP}\n"),
        ("\ttime.sleep(1)\n", f"\ttime.sleep(1){SLEEP}\n"),
        ("    time.sleep(1)", f"    time.sleep(1){SLEEP}"),
        ("    time.sleep(1)\f\n    x = 1\n", f"    time.sleep(1)\f{SLEEP}\n    x = 1\n"),
        ("    if x: time.sleep(1)\n", f"    if x: time.sleep(1){SLEEP}\n"),
        ("    time.sleep(1); time.sleep(2)\n", f"    time.sleep(1); time.sleep(2){SLEEP}\n"),
        ("    time.sleep(\n        1\n    )\n", f"    time.sleep({SLEEP}\n        1\n    )\n"),
        ("    time \\\n        .sleep(1)\n", f"    time \\\n        .sleep(1){SLEEP}\n"),
        ("    x = 1 + \\\n        time.sleep(1) + \\\n        2\n", f"    x = 1 + \\\n        time.sleep(1) + \\\n        2{SLEEP}\n"),
        ("    path.write_text('''\n  # no\n''')\n", f"    path.write_text('''\n  # no\n'''){FILE}\n"),
        ("    x = ('''\n''', time.sleep(1), '''\n''')\n", f"    x = ('''\n''', time.sleep(1), '''\n'''){SLEEP}\n"),
        ("    x = f'''{\n    time.sleep(1)\n    }'''\n", f"    x = f'''{{\n    time.sleep(1)\n    }}'''{SLEEP}\n"),
        ("    time.sleep(1)  # type: ignore\n", f"    time.sleep(1)  # type: ignore{SLEEP}\n"),
        ("    time.sleep(1)  # noqa: E501\n", f"    time.sleep(1)  # noqa: E501{SLEEP}\n"),
        ("    time.sleep(1)#x \n", f"    time.sleep(1)#x{SLEEP}\n"),
        ("    x = '# asynclint: ignore[x]', time.sleep(1)\n", f"    x = '# asynclint: ignore[x]', time.sleep(1){SLEEP}\n"),
        (
            "    path.write_text(time.sleep(1))  # asynclint: ignore[blocking-file-io] a reason\n",
            "    path.write_text(time.sleep(1))  # asynclint: ignore[blocking-file-io, blocking-sleep] a reason\n",
        ),
        (
            "    path.write_text(time.sleep(1))\n",
            "    path.write_text(time.sleep(1))  # asynclint: ignore[blocking-file-io, blocking-sleep]\n",
        ),
        (
            "    # asynclint: ignore[blocking-file-io]\n    path.write_text(time.sleep(1))\n",
            f"    # asynclint: ignore[blocking-file-io]\n    path.write_text(time.sleep(1)){SLEEP}\n",
        ),
        ("    with open(path) as g:\n        pass\n", f"    with open(path) as g:{FILE}\n        pass\n"),
        (
            "    x = [\n\n        # no\n        time.sleep(1),\n    ]\n",
            f"    x = [\n\n        # no\n        time.sleep(1),{SLEEP}\n    ]\n",
        ),
    ],
)
def test_a_comment_stands_where_it_speaks(run: Run, before: str, after: str) -> None:
    assert silenced(run, (HEAD + before).encode()).decode() == HEAD + after


def test_decorators_and_definitions(run: Run) -> None:
    content = HEAD + "    @x(time.sleep(1))\n    def g(\n        a,\n    ):\n        pass\n"
    assert f"    @x(time.sleep(1)){SLEEP}\n" in silenced(run, content.encode()).decode()


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_stay(run: Run, end: bytes) -> None:
    content = (HEAD + "    time.sleep(1)\n").encode().replace(b"\n", end)
    assert silenced(run, content) == content.replace(b"(1)", b"(1)" + SLEEP.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEAD.encode() + "    time.sleep(1)  # \u00e4\n".encode(),
        b"# coding: latin-1\n" + HEAD.encode() + b"    time.sleep(1)  # \xe4\n",
        b"# coding: shift-jis\n" + HEAD.encode() + "    time.sleep(1)  # \u30c6\n".encode("shift-jis"),
    ],
    ids=["byte order mark", "latin-1", "shift-jis"],
)
def test_encodings_stay(run: Run, content: bytes) -> None:
    line = content.splitlines()[-1]
    assert silenced(run, content) == content.replace(line, line + SLEEP.encode())


def test_one_comment_at_a_sink_is_enough_for_all_ways(run: Run) -> None:
    content = (
        "import asyncio\nimport time\n\n\ndef wait():\n    time.sleep(1)\n\n\ndef other():\n    pass\n\n\n"
        "async def f(x):\n    asyncio.get_running_loop().call_soon(wait if x else other)\n\n\nasync def g():\n    wait()\n"
    )
    Path("app.py").write_text(content)
    assert len(run("check", "--output-format", "concise").out.splitlines()) == 2
    assert silenced(run, content.encode()).decode() == content.replace("    time.sleep(1)", f"    time.sleep(1){SLEEP}")


def test_what_one_finding_spoke_for_is_silenced_too(run: Run) -> None:
    content = (
        "import asyncio\nimport time\n\n\ndef wait():\n    time.sleep(1)\n    return 3\n\n\n"
        "async def f():\n    await asyncio.to_thread(wait())\n"
    )
    after = content.replace("to_thread(wait())", "to_thread(wait())  # asynclint: ignore[blocking-sleep, offload-called-not-passed]")
    assert silenced(run, content.encode()).decode() == after


def test_it_says_what_it_did(run: Run) -> None:
    Path("a.py").write_text(HEAD + "    time.sleep(1)\n    path.write_text(time.sleep(2))\n")
    Path("b.py").write_text(HEAD + "    time.sleep(1)\n")
    status, out, err = run("check", "--add-ignores")
    assert (status, out) == (0, "")
    assert err == "Wrote 3 comments in 2 files: 4 findings silenced.\nAll clear: 2 files, no findings.\n"
    assert "No comment was written." in run("check", "--add-ignores").err


def test_only_what_is_reported_gets_comments(run: Run) -> None:
    Path("app.py").write_text(HEAD + "    time.sleep(1)\n    path.read_text()\n")
    assert run("baseline").status == 0
    Path("app.py").write_text(HEAD + "    time.sleep(1)\n    path.read_text()\n    time.sleep(2)\n    path.write_text('')\n")
    arguments = ("--baseline", "asynclint-baseline.json", "--ignore", "blocking-file-io")
    assert run("check", "--add-ignores", *arguments).status == 0
    assert (
        Path("app.py").read_text() == HEAD + f"    time.sleep(1)\n    path.read_text()\n    time.sleep(2){SLEEP}\n    path.write_text('')\n"
    )


def test_comments_that_silence_nothing_are_left_to_be_removed(run: Run) -> None:
    Path("app.py").write_text("x = 1  # asynclint: ignore[blocking-sleep]\n")
    status, out, err = run("check", "--add-ignores")
    assert status == 1
    assert "unused-suppression" in out
    assert "1 finding cannot be silenced by comments:\n  app.py:1:8: unused-suppression" in err


def test_a_diff_writes_nothing(run: Run) -> None:
    Path("app.py").write_text(HEAD + "    time.sleep(1)\n")
    status, out, err = run("check", "--add-ignores", "--diff")
    assert status == 1
    assert out.endswith(f"-    time.sleep(1)\n+    time.sleep(1){SLEEP}\n")
    assert "Would write 1 comment in 1 file: 1 finding silenced." in err
    assert Path("app.py").read_text() == HEAD + "    time.sleep(1)\n"


def test_standard_input_goes_to_standard_output(run: Run) -> None:
    status, out, _ = run("check", "--add-ignores", "-", stdin=(HEAD + "    time.sleep(1)\n").encode())
    assert (status, out) == (0, HEAD + f"    time.sleep(1){SLEEP}\n")


def test_fixing_is_something_else(run: Run) -> None:
    status, _, err = run("check", "--add-ignores", "--fix")
    assert status == 2
    assert "--add-ignores silences what --fix would repair" in err


def test_a_broken_comment_of_ours_costs_its_file(run: Run) -> None:
    content = HEAD + "    path.write_text(time.sleep(1))  # asynclint: ignore[blocking-file-io\n"
    Path("app.py").write_text(content)
    Path("b.py").write_text(HEAD + "    time.sleep(1)\n")
    status, _, err = run("check", "--add-ignores")
    assert status == 1
    assert "with the comments, `invalid-suppression` would be found in line 6" in err
    assert Path("app.py").read_text() == content
    assert SLEEP in Path("b.py").read_text()


@pytest.mark.skipif(os.name != "posix", reason="needs modes as POSIX has them")
def test_a_file_that_cannot_be_written_is_said(run: Run) -> None:
    Path("app.py").write_text(HEAD + "    time.sleep(1)\n")
    os.chmod("app.py", 0o444)
    status, out, err = run("check", "--add-ignores", "--output-format", "concise")
    assert status == 1
    assert out.startswith("app.py:6:5: ASL101")
    assert "app.py: is read-only, and was left as it is" in err


@pytest.mark.parametrize("folder", ["blocking", "streams", "tasks", "understanding"])
def test_everything_in_the_fixtures_can_be_silenced(folder: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / folder, tmp_path / folder)
    config = defaults(tmp_path).with_options({"select": ["ALL"], "min-certainty": "possible", "reach": "project"})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.py")}
    report, _ = api.add_ignores([str(tmp_path)], config)
    assert report.ignores is not None
    own = {"unused-suppression", "invalid-suppression"}
    assert {finding.name for finding in report.findings} <= own
    assert {refusal.finding.name for refusal in report.ignores.left} <= own
    for path, content in before.items():
        assert _dumped(path.read_bytes()) == _dumped(content)
    assert {finding.name for finding in api.check([str(tmp_path)], config).findings} <= own


def _dumped(content: bytes) -> str:
    try:
        return ast.dump(ast.parse(content))
    except (SyntaxError, ValueError):
        return content.decode("latin-1")
