"""Which environment is the program's, which folders it has, and which file a module of it is: in real folders."""

from __future__ import annotations

import importlib.machinery
import json
import os
import site
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from asynclint.errors import ConfigError
from asynclint.project.environment import Environment, find_environment

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes need POSIX")

NOTHING: Mapping[str, str] = {}
TAG = "cpython-311-x86_64-linux-gnu.so"


def make(root: Path, *files: str) -> Path:
    """Make a tree of empty files below `root`; a name that ends in a slash is a folder."""
    root.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.touch()
    return root


def virtual(root: Path, *files: str, settings: str = "version = 3.11.7\n", python: str = "python3.11") -> Path:
    """Make a virtual environment with these files in its site-packages; returns the latter."""
    packages = make(root / "lib" / python / "site-packages", *files)
    (root / "pyvenv.cfg").write_text(settings)
    return packages


def configured(path: Path, project: Path | None = None) -> Environment:
    environment = find_environment(str(path), str(project or path.parent / "elsewhere"), [], NOTHING)
    assert environment is not None
    return environment


def folders(path: Path, project: Path | None = None) -> list[str]:
    return list(configured(path, project).folders)


def found(environment: Environment, module: str, root: Path) -> str | None:
    """The file of a module relative to `root`, with what it is: ``p`` a package, ``s`` a stub."""
    file = environment.find(module)
    if file is None:
        return None
    marks = "p" * file.is_package + "s" * file.is_stub
    return f"{Path(file.path).relative_to(root).as_posix()} {marks}".rstrip()


def over(*roots: Path) -> Environment:
    return Environment(str(roots[0]), "test", map(str, roots))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make(tmp_path / "project", "app/__init__.py")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lets us run in an installation of the test's own; returns its site-packages."""
    packages = make(tmp_path / "running" / "lib" / "site-packages")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "running"))
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(packages)])
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"purelib": str(packages), "platlib": str(packages)})
    return packages


# -- looking modules up


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["m/__init__.py", "m.py"], "m/__init__.py p"),
        (["m/__init__.py", "m/__init__.pyi"], "m/__init__.py p"),
        (["m.py", "m/data.py"], "m.py"),
        (["m.py", "m.pyi"], "m.py"),
        (["m.py", f"m.{TAG}"], "m.py"),
        ([f"m.{TAG}"], None),
        ([f"m.{TAG}", "m.pyi"], "m.pyi s"),
        (["m.abi3.so", "m.pyi"], "m.pyi s"),
        (["m.cp311-win_amd64.pyd", "m.pyi"], "m.pyi s"),
        (["m.pyc", "m.pyi"], "m.pyi s"),
        ([f"m.{TAG}", "m/__init__.pyi"], "m/__init__.pyi ps"),
        ([f"m/__init__.{TAG}", "m/__init__.pyi"], "m/__init__.pyi ps"),
        ([f"m/__init__.{TAG}", "m.py"], None),
        ([f"m.{TAG}", "m-stubs/__init__.pyi"], "m-stubs/__init__.pyi ps"),
        (["m-stubs/__init__.pyi"], "m-stubs/__init__.pyi ps"),
        (["m-stubs/__init__.pyi", "m.py"], "m.py"),
        (["m-stubs/__init__.py"], None),
        (["m/other.py"], None),
        (["M.py", "M/__init__.py"], None),
        (["m.py/", "m/__init__.py/"], None),
        (["m"], None),
        ([], None),
    ],
)
def test_the_file_of_a_module(tmp_path: Path, files: list[str], expected: str | None) -> None:
    assert found(over(make(tmp_path, *files)), "m", tmp_path) == expected


