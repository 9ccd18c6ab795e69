"""The language server, as a real process over its standard input and output."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from editor import Editor, editing, run
from lsprotocol import types

APP = """import helpers


async def main() -> None:
    helpers.load("settings")
"""

HELPERS = """def load(name: str) -> str:
    with open(name) as file:
        return file.read()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two files: one calls the other."""
    folder = tmp_path / "a project ü"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.asynclint]\n")
    (folder / "app.py").write_text(APP)
    (folder / "helpers.py").write_text(HELPERS)
    return folder


def test_a_file_is_opened_edited_and_closed(project: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(project / "app.py")
        (found,) = await editor.shown(uri, len)
        assert (found.code, found.source) == ("ASL105", "asynclint")
        assert found.range == types.Range(types.Position(4, 4), types.Position(4, 28))
        assert found.message.startswith("`helpers.load()` blocks the event loop")
        assert found.related_information is not None
        step = found.related_information[-1]
        assert step.location.uri == (project / "helpers.py").as_uri()
        assert step.location.range.start == types.Position(1, 9)
        editor.replace(uri, 'helpers.load("settings")', "pass")
        assert await editor.shown(uri, lambda found: not found) == []
        assert editor.published[uri][-1].version == 2

    run(_in, project, scenario)


async def _in(folder: Path, scenario: Callable[[Editor], Any], capabilities: types.ClientCapabilities | None = None) -> None:
    async with editing(folder, capabilities=capabilities) as editor:
        await scenario(editor)
        assert [message.message for message in editor.client.messages] == []


def test_an_edit_in_a_helper_reaches_the_open_caller(project: Path) -> None:
    async def scenario(editor: Editor) -> None:
        app = editor.open(project / "app.py")
        helpers = editor.open(project / "helpers.py")
        await editor.shown(app, len)
        editor.replace(helpers, "    with open(name) as file:\n        return file.read()\n", "    return name\n")
        await editor.shown(app, lambda found: not found)
        editor.replace(helpers, "return name\n", "import time; time.sleep(1); return name\n")
        (found,) = await editor.shown(app, len)
        assert found.code == "ASL101"
        editor.close(helpers)  # and nothing of this was saved
        await editor.shown(app, lambda found: [item.code for item in found] == ["ASL105"])

    run(_in, project, scenario)


def test_a_helper_that_changes_on_disk_reaches_the_open_caller(project: Path) -> None:
    async def scenario(editor: Editor) -> None:
        app = editor.open(project / "app.py")
        await editor.shown(app, len)
        for change in (lambda path: path.unlink(), lambda path: path.write_text(HELPERS)):
            change(project / "helpers.py")
            event = types.FileEvent((project / "helpers.py").as_uri(), types.FileChangeType.Changed)
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            await editor.shown(app, lambda found: bool(found) == (project / "helpers.py").exists())

    run(_in, project, scenario)


def test_a_broken_text_keeps_what_was_found_outside_of_the_broken_part(project: Path) -> None:
    functions = (f"\n\nasync def {name}():\n    time.sleep({number})\n" for number, name in enumerate(["one", "two", "three"], start=1))
    text = "".join(["import time\n", *functions])

    async def scenario(editor: Editor) -> None:
        uri = editor.open(project / "new.py", text)
        await editor.shown(uri, lambda found: len(found) == 3)
        editor.replace(uri, "    time.sleep(2)", "    # so\n    time.sleep(2")
        found = await editor.shown(uri, lambda found: any(item.code is None for item in found))
        assert [(item.code, item.range.start.line) for item in found] == [(None, 9), ("ASL101", 4), ("ASL101", 13)]
        assert found[0].severity == types.DiagnosticSeverity.Information
        assert "not valid Python" in found[0].message
        editor.replace(uri, "time.sleep(2", "time.sleep(2)")
        found = await editor.shown(uri, lambda found: len(found) == 3)
        assert [item.range.start.line for item in found] == [4, 9, 13]

    run(_in, project, scenario)


def test_a_broken_helper_keeps_its_part_in_the_program(project: Path) -> None:
    async def scenario(editor: Editor) -> None:
        helpers = editor.open(project / "helpers.py")
        await editor.shown(helpers)
        editor.replace(helpers, "open(name)", "open(name")
        await editor.shown(helpers, len)
        app = editor.open(project / "app.py")
        assert [item.code for item in await editor.shown(app, len)] == ["ASL105"]

    run(_in, project, scenario)


ODD = (
    "import time\n\n\n"
    "async def main(text: str) -> None:\n"
    '\tlog("\U0001f40d é"); time.sleep(1)  # tabs, and what is no letter\n'
    '\ttext = """\x0c\n\u2028\n\x85"""; time.sleep(2)\n'
    '\t"\U0001f40d"; time.sleep(\n\t\t3  # \U0001f40d\n\t)\n'
)
"""What is counted differently by everybody: in lines, and in columns."""


@pytest.mark.parametrize("encoding", list(types.PositionEncodingKind))
def test_positions_are_counted_as_agreed(project: Path, encoding: types.PositionEncodingKind) -> None:
    asked = types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=[encoding]))

    async def scenario(editor: Editor) -> None:
        assert editor.capabilities.position_encoding == encoding
        for number, end in enumerate(["\n", "\r\n", "\r"]):
            path, text = project / f"odd{number}.py", ODD.replace("\n", end)
            path.write_bytes(text.encode())
            uri = editor.open(path)
            found = await editor.shown(uri, lambda found: len(found) == 3)
            marked = [_cut(text, item.range, encoding) for item in found]
            assert marked == ["time.sleep(1)", "time.sleep(2)", f"time.sleep({end}\t\t3  # \U0001f40d{end}\t)"]
            # an edit behind all that: it must meet the same place
            change = types.TextDocumentContentChangePartial(range=found[1].range, text="pass")
            document = types.VersionedTextDocumentIdentifier(2, uri)
            editor.versions[uri] = 2
            editor.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
            after = await editor.shown(uri, lambda found: len(found) == 2)
            assert [item.range for item in after] == [found[0].range, found[2].range]

    run(_in, project, scenario, asked)


def _cut(text: str, place: types.Range, encoding: types.PositionEncodingKind) -> str:
    """What a client would mark: by the letter of the protocol, and in another way than ours."""
    lines = re.split("(?<=\n)|(?<=\r)(?!\n)", text)
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding.value]

    def offset(position: types.Position) -> int:
        before = "".join(lines[: position.line]).encode(codec)
        return len(before) + position.character * width

    return text.encode(codec)[offset(place.start) : offset(place.end)].decode(codec)


def test_edits_are_applied_one_after_the_other(project: Path) -> None:
    async def scenario(editor: Editor) -> None:
        uri = editor.open(project / "app.py", "x = 1\n")
        line = types.Range(types.Position(0, 0), types.Position(7, 99))  # to behind the end
        changes = [
            types.TextDocumentContentChangePartial(range=line, text="import time\n"),
            types.TextDocumentContentChangePartial(range=types.Range(types.Position(1, 0), types.Position(1, 0)), text="async def f():\n"),
            types.TextDocumentContentChangePartial(
                range=types.Range(types.Position(2, 0), types.Position(2, 0)), text="    time.sleep(1)\n"
            ),
        ]
        editor.versions[uri] = 2
        editor.client.text_document_did_change(types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), changes))
        assert [item.code for item in await editor.shown(uri, len)] == ["ASL101"]
        editor.versions[uri] = 3
        whole = types.TextDocumentContentChangeWholeDocument("x = 1\n")
        editor.client.text_document_did_change(types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(3, uri), [whole]))
        await editor.shown(uri, lambda found: not found)

    run(_in, project, scenario)


def test_what_is_found_in_files_that_are_not_open_is_shown_too(project: Path) -> None:
    (project / "asynclint.toml").write_text('extend-exclude = ["left_out.py"]\n')
    for name in ("other.py", "left_out.py"):
        (project / name).write_text("import time\nasync def f():\n    time.sleep(1)\n")
    nested = project / "nested"
    nested.mkdir()
    (nested / "asynclint.toml").write_text('ignore = ["blocking-sleep"]\n')
    (nested / "quiet.py").write_text("import time\nasync def f():\n    time.sleep(1)\n")

    async def scenario(editor: Editor) -> None:
        for name in ("other.py", "app.py"):
            assert len(await editor.shown((project / name).as_uri(), len)) == 1
        left_out = editor.open(project / "left_out.py")
        assert await editor.shown(left_out) == []
        (project / "other.py").unlink()
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
        await editor.shown((project / "other.py").as_uri(), lambda found: not found)
        assert (nested / "quiet.py").as_uri() not in editor.published

    run(_in, project, scenario)
