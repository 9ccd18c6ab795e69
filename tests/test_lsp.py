"""The language server, as a real process over its standard input and output."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from editor import OURS, PATIENCE, SERVER, Editor, editing, run
from lsprotocol import types
from pygls.exceptions import JsonRpcException

APP = """import helpers


async def main() -> None:
    helpers.load("settings")
"""

HELPERS = """def load(name: str) -> str:
    with open(name) as file:
        return file.read()
"""


Scenario = Callable[[Editor], Awaitable[None]]


class Play:
    """Plays scenarios, each in a folder of its own, with one server for all whose clients are able to do the same."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._loop = asyncio.new_event_loop()
        self._editors: dict[str, Editor] = {}

    def __call__(self, folder: Path, scenario: Scenario, capabilities: types.ClientCapabilities | None = None) -> None:
        self._loop.run_until_complete(self._play(folder, scenario, capabilities))

    async def _play(self, folder: Path, scenario: Scenario, capabilities: types.ClientCapabilities | None) -> None:
        editor = self._editors.get(repr(capabilities))
        if editor is None:
            editor = self._editors[repr(capabilities)] = Editor()
            await editor.start([self._home], capabilities)
        editor.change_folders([folder], [])
        await scenario(editor)
        assert [message.message for message in editor.client.messages] == []
        for uri in list(editor.versions):
            editor.close(uri)
        editor.change_folders([], [folder])
        editor.client.set_configuration({})
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))

    async def _end(self) -> None:
        for editor in self._editors.values():
            await editor.client.shutdown_session()
            await editor.client.stop()

    def end(self) -> None:
        """Let all servers go."""
        self._loop.run_until_complete(self._end())
        self._loop.close()


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Something to play scenarios with."""
    play = Play(tmp_path_factory.mktemp("home"))
    yield play
    play.end()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two files: one calls the other."""
    folder = tmp_path / "a project ü"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.asynclint]\n")
    (folder / "app.py").write_text(APP)
    (folder / "helpers.py").write_text(HELPERS)
    return folder


def test_a_file_is_opened_edited_and_closed(project: Path, play: Play) -> None:
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

    play(project, scenario)


def test_an_edit_in_a_helper_reaches_the_open_caller(project: Path, play: Play) -> None:
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

    play(project, scenario)


def test_a_helper_that_changes_on_disk_reaches_the_open_caller(project: Path, play: Play) -> None:
    async def scenario(editor: Editor) -> None:
        app = editor.open(project / "app.py")
        await editor.shown(app, len)
        for change in (lambda path: path.unlink(), lambda path: path.write_text(HELPERS)):
            change(project / "helpers.py")
            event = types.FileEvent((project / "helpers.py").as_uri(), types.FileChangeType.Changed)
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            await editor.shown(app, lambda found: bool(found) == (project / "helpers.py").exists())

    play(project, scenario)


def test_a_broken_text_keeps_what_was_found_outside_of_the_broken_part(project: Path, play: Play) -> None:
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

    play(project, scenario)


def test_a_broken_helper_keeps_its_part_in_the_program(project: Path, play: Play) -> None:
    async def scenario(editor: Editor) -> None:
        helpers = editor.open(project / "helpers.py")
        await editor.shown(helpers)
        editor.replace(helpers, "open(name)", "open(name")
        await editor.shown(helpers, len)
        app = editor.open(project / "app.py")
        assert [item.code for item in await editor.shown(app, len)] == ["ASL105"]

    play(project, scenario)


ODD = (
    "import time\n\n\n"
    "async def main(text: str) -> None:\n"
    '\tlog("\U0001f40d é"); time.sleep(1)  # tabs, and what is no letter\n'
    '\ttext = """\x0c\n\u2028\n\x85"""; time.sleep(2)\n'
    '\t"\U0001f40d"; time.sleep(\n\t\t3  # \U0001f40d\n\t)\n'
)
"""What is counted differently by everybody: in lines, and in columns."""


