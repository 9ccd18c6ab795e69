"""The door to libcst: one file's tree, the places of findings in it, and the edits that recipes ask for.

A recipe sees a :class:`Place`: it finds the node at the finding's place, looks whether the pattern still stands, and says what becomes of
which node. Nothing is changed until :meth:`Tree.changed`; then one transformer makes all changes of the file, and goes only where
there are some. A recipe that does not recognise what it sees raises :class:`Refused`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TypeVar, cast

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import CodeRange, ExpressionContext, ExpressionContextProvider, MetadataWrapper, PositionProvider

from asynclint.fixes.names import Names
from asynclint.model import Finding, Fix, Safety, Span
from asynclint.source.text import Source

Change = Callable[[cst.CSTNode], "cst.CSTNode | cst.FlattenSentinel[cst.CSTNode] | cst.RemovalSentinel"]
"""Makes the new node of the old one, in which changes further inside are made already."""

_Node = TypeVar("_Node", bound=cst.CSTNode)

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
"""What stands in a block of statements on lines of its own."""

_MOST_LEVELS = 500
"""So deep a tree is given to libcst. Its visitors give up at less, with a RecursionError."""

_MANY_LOOKUPS = 20
"""From so many questions about places on, all nodes are indexed by theirs, rather than looked for each time."""

_BLOCKS = (cst.IndentedBlock, cst.Module)
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)
_LISTS = (cst.SimpleStatementLine, cst.SimpleStatementSuite)
"""What holds small statements, separated by semicolons."""


class Refused(Exception):
    """A fix cannot be made here. ``str(error)`` is the reason: half a sentence."""


class Tree:
    """The tree of a file that Python has parsed. Raises Refused where libcst cannot give back the file as it is."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._written: dict[cst.CSTNode, str] = {}
        try:
            syntax = ast.parse(source.data, f"<{source.path}>")
            if _is_deep(syntax):
                raise RecursionError
            self.names = Names(source, syntax)
            self.module = cst.parse_module(source.text)
            is_kept = self.written(self.module) == source.text
            ranges = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        except SyntaxError as error:  # the parser lets it through, the compiler does not
            raise Refused(f"Python does not compile the file: {error.msg}") from None
        except RecursionError:
            raise Refused("the file is nested too deeply for libcst, which makes the fixes") from None
        except Exception:  # ParserSyntaxError above all; with deep nesting, others that its own handling of errors fails with
            raise Refused("libcst, which makes the fixes, does not understand the file") from None
        if not is_kept:
            raise Refused("libcst, which makes the fixes, would not keep the rest of the file as it is")
        self._ranges = cast("dict[cst.CSTNode, CodeRange]", ranges)
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._walks: dict[cst.CSTNode, list[cst.CSTNode]] = {}
        self._codes: dict[cst.CSTNode, str] = {}
        self._lookups = 0
        self._innermost: dict[Span, cst.CSTNode] = {}
        self.switches: dict[cst.CSTNode, object] = {}
        """What :mod:`asynclint.fixes.switches` has found out about functions."""
        self._changes: dict[cst.CSTNode, list[Change]] = {}
        self._on_the_way: set[cst.CSTNode] = set()
        self._imports: set[str] = set()

    # -- looking

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands, as findings count. Parentheses around an expression are not part of it, but for those of a tuple or a
        generator expression."""
        found = self.range(node)
        assert found is not None
        return Span(found.start.line, found.start.column + 1, found.end.line, found.end.column + 1)

    def range(self, node: cst.CSTNode) -> CodeRange | None:
        """The same as libcst counts. Whitespace has none."""
        found = self._ranges.get(node)
        if isinstance(node, (cst.GeneratorExp, cst.Tuple)) and node.lpar:
            return CodeRange(self._ranges[node.lpar[-1]].start, self._ranges[node.rpar[0]].end)
        return found

    def around(self, span: Span) -> list[cst.CSTNode]:
        """All nodes that hold a span, the outermost (the module) first."""
        self._lookups += 1
        if self._lookups == _MANY_LOOKUPS:
            self._innermost = {self.span(node): node for node in self.walk(self.module) if self.range(node) is not None}
        if span in self._innermost:
            node = self._innermost[span]
            return [*reversed(list(self.parents(node))), node]
        finder = _Finder(self, span)
        self.module.visit(finder)
        return [self.module, *finder.found]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node around one that was found or walked over. The module has none."""
        return self._parents[node]

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around one, the innermost first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def walk(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """A node that was found and all nodes in it, in the order of the text."""
        nodes = self._walks.get(node)
        if nodes is None:
            walker = _Walker(self, node)
            node.visit(walker)
            nodes = self._walks[node] = walker.nodes
        return nodes

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, with the parentheses around it."""
        code = self._codes.get(node)
        if code is None:
            code = self._codes[node] = self.module.code_for_node(node)
        return code

    @cached_property
    def roles(self) -> Mapping[cst.CSTNode, ExpressionContext | None]:
        """For each name that is not an attribute, whether it is read, bound or deleted where it stands."""
        found = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(ExpressionContextProvider)
        return cast("Mapping[cst.CSTNode, ExpressionContext | None]", found)

    # -- changing

    def overlaps(self, nodes: Sequence[cst.CSTNode]) -> bool:
        """Whether one of the nodes, or something in it or around it, is to be changed already."""
        return any(
            node in self._changes or node in self._on_the_way or any(outer in self._changes for outer in self.parents(node))
            for node in nodes
        )

    def accept(self, changes: dict[cst.CSTNode, list[Change]], imports: set[str]) -> None:
        """Take over what a place has asked for."""
        for node, made in changes.items():
            self._changes.setdefault(node, []).extend(made)
            self._on_the_way.update(self.parents(node))
        self._imports |= imports

    def changed(self) -> str:
        """The text with all changes made."""
        module = self.with_changes(self._changes) if self._changes else self.module
        return self.written(self.with_imports(module, self._imports) if self._imports else module)

    def with_changes(self, changes: Mapping[cst.CSTNode, list[Change]]) -> cst.Module:
        """The tree with these changes made, and no others."""
        on_the_way = {outer for node in changes for outer in self.parents(node)}
        return self.module.visit(_Changer(changes, on_the_way))

    def with_imports(self, module: cst.Module, names: Iterable[str]) -> cst.Module:
        """A changed tree that imports these modules as well. Only its head is gone through, which ends with the first function or class."""
        context = CodemodContext()
        for name in sorted(names):
            AddImportsVisitor.add_needed_import(context, name)
        end = next((number for number, part in enumerate(module.body, start=1) if isinstance(part, _DEFINITIONS)), len(module.body))
        head = AddImportsVisitor(context).transform_module(module.with_changes(body=module.body[:end]))
        return module.with_changes(header=head.header, body=[*head.body, *module.body[end:]], footer=head.footer)

    def written(self, module: cst.Module) -> str:
        """The text of a changed tree. Only those of its statements are written out that are not as they were: that is slow."""
        if not module.body or not module.has_trailing_newline:
            return module.code
        for part in (*self.module.header, *self.module.body, *self.module.footer):
            if part not in self._written:
                self._written[part] = self.module.code_for_node(part)
        parts = (*module.header, *module.body, *module.footer)
        return "".join([self._written[part] if part in self._written else module.code_for_node(part) for part in parts])


class Place:
    """The place of one finding in a tree, for the recipe that fixes it. `unsafe` tells whether unsafe fixes are wanted."""

    def __init__(self, tree: Tree, finding: Finding, fix: Fix, unsafe: bool) -> None:
        self.tree = tree
        self.finding = finding
        self.fix = fix
        self.unsafe = unsafe
        self.changes: dict[cst.CSTNode, list[Change]] = {}
        self.imports: set[str] = set()

    # -- looking

    def exactly(self, kind: type[_Node], span: Span | None = None) -> _Node:
        """The node of this kind that stands where the finding does (or `span`), no more and no less."""
        wanted = span or self.finding.span
        for node in reversed(self.tree.around(wanted)):
            if isinstance(node, kind) and self.tree.span(node) == wanted:
                self.tree.walk(node)  # to know the parents of what is in it
                return node
        raise Refused("the code at this place is not of the form that the fix is for")

    def innermost(self, kind: type[_Node], span: Span | None = None) -> _Node:
        """The smallest node of this kind that holds the place of the finding (or `span`)."""
        for node in reversed(self.tree.around(span or self.finding.span)):
            if isinstance(node, kind):
                self.tree.walk(node)
                return node
        raise Refused("the code at this place is not of the form that the fix is for")

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement that a node stands in: a small one (of which a line may hold several) or a compound one."""
        for outer in (node, *self.tree.parents(node)):
            if isinstance(outer, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
                return outer
        raise Refused("the code at this place is not part of a statement")

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function whose body a node stands in, lambdas left out; None for a module's or a class's own code."""
        inner = node
        for outer in self.tree.parents(node):
            if isinstance(outer, cst.FunctionDef) and inner is outer.body:
                return outer
            if isinstance(outer, cst.ClassDef) and inner is outer.body:
                return None
            inner = outer
        return None

    # -- changing

    def unless(self, hazard: str) -> None:
        """Go on, unless there is a `hazard` (half a sentence why this is not safe here) and only safe fixes are wanted."""
        if hazard and not self.unsafe and self.fix.safety is Safety.SAFE:
            raise Refused(f"{hazard}, so that it is done with --unsafe-fixes only")

    def replace(self, node: cst.CSTNode, change: Change) -> None:
        """Let `change` make the new node of the old one."""
        assert list(self.tree.parents(node))[-1] is self.tree.module, "walk over what is around it first"
        self.changes.setdefault(node, []).append(change)

    def put(self, node: cst.CSTNode, new: cst.CSTNode) -> None:
        """Put another node in the place of one. Nothing in the old one may be changed any further."""
        self.replace(node, lambda _: new)

    def before(self, statement: cst.CSTNode, *lines: str) -> None:
        """Insert statements, each given as the text of one line (or of a compound statement), in front of one."""
        self._beside(statement, lines, behind=False)

    def after(self, statement: cst.CSTNode, *lines: str) -> None:
        """Insert statements behind one."""
        self._beside(statement, lines, behind=True)

    def remove(self, statement: cst.CSTNode) -> None:
        """Take a small statement away; where it is the only one of its block, ``pass`` is left."""
        holder = self.tree.parent(statement)
        if not isinstance(holder, _LISTS):
            raise Refused("the statement cannot be taken away here")
        alone = len(holder.body) == 1
        block = self.tree.parent(holder)
        if alone and (isinstance(holder, cst.SimpleStatementSuite) or (isinstance(block, cst.IndentedBlock) and len(block.body) == 1)):
            self.put(statement, cst.Pass())
        elif not alone:
            if statement is holder.body[-1]:
                self.replace(holder.body[-2], lambda old: old.with_changes(semicolon=cst.MaybeSentinel.DEFAULT))
            self.replace(statement, lambda _: cst.RemoveFromParent())
        else:
            assert isinstance(holder, cst.SimpleStatementLine)
            if any(line.comment for line in holder.leading_lines) or holder.trailing_whitespace.comment:
                raise Refused("a comment would be lost with the statement")
            self._hand_on_blank_lines(holder, block)
            self.replace(holder, lambda _: cst.RemoveFromParent())

    def _hand_on_blank_lines(self, holder: cst.SimpleStatementLine, block: cst.CSTNode) -> None:
        """Leave the blank lines in front of a statement that goes to the next one, where that has fewer."""
        body = cast("Sequence[Statement]", block.body) if isinstance(block, _BLOCKS) else ()
        following = next((part for before, part in pairwise(body) if before is holder), None)
        if following is not None and holder.leading_lines:
            rest = [line for line in following.leading_lines if line.comment is not None]
            if len(following.leading_lines) - len(rest) < len(holder.leading_lines):
                self.replace(following, lambda old: old.with_changes(leading_lines=[*holder.leading_lines, *rest]))

    def name(self, path: str) -> str:
        """How the file calls something at this place: ``aio.sleep`` for ``asyncio.sleep``. What is not imported yet, will be."""
        span = self.finding.span
        name, needed = self.tree.names.of(path, span.line)
        if name is None:
            raise Refused(f"`{needed}` means something else in this file")
        if needed:
            self.imports.add(needed)
        return name

    def _beside(self, statement: cst.CSTNode, lines: Sequence[str], *, behind: bool) -> None:
        holder = self.tree.parent(statement)
        if isinstance(holder, cst.SimpleStatementLine) and len(holder.body) == 1 and isinstance(self.tree.parent(holder), _BLOCKS):
            statement, holder = holder, self.tree.parent(holder)
        if isinstance(holder, _BLOCKS):
            new = [self.parsed(line) for line in lines]
            self.replace(statement, lambda old: _with_lines(cast(Statement, old), new, behind))
        elif isinstance(holder, _LISTS):
            small = [cast(cst.SimpleStatementLine, self.parsed(line)) for line in lines]
            if not all(isinstance(line, cst.SimpleStatementLine) for line in small):
                raise Refused("there is no place for a further line here")
            added = [line.body[0] for line in small]
            self.replace(statement, lambda old: _with_statements(cast(cst.BaseSmallStatement, old), added, behind))
        else:
            raise Refused("there is no place for a further statement here")

    def parsed(self, text: str) -> Statement:
        """A statement of its text, lines and indentation as in this file."""
        return cst.parse_statement(text, self.tree.module.config_for_parsing)

    def expression(self, text: str) -> cst.BaseExpression:
        """An expression of its text."""
        return cst.parse_expression(text, self.tree.module.config_for_parsing)


def _is_deep(syntax: ast.Module) -> bool:
    """Whether libcst may take the process down with it: its parser recurses into each operand of ``and`` and ``or``."""
    level: list[ast.AST] = [syntax]
    for _ in range(_MOST_LEVELS):
        if not level:
            return False
        if any(isinstance(node, ast.BoolOp) and len(node.values) > _MOST_LEVELS for node in level):
            return True
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return True


def _with_lines(old: Statement, new: Sequence[Statement], behind: bool) -> cst.FlattenSentinel[cst.CSTNode]:
    """A statement and new ones. In front, they stand behind the blank lines, but above the comments, which belong to the old one."""
    if behind:
        return cst.FlattenSentinel([old, *new])
    comments = [number for number, line in enumerate(old.leading_lines) if line.comment is not None]
    blank = comments[0] if comments else len(old.leading_lines)
    first = new[0].with_changes(leading_lines=old.leading_lines[:blank])
    return cst.FlattenSentinel([first, *new[1:], old.with_changes(leading_lines=old.leading_lines[blank:])])


def _with_statements(
    old: cst.BaseSmallStatement, new: Sequence[cst.BaseSmallStatement], behind: bool
) -> cst.FlattenSentinel[cst.BaseSmallStatement]:
    """A small statement and new ones on the same line."""
    semicolon = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
    row = [old, *new] if behind else [*new, old]
    return cst.FlattenSentinel(
        [*[part.with_changes(semicolon=semicolon) for part in row[:-1]], row[-1].with_changes(semicolon=old.semicolon)]
    )


class _Finder(cst.CSTVisitor):
    """Goes to a span, and nowhere else."""

    def __init__(self, tree: Tree, span: Span) -> None:
        super().__init__()
        self.found: list[cst.CSTNode] = []
        self._tree = tree
        self._start = (span.line, span.column - 1)
        self._end = (span.end_line, span.end_column - 1)
        self._stack: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._stack:
            self._tree._parents[node] = self._stack[-1]
        self._stack.append(node)
        where = self._tree.range(node)
        if where is None or isinstance(node, cst.Module):  # nothing, or whitespace
            return isinstance(node, cst.Module)
        holds = (where.start.line, where.start.column) <= self._start and self._end <= (where.end.line, where.end.column)
        if holds:
            self.found.append(node)
        return holds or isinstance(node, _OUTSIDE_OF_THEIR_SPAN)

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._stack.pop()


_OUTSIDE_OF_THEIR_SPAN = (cst.FunctionDef, cst.ClassDef, cst.IndentedBlock)
"""Nodes whose span leaves out a part of theirs: their decorators, or those of their first statement."""


class _Walker(cst.CSTVisitor):
    """Lists the nodes below one, and remembers their parents."""

    def __init__(self, tree: Tree, top: cst.CSTNode) -> None:
        super().__init__()
        self.nodes: list[cst.CSTNode] = []
        self._parents = tree._parents
        self._stack: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._stack:
            self._parents[node] = self._stack[-1]
        self._stack.append(node)
        self.nodes.append(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._stack.pop()


class _Changer(cst.CSTTransformer):
    """Makes the changes, and goes only where there are some."""

    def __init__(self, changes: Mapping[cst.CSTNode, list[Change]], on_the_way: set[cst.CSTNode]) -> None:
        super().__init__()
        self._changes = changes
        self._on_the_way = on_the_way

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node in self._on_the_way

    def on_leave(  # type: ignore[override]  # a statement may become several, an expression stays one
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        result: cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode] = updated_node
        for change in self._changes.get(original_node, ()):
            if not isinstance(result, cst.CSTNode):
                raise Refused("two changes of one statement do not go together")
            result = change(result)
        return result
