"""Which files a run reports, which program they are in, and which modules they are, in real folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from asynclint.config import Config, defaults
from asynclint.discover import Program, ProgramFile, discover, stdin_file
from asynclint.errors import ConfigError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links and such names need POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Above all of a test's folders, so that what the machine has there does not matter."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make(tmp_path / "project", "pyproject.toml")


def make(root: Path, *files: str) -> Path:
    """Make a tree of empty files below `root`."""
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def run(root: Path, *paths: str, **settings: object) -> Program:
    """Discover as if started in `root`, which also has the settings."""
    return discover(paths, defaults(root).with_options(settings), cwd=root)


def modules(program: Program) -> dict[str, str]:
    """From what is displayed of each file to its module."""
    return {file.display: file.module for file in program.files}


def reported(program: Program) -> list[str]:
    return sorted(file.display for file in program.files if file.reported)


def shape(program: Program) -> tuple[object, ...]:
    """All of a program but what depends on the paths given."""
    return program.root, program.roots, [(f.path, f.module, f.is_package, f.root) for f in program.files]


# -- modules


def test_flat_layout(project: Path) -> None:
    make(project, "app/__init__.py", "app/core/__init__.py", "app/core/db.py", "main.py", "tests/test_db.py")

    program = run(project, ".")

    assert modules(program) == {
        "app/__init__.py": "app",
        "app/core/__init__.py": "app.core",
        "app/core/db.py": "app.core.db",
        "main.py": "main",
        "tests/test_db.py": "tests.test_db",
    }
    assert {file.module for file in program.files if file.is_package} == {"app", "app.core"}
    assert {file.root for file in program.files} == {str(project)}
    assert program.root == str(project)
    assert program.roots == (str(project),)
    assert program.errors == ()


def test_src_layout_with_packages_modules_and_namespaces(project: Path) -> None:
    make(project, "src/app/__init__.py", "src/app/x.py", "src/tool.py", "src/spaced/cloud/__init__.py", "src/bare/y.py")

    program = run(project, ".")

    assert list(modules(program).values()) == ["app", "app.x", "bare.y", "spaced.cloud", "tool"]
    assert program.roots == (str(project), str(project / "src"))


def test_a_src_that_is_a_package_is_no_root(project: Path) -> None:
    make(project, "src/__init__.py", "src/x.py")

    assert list(modules(run(project, ".")).values()) == ["src", "src.x"]


def test_src_of_the_configuration_replaces_the_usual_one(project: Path) -> None:
    make(project, "lib/google/cloud/__init__.py", "lib/google/cloud/x.py", "src/y.py")

    program = run(project, ".", src=["lib"])

    assert list(modules(program).values()) == ["google.cloud", "google.cloud.x", "src.y"]


def test_a_package_in_a_folder_has_that_folder_as_its_root(project: Path) -> None:
    make(project, "backend/app/__init__.py", "backend/app/main.py", "backend/manage.py")

    program = run(project, ".")

    assert {file.module: file.root for file in program.files} == {
        "app": str(project / "backend"),
        "app.main": str(project / "backend"),
        "backend.manage": str(project),
    }
    assert program.roots == (str(project), str(project / "backend"))


def test_a_folder_that_the_imports_of_its_packages_start_with_is_a_package(project: Path) -> None:
    make(project, "lib/shop/orders/__init__.py", "lib/shop/orders/models.py", "lib/shop/stock/__init__.py", "lib/tools/lint/__init__.py")
    (project / "lib/shop/orders/models.py").write_text("from shop.stock import Stock\nimport shop.elsewhere\n")
    (project / "lib/tools/lint/__init__.py").write_text("from tools import x\nfrom lint.rules import y\n")

    assert modules(run(project, ".")) == {
        "lib/shop/orders/__init__.py": "shop.orders",
        "lib/shop/orders/models.py": "shop.orders.models",
        "lib/shop/stock/__init__.py": "shop.stock",
        "lib/tools/lint/__init__.py": "lint",
    }
    assert modules(run(project, "lib/shop/stock")).items() <= modules(run(project, ".")).items()
    (project / "lib/shop/stock/__init__.py").write_text("from orders.models import Order\nimport stock.places\nimport stock.prices")
    assert modules(run(project, "."))["lib/shop/stock/__init__.py"] == "stock"


def test_namespaces_count_from_the_project_if_python_could_import_them(project: Path) -> None:
    make(project, "tools/x/y.py", "my-tools/x/z.py", "my-tools/run-it.v2.py")

    program = run(project, ".")

    assert {file.display: (file.module, file.root) for file in program.files} == {
        "tools/x/y.py": ("tools.x.y", str(project)),
        "my-tools/x/z.py": ("z", str(project / "my-tools" / "x")),
        "my-tools/run-it.v2.py": ("run-it%2Ev2", str(project / "my-tools")),
    }


def test_a_projects_own_folder_is_never_a_package(project: Path) -> None:
    make(project, "__init__.py", "x.py", "app/__init__.py")

    assert list(modules(run(project, ".")).values()) == ["__init__", "app", "x"]


def test_a_project_inside_of_a_package_stays_in_it(project: Path) -> None:
    make(project, "app/__init__.py", "app/plugin/__init__.py", "app/plugin/setup.cfg", "app/plugin/x.py")

    assert "app.plugin.x" in modules(run(project, ".")).values()


def test_equal_names_are_marked_with_their_place(project: Path) -> None:
    make(project, "my-examples/foo/main.py", "my-examples/bar.d/main.py", "my-examples/bar.d/helper.py")

    program = run(project, ".")

    assert modules(program) == {
        "my-examples/bar.d/main.py": "main",
        "my-examples/bar.d/helper.py": "helper",
        "my-examples/foo/main.py": "main@my-examples/foo/main%2Epy",
    }
    assert [file.name for file in program.files] == ["helper", "main", "main"]


def test_examples_side_by_side_are_apart(project: Path) -> None:
    make(project, "examples/foo/main.py", "examples/bar/main.py")

    assert list(modules(run(project, ".")).values()) == ["examples.bar.main", "examples.foo.main"]


def test_a_marked_package_stays_together(project: Path) -> None:
    make(project, *(f"{part}/tests/{file}.py" for part in "ab" for file in ("__init__", "helpers", f"test_{part}")))

    program = run(project, ".")

    assert modules(program) == {
        "a/tests/__init__.py": "tests",
        "a/tests/helpers.py": "tests.helpers",
        "a/tests/test_a.py": "tests.test_a",
        "b/tests/__init__.py": "tests@b/tests",
        "b/tests/helpers.py": "tests@b/tests.helpers",
        "b/tests/test_b.py": "tests@b/tests.test_b",
    }
    assert {file.name for file in program.files if file.root == str(project / "b")} == {
        "tests",
        "tests.helpers",
        "tests.test_b",
    }


def test_a_mark_stands_at_the_package_inside_of_a_namespace(project: Path) -> None:
    make(project, *(f"{part}/{file}" for part in "ab" for file in ("setup.py", "src/ns/pkg/__init__.py")))

    assert modules(run(project, "."))["b/src/ns/pkg/__init__.py"] == "ns.pkg@b/src/ns/pkg"


def test_a_namespace_over_two_roots_needs_no_mark(project: Path) -> None:
    make(project, "a/setup.py", "a/src/ns/one/__init__.py", "b/setup.py", "b/src/ns/two/__init__.py")

    assert {"ns.one", "ns.two"} <= set(modules(run(project, ".")).values())


def test_a_package_goes_before_the_module_it_shadows(project: Path) -> None:
    make(project, "foo.py", "foo/__init__.py", "foo/bar.py", "foo/bar/__init__.py", "foo/bar/x.py")

    assert modules(run(project, ".")) == {
        "foo/__init__.py": "foo",
        "foo/bar/__init__.py": "foo.bar",
        "foo/bar/x.py": "foo.bar.x",
        "foo/bar.py": "foo.bar@foo/bar%2Epy",
        "foo.py": "foo@foo%2Epy",
    }


def test_files_come_by_module_and_modules_are_unique(project: Path) -> None:
    make(project, "z.py", "b/a.py", "my-x/z.py", "our-x/z.py", "a.py")

    names = [file.module for file in run(project, "our-x", ".", "z.py").files]

    assert names == sorted(names)
    assert len(set(names)) == 5


# -- paths and program


def test_a_file_alone_is_analysed_in_its_whole_project(project: Path) -> None:
    make(project, "src/app/__init__.py", "src/app/x.py", "src/app/sub/y.py", "tests/test_x.py", ".gitignore")

    whole = run(project, ".")
    alone = run(project, "src/app/x.py")
    folder = run(project, "src/app")

    assert shape(alone) == shape(whole) == shape(folder)
    assert len(reported(whole)) == 4
    assert reported(alone) == ["src/app/x.py"]
    assert reported(folder) == ["src/app/__init__.py", "src/app/sub/y.py", "src/app/x.py"]
    assert [file.display for file in alone.files if file.given] == ["src/app/x.py"]
    assert not [file for file in folder.files if file.given]


@pytest.mark.parametrize("marker", ["pyproject.toml", "asynclint.toml", "setup.cfg", "setup.py", ".git"])
def test_what_makes_a_project(tmp_path: Path, marker: str) -> None:
    make(tmp_path / "p", marker, "a/x.py", "b/y.py")

    assert run(tmp_path, "p/a/x.py").root == str(tmp_path / "p")


def test_the_home_folder_is_no_project(tmp_path: Path) -> None:
    make(tmp_path, "pyproject.toml", ".git/HEAD", "scratch/x.py", "other/y.py")

    assert run(tmp_path, "scratch/x.py").root == str(tmp_path / "scratch")
    assert list(modules(run(tmp_path, "scratch"))) == ["scratch/x.py"]
    assert run(tmp_path, "scratch").root == str(tmp_path / "scratch")


def test_without_a_project_a_folder_is_the_program(tmp_path: Path) -> None:
    make(tmp_path / "loose", "tools/x.py", "y.py")

    assert modules(run(tmp_path, "loose")) == {"loose/tools/x.py": "tools.x", "loose/y.py": "y"}


def test_without_a_project_a_files_outermost_package_is_the_program(tmp_path: Path) -> None:
    make(tmp_path / "loose", "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/x.py", "pkg/y.py", "other.py")

    program = run(tmp_path, "loose/pkg/sub/x.py")

    assert list(modules(program).values()) == ["pkg", "pkg.sub", "pkg.sub.x", "pkg.y"]
    assert reported(program) == ["loose/pkg/sub/x.py"]


def test_without_a_project_a_script_is_alone(tmp_path: Path) -> None:
    make(tmp_path / "loose", "x.py", "y.py")

    assert modules(run(tmp_path, "loose/x.py")) == {"loose/x.py": "x"}


def test_several_projects_are_one_program(tmp_path: Path) -> None:
    make(tmp_path / "one", "setup.py", "app/__init__.py", "app/a.py")
    make(tmp_path / "two", "setup.py", "app/__init__.py", "app/b.py")

    program = run(tmp_path, "two/app/b.py", "one/app")

    assert program.root == str(tmp_path)
    assert {"app.a", "app@two/app.b", "setup", "setup@two/setup%2Epy"} <= set(modules(program).values())
    assert reported(program) == ["one/app/__init__.py", "one/app/a.py", "two/app/b.py"]


def test_a_project_inside_of_a_program_keeps_its_names(project: Path) -> None:
    make(project / "packages" / "a", "pyproject.toml", "src/a/__init__.py", "src/a/x.py", "tests/test_x.py")

    inner = run(project, "packages/a")
    outer = run(project, ".")

    assert set(modules(inner).items()) == set(modules(outer).items())
    assert modules(inner)["packages/a/tests/test_x.py"] == "tests.test_x"


def test_direct_reach_reads_nothing_else(project: Path) -> None:
    make(project, "app/__init__.py", "app/x.py", "tools/y.py", "tools/z.py")

    assert modules(run(project, "app/x.py", reach="direct")) == {"app/x.py": "app.x"}
    assert modules(run(project, "tools", reach="direct")) == {"tools/y.py": "tools.y", "tools/z.py": "tools.z"}


def test_nothing_found(project: Path) -> None:
    (project / "empty").mkdir()

    assert run(project, ".").files == ()
    assert run(project, "empty") == Program(str(project), (), (), ())


@pytest.mark.parametrize("missing", ["missing.py", "gone/", "", "x\0y.py"])
def test_a_missing_path(project: Path, missing: str) -> None:
    with pytest.raises(ConfigError, match="no such file or folder") as caught:
        run(project, ".", missing)
    assert caught.value.status == 2


def test_paths_are_displayed_as_given_or_from_here(project: Path) -> None:
    make(project, "app/x.py", "app/y.py", "z.py")
    config = defaults(project)

    shown = [f.display for f in discover(["./x.py", str(project / "z.py"), ".."], config, cwd=project / "app").files]

    assert shown == ["./x.py", "y.py", str(project / "z.py")]


def test_the_working_directory_is_the_default(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(project, "x.py")
    monkeypatch.chdir(project)

    assert modules(discover(["."], defaults(project))) == {"x.py": "x"}


def test_only_python_files_unless_given(project: Path) -> None:
    make(project, "x.py", "y.pyi", "z.txt", "bin/manage")

    program = run(project, ".", "bin/manage", "z.txt")

    assert modules(program) == {"x.py": "x", "bin/manage": "bin.manage", "z.txt": "z%2Etxt"}


def test_a_folder_named_like_a_file_is_a_folder(project: Path) -> None:
    make(project, "x.py/y.py")

    assert [file.display for file in run(project, "x.py").files] == ["x.py/y.py"]


# -- what is left out


def test_default_excludes(project: Path) -> None:
    make(project, "x.py", "build/a.py", "dist/a.py", "x.egg-info/a.py", "node_modules/a/a.py", "__pycache__/a.py")
    make(project, ".venv/a.py", "env/pyvenv.cfg", "env/a.py", "odd/pyvenv.cfg", "odd/a.py", "lib/site-packages/a.py")
    make(project, "app/env/y.py", "app/build/__init__.py", "app/build/__pycache__/z.py")

    assert sorted(modules(run(project, "."))) == ["app/build/__init__.py", "app/env/y.py", "x.py"]


def test_own_excludes(project: Path) -> None:
    make(project, "x.py", "x_pb2.py", "old/y.py", "sub/old/y.py", "build/__init__.py", ".tox/z.py")

    assert list(modules(run(project, ".", **{"extend-exclude": ["*_pb2.py", "/old", "build"]}))) == [
        "sub/old/y.py",
        "x.py",
    ]
    assert ".tox/z.py" in modules(run(project, ".", exclude="build"))
    assert "build/__init__.py" not in modules(run(project, ".", exclude="build"))


def test_excludes_are_relative_to_the_configuration(tmp_path: Path) -> None:
    make(tmp_path / "outer" / "inner", "pyproject.toml", "gen/x.py", "y.py")

    assert list(modules(run(tmp_path / "outer", "inner", **{"extend-exclude": "inner/gen"}))) == ["inner/y.py"]


def test_an_exclude_that_is_no_pattern(project: Path) -> None:
    with pytest.raises(ConfigError, match="`extend-exclude`: `!` is not a pattern"):
        run(project, ".", **{"extend-exclude": ["fine", "!"]})


def test_gitignore_files_nest(project: Path) -> None:
    make(project, "a.py", "gen/b.py", "sub/gen_c.py", "sub/keep_gen.py", "sub/deep/gen_d.py", "sub/anchored/e.py")
    make(project, "anchored/f.py", "sub/deep/anchored/g.py")
    (project / ".gitignore").write_text("# made\ngen/\n*gen*.py\n")
    (project / "sub" / ".gitignore").write_text("!keep_gen.py\n/anchored\n")
    (project / "sub" / "deep" / ".gitignore").write_bytes(b"\xef\xbb\xbf!gen_d.py\r\n!\r\n\xff\r\n")

    assert sorted(modules(run(project, "."))) == [
        "a.py",
        "anchored/f.py",
        "sub/deep/anchored/g.py",
        "sub/deep/gen_d.py",
        "sub/keep_gen.py",
    ]


def test_nothing_comes_back_below_an_ignored_folder(project: Path) -> None:
    make(project, "gen/keep.py", "gen/.gitignore", "x.py")
    (project / ".gitignore").write_text("gen/\n!gen/keep.py\n")
    (project / "gen" / ".gitignore").write_text("!keep.py\n")

    assert list(modules(run(project, "."))) == ["x.py"]


def test_gitignore_files_hold_from_the_repositorys_top(tmp_path: Path) -> None:
    repository = make(tmp_path / "repo", ".git/HEAD", "part/pyproject.toml", "part/gen/x.py", "part/y.py")
    (repository / ".gitignore").write_text("gen/\n")

    assert list(modules(run(repository, "part"))) == ["part/y.py"]


def test_an_excluded_file_given_by_hand(project: Path) -> None:
    make(project, "x.py", "gen/__init__.py", "gen/y.py", "gen/z.py")
    (project / ".gitignore").write_text("gen/\n")

    alone = run(project, "gen/y.py")
    both = run(project, ".", "gen/y.py")

    assert list(modules(alone)) == ["gen/__init__.py", "gen/y.py", "gen/z.py"]
    assert reported(alone) == ["gen/y.py"]
    assert reported(both) == ["gen/y.py", "x.py"]


def test_an_excluded_folder_given_by_hand(project: Path) -> None:
    make(project, "x.py", ".venv/pyvenv.cfg")
    make(project / ".venv/lib/site-packages", "a.py", "b/__init__.py", "b/d.py", "b/__pycache__/c.py")
    (project / ".gitignore").write_text(".venv\n")

    program = run(project, ".venv/lib/site-packages")

    assert sorted(modules(program).values()) == ["a", "b", "b.d"]
    assert all(file.reported for file in program.files)
    assert len(run(project, ".venv").files) == 0  # `site-packages` is left out below it


# -- links, odd names, what cannot be read


@posix_only
def test_a_file_is_analysed_once_under_its_real_path(project: Path) -> None:
    make(project, "z.py")
    (project / "a.py").symlink_to("z.py")
    (project / "nowhere.py").symlink_to("gone.py")

    assert modules(run(project, ".")) == {"z.py": "z"}
    assert modules(run(project, "a.py")) == {"a.py": "z"}
    assert [(file.path, file.given) for file in run(project, "a.py", ".").files] == [(str(project / "z.py"), True)]


@posix_only
def test_links_to_folders_are_followed_only_when_given(project: Path, tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", "x.py")
    (project / "link").symlink_to(tmp_path / "elsewhere")
    make(project, "y.py")

    assert list(modules(run(project, "."))) == ["y.py"]
    assert [file.path for file in run(project, "link").files] == [str(tmp_path / "elsewhere" / "x.py")]


@posix_only
def test_circles_end(project: Path) -> None:
    make(project, "sub/x.py")
    (project / "sub" / "up").symlink_to(project)
    (project / "circle.py").symlink_to("elcric.py")
    (project / "elcric.py").symlink_to("circle.py")

    program = run(project, ".", "sub/up")

    assert list(modules(program)) == ["sub/x.py"]
    assert [(error.path, error.line, error.given) for error in program.errors] == [
        ("circle.py", None, False),
        ("elcric.py", None, False),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf8(project: Path) -> None:
    folder = os.path.join(os.fsencode(project), b"sub\xff")
    os.mkdir(folder)
    with open(os.path.join(folder, b"n\xe9.py"), "wb"):
        pass

    (walked,) = run(project, ".").files
    (given,) = run(project, os.fsdecode(os.path.join(b"sub\xff", b"n\xe9.py"))).files

    assert os.fsencode(walked.path) == os.path.join(folder, b"n\xe9.py")
    assert walked.display == given.display == r"sub\xff/n\xe9.py"
    assert walked.module == given.module == r"n\xe9"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is hidden from root")
def test_an_unreadable_folder_is_an_error_of_its_own(project: Path) -> None:
    make(project, "x.py", "locked/y.py")
    (project / "locked").chmod(0)
    try:
        program = run(project, ".")
    finally:
        (project / "locked").chmod(0o755)

    assert list(modules(program)) == ["x.py"]
    (error,) = program.errors
    assert (error.path, error.message, error.given) == ("locked", "cannot be read: Permission denied", False)


@posix_only
def test_what_is_not_a_regular_file_is_passed_over(project: Path) -> None:
    os.mkfifo(project / "pipe.py")
    os.mkfifo(project / ".gitignore")

    assert run(project, ".").files == ()


# -- source on stdin


def only_reported(program: Program) -> ProgramFile:
    (file,) = [file for file in program.files if file.reported]
    return file


def on_stdin(root: Path, filename: str | None) -> tuple[ProgramFile, Program]:
    config = Config(root=root)
    file = stdin_file(filename, config, cwd=root)
    return file, discover([], config, cwd=root, stdin=file)


def test_stdin_stands_in_for_a_file(project: Path) -> None:
    make(project, "src/app/__init__.py", "src/app/x.py")

    file, program = on_stdin(project, "src/app/x.py")

    assert file == only_reported(program)
    assert file == only_reported(run(project, "src/app/x.py"))
    assert shape(program) == shape(run(project, "."))


def test_stdin_may_be_a_file_that_is_not_there(project: Path) -> None:
    make(project, "src/app/__init__.py", "src/app/x.py")

    new, program = on_stdin(project, "src/app/new.py")
    package, _ = on_stdin(project, "src/fresh/__init__.py")

    assert (new.module, new.display, new.given) == ("app.new", "src/app/new.py", True)
    assert [file.module for file in program.files] == ["app", "app.new", "app.x"]
    assert (package.module, package.is_package) == ("fresh", True)


def test_stdin_without_a_name(project: Path) -> None:
    make(project, "x.py", "__main__.py")

    file, program = on_stdin(project, None)

    assert (file.display, file.module, file.root) == ("<stdin>", "__main__", str(project))
    assert only_reported(program).name == "__main__"
    assert len({file.module for file in program.files}) == 3


def test_a_module_named_setup_makes_its_package_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "house"
    package.mkdir()
    for name in ("__init__.py", "setup.py", "core.py"):
        (package / name).write_text("")
    monkeypatch.chdir(tmp_path)
    assert [file.module for file in discover(["."], defaults(tmp_path)).files] == ["house", "house.core", "house.setup"]


def test_imports_pass_through_mere_folders_between_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "house" / "plans" / "cellar"
    inner.mkdir(parents=True)
    for folder in (tmp_path / "house", inner):
        (folder / "__init__.py").write_text("")
    (inner / "wine.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert [file.module for file in discover(["."], defaults(tmp_path)).files] == [
        "house",
        "house.plans.cellar",
        "house.plans.cellar.wine",
    ]


@pytest.mark.parametrize("given", [".", "house", "house/plans/wine.py"])
def test_a_mere_folder_in_a_package_has_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    folder = tmp_path / "house" / "plans"
    folder.mkdir(parents=True)
    (tmp_path / "house" / "__init__.py").write_text("")
    (folder / "wine.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert "house.plans.wine" in [file.module for file in discover([given], defaults(tmp_path)).files]


# -- what is left out even where it is given


FORCED = {"extend-exclude": ("gen/", "/one.py"), "force-exclude": True}


@pytest.mark.parametrize("path", ["gen", "gen/a.py", "gen/inner/b.py", "one.py", ".venv/x.py", "ignored.py", "build/c.py", "gen/own/d.py"])
def test_what_is_excluded_can_be_left_out_where_it_is_given(project: Path, path: str) -> None:
    make(
        project, "gen/a.py", "gen/inner/b.py", "one.py", ".venv/x.py", "ignored.py", "build/c.py", "gen/own/d.py", "gen/own/pyproject.toml"
    )
    make(project, "kept.py", "inner/one.py")
    (project / ".gitignore").write_text("ignored.py\n")
    assert reported(run(project, path, "kept.py", "inner/one.py", **FORCED)) == ["inner/one.py", "kept.py"]
    assert reported(run(project, path, **FORCED)) == []
    assert reported(run(project, path, **(FORCED | {"force-exclude": False}))) != []


def test_what_is_excluded_can_be_left_out_on_standard_input(project: Path) -> None:
    make(project, "gen/a.py")
    config = Config(root=project, extend_exclude=("gen/",), force_exclude=True)
    for name, files in (("gen/a.py", []), ("b.py", ["b.py"])):
        place = stdin_file(name, config, project)
        assert reported(discover([], config, project, place)) == files