@pytest.mark.parametrize("encoding", list(types.PositionEncodingKind))
def test_positions_are_counted_as_agreed(project: Path, encoding: types.PositionEncodingKind, play: Play) -> None:
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

    play(project, scenario, asked)


def _cut(text: str, place: types.Range, encoding: types.PositionEncodingKind) -> str:
    """What a client would mark: by the letter of the protocol, and in another way than ours."""
    lines = re.split("(?<=\n)|(?<=\r)(?!\n)", text)
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding.value]

    def offset(position: types.Position) -> int:
        before = "".join(lines[: position.line]).encode(codec)
        return len(before) + position.character * width

    return text.encode(codec)[offset(place.start) : offset(place.end)].decode(codec)


def test_edits_are_applied_one_after_the_other(project: Path, play: Play) -> None:
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

    play(project, scenario)


def test_what_is_found_in_files_that_are_not_open_is_shown_too(project: Path, play: Play) -> None:
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

    play(project, scenario)


SETTINGS = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        configuration=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
    )
)

SLEEPY = """import time


async def main() -> None:
    s = "\U0001f40d"; time.sleep(1)
    open("settings").read()
"""


async def actions(editor: Editor, uri: str, line: int, *only: types.CodeActionKind | str) -> dict[str, types.CodeAction]:
    """What is offered on a line."""
    place = types.Position(line, 20)
    context = types.CodeActionContext(diagnostics=[], only=[types.CodeActionKind(kind) for kind in only] or None)
    found = await editor.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), types.Range(place, place), context)
    )
    return {action.title: action for action in found or ()}


def test_fixes_are_offered_and_do_what_they_say(project: Path, play: Play) -> None:
    text = SLEEPY.replace('open("settings").read()', 'shutil.rmtree("old")').replace("time\n", "time, shutil\n")

    async def scenario(editor: Editor) -> None:
        uri = editor.open(project / "app.py", text)
        assert len(await editor.shown(uri, len)) == 2
        offered = await actions(editor, uri, 4)
        safe, ignore, everything = offered
        assert "asyncio.sleep" in safe
        assert (ignore, everything) == ("Ignore blocking-sleep here", "asynclint: fix all that is safe")
        assert offered[safe].is_preferred
        assert offered[safe].kind == types.CodeActionKind.QuickFix
        fixed = text.replace("time.sleep(1)", "await asyncio.sleep(1)").replace("time, shutil", "time, shutil\nimport asyncio")
        assert _applied(text, offered[safe]) == fixed
        assert _applied(text, offered[ignore]) == text.replace("sleep(1)", "sleep(1)  # asynclint: ignore[blocking-sleep]")
        (unsafe,) = [title for title in await actions(editor, uri, 5) if "unsafe" in title]
        assert not (await actions(editor, uri, 5))[unsafe].is_preferred
        assert list(await actions(editor, uri, 4, types.CodeActionKind.Refactor)) == []
        assert await actions(editor, uri, 0) == {everything: offered[everything]}
        ((_, fix_all),) = (await actions(editor, uri, 0, "source.fixAll")).items()
        assert fix_all.kind == "source.fixAll.asynclint"
        assert _applied(text, fix_all) == _applied(text, offered[safe])
        editor.replace(uri, "main()", "main(")
        assert await actions(editor, uri, 4) == {}  # it does not parse

    play(project, scenario, SETTINGS)


