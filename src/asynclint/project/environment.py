"""The Python environment whose installed packages the program imports: which one it is, and where in it a module's file lies.

Only names of files and a few small text files are read. Nothing of the environment is imported or run, nor is any interpreter started:
the environment may be hostile, and may be of another Python than ours. What cannot be read is not there.

The rules are those of the import system's path finder (https://docs.python.org/3/reference/import.html), of ``site`` for ``.pth`` files
and ``pyvenv.cfg`` (https://docs.python.org/3/library/site.html), and of PEP 561 for stubs. One difference: source stands before a
compiled module of the same name, since both hold the same code and only source can be read.
"""

from __future__ import annotations

import os
import re
import site
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from asynclint.errors import ConfigError

_LARGEST_TEXT = 65_536
"""Bytes of the largest ``pyvenv.cfg``, ``.pth`` file or ``direct_url.json`` that is read. Real ones have a few hundred."""

_PYTHON_FOLDER = re.compile(r"(?:python|pypy)3\.(\d{1,4})t?")
"""The folder below ``lib`` that belongs to one version; with ``t`` it is the free-threaded build's."""

_INTERPRETERS = ("python", "pypy", "graalpy")

_INTERPRETER = re.compile(r"(?:python|pypy)3\.(\d{1,4})")

_VERSION = re.compile(r"3\.(\d{1,4})(?!\d)")

_COMPILED = (".so", ".pyd", ".pyc")

_SOURCE = (".py", ".pyi")


class ModuleFile(NamedTuple):
    """The file that says what an installed module holds."""

    path: str
    """Absolute."""
    is_package: bool
    is_stub: bool
    """A ``.pyi``: signatures only, no code."""


class _Listing(NamedTuple):
    """What imports can see of one folder."""

    files: frozenset[str]
    """Names of source files and stubs, with their suffix."""
    folders: frozenset[str]
    compiled: frozenset[str]
    """Module names of files without source, without suffix and platform tag."""


class _Found(NamedTuple):
    """What a dotted name leads to."""

    file: ModuleFile | None
    folders: tuple[str, ...]
    """Where its submodules are."""
    is_importable: bool
    """Is there more than a stub."""


_EMPTY = _Listing(frozenset(), frozenset(), frozenset())
_NOTHING = _Found(None, (), False)


class Environment:
    """The folders that imports of installed packages start from. What was looked up is remembered: a change on disk needs a new one."""

    __slots__ = ("_listings", "_names", "folders", "path", "reason")

    path: str
    """The folder to show to users: of the virtual environment or the installation, or the one folder that there is."""
    reason: str
    """Why this one, in words that fit into a line of a report."""
    folders: tuple[str, ...]
    """Where imports start, in order. Absolute."""

    def __init__(self, path: str, reason: str, folders: Iterable[str]) -> None:
        self.path = path
        self.reason = reason
        self.folders = tuple(folders)
        self._listings: dict[str, _Listing] = {}
        self._names: dict[str, _Found] = {}

    def find(self, module: str) -> ModuleFile | None:
        """The file of a module, by its dotted name: its source, else its stub; None for one that has neither or is not there."""
        parts = module.split(".")
        for part in parts:
            if not part.isidentifier():
                return None
        file = self._walk(parts).file
        if file is None:
            parts[0] += "-stubs"  # PEP 561: a distribution that holds the stubs of another
            file = self._walk(parts).file
            if file is not None and not file.is_stub:
                return None
        return file

    def has(self, top: str) -> bool:
        """Whether a top-level module or package of this name is installed, compiled or not. Stubs alone do not count."""
        return top.isidentifier() and self._walk([top]).is_importable

    def searched(self) -> Iterable[str]:
        """The folders that were looked into so far."""
        return self._listings.keys()

    def _walk(self, parts: list[str]) -> _Found:
        """Follow a dotted name from the folders where imports start."""
        found = _NOTHING
        places = self.folders
        name = ""
        for part in parts:
            if not places:
                return _NOTHING
            name = f"{name}.{part}" if name else part
            known = self._names.get(name)
            if known is None:
                known = self._names[name] = self._look(places, part)
            found = known
            places = found.folders
        return found

    def _look(self, places: tuple[str, ...], name: str) -> _Found:
        """Look for one part of a name in `places`: the first module wins, then all folders of that name are one namespace package."""
        portions: list[str] = []
        stub: ModuleFile | None = None
        is_importable = False
        for place in places:
            listing = self._list(place)
            folder = os.path.join(place, name)
            inside = self._list(folder) if name in listing.folders else _EMPTY
            stub_here = _stub(place, folder, name, listing, inside)
            if "__init__.py" in inside.files:
                return _Found(ModuleFile(os.path.join(folder, "__init__.py"), True, False), (folder,), True)
            if "__init__" in inside.compiled:
                return _Found(stub_here, (folder,), True)
            if name + ".py" in listing.files:
                return _Found(ModuleFile(os.path.join(place, name + ".py"), False, False), (), True)
            if name in listing.compiled:
                return _Found(stub_here, (folder,) if "__init__.pyi" in inside.files else (), True)
            if name in listing.folders:
                portions.append(folder)
                is_importable = is_importable or inside != _EMPTY  # an uninstalled package may leave an empty folder
            stub = stub or stub_here
        return _Found(stub, tuple(portions), is_importable)

    def _list(self, folder: str) -> _Listing:
        listing = self._listings.get(folder)
        if listing is None:
            listing = self._listings[folder] = _list_folder(folder)
        return listing


