"""The server: what the protocol asks for, handed on to the workspace."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from asynclint import __version__
from asynclint.lsp.actions import FIX_ALL, FIX_ALL_COMMAND, WHY_COMMAND, OpenFile
from asynclint.lsp.convert import diagnostics
from asynclint.lsp.options import options_of
from asynclint.lsp.positions import Units
from asynclint.lsp.workspace import Edit, Shown, Workspace

WATCHED = ("**/*.py", "**/pyproject.toml", "**/asynclint.toml", "**/.gitignore")
"""Files whose change on disk may change what is found."""

MANY = 100
"""A first analysis of so many files shows how far it is."""

BEAT = 0.25
"""Seconds between two steps of what it shows."""

WATCH_PARENT = 2.0
"""Seconds between two looks whether the editor is still there. Most let go of our standard input as they end, which is noticed at once."""

_Answer = TypeVar("_Answer")


class _Protocol(LanguageServerProtocol):
    """The protocol without pygls' own copies of open files: it takes form feeds for line ends, and so loses its place.

    Its handlers are plain functions: of generators, pygls keeps something for ever.
    """

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self.fm.features[types.TEXT_DOCUMENT_DID_OPEN](params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE](params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE](params)


class _Sent(NamedTuple):
    """What is shown of a file now. `name` is another for anything else that was shown of it before."""

    name: str
    version: int | None
    items: list[types.Diagnostic]


class Server(LanguageServer):
    """One client's server. `is_asked` tells that the client comes for diagnostics by itself; else they are published."""

    held: Workspace

    def __init__(self) -> None:
        super().__init__("asynclint", __version__, types.TextDocumentSyncKind.Incremental, protocol_cls=_Protocol)
        self.is_asked = False
        self.code_lens = True
        self._initial: object = None
        self._loop: asyncio.AbstractEventLoop
        self._sent: dict[str, _Sent] = {}
        self._awaited: set[str] = set()
        self._progress: tuple[int, int] = (0, 0)
        self._tasks: set[asyncio.Task[None]] = set()

    # -- from the client

    def begin(self, params: types.InitializeParams) -> None:
        """Take up work for a client."""
        self._loop = asyncio.get_running_loop()
        encoding = types.PositionEncodingKind(self.workspace.position_encoding)
        self.held = Workspace(self._show, self._tell, self._go_on, Units(encoding.value))
        # Who cannot be asked to come again would miss what an edit changes in other files.
        can_refresh = self._can("workspace.diagnostics.refresh_support")
        self.is_asked = can_refresh and get_capability(self.client_capabilities, "text_document.diagnostic") is not None
        folders = [folder.uri for folder in params.workspace_folders or ()]
        self._initial = params.initialization_options
        self.configure(None)
        self.held.change_folders(folders or filter(None, [params.root_uri]), ())
        self.held.start()
        if params.process_id is not None and sys.platform != "win32" and _is_alive(params.process_id):
            self._begin(self._end_with(params.process_id))

    def watch(self) -> None:
        """Ask the client to tell of files that change on disk, and of its settings, if it is able to."""
        registrations = []
        if self._can("workspace.did_change_watched_files.dynamic_registration"):
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern) for pattern in WATCHED])
            registrations.append(types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        if self._can("workspace.did_change_configuration.dynamic_registration"):
            section = types.DidChangeConfigurationRegistrationOptions("asynclint")
            registrations.append(types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
        if registrations:
            self.client_register_capability(types.RegistrationParams(registrations))

    def configure(self, given: object) -> None:
        """Go by these settings of the editor, and by those that it began with where they say nothing."""
        options = options_of(self._initial, given)
        self.held.configure(options.settings, options.workspace_diagnostics)
        if options.code_lens != self.code_lens:
            self.code_lens = options.code_lens
            if self._can("workspace.code_lens.refresh_support"):
                self.workspace_code_lens_refresh(None)

    async def fetch_settings(self, given: object) -> None:
        """Go by the editor's settings as they are now: those given, or those it gives when it is asked."""
        if self._can("workspace.configuration"):
            wanted = types.ConfigurationParams([types.ConfigurationItem(section="asynclint")])
            self.configure(next(iter(await self.workspace_configuration_async(wanted)), None))
        elif given is not None:
            self.configure(given)

    async def ask(self, uri: str, question: Callable[[OpenFile], _Answer]) -> _Answer | None:
        """The answer to a question about an open file, once that is checked as it is now; None for one that is not checked."""

        def answer() -> _Answer | None:
            result = self.held.result(uri)
            if result is None:
                return None
            versioned = self._can("workspace.workspace_edit.document_changes")
            return question(OpenFile(*result, self.held.units, self.held.addresses(result[1]), versioned))

        return await asyncio.wrap_future(self.held.ask(answer))

    async def pull(self, uri: str, known: str | None) -> types.DocumentDiagnosticReport:
        """What is found in an open file as it is now, if it is not what the client knows."""
        self._awaited.add(uri)
        try:
            sent = await asyncio.wrap_future(self.held.ask(lambda: self._sent.get(uri)))
        finally:
            self._awaited.discard(uri)
        if sent is None:
            return types.RelatedFullDocumentDiagnosticReport([])
        if sent.name == known:
            return types.RelatedUnchangedDocumentDiagnosticReport(sent.name)
        return types.RelatedFullDocumentDiagnosticReport(sent.items, result_id=sent.name)

    async def pull_all(self, known: Iterable[types.PreviousResultId]) -> types.WorkspaceDiagnosticReport:
        """What is found in all files, apart from what the client knows."""
        sent = await asyncio.wrap_future(self.held.ask(lambda: dict(self._sent), when_idle=True))
        names = {item.uri: item.value for item in known}
        items: list[types.WorkspaceDocumentDiagnosticReport] = []
        for uri, (name, version, found) in sent.items():
            if names.get(uri) == name:
                items.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, name, version=version))
            elif found or uri in names:
                items.append(types.WorkspaceFullDocumentDiagnosticReport(uri, found, version=version, result_id=name))
        return types.WorkspaceDiagnosticReport(items)

    # -- to the client; what begins with an underscore is called by the thread that checks

    def _show(self, shown: Shown) -> None:
        items = list(diagnostics(shown, self.held.units))
        before = self._sent.get(shown.uri)
        is_new = before is None or before.items != items
        name = str(int(before.name) + is_new) if before is not None else "0"
        self._sent[shown.uri] = _Sent(name, shown.version, items)
        if not self.is_asked:
            self._later(self.text_document_publish_diagnostics, types.PublishDiagnosticsParams(shown.uri, items, shown.version))
        elif is_new and shown.uri not in self._awaited:
            self._later(self.workspace_diagnostic_refresh, None)

    def _tell(self, sentence: str) -> None:
        self._later(self.window_show_message, types.ShowMessageParams(types.MessageType.Error, f"asynclint: {sentence}"))

    def _go_on(self, done: int, total: int) -> None:
        if self._progress == (0, 0) and total >= MANY and self._can("window.work_done_progress"):
            self._later(lambda _: self._begin(self._show_progress()), None)
        self._progress = (done, total)

    def _later(self, send: Callable[[Any], object], params: object) -> None:
        """Send something from any thread: there is only one that writes."""
        try:
            self._loop.call_soon_threadsafe(send, params)
        except RuntimeError:  # the client is gone, and the loop is closed
            self.held.stop()

    async def _show_progress(self) -> None:
        words, percentage = self._how_far()
        token = f"asynclint-{os.urandom(8).hex()}"
        await self.work_done_progress.create_async(token)
        self.work_done_progress.begin(token, types.WorkDoneProgressBegin("asynclint", message=words, percentage=percentage))
        while self._progress != (0, 0):
            words, percentage = self._how_far()
            self.work_done_progress.report(token, types.WorkDoneProgressReport(message=words, percentage=percentage))
            await asyncio.sleep(BEAT)
        self.work_done_progress.end(token, types.WorkDoneProgressEnd())

    def _how_far(self) -> tuple[str, int]:
        done, total = self._progress
        return f"{done} of {total} files" if done < total else "following calls", 100 * done // max(total, 1)

    async def _end_with(self, process: int) -> None:
        """End when the editor does, though somebody else may hold our standard input."""
        while _is_alive(process):
            await asyncio.sleep(WATCH_PARENT)
        os._exit(1)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _can(self, capability: str) -> bool:
        return bool(get_capability(self.client_capabilities, capability, False))


