"""What a file calls something from a library at one of its lines, and whether the name means that there.

Bindings are read from the compiler's own symbol tables, imports from the tree of ``ast``: neither runs anything.
"""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from asynclint.source.text import Source


class _Import(NamedTuple):
    """A name that is bound to a dotted path by an import on this line."""

    name: str
    path: str
    line: int


class _Scope:
    """A module, function or class: what it binds, and what its own straight code imports."""

    def __init__(self, table: symtable.SymbolTable, body: list[ast.stmt]) -> None:
        self.table = table
        self.is_function = table.get_type() == "function"
        self.imports = list(_imports(body))

    @cached_property
    def hidden(self) -> frozenset[str]:
        """What lambdas and comprehensions in it bind, which have no lines of their own."""
        return frozenset(name for table in _nested(self.table) for name in _locals(table))

    def binds(self, name: str) -> bool:
        """Whether a name is the scope's own."""
        try:
            symbol = self.table.lookup(name)
        except KeyError:
            return False
        return symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter()

    def only_imports(self, name: str) -> bool:
        """Whether nothing but imports binds a name of the scope, and all to the same."""
        symbol = self.table.lookup(name)
        paths = {found.path for found in self.imports if found.name == name}
        return symbol.is_imported() and not symbol.is_assigned() and not symbol.is_parameter() and len(paths) <= 1


class _Region(NamedTuple):
    """The lines of a function's or a class's body, and what names mean there, the innermost scope first, the module last."""

    first: int
    last: int
    scopes: list[_Scope]


class Names:
    """The names of one file and its `tree`. Raises SyntaxError where names are used in a way that the compiler refuses."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._tree = tree
        self._table = symtable.symtable(source.text, f"<{source.path}>", "exec")

    def of(self, path: str, line: int, *, short: bool = False) -> tuple[str | None, str]:
        """The text by which the code on a line reaches a dotted path, and the module that must be imported for it (empty where it is).

        Of several texts it is the shortest where `short` is wanted, else that by the module. It is None where the name of that module is
        taken by something else.
        """
        scopes = self._scopes(line)
        hidden = scopes[0].hidden
        known: list[tuple[int, str]] = []
        for depth, scope in enumerate(scopes):
            for found in scope.imports:
                is_it = path == found.path or path.startswith(f"{found.path}.")
                comes_first = found.line < line or (scope is scopes[-1] and any(other.is_function for other in scopes))
                inner = any(other.binds(found.name) for other in scopes[:depth])
                if is_it and comes_first and not inner and found.name not in hidden and scope.only_imports(found.name):
                    known.append((len(found.path), found.name + path[len(found.path) :]))
        if known:
            return (max if short else min)(known)[1], ""
        top = path.partition(".")[0]
        module = scopes[-1]
        taken = top in hidden or any(scope.binds(top) for scope in scopes[:-1])
        if taken or (module.binds(top) and not (module.only_imports(top) and self._imported_as_itself(top))):
            return None, top
        return path, top

    def is_local(self, name: str, line: int) -> bool:
        """Whether a function around a line, or a comprehension or lambda in it, binds a name."""
        scopes = self._scopes(line)
        return name in scopes[0].hidden or any(scope.binds(name) for scope in scopes[:-1])

    def imported(self, name: str) -> set[str]:
        """The dotted paths that imports anywhere in the file bind to a name."""
        return {found.path for node in ast.walk(self._tree) for found in _imports_of(node) if found.name == name}

    def _imported_as_itself(self, top: str) -> bool:
        """Whether all imports that bind the name anywhere bind it to the module of that name: ``if TYPE_CHECKING: import asyncio``."""
        return all(found.path == top for node in ast.walk(self._tree) for found in _imports_of(node) if found.name == top)

    def _scopes(self, line: int) -> list[_Scope]:
        """The functions around a line, the innermost first, and the module; before them, a class, where the line is its own code."""
        return next(region.scopes for region in reversed(self._regions) if region.first <= line <= region.last)

    @cached_property
    def _regions(self) -> list[_Region]:
        """All of them, those around before those inside."""
        scopes = [_Scope(self._table, self._tree.body)]
        regions = [_Region(0, sys.maxsize, scopes)]
        queue: list[tuple[ast.AST, symtable.SymbolTable, list[_Scope]]] = [(self._tree, self._table, scopes)]
        while queue:
            node, table, scopes = queue.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                table = _table_of(node, table)
                own = [_Scope(table, node.body), *scopes]
                regions.append(_Region(node.body[0].lineno, node.end_lineno or 0, own))
                if not isinstance(node, ast.ClassDef):
                    scopes = own
            if not isinstance(node, ast.expr):
                queue += [(child, table, scopes) for child in ast.iter_child_nodes(node)]
        return regions


def _table_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, around: symtable.SymbolTable) -> symtable.SymbolTable:
    """The table of a function or class. Type parameters (``def f[T]()``) have one of their own around it, with the same name."""
    while True:
        around = next(child for child in around.get_children() if child.get_name() == node.name and child.get_lineno() == node.lineno)
        if around.get_type() in ("function", "class"):
            return around


def _imports(body: list[ast.stmt]) -> Iterator[_Import]:
    """What straight code imports: also in a ``try``, which handles that it is not there."""
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from _imports(statement.body)
        yield from _imports_of(statement)


def _imports_of(node: ast.AST) -> Iterator[_Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield _Import(alias.asname or top, alias.name if alias.asname else top, node.lineno)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            yield _Import(alias.asname or alias.name, f"{module}.{alias.name}", node.lineno)


def _nested(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """The scopes of lambdas and comprehensions in a function, which have no line range of their own."""
    for child in table.get_children():
        if child.get_type() != "class" and child.get_name() in ("lambda", "listcomp", "setcomp", "dictcomp", "genexpr"):
            yield child
            yield from _nested(child)


def _locals(table: symtable.SymbolTable) -> Iterator[str]:
    return (symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_parameter())