def find_environment(configured: str | None, project: str, imported: Iterable[str], variables: Mapping[str, str]) -> Environment | None:
    """Find the environment that the program in the folder `project` runs in, or None where there is no sign of one.

    `configured` is what the user named, absolute: an interpreter, a virtual environment's folder, an installation's prefix or a folder that
    holds packages. It is used or it is an error. Else it is, in this order: the active environment in `variables` (those of the process)
    if we do not run in it,
    the project's own virtual environment, or the one that we run in. The last one counts only if the project is installed there or if it
    holds more than half of `imported`: the top-level names that the program imports, without its own and the standard library's.

    Raises :class:`~asynclint.errors.ConfigError` if `configured` is none of the above.
    """
    if configured is not None:
        environment = _configured_environment(configured, project)
        if environment is None:
            shown = configured.encode("utf-8", "backslashreplace").decode("utf-8")
            raise ConfigError(
                f"{shown}: no Python environment: expected an interpreter, the folder of a virtual environment, "
                "the prefix of an installation, or a folder that holds packages (`site-packages`)"
            )
        return environment
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        path = variables.get(variable, "")
        is_ours = os.path.isabs(path) and _real(path) == _real(sys.prefix)  # as in a pre-commit hook: see below
        environment = _prefix_environment(path, variable, project) if os.path.isabs(path) and not is_ours else None
        if environment is not None:
            return environment
    for name in (".venv", "venv"):
        path = os.path.join(project, name)
        environment = _prefix_environment(path, f"`{name}` of the project", project) if _is_virtual(path) else None
        if environment is not None:
            return environment
    return _running_environment(project, imported)


# -- which environment


def _configured_environment(path: str, project: str) -> Environment | None:
    reason = "configured"
    if not os.path.isdir(path):
        # A virtual environment's interpreter is a link that may be broken; the packages are there all the same.
        return _interpreter_environment(path, reason, project) if os.path.lexists(path) else None
    environment = _prefix_environment(path, reason, project)
    if environment is None and _holds_packages(path):
        environment = _environment(path, reason, [path], project)
    return environment


def _interpreter_environment(path: str, reason: str, project: str) -> Environment | None:
    virtual = os.path.dirname(os.path.dirname(path))
    if _is_virtual(virtual):
        return _prefix_environment(virtual, reason, project)
    if not any(os.path.basename(name).lower().startswith(_INTERPRETERS) for name in (path, _real(path))):
        return None
    for prefix in _prefixes(path):
        environment = _environment(prefix, reason, _package_folders(prefix, _interpreter_version(path)), project)
        if environment is not None:
            return environment
    return None


def _prefix_environment(prefix: str, reason: str, project: str) -> Environment | None:
    """The environment of a virtual environment's folder or of an installation's prefix."""
    settings = _virtual_settings(prefix)
    version = _VERSION.match(settings.get("version") or settings.get("version_info") or "")
    minor = int(version[1]) if version else None
    sites = _package_folders(prefix, minor) or _package_folders(prefix, None)
    home = settings.get("home", "")
    if sites and settings.get("include-system-site-packages", "").lower() == "true" and os.path.isabs(home):
        interpreter = os.path.join(home, "python3" if minor is None else f"python3.{minor}")
        wanted = _interpreter_version(interpreter)
        sites += next(filter(None, (_package_folders(base, wanted) for base in _prefixes(interpreter))), [])
    return _environment(prefix, reason, sites, project)


