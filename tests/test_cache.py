"""The fact store gives back what was walked, or nothing: whatever happened to its folder, and whoever writes there at the same time."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from asynclint import cache
from asynclint.cache import FactStore, default_folder
from asynclint.facts.collect import collect
from asynclint.facts.model import ModuleFacts, Places
from asynclint.source.parse import parse, quiet

SOURCE = Path(__file__).parents[1] / "src"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes and links need POSIX")

EXAMPLE = b"""
import asyncio, time
from os import *

class Client:
    timeout: float = 3
    def __init__(self, url="\xc3\xa4"):
        self.url, self.lock = url, asyncio.Lock()
    async def get(self, *names: str, wait=True):
        if wait and (found := names[0]):
            async with self.lock:
                time.sleep(self.timeout)
        return [found for _ in names]

async def main():
    client = Client(); client.zeal = 1; client.ardour = main
    await client.get("a", wait=False)
"""

Walked = tuple[ModuleFacts, Places]


def walk(data: bytes, module: str = "example", is_package: bool = False) -> Walked:
    with quiet():
        return collect(parse(data, module), module, is_package)


def keep(folder: Path, data: bytes = EXAMPLE, module: str = "example", is_package: bool = False) -> Path:
    """Walk and save one file with a new store; returns the entry."""
    before = set(entries(folder))
    FactStore(str(folder)).save(data, module, is_package, *walk(data, module, is_package))
    (entry,) = set(entries(folder)) - before
    return entry


def load(folder: Path, data: bytes = EXAMPLE, module: str = "example", is_package: bool = False) -> Walked | None:
    return FactStore(str(folder)).load(data, module, is_package)


def entries(folder: Path) -> list[Path]:
    """All files in the folders of entries, half-written ones too."""
    return sorted(folder.glob("facts/*/*"))


def own_files() -> list[tuple[bytes, str, bool]]:
    found: list[tuple[bytes, str, bool]] = []
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found.append((path.read_bytes(), module.removesuffix(".__init__"), path.name == "__init__.py"))
    return found


# -- what is kept


def test_loading_gives_what_was_walked_and_is_cheap(tmp_path: Path) -> None:
    files = own_files()
    started = time.perf_counter()
    walked = [walk(*file) for file in files]
    walking = time.perf_counter() - started
    store = FactStore(str(tmp_path))
    for file, found in zip(files, walked, strict=True):
        store.save(*file, *found)
    started = time.perf_counter()
    store = FactStore(str(tmp_path))
    loaded = [store.load(*file) for file in files]
    loading = time.perf_counter() - started
    print(f"{len(files)} files: parsed and walked in {walking:.3f} s, loaded in {loading:.3f} s")
    assert loaded == walked
    assert loading < walking / 2  # measured: a tenth


def test_types_and_orders_come_back() -> None:
    walked = walk(EXAMPLE)
    key = bytes(32)
    loaded = cache._decode(cache._encode(*walked, key), key)
    # Equality sees no difference between a plain tuple and a named one, nor between the orders of two dictionaries: repr does. Only a
    # set's own order may differ.
    assert repr(loaded[0]._replace(imports=frozenset())) == repr(walked[0]._replace(imports=frozenset()))
    assert loaded[0].imports == walked[0].imports
    assert repr(loaded[1]) == repr(walked[1])
    assert list(loaded[0].bindings) == ["asyncio", "time", "Client", "main"]


def test_facts_depend_on_content_name_and_kind(tmp_path: Path) -> None:
    keep(tmp_path)
    assert load(tmp_path) == walk(EXAMPLE)
    assert load(tmp_path, EXAMPLE + b"\n") is None
    assert load(tmp_path, module="other") is None
    assert load(tmp_path, is_package=True) is None
    assert load(tmp_path / "elsewhere") is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = FactStore(None)
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert store.load(EXAMPLE, "example", False) is None
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_no_text_cost_only_their_file(tmp_path: Path) -> None:
    store = FactStore(str(tmp_path))
    module = "bad\udcff"
    store.save(EXAMPLE, module, False, *walk(EXAMPLE, module))
    assert store.load(EXAMPLE, module, False) is None
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert store.load(EXAMPLE, "example", False) == walk(EXAMPLE)


# -- what facts come from


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of our package, to change."""
    ignored = shutil.ignore_patterns("__pycache__", "rules", "knowledge", "project", "report")
    copy = tmp_path / "package" / "asynclint"
    shutil.copytree(SOURCE / "asynclint", copy, ignore=ignored)
    return copy


