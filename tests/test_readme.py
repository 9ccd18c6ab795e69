"""The README is true: each command in it prints what stands below it, its settings load, its two lines are what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from asynclint import config
from asynclint.cli import main
from asynclint.config import load_config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

PROMPT = "$ asynclint "


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def masked(text: str) -> str:
    """Without what differs from run to run, seconds, and from machine to machine, the environment."""
    return re.sub(r"\b\d+\.\d s\b", "0.0 s", re.sub(r"^No Python environment .*\n", "", text, flags=re.MULTILINE)).strip()


@pytest.mark.parametrize("block", blocks("console"))
def test_output_is_what_the_command_prints(block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    command, _, expected = block.partition("\n")
    assert command.startswith(PROMPT)
    monkeypatch.chdir(ROOT)
    arguments = shlex.split(command.removeprefix(PROMPT))
    if arguments[0] == "check":
        arguments += ["--reach", "project"]
    with pytest.raises(SystemExit):
        main(arguments)
    printed = capsys.readouterr()
    assert masked(printed.out + printed.err) == masked(expected)


@pytest.mark.parametrize("block", blocks("toml"))
def test_settings_can_be_loaded(block: str, tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(block, encoding="utf-8")
    assert load_config(path) != config.defaults(tmp_path)


def test_the_table_of_settings_has_every_key() -> None:
    _, table = README.split("\n## Configuration\n")
    rows = re.findall(r"^\| `([^`]+)` \|", table.partition("\n## ")[0], flags=re.MULTILINE)
    assert rows == [key.encode_name for key in config._KEYS]


def test_the_commands_to_try_are_one_line_each() -> None:
    first, second = (block.splitlines() for block in blocks("sh")[:2])
    assert len(first) == len(second) == 1
    assert first[0].endswith(" examples")
    assert second[0].endswith(" -m pytest")
