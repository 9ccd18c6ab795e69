"""A test or fixture is a coroutine function, and whatever runs the tests never awaits it.

## What it reports

- An `async def` test method, `setUp` or `tearDown` in a class that derives from `unittest.TestCase`, and `async def setUp` or `tearDown`
  in one that derives from `IsolatedAsyncioTestCase`, which awaits tests and `asyncSetUp` only.
- An `async def` test for pytest without a mark such as `pytest.mark.asyncio`, where the project's files configure pytest or
  list it, and neither they nor its hooks have it run unmarked coroutine functions.
- An `async def` fixture declared with `pytest.fixture`, where the project uses pytest-asyncio in its strict mode.

## Why it hurts

The test makes a coroutine and ends: unittest takes it for passed, pytest skips it or, since version 8.4, fails it. What it
should guard is not guarded. In strict mode a test gets the coroutine of such a fixture, not what it gives; since pytest 9, that
is an error.

## Example

```python
import asyncio
import unittest

class SumTest(unittest.TestCase):
    async def test_sum(self):
        await asyncio.sleep(1)
        self.assertEqual(1 + 1, 3)
```

## Instead

```python
import asyncio
import unittest

class SumTest(unittest.IsolatedAsyncioTestCase):
    async def test_sum(self):
        await asyncio.sleep(1)
        self.assertEqual(1 + 1, 2)
```

## When it stays silent

Under a decorator that is not known, which may run it; in classes with a base that is not known, a metaclass, or a `run` of their own;
where the test is skipped, or called by other code of its file; where no file says how the tests are run, where one of them names
the automatic mode of pytest-asyncio, anyio or pytest-trio, or a plugin that runs all coroutine functions.

Where pytest is configured but nothing lists what the tests need, the finding is possible only.

## When to turn it off

Where the tests are run by something that is not in the project's files.

## Fix

Safe: the class of a test derives from `unittest.IsolatedAsyncioTestCase`, imported beside `TestCase`; an asynchronous `setUp` or
`tearDown` in such a class is named `asyncSetUp` or `asyncTearDown`; and a fixture is declared with `pytest_asyncio.fixture`. The tests run
then, which they did not: they may fail, and should. Nothing is done where the class gets `TestCase` from another class of the program, for
`setUpClass` and `tearDownClass`, where other classes of the program have the same method, and for tests of pytest, which need a mark or
a plugin: which one, is for the project to decide.
"""

import posixpath
from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.values import Class, External, Function
from asynclint.rules.advice import framework_of
from asynclint.rules.awaiting.decorators import decorator_of
from asynclint.rules.rule import Rule
from asynclint.rules.testing import RUNNING_MARKS, UNKNOWN_MARK
from asynclint.rules.view import View
from asynclint.source.references import CALL, FUNCTION
from asynclint.source.scopes import ASYNC, GENERATOR, IN_TYPING, STUB
from asynclint.testrunner import Runner

RULE = Rule(
    "async-test-never-runs",
    "ASL226",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
)

_TEST_CASE: Final = "unittest.TestCase"
_ISOLATED: Final = "unittest.IsolatedAsyncioTestCase"

_ASYNC_TWINS: Final = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
_CLASS_HOOKS: Final = frozenset({"setUpClass", "tearDownClass"})

_RUNS_OTHERWISE: Final = frozenset(
    {
        "__call__", "__getattr__", "__getattribute__", "__init__", "__init_subclass__", "__new__", "_callTestMethod", "debug", "run",
    }
)  # fmt: skip
"""Methods by which a class runs its tests in a way of its own."""

