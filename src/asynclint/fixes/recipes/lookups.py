"""A host name is looked up by the loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import libcst as cst

from asynclint.fixes.expressions import awaited
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused

_PARAMETERS: Final = ("host", "port", "family", "type", "proto", "flags")

_POSITIONAL: Final = 2
"""So many of them the loop's own method takes by position."""


def getaddrinfo(place: Place) -> None:
    """``socket.getaddrinfo(h, p)`` becomes ``await asyncio.get_running_loop().getaddrinfo(h, p)``, or the same of another module.

    The word is what to call: ``asyncio.get_running_loop``, or a function like the one in ``socket``.
    """
    call = place.exactly(cst.Call)
    if any(argument.star for argument in call.args):
        raise Refused("the call unpacks arguments")
    path = place.fix.words[0]
    of_loop = path == "asyncio.get_running_loop"
    may_await(place, call)
    name = place.name(path)

    def change(old: cst.CSTNode) -> cst.CSTNode:
        made = cast(cst.Call, old).with_changes(func=place.expression(f"{name}().getaddrinfo" if of_loop else name))
        return awaited(place, call, made.with_changes(args=_by_keyword(made.args)) if of_loop else made)

    place.replace(call, change)


def _by_keyword(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The arguments, those by their names that the loop takes only so."""
    bare = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return [
        argument.with_changes(keyword=cst.Name(name), equal=bare) if number >= _POSITIONAL and argument.keyword is None else argument
        for number, (argument, name) in enumerate(zip(args, _PARAMETERS, strict=False))
    ]
