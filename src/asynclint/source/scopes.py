"""What a name is bound to, where: the scopes that the walk goes through.

A scope's *environment* holds what its names are bound to at the place where the walk stands: the last binding above it in a
straight line, or the union of what the branches before it bound. What is known of a path (``self.client``, a key with a dot: it was
assigned or tested above) stands beside the names. Functions are walked after the scope around them, so what they see of it is
everything that it ever bound.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Final

from asynclint.source.references import References

Environment = dict[str, int]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

# Flags of a function.
ASYNC: Final = 1
GENERATOR: Final = 2
LAMBDA: Final = 4
MODULE: Final = 8
IN_TYPING: Final = 16
"""Defined under ``if TYPE_CHECKING``: never runs."""
STUB: Final = 32
"""It is abstract, or its body is ``...`` or only raises NotImplementedError: others are meant to say what it does."""
GIVES_NOTHING: Final = 64
"""Its body comes to its end, and no ``return`` in it gives a value."""
HANDLES_ERRORS: Final = 128
"""Nothing that its body does can raise an ordinary error out of it: see :mod:`asynclint.source.handling`."""
ONLY_RAISES: Final = 256
"""All that its body does is to raise another error: ``def __enter__(self): raise TypeError("use async with")``."""
EMPTY: Final = 512
"""Its body does nothing: ``pass``, or it returns a constant."""
TELLS_ERRORS: Final = 1024
"""It logs the errors that it does not handle, and raises them again."""


class Scope:
    """A module, class or function body. `parent` is the scope whose names it sees (a method does not see its class)."""

    __slots__ = (
        "bound", "captured", "class_number", "environment", "foreign", "function", "global_names", "loaded", "outer_names", "parent",
    )  # fmt: skip

    def __init__(self, parent: Scope | None, function: int, class_number: int = -1) -> None:
        self.parent = parent
        self.function = function
        self.class_number = class_number
        self.environment: Environment = {}
        self.bound: dict[str, int] = {}
        self.foreign: set[str] = set()
        """Names bound so far for other systems than Linux only: a binding for all, or for Linux, takes their place."""
        self.loaded: Counter[str] = Counter()
        """Names that its own code has read so far, and how often."""
        self.captured: set[str] = set()
        """Names that scopes inside have read so far."""
        self.global_names: set[str] = set()
        self.outer_names: set[str] = set()

    def bind(self, name: str, row: int, references: References) -> None:
        """Bind a name here and now."""
        self.environment[name] = row
        before = self.bound.get(name)
        if before is None:
            self.bound[name] = row
        elif before != row:
            self.bound[name] = references.union([before, row])


def join(first: Environment, second: Environment, references: References, has_paths: bool) -> Environment:
    """The environment after two branches: where they differ, the union; what only one knows of a path (`has_paths`) is forgotten."""
    if first == second:
        return first
    joined = dict(first)
    for name, row in second.items():
        other = first.get(name)
        if other is None:
            if not has_paths or "." not in name:
                joined[name] = row
        elif other != row:
            base = references.broad(row)
            joined[name] = base if base == references.broad(other) else references.union([other, row])
    if has_paths:
        for name in first:
            if "." in name and name not in second:
                del joined[name]
    return joined
