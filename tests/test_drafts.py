"""Drafts: what is found in a file while it is edited, against what a check of the same text finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from edits import copy_streams, edited

from asynclint.config import Config, config_for
from asynclint.live import FileReport, LiveProgram

EDITS = 8
"""One behind the other."""


def seen(report: FileReport | None) -> list[tuple[object, ...]]:
    """What a report shows."""
    assert report is not None
    return [(finding.code, finding.span, finding.message, finding.certainty, finding.way) for finding in report.findings]


def settings(folder: Path) -> Config:
    return config_for([str(folder)], isolated=True).with_options({"reach": "project"})


@pytest.mark.parametrize("seed", range(3))
def test_a_draft_finds_in_its_file_what_a_check_does(tmp_path: Path, seed: int) -> None:
    package = tmp_path.resolve()
    streams = copy_streams(package)
    path, text = str(streams), streams.read_text(encoding="utf-8")
    live = LiveProgram(settings(package), [str(package)])
    live.check({path: text})
    found = 0
    for new in edited(text, seed, EDITS):
        expected = seen(LiveProgram(settings(package), [str(package)]).check({path: new})[path])
        assert seen(live.draft(path, new)) == expected
        found += len(expected)
    assert found


HELPERS = "import time\n\n\ndef load():\n    return 1\n\n\ndef fetch():\n    return load()\n"
APP = "import helpers\n\n\nasync def main():\n    helpers.fetch()\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path.resolve()
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "app.py").write_text(APP)
    return folder


def test_other_files_see_an_edit_with_the_next_check(project: Path) -> None:
    helpers, app = str(project / "helpers.py"), str(project / "app.py")
    live = LiveProgram(settings(project), [str(project)])
    live.check({helpers: HELPERS, app: APP})
    slow = HELPERS.replace("return 1", "return time.sleep(1)")
    assert seen(live.draft(helpers, slow)) == []
    assert [finding.code for finding in live.check({helpers: slow, app: APP})[app].findings] == ["ASL101"]


def test_a_way_through_another_file_that_an_edit_breaks_is_gone(project: Path) -> None:
    (project / "helpers.py").write_text("import app\n\n\ndef fetch():\n    return app.load()\n")
    path = str(project / "app.py")
    text = "import helpers\nimport time\n\n\ndef load():\n    time.sleep(1)\n\n\nasync def main():\n    helpers.fetch()\n"
    live = LiveProgram(settings(project), [str(project)])
    assert [finding.code for finding in live.check({path: text})[path].findings] == ["ASL101"]
    below = text.replace("    time.sleep(1)", "    x = [1]\n    x.sort()\n    time.sleep(1)")
    report = live.draft(path, below)
    assert report is not None
    (finding,) = report.findings
    assert [(step.path, step.line) for step in finding.way][-1] == (path, 8)
    assert seen(live.draft(path, text.replace("time.sleep(1)", "return 1"))) == []
    assert seen(live.draft(path, text.replace("def load():\n    time.sleep(1)\n\n\n", ""))) == []


def test_what_does_not_parse_has_no_draft_and_loses_nothing(project: Path) -> None:
    path = str(project / "app.py")
    live = LiveProgram(settings(project), [str(project)])
    assert live.draft(path, APP) is None  # there was no check
    live.check({path: APP})
    assert live.draft(path, APP + "def broken(:\n") is None
    blocking = APP.replace("helpers.fetch()", "open('x')")
    assert [finding.code for finding in (live.draft(path, blocking) or live.check({})[path]).findings] == ["ASL105"]


def test_a_comment_in_a_draft_counts(project: Path) -> None:
    path = str(project / "app.py")
    live = LiveProgram(settings(project), [str(project)])
    blocking = APP.replace("helpers.fetch()", "open('x')")
    live.check({path: blocking})
    assert seen(live.draft(path, blocking.replace("open('x')", "open('x')  # asynclint: ignore[blocking-file-io]"))) == []
    assert len(seen(live.draft(path, blocking))) == 1


def test_a_draft_is_not_given_up(project: Path) -> None:
    path = str(project / "app.py")
    live = LiveProgram(settings(project), [str(project)])
    is_urgent = False

    def pulse() -> None:
        if is_urgent:
            raise TimeoutError

    live.check({path: APP}, pulse)
    is_urgent = True
    with pytest.raises(TimeoutError):
        live.check({path: APP + "\n"}, pulse)
    assert len(seen(live.draft(path, APP.replace("helpers.fetch()", "open('x')")))) == 1  # after the check before that


def test_a_comment_that_is_used_elsewhere_in_the_file_is_no_news_in_a_draft(project: Path) -> None:
    path = str(project / "app.py")
    text = "import asyncio\n\n\nasync def later():\n    asyncio.create_task(later())  # asynclint: ignore[fire-and-forget-task]\n\n\n" + APP
    live = LiveProgram(settings(project), [str(project)])
    assert seen(live.check({path: text})[path]) == []
    assert seen(live.draft(path, text.replace("helpers.fetch()", "helpers.load()"))) == []
    report = live.draft(path, text.replace("helpers.fetch()", "helpers.load()  # asynclint: ignore[blocking-sleep]"))
    assert report is not None
    assert [finding.code for finding in report.findings] == [finding.code for finding in live.check({path: report.text})[path].findings]
    assert len(report.findings) == 1
