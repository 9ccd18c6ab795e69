"""What tells a finding from others for as long as its line stays what it is, wherever in the file that moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from asynclint.model import FileError, Finding
from asynclint.report.paths import RepositoryPaths

Identity = tuple[str, ...]


def of_finding(finding: Finding, paths: RepositoryPaths) -> Identity:
    """The rule, the file, the function, what is called, and the text of the line; not the message, which may get better."""
    return (finding.code, paths.relative(finding.path), finding.function, finding.subject, finding.source_line.strip())


def of_error(error: FileError, paths: RepositoryPaths) -> Identity:
    """The file and what is wrong with it."""
    return ("error", paths.relative(error.path), error.message)


def fingerprints(identities: Iterable[Identity]) -> list[str]:
    """A fingerprint for each identity, in their order. No two are equal: those of equal identities are numbered."""
    import hashlib

    seen: Counter[Identity] = Counter()
    result = []
    for identity in identities:
        text = "\0".join([*identity, str(seen[identity])])
        seen[identity] += 1
        result.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return result
