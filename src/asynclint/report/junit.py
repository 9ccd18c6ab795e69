"""The form for servers that show test results: JUnit's XML, in ASCII. A file is a suite of tests, each finding a test that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from asynclint.model import FileError, Finding, Report
from asynclint.report.paths import RepositoryPaths
from asynclint.report.printable import printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def render(report: Report) -> Iterator[str]:
    """Yield the whole document at once. Where nothing is found, one test passes: servers take an empty file for a failure."""
    from xml.etree import ElementTree

    paths = RepositoryPaths()
    root = ElementTree.Element("testsuites", name="asynclint")
    items: list[Finding | FileError] = [*report.findings, *report.errors]
    items.sort(key=lambda item: item.path)  # stable: findings by place, then errors
    for path, of_file in groupby(items, key=lambda item: item.path):
        _suite(root, paths.relative(path), list(of_file))
    if not items:
        suite = ElementTree.SubElement(root, "testsuite", name="asynclint", tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", name="no findings", classname="asynclint")
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    yield ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True).decode("ascii")


def _suite(root: Element, path: str, items: list[Finding | FileError]) -> None:
    from xml.etree.ElementTree import SubElement

    errors = sum(isinstance(item, FileError) for item in items)
    counts = {"tests": str(len(items)), "failures": str(len(items) - errors), "errors": str(errors)}
    name = printable(path)
    suite = SubElement(root, "testsuite", {"name": name, **counts, "file": name})
    seen: Counter[str] = Counter()
    for item in items:
        if isinstance(item, Finding):
            title = _title(item)
            seen[title] += 1
            test = SubElement(suite, "testcase", name=title if seen[title] == 1 else f"{title} ({seen[title]})", classname=name)
            failure = SubElement(test, "failure", type=item.name, message=printable(item.message))
            failure.text = "\n".join(_lines(item))
        else:
            test = SubElement(suite, "testcase", name="analysis" if item.line is None else f"analysis, line {item.line}", classname=name)
            SubElement(test, "error", type="not-analysed", message=printable(item.message))


def _title(finding: Finding) -> str:
    """The name of a test. A server remembers since when it fails, so it has no line number."""
    what = f": {printable(finding.subject)}" if finding.subject else ""
    where = f" in {printable(finding.function)}" if finding.function else ""
    return f"{finding.name} [{finding.code}]{what}{where}"


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{printable(finding.path)}:{finding.span.line}:{finding.span.column}: {printable(finding.message)} ({finding.certainty})"
    yield f"  {printable(finding.source_line.strip())}"
    for number, step in enumerate(finding.way, start=1):
        yield f"{number}. {printable(step.path)}:{step.line}:{step.column}: {printable(step.function)} {printable(step.text)}"
        yield f"  {printable(step.source_line.strip())}"
    if finding.advice:
        yield printable(finding.advice)