def _running_environment(project: str, imported: Iterable[str]) -> Environment | None:
    """The environment that we run in, if it is the project's too, and not only ours."""
    import sysconfig

    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    paths = sysconfig.get_paths()
    named = [*user, *site.getsitepackages(), paths["purelib"], paths["platlib"]]
    sites = list(dict.fromkeys(map(os.path.abspath, named)))
    environment = _environment(sys.prefix, "it runs asynclint", sites, project)
    tops = set(imported)
    if environment is None or not tops:
        return None
    if 2 * sum(map(environment.has, tops)) > len(tops) or _holds_project(sites, project):
        return environment
    return None


def _holds_project(sites: Iterable[str], project: str) -> bool:
    """Whether, in one of our own folders, a distribution was installed from `project` or a path file leads into it."""
    for folder in sites:
        if any(_is_program(path, folder, sys.prefix, project) for path in _path_file_folders(folder)):
            return True
        for name in _names(folder):
            if name.endswith(".dist-info"):
                origin = _origin(os.path.join(folder, name, "direct_url.json"))
                if origin and _is_below(_real(origin), _real(project)):
                    return True
    return False


def _origin(path: str) -> str:
    """The local folder or file that a distribution was installed from, by its ``direct_url.json`` (PEP 610); empty for none."""
    text = _read(path)
    if not text:
        return ""
    import json
    from urllib.parse import unquote, urlsplit

    try:
        document: object = json.loads(text)
        url = document.get("url") if isinstance(document, dict) else None
        parts = urlsplit(url) if isinstance(url, str) else None
    except (ValueError, RecursionError):
        return ""
    if parts is None or parts.scheme != "file":
        return ""
    local = unquote(parts.path)
    return local.lstrip("/") if os.name == "nt" else local


def _prefixes(interpreter: str) -> tuple[str, str, str]:
    """Where an interpreter outside of virtual environments may have its libraries, the likeliest first.

    As CPython's ``getpath``, links are followed first: ``~/.local/bin/python3.12`` is often a link into the installation. On Windows the
    interpreter lies in its prefix itself.
    """
    return os.path.dirname(os.path.dirname(_real(interpreter))), os.path.dirname(os.path.dirname(interpreter)), os.path.dirname(interpreter)


def _interpreter_version(path: str) -> int | None:
    """The minor version in the name of an interpreter or of what it links to."""
    for candidate in (path, _real(path)):
        match = _INTERPRETER.match(os.path.basename(candidate))
        if match:
            return int(match[1])
    return None


def _is_virtual(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "pyvenv.cfg"))


def _virtual_settings(folder: str) -> dict[str, str]:
    """The settings in a folder's ``pyvenv.cfg``, keys in lower case; none where there is no such file."""
    settings: dict[str, str] = {}
    for line in _read(os.path.join(folder, "pyvenv.cfg")).splitlines():
        key, sign, value = line.partition("=")
        if sign:
            settings[key.strip().lower()] = value.strip()
    return settings


# -- the folders of an environment


def _package_folders(prefix: str, minor: int | None) -> list[str]:
    """The folders with installed packages below `prefix`, of Python 3.`minor`, or of the newest one there.

    Where ``lib/python3/dist-packages`` is (Debian and what comes from it), the system's Python reads no ``site-packages``: those belong to
    an interpreter built by hand.
    """
    debian = os.path.join(prefix, "lib", "python3", "dist-packages")
    is_debian = os.path.isdir(debian)
    kinds = ("dist-packages",) if is_debian else ("site-packages", "dist-packages")
    versions: dict[int, list[str]] = {}
    for above in (os.path.join(prefix, "local"), prefix):
        library = os.path.join(above, "lib")
        for root in (library + "64", library):
            if root != library and _real(root) == _real(library):
                continue
            for name in _names(root):
                match = _PYTHON_FOLDER.fullmatch(name)
                candidates = [os.path.join(root, name, kind) for kind in kinds] if match else []
                found = next(filter(os.path.isdir, candidates), None)
                if match and found:
                    versions.setdefault(int(match[1]), []).append(found)
    folders = versions.get(max(versions, default=0) if minor is None else minor, [])
    if is_debian:
        folders.append(debian)
    windows = os.path.join(prefix, "Lib", "site-packages")
    if os.path.isdir(windows):
        folders.append(windows)
    return folders


