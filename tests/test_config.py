"""The settings: where they are found, what they may hold, what a mistake in them says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from asynclint.config import DEFAULT_EXCLUDE, Config, defaults, find_config, load_config, settings_text
from asynclint.errors import ConfigError
from asynclint.model import Certainty


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str) -> Config:
    return load_config(write(folder / "asynclint.toml", text))


EVERYTHING = """
select = ["blocking-sleep", "ASL105"]
ignore = "blocking-console"
extend-select = ["configured-blocking-call"]
exclude = ["third party"]
extend-exclude = ["generated/", '*_pb2.py']
src = ["lib", "tools"]
target-version = "py311"
reach = "direct"
min-certainty = "possible"

[per-file-ignores]
"tests/*" = ["blocking-sleep", "blocking-http"]
"conftest.py" = "blocking-file-io"

[blocking-calls]
"legacy.db.*" = "`await db.fetch(...)`"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    config = load(tmp_path, EVERYTHING)

    assert config == Config(
        root=tmp_path,
        select=("blocking-sleep", "ASL105"),
        ignore=("blocking-console",),
        extend_select=("configured-blocking-call",),
        per_file_ignores=(("tests/*", ("blocking-sleep", "blocking-http")), ("conftest.py", ("blocking-file-io",))),
        exclude=("third party",),
        extend_exclude=("generated/", "*_pb2.py"),
        src=("lib", "tools"),
        target_version=(3, 11),
        reach="direct",
        blocking_calls={"legacy.db.*": "`await db.fetch(...)`"},
        min_certainty=Certainty.POSSIBLE,
    )


def test_pyproject_holds_the_same_keys_in_its_table(tmp_path: Path) -> None:
    path = write(tmp_path / "pyproject.toml", '[project]\nname = "x"\n[tool.asynclint]\nignore = ["blocking-sleep"]\n')

    assert load_config(path) == Config(root=tmp_path, ignore=("blocking-sleep",))


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    config = load_config(write(tmp_path / "pyproject.toml", '[project]\nname = "x"\n'))

    assert config == defaults(tmp_path)
    assert config.select is None
    assert config.reach == "dependencies"
    assert config.min_certainty is Certainty.LIKELY
    assert config.exclude == DEFAULT_EXCLUDE


def test_the_root_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a" / "asynclint.toml", "")
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")

    assert load_config(Path("../a/asynclint.toml")).root == tmp_path / "a"
    assert defaults(Path()).root == tmp_path / "b"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(tmp_path, '\ufeffselect = ["blocking-sleep"]\n').select == ("blocking-sleep",)


# -- finding the file


def test_the_nearest_file_with_settings_is_found(tmp_path: Path) -> None:
    outer = write(tmp_path / "asynclint.toml", "")
    write(tmp_path / "a" / "pyproject.toml", "[project]\n")
    inner = write(tmp_path / "a" / "b" / "pyproject.toml", "[tool.asynclint]\n")
    source = write(tmp_path / "a" / "b" / "c" / "x.py", "")

    assert find_config(source) == inner
    assert find_config(source.parent) == inner
    assert find_config(tmp_path / "a") == outer
    assert find_config(tmp_path / "a" / "b" / ".." / "other" / "not-there-yet.py") == outer


def test_our_own_file_wins_in_one_folder(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.asynclint]\n")
    own = write(tmp_path / "asynclint.toml", "")

    assert find_config(tmp_path) == own


def test_nothing_to_find(tmp_path: Path) -> None:
    (tmp_path / "asynclint.toml").mkdir()  # a folder is not a configuration
    write(tmp_path / "pyproject.toml", "[tool.other]\n")

    found = find_config(tmp_path)

    assert found is None or tmp_path not in found.parents


def test_a_broken_pyproject_counts_only_if_it_is_the_nearest(tmp_path: Path) -> None:
    broken = write(tmp_path / "pyproject.toml", "[project]\nname = \n")
    write(tmp_path / "asynclint-less" / "pyproject.toml", "[project]\n")

    with pytest.raises(ConfigError) as caught:
        find_config(tmp_path / "src")
    assert str(caught.value).startswith(f"{broken}:2: not valid TOML: ")

    found = find_config(tmp_path / "asynclint-less")
    assert found is None or tmp_path not in found.parents


