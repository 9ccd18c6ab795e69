"""The house keeps its layers: nothing imports from above, front ends go through the one door, files stay small, start-up stays light."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "asynclint"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"asynclint", "model", "errors", "timing"}),
    frozenset({"source", "files", "history", "namespaces"}),
    frozenset({"suppress", "knowledge", "baseline"}),
    frozenset({"config"}),
    frozenset({"discover", "facts", "target", "testrunner"}),
    frozenset({"cache"}),
    frozenset({"results", "workers"}),
    frozenset({"reading"}),
    frozenset({"project"}),
    frozenset({"dependencies"}),
    frozenset({"rules"}),
    frozenset({"comments"}),
    frozenset({"analysis"}),
    frozenset({"session"}),
    frozenset({"accept", "explain", "fixes"}),
    frozenset({"live"}),
    frozenset({"api"}),
    frozenset({"report"}),
    frozenset({"lsp"}),
    frozenset({"cli", "flake8_plugin"}),
    frozenset({"__main__"}),
)
"""The rooms from the ground up; ``asynclint`` is the package itself, which holds the version. A room imports from itself and from below."""

FLOORS = ("linking", "calls", "questions")
"""The parts of the room ``project``, from the ground up."""

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

KNOWLEDGE_READERS = frozenset({"facts", "project", "analysis", "config"})
"""Analysis makes the knowledge and hands it over; config reads the user's own files, which have its format."""

FRONT_ENDS = frozenset({"report", "lsp", "cli", "flake8_plugin", "__main__"})
BEHIND_THE_DOOR = frozenset(LEVEL) - FRONT_ENDS - {"asynclint", "model", "errors", "files", "config", "api"}
"""What a front end has no business with: it asks ``api``."""

HEAVY = frozenset({"libcst", "rich", "pathspec", "tomllib", "tomli", "msgspec", "hashlib", "xml", "pygls", "lsprotocol"})
"""What is imported where it is used, so that the command answers at once."""

LONGEST_FILE = 700
LONGEST_FUNCTION = 80


class Import(NamedTuple):
    """One import of ours from ours: the file and line, the rooms at both ends, and the dotted name of what is imported."""

    where: str
    line: int
    room: str
    target: str
    name: str


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def room_of(path: Path) -> str:
    """The part of the package that a file belongs to: its folder, or itself at the top."""
    first = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    return "asynclint" if first == "__init__" else first


def imports() -> Iterator[Import]:
    """Everything that our files import from each other, wherever the import stands: under TYPE_CHECKING and in functions too."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{relative(path)}:{node.lineno}: a relative import"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                top, *rest = name.split(".")
                if top == "asynclint":
                    target = rest[0] if rest and rest[0] in LEVEL else "asynclint"
                    yield Import(relative(path), node.lineno, room_of(path), target, name)


def offences(found: Iterator[Import]) -> list[str]:
    return [f"{item.where}:{item.line} imports {item.target}" for item in found]


def test_every_room_has_its_layer() -> None:
    assert {room_of(path) for path in files()} == set(LEVEL)


def test_nothing_is_imported_from_above_or_beside() -> None:
    wrong = (item for item in imports() if item.target != item.room and LEVEL[item.target] >= LEVEL[item.room])
    assert offences(wrong) == []


def test_what_is_joined_has_floors() -> None:
    assert {path.name for path in (SOURCE / "project").iterdir() if path.is_dir()} - {"__pycache__"} == set(FLOORS)
    for item in imports():
        floors = [part for part in (*item.where.split("/")[1:2], *item.name.split(".")[2:3]) if part in FLOORS]
        if item.room == item.target == "project" and len(floors) == 2:
            assert FLOORS.index(floors[1]) <= FLOORS.index(floors[0]), f"{item.where}:{item.line}"


def test_knowledge_is_read_by_few() -> None:
    readers = {item.room for item in imports() if item.target == "knowledge"} - {"knowledge"}
    assert readers <= KNOWLEDGE_READERS


def test_front_ends_go_through_the_door() -> None:
    assert offences(item for item in imports() if item.room in FRONT_ENDS and item.target in BEHIND_THE_DOOR) == []


def test_the_version_is_told_without_heavy_modules() -> None:
    program = "import json, sys; from asynclint.cli import main\ntry: main(['--version'])\nfinally: print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    loaded = json.loads(modules)
    assert version.startswith("asynclint ")
    assert "asynclint.cli" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("asynclint.")}
    assert rooms & BEHIND_THE_DOOR == set()


@pytest.mark.parametrize("path", files(), ids=relative)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []
