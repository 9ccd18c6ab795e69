"""The server: what the protocol asks for, handed on to the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from asynclint import __version__
from asynclint.lsp.convert import diagnostics
from asynclint.lsp.positions import Units
from asynclint.lsp.workspace import Edit, Shown, Workspace

WATCHED = ("**/*.py", "**/pyproject.toml", "**/asynclint.toml", "**/.gitignore")
"""Files whose change on disk may change what is found."""


class _Protocol(LanguageServerProtocol):
    """The protocol without pygls' own copies of open files: it takes form feeds for line ends, and so loses its place."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


class Server(LanguageServer):
    """One client's server."""

    held: Workspace

    def __init__(self) -> None:
        super().__init__("asynclint", __version__, types.TextDocumentSyncKind.Incremental, protocol_cls=_Protocol)
        self._loop: asyncio.AbstractEventLoop

    def begin(self, params: types.InitializeParams) -> None:
        """Take up work for a client."""
        self._loop = asyncio.get_running_loop()
        encoding = types.PositionEncodingKind(self.workspace.position_encoding)
        self.held = Workspace(self._show, self._tell, Units(encoding.value))
        folders = [folder.uri for folder in params.workspace_folders or ()]
        self.held.change_folders(folders or filter(None, [params.root_uri]), ())

    def watch(self) -> None:
        """Ask the client to tell of files that change on disk, if it is able to."""
        wanted = get_capability(self.client_capabilities, "workspace.did_change_watched_files.dynamic_registration", False)
        if wanted:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("watch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.client_register_capability(types.RegistrationParams([registration]))

    def _show(self, shown: Shown) -> None:
        found = list(diagnostics(shown, self.held.units))
        self._later(self.text_document_publish_diagnostics, types.PublishDiagnosticsParams(shown.uri, found, shown.version))

    def _tell(self, sentence: str) -> None:
        self._later(self.window_show_message, types.ShowMessageParams(types.MessageType.Error, f"asynclint: {sentence}"))

    def _later(self, send: Callable[[Any], None], params: object) -> None:
        """Send something from any thread: there is only one that writes."""
        try:
            self._loop.call_soon_threadsafe(send, params)
        except RuntimeError:  # the client is gone, and the loop is closed
            self.held.stop()


def serve() -> None:
    """Serve the client at the other end of standard input and output until it goes away."""
    server = make_server()
    server.start_io()


def make_server() -> Server:
    """A server with all that it can do."""
    server = Server()

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.begin(params)

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

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        server.held.files_changed()

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.watch()

    return server


def _edit(change: types.TextDocumentContentChangeEvent) -> Edit:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return Edit(change.text)
    start, end = change.range.start, change.range.end
    return Edit(change.text, (start.line, start.character), (end.line, end.character))
