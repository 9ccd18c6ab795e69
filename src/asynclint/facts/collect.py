"""From one walk to the facts of a file."""

from __future__ import annotations

import ast
from array import array
from collections.abc import Sequence

from asynclint.facts.model import ClassFacts, FunctionFacts, ModuleFacts, Parameter, Places
from asynclint.source.references import Row
from asynclint.source.walk import walk


def collect(tree: ast.Module, module: str, is_package: bool, known: Sequence[Row] = ()) -> tuple[ModuleFacts, Places]:
    """Walk a tree and freeze what was found. `module` is the file's dotted name. The table goes on from the rows `known`, those of an
    earlier version of the file: what is as it was has the same number in both.
    """
    walker = walk(tree, module, is_package, known)
    union = walker.references.union
    functions = tuple(
        [
            FunctionFacts(
                body.name,
                body.flags,
                body.parent,
                body.owner,
                body.decorators,
                tuple([Parameter(*parameter) for parameter in body.parameters]),
                body.positional,
                body.result,
                union(body.returned),
                union(body.yielded),
                tuple(body.uses),
            )
            for body in walker.functions
        ]
    )
    classes = tuple(
        [
            ClassFacts(
                klass.name,
                klass.bases,
                klass.metaclass,
                klass.decorators,
                klass.type_parameters,
                klass.scope.bound,
                klass.declared,
                {name: union(rows) for name, rows in klass.assigned.items()},
            )
            for klass in walker.classes
        ]
    )
    spans = array("I")
    starts = array("I")
    lines = array("I")
    count = 0
    for body in walker.functions:
        starts.append(count)
        spans.extend(body.positions)
        lines.extend(body.lines)
        count += len(body.uses)
    places = Places(spans, starts, lines)
    facts = ModuleFacts(
        module,
        walker.references.finish(),
        functions,
        classes,
        walker.module_scope.bound,
        tuple(walker.stars),
        frozenset(walker.imported),
        tuple(walker.stores),
        frozenset(walker.private_names),
    )
    return facts, places
