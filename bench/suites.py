"""Real packages with their own tests: how they are fetched, and how their suites are run on copies of them.

A package is fetched through pip as a source distribution, what its tests need is installed in a folder of its own. A suite is run
by pytest in the copy, with the copy's code in front of what is installed. What differs between two runs is run again, since many
suites have tests that fail at times.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree


class Suite(NamedTuple):
    """How the tests of a package are run.

    `code` is the package's folder in its distribution, `tests` what pytest is given, and `needs` what it takes in addition to the
    package (whose extras may stand in brackets in `extras`). `skipped` are tests that need a network or a server, or take minutes.
    """

    code: str
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests",)
    skipped: tuple[str, ...] = ()
    extras: str = ""
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}


_OF_AIOHTTP = (
    "client_proto",
    "client_response",
    "client_session",
    "client_ws",
    "connector",
    "flowcontrol_streams",
    "formdata",
    "helpers",
    "multipart",
    "payload",
    "resolver",
    "run_app",
    "streams",
    "web_app",
    "web_functional",
    "web_middleware",
    "web_protocol",
    "web_request",
    "web_response",
    "web_runner",
    "web_sendfile",
    "web_server",
    "web_websocket",
    "web_websocket_functional",
    "websocket_parser",
    "websocket_writer",
)

_OF_TORNADO = tuple(
    f"tornado/test/{name}_test.py"
    for name in ("asyncio", "concurrent", "gen", "ioloop", "iostream", "locks", "process", "queues", "tcpclient", "tcpserver", "testing")
)

_OF_ANYIO = tuple(
    f"tests/{name}"
    for name in (
        "streams",
        *(f"test_{name}.py" for name in ("contextmanagers", "fileio", "from_thread", "functools", "itertools", "lowlevel", "subprocesses")),
        *(f"test_{name}.py" for name in ("synchronization", "taskgroups", "tempfile", "to_thread")),
    )
)

SUITES: Mapping[str, Suite] = {
    "aiofiles": Suite("src/aiofiles", ("pytest-asyncio",)),
    "aioftp": Suite("src/aioftp", ("pytest-asyncio", "async-timeout", "trustme", "siosocks")),
    "aiohttp": Suite(
        "aiohttp",
        (
            "pytest-aiohttp",
            "pytest-mock",
            "pytest-xdist",
            "pytest-codspeed",
            "trustme",
            "freezegun",
            "re-assert",
            "proxy.py",
            "blockbuster",
        ),
        tests=tuple(f"tests/test_{name}.py" for name in _OF_AIOHTTP),
        variables={"AIOHTTP_NO_EXTENSIONS": "1"},
    ),
    "aiosmtpd": Suite("aiosmtpd", ("pytest-mock", "pytest-asyncio", "setuptools<80"), ("aiosmtpd/tests",)),
    "aiosqlite": Suite("aiosqlite", tests=("aiosqlite/tests/smoke.py", "aiosqlite/tests/perf.py")),
    "aiostream": Suite("aiostream", ("pytest-asyncio",)),
    "anyio": Suite("src/anyio", ("pytest-mock", "trustme", "truststore", "psutil", "hypothesis"), _OF_ANYIO, extras="[trio]"),
    "asgiref": Suite("asgiref", ("pytest-asyncio", "packaging")),
    "httpcore": Suite("httpcore", ("pytest-httpbin", "pytest-trio", "anyio<5"), extras="[asyncio,trio,http2,socks]"),
    "httpx": Suite(
        "httpx",
        ("chardet", "cryptography", "trio", "trustme", "uvicorn"),
        extras="[brotli,cli,http2,socks,zstd]",
        options=("-m", "not network"),
    ),
    "hypercorn": Suite("src/hypercorn", ("httpx", "hypothesis", "mock", "pytest-asyncio", "pytest-trio", "trio"), extras="[h3,uvloop]"),
    "janus": Suite("janus", ("pytest-asyncio", "pytest-codspeed")),
    "starlette": Suite("starlette", ("httpx2[zstd]", "httpx", "trio", "importlib-metadata", "opentelemetry-sdk"), extras="[full]"),
    "tornado": Suite("tornado", tests=_OF_TORNADO, options=("-o", "python_files=*_test.py", "-p", "no:logging")),
    "trio": Suite(
        "src/trio",
        ("trustme", "pyopenssl", "astor", "jedi", "async-generator", "isort", "pyyaml"),
        ("src/trio/_core/_tests", "src/trio/_tests"),
        options=("-p", "trio._tests.pytest_plugin"),
    ),
    "uvicorn": Suite(
        "uvicorn",
        ("httpx", "httpx2", "pytest-mock", "trustme", "a2wsgi", "wsproto", "websockets", "cryptography", "trio"),
        extras="[standard]",
    ),
}
"""The packages that are measured by default."""

Outcomes: TypeAlias = "Mapping[str, str]"
"""What became of each test: passed, failed or skipped."""


class Package(NamedTuple):
    """An unpacked source distribution, and the folder with what its tests need."""

    name: str
    suite: Suite
    folder: Path
    environment: Path


class Difference(NamedTuple):
    """Two runs of a suite: the tests that passed in both, those that only the first passed, and those that only the second did."""

    passed: int
    lost: list[str]
    won: list[str]


# -- packages


def fetched(name: str, folder: Path, python: str) -> Package:
    """A package with what its tests need, downloaded and installed below `folder` if it is not there."""
    suite = SUITES[name]
    target = folder / name
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch)
            _pip(python, "download", "--no-deps", "--no-binary", name, "--dest", str(made / "archive"), name)
            (archive,) = (made / "archive").iterdir()
            with tarfile.open(archive) as opened:
                opened.extractall(made / "source", filter="data")
            (source,) = (made / "source").iterdir()
            version = re.sub(r"^.*-|\.tar\.gz$", "", archive.name)
            needs = (f"{name}{suite.extras}=={version}", "pytest", "pytest-timeout", *suite.needs)
            _pip(python, "install", "--no-warn-conflicts", "--target", str(made / "done" / "environment"), *needs)
            source.rename(made / "done" / source.name)
            (made / "done").rename(target)
    (source,) = (path for path in target.iterdir() if path.name != "environment")
    return Package(name, suite, source, target / "environment")


def copy_of(package: Package, target: Path) -> Path:
    """A copy of a package's distribution."""
    return Path(shutil.copytree(package.folder, target, ignore=shutil.ignore_patterns("__pycache__")))