# -- mistakes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extend-ignore = []", "unknown key `extend-ignore` (did you mean `ignore`?)"),
        ("selct = []", "unknown key `selct` (did you mean `select`?)"),
        ("per_file_ignores = {}", "unknown key `per_file_ignores` (did you mean `per-file-ignores`?)"),
        ("select = 3", "`select`: expected `str | list`, got `int`"),
        ("ignore = ['x', 3]", "`ignore[1]`: expected `str`, got `int`"),
        ("blocking-calls = ['x']", "`blocking-calls`: expected `table`, got `list`"),
        ("per-file-ignores = {'x' = 1}", "`per-file-ignores[...]`: expected `str | list`, got `int`"),
        ("target-version = 3.11", "`target-version`: expected `str`, got `float`"),
        (
            "target-version = '3.9'",
            "`target-version`: unknown version `3.9`, the valid ones are 3.10, 3.11, 3.12, 3.13, 3.14",
        ),
        (
            "reach = 'projct'",
            "`reach`: unknown value `projct` (did you mean `project`?), the valid ones are `direct`, `project`, `dependencies`",
        ),
        (
            "min-certainty = 'sure'",
            "`min-certainty`: unknown value `sure`, the valid ones are `possible`, `likely`, `certain`",
        ),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert str(caught.value) == f"{tmp_path / 'asynclint.toml'}: {says}"
    assert caught.value.status == 2


@pytest.mark.parametrize(("text", "line"), [("src = []\nselect = ['x", 2), ('src = []\n\nselect = ["""x\n\n', 4), ("a = 1\na = 2", 2)])
def test_broken_toml_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'asynclint.toml'}:{line}: not valid TOML: ")


def test_hostile_nesting_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(tmp_path, "select = " + "[" * 100_000)


def test_text_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "asynclint.toml"
    path.write_bytes(b"# one\n# tw\xff\n")

    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}:2: not valid UTF-8"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"asynclint\.toml: cannot be read: "):
        load_config(tmp_path / "asynclint.toml")


def test_tool_asynclint_must_be_a_table(tmp_path: Path) -> None:
    path = write(tmp_path / "pyproject.toml", "tool.asynclint = 3\n")

    with pytest.raises(ConfigError, match=r"`tool\.asynclint` must be a table"):
        load_config(path)


# -- values with a meaning


@pytest.mark.parametrize("minor", range(10, 15))
def test_both_spellings_of_a_version(tmp_path: Path, minor: int) -> None:
    assert load(tmp_path, f"target-version = 'py3{minor}'").target_version == (3, minor)
    assert load(tmp_path, f"target-version = '3.{minor}'").target_version == (3, minor)


def test_knowledge_is_given_inline_or_as_a_file(tmp_path: Path) -> None:
    write(tmp_path / "conf" / "legacy.toml", '[[classes]]\nname = "legacy.Client"\n')
    config = load(
        tmp_path / "conf",
        'knowledge = [{ callables = [{ names = ["old.fetch"], blocks = "blocking-http" }] }, "legacy.toml"]',
    )

    inline, file = config.knowledge
    assert inline.callables[0].names == ("old.fetch",)
    assert inline.callables[0].blocks == "blocking-http"
    assert file.classes[0].name == "legacy.Client"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[{callables = [{names = ['x'], block = 'y'}]}]", "table 1: Object contains unknown field `block`"),
        ("[{}, 'missing.toml']", "missing.toml: cannot be read: "),
        ("['bad.toml']", "bad.toml:2: "),
    ],
)
def test_a_mistake_in_knowledge_names_its_place(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path / "bad.toml", "[[callables]]\nnames = 3\n")

    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"knowledge = {text}")
    assert str(caught.value).startswith(f"{tmp_path / 'asynclint.toml'}: `knowledge`: ")
    assert says in str(caught.value)


# -- the command line


def test_options_override_and_what_is_not_given_stays(tmp_path: Path) -> None:
    config = load(tmp_path, EVERYTHING)

    changed = config.with_options({"select": ("ASL101",), "ignore": None, "target-version": "3.14", "reach": "project"})

    assert changed.select == ("ASL101",)
    assert changed.ignore == config.ignore
    assert changed.target_version == (3, 14)
    assert changed.reach == "project"
    assert changed.exclude == config.exclude
    assert config.reach == "direct"


def test_a_wrong_option_is_blamed_on_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        defaults(tmp_path).with_options({"min-certainty": "likly"})
    assert str(caught.value).startswith("command line: `min-certainty`: unknown value `likly` (did you mean `likely`?)")


# -- showing them


def test_what_is_shown_can_be_read_back(tmp_path: Path) -> None:
    config = load(tmp_path, EVERYTHING)
    odd = config.with_options({"exclude": ['a"b\\c', "tab\tdel\x7f", "ünï"]})

    for each in (config, odd, defaults(tmp_path)):
        assert load(tmp_path, settings_text(each)) == each


def test_what_is_not_set_is_shown_as_a_comment(tmp_path: Path) -> None:
    lines = settings_text(defaults(tmp_path)).splitlines()

    assert lines[:4] == [f"# root: {tmp_path}", "# select: not set", "ignore = []", "extend-select = []"]
    assert "# target-version: not set" in lines
    assert 'min-certainty = "likely"' in lines


def test_the_front_ends_libraries_stay_out() -> None:
    code = "import sys, asynclint.config, asynclint.discover; print({'rich', 'click', 'pathspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
