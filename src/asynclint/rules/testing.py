"""What rules see of the way in which the program's tests are run: what the project's files say, and the marks and hooks of the tests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Class, External, Function
from asynclint.source.references import ATTR, CALL, COLLECTION, NAME, UNION
from asynclint.source.text import Source
from asynclint.testrunner import Runner, names_another_runner

RUNNING_MARKS: Final = frozenset({"anyio", "asyncio", "asyncio_concurrent", "asyncio_cooperative", "curio", "gen_test", "tornado", "trio"})
"""Marks by which plugins know what to run."""

UNKNOWN_MARK: Final = "?"
"""In place of a mark that cannot be told."""

_RUNNING_HOOKS: Final = frozenset({"pytest_pycollect_makeitem", "pytest_pyfunc_call", "pytest_runtest_call"})
"""Hooks of pytest in which a project runs tests itself."""

_OTHER_HOOKS: Final = frozenset(
    {
        "pytest_cmdline_main", "pytest_collection_modifyitems", "pytest_configure", "pytest_itemcollected",
        "pytest_load_initial_conftests",
    }
)  # fmt: skip
"""Hooks in which it may mark tests, or choose a plugin's mode, if they speak of coroutines at all."""

_OF_COROUTINES: Final = re.compile(r"asyncio|anyio|trio|corou?t")

_MARK: Final = "pytest.mark."


class Testing:
    """Answers about tests. `source` gives the text of a file by its path, `runner` what is said about the tests in it."""

    def __init__(self, linker: Linker, source: Callable[[str], Source], runner: Callable[[str], Runner]) -> None:
        self._linker = linker
        self._source = source
        self._runner = runner

    def runner(self, function: Function) -> Runner:
        """How the tests in a function's file are run."""
        return self._runner(function.module.path)

    @cached_property
    def runs_by_itself(self) -> bool:
        """Whether the program's own hooks or plugins may run coroutine functions that are not marked."""
        for module in self._linker.modules.values():
            if posixpath.basename(module.path.replace("\\", "/")) == "conftest.py" and names_another_runner(self._text(module)):
                return True
            for function in module.functions:
                name = function.facts.name
                if name in _RUNNING_HOOKS or (name in _OTHER_HOOKS and _OF_COROUTINES.search(self._body(function))):
                    return True
        return False

    @cached_property
    def used_marks(self) -> frozenset[str]:
        """All marks that the program puts on tests."""
        marks: set[str] = set()
        for module in self._linker.modules.values():
            if "pytest" in module.tops:
                marks.update(mark for row in range(len(module.rows)) if (mark := _written_mark(module, row)))
        return frozenset(marks)

    def marks(self, function: Function) -> frozenset[str]:
        """The marks on a function, by its decorators, its class, and ``pytestmark`` in its class, file or package."""
        module = function.module
        marks: set[str] = set()
        for row in function.facts.decorators:
            marks.update(mark for mark in self.marks_of(module, row) if mark != UNKNOWN_MARK)
        if function.owner is not None:
            for klass in function.owner.mro:
                marks.update(self._of_class(klass))
        for around in (module, self._linker.modules.get(module.package)):
            if around is not None and "pytestmark" in around.facts.bindings:
                marks.update(self.marks_of(around, around.facts.bindings["pytestmark"]))
        return frozenset(marks)

    def _of_class(self, klass: Class) -> Iterator[str]:
        if klass.facts is None or klass.module is None:
            return
        for row in klass.facts.decorators:
            yield from self.marks_of(klass.module, row)
        if "pytestmark" in klass.facts.members:
            yield from self.marks_of(klass.module, klass.facts.members["pytestmark"])

    def marks_of(self, module: Module, row: int) -> Iterator[str]:
        """The marks that a row names: one, with or without arguments, or a list of them."""
        operation, base, _, parts = module.rows[row]
        if operation in (COLLECTION, UNION):
            for part in parts:
                yield from self.marks_of(module, part)
            return
        yield self.mark(module, base if operation == CALL else row)

    def mark(self, module: Module, row: int) -> str:
        """The mark that a row names."""
        written = _written_mark(module, row)
        if written:
            return written
        named = [part.name for part in self._linker.value(module, row).alternatives if isinstance(part, External)]
        return named[0].removeprefix(_MARK) if named and named[0].startswith(_MARK) else UNKNOWN_MARK

    def _body(self, function: Function) -> str:
        """The lines of a function."""
        _, first, last = function.module.places.of_function(function.number)
        return "\n".join(self._source(function.module.path).lines[first - 1 : last])

    def _text(self, module: Module) -> str:
        try:
            return self._source(module.path).text
        except (UnicodeError, LookupError):
            return ""


def _written_mark(module: Module, row: int) -> str:
    """The mark that a row spells out, or an empty text."""
    operation, base, text, _ = module.rows[row]
    if operation == ATTR and module.rows[base][0] == NAME:
        text = f"{module.rows[base][2]}.{text}"
    elif operation == ATTR and module.rows[base][0] == ATTR and module.rows[module.rows[base][1]][0] == NAME:
        text = f"{module.rows[module.rows[base][1]][2]}.{module.rows[base][2]}.{text}"
    elif operation != NAME:
        return ""
    mark = text.removeprefix(_MARK)
    return mark if mark != text and "." not in mark else ""
