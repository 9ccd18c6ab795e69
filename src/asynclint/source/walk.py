"""One walk over one file: what every name may be, and what every function does with it. See :mod:`asynclint.source.walker`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from asynclint.source import held, late, opened, writers
from asynclint.source.expressions import EXPRESSIONS
from asynclint.source.references import Row
from asynclint.source.statements import STATEMENTS
from asynclint.source.walker import Visit, Walker

_VISITS: Final[dict[type[ast.AST], Visit]] = {**EXPRESSIONS, **STATEMENTS}


def walk(tree: ast.Module, module: str, is_package: bool, known: Sequence[Row] = ()) -> Walker:
    """Walk a tree. `module` is the dotted name of its file, whose table goes on from the rows `known`; the walker holds what was found."""
    walker = Walker(tree, module, is_package, _VISITS, known)
    held.settle(walker)
    writers.settle(walker)
    late.settle(walker)
    opened.settle(walker)
    return walker
