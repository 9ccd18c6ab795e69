"""What can be done about findings, and what is known of a place: the answers to what an editor asks of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lsprotocol import types

from asynclint.api import FileReport, LiveProgram, find_rule
from asynclint.lsp.convert import diagnostic, range_of
from asynclint.lsp.positions import Units, lines_of
from asynclint.lsp.workspace import Buffer, Shown, moved
from asynclint.model import Finding, Safety, Span
from asynclint.report.printable import printable, printable_lines

FIX_ALL = "source.fixAll.asynclint"
FIX_ALL_COMMAND = "asynclint.fixAll"
WHY_COMMAND = "asynclint.why"

MOST_NAMES = 3
"""So many calls are named above a function."""


class OpenFile(NamedTuple):
    """An open file, what the last check has found in it, and how the client counts, calls files and wants its edits."""

    buffer: Buffer
    live: LiveProgram
    report: FileReport
    units: Units
    address: Callable[[str], str]
    versioned: bool

    def actions(self, place: types.Range, only: Sequence[str]) -> Iterator[types.CodeAction]:
        """What can be done at a place; of these kinds only, if there are any."""
        if not self._is_current:
            return
        if _is_wanted(types.CodeActionKind.QuickFix, only):
            findings = [finding for finding in self.report.findings if _meets(self._range(finding.span), place)]
            yield from self._fixes(findings)
            yield from self._ignores(findings)
        if only and _is_wanted(FIX_ALL, only):
            edit = self.fix_all()
            if edit is not None:
                yield types.CodeAction("asynclint: fix all that is safe", kind=FIX_ALL, edit=edit)
        elif not only and any(finding.fix and finding.fix.safety is Safety.SAFE for finding in self.report.findings):
            command = types.Command("Fix all", FIX_ALL_COMMAND, arguments=[self.buffer.uri])
            yield types.CodeAction("asynclint: fix all that is safe", kind=FIX_ALL, command=command)

    def fix_all(self) -> types.WorkspaceEdit | None:
        """All safe fixes of the file; None where there are none."""
        edits = self.live.fix_all(self.buffer.path) if self._is_current else ()
        return self._edit([types.TextEdit(self._range(edit.span), edit.text) for edit in edits]) if edits else None

    def lenses(self) -> Iterator[types.CodeLens]:
        """What stands above the functions that block and that coroutines reach."""
        for helper in self.live.helpers(self.buffer.path) if self._is_current else ():
            count = f"{helper.coroutines} coroutine{'' if helper.coroutines == 1 else 's'}"
            names = ", ".join(f"{name}()" for name in helper.sinks[:MOST_NAMES])
            more = ", ..." if len(helper.sinks) > MOST_NAMES else ""
            command = types.Command(
                printable(f"blocks: {names}{more}, reached by {count}"), WHY_COMMAND, arguments=[self.buffer.uri, helper.line - 1]
            )
            place = types.Position(helper.line - 1, 0)
            yield types.CodeLens(types.Range(place, place), command)

    def why(self, line: int) -> str:
        """What is known of a line, counted from 0."""
        return printable_lines(self.live.explain(self.buffer.path, line + 1))

    def hover(self, position: types.Position) -> types.Hover | None:
        """The pages of what is found at a place, and what is known of the call or function there."""
        place = types.Range(position, position)
        findings = [finding for finding in moved(self.report, self.buffer.text) if _meets(self._range(finding.span), place)]
        parts = []
        if self._is_current:
            lines = lines_of(self.buffer.text)
            text = lines[position.line] if position.line < len(lines) else ""
            column = self.units.characters(text, position.character) + 1
            known = self.live.explain(self.buffer.path, position.line + 1, column)
            parts += [_listed(printable_lines(known))] if known else []
        for name in dict.fromkeys(finding.name for finding in findings):
            rule = find_rule(name)
            parts.append(f"**{rule.name}** [{rule.code}]\n\n{rule.page}")
        if not parts:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts))
        return types.Hover(content, self._range(findings[0].span) if findings else None)

    @property
    def _is_current(self) -> bool:
        """Whether the text is what was analysed. It is not where it does not parse."""
        return self.report.text == self.buffer.text

    def _fixes(self, findings: Sequence[Finding]) -> Iterator[types.CodeAction]:
        for proposal in sorted(self.live.proposals(self.buffer.path, findings), key=lambda proposal: proposal.safety is not Safety.SAFE):
            finding, safe = proposal.finding, proposal.safety is Safety.SAFE
            assert finding.fix is not None
            title = printable(finding.fix.title) if safe else f"{printable(finding.fix.title)} (unsafe: may change the meaning)"
            edit = self._edit([types.TextEdit(self._range(edit.span), edit.text) for edit in proposal.edits])
            yield self._action(title, finding, edit, preferred=safe)

    def _ignores(self, findings: Sequence[Finding]) -> Iterator[types.CodeAction]:
        for finding in {finding.name: finding for finding in reversed(findings)}.values():
            edit = self.live.ignoring(self.buffer.path, finding)
            if edit is not None:
                made = self._edit([types.TextEdit(self._range(edit.span), edit.text)])
                yield self._action(f"Ignore {finding.name} here", finding, made, preferred=False)

    def _action(self, title: str, finding: Finding, edit: types.WorkspaceEdit, preferred: bool) -> types.CodeAction:
        shown = Shown(self.buffer.uri, self.buffer.version, (), (), self.live.line, self.address)
        about = [diagnostic(finding, shown, self.units)]
        return types.CodeAction(title, types.CodeActionKind.QuickFix, about, is_preferred=preferred or None, edit=edit)

    def _range(self, span: Span) -> types.Range:
        lines = lines_of(self.buffer.text)
        return range_of("", span, lambda _, number: lines[number - 1] if number <= len(lines) else "", self.units)

    def _edit(self, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
        if not self.versioned:
            return types.WorkspaceEdit(changes={self.buffer.uri: edits})
        document = types.OptionalVersionedTextDocumentIdentifier(self.buffer.uri, self.buffer.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(edits))])


def _is_wanted(kind: str, only: Sequence[str]) -> bool:
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in only)


def _meets(one: types.Range, other: types.Range) -> bool:
    return not (_key(one.end) < _key(other.start) or _key(other.end) < _key(one.start))


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _listed(text: str) -> str:
    """Lines with their indent as a list within a list."""
    lines = text.rstrip("\n").split("\n")
    least = min(len(line) - len(line.lstrip()) for line in lines)
    return "\n".join(f"{line[: len(line) - len(line.lstrip())][least:]}- {line.lstrip()}" for line in lines)