def test_submodules(tmp_path: Path) -> None:
    make(tmp_path, "a/__init__.py", "a/b.py", "a/c/__init__.py", "a/c/d.py", f"a/fast.{TAG}", "a/fast.pyi", "one.py", "one/x.py")
    environment = over(tmp_path)
    assert found(environment, "a.b", tmp_path) == "a/b.py"
    assert found(environment, "a.c", tmp_path) == "a/c/__init__.py p"
    assert found(environment, "a.c.d", tmp_path) == "a/c/d.py"
    assert found(environment, "a.fast", tmp_path) == "a/fast.pyi s"
    assert found(environment, "a.b.c", tmp_path) is None
    assert found(environment, "one.x", tmp_path) is None, "a module has no submodules"
    make(tmp_path, f"core.{TAG}", "core/__init__.pyi", "core/part.pyi", f"bare.{TAG}", "bare/part.py")
    environment = over(tmp_path)
    assert found(environment, "core.part", tmp_path) == "core/part.pyi s"
    assert found(environment, "bare.part", tmp_path) is None, "a compiled module has none either"


def test_submodules_of_a_stub_only_distribution(tmp_path: Path) -> None:
    first = make(tmp_path / "first", f"m/__init__.{TAG}", f"m/fast.{TAG}", "m/slow.py", "space-stubs/one/x.pyi")
    second = make(tmp_path / "second", "m-stubs/__init__.pyi", "m-stubs/fast.pyi", "m-stubs/slow.pyi", "space-stubs/two/__init__.pyi")
    environment = over(first, second)
    assert found(environment, "m", tmp_path) == "second/m-stubs/__init__.pyi ps"
    assert found(environment, "m.fast", tmp_path) == "second/m-stubs/fast.pyi s"
    assert found(environment, "m.slow", tmp_path) == "first/m/slow.py"
    assert found(environment, "space.one.x", tmp_path) == "first/space-stubs/one/x.pyi s"
    assert found(environment, "space.two", tmp_path) == "second/space-stubs/two/__init__.pyi ps"


def test_a_namespace_package_over_two_folders(tmp_path: Path) -> None:
    first = make(tmp_path / "first", "google/cloud/storage/__init__.py", "google/plain.py")
    second = make(tmp_path / "second", "google/cloud/tasks.py", "google/auth/__init__.py")
    environment = over(first, second)
    assert found(environment, "google", tmp_path) is None
    assert found(environment, "google.cloud", tmp_path) is None
    assert found(environment, "google.cloud.storage", tmp_path) == "first/google/cloud/storage/__init__.py p"
    assert found(environment, "google.cloud.tasks", tmp_path) == "second/google/cloud/tasks.py"
    assert found(environment, "google.auth", tmp_path) == "second/google/auth/__init__.py p"
    assert environment.has("google")


def test_the_first_folder_wins_but_a_namespace_package_gives_way(tmp_path: Path) -> None:
    first = make(tmp_path / "first", "a.py", "b/part.py", f"c.{TAG}")
    second = make(tmp_path / "second", "a/__init__.py", "b/__init__.py", "c.py")
    environment = over(first, second)
    assert found(environment, "a", tmp_path) == "first/a.py"
    assert found(environment, "b", tmp_path) == "second/b/__init__.py p"
    assert found(environment, "b.part", tmp_path) is None
    assert found(environment, "c", tmp_path) is None, "the compiled one is imported"


def test_what_is_installed(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a/__init__.py",
        "b.py",
        f"c.{TAG}",
        f"d/__init__.{TAG}",
        "space/part.py",
        "gone/__pycache__/x.pyc",
        "types-stubs/__init__.pyi",
    )
    make(tmp_path, "text.txt", "e.pyi", "x.py.bak")
    environment = over(tmp_path)
    names = ("a", "b", "c", "d", "space", "gone", "types", "text", "e", "x", "", "a.b", "..", "types-stubs", "A")
    assert [name for name in names if environment.has(name)] == ["a", "b", "c", "d", "space"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a..b", ".a", "a.", "a/b", "../a", "a.b c", "a-b", "a.1", "a\0", "\ud800", "a." * 20_000 + "a"]
)
def test_names_that_find_nothing(tmp_path: Path, name: str) -> None:
    root = make(tmp_path / "root", "a/__init__.py", "a/b.py", "a-b.py", "..py", ".py", "a/1.py")
    make(tmp_path, "a.py")
    assert over(root).find(name) is None