def _applied(text: str, action: types.CodeAction) -> str:
    """The text with the edits of an action made; none of them is behind a character that is not ASCII, but the line of the snake."""
    assert action.edit is not None
    assert action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    data = text.encode("utf-16-le")
    for edit in sorted(change.edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        lines = data.decode("utf-16-le").split("\n")
        places = (edit.range.start, edit.range.end)
        start, end = (len("\n".join([*lines[: at.line], ""]).encode("utf-16-le")) + 2 * at.character for at in places)
        data = data[:start] + edit.new_text.encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")


def test_a_place_is_explained(project: Path, play: Play) -> None:
    async def scenario(editor: Editor) -> None:
        uri, helpers = editor.open(project / "app.py"), editor.open(project / "helpers.py")

        async def hover(of: str, line: int, column: int) -> str:
            position = types.Position(line, column)
            found = await editor.client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(of), position))
            return found.contents.value if found is not None else ""

        on_call = await hover(uri, 4, 6)
        assert "runs `helpers.load`" in on_call
        assert "**blocking-file-io** [ASL105]" in on_call
        assert "## Why it hurts" in on_call
        assert "runs on the event loop: it is a coroutine function" in await hover(uri, 3, 12)
        assert "runs where its callers run: `app.main`" in await hover(helpers, 0, 5)
        assert await hover(uri, 1, 0) == ""
        document = types.TextDocumentIdentifier(helpers)
        (lens,) = await editor.client.text_document_code_lens_async(types.CodeLensParams(document)) or ()
        assert lens.command is not None
        assert lens.range.start.line == 0
        assert lens.command.title == "blocks: open(), reached by 1 coroutine"
        command = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
        assert "runs where its callers run: `app.main`" in await editor.client.workspace_execute_command_async(command)
        (shown,) = editor.client.messages
        assert "runs where its callers run" in shown.message
        editor.client.messages.clear()
        editor.client.set_configuration({"asynclint": {"code-lens": False}})
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        while await editor.client.text_document_code_lens_async(types.CodeLensParams(document)):
            pass
        before = len(editor.published[uri])
        await editor.client.workspace_execute_command_async(types.ExecuteCommandParams("asynclint.restart"))
        await editor.until(lambda: len(editor.published[uri]) > before)
        assert editor.codes(uri) == ["ASL105"]

    play(project, scenario, SETTINGS)


def test_settings_come_from_the_editor_and_from_files(project: Path, play: Play) -> None:
    (project / "other.py").write_text(SLEEPY)

    async def scenario(editor: Editor) -> None:
        uri = editor.open(project / "app.py")
        await editor.shown(uri, len)
        assert [str(item.code) for item in await editor.shown((project / "other.py").as_uri(), len)] == ["ASL101", "ASL105"]
        (project / "pyproject.toml").write_text('[tool.asynclint]\nignore = ["ASL105"]\n')
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
        await editor.shown(uri, lambda found: not found)
        await editor.shown((project / "other.py").as_uri(), lambda found: len(found) == 1)
        (project / "pyproject.toml").write_text('[tool.asynclint]\nignore = ["ASL105"\n')  # it is being edited
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
        await editor.until(lambda: bool(editor.client.messages))
        assert "not valid TOML" in editor.client.messages.pop().message
        assert editor.codes(uri) == []
        editor.client.set_configuration({"asynclint": {"ignore": ["ASL101"], "min-certainty": "possible"}})
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        (project / "pyproject.toml").write_text("[tool.asynclint]\n")
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
        await editor.shown(uri, len)
        await editor.shown((project / "other.py").as_uri(), lambda found: [item.code for item in found] == ["ASL105"])
        editor.client.set_configuration({"asynclint": {"ignroe": ["ASL101"]}})
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        await editor.until(lambda: bool(editor.client.messages))
        assert "did you mean `ignore`?" in editor.client.messages.pop().message

    play(project, scenario, SETTINGS)


PULLING = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities()),
    workspace=types.WorkspaceClientCapabilities(diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)),
    window=types.WindowClientCapabilities(work_done_progress=True),
)


