"""How fast is `asynclint check`, and how much memory does it take, on the source of real packages?

Downloads packages through pip, unpacks them, checks each in a process of its own and prints a Markdown table::

    python bench/bench.py                                  # homeassistant, litellm, prefect
    python bench/bench.py redis==5.2.0 --dir ~/packages    # keep what was downloaded
    python bench/bench.py --python .venv/bin/python        # the interpreter that asynclint is run by

Size is that of all ``.py`` files. Times are wall-clock, the best of several runs, with the start of the interpreter in them; memory is the
largest resident set of the process, and the last column what it takes above that of `asynclint --version`, for each
byte of source. Needs a POSIX system.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import IO, NamedTuple

PACKAGES = ("homeassistant", "litellm", "prefect")

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024
"""What ``ru_maxrss`` counts in."""


class Run(NamedTuple):
    """One finished process: exit status, wall-clock seconds, largest resident set."""

    status: int
    seconds: float
    megabytes: float


def main() -> None:
    options = _options()
    asynclint = [options.python, "-m", "asynclint"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.dir or temporary)
        start_up = min((_run([*asynclint, "--version"]) for _ in range(5)), key=lambda run: run.seconds)
        python = subprocess.check_output([options.python, "--version"], text=True).strip()
        print(f"{python}, best of {options.runs}.")
        print(f"`asynclint --version` takes {start_up.seconds * 1000:.0f} ms and {start_up.megabytes:.0f} MB.\n")
        print("| package | files | MB | findings | errors | seconds | MB/s | memory, MB | above start-up / source |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
        for package in options.packages:
            source = _source(package, folder, options.python)
            print(_row(source, asynclint, options.runs, start_up.megabytes), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure `asynclint check` on packages from the registry.")
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="requirements, such as `redis==5.2.0`")
    parser.add_argument("--dir", help="keep the packages here, and use what is here already")
    parser.add_argument("--runs", type=int, default=3, help="measure so often, and take the best")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has asynclint")
    return parser.parse_args()


# -- packages


def _source(package: str, folder: Path, python: str) -> Path:
    """The unpacked source of a package, downloaded if it is not there."""
    target = folder / re.sub(r"[^\w.=-]", "_", package)
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=_made(folder)) as scratch:
            _download(package, Path(scratch), python)
            (archive,) = Path(scratch).iterdir()
            unpacked = Path(scratch) / "unpacked"
            _unpack(archive, unpacked)
            unpacked.rename(target)
    return target


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(package: str, folder: Path, python: str) -> None:
    """Fetch the newest wheel whose Python is that of the run, so that its files can be parsed. Nothing is built."""
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), package], check=True)


def _unpack(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(target)


# -- measuring


def _row(source: Path, asynclint: list[str], runs: int, at_start: float) -> str:
    files = list(source.rglob("*.py"))
    size = sum(file.stat().st_size for file in files) / 1e6
    command = [*asynclint, "check", "--no-cache", "--isolated", "--output-format", "concise", "-q", str(source)]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        measured = [_run(command, output.fileno(), errors.fileno()) for _ in range(runs)]
        findings, unread = (_lines(file) // runs for file in (output, errors))
    failed = [run.status for run in measured if run.status not in (0, 1)]
    if failed:
        raise SystemExit(f"{' '.join(command)} ended with status {failed[0]}")
    seconds = min(run.seconds for run in measured)
    memory = max(run.megabytes for run in measured)
    return (
        f"| {source.name} | {len(files):,} | {size:.1f} | {findings:,} | {unread:,} | {seconds:.2f} "
        f"| {size / seconds:.1f} | {memory:.0f} | {(memory - at_start) / size:.1f} |"
    )


def _lines(file: IO[bytes]) -> int:
    file.seek(0)
    return sum(1 for _ in file)


def _run(command: list[str], output: int = subprocess.DEVNULL, errors: int = subprocess.DEVNULL) -> Run:
    """Run a command to its end and measure it."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=output, stderr=errors)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(process.returncode, seconds, used.ru_maxrss * BYTES_PER_UNIT / 1e6)


if __name__ == "__main__":
    main()
