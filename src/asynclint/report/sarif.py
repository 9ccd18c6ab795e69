"""The form for code scanning: SARIF 2.1.0, one JSON document in ASCII.

It holds the rules that occur, each with its page, and nothing of the machine: files are named from the root of the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from asynclint import __version__
from asynclint.model import Edit, FileError, Finding, Report, Span, Step
from asynclint.report.fingerprints import fingerprints, of_finding
from asynclint.report.levels import level, loudest
from asynclint.report.paths import RepositoryPaths
from asynclint.report.printable import encodable

if TYPE_CHECKING:
    from asynclint.api import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_ROOT = "%SRCROOT%"
_LONGEST_DESCRIPTION = 1000
"""In characters: GitHub takes a little more."""


def render(report: Report) -> Iterator[str]:
    """Yield the whole document at once."""
    import json

    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_Run(report).document()]}, indent=2)


class _Run:
    def __init__(self, report: Report) -> None:
        from asynclint.api import all_rules

        self._report = report
        self._paths = RepositoryPaths()
        names = {finding.name for finding in report.findings}
        self._rules = [rule for rule in all_rules() if rule.name in names]

    def document(self) -> dict[str, Any]:
        report = self._report
        numbers = {rule.name: number for number, rule in enumerate(self._rules)}
        marks = fingerprints(of_finding(finding, self._paths) for finding in report.findings)
        return {
            "tool": {
                "driver": {
                    "name": "asynclint",
                    "version": __version__,
                    "semanticVersion": __version__,
                    "rules": [_rule(rule) for rule in self._rules],
                }
            },
            "invocations": [
                {
                    "executionSuccessful": not any(error.given or error.internal for error in report.errors),
                    "toolExecutionNotifications": [self._notification(error) for error in report.errors],
                }
            ],
            "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": [self._result(finding, numbers[finding.name], mark) for finding, mark in zip(report.findings, marks, strict=True)],
        }

    def _notification(self, error: FileError) -> dict[str, Any]:
        region = None if error.line is None else {"startLine": error.line}
        return {
            "level": "error" if error.given or error.internal else "warning",
            "message": {"text": encodable(error.message)},
            "locations": [{"physicalLocation": self._place(error.path, region)}],
        }

    def _result(self, finding: Finding, rule: int, fingerprint: str) -> dict[str, Any]:
        location: dict[str, Any] = {"physicalLocation": self._place(finding.path, _region(finding.span))}
        location |= _function(finding.function)
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": rule,
            "level": level(finding),
            "message": {"text": self._message(finding)},
            "locations": [location],
            "partialFingerprints": {"primaryLocationLineHash": fingerprint},
            "properties": {"certainty": str(finding.certainty), "kind": finding.kind},
        }
        if finding.way:
            steps = [self._step(step) for step in finding.way]
            root = {**location, "message": {"text": _unlinked(finding.message)}}
            result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in (root, *steps)]}]}]
            result["relatedLocations"] = [{"id": number, **step} for number, step in enumerate(steps, start=1)]
        if finding.fix is not None and (edits := self._report.edits.get(finding)):
            change = {"artifactLocation": self._file(finding.path), "replacements": [_replacement(edit) for edit in edits]}
            result["fixes"] = [{"description": {"text": _unlinked(finding.fix.title)}, "artifactChanges": [change]}]
        return result

    def _message(self, finding: Finding) -> str:
        """What is wrong, with a link to where the way ends, and what to do. Services show the first sentence where room is short."""
        text = _unlinked(finding.message)
        if finding.way:
            sink = finding.way[-1]
            text += f" ([{_link_text(f'{self._paths.relative(sink.path)}:{sink.line}')}]({len(finding.way)}))"
        return f"{text}. {_unlinked(finding.advice)}" if finding.advice else f"{text}."

    def _step(self, step: Step) -> dict[str, Any]:
        return {
            "physicalLocation": self._place(step.path, {"startLine": step.line, "startColumn": step.column}),
            **_function(step.function),
            "message": {"text": _unlinked(f"`{step.function}` {step.text}" if step.function else step.text)},
        }

    def _place(self, path: str, region: dict[str, int] | None) -> dict[str, Any]:
        return {"artifactLocation": self._file(path), **({} if region is None else {"region": region})}

    def _file(self, path: str) -> dict[str, Any]:
        uri, is_inside = self._paths.uri(path)
        return {"uri": uri, "uriBaseId": _ROOT} if is_inside else {"uri": uri}


def _region(span: Span) -> dict[str, int]:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _function(name: str) -> dict[str, Any]:
    return {"logicalLocations": [{"fullyQualifiedName": encodable(name), "kind": "function"}]} if name else {}


def _rule(rule: Rule) -> dict[str, Any]:
    page = rule.page.strip()
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _plain(rule.summary)},
        "fullDescription": {"text": _plain(_section(page, "What it reports"))[:_LONGEST_DESCRIPTION]},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": loudest(rule)},
        "properties": {
            "tags": ["async", rule.category],
            "precision": "high" if rule.default else "medium",
            "problem.severity": loudest(rule),
        },
    }


def _section(page: str, title: str) -> str:
    """The text of a section of a rule's page, in one line."""
    found = re.search(rf"^## {re.escape(title)}\n+(.*?)(?=\n## |\Z)", page, re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else page.partition("\n\n")[0]


def _plain(markdown: str) -> str:
    return markdown.replace("``", "`")


def _unlinked(text: str) -> str:
    """A text in which ``items[0](1)`` is code, and no link."""
    return encodable(text).replace("](", "\\](")


def _link_text(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", text)