def test_who_comes_for_diagnostics_gets_them(project: Path, play: Play) -> None:
    (project / "other.py").write_text(SLEEPY)

    async def scenario(editor: Editor) -> None:
        client = editor.client
        assert editor.capabilities.diagnostic_provider is not None
        uri, helpers = editor.open(project / "app.py"), editor.open(project / "helpers.py")
        document = types.TextDocumentIdentifier(uri)
        first = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
        assert [item.code for item in first.items] == ["ASL105"]
        again = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document, previous_result_id=first.result_id))
        assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
        whole = await client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([types.PreviousResultId(uri, first.result_id)]))
        assert {(item.uri, item.kind) for item in whole.items} == {
            (uri, types.DocumentDiagnosticReportKind.Unchanged),
            ((project / "other.py").as_uri(), types.DocumentDiagnosticReportKind.Full),
        }
        before = client.diagnostic_refresh_count
        editor.replace(helpers, "with open(name) as file:\n        return file.read()", "return name")
        after = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(types.TextDocumentIdentifier(helpers)))
        assert not after.items
        await editor.until(lambda: client.diagnostic_refresh_count > before)
        last = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(document, previous_result_id=first.result_id))
        assert not last.items
        assert editor.published == {}

    play(project, scenario, PULLING)


def test_each_folder_goes_by_its_own_settings(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "asynclint.toml").write_text('select = ["blocking-sleep"]\n')
    (other / "app.py").write_text(SLEEPY)

    async def scenario(editor: Editor) -> None:
        one, two = editor.open(project / "app.py"), editor.open(other / "app.py")
        await editor.shown(one, len)
        assert [item.code for item in await editor.shown(two, len)] == ["ASL101"]
        third = tmp_path / "third"
        third.mkdir()
        (third / "app.py").write_text(SLEEPY)
        editor.change_folders([third], [])
        assert len(await editor.shown((third / "app.py").as_uri(), len)) == 2
        editor.change_folders([], [third])
        assert await editor.shown((third / "app.py").as_uri(), lambda found: not found) == []

    async def both() -> None:
        async with editing(project, other) as editor:
            await scenario(editor)

    run(both)


@pytest.mark.skipif(sys.platform == "win32", reason="processes end in other ways there")
def test_no_process_is_left_when_the_editor_dies(project: Path) -> None:
    def start(stdin: int) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": OURS}
        return subprocess.Popen(SERVER, cwd=project, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    server = start(subprocess.PIPE)
    _, complaints = server.communicate(timeout=PATIENCE)  # which closes its input
    assert (server.returncode, complaints) == (0, b"")

    reading, writing = os.pipe()  # somebody else holds the other end
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        server = start(reading)
        params = {"processId": parent.pid, "rootUri": project.as_uri(), "capabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
        os.write(writing, b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        assert server.stdout is not None
        assert server.stdout.readline().startswith(b"Content-Length:")
        parent.kill()
        parent.wait()
        assert server.wait(timeout=PATIENCE) == 1
    os.close(reading)
    os.close(writing)


FAMILIES = ("blocking", "loop")

LINE = re.compile(r"^( +)((?:await )?[\w.]+\()", re.MULTILINE)


def package(folder: Path) -> None:
    """A package with many findings, most of them behind tabs and what takes several units in one encoding or another."""
    folder.mkdir()
    (folder / "asynclint.toml").write_text('reach = "project"\n')
    for family in FAMILIES:
        for path in sorted((Path(__file__).parent / "fixtures" / family).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            odd = LINE.sub("\\1'\U0001f40d\t\u00e9'; \\2", text)
            (folder / f"{family}_{path.name}").write_text(odd if _parses(odd) else text, encoding="utf-8")


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_the_findings_are_those_of_the_command_line(tmp_path: Path, play: Play) -> None:
    package(tmp_path / "package")
    compare(tmp_path / "package", list(types.PositionEncodingKind), 100, play)


@pytest.mark.skipif(not os.environ.get("ASYNCLINT_REGISTRY"), reason="installs packages; ASYNCLINT_REGISTRY=1 runs it")
@pytest.mark.parametrize("requirement", ["aiogram==3.22.0", "mcp==1.12.4", "redis==6.4.0"])
def test_the_findings_in_whole_packages_are_those_of_the_command_line(tmp_path: Path, requirement: str, play: Play) -> None:
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), requirement]
    subprocess.run(install, check=True)
    (tmp_path / "asynclint.toml").write_text('reach = "project"\nselect = "ALL"\nmin-certainty = "possible"\n')
    compare(tmp_path, [types.PositionEncodingKind.Utf16], 3, play)


def compare(folder: Path, encodings: Iterable[types.PositionEncodingKind], least: int, play: Play) -> None:
    """What the server shows of a folder, with one of its files open, is what the command line finds there."""
    command = [sys.executable, "-m", "asynclint", "check", ".", "--output-format", "json", "--exit-zero"]
    environment = {**os.environ, "PYTHONPATH": OURS}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    expected = {
        (item["path"], item["code"], item["line"], item["column"], item["end_line"], item["end_column"])
        for item in json.loads(done.stdout)["diagnostics"]
    }
    assert len(expected) >= least
    opened = folder / min(item[0] for item in expected)

    async def scenario(editor: Editor) -> None:
        encoding = types.PositionEncodingKind(editor.capabilities.position_encoding)
        await editor.shown(editor.open(opened), len)
        await editor.until(lambda: len(editor.published) >= len({item[0] for item in expected}))

        def shown() -> set[tuple[object, ...]]:
            return {
                (str(path.relative_to(folder)), item.code, *_place(path, item.range, encoding))
                for uri, published in editor.published.items()
                for path in [Path(unquote(urlsplit(uri).path))]
                for item in published[-1].diagnostics
            }

        await editor.until(lambda: shown() == expected, lambda: f"{sorted(map(str, shown() ^ expected))[:10]}")

    for encoding in encodings:
        play(folder, scenario, types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=[encoding])))


