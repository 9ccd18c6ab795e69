"""Every rule's page has its parts, and its code is what it says: the example is found, what to write instead is not."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import asynclint.rules
from asynclint.api import check
from asynclint.config import load_config
from asynclint.rules import RULES
from asynclint.rules.rule import Rule

HEADINGS = [
    "What it reports",
    "Why it hurts",
    "Example",
    "Instead",
    "When it stays silent",
    "When to turn it off",
    "Fix",
]

LONGEST_LINE = 120


def sections(rule: Rule) -> dict[str, str]:
    """The parts of a page by their headings."""
    _, *parts = re.split(r"^## (.+)\n", rule.page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def code(rule: Rule, heading: str) -> str:
    """The only block of code under a heading."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", sections(rule)[heading], flags=re.MULTILINE | re.DOTALL)
    return str(block)


def found(rule: Rule, heading: str, folder: Path) -> list[str]:
    """The names of the rules that the code under a heading breaks, with the settings that the example asks for."""
    settings = re.findall(r"^With `(.+)`:$", sections(rule)["Example"], flags=re.MULTILINE)
    (folder / "asynclint.toml").write_text("\n".join(['select = ["ALL"]', *settings]), encoding="utf-8")
    (folder / "example.py").write_text(code(rule, heading), encoding="utf-8")
    report = check([str(folder)], load_config(folder / "asynclint.toml"))
    assert report.errors == ()
    assert report.files == 1
    return [finding.name for finding in report.findings]


def test_every_rule_file_is_in_the_tuple_by_code() -> None:
    files = pkgutil.walk_packages(asynclint.rules.__path__, "asynclint.rules.")
    modules = [importlib.import_module(file.name) for file in files]
    assert {module.RULE for module in modules if hasattr(module, "RULE")} == set(RULES)
    codes = [rule.code for rule in RULES]
    assert codes == sorted(codes)


def test_names_and_codes_are_given_once() -> None:
    assert len({rule.name for rule in RULES}) == len({rule.code for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
class TestPage:
    def test_name_and_code_are_well_formed(self, rule: Rule) -> None:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        assert re.fullmatch(r"ASL\d{3}", rule.code)

    def test_has_its_headings_in_order(self, rule: Rule) -> None:
        prose = re.sub(r"```.*?```", "", rule.page, flags=re.DOTALL)
        assert re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE) == HEADINGS
        assert all(text.strip() for text in sections(rule).values())

    def test_starts_with_one_sentence_on_a_line(self, rule: Rule) -> None:
        first, _, rest = rule.page.partition("\n")
        assert re.fullmatch(r"\S.*[^.]\.", first)
        assert ". " not in first
        assert len(first) <= LONGEST_LINE
        assert rest.startswith("\n## ")

    def test_says_of_the_fix_what_the_rule_says(self, rule: Rule) -> None:
        fix = sections(rule)["Fix"].strip()
        promised = re.match(r"(Safe|Unsafe): |None[.:]", fix)
        assert promised is not None
        assert (promised[1] or "none").lower() == rule.fix.value

    def test_shows_code_that_is_valid(self, rule: Rule) -> None:
        for heading in ("Example", "Instead"):
            ast.parse(code(rule, heading), feature_version=(3, 10))

    def test_its_example_breaks_this_rule_and_no_other(self, rule: Rule, tmp_path: Path) -> None:
        assert set(found(rule, "Example", tmp_path)) == {rule.name}

    def test_what_to_write_instead_breaks_none(self, rule: Rule, tmp_path: Path) -> None:
        assert found(rule, "Instead", tmp_path) == []