def serve() -> None:
    """Serve the client at the other end of standard input and output until it goes away."""
    make_server().start_io()


def make_server() -> Server:
    """A server with all that it can do."""
    server = Server()

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.begin(params)
        if server.is_asked:
            _add_pulling(server)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        server.watch()
        await server.fetch_settings(None)

    _add_documents(server)
    _add_workspace(server)
    _add_answers(server)
    _add_commands(server)
    return server


def _add_documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.held.open(document.uri, document.text, document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.held.edit(params.text_document.uri, map(_edit, params.content_changes), params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.held.save(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.held.close(params.text_document.uri)


def _add_workspace(server: Server) -> None:
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        server.held.files_changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        server.held.change_folders([folder.uri for folder in params.event.added], [folder.uri for folder in params.event.removed])

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        await server.fetch_settings(params.settings)


def _add_answers(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        return await server.ask(params.text_document.uri, lambda file: list(file.actions(params.range, only)))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await server.ask(params.text_document.uri, lambda file: file.hover(params.position))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())
    async def code_lens(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        return await server.ask(params.text_document.uri, lambda file: list(file.lenses())) if server.code_lens else None


def _add_pulling(server: Server) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="asynclint"),
    )
    async def diagnostic(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        return await server.pull(params.text_document.uri, params.previous_result_id)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace_diagnostic(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        return await server.pull_all(params.previous_result_ids)


def _add_commands(server: Server) -> None:
    @server.command("asynclint.restart")
    def restart() -> None:
        server.held.restart()

    @server.command(WHY_COMMAND)
    async def why(uri: str, line: int) -> str | None:
        text = await server.ask(uri, lambda file: file.why(line))
        if text:
            server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text.rstrip("\n")))
        return text

    @server.command(FIX_ALL_COMMAND)
    async def fix_all(uri: str) -> None:
        edit = await server.ask(uri, lambda file: file.fix_all())
        if edit is not None:
            server.workspace_apply_edit(types.ApplyWorkspaceEditParams(edit, "asynclint: fix all that is safe"))


def _edit(change: types.TextDocumentContentChangeEvent) -> Edit:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return Edit(change.text)
    start, end = change.range.start, change.range.end
    return Edit(change.text, (start.line, start.character), (end.line, end.character))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True
