"""How long an editor waits: from a keystroke to the diagnostics of the text with it, and what the server's memory does meanwhile.

    python bench/editor.py [--files 500] [--lines 2000] [--keystrokes 100] [--edits 10000] [FOLDER FILE]

Without FOLDER, a workspace is made up: so many files that call each other, one of them with so many lines, and that one is edited.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from editor import Editor

FUNCTION = """

async def handle_{number}(request):
    name = request.match_info["name"]
    rows = await fetch_{number}(request, name)
    try:
        result = [helpers.convert(row, {number}) for row in rows if row is not None]
    except ValueError as error:
        log.warning("bad row: %s", error)
        result = []
    return result


async def fetch_{number}(request, name):
    async with request.app["pool"].acquire() as connection:
        return await connection.fetch("select * from things where name = $1", name)
"""

HELPERS = "def convert(row, number):\n    return {'row': row, 'number': number}\n"


def make(folder: Path, files: int, lines: int) -> Path:
    """Make up a workspace, and give the large file in it."""
    (folder / "pyproject.toml").write_text("")
    for number in range(files):
        package = folder / "shop" / f"part{number // 20}"
        package.mkdir(parents=True, exist_ok=True)
        for place in (package, package.parent):
            (place / "__init__.py").touch()
        if number % 20 == 0:
            (package / "helpers.py").write_text(HELPERS)
        head = f"import logging\n\nfrom shop.part{number // 20} import helpers\n\nlog = logging.getLogger(__name__)\n"
        count = (lines if number == 0 else 240) // FUNCTION.count("\n")
        body = "".join(FUNCTION.replace("{number}", str(index)) for index in range(count))
        (package / f"views{number}.py").write_text(head + body)
    return folder / "shop" / "part0" / "views0.py"


def memory(process: int) -> float:
    """The megabytes that a process has in memory."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


async def measure(folder: Path, file: Path, keystrokes: int, edits: int) -> None:
    """Type, and print what that took."""
    editor = Editor()
    started = time.perf_counter()
    await editor.start([folder])
    assert editor.client._server is not None
    server = editor.client._server.pid
    uri = editor.open(file, file.read_text() + "\n\nasync def typed():\n    x = 0\n    return x  # the end\n")
    await editor.shown(uri)
    print(f"first diagnostics after {time.perf_counter() - started:.2f} s")
    await asyncio.sleep(5)  # the other files have been looked at
    times, word = [], "x = 0"
    for number in range(keystrokes):
        new = f"x = {number + 1}"
        started = time.perf_counter()
        editor.replace(uri, word + "\n    return x  # the end", new + "\n    return x  # the end")
        word = new
        await editor.shown(uri)
        times.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(0.05)
    times.sort()
    print(f"{keystrokes} keystrokes: median {statistics.median(times):.0f} ms, 95th percentile {times[int(len(times) * 0.95) - 1]:.0f} ms")
    print(f"memory: {memory(server):.0f} MB")
    for number in range(edits):
        new = f"x = {keystrokes + number + 1}"
        editor.replace(uri, word + "\n    return x  # the end", new + "\n    return x  # the end")
        word = new
        if number % 50 == 49:
            await editor.shown(uri)
        if (number + 1) % max(edits // 5, 1) == 0:
            editor.published.clear()
            print(f"memory after {number + 1} edits: {memory(server):.0f} MB", flush=True)
    await editor.client.shutdown_session()
    await editor.client.stop()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--keystrokes", type=int, default=100)
    parser.add_argument("--edits", type=int, default=10000)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("file", type=Path, nargs="?")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ["ASYNCLINT_CACHE_DIR"] = os.path.join(place, "cache")
        folder = given.folder or Path(place) / "workspace"
        folder.mkdir(exist_ok=True)
        file = given.file or make(folder, given.files, given.lines)
        asyncio.run(measure(folder.resolve(), file.resolve(), given.keystrokes, given.edits))


if __name__ == "__main__":
    main()
