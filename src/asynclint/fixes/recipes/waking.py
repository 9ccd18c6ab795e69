"""What is asked of a loop from outside, so that it wakes up."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.calls import handed_over
from asynclint.fixes.expressions import keep_comments
from asynclint.fixes.statements import is_path
from asynclint.fixes.tree import Place, Refused


def call_threadsafe(place: Place) -> None:
    """``loop.stop()`` becomes ``loop.call_soon_threadsafe(loop.stop)``, and ``loop.call_soon(f)`` ``loop.call_soon_threadsafe(f)``.

    The word is the name of the method.
    """
    call = place.exactly(cst.Call)
    func = call.func
    if not isinstance(func, cst.Attribute) or func.attr.value != place.fix.words[0] or not is_path(func.value):
        raise Refused("the loop has no name here")
    keep_comments(place, func)
    if func.attr.value == "call_soon":
        place.put(func.attr, cst.Name("call_soon_threadsafe"))
        return
    if call.args:
        raise Refused("the call has arguments")
    keep_comments(place, call)
    ask = f"{place.tree.code(func.value)}.call_soon_threadsafe"
    place.replace(call, lambda old: handed_over(place, cast(cst.Call, old), ask))
