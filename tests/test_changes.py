"""What the knowledge says is gone, is gone in the running Python, and what is not yet, is there."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import warnings

import pytest

from asynclint.knowledge.load import bundled_names, read_bundled
from asynclint.knowledge.schema import ChangeEntry
from asynclint.project.questions.versions import parse_version


def changes() -> list[tuple[str, ChangeEntry]]:
    found = [file for file in map(read_bundled, bundled_names()) if file is not None and file.distribution == "python"]
    return [(name, change) for file in found for change in file.changes for name in change.names]


def resolve(name: str) -> object:
    """What stands behind a dotted name; None where there is nothing."""
    top, *rest = name.split(".")
    found: object = None
    with warnings.catch_warnings(), contextlib.suppress(ImportError, AttributeError):
        warnings.simplefilter("ignore")
        found = importlib.import_module(top)
        for part in rest:
            found = getattr(found, part)
        return found
    return None


def has_parameter(function: object, name: str) -> bool:
    """Whether a callable has a parameter of its own for this, other than one that only says that it is gone."""
    assert callable(function)
    parameter = inspect.signature(function).parameters.get(name)
    return parameter is not None and type(parameter.default).__name__ != "object"


@pytest.mark.parametrize(("name", "change"), changes(), ids=lambda value: value if isinstance(value, str) else "")
def test_change(name: str, change: ChangeEntry) -> None:
    if "Windows" in name and sys.platform != "win32":
        pytest.skip("of another system")
    removed = parse_version(change.removed) if change.removed is not None else None
    is_gone = removed is not None and sys.version_info[:2] >= removed
    found = resolve(name.replace(".AbstractEventLoop.", ".BaseEventLoop."))  # the abstract class keeps what it had
    if change.parameter is None:
        assert (found is None) == is_gone
    else:
        assert found is not None
        assert not (is_gone and has_parameter(found, change.parameter))
