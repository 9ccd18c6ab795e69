"""Is what we know of libraries so? It installs them, one after the other, and checks every entry against the real thing.

For each knowledge file (``requests`` stands for ``requests.toml``), the distributions that it names are installed from the registry into a
folder of their own, and ``tests/test_knowledge.py`` checks it in a process of its own::

    python bench/libraries.py peewee django                     # these
    python bench/libraries.py --all --record                    # all but the standard library, and write down the versions
    python bench/libraries.py peewee --site ~/envs/shop/lib/python3.11/site-packages    # against what is installed there

With `--record`, a file in which nothing is wrong gets the version that it was checked against (``checked``), which the documentation lists
after ``python docs/generate.py``. The status is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from asynclint.knowledge.load import bundled_names, read_bundled

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "asynclint" / "knowledge" / "data"

MOST_SECONDS = 900
"""Installing a library may take so long."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Check what asynclint knows of libraries against the real ones.")
    parser.add_argument("names", nargs="*", help="knowledge files, without their suffix")
    parser.add_argument("--all", action="store_true", help="all libraries that are not part of Python")
    parser.add_argument("--record", action="store_true", help="write down the versions that were checked")
    parser.add_argument("--site", type=Path, help="a folder that holds the installed libraries, instead of installing them")
    options = parser.parse_args()
    distributions = {name: file.distribution for name in sorted(bundled_names()) if (file := read_bundled(name)) is not None}
    names = [name for name, distribution in distributions.items() if distribution != "python"] if options.all else options.names
    is_wrong = False
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            site = options.site or Path(folder)
            problems = [] if options.site is not None else _install(distributions[name], site)
            version, *found = problems or _check(name, site)
        is_wrong = is_wrong or bool(found)
        print(f"{name} {version}: {len(found)} problems" if found else f"{name} {version}", *found, sep="\n  ", flush=True)
        if options.record and not found:
            _record(DATA / f"{name}.toml", version)
    return int(is_wrong)


def _install(distribution: str, folder: Path) -> list[str]:
    """Install a distribution, or several; what is wrong, behind a word for the version."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), *distribution.split()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return ["?", f"not installed after {MOST_SECONDS} s"]
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return ["?", *([line for line in lines if line.lower().startswith("error")] or lines[-3:])] if done.returncode else []


def _check(name: str, site: Path) -> list[str]:
    """The version of a library, and what is wrong with what we know of it."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site.resolve()), str(ROOT / "src")]), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(ROOT / "tests" / "test_knowledge.py"), name, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, env=variables)
    return done.stdout.splitlines() if done.returncode == 0 else ["?", *done.stderr.splitlines()[-3:]]


def _record(file: Path, version: str) -> None:
    text = re.sub(r"^checked = .*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^(distribution = .*\n)", rf'\g<1>checked = "{version}"\n', text, count=1, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
