"""The oldest Python of a project, from the files that say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclint.target import oldest_python


@pytest.mark.parametrize(
    ("stated", "oldest"),
    [
        (">=3.9", (3, 9)),
        (">=3.10,<4", (3, 10)),
        ("<3.14, >=3.11.4", (3, 11)),
        ("~=3.12", (3, 12)),
        ("==3.13.*", (3, 13)),
        (">3.8", (3, 8)),
        ("^3.10", (3, 10)),
        ("~3.9 || ^3.11", (3, 9)),
        (">=2.7, !=3.0.*, !=3.1.*", (3, 6)),
        (">=3", (3, 6)),
        ("<3.14", None),
        ("*", None),
        ("", None),
    ],
)
def test_specifiers(stated: str, oldest: tuple[int, int] | None, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "x"\nrequires-python = "{stated}"\n')
    assert oldest_python(str(tmp_path)) == oldest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\n'),
        ("setup.cfg", "[options]\npython_requires = >=3.11  # as ever\n"),
        ("setup.py", 'from setuptools import setup\nsetup(\n    name="x",\n    python_requires=">=3.11",\n)\n'),
    ],
)
def test_other_files(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert oldest_python(str(tmp_path)) == (3, 11)


def test_a_broken_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    (tmp_path / "setup.cfg").write_text("[options]\npython_requires = >=3.8\n")
    assert oldest_python(str(tmp_path)) == (3, 8)


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert oldest_python(str(tmp_path)) is None
