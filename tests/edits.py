"""Edits of a real text, made up at random but always the same, for tests that compare ways to find out the same."""

from __future__ import annotations

import ast
import asyncio
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

INSERTED = (
    "import time; time.sleep(1)",
    "open('f').read()",
    "asyncio.create_task(later())",
    "self.anything.write(b'')",
    "x = 1",
)


def insert(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    statement = chance.choice(_statements(text, (ast.AsyncFunctionDef,)))
    lines.insert(statement.lineno - 1, " " * statement.col_offset + chance.choice(INSERTED) + "\n")
    return "".join(lines)


def delete(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    statement = chance.choice(_statements(text))
    del lines[statement.lineno - 1 : statement.end_lineno]
    return "".join(lines)


def double(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    statement = chance.choice(_statements(text))
    lines[statement.lineno - 1 : statement.lineno - 1] = lines[statement.lineno - 1 : statement.end_lineno]
    return "".join(lines)


def drop_await(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    numbers = [number for number, line in enumerate(lines) if "await " in line]
    if numbers:
        number = chance.choice(numbers)
        lines[number] = lines[number].replace("await ", "", 1)
    return "".join(lines)


def add_function(text: str, chance: random.Random) -> str:
    return f"async def first():\n    return lambda: {chance.random()}\n\n\n{text}" if "from __future__" not in text else text


def drop_function(text: str, chance: random.Random) -> str:
    tree = ast.parse(text)
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if len(functions) < 2:
        return text
    lines = text.splitlines(keepends=True)
    function = chance.choice(functions)
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    del lines[first - 1 : function.end_lineno]
    return "".join(lines)


def _statements(text: str, kinds: tuple[type[ast.AST], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)) -> list[ast.stmt]:
    """The statements in bodies of functions of these kinds that have lines of their own."""
    functions: list[Any] = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return [part for function in functions if function.body[0].lineno > function.lineno for part in function.body]


KINDS: tuple[Callable[[str, random.Random], str], ...] = (insert, insert, delete, double, drop_await, add_function, drop_function)


def is_valid(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return bool(_statements(text))


def edited(text: str, seed: int, count: int) -> Iterator[str]:
    """So many texts, each an edit of the one before, that parse."""
    chance = random.Random(seed)
    while count:
        new = chance.choice(KINDS)(text, chance)
        if is_valid(new):
            text = new
            count -= 1
            yield text


def copy_streams(folder: Path) -> Path:
    """Copy what belongs together in a real package, asyncio itself; give one file of it, which a coroutine that blocks is added to."""
    for name in ("streams", "protocols", "exceptions", "locks", "mixins", "coroutines", "runners"):
        if (source := Path(asyncio.__file__).parent / f"{name}.py").exists():
            shutil.copy(source, folder)
    streams = folder / "streams.py"
    added = "\n\nasync def settings():\n    return open('settings').read()\n"
    streams.write_text(streams.read_text(encoding="utf-8") + added, encoding="utf-8")
    return streams
