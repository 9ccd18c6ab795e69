"""How often loops in each other go round, as far as the program tells: constants, sizes of data, the pixels of an image."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final, NamedTuple

from asynclint.project.linking.base import constant
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, Constant, External, Instance
from asynclint.source.references import ATTR, CALL, COLLECTION, CONST, ITEM, STAR

LARGE: Final = 1_000_000
"""So many rounds take 30 ms and more, whatever is done in them."""

LONG: Final = 1000
"""A loop that goes round so often for each element of a collection, may be large."""

_SHORT: Final = 16
"""What is written out, is not longer than this, as a rule."""

_PIXELS: Final = 1000
"""An image is about so wide and so high."""

_SAME_SIZE: Final = frozenset(
    {"builtins.enumerate", "builtins.list", "builtins.reversed", "builtins.set", "builtins.sorted", "builtins.tuple"}
)
"""What they give has as many elements as what they are given."""

_IMAGE: Final = "PIL.Image.Image"
_DEEPEST: Final = 4


class Extent(NamedTuple):
    """How often the innermost of some loops goes round: `known` times, times the sizes of `collections` collections that are not known."""

    known: int
    collections: int


def extent_of(linker: Linker, module: Module, chain: Sequence[int]) -> Extent:
    """How often the innermost of some loops goes round, if each goes through one of these rows."""
    sizes = [size_of(linker, module, row) for row in chain]
    return Extent(prod(size for size in sizes if size is not None), sizes.count(None))


def size_of(linker: Linker, module: Module, row: int, depth: int = 0) -> int | None:
    """How many elements going through a row gives; None where that hangs on data."""
    operation, callee, _, rest = module.rows[row]
    if operation == CONST:
        return _SHORT
    if operation == COLLECTION:
        return min(len(rest), _SHORT) if rest != (0,) else _SHORT
    if operation == CALL:
        name = _name_of(linker, module, callee)
        if name == "builtins.range":
            return _length_of_range(linker, module, rest)
        if name in _SAME_SIZE and rest and depth < _DEEPEST:
            return size_of(linker, module, rest[0], depth + 1)
        if name == "builtins.zip" and rest and depth < _DEEPEST:
            sizes = [size for size in (size_of(linker, module, part, depth + 1) for part in rest) if size is not None]
            return min(sizes) if sizes else None
    value = linker.value(module, row)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    if isinstance(only, (Class, Constant)):
        return _SHORT  # the members of an enumeration
    if isinstance(only, Instance) and only.klass.name == "builtins.tuple" and only.exact and only.arguments:
        return min(len(only.arguments), _SHORT)
    return None


def _name_of(linker: Linker, module: Module, callee: int) -> str:
    alternatives = linker.value(module, callee).alternatives
    only = alternatives[0] if len(alternatives) == 1 else None
    return only.name if isinstance(only, (External, Class)) else ""


def _length_of_range(linker: Linker, module: Module, arguments: tuple[int, ...]) -> int | None:
    numbers: list[int] = []
    for argument in arguments:
        if _is_of_image(linker, module, argument):
            return _PIXELS
        value = linker.value(module, argument)
        only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
        number = constant(only.text) if isinstance(only, Constant) else None
        if not isinstance(number, int):
            return None
        numbers.append(number)
    if not 1 <= len(numbers) <= 3 or (len(numbers) == 3 and not numbers[2]) or module.rows[arguments[0]][0] == STAR:
        return None
    return len(range(*numbers))


def _is_of_image(linker: Linker, module: Module, row: int) -> bool:
    """Whether a row is the width or height of an image: ``image.width``, ``image.size[0]``."""
    operation, base, name, _ = module.rows[row]
    if operation == ITEM:
        operation, base, name, _ = module.rows[base]
        if name != "size":
            return False
    if operation != ATTR or name not in ("width", "height", "size"):
        return False
    owners = linker.value(module, base).alternatives
    return bool(owners) and all(isinstance(owner, Instance) and owner.klass.derives_from(_IMAGE) for owner in owners)
