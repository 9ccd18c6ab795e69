"""However a program is checked, from nothing or with what is known, alone or with others' help, the same is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from edits import copy_streams, edited

from asynclint import api
from asynclint.config import config_for
from asynclint.model import Report

EDITS = 6


def shown(report: Report) -> tuple[object, ...]:
    """What a report says, but for how long it took."""
    return (report.findings, report.errors, report.files, report.program_files)


@pytest.mark.parametrize("reach", ["direct", "project"])
def test_the_same_is_found_after_each_of_many_edits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reach: str) -> None:
    monkeypatch.chdir(tmp_path)
    streams = copy_streams(tmp_path)
    config = config_for(["."], isolated=True).with_options({"reach": reach})
    found = set()
    for text in edited(streams.read_text(encoding="utf-8"), 7, EDITS):
        streams.write_text(text, encoding="utf-8")
        expected = shown(api.check(["."], replace(config, jobs=1), use_cache=False))
        for known in (config, config, replace(config, jobs=2)):  # the second time, nothing has changed
            assert shown(api.check(["."], known)) == expected
        assert shown(api.check(["."], replace(config, jobs=2), use_cache=False)) == expected
        found.add(expected)
    assert len(found) > 1
