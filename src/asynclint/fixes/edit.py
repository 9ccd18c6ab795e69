"""One file with as many of its fixes as go together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from asynclint.fixes.recipes import RECIPES
from asynclint.fixes.tree import Place, Refused, Tree
from asynclint.model import FileError, Finding, Refusal
from asynclint.source.text import Source, encoding_of


class Edited(NamedTuple):
    """A file's new content, the findings that are fixed in it, and the fixes that cannot be made. The others wait for another round."""

    content: bytes
    made: list[Finding]
    refused: list[Refusal]
    errors: list[FileError]


def edit(source: Source, findings: Sequence[Finding], unsafe: bool) -> Edited:
    """Fix findings of one file, in their order: what overlaps with one before has to wait."""
    refused: list[Refusal] = []
    errors: list[FileError] = []
    try:
        tree = Tree(source)
        made = [finding for finding in findings if _make(tree, finding, unsafe, refused, errors)]
        content = tree.changed().encode(encoding_of(source.data))
    except (Refused, RecursionError) as error:
        reason = str(error) if isinstance(error, Refused) else "the code is nested too deeply"
        return Edited(source.data, [], [Refusal(finding, reason) for finding in findings], errors)
    if made and not _compiles(content) and _compiles(source.data):
        refused += _at_fault(source, made, unsafe)
        guilty = [refusal.finding for refusal in refused]
        again = edit(source, [finding for finding in findings if finding not in guilty], unsafe)
        return again._replace(refused=[*refused, *again.refused], errors=[*errors, *again.errors])
    return Edited(content, made, refused, errors)


def _at_fault(source: Source, made: Sequence[Finding], unsafe: bool) -> list[Refusal]:
    """The fixes that keep a file from being compiled: those that do so alone, else all."""
    reason = "the file would not compile any more"
    if len(made) == 1:
        return [Refusal(made[0], reason)]
    alone = [refusal for finding in made for refusal in edit(source, [finding], unsafe).refused]
    return alone or [Refusal(finding, reason) for finding in made]


def _make(tree: Tree, finding: Finding, unsafe: bool, refused: list[Refusal], errors: list[FileError]) -> bool:
    """Let the recipe of a finding ask for its changes. False where it does not, or has to wait."""
    assert finding.fix is not None
    place = Place(tree, finding, finding.fix, unsafe)
    try:
        RECIPES[finding.fix.recipe](place)
        if not place.changes:
            raise Refused("there is nothing to change")
    except Refused as error:
        refused.append(Refusal(finding, str(error)))
        return False
    except Exception as error:  # our bug costs this fix
        refused.append(Refusal(finding, "asynclint failed here"))
        message = f"the fix of `{finding.name}` failed, please report it: {error!r}"
        errors.append(FileError(finding.path, finding.span.line, message, internal=True))
        return False
    if tree.overlaps(tuple(place.changes)):
        return False
    tree.accept(place.changes, place.imports)
    return True


def _compiles(content: bytes) -> bool:
    """Whether Python takes it: what the parser lets through, such as an ``await`` in a plain function, the compiler refuses."""
    try:
        compile(content, "<fixed>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
