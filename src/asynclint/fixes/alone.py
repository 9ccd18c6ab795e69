"""One file with one of its fixes at a time, as edits of its text."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from asynclint.fixes.difference import applied, difference, lines_of, merged
from asynclint.fixes.edit import asked, compiles, failure
from asynclint.fixes.tree import Refused, Tree
from asynclint.model import Edit, FileError, Finding
from asynclint.source.text import Source, encoding_of


def edits_of(source: Source, findings: Iterable[Finding], unsafe: bool) -> tuple[dict[Finding, tuple[Edit, ...]], list[FileError]]:
    """The edits of each finding of a file whose fix can be made, in the order of the text; and what failed inside of asynclint."""
    edits: dict[Finding, tuple[Edit, ...]] = {}
    errors: list[FileError] = []
    try:
        file = _File(source)
    except Refused:
        return edits, errors
    for finding in findings:
        try:
            edits[finding] = file.edits(finding, unsafe)
        except (Refused, RecursionError):
            continue
        except Exception as error:  # our bug costs this fix
            errors.append(failure(finding, error))
    return edits, errors


class _File:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._tree = Tree(source)
        self._lines = lines_of(source.text)
        self._imports: dict[frozenset[str], tuple[Edit, ...]] = {}

    def edits(self, finding: Finding, unsafe: bool) -> tuple[Edit, ...]:
        """The edits of one finding. Raises Refused."""
        place = asked(self._tree, finding, unsafe)
        needed = frozenset(place.imports)
        if needed not in self._imports:
            self._imports[needed] = self._difference(self._tree.with_imports(self._tree.module, needed)) if needed else ()
        module = self._tree.with_changes(place.changes)
        edits = merged(self._difference(module), self._imports[needed])
        if edits is None:  # one and the same line: then not one after the other
            edits = self._difference(self._tree.with_imports(module, needed))
        if not edits or not compiles(applied(self._lines, edits).encode(encoding_of(self._source.data))):
            raise Refused("the file would not compile any more")
        return edits

    def _difference(self, module: cst.Module) -> tuple[Edit, ...]:
        return difference(self._source.path, self._lines, lines_of(self._tree.written(module)))