def _pip(python: str, command: str, *arguments: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", command, *quiet, *arguments], check=True, stderr=subprocess.DEVNULL)


# -- running


def outcomes(package: Package, copy: Path, python: str, seconds: int, tests: Sequence[str] = ()) -> Outcomes:
    """Run a suite, or some tests of it, in a copy, with warnings as such. What hangs is stopped, and counts as not run."""
    with tempfile.TemporaryDirectory() as temporary:
        results = Path(temporary) / "results.xml"
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "60", "--timeout-method", "signal"]
        command += [f"--junitxml={results}"]
        for setting in ("junit_family=xunit1", "addopts=", "filterwarnings="):
            command += ["-o", setting]
        command += package.suite.options
        command += [*(f"--deselect={test}" for test in package.suite.skipped), *(tests or package.suite.tests)]
        _run(command, copy, _variables(package, copy), seconds)
        if not results.exists():
            return {}
        return {_name(case): _outcome(case) for case in ElementTree.parse(results).iter("testcase")}


def compared(package: Package, before: Outcomes, copy: Path, python: str, seconds: int) -> tuple[Outcomes, Difference]:
    """Run the suite in a copy, and compare with a run of before. What is worse or better is run once more, and has to be so again."""
    after = dict(outcomes(package, copy, python, seconds))
    doubtful = _different(before, after)
    if doubtful and after:
        files = sorted({test.partition("::")[0] for test in doubtful if (copy / test.partition("::")[0]).is_file()})
        again = outcomes(package, copy, python, seconds, files) if files else {}
        after.update({test: again[test] for test in doubtful if test in again and again[test] == before.get(test)})
    lost = sorted(test for test in before if before[test] == "passed" and after.get(test) != "passed")
    won = sorted(test for test in after if after[test] == "passed" and before.get(test) != "passed")
    return after, Difference(sum(outcome == "passed" and before.get(test) == "passed" for test, outcome in after.items()), lost, won)


def _different(before: Outcomes, after: Outcomes) -> Collection[str]:
    return [test for test in {**before, **after} if before.get(test) != after.get(test)]


def _variables(package: Package, copy: Path) -> dict[str, str]:
    source = (copy / package.suite.code).parent
    path = os.pathsep.join([str(source), str(package.environment)])
    return {**os.environ, **package.suite.variables, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"}


def _run(command: Sequence[str], folder: Path, variables: Mapping[str, str], seconds: int) -> None:
    """Run a suite to its end or until its time is over, when all that it has started ends as well."""
    with (folder / "suite.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"{folder}: the suite took more than {seconds} s", file=sys.stderr)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _name(case: ElementTree.Element) -> str:
    file = case.get("file") or (case.get("classname") or "").replace(".", "/") + ".py"
    return f"{file}::{case.get('classname')}::{case.get('name')}"


def _outcome(case: ElementTree.Element) -> str:
    kinds = {child.tag for child in case}
    return "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
