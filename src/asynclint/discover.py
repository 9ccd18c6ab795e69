"""From the paths of a run to the program they are analysed in, and from each file to the module it is.

**Paths and program.** The paths say which files are reported. The program is what they are analysed in: the project
around them, or, where there is none or the project leaves the path out, the folder given, or the outermost package
of the file given.

**Left out** are the excludes of the configuration, what ``.gitignore`` files say (from the repository's top
downwards), and virtual environments. A path given by hand is analysed all the same, unless `force_exclude` is set;
what is left out below it is told as if it were the top.

**Modules.** A module's name counts from its import root, which is, the first that fits:

1. a source root above the file: `src` of the configuration, else the folder ``src`` of the project, unless that is
   a package;
2. for a file in a package, or below one through folders that could be packages, the folder that holds the outermost package, or
   one above it, where imports in the package start there (:mod:`asynclint.namespaces`);
3. the folder of the project, if all folders on the way down to the file could be packages (``tools/x/y.py`` is
   ``tools.x.y``);
4. the file's own folder.

The project of a file is the nearest one, also inside another one's program, so that a name does not depend on the
paths of a run. A project's own folder is never a package, even with an ``__init__.py``: its name is an accident of
the checkout.

Where two files claim one name, packages go before modules, then the first path wins. The loser's outermost package
(or itself, in none) is marked with its place below the program's folder: ``tests@packages/b/tests.helpers``,
``main@examples/b/main%2Epy``. So modules are unique, a dot still separates packages, and relative imports stay in
the marked package.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asynclint.config import DEFAULT_EXCLUDE, Config
from asynclint.errors import ConfigError
from asynclint.model import FileError
from asynclint.namespaces import packages_above

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

PROJECT_MARKERS = ("pyproject.toml", "asynclint.toml", "setup.cfg", ".git")
"""What makes a folder a project."""

SETUP = "setup.py"
"""Makes a folder a project too, unless that is a package: there it may be a module like any other."""

_OUTPUT_FOLDERS = frozenset({"build", "dist"})
"""The default excludes that are good names of packages too, and are kept in if they are one."""

STDIN = "<stdin>"
"""The name of source that comes on stdin under no name."""


class ProgramFile(NamedTuple):
    """One file of the program."""

    path: str
    """Absolute, for the operating system: a name that is not UTF-8 holds surrogate escapes."""
    display: str
    """As given by hand, else relative to the working directory, else absolute. Always valid text."""
    module: str
    """Its dotted name, unique in the program; of an ``__init__.py``, its package's. May hold a mark, see above."""
    is_package: bool
    reported: bool
    given: bool
    """Named by hand, as a file."""
    root: str
    """The folder from which its name, and its absolute imports, count."""

    @property
    def name(self) -> str:
        """The module's name without a mark, as an import would spell it."""
        return unmarked(self.module)


def unmarked(module: str) -> str:
    """A dotted name that starts with a module's, without the mark that makes the module unique."""
    return re.sub(r"@[^.]*", "", module)


class Program(NamedTuple):
    """The files that are analysed together."""

    root: str
    """The project's folder; of several, the deepest folder above all."""
    files: tuple[ProgramFile, ...]
    """By module, then path. Each real file is there once."""
    errors: tuple[FileError, ...]
    """What could not be looked into."""
    roots: tuple[str, ...]
    """All folders that absolute imports may start from: the import roots of the files, and their projects' folders."""


def discover(
    paths: Sequence[str], config: Config, cwd: Path | None = None, stdin: ProgramFile | None = None, held: Container[str] = ()
) -> Program:
    """Find the program around `paths`, which are relative to `cwd`, by default the working directory.

    `stdin` is source given on stdin: it is reported too, and is part of the program even if there is no such file; so are those of
    `paths` that are `held`. Any other path that does not exist, and an exclude that is not a pattern, raise ConfigError.
    """
    survey = _Survey(config, cwd)
    for path in paths:
        if path in held:
            survey.add_file(os.path.join(survey.cwd, path), path)
        else:
            survey.add(path)
    if stdin is not None:
        survey.add_file(stdin.path, stdin.display)
    return survey.program()


def stdin_file(filename: str | None, config: Config, cwd: Path | None = None) -> ProgramFile:
    """The file that source on stdin stands for, which need not exist. Without a name it is ``__main__`` in `cwd`.

    Its module is not marked yet: give it to :func:`discover`, and take the program's one reported file.
    """
    survey = _Survey(config, cwd)
    path = survey.place(filename or STDIN)
    name = survey.layout.name(path, survey.area_of_file(path).base)
    return ProgramFile(path, _text(filename or STDIN), name.module, name.is_package, True, True, name.root)


