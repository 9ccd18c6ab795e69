"""Names that a file imports one by one, and what else it takes from the same module."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.tree import Place


def neighbour(place: Place, named: cst.BaseExpression, path: str) -> cst.BaseExpression:
    """How the file calls something of the module that what is written as `named` comes from: ``context.b`` for ``context.a``, and ``b`` for
    ``a``, which is imported beside it: ``from context import a, b``. Where that cannot be, it is called by its whole path."""
    module, _, name = path.rpartition(".")
    if isinstance(named, cst.Attribute):
        return named.with_changes(attr=cst.Name(name))
    text, missing = place.tree.names.of(path, place.finding.span.line, short=True)
    if text is not None and not missing:
        return place.expression(text)
    if text is not None and isinstance(named, cst.Name):
        found = _import_of(place, module, named.value)
        if found is not None and not _is_known(place, name):
            statement, alias = found
            place.replace(statement, lambda old: _with_name(cast(cst.ImportFrom, old), alias, name))
            return cst.Name(name)
    return place.expression(place.name(path))


def _import_of(place: Place, module: str, name: str) -> tuple[cst.ImportFrom, int] | None:
    """The statement of the file itself that imports a name from a module, and the name's number in it."""
    tree = place.tree
    tree.walk(tree.module)
    for line in tree.module.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
                continue
            if statement.relative or statement.module is None or tree.code(statement.module) != module:
                continue
            for number, alias in enumerate(statement.names):
                bound = alias.asname.name if alias.asname is not None else alias.name
                if tree.code(bound) == name and not any(isinstance(part, cst.Comment) for part in tree.walk(alias)):
                    return statement, number
    return None


def _is_known(place: Place, name: str) -> bool:
    """Whether a name is used for anything in the file."""
    found = [node for node in place.tree.walk(place.tree.module) if isinstance(node, cst.Name) and node.value == name]
    outer = [(node, place.tree.parent(node)) for node in found]
    return any(not isinstance(part, cst.Attribute) or part.attr is not node for node, part in outer)


def _with_name(statement: cst.ImportFrom, number: int, name: str) -> cst.ImportFrom:
    """One more name is imported, in front of another one."""
    aliases = list(cast("tuple[cst.ImportAlias, ...]", statement.names))
    between = aliases[number if number + 1 < len(aliases) else number - 1].comma
    comma = between if isinstance(between, cst.Comma) and len(aliases) > 1 else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return statement.with_changes(names=[*aliases[:number], cst.ImportAlias(cst.Name(name), comma=comma), *aliases[number:]])