def _holds_packages(folder: str) -> bool:
    """Whether a folder is one that packages are installed into."""
    if os.path.basename(os.path.normpath(folder)) in ("site-packages", "dist-packages"):
        return True
    names = _names(folder)
    return any(name.endswith((".dist-info", ".egg-info")) for name in names) or any(
        name.isidentifier() and os.path.isfile(os.path.join(folder, name, "__init__.py")) for name in names
    )


def _environment(prefix: str, reason: str, sites: Iterable[str], project: str) -> Environment | None:
    """The environment of these folders and of those that their path files add, without the project's own: that is the program."""
    folders: dict[str, str] = {}
    for folder in filter(os.path.isdir, sites):
        folders.setdefault(_real(folder), folder)
        for path in _path_file_folders(folder):
            if not _is_program(path, folder, prefix, project):
                folders.setdefault(_real(path), path)
    return Environment(prefix, reason, folders.values()) if folders else None


def _is_program(path: str, folder: str, prefix: str, project: str) -> bool:
    """Whether a path file in `folder` leads with `path` to the program: into the project, but not into an environment that lies in it."""
    path, prefix, project = _real(path), _real(prefix), _real(project)
    if not _is_below(path, project) or _is_below(path, _real(folder)):
        return False
    return not (prefix != project and _is_below(prefix, project) and _is_below(path, prefix))


def _path_file_folders(folder: str) -> list[str]:
    """The folders that the ``.pth`` files in `folder` add, as ``site`` reads them. Lines of code (``import ...``) are not for us."""
    found: dict[str, None] = {}
    for name in _names(folder):
        if not name.endswith(".pth") or name.startswith("."):
            continue
        for line in _read(os.path.join(folder, name)).splitlines():
            path = line.strip()
            if path and not line.startswith(("#", "import ", "import\t")):
                found[os.path.normpath(os.path.join(folder, path))] = None
    return [path for path in found if os.path.isdir(path)]


# -- reading what may be anything


def _list_folder(folder: str) -> _Listing:
    """List a folder once. An entry is asked for its kind only if its name could be that of a module or a package."""
    files: list[str] = []
    folders: list[str] = []
    compiled: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(_SOURCE):
                    if _is_kind(entry, is_folder=False):
                        files.append(name)
                elif name.endswith(_COMPILED):
                    stem, *tag = name.split(".")
                    if len(tag) <= 2 and _is_kind(entry, is_folder=False):  # a tag of the platform has no dot
                        compiled.append(stem)
                elif name != "__pycache__" and name.removesuffix("-stubs").isidentifier() and _is_kind(entry, is_folder=True):
                    folders.append(name)
    except (OSError, ValueError):  # no such folder, not ours to read, no name that could be one
        return _EMPTY
    return _Listing(frozenset(files), frozenset(folders), frozenset(compiled))


def _is_kind(entry: os.DirEntry[str], *, is_folder: bool) -> bool:
    try:
        return entry.is_dir() if is_folder else entry.is_file()
    except OSError:  # a link that leads round in a circle
        return False


def _names(folder: str) -> list[str]:
    """The names in a folder, sorted; none where there is no folder."""
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []


def _read(path: str) -> str:
    """The text of a small ordinary file, whatever its encoding; empty where there is none."""
    if not os.path.isfile(path):  # a pipe would make us wait
        return ""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_TEXT + 1)
    except (OSError, ValueError):
        return ""
    return data.decode("utf-8-sig", "surrogateescape") if len(data) <= _LARGEST_TEXT else ""


def _real(path: str) -> str:
    """`path` without links, as far as they can be followed."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def _is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; both without links."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def _stub(place: str, folder: str, name: str, listing: _Listing, inside: _Listing) -> ModuleFile | None:
    """The stub of a module without source: that of the package in `folder`, or that beside it in `place`."""
    if "__init__.pyi" in inside.files:
        return ModuleFile(os.path.join(folder, "__init__.pyi"), True, True)
    if name + ".pyi" in listing.files:
        return ModuleFile(os.path.join(place, name + ".pyi"), False, True)
    return None
