"""What is done with a client, a connection or a session, and with what it gives: in one function, that is one finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from asynclint.model import Finding
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.values import Instance
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, ENTER, ITEM, ITER
from asynclint.source.uses import USE_CALL

_SAID: Final = {"__enter__": "enters it", "__exit__": "leaves it", "__iter__": "iterates it"}
"""What a method does that is not called by its name."""


def report_by_client(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of what is done directly with one handle, one at the first, which names the rest."""
    handles: dict[int, list[Reach]] = {}
    for reach in reaches:
        if reach.way:
            yield view.of_reach(rule, reach, fix=in_thread(view, reach))
        else:
            handles.setdefault(_handle(view, reach), []).append(reach)
    for first, *others in handles.values():
        first = first._replace(certainty=max(reach.certainty for reach in (first, *others)))
        names = dict.fromkeys(_operation(other) for other in sorted(others, key=lambda other: other.sink.name.endswith("__exit__")))
        note = f" (and then: {', '.join(names)})" if names else ""
        yield view.of_reach(rule, first, note, fix=in_thread(view, first, others))


def _operation(reach: Reach) -> str:
    name = reach.sink.name.rpartition(".")[2]
    return _SAID.get(name, f"`.{name}`")


def _handle(view: View, reach: Reach) -> int:
    """The row of what the work of a use begins with: of a query its session, of a cursor its connection, of any other call itself."""
    module = reach.root.module
    top = reach.sink.name.partition(".")[0]
    kind, handle, _, _ = reach.root.facts.uses[reach.number]
    if kind == USE_CALL and reach.sink.name.endswith(".__iter__") and module.rows[handle][3]:
        handle = module.rows[handle][3][0]  # what a call goes through
    row = handle
    made_here = {use[1] for use in reach.root.facts.uses}
    while row:
        known = [one for one in view.linker.value(module, row).alternatives if isinstance(one, Instance)]
        if row != handle and any(base.name.partition(".")[0] == top for one in known for base in one.klass.mro):
            handle = row
        origins = [one.made[1] for one in known if one.made is not None and one.made[0] is module]
        operation, below, _, _ = module.rows[row]
        if origins and origins[0] in made_here and origins[0] < row:
            row = origins[0]  # whatever it went through, such as `closing`
        else:
            row = below if operation in (ATTR, CALL, ENTER, ITEM, ITER) else 0
    return module.broad(handle)
