"""How fast is `asynclint check`, beside other tools on the same files, and how much memory does it take?

Downloads packages through pip, unpacks them, and prints Markdown tables: a check from nothing, with nothing changed, with one file changed,
of one file alone; the same by other linters and type checkers as far as they are installed; and how time and memory grow with a
program::

    python bench/speed.py                                  # prefect, homeassistant
    python bench/speed.py redis==5.2.0 --dir ~/packages    # keep what was downloaded
    python bench/speed.py --others FOLDER                  # where ruff, flake8 (with flake8-async), pylint, mypy and pyright are
    python bench/speed.py --plot docs/benchmarks.svg       # draw the checks from nothing

Size is that of all ``.py`` files. Times are wall-clock with the start of the interpreter in them, the best of several runs that take
turns; memory is the largest sum of what all processes of a run held at one time, looked at every 20 ms. Needs Linux.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("prefect==3.4.25", "homeassistant==2024.3.3")
GROWING = "redis==5.2.0"
TIMES = (1, 2, 4, 8)

LONG = 20
"""Seconds: what takes longer is run once."""

LONGEST = 400
"""Seconds: what takes longer is given up."""

ASYNCLINT = ("check", "--isolated", "--reach", "project", "--output-format", "concise", "-q")

OTHERS: Mapping[str, tuple[str, ...]] = {
    "ruff (ASYNC, RUF006)": ("ruff", "check", "--isolated", "--no-cache", "--select", "ASYNC,RUF006", "--exit-zero", "--quiet"),
    "flake8-async": ("flake8", "--isolated", "--select", "ASYNC", "--jobs", "2", "--exit-zero"),
    "mypy": ("mypy", "--cache-dir", os.devnull, "--ignore-missing-imports", "--follow-imports", "silent", "--no-error-summary"),
    "pyright": ("pyright",),
    "pylint": ("pylint", "--rcfile", os.devnull, "--disable", "all", "--enable", "E1142,W0133", "--jobs", "2"),
}
"""What other tools are run as, on a folder."""


class Run(NamedTuple):
    """One finished process, with all that it started: seconds by the clock, and megabytes."""

    seconds: float
    megabytes: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.dir or temporary)
        bench = _Bench(options.python, Path(temporary) / "cache", options.runs, options.others)
        print(f"{subprocess.check_output([options.python, '--version'], text=True).strip()}, {os.cpu_count()} cores.\n")
        bars: list[tuple[str, float]] = []
        for package in options.packages:
            source = _copy(_source(package, folder, options.python), Path(temporary) / "work")
            bars += bench.package(package, source)
        if options.growing:
            bench.growth(options.growing, _source(options.growing, folder, options.python), Path(temporary) / "grown")
        if options.plot:
            Path(options.plot).write_text(_plot(bars))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure `asynclint check`, and other tools, on packages from the registry.")
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="requirements, such as `redis==5.2.0`")
    parser.add_argument("--growing", default=GROWING, help="the package that is checked in more and more copies; empty for none")
    parser.add_argument("--dir", help="keep the packages here, and use what is here already")
    parser.add_argument("--runs", type=int, default=3, help="measure so often, and take the best")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has asynclint")
    parser.add_argument("--others", default="", help="the folder that has the other tools' commands")
    parser.add_argument("--plot", help="draw the checks from nothing in this SVG file")
    return parser.parse_args()


# -- packages


def _source(package: str, folder: Path, python: str) -> Path:
    """The unpacked source of a package, downloaded if it is not there."""
    target = folder / re.sub(r"[^\w.=-]", "_", package)
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _download(package, Path(scratch), python)
            (archive,) = Path(scratch).iterdir()
            unpacked = Path(scratch) / "unpacked"
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(unpacked)
            unpacked.rename(target)
    return target


def _download(package: str, folder: Path, python: str) -> None:
    """Fetch the wheel whose Python is that of the run, so that its files can be parsed. Nothing is built."""
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), package], check=True)


def _copy(source: Path, target: Path) -> Path:
    """A copy that can be edited, of an age that file systems tell from now."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    _wait_until_settled()
    return target


def _wait_until_settled() -> None:
    time.sleep(2.5)  # a result is kept of files that have not changed lately


def _ends(source: Path) -> tuple[Path, Path]:
    """A file that nothing imports and one that most import, both of some size, as far as the texts of imports tell."""
    texts = {file: file.read_text("utf-8", "replace") for file in sorted(source.rglob("*.py"))}
    asked = Counter(name for text in texts.values() for name in set(re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.M)))
    files = {file: ".".join(file.relative_to(source).with_suffix("").parts) for file in texts if file.stem != "__init__"}
    leaf = next(file for file, name in files.items() if not asked[name] and "async def" in texts[file] and len(texts[file]) > 3000)
    return leaf, max(files, key=lambda file: asked[files[file]])


# -- measuring