# -- names


class _Name(NamedTuple):
    """A file's name below its import root. `place` is its outermost package, or itself outside of packages."""

    root: str
    module: str
    is_package: bool
    place: str


class _Layout:
    """Which folders are projects and packages, and the names of files by that. Remembers what it has looked at."""

    def __init__(self, config_root: str, src: Iterable[str]) -> None:
        self._src = [os.path.realpath(os.path.join(config_root, folder)) for folder in src]
        self._home = os.path.realpath(os.path.expanduser("~"))
        self._packages: dict[str, bool] = {}
        self._projects: dict[str, bool] = {}
        self._roots: dict[tuple[str, str], tuple[str, list[str], list[str]]] = {}
        self._namespaces: dict[str, list[str]] = {}

    def is_package(self, folder: str) -> bool:
        known = self._packages.get(folder)
        if known is None:
            known = self._packages[folder] = os.path.isfile(os.path.join(folder, "__init__.py"))
        return known

    def is_project(self, folder: str) -> bool:
        known = self._projects.get(folder)
        if known is None:
            is_barred = folder == self._home or folder == os.path.dirname(folder)
            names = PROJECT_MARKERS if self.is_package(folder) else (*PROJECT_MARKERS, SETUP)
            markers = (os.path.join(folder, name) for name in names)
            known = self._projects[folder] = not is_barred and any(map(os.path.lexists, markers))
        return known

    def project(self, folder: str) -> str | None:
        """The nearest project at or above `folder`; a home folder and all above it is none."""
        while folder != self._home and folder != os.path.dirname(folder):
            if self.is_project(folder):
                return folder
            folder = os.path.dirname(folder)
        return None

    def project_within(self, folder: str, base: str) -> str:
        """The nearest project at or above `folder`, but not above `base`, else `base`."""
        while _is_below(folder, base):
            if self.is_project(folder):
                return folder
            folder = os.path.dirname(folder)
        return base

    def outermost_package(self, folder: str) -> str | None:
        """The outermost of the packages that `folder` is in, or is; only folders that can be imported through lie between."""
        return self._outermost_package(folder, None)

    def name(self, path: str, base: str) -> _Name:
        """The name of the file `path`, in a program that begins at `base`."""
        folder, file = os.path.split(path)
        root, namespaces, packages = self._import_root(folder, base)
        parents = [*namespaces, *packages]
        stem = "__main__" if file == STDIN else _text(file.removesuffix(".py")).replace(".", "%2E")
        is_package = stem == "__init__" and bool(parents)
        module = ".".join(parents if is_package else [*parents, stem])
        place = os.path.join(root, *namespaces, packages[0]) if packages else path
        return _Name(root, module, is_package, place)

    def _import_root(self, folder: str, base: str) -> tuple[str, list[str], list[str]]:
        """The import root of files in `folder`; from there down to it, the names of mere folders, then of packages."""
        key = (folder, base)
        if key not in self._roots:
            self._roots[key] = self._find_import_root(folder, base)
        return self._roots[key]

    def _find_import_root(self, folder: str, base: str) -> tuple[str, list[str], list[str]]:
        project = self.project_within(folder, base)
        packages: list[str] = []
        top = folder
        while self._is_named_package(top):
            packages.insert(0, os.path.basename(top))
            top = os.path.dirname(top)
        outer = self._outermost_package(top, project) if _is_below(top, project) else None
        if outer is not None:  # mere folders lie below a package: imports pass through them
            top = os.path.dirname(outer)
            packages = _names_between(top, folder) or packages
        for source_root in self._source_roots(project):
            namespaces = _names_between(source_root, top)
            if namespaces is not None:
                return source_root, namespaces, packages
        if not packages:
            namespaces = _names_between(project, top)
            if namespaces is not None:
                return project, namespaces, packages
        return self._with_namespaces(top, project, packages)

    def _with_namespaces(self, top: str, project: str, packages: list[str]) -> tuple[str, list[str], list[str]]:
        """The import root of packages in the folder `top`: this or one above it, but below the project's."""
        if top not in self._namespaces:
            names = _names_between(project, top) if packages else None
            self._namespaces[top] = names[len(names) - packages_above(top, names) :] if names else []
        root = top
        for _ in self._namespaces[top]:
            root = os.path.dirname(root)
        return root, self._namespaces[top], packages

    def _outermost_package(self, folder: str, project: str | None) -> str | None:
        """The same; above the folder of a project, if one is given, only packages lie between."""
        outermost: str | None = None
        while os.path.basename(folder).isidentifier() and folder != self._home:
            if self._is_named_package(folder):
                outermost = folder
            elif project is not None and (folder == project or not _is_below(folder, project)):
                break
            folder = os.path.dirname(folder)
        return outermost

    def _is_named_package(self, folder: str) -> bool:
        if not self.is_package(folder) or not os.path.basename(folder).isidentifier():
            return False
        return not self.is_project(folder) or self.is_package(os.path.dirname(folder))

    def _source_roots(self, project: str) -> list[str]:
        """Deepest first."""
        if self._src:
            return sorted(self._src, key=len, reverse=True)
        usual = os.path.join(project, "src")
        return [] if self.is_package(usual) else [usual]


