"""Sockets that an event loop works with: they do not block."""

from __future__ import annotations

from typing import Final

import libcst as cst

from asynclint.fixes.statements import is_path
from asynclint.fixes.tree import Place, Refused

_NEVER_WAIT: Final = frozenset({
    "bind", "close", "detach", "family", "fileno", "get_inheritable", "getblocking", "getpeername", "getsockname", "getsockopt",
    "gettimeout", "ioctl", "listen", "proto", "set_inheritable", "setsockopt", "share", "shutdown", "timeout", "type",
})  # fmt: skip
"""What a socket has that does the same whether it blocks or not."""


def set_non_blocking(place: Place) -> None:
    """``sock.setblocking(False)`` where the socket is made: behind the assignment, or first in the ``with`` that binds it. The place is the
    call that makes it."""
    made = place.exactly(cst.Call, place.fix.places[0])
    outer = place.tree.parent(made)
    bound: cst.CSTNode
    if isinstance(outer, cst.WithItem) and outer.item is made and outer.asname is not None:
        bound = outer.asname.name
    elif isinstance(outer, cst.AnnAssign) or (isinstance(outer, cst.Assign) and len(outer.targets) == 1):
        bound = outer.target if isinstance(outer, cst.AnnAssign) else outer.targets[0].target
    else:
        raise Refused("the socket is not bound to one name where it is made")
    if not isinstance(bound, (cst.Name, cst.Attribute)) or not is_path(bound):
        raise Refused("the socket is not bound to one name where it is made")
    _check_uses(place, made, bound)
    line = f"{place.tree.code(bound)}.setblocking(False)"
    if isinstance(outer, cst.WithItem):
        block = place.tree.parent(outer)
        assert isinstance(block, cst.With)
        first = block.body.body[0]
        place.tree.walk(block)
        place.before(first, line)
    else:
        place.after(outer, line)


def _check_uses(place: Place, made: cst.Call, bound: cst.Name | cst.Attribute) -> None:
    """Refuse where something is called that waits as long as the socket blocks, and would fail as soon as it does not."""
    function = place.function(made)
    is_name = isinstance(bound, cst.Name)
    name = bound.value if isinstance(bound, cst.Name) else bound.attr.value
    for node in place.tree.walk(function if is_name and function is not None else place.tree.module):
        if not isinstance(node, cst.Attribute) or node.attr.value in _NEVER_WAIT:
            continue
        owner = node.value
        if (isinstance(owner, cst.Name) and is_name and owner.value == name) or (
            isinstance(owner, cst.Attribute) and not is_name and owner.attr.value == name
        ):
            raise Refused(f"`{place.tree.code(node)}` may need a socket that blocks")