STORE = """
import sys
from asynclint.cache import FactStore
from asynclint.facts.collect import collect
from asynclint.source.parse import parse
store = FactStore(sys.argv[1])
print(store.load(b"x = 1", "m", False) is not None)
store.save(b"x = 1", "m", False, *collect(parse(b"x = 1", "m"), "m", False))
"""


def had_facts(package: Path, folder: Path) -> bool:
    """Whether this copy of the package found the facts of a file there; they are there afterwards."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package.parent), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", STORE, str(folder)], env=environment, capture_output=True, text=True, check=True)
    return done.stdout == "True\n"


def test_another_version_of_us_finds_nothing(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert not had_facts(package, folder)
    assert had_facts(package, folder)
    for changed in ("source/references.py", "facts/model.py", "cache.py"):
        with (package / changed).open("a") as file:
            file.write("\nCHANGED = 1\n")
        assert not had_facts(package, folder), changed
        assert had_facts(package, folder), changed
    (package / "api.py").write_text("")  # makes no facts
    assert had_facts(package, folder)


def test_another_python_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path)
    with monkeypatch.context() as other:
        other.setattr(sys, "version_info", (3, 99, 0, "final", 0))
        assert load(tmp_path) is None
    with monkeypatch.context() as other:
        other.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
        assert load(tmp_path) is None
    assert load(tmp_path) == walk(EXAMPLE)


def test_nothing_else_of_ours_makes_facts() -> None:
    program = "import sys, asynclint.facts.collect; print(*[name for name in sys.modules if name.startswith('asynclint')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in done.stdout.split() if "." in name}
    assert rooms == {"source", "facts"}, "the key of an entry has to depend on all code that makes facts"


# -- damage


def test_a_cut_entry_is_not_there(tmp_path: Path) -> None:
    entry = keep(tmp_path)
    whole = entry.read_bytes()
    store = FactStore(str(tmp_path))
    for length in [*range(40), *range(0, len(whole), 97), len(whole) - 1]:
        entry.write_bytes(whole[:length])
        assert store.load(EXAMPLE, "example", False) is None, length
    entry.write_bytes(whole + b"\0")
    assert store.load(EXAMPLE, "example", False) is None
    entry.write_bytes(whole)
    assert store.load(EXAMPLE, "example", False) == walk(EXAMPLE)


def test_an_entry_with_a_wrong_byte_is_not_there(tmp_path: Path) -> None:
    entry = keep(tmp_path)
    whole = entry.read_bytes()
    store = FactStore(str(tmp_path))
    for place in [*range(40), *range(0, len(whole), 97), len(whole) - 1]:
        for bit in (0x01, 0x80):
            entry.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            assert store.load(EXAMPLE, "example", False) is None, place


def test_an_entry_of_another_file_is_not_there(tmp_path: Path) -> None:
    entry = keep(tmp_path)
    other = keep(tmp_path, b"x = 1")
    shutil.copyfile(other, entry)
    assert load(tmp_path) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        b"\x91" * 100_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xa2\xff\xfe",
        msgspec.msgpack.encode({"facts": 1}),
        msgspec.msgpack.encode([["m", [], [], [], {}, [], [], []], b"", b"", b"", b"more"]),
        msgspec.msgpack.encode([["m", [], [], [], {}, [], [], []], b"123", b"", b""]),
        msgspec.msgpack.encode([["m", [[0, 0, "", ()], [1, "0", "a", ()]], [], [], {}, [], [], []], b"", b"", b""]),
        msgspec.msgpack.encode([["m", [[0, 0, b"", ()]], [], [], {}, [], [], []], b"", b"", b""]),
    ],
    ids=["nothing", "no-type", "deep", "endless-list", "endless-bytes", "no-text", "map", "more", "odd", "wrong-type", "bytes-for-text"],
)
def test_an_entry_of_another_shape_is_not_there(tmp_path: Path, payload: bytes) -> None:
    entry = keep(tmp_path)
    key = bytes.fromhex(entry.parent.name + entry.name)
    entry.write_bytes(cache._checksum(payload, key) + payload)
    assert load(tmp_path) is None
    FactStore(str(tmp_path)).save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert load(tmp_path) == walk(EXAMPLE)


def test_a_folder_in_the_place_of_an_entry(tmp_path: Path) -> None:
    entry = keep(tmp_path)
    entry.unlink()
    entry.mkdir()
    assert load(tmp_path) is None
    FactStore(str(tmp_path)).save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert load(tmp_path) is None
    assert entries(tmp_path) == [entry]  # nothing half written is left


# -- the folder


def test_the_folder_is_closed_to_others_and_tagged(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "cache"
    keep(folder)
    tag = folder / "facts" / "CACHEDIR.TAG"
    assert tag.read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    assert [path.name for path in folder.iterdir()] == ["facts"]
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "facts").stat().st_mode) == 0o700


@posix_only
@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, mode: int) -> None:
    entry = keep(tmp_path)
    (tmp_path / "facts").chmod(mode)
    assert load(tmp_path) is None
    FactStore(str(tmp_path)).save(b"x = 1", "m", False, *walk(b"x = 1"))
    assert entries(tmp_path) == [entry]
    (tmp_path / "facts").chmod(0o755)
    assert load(tmp_path) == walk(EXAMPLE)


@posix_only
def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = keep(tmp_path)
    if os.geteuid() == 0:
        os.chown(tmp_path / "facts", 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert load(tmp_path) is None
    FactStore(str(tmp_path)).save(b"x = 1", "m", False, *walk(b"x = 1"))
    assert entries(tmp_path) == [entry]


def place_file(folder: Path) -> Path:
    folder.write_text("mine")
    return folder


def place_inner_file(folder: Path) -> Path:
    folder.mkdir()
    (folder / "facts").write_text("mine")
    return folder


@pytest.mark.parametrize(
    "place",
    [
        place_file,
        place_inner_file,
        lambda folder: place_file(folder) / "below",
        lambda folder: folder / ("long" * 100),
        lambda folder: f"{folder}/a\0b",
        lambda folder: f"{folder}/\ud800",
        lambda folder: "",
    ],
    ids=["file", "inner-file", "below-a-file", "long", "null", "surrogate", "empty"],
)
def test_an_impossible_folder_keeps_nothing(tmp_path: Path, place: Callable[[Path], object]) -> None:
    store = FactStore(str(place(tmp_path / "cache")))
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert store.load(EXAMPLE, "example", False) is None


@posix_only
def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes anywhere")
    keep(tmp_path)
    folders = [tmp_path, tmp_path / "facts", *(tmp_path / "facts").glob("?")]
    for folder in folders:
        folder.chmod(0o500)
    store = FactStore(str(tmp_path))
    for number in range(40):  # in all folders, old and new
        data = b"x = %d" % number
        store.save(data, "m", False, *walk(data, "m"))
    loaded = store.load(EXAMPLE, "example", False)
    for folder in folders:
        folder.chmod(0o700)
    assert loaded == walk(EXAMPLE)
    assert len(entries(tmp_path)) == 1


def test_after_a_failed_write_nothing_more_is_written(tmp_path: Path) -> None:
    entry = keep(tmp_path)
    other = keep(tmp_path, b"x = 1", "m")
    entry.unlink()
    other.unlink()
    other.mkdir()  # so that this one fails, while reading goes on
    kept = b"y = 2"
    keep(tmp_path, kept, "m")
    store = FactStore(str(tmp_path))
    store.save(b"x = 1", "m", False, *walk(b"x = 1", "m"))
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert store.load(EXAMPLE, "example", False) is None
    assert store.load(kept, "m", False) == walk(kept, "m")
    assert not entry.exists()


def test_a_folder_that_vanishes_is_not_made_again(tmp_path: Path) -> None:
    store = FactStore(str(tmp_path / "cache"))
    shutil.rmtree(tmp_path / "cache")
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert store.load(EXAMPLE, "example", False) is None
    assert not (tmp_path / "cache").exists()  # made by a write, it would be open to others


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    FactStore(str(tmp_path)).save(EXAMPLE, "example", False, *walk(EXAMPLE))
    assert entries(tmp_path) == []


# -- several processes

WRITER = """
import sys
from asynclint.cache import FactStore
from asynclint.facts.collect import collect
from asynclint.source.parse import parse
order = int(sys.argv[2])
files = [b"import time\\nasync def f(): time.sleep(%d)\\n" % number * (number + 1) for number in range(40)][::order]
walked = [collect(parse(data, "m"), "m", False) for data in files]
store = FactStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(10):
    for data, found in zip(files, walked):
        assert store.load(data, "m", False) in (None, found)
        store.save(data, "m", False, *found)
