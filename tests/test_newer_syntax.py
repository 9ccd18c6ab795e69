"""Syntax that not every supported Python can parse. The fixtures are read under all of them, so it stands here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asynclint import api
from asynclint.config import defaults

TYPE_PARAMETERS = """
import time

class Slow:
    def wait(self):
        time.sleep(1)

class Fast:
    def wait(self):
        pass

class Box[T]:
    def __init__(self, content: T):
        self.content = content

    def get(self) -> T:
        return self.content

def first[T](items: list[T]) -> T:
    return items[0]

def bound[S: Slow](thing: S) -> S:
    return thing

type Either = Slow | Fast

async def use(box: Box[Slow], quick: Box[Fast], either: Either):
    box.get().wait()  # expect
    quick.get().wait()
    box.content.wait()  # expect
    Box(Slow()).get().wait()  # expect
    first([Slow()]).wait()  # expect
    first([Fast()]).wait()
    bound(Slow()).wait()  # expect
    either.wait()  # expect

async def of_a_bound[S: Slow](thing: S):
    thing.wait()  # expect
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_type_parameters_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "box.py").write_text(TYPE_PARAMETERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    report = api.check(["box.py"], defaults(tmp_path))
    wanted = [number for number, line in enumerate(TYPE_PARAMETERS.splitlines(), 1) if line.endswith("# expect")]
    assert [finding.span.line for finding in report.findings] == wanted
