"""An editor for tests: it drives the real server process over its standard input and output, with the client of pytest-lsp."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

import asynclint

SERVER = (sys.executable, "-m", "asynclint", "server")

OURS = str(Path(asynclint.__file__).parents[1])
"""What is tested is what is imported here, wherever the server is started."""

PATIENCE = 120.0
"""Seconds after which what has not happened will not happen."""


class Editor:
    """One client with a server of its own."""

    def __init__(self) -> None:
        self.client = LanguageClient(converter_factory=default_converter)
        self.published: dict[str, list[types.PublishDiagnosticsParams]] = {}
        features = dict(DEFAULT_CLIENT_FEATURES)
        features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = lambda params: self._take(params)  # the client's own forgets the versions
        register_lsp_features(self.client, features)
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.capabilities: types.ServerCapabilities

    def _take(self, params: types.PublishDiagnosticsParams) -> None:
        self.published.setdefault(params.uri, []).append(params)

    async def start(
        self, folders: Iterable[Path], capabilities: types.ClientCapabilities | None = None, options: Any = None, **environment: str
    ) -> None:
        """Start the server in the first folder, and get to know it."""
        folders = list(folders)
        await self.client.start_io(*SERVER, cwd=str(folders[0]) if folders else None, env={**os.environ, "PYTHONPATH": OURS, **environment})
        result = await self.client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities or types.ClientCapabilities(),
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders],
                initialization_options=options,
            )
        )
        self.capabilities = result.capabilities

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, by default with what is on disk. Gives its address."""
        uri = path.as_uri()
        self.texts[uri] = path.read_bytes().decode() if text is None else text
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, types.LanguageKind.Python, 1, self.texts[uri])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def replace(self, uri: str, old: str, new: str) -> None:
        """Edit an open file: its text before `old` is ASCII."""
        text = self.texts[uri]
        assert text.count(old) == 1
        start = text.index(old)
        self.texts[uri] = text.replace(old, new)
        self.versions[uri] += 1
        change = types.TextDocumentContentChangePartial(
            range=types.Range(_position(text, start), _position(text, start + len(old))), text=new
        )
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(self.versions[uri], uri), [change])
        )

    def save(self, uri: str, path: Path) -> None:
        """Write an open file."""
        path.write_bytes(self.texts[uri].encode())
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        """Close an open file."""
        del self.versions[uri]
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def change_folders(self, added: Iterable[Path], removed: Iterable[Path]) -> None:
        """Add folders to the workspace, and take some out."""
        one, other = ([types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders] for folders in (added, removed))
        event = types.WorkspaceFoldersChangeEvent(one, other)
        self.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    async def shown(self, uri: str, is_so: Callable[[list[types.Diagnostic]], bool] | None = None) -> list[types.Diagnostic]:
        """What is shown of a file, as soon as that is of its present version, and as asked for."""

        def found() -> bool:
            if uri not in self.published:
                return False
            last = self.published[uri][-1]
            return last.version == self.versions.get(uri) and (is_so is None or is_so(list(last.diagnostics)))

        await self.until(found, lambda: f"{uri}: {self.published.get(uri)}")
        return list(self.published[uri][-1].diagnostics)

    async def until(self, happened: Callable[[], bool], state: Callable[[], str] = str) -> None:
        """Wait until something has happened."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, state()
            await asyncio.sleep(0.005)

    def codes(self, uri: str) -> list[str]:
        """The rules that are shown of a file."""
        return [str(diagnostic.code) for diagnostic in self.published[uri][-1].diagnostics]


def _position(text: str, offset: int) -> types.Position:
    before = text[:offset]
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)


@asynccontextmanager
async def editing(*folders: Path, **how: Any) -> AsyncIterator[Editor]:
    """An editor with these folders open, which is closed at the end."""
    editor = Editor()
    await editor.start(folders, **how)
    try:
        yield editor
    finally:
        await editor.client.shutdown_session()
        await editor.client.stop()


def run(scenario: Callable[..., Any], *arguments: object) -> None:
    """Play a scenario, a coroutine function."""
    asyncio.run(scenario(*arguments))
