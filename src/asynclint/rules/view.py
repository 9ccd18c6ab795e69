"""What rules see of a program: facts turned into places, words and findings."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from asynclint.discover import unmarked
from asynclint.model import Certainty, Finding, Fix, Safety, Span, Step
from asynclint.project.calls.contexts import Contexts
from asynclint.project.calls.solve import Reach
from asynclint.project.linking.link import Linker, Renewal
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function, unbound
from asynclint.project.questions.awaitables import Awaitables
from asynclint.project.questions.blocks import Blocks
from asynclint.project.questions.fates import Fates
from asynclint.project.questions.forms import Forms
from asynclint.project.questions.frameworks import Frameworks
from asynclint.project.questions.holders import Holders
from asynclint.project.questions.kept import Kept
from asynclint.project.questions.loops import Loops
from asynclint.project.questions.needs import Needs
from asynclint.project.questions.nesting import nests_loops
from asynclint.project.questions.non_awaitables import NonAwaitables
from asynclint.project.questions.streams import Streams
from asynclint.project.questions.suspension import Suspension
from asynclint.project.questions.takers import Takers
from asynclint.project.questions.task_sets import TaskSets
from asynclint.project.questions.tasks import Tasks
from asynclint.project.questions.threadable import Threadable
from asynclint.project.questions.wishes import Wishes
from asynclint.rules.advice import advise
from asynclint.rules.rule import Rule
from asynclint.rules.testing import Testing
from asynclint.source.scopes import ASYNC
from asynclint.source.text import Source
from asynclint.source.uses import (
    USE_BUSY,
    USE_CALL,
    USE_COMPARE,
    USE_ENTER,
    USE_FORMAT,
    USE_ITEM,
    USE_ITER,
    USE_RAISE,
    USE_READ,
    USE_TEST,
    USE_UNDRAINED,
    USE_UNDRAINED_READ,
    USE_UNDRAINED_ROUND,
    USE_UNPACK,
    USE_UNWAITED,
    USE_UNWAITED_IDLE,
)
from asynclint.testrunner import Runner

_LONGEST_SUBJECT = 50

_AT_CALLS = frozenset({USE_CALL, USE_UNDRAINED, USE_UNDRAINED_READ, USE_UNDRAINED_ROUND, USE_UNWAITED, USE_UNWAITED_IDLE})
"""Kinds of uses that stand at a call, whose arguments do not matter."""

_VERBS = {
    USE_CALL: "calls",
    USE_READ: "reads",
    USE_ENTER: "enters",
    USE_ITER: "iterates",
    USE_TEST: "tests",
    USE_FORMAT: "formats",
    USE_COMPARE: "compares",
    USE_ITEM: "subscripts",
    USE_UNPACK: "unpacks",
    USE_RAISE: "raises",
    USE_BUSY: "loops in",
}
"""What the step of a way does, by the kind of its use."""


class Place(NamedTuple):
    """Where a finding about a coroutine is reported: a use, and the way from there to what is done with it."""

    number: int
    way: tuple[Step, ...]


class View:
    """The window through which rules look at a linked and solved program. `source` gives the text of a file by its path, `runner` how the
    tests in it are run. `target_version` is the oldest Python that the program must run on, as far as it says. After a `renewal`,
    the view `before` speaks for what is counted in other files.
    """

    def __init__(
        self,
        linker: Linker,
        contexts: Contexts,
        source: Callable[[str], Source],
        runner: Callable[[str], Runner],
        target_version: tuple[int, int] | None,
        before: View | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        self.linker = linker
        self.contexts = contexts
        self.source = source
        self.target_version = target_version
        self.awaitables: Awaitables = Awaitables(linker, None if before is None else before.awaitables, renewal)
        self.non_awaitables = NonAwaitables(linker)
        self.takers = Takers(linker, self.awaitables)
        self.fates = Fates()
        self.kept = Kept(self.takers)
        self.task_sets = TaskSets(linker, self.takers, self.kept)
        self.holders = Holders(linker, self.takers)
        self.tasks = Tasks(linker, self.awaitables, self.takers, self.fates)
        self.streams = Streams(linker)
        self.blocks = Blocks()
        self.testing = Testing(linker, source, runner)
        self.forms = Forms(linker)
        self.frameworks = Frameworks(contexts)
        self.suspension = Suspension(linker)
        self.threadable = Threadable(contexts)
        self.loops = Loops(contexts)
        self.needs = Needs(contexts, self.loops)
        self.wishes = Wishes(linker, self.awaitables, self.takers, self.fates)
        self._steps: dict[tuple[Function, int], Step] = {}
        self._reported: dict[tuple[Function, int], Certainty] = {}

    @cached_property
    def nests_loops(self) -> bool:
        """Whether the program changes asyncio so that a loop can be run inside of one that runs."""
        return nests_loops(self.linker)

    # -- places and words

    def span(self, function: Function, number: int) -> Span:
        """Where a use stands."""
        return self.source(function.module.path).span(*function.module.places.of_use(function.number, number))

    def span_of_name(self, function: Function) -> Span:
        """Where a function's name stands in its ``def``; the whole line, where that cannot be told."""
        _, line, _ = function.module.places.of_function(function.number)
        text = self.source(function.module.path).line(line)
        name = function.facts.name.rpartition(".")[2]
        found = re.search(rf"\bdef\s+({re.escape(name)})\b", text)
        start, end = found.span(1) if found is not None else (len(text) - len(text.lstrip()), len(text))
        return Span(line, start + 1, line, end + 1)

    def subject(self, function: Function, number: int) -> str:
        """The use as a reader names it: ``load_settings()``, ``with lock``, ``for line in lines``."""
        kind = function.facts.uses[number][0]
        if kind == USE_BUSY:
            return _head(self._text(function, number))
        node = self.expression(function, number)
        if node is None:
            return " ".join(self._text(function, number).split())[:_LONGEST_SUBJECT]
        if kind in _AT_CALLS and isinstance(node, ast.Call):
            return _short(node.func) + "()"
        prefix = "with " if kind == USE_ENTER else "for ... in " if kind == USE_ITER else ""
        return prefix + _short(node)

    def _text(self, function: Function, number: int) -> str:
        return self.source(function.module.path).segment(self.span(function, number))

    def expression(self, function: Function, number: int) -> ast.expr | None:
        """The expression that a use stands at; None where it is a statement, or cannot be told."""
        try:
            return ast.parse(f"({self._text(function, number)}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def receiver(self, function: Function, number: int) -> str:
        """What the method is called on that a use calls, as it is written: ``self.writer``; dots for anything long."""
        node = self.expression(function, number)
        return _short(node.func.value) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else "..."

    def callee(self, module: Module, row: int) -> str:
        """The callable that a call's row calls, as far as it has a name: ``load()``."""
        for alternative in self.linker.value(module, module.rows[row][1]).alternatives:
            function = unbound(alternative)
            if isinstance(function, (Function, Class, External)):
                return function.name.rpartition(".")[2] + "()"
        return module.rows[module.rows[row][1]][2] + "()"

    def _callee_text(self, reach: Reach, subject: str) -> str:
        is_call = reach.root.facts.uses[reach.number][0] == USE_CALL
        return subject.removesuffix("()") if is_call and not subject.startswith("(") else "..."

    def place_of(self, function: Function, number: int, row: int, certainty: Certainty) -> Place | None:
        """Where to report that use `number` does something with the coroutine `row`; None where that one is reported already.

        That is the call that makes it, where the ``await`` is missing. Where a name that holds it is awaited as well, it is the use itself.
        """
        maker = self.fates.maker(function, number, row, self.awaitables.part(function, row))
        way: tuple[Step, ...] = ()
        if maker != number and not self.fates.is_inside(function, number, maker):
            if self.fates.is_seen_to(function, row):
                maker = number
            else:
                way = (self._step(function, number),)
        known = self._reported.get((function, maker))
        if known is not None and known >= certainty:
            return None
        self._reported[function, maker] = certainty
        return Place(maker, way)

    # -- findings

    def of_reach(self, rule: Rule, reach: Reach, note: str = "", says: str = "", advice: str = "", fix: Fix | None = None) -> Finding:
        """The finding of one reach. `note` is added to the message. `says` is its text, read after the subject, and `advice` what to do,
        where that is not about blocking."""
        root = reach.root
        entry = reach.sink.entry
        subject = self.subject(root, reach.number)
        does = entry.does or rule.does
        message = f"`{subject}` {says or f'blocks the event loop: it {does}'}{note}"
        if not root.facts.flags & ASYNC:
            message += f"; `{root.facts.name}` {self.contexts.roots[root].reason}"
        kind = entry.kind or rule.kind
        certainty = reach.certainty
        if "testing" in root.module.name.split(".")[:-1]:
            certainty = Certainty.POSSIBLE  # what it gives to tests, it does for them
        elif reach.way and is_test(root) and not is_test(reach.way[-1][0]):
            certainty = Certainty.POSSIBLE  # a test calls what it tests, wherever that runs in the end
        sink_path = root.module.path
        if reach.way:
            last, number = reach.way[-1]
            line, column, _, _ = last.module.places.of_use(last.number, number)
            sink_file = last.module.name if last.module.is_dependency else last.module.path
            group = f"{rule.name}:{sink_file}:{line}:{column}"
        else:
            group = f"{rule.name}:{reach.sink.name}:{sink_path}"
        return self.finding(
            rule,
            root,
            reach.number,
            message,
            certainty=certainty,
            kind=kind,
            group=group,
            way=self.steps(reach.way),
            subject=subject,
            sink=reach.sink.name,
            advice=advice or advise(reach, self._callee_text(reach, subject)),
            fix=fix,
        )

    def finding(
        self,
        rule: Rule,
        function: Function,
        number: int,
        message: str,
        *,
        certainty: Certainty,
        advice: str,
        kind: str = "",
        group: str = "",
        way: tuple[Step, ...] = (),
        subject: str = "",
        sink: str = "",
        fix: Fix | None = None,
        by_habit: bool = False,
    ) -> Finding:
        """A finding at a use; at the function's own name, where `number` is negative."""
        span = self.span(function, number) if number >= 0 else self.span_of_name(function)
        path = function.module.path
        if is_test(function):
            certainty = min(certainty, rule.in_tests or Certainty.POSSIBLE)
        if fix is not None and certainty is Certainty.POSSIBLE:
            fix = fix._replace(safety=Safety.UNSAFE)
        return Finding(
            rule.code,
            rule.name,
            path,
            span,
            message,
            certainty,
            kind or rule.kind,
            group or f"{rule.name}:{path}:{span.line}:{span.column}",
            way,
            unmarked(function.name),
            subject or (self.subject(function, number) if number >= 0 else function.facts.name),
            sink,
            advice,
            self.source(path).line(span.line),
            fix,
            by_habit,
        )

    def steps(self, way: Iterable[tuple[Function, int]]) -> tuple[Step, ...]:
        """The steps of a way, as findings show them."""
        return tuple(self._step(function, number) for function, number in way)

    def _step(self, function: Function, number: int) -> Step:
        step = self._steps.get((function, number))  # many ways share their ends
        if step is None:
            step = self._steps[function, number] = self._make_step(function, number)
        return step

    def _make_step(self, function: Function, number: int) -> Step:
        span = self.span(function, number)
        path = function.module.path
        kind = function.facts.uses[number][0]
        verb = _VERBS.get(kind, "uses")
        subject = self.subject(function, number).removeprefix("with ").removeprefix("for ... in ")
        return Step(path, span.line, span.column, unmarked(function.name), f"{verb} {subject}", self.source(path).line(span.line))


_TEST_PACKAGES = frozenset({"test", "tests", "_tests"})


def is_test(function: Function) -> bool:
    """Whether a function belongs to tests: it is a fixture, or its file is a ``test_*.py``, ``*_test.py``, ``*_tests.py`` or
    ``conftest.py``, or lies in a package for tests."""
    if function.nature == "fixture" or (function.facts.parent > 0 and is_test(function.module.functions[function.facts.parent])):
        return True
    if not _TEST_PACKAGES.isdisjoint(function.module.name.split(".")[:-1]):
        return True
    name = posixpath.basename(function.module.path.replace("\\", "/"))
    return name == "conftest.py" or (name.startswith("test_") and name.endswith(".py")) or name.endswith(("_test.py", "_tests.py"))


def _head(text: str) -> str:
    """The head of a loop; of a long one, only its first words."""
    text = " ".join(text.split())
    if len(text) <= _LONGEST_SUBJECT:
        return text
    start, is_for, _ = text.partition(" in ")
    return f"{start} in ..." if is_for and text.startswith("for ") and len(start) <= _LONGEST_SUBJECT else f"{text.partition(' ')[0]} ..."


def _short(node: ast.expr) -> str:
    """An expression's text; of a long one, only its last attribute."""
    try:
        text = ast.unparse(node)
    except RecursionError:
        text = ""
    if 0 < len(text) <= _LONGEST_SUBJECT and "\n" not in text:
        return text
    if isinstance(node, ast.Call):
        return f"{_short(node.func)}(...)"
    return f"(...).{node.attr}" if isinstance(node, ast.Attribute) else "(...)"
