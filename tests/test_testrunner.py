"""What a project's files say about how its tests are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclint.testrunner import Runner, Runners

CONFIGURED = Runner(configured=True)
REQUIRED = Runner(required=True)
STRICT = Runner(required=True, asyncio=True, strict=True)


def runner_of(folder: Path, files: dict[str, str], test: str = "tests/test_app.py") -> Runner:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Runners(str(folder)).of(str(folder / test))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("README.md", "run pytest, asyncio_mode = auto", Runner()),
        ("pytest.ini", "", CONFIGURED),
        ("tests/pytest.ini", "[pytest]\naddopts = -q\n", CONFIGURED),
        ("setup.cfg", "[tool:pytest]\naddopts = -q\n", CONFIGURED),
        ("setup.cfg", "[metadata]\nname = pytest-tools\n", Runner()),
        ("tox.ini", "[pytest]\nxfail_strict = true\n", CONFIGURED),
        ("tox.ini", "[testenv]\ncommands =\n    pytest tests\n", Runner()),
        ("tox.ini", "[testenv]\ndeps =\n    pytest\n    coverage\n", REQUIRED),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = ''\n", CONFIGURED),
        ("pyproject.toml", "[tool.pytest]\naddopts = []\n", CONFIGURED),
        ("pyproject.toml", '[project]\ndependencies = ["httpx"]\n[dependency-groups]\ndev = ["pytest>=8"]\n', REQUIRED),
        ("pyproject.toml", '[tool.poetry.dev-dependencies]\npytest = "^7.2"\n', REQUIRED),
        ("pyproject.toml", '[project]\ndependencies = ["pytest-cov"]\n', Runner()),
        ("requirements-dev.txt", "pytest~=8.0\npytest-asyncio>=0.23\n", STRICT),
        ("requirements/tests.txt", "pytest\npytest_asyncio\n", STRICT),
        ("dev-requirements.in", "pytest\npytest-asyncio==0.18.3\n", STRICT._replace(strict=False)),
        ("pyproject.toml", 'dev = ["pytest"]\npytest-asyncio = "^0.16.0"\n', STRICT._replace(strict=False)),
        ("pyproject.toml", 'dev = ["pytest", "pytest-asyncio>=0.16"]\n', STRICT),
        ("pyproject.toml", 'dev = ["pytest", "pytest-asyncio<2,>=0.21"]\n', STRICT),
        ("setup.py", 'setup(extras_require={"test": ["pytest", "pytest-asyncio"]})\n', STRICT),
        ("uv.lock", '[[package]]\nname = "pytest"\nversion = "8.3.1"\n', REQUIRED),
        ("environment.yml", "dependencies:\n  - python\n  - pytest\n", REQUIRED),
    ],
)
def test_what_is_there(tmp_path: Path, name: str, text: str, expected: Runner) -> None:
    assert runner_of(tmp_path, {name: text}) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nasyncio_mode=auto\n"),
        ("setup.cfg", "[tool:pytest]\nasyncio_mode = auto\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--asyncio-mode=auto"]\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q --asyncio-mode auto"\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\nanyio_mode = "auto"\n'),
        ("tox.ini", "[testenv]\ncommands = pytest --asyncio-mode=auto\n"),
        ("Makefile", "test:\n\tpytest --asyncio-mode=auto\n"),
        ("noxfile.py", 'session.run("pytest", "--asyncio-mode", "auto")\n'),
        (".github/workflows/test.yml", "run: pytest -o asyncio_mode=auto\n"),
        ("scripts/test.sh", "exec pytest --asyncio-mode=auto\n"),
        ("pytest.ini", "[pytest]\ntrio_mode = true\n"),
        ("requirements.txt", "pytest\npytest-aiohttp\n"),
        ("requirements.txt", "pytest\npytest-tornasync\n"),
        ("requirements.txt", "pytest\nalt-pytest-asyncio\n"),
        ("requirements.txt", "pytest\npytest-asyncio-cooperative\n"),
        ("requirements.txt", "pytest-homeassistant-custom-component\n"),
    ],
)
def test_what_runs_all(tmp_path: Path, name: str, text: str) -> None:
    assert runner_of(tmp_path, {name: text}).automatic


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nasyncio_mode = strict\n"),
        ("pytest.ini", "[pytest]\n# asyncio_mode = auto\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"\n'),
        ("pytest.ini", "[pytest]\ntrio_mode = false\n"),
        ("requirements.txt", "pytest-asyncio\npytest-trio\npytest-mock\n"),
    ],
)
def test_what_does_not(tmp_path: Path, name: str, text: str) -> None:
    assert not runner_of(tmp_path, {name: text}).automatic


def test_broken_files_say_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b'[tool.pytest.ini_options\n\xff\xfe\0 = [[[ "pytest"\n')
    (tmp_path / "setup.cfg").mkdir()
    (tmp_path / "tox.ini").symlink_to(tmp_path / "nowhere")
    (tmp_path / "requirements").write_text("a file, not a folder")
    assert runner_of(tmp_path, {}) == Runner(configured=True, required=True)


def test_files_above_count_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    repository = tmp_path / "repository"
    program = repository / "packages" / "app"
    files = {"pyproject.toml": 'dev = ["pytest"]\n'}
    program.mkdir(parents=True)
    assert not runner_of(program, files).automatic
    (repository / ".git").mkdir()
    (repository / "setup.cfg").write_text("[tool:pytest]\nasyncio_mode = auto\n")
    assert runner_of(program, files).automatic
    (repository / "setup.cfg").unlink()
    assert runner_of(program, files) == REQUIRED
