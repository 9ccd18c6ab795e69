"""How a file calls what a fix needs: names are looked up by Python's own rules of scope."""

from __future__ import annotations

import ast
import sys
from textwrap import dedent

import pytest

from asynclint.fixes.names import Names
from asynclint.source.text import Source


def name(text: str, path: str = "asyncio.sleep") -> tuple[str | None, str]:
    """What stands for `path` on the line that has ``HERE`` in it."""
    data = dedent(text).encode()
    line = next(number for number, line in enumerate(data.splitlines(), 1) if b"HERE" in line)
    return Names(Source("x.py", data), ast.parse(data)).of(path, line)


TYPING = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import asyncio\n"


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        ("import asyncio", ("asyncio.sleep", "")),
        ("import asyncio as aio", ("aio.sleep", "")),
        ("from asyncio import sleep", ("sleep", "")),
        ("from asyncio import sleep as nap", ("nap", "")),
        ("from asyncio import sleep\nimport asyncio as aio", ("aio.sleep", "")),
        ("from asyncio import run", ("asyncio.sleep", "asyncio")),
        ("import asyncio.events", ("asyncio.sleep", "")),
        ("try:\n    import asyncio\nexcept ImportError:\n    pass", ("asyncio.sleep", "")),
        ("import time", ("asyncio.sleep", "asyncio")),
        (TYPING, ("asyncio.sleep", "asyncio")),
        ("asyncio = None", (None, "asyncio")),
        ("import asyncio\nasyncio = patched(asyncio)", (None, "asyncio")),
        ("from trollius import asyncio", (None, "asyncio")),
        ("import trollius as asyncio", (None, "asyncio")),
        ("def asyncio(): pass", (None, "asyncio")),
        ("from . import asyncio", (None, "asyncio")),
    ],
)
def test_in_a_function(imports: str, found: tuple[str | None, str]) -> None:
    assert name(f"{imports}\nasync def f():\n    HERE\n") == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("    import asyncio\n    HERE", ("asyncio.sleep", "")),
        ("    HERE\n    import asyncio", (None, "asyncio")),
        ("    if x:\n        import asyncio\n    HERE", (None, "asyncio")),
        ("    asyncio = 1\n    HERE", (None, "asyncio")),
        ("    for asyncio in x:\n        HERE", (None, "asyncio")),
        ("    [HERE for asyncio in x]", (None, "asyncio")),
        ("    x = lambda asyncio: HERE", (None, "asyncio")),
        ("    def g():\n        asyncio = 1\n    HERE", ("asyncio.sleep", "asyncio")),
        ("    async def g():\n        HERE\n    asyncio = 1", (None, "asyncio")),
        ("    import asyncio as aio\n    async def g():\n        HERE", ("aio.sleep", "")),
        ("    import asyncio as aio\n    async def g(aio):\n        HERE", ("asyncio.sleep", "asyncio")),
        ("    class C:\n        asyncio = 1\n        async def g():\n            HERE", ("asyncio.sleep", "asyncio")),
    ],
)
def test_in_its_scope(body: str, found: tuple[str | None, str]) -> None:
    assert name(f"async def f(x):\n{body}\n") == found


def test_a_parameter_hides_an_import() -> None:
    assert name("import asyncio\nasync def f(asyncio):\n    HERE\n") == (None, "asyncio")


def test_a_method_does_not_see_its_class() -> None:
    assert name("import asyncio\nclass C:\n    asyncio = 1\n    async def f(self):\n        HERE\n") == ("asyncio.sleep", "")


def test_at_module_level_only_what_stands_above_counts() -> None:
    assert name("import asyncio\nHERE\n") == ("asyncio.sleep", "")


def test_a_path_of_several_modules() -> None:
    text = "{}\nasync def f():\n    HERE\n"
    assert name(text.format("import anyio"), "anyio.to_thread.run_sync") == ("anyio.to_thread.run_sync", "")
    assert name(text.format("from anyio import to_thread"), "anyio.to_thread.run_sync") == ("to_thread.run_sync", "")
    assert name(text.format("import anyio.to_thread as threads"), "anyio.to_thread.run_sync") == ("threads.run_sync", "")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
def test_a_function_with_type_parameters() -> None:
    assert name("async def f[T](asyncio: T):\n    HERE\n") == (None, "asyncio")
    assert name("import asyncio\nclass C[T]:\n    async def f[S](self):\n        HERE\n") == ("asyncio.sleep", "")
