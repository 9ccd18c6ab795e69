"""What an editor sets: the keys of ``[tool.asynclint]``, and what concerns the server alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CODE_LENS = "code-lens"
WORKSPACE_DIAGNOSTICS = "workspace-diagnostics"

_OF_CLIENTS = frozenset({"interpreter", "trace"})
"""What our extension of VS Code keeps in the same place for itself."""


class Options(NamedTuple):
    """The settings of an editor. `settings` go above those of configuration files."""

    settings: Mapping[str, object]
    code_lens: bool
    workspace_diagnostics: bool


def options_of(*given: object) -> Options:
    """What an editor has given, be it anything; the later stands above the earlier."""
    values = {key: value for layer in given for key, value in _values(layer).items() if value is not None}
    code_lens = values.pop(CODE_LENS, True)
    everything = values.pop(WORKSPACE_DIAGNOSTICS, True)
    settings = {key: value for key, value in values.items() if key not in _OF_CLIENTS}
    return Options(settings, code_lens is not False, everything is not False)


def _values(given: object) -> dict[str, object]:
    """A table of settings, or what it has in our name."""
    values = {str(key): value for key, value in given.items()} if isinstance(given, Mapping) else {}
    return _values(values["asynclint"]) if isinstance(values.get("asynclint"), Mapping) else values