class _Bench:
    """Measures, and prints tables."""

    def __init__(self, python: str, cache: Path, runs: int, others: str) -> None:
        self._asynclint = (python, "-m", "asynclint")
        self._cache = cache
        self._runs = runs
        self._path = os.pathsep.join(filter(None, [others, os.environ["PATH"]]))

    def package(self, name: str, source: Path) -> Iterator[tuple[str, float]]:
        """Print a package's table, and give the checks from nothing."""
        size = sum(file.stat().st_size for file in source.rglob("*.py")) / 1e6
        print(f"## {name}\n\n{sum(1 for _ in source.rglob('*.py')):,} files, {size:.1f} MB.\n")
        print("| | seconds | memory, MB |\n|---|---:|---:|")
        cold = ""
        for label, run in self._all(self._scenarios(source)):
            seconds = f"{run.seconds:.2f}" if run.seconds < LONGEST else f"more than {LONGEST}"
            print(f"| {label} | {seconds} | {run.megabytes:.0f} |", flush=True)
            if label == "asynclint, from nothing" or not label.startswith("asynclint"):
                cold = name.partition("=")[0]
                yield f"{cold}: {label.partition(',')[0]}", run.seconds
        print()

    def _scenarios(self, source: Path) -> Iterator[tuple[str, Callable[[], Run]]]:
        leaf, hub = _ends(source)
        own = (*self._asynclint, *ASYNCLINT)
        yield "asynclint --version", lambda: self._run((*self._asynclint, "--version"))
        yield "asynclint, from nothing", lambda: self._from_nothing((*own, str(source)))
        yield "asynclint, from nothing, `--jobs 1`", lambda: self._from_nothing((*own, "--jobs", "1", str(source)))
        yield "asynclint, nothing changed", lambda: self._warm((*own, str(source)))
        yield f"asynclint, {leaf.name} changed, which nothing imports", lambda: self._edited((*own, str(source)), leaf)
        yield f"asynclint, {hub.name} changed, which most import", lambda: self._edited((*own, str(source)), hub)
        yield f"asynclint, {leaf.name} alone, nothing changed", lambda: self._warm((*own, str(leaf)))
        for label, command in OTHERS.items():
            if shutil.which(command[0], path=self._path):
                yield label, lambda command=command: self._run((*command, str(source)))  # type: ignore[misc]

    def _all(self, scenarios: Iterable[tuple[str, Callable[[], Run]]]) -> Iterator[tuple[str, Run]]:
        """The best of several runs of each, which take turns; what takes long is run once."""
        best: dict[str, Run] = {}
        waiting = list(scenarios)
        for _ in range(self._runs):
            for label, measure in waiting:
                known = best.get(label)
                if known is None or known.seconds < LONG:
                    print(label, end="\r", file=sys.stderr)
                    run = measure()
                    best[label] = run if known is None else min(run, known)
        return iter(best.items())

    def growth(self, name: str, source: Path, target: Path) -> None:
        """Print how the time and memory of one process grow with the number of copies of a package."""
        own = (*self._asynclint, *ASYNCLINT, "--jobs", "1")
        print(f"## Growth: copies of {name}\n\n| copies | MB | seconds | memory, MB |\n|---:|---:|---:|---:|")
        for copies in TIMES:
            for number in range(copies):
                if not (target / f"copy{number}").exists():
                    shutil.copytree(source, target / f"copy{number}")
            run = min(self._from_nothing((*own, str(target))) for _ in range(self._runs))
            size = sum(file.stat().st_size for file in target.rglob("*.py")) / 1e6
            print(f"| {copies} | {size:.1f} | {run.seconds:.2f} | {run.megabytes:.0f} |", flush=True)

    def _from_nothing(self, command: tuple[str, ...]) -> Run:
        shutil.rmtree(self._cache, ignore_errors=True)
        return self._run(command)

    def _warm(self, command: tuple[str, ...]) -> Run:
        self._run(command)
        return self._run(command)

    def _edited(self, command: tuple[str, ...], file: Path) -> Run:
        self._run(command)
        before = file.read_bytes()
        try:
            file.write_bytes(before + f"\n\ndef _edited():\n    return {time.time_ns()}\n".encode())
            return self._run(command)
        finally:
            file.write_bytes(before)
            _wait_until_settled()

    def _run(self, command: tuple[str, ...]) -> Run:
        """Run a command to its end and measure it."""
        environment = {**os.environ, "PATH": self._path, "ASYNCLINT_CACHE_DIR": str(self._cache)}
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        watch = _Watch(process.pid)
        watch.start()
        try:
            status = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            status = 1
            for one in [*_family(process.pid)]:
                os.kill(one, signal.SIGKILL)
            process.wait()
        seconds = time.perf_counter() - started
        watch.end.set()
        watch.join()
        if command[: len(self._asynclint)] == self._asynclint and status not in (0, 1):
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
        return Run(seconds, watch.most / 1e6)


class _Watch(threading.Thread):
    """Looks at the memory of a process and of all below it."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.end = threading.Event()
        self._process = process

    def run(self) -> None:
        while True:
            self.most = max(self.most, sum(map(_resident, _family(self._process))))
            if self.end.wait(0.02):
                return


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return
    for child in children.split():
        yield from _family(int(child))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


# -- the plot


def _plot(bars: list[tuple[str, float]]) -> str:
    """Bars of seconds, as SVG. A scale of powers of ten, since the slowest takes a thousand times as long as the fastest."""
    rows, longest = [], max(seconds for _, seconds in bars)
    for number, (label, seconds) in enumerate(bars):
        y = 24 * number + 8
        width = 420 * _magnitude(seconds) / _magnitude(longest)
        color = "#2f6fde" if "asynclint" in label else "#9aa4b2"
        rows.append(f'<text x="250" y="{y + 13}" text-anchor="end">{label}</text>')
        rows.append(f'<rect x="260" y="{y}" width="{width:.0f}" height="17" fill="{color}"/>')
        rows.append(f'<text x="{265 + width:.0f}" y="{y + 13}">{seconds:.2f} s</text>')
    size = f'width="760" height="{24 * len(bars) + 16}"'
    style = "text { font: 13px sans-serif; fill: #444 }"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{style}</style>\n' + "\n".join(rows) + "\n</svg>\n"


def _magnitude(seconds: float) -> float:
    """Where a time lies on the scale, which begins at 0.05 s."""
    return math.log10(max(seconds / 0.05, 1.0))


if __name__ == "__main__":
    main()