def _names_between(above: str, below: str) -> list[str] | None:
    """The names of the folders below `above` down to `below`, or None if one of them could not be a package."""
    if not _is_below(below, above):
        return None
    names = [name for name in below[len(above) :].split(os.sep) if name]
    return names if all(name.isidentifier() for name in names) else None


def _unique_modules(names: dict[str, _Name], root: str) -> dict[str, str]:
    """From the path of each file to its unique module; `names` is by path. See the top of this file."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name in names.values():
        places[name.module].add(name.place)
    files = names.keys()
    losers: set[str] = set()
    for claimants in places.values():
        if len(claimants) > 1:
            losers.update(sorted(claimants, key=lambda place: (place in files, place))[1:])
    modules: dict[str, str] = {}
    taken: set[str] = set()
    for path, name in sorted(names.items(), key=lambda item: (not item[1].is_package, item[0])):
        module = name.module
        if name.place in losers:
            depth = name.place[len(name.root) :].strip(os.sep).count(os.sep) + 1
            parts = module.split(".")
            parts[depth - 1] += _mark(name.place, root)
            module = ".".join(parts)
        if module in taken:  # shadowed by a package, or by another file, in the same folder
            module += _mark(path, root)
        taken.add(module)
        modules[path] = module
    return modules


def _mark(place: str, root: str) -> str:
    below = place[len(root) :].lstrip(os.sep) if _is_below(place, root) else place
    return "@" + _text(below).replace(os.sep, "/").replace(".", "%2E")


# -- what is left out


class _Patterns(NamedTuple):
    """Patterns in the manner of ``.gitignore``, relative to one folder, whose path ends with a separator here."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str) -> bool | None:
        """Whether `path` is left out (True), kept in (False), or not spoken of."""
        return self.spec.check_file(path[len(self.folder) :]).include if path.startswith(self.folder) else None


class _Scope(NamedTuple):
    """What is left out in one folder. `gitignores` are ordered from the outermost to the innermost, the last word."""

    exclude: _Patterns
    extend_exclude: _Patterns
    gitignores: tuple[_Patterns, ...]

    def leaves_out(self, path: str) -> bool:
        """Whether `path`, a folder with a separator at its end, is left out by a pattern."""
        if self.exclude.verdict(path) or self.extend_exclude.verdict(path):
            return True
        for patterns in reversed(self.gitignores):
            verdict = patterns.verdict(path)
            if verdict is not None:
                return verdict
        return False


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _is_pattern(line: str) -> bool:
    try:
        _spec([line])
    except (ValueError, re.error):
        return False
    return True


def _checked_spec(key: str, lines: Sequence[str]) -> GitIgnoreSpec:
    for line in lines:
        if not _is_pattern(line):
            raise ConfigError(f"`{key}`: `{line}` is not a pattern")
    return _spec(lines)


def _gitignore_spec(text: str) -> GitIgnoreSpec:
    """Lines that are no patterns are passed over, as git does."""
    lines = re.split(r"\r?\n", text)
    try:
        return _spec(lines)
    except (ValueError, re.error):
        return _spec(filter(_is_pattern, lines))


# -- which files


class _Area(NamedTuple):
    """A part of the program: names begin at `base`, files are looked for at and below `start`, if that is given."""

    base: str
    start: str | None


@dataclass(slots=True)
class _Found:
    """A real file: where it was found first, the non-link before the links, and in which area's base."""

    path: str
    base: str
    reported: bool
    given_as: str | None = None


