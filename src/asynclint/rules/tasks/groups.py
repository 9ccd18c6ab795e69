"""Task groups and nurseries, and the calls that start a task in one."""

from __future__ import annotations

from typing import Final

from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Instance, Value
from asynclint.rules.view import View
from asynclint.source.references import ATTR

_GROUPS: Final = ("asyncio.TaskGroup", "anyio.abc.TaskGroup", "trio.Nursery")
_STARTS: Final = frozenset({"create_task", "start_soon"})
"""Methods that start a task and go on at once."""


def is_group(value: Value) -> bool:
    """Whether a value certainly is a task group or a nursery."""
    if value.open or not value.alternatives:
        return False
    return all(isinstance(part, Instance) and any(map(part.klass.derives_from, _GROUPS)) for part in value.alternatives)


def started_in(view: View, module: Module, call: int) -> int:
    """The row of the group in which a call starts a task; 0 where it does no such thing."""
    callee = module.rows[call][1]
    operation, group, method, _ = module.rows[callee]
    if operation != ATTR or method not in _STARTS:
        return 0
    known = [part for part in view.linker.value(module, callee).alternatives if isinstance(part, External)]
    is_known = len(known) == 1 and known[0].name.rpartition(".")[0] in _GROUPS
    return module.broad(group) if is_known and is_group(view.linker.value(module, group)) else 0
