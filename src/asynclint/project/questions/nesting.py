"""Whether a program changes asyncio so that a loop can be run inside of one that runs."""

from __future__ import annotations

from asynclint.project.linking.link import Linker
from asynclint.project.linking.values import External


def nests_loops(linker: Linker) -> bool:
    """Whether any of its files calls what does so, such as ``nest_asyncio.apply``."""
    names = linker.knowledge.nesting
    if not names:
        return False
    for module in linker.modules.values():
        for name, call in module.calls():
            if name in names:
                for callee in linker.value(module, module.rows[call][1]).alternatives:
                    if isinstance(callee, External) and callee.entry is not None and callee.entry.nests_loops:
                        return True
    return False
