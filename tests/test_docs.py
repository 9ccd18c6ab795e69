"""The documentation says what the code says: rule pages, configuration keys, the format of knowledge, the rooms of the house."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from asynclint import config
from asynclint.cli import main
from asynclint.config import Config, load_config
from asynclint.knowledge.load import parse_knowledge
from asynclint.knowledge.schema import CallableEntry, ChangeEntry, ClassEntry, KnowledgeFile, Nature, RunContext
from asynclint.knowledge.schema import Test as ArgumentTest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(markdown: str, language: str) -> list[str]:
    """The blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)


def section(markdown: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    _, found = markdown.split(f"\n## {heading}\n")
    return found.partition("\n## ")[0]


def keys(table: str) -> list[str]:
    """The first column of a table."""
    return re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)


def fields(struct: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(struct)]


# -- rules


def test_pages_about_rules_are_as_generated() -> None:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    pages = generate.pages()
    there = [*DOCS.glob("rules/*"), DOCS / "rules.md", DOCS / "libraries.md"]
    assert sorted(path.relative_to(DOCS) for path in there) == sorted(pages)
    for path, page in pages.items():
        assert (DOCS / path).read_text(encoding="utf-8") == page, f"{path}: run docs/generate.py"


# -- configuration


def test_every_key_of_the_configuration_is_described() -> None:
    described = re.findall(r"^### `([^`]+)`$", text("configuration.md"), flags=re.MULTILINE)
    assert described == [key.encode_name for key in config._KEYS]


def test_the_defaults_are_what_the_tool_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["check", "--isolated", "--show-settings"])
    printed = capsys.readouterr().out.replace(str(tmp_path.resolve()), "/home/you/project")
    (block,) = blocks(section(text("configuration.md"), "Defaults"), "toml")
    assert block == printed


@pytest.mark.parametrize("example", blocks(text("configuration.md"), "toml"))
def test_examples_of_configuration_can_be_loaded(example: str, tmp_path: Path) -> None:
    path = tmp_path / ("pyproject.toml" if "[tool.asynclint" in example else "asynclint.toml")
    path.write_text(example, encoding="utf-8")
    for name in re.findall(r'"(knowledge/[\w/]+\.toml)"', example):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert isinstance(load_config(path), Config)


# -- knowledge


@pytest.mark.parametrize(
    ("heading", "struct"),
    [
        ("A file", KnowledgeFile),
        ("A callable", CallableEntry),
        ("A test of an argument", ArgumentTest),
        ("A class", ClassEntry),
        ("A change", ChangeEntry),
    ],
)
def test_every_key_of_knowledge_is_described(heading: str, struct: type[msgspec.Struct]) -> None:
    assert keys(section(text("knowledge.md"), heading)) == fields(struct)


@pytest.mark.parametrize(("start", "kinds"), [("**Where a parameter runs**", RunContext), ("**What a decorator makes", Nature)])
def test_every_context_and_nature_is_described(start: str, kinds: object) -> None:
    (paragraph,) = [part for part in text("knowledge.md").split("\n\n") if part.startswith(start)]
    assert re.findall(r"`([\w-]+)`", paragraph) == list(get_args(kinds))


@pytest.mark.parametrize("example", blocks(text("knowledge.md"), "toml"))
def test_examples_of_knowledge_follow_the_schema(example: str) -> None:
    parse_knowledge(example, "example")


# -- the house


def test_every_room_is_on_the_plan() -> None:
    (plan,) = blocks(section(text("architecture.md"), "The rooms"), "text")
    drawn = set(re.findall(r"^  (\w+(?:\.py|/))", plan, flags=re.MULTILINE))
    there = {
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "src" / "asynclint").iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }
    assert drawn == there


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert missing == []