def _place(path: Path, place: types.Range, encoding: types.PositionEncodingKind) -> tuple[int, int, int, int]:
    """Lines and columns from 1, in characters, by another way than the server's."""
    lines = re.split("\r\n|\r|\n", path.read_bytes().decode())
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding.value]

    def column(position: types.Position) -> int:
        return len(lines[position.line].encode(codec)[: position.character * width].decode(codec)) + 1

    return place.start.line + 1, column(place.start), place.end.line + 1, column(place.end)


def test_files_have_the_addresses_that_the_client_gives_them(project: Path, tmp_path: Path, play: Play) -> None:
    (project / "other.py").write_text(SLEEPY)
    link = tmp_path / "a link"
    link.symlink_to(project)

    async def scenario(editor: Editor) -> None:
        assert await editor.shown((link / "other.py").as_uri(), len)
        uri = editor.open(link / "app.py")
        (found,) = await editor.shown(uri, len)
        assert found.related_information is not None
        assert found.related_information[0].location.uri == (link / "helpers.py").as_uri()
        assert not any(uri.startswith(project.as_uri()) for uri in editor.published)

    play(link, scenario)


def test_the_first_analysis_shows_how_far_it_is_and_lets_go_of_what_is_cancelled(project: Path, tmp_path: Path) -> None:
    for number in range(150):
        (project / f"part{number}.py").write_text(f"x{number} = 1\n" + SLEEPY * 20)

    async def scenario() -> None:
        async with editing(project, capabilities=PULLING, ASYNCLINT_CACHE_DIR=str(tmp_path / "cache")) as editor:
            document = types.TextDocumentIdentifier(editor.open(project / "app.py"))
            params = types.HoverParams(document, types.Position(3, 12))
            request = editor.client.protocol.send_request_async(types.TEXT_DOCUMENT_HOVER, params, msg_id="hover")
            waiting = asyncio.ensure_future(request)
            await asyncio.sleep(0.1)
            editor.client.cancel_request(types.CancelParams("hover"))
            with pytest.raises(JsonRpcException, match="canceled"):
                await waiting
            reports = editor.client.progress_reports
            await editor.until(lambda: any(isinstance(said[-1], types.WorkDoneProgressEnd) for said in reports.values() if said))
            said = next(iter(reports.values()))
            assert isinstance(said[0], types.WorkDoneProgressBegin)
            assert said[0].title == "asynclint"
            for step in said[:-1]:  # how many steps there are depends on the machine
                assert step.message is not None
                assert re.fullmatch(r"\d+ of 15\d files|following calls", step.message)

    run(scenario)