class _Survey:
    """Gathers the paths of one run, then walks. All folders are real paths here; only files may be symbolic links."""

    def __init__(self, config: Config, cwd: Path | None) -> None:
        self.cwd = os.path.realpath(cwd or os.getcwd())
        self._config_root = os.path.realpath(config.root)
        self.layout = _Layout(self._config_root, config.src)
        self._output_folders = _OUTPUT_FOLDERS if config.exclude == DEFAULT_EXCLUDE else frozenset()
        exclude = [pattern for pattern in config.exclude if pattern not in self._output_folders]
        self._exclude = _checked_spec("exclude", exclude)
        self._extend_exclude = _checked_spec("extend-exclude", config.extend_exclude)
        self._is_direct = config.reach == "direct"
        self._force_exclude = config.force_exclude
        self._real_folders: dict[str, str] = {}
        self._scopes: dict[str, _Scope | None] = {}
        self._areas: set[_Area] = set()
        self._given_folders: set[str] = set()
        self._given_files: list[tuple[str, str, str]] = []
        self._found: dict[str, _Found] = {}
        self._errors: dict[str, FileError] = {}

    def add(self, given: str) -> None:
        """Take one path given by hand."""
        path = os.path.join(self.cwd, given)
        if not given or not os.path.exists(path):
            raise ConfigError(f"{_text(given)}: no such file or folder")
        if os.path.isdir(path):
            folder = os.path.realpath(path)
            if self._is_forced_out(folder, folder):
                return
            self._given_folders.add(folder)
            self._areas.add(self._area_of_folder(folder))
        else:
            self.add_file(path, _text(given))

    def add_file(self, path: str, display: str) -> None:
        """Take one file given by hand, to be displayed as said. It need not exist."""
        path = self.place(path)
        if self._is_forced_out(os.path.dirname(path), path):
            return
        area = self.area_of_file(path)
        self._areas.add(area)
        self._given_files.append((path, area.base, display))

    def place(self, path: str) -> str:
        """Where the file `path` is, in its real folder; it may be a link itself."""
        folder, name = os.path.split(os.path.join(self.cwd, path))
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        return os.path.join(self._real_folders[folder], name)

    def area_of_file(self, path: str) -> _Area:
        folder = os.path.dirname(path)
        project = self.layout.project(folder)
        if project is not None:
            scope = self._scope_in(project, folder)
            if scope is not None and not scope.leaves_out(path):
                return _Area(project, None if self._is_direct else project)
        package = self.layout.outermost_package(folder)
        if package is None:
            return _Area(folder, None)
        return _Area(os.path.dirname(package), None if self._is_direct else package)

    def _area_of_folder(self, folder: str) -> _Area:
        project = self.layout.project(folder)
        if project is None or self._scope_in(project, folder) is None:
            return _Area(folder, folder)
        return _Area(project, folder if self._is_direct else project)

    def program(self) -> Program:
        """Walk all areas, outer ones first, and name what is there."""
        walked: set[str] = set()
        for base, start in sorted((area.base, area.start) for area in self._areas if area.start is not None):
            if start not in walked:
                self._walk(base, start, walked)
        for path, base, display in self._given_files:
            found = self._add_found(path, base, is_link=os.path.islink(path), reported=True)
            found.given_as = found.given_as or display
        root = _common_folder(sorted({area.base for area in self._areas})) if self._areas else self.cwd
        names = {found.path: self.layout.name(found.path, found.base) for found in self._found.values()}
        modules = _unique_modules(names, root)
        files = [
            ProgramFile(
                found.path,
                found.given_as or self._display(found.path),
                modules[found.path],
                names[found.path].is_package,
                found.reported,
                found.given_as is not None,
                names[found.path].root,
            )
            for found in self._found.values()
        ]
        roots = {file.root for file in files}
        roots.update(self.layout.project_within(folder, base) for folder, base in self._folders())
        return Program(
            root,
            tuple(sorted(files, key=lambda file: (file.module, file.path))),
            tuple(self._errors[path] for path in sorted(self._errors)),
            tuple(sorted(roots)),
        )

    def _folders(self) -> set[tuple[str, str]]:
        return {(os.path.dirname(found.path), found.base) for found in self._found.values()}

    def _walk(self, base: str, start: str, walked: set[str]) -> None:
        stack: list[tuple[str, _Scope, bool]] = [(start, self._scope_above(start), False)]
        while stack:
            folder, scope, reported = stack.pop()
            walked.add(folder)
            reported = reported or folder in self._given_folders
            scope = self._enter(scope, folder)
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        self._visit(entry, base, scope, reported, stack)
            except OSError as error:
                self._fail(folder, error)

    def _visit(
        self,
        entry: os.DirEntry[str],
        base: str,
        scope: _Scope,
        reported: bool,
        stack: list[tuple[str, _Scope, bool]],
    ) -> None:
        try:
            if entry.is_dir(follow_symlinks=False):
                if sys.version_info >= (3, 12) and entry.is_junction():  # what Windows has for links to folders
                    return
                if not self._leaves_out_folder(scope, entry.path):
                    stack.append((entry.path, scope, reported))
            elif entry.name.endswith(".py") and entry.is_file() and not scope.leaves_out(entry.path):
                self._add_found(entry.path, base, is_link=entry.is_symlink(), reported=reported)
        except OSError as error:
            self._fail(entry.path, error)

    def _add_found(self, path: str, base: str, *, is_link: bool, reported: bool) -> _Found:
        real = os.path.realpath(path) if is_link else path
        found = self._found.get(real)
        if found is None:
            found = self._found[real] = _Found(path, base, reported)
        elif (path != real, path) < (found.path != real, found.path):
            found.path, found.base = path, base
        found.reported = found.reported or reported
        return found

    # -- scopes

    def _scope_in(self, project: str, folder: str) -> _Scope | None:
        """What is left out in `folder` of its project, or None if the folder itself is."""
        trail = []
        while folder not in self._scopes and folder != project:
            trail.append(folder)
            folder = os.path.dirname(folder)
        if folder not in self._scopes:
            self._scopes[folder] = self._enter(self._scope_above(folder), folder)
        scope = self._scopes[folder]
        for inner in reversed(trail):
            if scope is not None:
                scope = None if self._leaves_out_folder(scope, inner) else self._enter(scope, inner)
            self._scopes[inner] = scope
        return scope

    def _scope_above(self, start: str) -> _Scope:
        """What is left out where a walk begins, but for the ``.gitignore`` file in `start` itself.

        The configuration's patterns hold below its folder, ``.gitignore`` files from the repository's top. If these
        leave `start` out, it was meant all the same, and patterns are taken as relative to it.
        """
        return self._scope_from_top(start) or self._bare_scope(start)

    def _scope_from_top(self, start: str) -> _Scope | None:
        """The same, or None if `start` is left out."""
        repository = self._repository(start)
        anchor = self._config_root if _is_below(start, self._config_root) else start
        scope = self._bare_scope(anchor)
        trail = []
        top = min(repository, anchor, key=len)
        folder = start
        while folder != top:
            trail.append(folder)
            folder = os.path.dirname(folder)
        for inner in reversed(trail):
            if _is_below(folder, repository):
                scope = self._enter(scope, folder)
            if self._leaves_out_folder(scope, inner):
                return None
            folder = inner
        return scope

    def _is_forced_out(self, folder: str, path: str) -> bool:
        """Whether `path`, which is `folder` or a file in it, is left out although it is given by hand."""
        if not self._force_exclude:
            return False
        scope = self._scope_from_top(folder)
        return scope is None or (path != folder and self._enter(scope, folder).leaves_out(path))

    def _bare_scope(self, anchor: str) -> _Scope:
        slashed = os.path.join(anchor, "")
        return _Scope(_Patterns(slashed, self._exclude), _Patterns(slashed, self._extend_exclude), ())

    def _repository(self, folder: str) -> str:
        """The top of the git repository that `folder` is in, else `folder`."""
        above = folder
        while self.layout.project(above) is not None:
            if os.path.lexists(os.path.join(above, ".git")):
                return above
            above = os.path.dirname(above)
        return folder

    def _leaves_out_folder(self, scope: _Scope, path: str) -> bool:
        slashed = path + os.sep
        if scope.leaves_out(slashed) or os.path.isfile(os.path.join(path, "pyvenv.cfg")):
            return True
        return os.path.basename(path) in self._output_folders and not self.layout.is_package(path)

    def _enter(self, scope: _Scope, folder: str) -> _Scope:
        """The scope inside `folder`, with what its ``.gitignore`` file adds."""
        path = os.path.join(folder, ".gitignore")
        if not os.path.isfile(path):
            return scope
        try:
            with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
                patterns = _Patterns(os.path.join(folder, ""), _gitignore_spec(file.read()))
        except OSError as error:
            self._fail(path, error)
            return scope
        return scope._replace(gitignores=(*scope.gitignores, patterns))

    # -- words

    def _fail(self, path: str, error: OSError) -> None:
        message = f"cannot be read: {error.strerror}"
        self._errors[path] = FileError(self._display(path), None, message, given=path in self._given_folders)

    def _display(self, path: str) -> str:
        below = os.path.join(self.cwd, "")
        return _text(path[len(below) :] if path.startswith(below) else path)


def _is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def _common_folder(folders: Sequence[str]) -> str:
    try:
        return os.path.commonpath(folders)
    except ValueError:  # on several drives
        return folders[0]


def _text(path: str) -> str:
    """A path as text that can be written anywhere: bytes that are not UTF-8 become ``\\xff``."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")