_RUNNERS_FIXTURES: Final = frozenset({"aiohttp_client", "aiohttp_server", "anyio_backend", "io_loop", "jp_fetch"})
"""Fixtures of plugins that then run the test."""


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report a test, a part of its set-up, or a fixture that is a coroutine function and not awaited."""
    flags = function.facts.flags
    if not flags & ASYNC or flags & (IN_TYPING | STUB) or function.facts.parent > 0:
        return
    klass = function.owner
    if klass is not None and klass.derives_from(_TEST_CASE):
        yield from _of_unittest(view, rule, function, klass)
    elif function.nature == "fixture":
        yield from _fixture(view, rule, function)
    else:
        yield from _of_pytest(view, rule, function)


def _of_unittest(view: View, rule: Rule, function: Function, klass: Class) -> Iterator[Finding]:
    name = function.facts.name.rpartition(".")[2]
    isolated = klass.derives_from(_ISOLATED)
    is_hook = name in _ASYNC_TWINS or name in _CLASS_HOOKS
    if not is_hook and (isolated or not name.startswith("test")):
        return
    if not _is_run_by_unittest(klass) or not _is_undecorated(view, function) or _is_called(function):
        return
    if isolated:
        advice = f"Name it `{_ASYNC_TWINS[name]}`." if name in _ASYNC_TWINS else "Await in `asyncSetUp`, or make it a plain method."
        message = f"`{name}` is a coroutine function, and nobody awaits it: `IsolatedAsyncioTestCase` awaits tests and `asyncSetUp` only"
    else:
        advice = "Derive the class from `unittest.IsolatedAsyncioTestCase`."
        if is_hook:
            advice += f" There, the name is `{_ASYNC_TWINS[name]}`." if name in _ASYNC_TWINS else " Await in `asyncSetUp`."
        effect = "it is called, and never runs" if is_hook else "it passes without being run"
        message = f"`{name}` is a coroutine function, and `unittest.TestCase` does not await it: {effect}"
    fix = _of_class(klass, name, isolated)
    yield view.finding(rule, function, -1, message, certainty=Certainty.CERTAIN, advice=advice, subject=name, fix=fix)


def _of_class(klass: Class, name: str, isolated: bool) -> Fix | None:
    """To derive the class of a test from what awaits tests, or to name a part of its set-up as that wants it."""
    if isolated:
        twin = _ASYNC_TWINS.get(name)
        is_known = any(base.facts is not None and twin in base.facts.members for base in (*klass.mro, *klass.overriders) if base.is_own)
        others = [base for base in (*klass.mro[1:], *klass.overriders) if base.facts is not None and base.is_own]
        if twin is None or is_known or any(name in base.facts.members for base in others if base.facts is not None):
            return None
        return Fix("rename-method", f"Name it `{twin}`", Safety.SAFE, (twin,))
    if name in _ASYNC_TWINS or name in _CLASS_HOOKS or any(base.is_own and base.derives_from(_TEST_CASE) for base in klass.mro[1:]):
        return None
    return Fix("other-base", f"Derive the class from `{_ISOLATED}`", Safety.SAFE, (_ISOLATED, _TEST_CASE))


def _is_run_by_unittest(klass: Class) -> bool:
    """Whether all that is between a class and unittest is known, and leaves it to unittest to run the tests."""
    if not klass.complete or any(below.derives_from(_ISOLATED) != klass.derives_from(_ISOLATED) for below in klass.overriders):
        return False
    for base in klass.mro:
        if base.name == _TEST_CASE or base.name == _ISOLATED:
            break
        if not base.is_own or base.facts is None or base.facts.metaclass or base.facts.decorators:
            return False
        if base.facts.members.keys() & (_RUNS_OTHERWISE | {"__test__"}):
            return False
    return True


def _of_pytest(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    name = function.facts.name.rpartition(".")[2]
    if not name.startswith("test") or not _is_collected(function) or not _is_undecorated(view, function) or _is_called(function):
        return
    runner = view.testing.runner(function)
    certainty = _certainty(view, runner)
    marks = view.testing.marks(function)
    if certainty is None or marks & (RUNNING_MARKS | {UNKNOWN_MARK, "skip"}) or view.testing.runs_by_itself:
        return
    if any(parameter.name in _RUNNERS_FIXTURES for parameter in function.facts.parameters):
        return
    framework = framework_of(function.module)
    mark = f"`@pytest.mark.{framework}`"
    if runner.asyncio or view.testing.used_marks & RUNNING_MARKS:
        message = f"`{name}` is a coroutine function without a mark such as {mark}: pytest does not run it"
        advice = f"Mark it: {mark}."
    else:
        message = f"`{name}` is a coroutine function, and no plugin that runs such tests is among what the project needs"
        advice = f"Install one, such as pytest-{'trio' if framework == 'trio' else 'asyncio'}, and mark the test: {mark}."
    yield view.finding(rule, function, -1, message, certainty=certainty, advice=advice, subject=name)


def _certainty(view: View, runner: Runner) -> Certainty | None:
    """How sure it is that pytest does not run unmarked coroutine functions; None where it may."""
    if runner.automatic or not runner.is_known:
        return None
    is_listed = runner.required or runner.asyncio or bool(view.testing.used_marks & RUNNING_MARKS)
    return Certainty.LIKELY if is_listed else Certainty.POSSIBLE


def _is_collected(function: Function) -> bool:
    """Whether pytest takes a function for a test, by its defaults."""
    file = posixpath.basename(function.module.path.replace("\\", "/"))
    if not (file.startswith("test_") or file.endswith("_test.py")) or "__test__" in function.module.facts.bindings:
        return False
    klass = function.owner
    if klass is None:
        return True
    own = klass.facts.name if klass.facts is not None else ""
    members = {member for base in klass.mro if base.facts is not None for member in base.facts.members}
    return own.startswith("Test") and klass.complete and not members & {"__init__", "__new__", "__test__"}


def _fixture(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """An asynchronous fixture that nobody but pytest itself knows of."""
    runner = view.testing.runner(function)
    if not runner.strict or runner.automatic or not _is_plain_fixture(view, function) or view.testing.runs_by_itself:
        return
    marks = view.testing.used_marks & RUNNING_MARKS
    if "asyncio" not in marks or len(marks) > 1 or any(parameter.name in _RUNNERS_FIXTURES for parameter in function.facts.parameters):
        return
    name = function.facts.name.rpartition(".")[2]
    made = "asynchronous generator" if function.facts.flags & GENERATOR else "coroutine"
    message = f"`{name}` is an asynchronous fixture, which pytest does not run by itself: tests get the {made}, not what it gives"
    advice = "Declare it with `pytest_asyncio.fixture`."
    fix = Fix("other-decorator", "Declare it with `pytest_asyncio.fixture`", Safety.SAFE, ("pytest_asyncio.fixture", "0", "pytest"))
    yield view.finding(rule, function, -1, message, certainty=Certainty.LIKELY, advice=advice, subject=name, fix=fix)


def _is_plain_fixture(view: View, function: Function) -> bool:
    """Whether the only decorator is ``pytest.fixture``."""
    if len(function.decorations) != 1:
        return False
    decorator = decorator_of(view, function, 0)
    return decorator is not None and decorator.name == "pytest.fixture"


def _is_undecorated(view: View, function: Function) -> bool:
    """Whether all decorators are known to leave the function as it is, and to let it run."""
    for position, nature in enumerate(function.decorations):
        decorator = decorator_of(view, function, position)
        if isinstance(decorator, External) and decorator.name in ("unittest.skip", "pytest.mark.skip"):
            return False
        if nature in ("keep", "class", "static"):
            continue
        row = function.facts.decorators[position]
        if nature is not None or set(view.testing.marks_of(function.module, row)) == {UNKNOWN_MARK}:
            return False
    return True


def _is_called(function: Function) -> bool:
    """Whether code in the same file calls the function, or hands it over."""
    rows = function.module.rows
    name = function.facts.name.rpartition(".")[2]
    if function.owner is not None:
        return bool(function.module.method_calls(name))
    for operation, base, _, arguments in rows:
        if operation == CALL and any(rows[part][:2] == (FUNCTION, function.number) for part in (base, *arguments)):
            return True
    return False
