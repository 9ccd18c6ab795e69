"""What the rules about loops have in common: each reach of their effect is a finding, with advice for a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from asynclint.model import Finding, Fix
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Function
from asynclint.rules.advice import framework_of
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC

_CHECKPOINTS: Final = {
    "asyncio": "await asyncio.sleep(0)",
    "trio": "await trio.lowlevel.checkpoint()",
    "anyio": "await anyio.sleep(0)",
    "curio": "await curio.sleep(0)",
}


def checkpoint(module: Module) -> str:
    """What lets other tasks run, in the framework of a file."""
    return _CHECKPOINTS[framework_of(module)]


def report(
    view: View, rule: Rule, reaches: Sequence[Reach], instead: str, offer: Callable[[View, Function, int], Fix | None]
) -> Iterator[Finding]:
    """One finding a reach; each loop is a group of its own.

    `instead` is what to do about a loop that stands in the coroutine itself; ``{}`` in it is a checkpoint. `offer` gives its fix.
    """
    for reach in reaches:
        is_here = not reach.way and reach.root.facts.flags & ASYNC
        advice = instead.replace("{}", f"`{checkpoint(reach.root.module)}`") if is_here else ""
        finding = view.of_reach(rule, reach, advice=advice, fix=offer(view, reach.root, reach.number) if is_here else None)
        yield finding if reach.way else finding._replace(group=f"{rule.name}:{finding.path}:{finding.span.line}:{finding.span.column}")
