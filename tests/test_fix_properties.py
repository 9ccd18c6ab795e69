"""What holds for every fix, on programs made up around the patterns: whatever the code around looks like.

A program is a module of coroutine functions and plain ones, with statements nested at random, in which expressions stand that some rule
has a fix for (``§``). After fixing: the file compiles, nothing is found that was not found before (but by habit), what was fixed is
gone, a second run changes nothing, no comment and no function is lost or changes its kind. A failure is not made smaller, which would take
minutes.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from asynclint import api
from asynclint.config import defaults
from asynclint.model import FixReport, Report

HEAD = '''\
"""A module."""
{future}
{imports}

loop = None


async def work(x=1, *args, **kwargs):
    """It does something."""
    await asyncio.sleep(x)
    return x


async def stream(x=1):
    yield x


class Box:
    """What holds something."""

    async def load(self, x=1):
        """Load."""
        await asyncio.sleep(x)
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await asyncio.sleep(1)

    def plain(self):
        """Not a coroutine."""
        return 1


box = Box()
'''

IMPORTS = [
    "import asyncio, time, requests",
    "import asyncio as asyncio\nimport time\nimport requests",
    "import time\nimport asyncio\nimport requests",
]

PATTERNS = [
    "time.sleep(¤)", "work(¤)", "box.load(¤)", "work(¤, ¤, k=¤)", "work(*[¤])", "requests.get(¤)", "asyncio.get_event_loop()",
    "asyncio.create_task(work(¤))", "asyncio.run(work(¤))", "asyncio.gather(work(¤), work(¤))", "asyncio.to_thread(work, ¤)",
    "asyncio.to_thread(time.sleep(¤))", "work(¤).real", "box.load(¤).plain()", "asyncio.gather([work(¤)])", "open(¤).read()",
    "asyncio.shield(work(¤))", "asyncio.get_event_loop().run_in_executor(None, time.sleep, ¤)", "[work(n) for n in range(¤)]",
    "asyncio.get_running_loop().call_soon(box.plain())", "asyncio.wait([work(¤)])", "(await work(¤))", "input(¤)", "list(stream(¤))",
]  # fmt: skip

AROUND = [
    "§", "(§)", "not §", "§ or ¤", "[§, ¤]", "{1: §}", "print(§, k=¤)", "f'{§} é'", "-1 if § else ¤", "(\n§  # why\n)",
    "lambda: §", "[§ for i in range(2)]", "sum(§ for i in range(2))", "(y := §)", "'é' + str(§)", "(§, *¤)", "§[0]", "§.a", "§ == ¤",
]  # fmt: skip

STATEMENTS = [
    "§", "§  # a comment", "§; §", "x = §", "_ = §", "return §", "if §: §", "assert §", "x += §", "self.n = §", "for i in §: pass",
    "with § as f: pass", "x: int = §", "del x; §", "while §: break", "raise ValueError(§)", "@print\ndef inner(a=§): pass", "pass; §;",
]  # fmt: skip

BLOCKS = [
    "if x:\n{b}", "if x:\n{b}\nelse:\n{b}", "for i in range(3):\n{b}", "while x:\n{b}", "try:\n{b}\nexcept ValueError:\n{b}",
    "try:\n{b}\nfinally:\n{b}", "with lock:\n{b}", "async with box:\n{b}", "async for i in stream():\n{b}", "def inner():\n{b}",
    "async def inner():\n{b}", "class Inner:\n{b}", "if __name__ == '__main__':\n{b}", "match x:\n    case 1:\n{bb}",
]  # fmt: skip

atoms = st.sampled_from(["1", "x", "'é'", "self.n", '"a b"', "(1)", "x.y"])


@st.composite
def expressions(draw: st.DrawFn) -> str:
    pattern = draw(st.sampled_from(PATTERNS))
    text = pattern.replace("¤", draw(atoms))
    for _ in range(draw(st.integers(0, 2))):
        text = draw(st.sampled_from(AROUND)).replace("¤", draw(atoms)).replace("§", text)
    return text


@st.composite
def bodies(draw: st.DrawFn, depth: int = 0) -> str:
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        if depth < 2 and draw(st.booleans()):
            block = draw(st.sampled_from(BLOCKS))
            inner = indented(draw(bodies(depth=depth + 1)))
            lines.append(block.replace("{bb}", indented(inner)).replace("{b}", inner))
        else:
            statement = draw(st.sampled_from(STATEMENTS))
            while "§" in statement:
                statement = statement.replace("§", draw(expressions()), 1)
            lines.append(statement)
    return "\n".join(lines)


@st.composite
def programs(draw: st.DrawFn) -> str:
    head = HEAD.replace("{future}", draw(st.sampled_from(["", "from __future__ import annotations"])))
    parts = [head.replace("{imports}", draw(st.sampled_from(IMPORTS)))]
    for number in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["async def", "async def", "async def", "def"]))
        parts.append(f"{kind} function{number}(self, x, lock):\n{indented(draw(bodies()))}")
    return "\n\n".join(parts) + "\n"


def indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.split("\n"))


def compiles(text: str) -> bool:
    try:
        compile(text, "<made up>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def counted(report: Report) -> Counter[tuple[str, str]]:
    return Counter((finding.function, finding.name) for finding in report.findings if not finding.by_habit)


def comments(text: str) -> Counter[str]:
    return Counter(token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT)


def names(text: str) -> Counter[str]:
    """The functions, classes and parameters of a program: no fix takes one away or changes its kind."""
    found: Counter[str] = Counter()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            parameters = [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]  # what is in defaults may be fixed
            found[f"{type(node).__name__} {node.name} {parameters}"] += 1
    return found


@pytest.fixture(scope="module", autouse=True)
def _empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What stands around is no part of the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


def fixed(text: str, *, unsafe: bool) -> FixReport:
    config = defaults(Path.cwd()).with_options({"reach": "project"})
    return api.fix([], config, unsafe=unsafe, stdin=(None, text.encode()), use_cache=False)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(
    max_examples=100, deadline=None, phases=[Phase.generate], derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(text=programs().filter(compiles), unsafe=st.booleans())
def test_every_fix_keeps_its_promises(text: str, unsafe: bool) -> None:
    config = defaults(Path.cwd()).with_options({"reach": "project"})
    before = api.check([], config, stdin=(None, text.encode()), use_cache=False)
    result = fixed(text, unsafe=unsafe)
    assert not [error for error in result.report.errors if error.internal]
    after = result.changes[0].after.decode() if result.changes else text
    assert compiles(after)
    made = Counter((finding.function, finding.name) for finding in result.report.fixed)
    assert counted(result.report) - counted(before) == Counter()
    assert all(counted(result.report)[key] <= counted(before)[key] - made[key] for key in made)
    assert comments(after) == comments(text)
    assert names(text) <= names(after)
    assert fixed(after, unsafe=unsafe).changes == ()