def test_a_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/__init__.py", "a/b.py", "c.py")
    listed: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> object:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    monkeypatch.setattr(os, "stat", lambda *arguments, **options: pytest.fail("asks for a single file"))
    environment = over(tmp_path)
    for _ in range(3):
        for name in ("a", "a.b", "a.none", "a.b.none", "c", "none", "none.none"):
            environment.find(name)
            environment.has(name)
    monkeypatch.undo()
    assert sorted(listed) == [str(tmp_path), str(tmp_path / "a")]


def test_the_import_system_agrees(tmp_path: Path) -> None:
    """Our own finder against Python's, for all that has source and no compiled twin."""
    first = make(tmp_path / "first", "a/__init__.py", "a.py", "b.py", "b/x.py", "space/one.py", "d/x.py", "e/", "f.py/", "g.txt", "h.pyi")
    second = make(tmp_path / "second", "a.py", "b/__init__.py", "space/two.py", "d.py", "e/__init__.py", "f.py", "g/__init__.py", "h.py")
    environment = over(first, second)
    for name in "abdefgh":
        spec = importlib.machinery.PathFinder.find_spec(name, list(environment.folders))
        file = environment.find(name)
        assert spec is not None
        assert file is not None
        assert (file.path, file.is_package) == (spec.origin, spec.submodule_search_locations is not None), name


# -- hostile folders


@posix_only
def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    root = make(tmp_path / "root", "a/__init__.py", "real.py")
    (root / "loop.py").symlink_to(root / "loop.py")
    (root / "loop").symlink_to(root / "loop")
    (root / "broken.py").symlink_to(root / "nowhere.py")
    (root / "linked.py").symlink_to(root / "real.py")
    (root / "a" / "a").symlink_to(root / "a")
    environment = over(root, tmp_path / "missing", root / "real.py")
    assert [name for name in ("loop", "broken", "linked", "real") if environment.find(name)] == ["linked", "real"]
    assert environment.find("a.a.a") is not None
    assert environment.find(".".join(["a"] * 5_000)) is None


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_is_not_ours_to_read(tmp_path: Path) -> None:
    make(tmp_path, "a/__init__.py")
    (tmp_path / "a").chmod(0)
    try:
        environment = over(tmp_path)
        assert environment.find("a") is None
        assert not environment.has("a")
    finally:
        (tmp_path / "a").chmod(0o755)


