"""Code that leads the linker in circles or far down: it ends, and says what it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclint import api
from asynclint.config import defaults

PREDICATES = """
import time

def one(x):
    return other(x)

def other(x):
    return one(x)

def wait(x):
    if one(x):
        time.sleep(1)

async def main(x):
    wait(x)  # expect
"""

GENERICS = """
import time
from typing import Generic, TypeVar

T = TypeVar("T", bound="A[T]")

class A(Generic[T]):
    inner: "A[A[T]]"

    def get(self) -> "A[A[A[T]]]": ...

    def wait(self):
        time.sleep(1)

class B(A["B"]):
    def go(self, other: "A[B]"):
        return self.get().get().inner.inner.get(), other.get()

class C(A[B], B):
    pass

async def main(a: A, b: B, c: C):
    a.get().get().inner.get().wait()  # expect
    b.get().inner.wait()  # expect
    c.go(b)
"""


def chain(length: int) -> str:
    """Functions that find what they return behind managers, elements and generators of further functions."""
    lines = ["import time", "class Slow:", "    def wait(self):", "        time.sleep(1)"]
    ways = ("with M{0}() as x:\n        return x", "return [y for y in M{0}()][0]", "return max(sorted(M{0}()))")
    for number in range(length):
        lines += [
            f"class M{number}:",
            f"    def __enter__(self): return f{number + 1}()",
            "    def __exit__(self, *details): pass",
            f"    def __iter__(self): yield f{number + 1}()",
            f"def f{number}():",
            "    " + ways[number % 3].format(number),
        ]
    lines += [f"def f{length}(): return Slow()", "async def main():", "    f0().wait()", f"    f{length - 3}().wait()  # expect"]
    return "\n".join(lines) + "\n"


ITERATORS = """
class A:
    def __iter__(self):
        return B()

class B:
    def __iter__(self):
        return A()

async def main():
    [x.go() for x in A()]
"""

FIELDS = (
    """
import time

class A:
    def __init__(self, x, c):
"""
    + "        x = f(x) if c else g(x)\n" * 40
    + """
        self.x = x

    def go(self):
        if self.x:
            time.sleep(1)

async def main():
    A(1, 2).go()  # expect
"""
)

CALLS = (
    """
class A:
    def __init__(self, x):
"""
    + "        x = f(x)\n" * 1500
    + """
        self.x = x

async def main():
    open(A("a").x + "b")  # expect
"""
)

CLASSES = (
    "import time\nA0 = (int,)\n"
    + "".join(f"A{n + 1} = (A{n}, A{n})\n" for n in range(30))
    + """
def wait(x):
    if isinstance(x, A30):
        time.sleep(1)

async def main(x):
    wait(x)  # expect
"""
)

TUPLES = (
    "v0 = 1\n"
    + "".join(f"v{n + 1} = ({', '.join([f'v{n}'] * 8)})\n" for n in range(12))
    + """
class A:
    v = v12

async def main(a: A):
    a.v.go()
"""
)

ADDED = "async def main(x, p):\n" + "    x = x + p\n" * 1500 + "    open(x)  # expect\n"


@pytest.mark.parametrize("source", [PREDICATES, GENERICS, chain(300), ITERATORS, FIELDS, CALLS, CLASSES, TUPLES, ADDED])
def test_circles_end(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "circle.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    report = api.check(["circle.py"], defaults(tmp_path))
    assert report.errors == ()
    wanted = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# expect")]
    assert [finding.span.line for finding in report.findings] == wanted


def test_a_function_of_thousands_of_held_names_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["async def work(i): ...", "", "async def many(flag):"]
    for i in range(3000):
        lines += [f"    x{i} = work({i})", f"    await x{i}"]
    (tmp_path / "many.py").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    report = api.check(["many.py"], defaults(tmp_path).with_options({"reach": "project"}))
    assert report.findings == report.errors == ()


@pytest.mark.parametrize("reverse", [False, True])
def test_what_becomes_of_a_callable_does_not_depend_on_the_order_of_definitions(
    reverse: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = [f"def f{i}(callback):\n    f{i + 1}(callback)\n" for i in range(7)] + ["def f7(callback):\n    callback()\n"]
    calls = "".join(f"    f{i}(work)\n" for i in (5, 6, 4, 0))
    text = "".join(functions[::-1] if reverse else functions) + f"async def work(): ...\nasync def main():\n{calls}"
    (tmp_path / "handed.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    report = api.check(["handed.py"], defaults(tmp_path).with_options({"reach": "project"}))
    found = {finding.subject for finding in report.findings if finding.name == "async-function-as-sync-callback"}
    assert found == {"f4()", "f5()", "f6()"}