assert [store.load(data, "m", False) for data in files] == walked
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), order], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for order in ("1", "-1")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(entries(tmp_path)) == 40  # and nothing half written


# -- size


def test_the_oldest_entries_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_LARGEST_FOLDER", 8 * 4096)
    monkeypatch.setattr(cache, "_WRITES_PER_PRUNE", 1)
    store = FactStore(str(tmp_path))
    now = time.time()
    written: dict[Path, list[Path]] = {}
    for number in range(200):
        data = b"x = %d" % number
        before = set(entries(tmp_path))
        store.save(data, "m", False, *walk(data, "m"))
        (entry,) = set(entries(tmp_path)) - before
        os.utime(entry, (now - 1000 + number, now - 1000 + number))
        written.setdefault(entry.parent, []).append(entry)
    for folder, order in written.items():
        kept = set(folder.iterdir())
        assert min(len(order), 6) <= len(kept) <= 8
        assert kept == set(order[-len(kept) :])


def test_an_entry_that_was_read_stays_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_LARGEST_FOLDER", 3 * 4096)
    for name, read, written in (("old", 10, 10), ("read", 30, 5), ("new", 20, 20), ("newest", 40, 40)):
        path = tmp_path / name
        path.write_bytes(b"entry")
        os.utime(path, (read, written))
    cache.prune(str(tmp_path), cache._LARGEST_FOLDER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newest", "read"]


def test_a_small_store_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_WRITES_PER_PRUNE", 1)
    files = [b"x = %d" % number for number in range(50)]
    store = FactStore(str(tmp_path))
    for data in files:
        store.save(data, "m", False, *walk(data, "m"))
    assert all(store.load(data, "m", False) for data in files)


def test_too_large_an_entry_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_LARGEST_ENTRY", 300)
    store = FactStore(str(tmp_path))
    store.save(EXAMPLE, "example", False, *walk(EXAMPLE))
    store.save(b"x = 1", "m", False, *walk(b"x = 1", "m"))
    assert store.load(EXAMPLE, "example", False) is None
    assert store.load(b"x = 1", "m", False) is not None


# -- where


@posix_only
@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"HOME": "/home/me"}, "/home/me/.cache/asynclint"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "/fast"}, "/fast/asynclint"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": ""}, "/home/me/.cache/asynclint"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "not/absolute"}, "/home/me/.cache/asynclint"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "/fast", "ASYNCLINT_CACHE_DIR": "/given"}, "/given"),
        ("linux", {"HOME": "/home/me", "ASYNCLINT_CACHE_DIR": ""}, "/home/me/.cache/asynclint"),
        ("linux", {"HOME": ""}, None),
        ("linux", {}, None),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Caches/asynclint"),
        ("darwin", {"HOME": "/Users/me", "XDG_CACHE_HOME": "/fast"}, "/fast/asynclint"),
        ("win32", {"LOCALAPPDATA": "/local", "HOME": "/home/me"}, "/local/asynclint/cache"),
        ("win32", {"HOME": "/home/me"}, None),
    ],
)
def test_the_default_folder(platform: str, variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert default_folder(variables) == expected


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_folder({"ASYNCLINT_CACHE_DIR": "cache"}) == str(tmp_path / "cache")