@posix_only
def test_pipes_are_not_read(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env", "a.py")
    os.mkfifo(packages / "x.pth")
    os.mkfifo(packages / "pipe.py")
    (tmp_path / "env" / "pyvenv.cfg").unlink()
    os.mkfifo(tmp_path / "env" / "pyvenv.cfg")
    environment = configured(tmp_path / "env")
    assert environment.find("a") is not None
    assert environment.find("pipe") is None


def test_settings_and_path_files_of_random_bytes(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env", "a.py", "added/")
    noise = bytes(range(256)) * 8
    (tmp_path / "env" / "pyvenv.cfg").write_bytes(noise)
    (packages / "noise.pth").write_bytes(noise + b"\nadded\n\xff\xfe\n")
    assert folders(tmp_path / "env") == [str(packages), str(packages / "added")]


def test_a_huge_path_file_is_left_alone(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env", "small/", "huge/")
    (packages / "small.pth").write_text("small\n")
    (packages / "huge.pth").write_text("huge\n" * 2_000_000)
    assert folders(tmp_path / "env") == [str(packages), str(packages / "small")]


# -- path files


def test_path_files(tmp_path: Path, project: Path) -> None:
    packages = virtual(tmp_path / "env", "near/", "far/", "import us/", "hidden/", "bom/", "file.py", "z.egg", "spam.zip")
    outside = make(tmp_path / "outside", "there.py")
    lines = [
        "# near",
        "",
        "import os; os.abort()",
        "import\tos",
        "import us",
        f"{outside}  ",
        "./near",
        "missing",
        "file.py",
        "z.egg",
        "spam.zip",
    ]
    (packages / "b.pth").write_text("\n".join(lines))
    (packages / "a.pth").write_text("far\r\nnear/../far\r\n", newline="")
    (packages / "c.pth").write_text("bom\n", encoding="utf-8-sig")
    (packages / ".hidden.pth").write_text("hidden\n")
    make(packages / "d.pth")
    environment = configured(tmp_path / "env", project)
    expected = [packages, packages / "far", outside, packages / "near", packages / "bom"]
    assert list(environment.folders) == [str(folder) for folder in expected]
    assert found(environment, "there", tmp_path) == "outside/there.py"


def test_the_project_itself_is_not_an_installed_package(tmp_path: Path, project: Path) -> None:
    packages = virtual(project / ".venv", "win32/")
    make(project, "src/", ".venv/src/dependency/")
    make(tmp_path / "sibling")
    places = [project, project / "src", tmp_path / "sibling", project / ".venv" / "src" / "dependency", packages / "win32"]
    (packages / "all.pth").write_text("\n".join(map(str, places)))
    environment = find_environment(None, str(project), [], NOTHING)
    assert environment is not None
    assert list(environment.folders) == [str(folder) for folder in [packages, *places[2:]]]


@posix_only
def test_the_project_is_known_behind_a_link(tmp_path: Path, project: Path) -> None:
    packages = virtual(tmp_path / "env")
    (tmp_path / "link").symlink_to(project)
    for place in (project, tmp_path / "link"):
        (packages / "project.pth").write_text(str(place))
        assert folders(tmp_path / "env", tmp_path / "link") == [str(packages)]
        assert folders(tmp_path / "env", project) == [str(packages)]


@posix_only
def test_one_folder_under_two_names_is_one(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env", "near/")
    (tmp_path / "link").symlink_to(packages / "near")
    (packages / "x.pth").write_text(f"near\n{tmp_path / 'link'}\n")
    assert folders(tmp_path / "env") == [str(packages), str(packages / "near")]


def test_a_virtual_environment_in_the_folder_of_the_project_itself(project: Path) -> None:
    packages = virtual(project, "win32/")
    make(project, "src/")
    (packages / "x.pth").write_text(f"win32\n{project / 'src'}\n")
    assert folders(project, project) == [str(packages), str(packages / "win32")]


# -- what is configured


def test_a_virtual_environment_by_folder_or_interpreter(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env", "a.py")
    make(tmp_path / "env", "bin/python")
    for path in (tmp_path / "env", tmp_path / "env" / "bin" / "python"):
        environment = configured(path)
        assert (environment.path, environment.reason) == (str(tmp_path / "env"), "configured")
        assert environment.folders == (str(packages),)


@posix_only
@pytest.mark.parametrize("is_broken", [False, True])
def test_the_link_of_a_virtual_environment_is_not_followed(tmp_path: Path, is_broken: bool) -> None:
    base = make(tmp_path / "base", "bin/", "lib/python3.11/site-packages/base.py")
    if not is_broken:
        make(base, "bin/python3.11")
    packages = virtual(tmp_path / "env")
    make(tmp_path / "env", "bin/")
    (tmp_path / "env" / "bin" / "python").symlink_to(base / "bin" / "python3.11")
    assert folders(tmp_path / "env" / "bin" / "python") == [str(packages)]


@posix_only
def test_the_link_of_an_installed_interpreter_is_followed(tmp_path: Path) -> None:
    base = make(tmp_path / "base", "bin/python3.10", "lib/python3.10/site-packages/", "lib/python3.12/site-packages/")
    make(tmp_path / "local", "bin/", "lib/python3.10/site-packages/")
    (tmp_path / "local" / "bin" / "python3").symlink_to(base / "bin" / "python3.10")
    environment = configured(tmp_path / "local" / "bin" / "python3")
    assert environment.path == str(base)
    assert environment.folders == (str(base / "lib" / "python3.10" / "site-packages"),)


def test_a_folder_that_holds_packages(tmp_path: Path) -> None:
    target = make(tmp_path / "target", "six.py", "six-1.16.dist-info/METADATA")
    plain = make(tmp_path / "plain", "a/__init__.py")
    empty = make(tmp_path / "x" / "site-packages")
    for folder in (target, plain, empty):
        assert (configured(folder).path, folders(folder)) == (str(folder), [str(folder)])


@pytest.mark.parametrize("name", ["missing", "empty", "notes/script.py", "notes", "file", "env", "nul\0", "odd\udcff"])
def test_what_cannot_be_used_is_an_error(tmp_path: Path, name: str) -> None:
    make(tmp_path, "empty/", "notes/script.py", "file", "env/pyvenv.cfg", "lib/python3.11/site-packages/")
    with pytest.raises(ConfigError, match="expected an interpreter") as caught:
        find_environment(str(tmp_path / name), str(tmp_path), ["a"], {"VIRTUAL_ENV": str(tmp_path)})
    str(caught.value).encode("utf-8")


# -- layouts


def test_several_versions(tmp_path: Path) -> None:
    make(tmp_path / "env", *(f"lib/python3.{minor}/site-packages/" for minor in (9, 10, 12)), "lib/python3.13/", "lib/python3/")
    assert folders(tmp_path / "env") == [str(tmp_path / "env/lib/python3.12/site-packages")], "the newest, by number"
    for settings in ("version = 3.10.4", "Version=3.10", "home = /x\nversion_info = 3.10.4.final.0"):
        (tmp_path / "env" / "pyvenv.cfg").write_text(settings)
        assert folders(tmp_path / "env") == [str(tmp_path / "env/lib/python3.10/site-packages")]
    (tmp_path / "env" / "pyvenv.cfg").write_text("version = 3.100")
    assert folders(tmp_path / "env") == [str(tmp_path / "env/lib/python3.12/site-packages")]


def test_lib64(tmp_path: Path) -> None:
    make(tmp_path / "env", "lib/python3.11/site-packages/", "lib64/python3.11/site-packages/")
    assert folders(tmp_path / "env") == [str(tmp_path / f"env/{library}/python3.11/site-packages") for library in ("lib64", "lib")]


@posix_only
def test_lib64_as_a_link(tmp_path: Path) -> None:
    packages = virtual(tmp_path / "env")
    (tmp_path / "env" / "lib64").symlink_to("lib")
    assert folders(tmp_path / "env") == [str(packages)]
    (tmp_path / "env" / "lib64").unlink()
    make(tmp_path / "env", "lib64/")
    (tmp_path / "env" / "lib64" / "python3.11").symlink_to("../lib/python3.11")
    assert len(folders(tmp_path / "env")) == 1


def test_debian(tmp_path: Path) -> None:
    usr = make(
        tmp_path / "usr",
        "bin/python3.11",
        "lib/python3/dist-packages/",
        "local/lib/python3.11/dist-packages/",
        "local/lib/python3.12/dist-packages/",
        "local/lib/python3.11/site-packages/",
    )
    expected = [str(usr / "local/lib/python3.11/dist-packages"), str(usr / "lib/python3/dist-packages")]
    assert folders(usr / "bin" / "python3.11") == expected


@pytest.mark.parametrize(
    "folder", ["lib/python3.10/dist-packages", "local/lib/python3.10/dist-packages", "lib/pypy3.10/site-packages", "Lib/site-packages"]
)
def test_other_layouts(tmp_path: Path, folder: str) -> None:
    make(tmp_path / "env", f"{folder}/a.py")
    environment = configured(tmp_path / "env")
    assert [Path(path) for path in environment.folders] == [tmp_path / "env" / folder]
    assert environment.has("a")


def test_the_base_installation_is_added_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = make(tmp_path / "base", "bin/", "lib/python3.11/site-packages/base.py", "lib/python3.12/site-packages/")
    for word, expected in (("true", True), ("True", True), ("false", False), ("", False)):
        virtual(tmp_path / "env", settings=f"home = {base / 'bin'}\ninclude-system-site-packages = {word}\nversion = 3.11.2\n")
        environment = configured(tmp_path / "env")
        assert environment.has("base") is expected
        assert len(environment.folders) == 1 + expected
    monkeypatch.chdir(tmp_path)
    virtual(tmp_path / "env", settings="home = base/bin\ninclude-system-site-packages = true\n")
    assert len(folders(tmp_path / "env")) == 1


def test_the_base_installation_on_windows(tmp_path: Path) -> None:
    base = make(tmp_path / "Python311", "python.exe", "Lib/site-packages/base.py")
    virtual(tmp_path / "env", settings=f"home = {base}\ninclude-system-site-packages = true\nversion = 3.11.2\n")
    assert configured(tmp_path / "env").has("base")
    assert configured(base / "python.exe").has("base")


# -- which one


def test_precedence(tmp_path: Path, project: Path, running: Path) -> None:
    make(running, "yaml.py")
    chosen: list[tuple[str, str]] = []
    active: dict[str, str] = {}

    def choose(given: Path | None = None) -> None:
        environment = find_environment(str(given) if given else None, str(project), ["yaml"], active)
        assert environment is not None
        chosen.append((Path(environment.path).name, environment.reason))

    choose()
    virtual(project / "venv")
    choose()
    virtual(project / ".venv")
    choose()
    virtual(tmp_path / "conda")
    active["CONDA_PREFIX"] = str(tmp_path / "conda")
    choose()
    virtual(tmp_path / "active")
    active["VIRTUAL_ENV"] = str(tmp_path / "active")
    choose()
    virtual(tmp_path / "given")
    choose(tmp_path / "given")
    assert chosen == [
        ("running", "it runs asynclint"),
        ("venv", "`venv` of the project"),
        (".venv", "`.venv` of the project"),
        ("conda", "CONDA_PREFIX"),
        ("active", "VIRTUAL_ENV"),
        ("given", "configured"),
    ]


def test_unusable_environments_are_passed_over(tmp_path: Path, project: Path, running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    virtual(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    make(project, "venv/lib/python3.11/site-packages/", ".venv/pyvenv.cfg", "lib/python3.11/site-packages/")
    for path in ("", ".", "gone", str(tmp_path / "gone"), str(project / "app"), str(project / "app" / "__init__.py")):
        assert find_environment(None, str(project), ["yaml"], {"VIRTUAL_ENV": path, "CONDA_PREFIX": path}) is None


def test_we_run_in_it_only_if_it_holds_most_of_the_imports(project: Path, running: Path) -> None:
    make(running, "yaml.py", f"orjson.{TAG}", "google/cloud/x.py", "types-stubs/__init__.pyi")

    def is_chosen(*imported: str) -> bool:
        return find_environment(None, str(project), iter(imported), NOTHING) is not None

    assert is_chosen("yaml")
    assert is_chosen("yaml", "orjson", "other")
    assert is_chosen("google")
    assert not is_chosen("yaml", "other"), "half is not most"
    assert not is_chosen("yaml", "yaml", "yaml", "other")
    assert not is_chosen("types")
    assert not is_chosen()
    (running / "project.pth").write_text(str(project))
    assert is_chosen("other")
    assert not is_chosen(), "nothing to look up"


def test_we_may_run_in_the_folder_of_the_project_without_being_installed_for_it(tmp_path: Path, running: Path) -> None:
    make(running, "win32/")
    (running / "pywin32.pth").write_text("win32")
    assert find_environment(None, str(tmp_path), ["missing"], NOTHING) is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("app.pth", "{project}/src", True),
        ("app.pth", "import x\n{project}", True),
        ("app.pth", "{project}-other", False),
        ("app-1.dist-info/direct_url.json", '{{"url": "file://{project}", "dir_info": {{"editable": true}}}}', True),
        ("app-1.dist-info/direct_url.json", '{{"url": "file://{project}-other"}}', False),
        ("app-1.dist-info/direct_url.json", '{{"url": "https://example.org{project}"}}', False),
        ("app-1.dist-info/direct_url.json", '{{"url": "file://{project}%00"}}', False),
        ("app-1.dist-info/direct_url.json", '{{"url": "file://[{project}"}}', False),
        ("app-1.dist-info/direct_url.json", '{{"url": 1}}', False),
        ("app-1.dist-info/direct_url.json", "[]", False),
        ("app-1.dist-info/direct_url.json", "[" * 60_000, False),
        ("app-1.dist-info/direct_url.json", '{{"url"', False),
    ],
)
@posix_only
def test_we_run_in_it_if_the_project_is_installed(project: Path, running: Path, name: str, content: str, expected: bool) -> None:
    make(project, "src/", "../project-other/")
    make(running, name)
    (running / name).write_text(content.format(project=project))
    assert (find_environment(None, str(project), ["missing"], NOTHING) is not None) is expected


@posix_only
def test_the_url_of_a_project_with_odd_characters(tmp_path: Path, running: Path) -> None:
    project = make(tmp_path / "my project é#1")
    make(running, "app-1.dist-info/")
    (tmp_path / "link").symlink_to(project)
    for origin in (project, tmp_path / "link"):
        (running / "app-1.dist-info" / "direct_url.json").write_text(json.dumps({"url": origin.as_uri()}))
        for folder in (project, tmp_path / "link"):
            assert find_environment(None, str(folder), ["missing"], NOTHING) is not None


def test_the_user_site(tmp_path: Path, project: Path, running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make(tmp_path / "user", "yaml.py")
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(user))
    assert find_environment(None, str(project), ["yaml"], NOTHING) is None
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    environment = find_environment(None, str(project), ["yaml"], NOTHING)
    assert environment is not None
    assert environment.folders == (str(user), str(running))
    monkeypatch.setattr(site, "getusersitepackages", lambda: str(tmp_path / "missing"))
    make(running, "yaml.py")
    environment = find_environment(None, str(project), ["yaml"], NOTHING)
    assert environment is not None
    assert environment.folders == (str(running),)


def test_a_real_virtual_environment_has_the_folders_that_its_python_has(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, system_site_packages=True, symlinks=sys.platform != "win32")
    interpreter = next(path for path in (tmp_path / "env/bin/python", tmp_path / "env/Scripts/python.exe") if path.exists())
    program = "import json, site; print(json.dumps(site.getsitepackages()))"
    done = subprocess.run([str(interpreter), "-s", "-c", program], capture_output=True, text=True, check=True)
    expected = {os.path.realpath(path) for path in json.loads(done.stdout) if "-packages" in path and os.path.isdir(path)}
    environment = configured(interpreter)
    assert expected
    assert {os.path.realpath(path) for path in environment.folders if "-packages" in path} == expected


def test_an_active_environment_that_is_our_own_does_not_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pre-commit hook runs in an environment of its own, which it makes the active one."""
    virtual(tmp_path / "hook", "asynclint/__init__.py")
    virtual(tmp_path / "project" / ".venv", "yaml/__init__.py")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "hook"))
    active = {"VIRTUAL_ENV": str(tmp_path / "hook")}
    environment = find_environment(None, str(tmp_path / "project"), ["yaml"], active)
    assert environment is not None
    assert environment.reason == "`.venv` of the project"
