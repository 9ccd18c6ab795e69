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
    except (Refused, RecursionError) as error:
        return Edited(source.data, [], [Refusal(finding, _reason(error)) for finding in findings], errors)
    content = b""
    reason = ""
    try:
        content = tree.changed().encode(encoding_of(source.data))
        if made and not compiles(content) and compiles(source.data):
            reason = "the file would not compile any more"
    except Exception as error:
        reason = _reason(error)
        if not isinstance(error, (Refused, RecursionError)) and len(made) == 1:
            errors.append(failure(made[0], error))
    if not reason or not made:
        return Edited(content, made, refused, errors)
    for edited in [edit(source, [finding], unsafe) for finding in made if len(made) > 1]:
        refused += edited.refused
        errors += edited.errors
    guilty = [refusal.finding for refusal in refused]
    if not any(finding in guilty for finding in made):  # none of them alone
        refused += [Refusal(finding, reason) for finding in made]
        guilty += made
    again = edit(source, [finding for finding in findings if finding not in guilty], unsafe)
    return again._replace(refused=[*refused, *again.refused], errors=[*errors, *again.errors])


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the code is nested too deeply"
    return str(error) if isinstance(error, Refused) else "asynclint failed here"


def failure(finding: Finding, error: Exception) -> FileError:
    """The error that our bug makes: it costs this fix, and nothing else."""
    message = f"the fix of `{finding.name}` failed, please report it: {error!r}"
    return FileError(finding.path, finding.span.line, message, internal=True)


def asked(tree: Tree, finding: Finding, unsafe: bool) -> Place:
    """What the recipe of a finding asks for. Raises Refused, and what goes wrong inside of the recipe."""
    assert finding.fix is not None
    place = Place(tree, finding, finding.fix, unsafe)
    RECIPES[finding.fix.recipe](place)
    if not place.changes:
        raise Refused("there is nothing to change")
    return place


def _make(tree: Tree, finding: Finding, unsafe: bool, refused: list[Refusal], errors: list[FileError]) -> bool:
    """Let the recipe of a finding ask for its changes. False where it does not, or has to wait."""
    try:
        place = asked(tree, finding, unsafe)
    except Exception as error:
        refused.append(Refusal(finding, _reason(error)))
        if not isinstance(error, Refused):
            errors.append(failure(finding, error))
        return False
    if tree.overlaps(tuple(place.changes)):
        return False
    tree.accept(place.changes, place.imports)
    return True


def compiles(content: bytes) -> bool:
    """Whether Python takes it: what the parser lets through, such as an ``await`` in a plain function, the compiler refuses."""
    try:
        compile(content, "<fixed>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
