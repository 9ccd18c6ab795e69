"""Every entry of every bundled knowledge file is held against the real library.

The standard library is checked as it is in the running Python. Any other library is checked where it is installed; with
``ASYNCLINT_REGISTRY=1`` it is installed from the registry into a folder of its own and checked in a process of its own.
Run as a script, this file takes the name of a knowledge file and prints what is wrong with it, a line each.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.metadata
import inspect
import os
import re
import subprocess
import sys
import textwrap
import types
import typing
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from asynclint.knowledge import Knowledge
from asynclint.knowledge.load import bundled_names, read_bundled
from asynclint.knowledge.schema import CallableEntry, ClassEntry, Condition, KnowledgeFile
from asynclint.knowledge.schema import Test as ArgumentTest
from asynclint.project.linking.types import OF_ARGUMENT
from asynclint.rules import RULES
from asynclint.source.names import GIVES_BACK

WINDOWS_ONLY = frozenset({"asyncio.ProactorEventLoop", "ntpath"})
"""Names that do not exist, or stand for something else, where these tests run."""

MADE: dict[str, tuple[int, ...]] = {
    "asyncio.Condition": (),
    "select.poll": (),
    "threading.Condition": (),
    "threading.Lock": (),
    "threading.RLock": (),
    "multiprocessing.Barrier": (1,),
    "multiprocessing.BoundedSemaphore": (),
    "multiprocessing.Condition": (),
    "multiprocessing.Event": (),
    "multiprocessing.JoinableQueue": (),
    "multiprocessing.Lock": (),
    "multiprocessing.Queue": (),
    "multiprocessing.RLock": (),
    "multiprocessing.Semaphore": (),
    "multiprocessing.SimpleQueue": (),
}
"""What is documented as a class and is a function, or gets methods from its constructor, with arguments that make an instance."""

SAMPLES: dict[str, tuple[str, ...]] = {
    "boto3.resources.base.ServiceResource": (
        *(
            f"boto3.resource({name!r}, 'us-east-1')"
            for name in ("cloudformation", "cloudwatch", "dynamodb", "ec2", "glacier", "iam", "s3", "sns", "sqs")
        ),
        "boto3.resource('dynamodb', 'us-east-1').Table('name')",
        "boto3.resource('s3', 'us-east-1').Bucket('name')",
        "boto3.resource('sqs', 'us-east-1').Queue('address')",
        *(f"boto3.resource('ec2', 'us-east-1').{name}('id')" for name in ("Instance", "RouteTable", "RouteTableAssociation", "Vpc")),
        *(f"boto3.resource('iam', 'us-east-1').{name}('name')" for name in ("Policy", "User", "VirtualMfaDevice")),
        *(f"boto3.resource('sns', 'us-east-1').{name}('arn')" for name in ("PlatformApplication", "Topic")),
        "boto3.resource('cloudwatch', 'us-east-1').Metric('namespace', 'name')",
        "boto3.resource('glacier', 'us-east-1').Vault('account', 'name')",
    ),
    "botocore.client.BaseClient": ("__import__('botocore.session').session.get_session().create_client('s3', 'us-east-1')",),
    "trio._file_io.AsyncIOWrapper": ("trio.wrap_file(__import__('io').StringIO())", "trio.wrap_file(__import__('io').BytesIO())"),
}
"""Classes whose objects get methods when they are made, with expressions that make some."""

SET_UP: dict[str, tuple[str, ...]] = {
    "django": (
        "__import__('django.conf').conf.settings.configure(INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth'])",
        "__import__('django').setup()",
    ),
}
"""Libraries that have to be set up before all of their modules can be imported, with expressions that do so."""

PROTOCOLS = {
    "enter": "__enter__",
    "aenter": "__aenter__",
    "awaits": "__await__",
    "iterates": "__iter__",
    "aiterates": "__aiter__",
    "items": "__getitem__",
}
"""What a class has if it has the protocol that a field of its entry speaks of."""


FORMS = {field: PROTOCOLS[field] for field in ("enter", "aenter", "iterates", "aiterates")}
"""Fields that an entry has if its class has the method: rules take their absence for an answer."""

FORMER = {
    ("aiobotocore.paginate.AioPageIterator", "iterates"),
    ("filelock.AsyncSoftFileLock", "enter"),
    ("filelock.AsyncUnixFileLock", "enter"),
    ("filelock.BaseAsyncFileLock", "enter"),
    ("importlib.metadata.EntryPoint", "iterates"),
    ("pathlib.Path", "enter"),
    ("pathlib.PosixPath", "enter"),
    ("pathlib.WindowsPath", "enter"),
    ("trio.Process", "aenter"),
    ("websockets.connect", "iterates"),
}
"""Protocols that only some versions have, and nobody uses, or that are inherited and do not work."""


class Missing(Exception):
    """A name that the library does not have."""


class Library:
    """One knowledge file and the real library behind it; :meth:`problems` tells what does not fit."""

    def __init__(self, top: str) -> None:
        file = read_bundled(top)
        assert file is not None
        self.top = top
        self.file: KnowledgeFile = file
        self.version = _installed_version(file.distribution)
        for expression in SET_UP.get(top, ()):
            eval(expression)
        self.classes = {entry.name for entry in file.classes}
        self.absent = {
            *(name for entry in file.callables if not _covers(entry, self.version) for name in entry.names),
            *(entry.name for entry in file.classes if not _covers(entry, self.version)),
        }

    def problems(self) -> Iterator[str]:
        """What is wrong with the file, one line each."""
        yield from self._name_problems()
        for source, target in self.file.aliases.items():
            yield from _prefixed(source, self._alias_problems(source, target))
        for name, text in self.file.values.items():
            yield from _prefixed(name, self._value_problems(name, text))
        for klass in self.file.classes:
            if self._is_here(klass.name):
                yield from _prefixed(klass.name, self._class_problems(klass))
        for entry in self.file.callables:
            for name in entry.names:
                if self._is_here(name):
                    yield from _prefixed(name, self._callable_problems(entry, name))
        for name in sorted(self.absent - WINDOWS_ONLY):
            if self._exists(name):
                yield f"{name}: exists in {self.version}, which its entry excludes"

    # -- names

    def _name_problems(self) -> Iterator[str]:
        callables = Counter(name for entry in self.file.callables for name in entry.names)
        classes = Counter(entry.name for entry in self.file.classes)
        for name, count in [*callables.items(), *classes.items()]:
            if count > 1:
                yield f"{name}: has {count} entries, of which the last wins"
        for name in {*callables, *classes, *self.file.aliases, *self.file.values}:
            if name.partition(".")[0] != self.top:
                yield f"{name}: never found, since it does not start with {self.top}"
        for name in {*callables, *classes} & set(self.file.aliases):
            yield f"{name}: never found, since it is an alias too"

    def _is_here(self, name: str) -> bool:
        head = name
        while head:
            if head in self.absent or head in WINDOWS_ONLY:
                return False
            head = head.rpartition(".")[0]
        return True

    def _exists(self, name: str) -> bool:
        try:
            self.resolve(name)
        except Missing:
            return False
        return True

    def resolve(self, name: str) -> object:
        """What stands behind a dotted name."""
        first, *rest = name.split(".")
        found: object = _import(first)
        path = first
        for part in rest:
            owner, path = path, f"{path}.{part}"
            try:
                found = self._member(owner, found, part)
            except AttributeError:
                if not inspect.ismodule(found):
                    raise Missing(path) from None
                found = _import(path)
        return found

    def _member(self, owner: str, found: object, part: str) -> object:
        klass = self._as_class(owner, found)
        for sample in _samples(owner) if owner in SAMPLES and not hasattr(klass, part) else ():
            if hasattr(sample, part):
                return getattr(type(sample), part, getattr(sample, part))
        return getattr(_make(owner, found) if owner in MADE and not hasattr(klass, part) else klass, part)

    def _as_class(self, name: str, found: object) -> object:
        """`found`, or the class that it stands for: that of what it makes, or the one whose parameters it fills in."""
        if name in MADE and not inspect.isclass(found):
            return type(_make(name, found))
        return typing.get_origin(found) or found if name in self.classes else found

    def _owner(self, name: str) -> type | None:
        """The class that a method's or constructor's receiver is an instance of."""
        head = name.rpartition(".")[0]
        owner = self._as_class(head, self.resolve(head)) if head else None
        return owner if inspect.isclass(owner) else None

    # -- the parts of a file

    def _alias_problems(self, source: str, target: str) -> Iterator[str]:
        if not (self._is_here(source) and self._is_here(target)):
            return
        try:
            real_target = self.resolve(target)
        except Missing as missing:
            yield f"its target does not exist: {missing}"
            return
        try:
            real_source = self.resolve(source)
        except Missing as missing:
            # Where Python's own library defines a thing differs between its versions, and no entry says so.
            if self.file.distribution != "python":
                yield f"does not exist: {missing}"
            return
        if inspect.ismodule(real_source) and inspect.ismodule(real_target):
            for public in getattr(real_source, "__all__", ()):
                if not hasattr(real_target, public):
                    yield f"its {public} is not in {target}"
            return
        origin = typing.get_origin(real_source)  # of `typing.List`
        if origin is not None:
            real_source = origin
        makes_target = inspect.isclass(real_target) and not inspect.isclass(real_source) and callable(real_source)
        same_class = self._as_class(target, real_target) is self._as_class(target, real_source)
        if real_source != real_target and not (makes_target or same_class):
            yield f"is not {target}"

    def _value_problems(self, name: str, text: str) -> Iterator[str]:
        try:
            self.resolve(name)
        except Missing as missing:
            yield f"does not exist: {missing}"
        yield from self._type_problems(text, None)

    def _class_problems(self, entry: ClassEntry) -> Iterator[str]:
        try:
            klass = self._as_class(entry.name, self.resolve(entry.name))
        except Missing as missing:
            yield f"does not exist: {missing}"
            return
        if not inspect.isclass(klass):
            yield "is not a class"
            return
        for base in entry.bases:
            try:
                real = self._as_class(base, self.resolve(base))
            except Missing as missing:
                yield f"its base does not exist: {missing}"
                continue
            if not (inspect.isclass(real) and issubclass(klass, real)):
                yield f"is not a subclass of {base}"
        for field, method in PROTOCOLS.items():
            text = getattr(entry, field)
            if text is not None:
                if not hasattr(klass, method):
                    yield f"`{field}`: the class has no {method}"
                yield from self._type_problems(text, None)
        if hasattr(klass, "__await__") and not self._is_awaitable(entry):
            yield "can be awaited, which its entry does not say"
        for field, method in FORMS.items():
            if _has_method(klass, method) and not _is_named(entry, field) and (entry.name, field) not in FORMER:
                yield f"has {method}, and `{field}` does not say so"
        for text in entry.attributes.values():
            yield from self._type_problems(text, None)
        for method in (*entry.gives_back, *entry.needs_open, *entry.on_loop, *entry.in_thread):
            if not hasattr(klass, method) and method not in entry.attributes:
                yield f"has no method {method}"
        if entry.leaks is not None and not entry.gives_back:
            yield "`leaks`: nothing gives it back"
        for method in entry.gives_back if entry.leaks is not None else ():
            if method not in GIVES_BACK:
                yield f"{method} is not among the names that functions are searched for"
        for condition in entry.unless_made:
            if not all(_made_with(klass, key) for key in condition):
                yield f"nothing that makes it has one of the parameters {', '.join(condition)}"

    def _is_awaitable(self, entry: ClassEntry) -> bool:
        """Whether an entry or one of its bases says that its objects can be awaited."""
        if entry.awaits is not None or entry.name == "collections.abc.Awaitable":
            return True
        known = {klass.name: klass for klass in self.file.classes}
        return any(self._is_awaitable(known[base]) if base in known else hasattr(self.resolve(base), "__await__") for base in entry.bases)

    def _family_problems(self, entry: CallableEntry, name: str) -> Iterator[str]:
        """What is wrong with an entry of all methods of a class that have none of their own."""
        try:
            klass = self._as_class(name, self.resolve(name))
        except Missing as missing:
            yield f"does not exist: {missing}"
            return
        if not inspect.isclass(klass):
            yield "is not a class"
            return
        if entry.parameters or entry.only:
            yield "speaks of parameters, which differ"
        keywords = {keyword for condition in entry.harmless for keyword in condition}
        own = {each for one in self.file.callables for each in one.names}
        for method, real in inspect.getmembers(klass, inspect.isfunction):
            is_named = any(f"{_name_of(base)}.{method}" in own for base in klass.__mro__) or f"{name}.{method}" in own
            if not method.startswith("_") and not is_named and not all(_takes(real, keyword) for keyword in keywords):
                yield f"speaks of parameters that `{method}` does not have"
            if not method.startswith("_") and not is_named and entry.coroutine != inspect.iscoroutinefunction(inspect.unwrap(real)):
                yield f"{method} is {'no' if entry.coroutine else 'a'} coroutine function"
        yield from self._type_problems(entry.returns or "None", None)

    def _callable_problems(self, entry: CallableEntry, name: str) -> Iterator[str]:
        if name.endswith(".*"):
            yield from self._family_problems(entry, name.removesuffix(".*"))
            return
        try:
            real = self.resolve(name)
            owner = self._owner(name)
        except Missing as missing:
            yield f"does not exist: {missing}"
            return
        for blocks in filter(None, (entry.blocks, *entry.blocks_made_by.values())):
            if all(blocks != rule.name for rule in RULES):
                yield f"{blocks} is no name of a rule"
        if entry.property:
            if inspect.isroutine(real) and not inspect.isdatadescriptor(real) and not isinstance(real, functools.cached_property):
                yield "is not a property"
        elif not callable(real):
            yield "cannot be called"
        elif inspect.isfunction(real) or inspect.ismethod(real):
            wrapped = inspect.unwrap(real)
            declared = "Awaitable" in str(getattr(real, "__annotations__", {}).get("return", ""))  # for both kinds of clients
            if entry.coroutine not in (inspect.iscoroutinefunction(real), inspect.iscoroutinefunction(wrapped)) and not declared:
                yield f"is {'no' if entry.coroutine else 'a'} coroutine function"

        parameters = _Parameters(owner, name, real)
        yield from parameters.position_problems(entry.parameters)
        own = [*entry.harmless, *entry.only]
        named = [
            *entry.runs,
            *entry.or_value,
            *entry.passes,
            *entry.consumes,
            *entry.enters,
            *entry.leaves,
            *filter(None, [entry.task_of, entry.up_to]),
        ]
        for key in [*named, *(key for key in entry.awaits if key != "*")]:
            if key not in entry.parameters and not parameters.has(key):
                yield f"has no parameter {key}"
        if entry.keywords is not None:
            yield from parameters.keyword_problems(entry.keywords)
        for key in [key for condition in own for key in condition]:
            if key not in entry.parameters and not parameters.takes_keyword(key):
                yield f"has no parameter {key}"
        for condition in own:
            yield from self._condition_problems(condition)
        yield from self._receiver_problems(entry, owner)
        for text in [text for passed in entry.passes.values() for text in passed]:
            yield from self._type_problems(text, (entry, parameters))
        if entry.returns is not None:
            yield from self._type_problems(entry.returns, (entry, parameters))

    def _receiver_problems(self, entry: CallableEntry, owner: type | None) -> Iterator[str]:
        """What an entry says about other methods of the receiver and about its constructor."""
        called: Mapping[str, Condition] = {
            **{method: {} for method in (*entry.guards, *entry.weak_guards, *entry.only_called)},
            **entry.unless_called,
        }
        for method, condition in called.items():
            real = getattr(owner, method, None)
            if real is None:
                yield f"its receiver has no method {method}"
                continue
            parameters = _Parameters(owner, method, real)
            for key in condition:
                if not parameters.takes_keyword(key) and not _documented(method, key):
                    yield f"{method} has no parameter {key}"
            yield from self._condition_problems(condition)
        for condition in (*entry.unless_made, *entry.only_made, *entry.never_waits):
            if owner is None:
                yield "is no method, so nothing makes its receiver"
                continue
            # Entries for several classes share their conditions, and not every class is made by something that we know.
            owners = [owner, *filter(None, (self._owner(name) for name in entry.names if self._is_here(name)))]
            for key in condition:
                if not any(_made_with(one, key) for one in owners):
                    yield f"nothing that makes its receiver has a parameter {key}"
            yield from self._condition_problems(condition)

    def makes(self, text: str, owner: type) -> bool:
        """Whether a type's text names a class that is, or derives from, `owner`."""
        for name in re.findall(r"\w+(?:\.\w+)+", text):
            with contextlib.suppress(Missing):
                klass = self._as_class(name, self.resolve(name))
                if inspect.isclass(klass) and issubclass(klass, owner):
                    return True
        return False

    def _condition_problems(self, condition: Condition) -> Iterator[str]:
        for test in condition.values():
            if isinstance(test, ArgumentTest):
                if test.is_a is not None:
                    yield from self._type_problems(test.is_a, None)
                if test.mentions is not None and not self._exists(test.mentions):
                    yield f"{test.mentions} does not exist"

    # -- types

    def _type_problems(self, text: str, call: tuple[CallableEntry, _Parameters] | None) -> Iterator[str]:
        """What is wrong with a type's text. `call` is the callable whose arguments it may speak of."""
        alternatives = _split(text, "|")
        if len(alternatives) > 1:
            for alternative in alternatives:
                yield from self._type_problems(alternative, call)
            return
        if text in ("self", "None") or re.fullmatch("[A-Z]", text):
            return
        given, _, default = text.partition(" or ")
        if default and "[" not in given:
            yield from self._type_problems(given, call)
            yield from self._type_problems(default, call)
            return
        generic = re.fullmatch(r"([\w.]+)\[(.+)\]", text)
        if generic:
            inner = _split(generic[2], ",")
            wanted = {"list": 1, "set": 1, "frozenset": 1, "iterator": 1, "dict": 2}.get(generic[1], len(inner))
            if len(inner) != wanted:
                yield f"`{text}` does not have {wanted} parts"
            if "." in generic[1]:
                yield from self._type_problems(generic[1], call)
            for part in inner:
                yield from self._type_problems(part, call)
            return
        word, _, rest = text.partition(" ")
        if word in OF_ARGUMENT and rest:
            for parameter in rest.split():
                if call is None:
                    yield f"`{text}` stands where there are no arguments"
                elif parameter not in call[0].parameters and not call[1].has(parameter):
                    yield f"`{text}` names no parameter"
            return
        name = rest if word == "class" else text
        if not re.fullmatch(r"\w+(\.\w+)+", name):
            yield f"`{text}` is not a type (a class is written with its module, as in `builtins.str`)"
        elif self._is_here(name) and not self._names_a_class(name):
            yield f"`{name}` is not a class"

    def _names_a_class(self, name: str) -> bool:
        other = name.partition(".")[0]
        if other != self.top and other in bundled_names():
            file = read_bundled(other)
            if file is None or not _is_installed(file.distribution):
                return True  # not for this library's test to say
            library = _library(other)
            return not library._is_here(name) or library._names_a_class(name)
        try:
            return inspect.isclass(self._as_class(name, self.resolve(name)))
        except Missing:
            return False


def _takes(function: Callable[..., object], keyword: str) -> bool:
    parameters = inspect.signature(function).parameters
    return keyword in parameters or any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())


@functools.cache
def _library(top: str) -> Library:
    return Library(top)


@functools.cache
def _documented(method: str, key: str) -> bool:
    """Whether the entry of a method so called has this parameter; its place there is checked with that entry."""
    return any(
        key in entry.parameters and any(name.endswith(f".{method}") for name in entry.names)
        for top in bundled_names()
        for file in (read_bundled(top),)
        for entry in (file.callables if file is not None else ())
    )


@functools.cache
def _made_with(owner: type, key: str) -> bool:
    """Whether its constructor, or a callable known to return such an object (as `open` does), has this parameter."""
    if _Parameters(None, owner.__name__, owner).takes_keyword(key):
        return True
    for top in bundled_names():
        file = read_bundled(top)
        for entry in file.callables if file is not None and _is_installed(file.distribution) else ():
            if entry.returns is None or not _library(top).makes(entry.returns, owner):
                continue
            makers = [_library(top)._owner(name) for name in entry.names if name.count(".") > 1 and _library(top)._is_here(name)]
            if key in entry.parameters or any(_made_with(maker, key) for maker in makers if maker is not None and maker is not owner):
                return True  # or what makes it, as a connection makes a cursor, was made so
    return False


class _Parameters:
    """The real parameters of a callable, without `self` and `cls`. Where Python cannot tell, they are words of its docstring."""

    def __init__(self, owner: type | None, name: str, real: object) -> None:
        self.name = name
        self._all: list[inspect.Parameter] | None = None
        self._words = set(re.findall(r"\w+", real.__doc__ or ""))
        if not callable(real):
            return
        try:
            self._all = list(inspect.signature(real).parameters.values())
        except (ValueError, TypeError):  # written in C, and without a text signature
            return
        raw = inspect.getattr_static(owner, name.rpartition(".")[2], None) if owner is not None else None
        bound = (staticmethod, classmethod, types.ClassMethodDescriptorType, type)
        if raw is not None and not isinstance(raw, bound) and self._all and self._all[0].kind in _POSITIONAL:
            del self._all[0]

    def position_problems(self, names: tuple[str, ...]) -> Iterator[str]:
        """Where the documented `names` do not stand at their places."""
        if self._all is None:
            return
        positional = [parameter for parameter in self._all if parameter.kind in _POSITIONAL]
        takes_more = any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in self._all)
        every = {parameter.name for parameter in self._all}
        for i, name in enumerate(names):
            if i >= len(positional):
                if not takes_more:
                    yield f"{name} is not positional parameter {i}: there are {len(positional)}"
                elif name in every:
                    yield f"{name} is no positional parameter"
                continue
            real = positional[i]
            # A positional-only parameter's name is a label: nobody can write it. Any will do that is not another's.
            label = real.kind is inspect.Parameter.POSITIONAL_ONLY and name not in every
            if real.name != name and not label:
                yield f"positional parameter {i} is {real.name}, not {name}"

    def keyword_problems(self, names: tuple[str, ...]) -> Iterator[str]:
        """Where these are not all that may be given by name alone."""
        if self._all is None:
            return
        for parameter in self._all:
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                yield "takes any keyword"
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.name not in names:
                yield f"takes {parameter.name} as well"

    def has(self, name: str) -> bool:
        """Whether there is a parameter of this very name."""
        return name in self._words if self._all is None else any(parameter.name == name for parameter in self._all)

    def takes_keyword(self, name: str) -> bool:
        """Whether `name=` may be written."""
        if self._all is None:
            return name in self._words
        return any(
            parameter.kind is inspect.Parameter.VAR_KEYWORD
            or (parameter.name == name and parameter.kind is not inspect.Parameter.POSITIONAL_ONLY)
            for parameter in self._all
        )


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _make(name: str, factory: object) -> object:
    assert callable(factory)
    return factory(*MADE[name])


@functools.cache
def _samples(name: str) -> list[object]:
    """Objects of a class."""
    top = name.partition(".")[0]
    environment = {top: importlib.import_module(top)}
    return [eval(expression, environment) for expression in SAMPLES[name]]


def _import(name: str) -> types.ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        raise Missing(name) from None


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators that stand outside of brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def _prefixed(name: str, problems: Iterator[str]) -> Iterator[str]:
    for problem in problems:
        yield f"{name}: {problem}"


def _name_of(klass: type) -> str:
    """The name under which entries speak of a class."""
    return Knowledge().canonical(f"{klass.__module__}.{klass.__qualname__}")


def _has_method(klass: type, method: str) -> bool:
    """Whether objects of a class have a method that does something: not one that only tells to use another."""
    found = getattr(klass, method, None)
    if found is None or not inspect.isfunction(found):
        return found is not None
    try:
        block = ast.parse(f"if True:\n{textwrap.indent(inspect.getsource(found), ' ')}").body[0].body  # type: ignore[attr-defined]
    except OSError:  # made without a file, as by `namedtuple`
        return True
    return not all(isinstance(statement, (ast.Expr, ast.Raise)) for statement in block[0].body)


def _is_named(entry: ClassEntry, field: str) -> bool:
    """Whether an entry, or that of one of its bases, has this field."""
    if getattr(entry, field) is not None:
        return True
    bases = filter(None, map(_entry_of_class, entry.bases))
    return any(_is_named(base, field) for base in bases)


@functools.cache
def _entry_of_class(name: str) -> ClassEntry | None:
    return Knowledge().klass(Knowledge().canonical(name))


def _covers(entry: CallableEntry | ClassEntry, version: str) -> bool:
    """Whether the entry speaks of this version."""
    numbers = _numbers(version)
    return not (
        (entry.since is not None and numbers < _numbers(entry.since)) or (entry.until is not None and numbers >= _numbers(entry.until))
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _installed_version(distribution: str) -> str:
    """The version of what is installed, of several the first's. A distribution may be written with extras: ``starlette[full]``."""
    if distribution == "python":
        return ".".join(map(str, sys.version_info[:3]))
    versions = [importlib.metadata.version(each.partition("[")[0]) for each in distribution.split()]
    return versions[0]


def _is_installed(distribution: str) -> bool:
    try:
        _installed_version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _release(version: str) -> tuple[int, ...]:
    """The numbers at the start of a version."""
    return tuple(int(part) for part in re.match(r"[\d.]*", version)[0].split(".") if part)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Installs a distribution from the registry into a folder of its own, which it returns."""

    def install(distribution: str) -> Path:
        folder = tmp_path_factory.mktemp(re.sub(r"\W", "_", distribution))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), *distribution.split()]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        return folder

    return install


def _check_installed(top: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    command = [sys.executable, __file__, top]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("top", bundled_names())
def test_what_a_knowledge_file_says_is_so(top: str, install: Callable[[str], Path]) -> None:
    file = read_bundled(top)
    assert file is not None
    if file.distribution != "python" and os.environ.get("ASYNCLINT_REGISTRY") == "1":
        problems = _check_installed(top, install(file.distribution))
    elif not _is_installed(file.distribution):
        pytest.skip(f"{file.distribution} is not installed")
    elif file.distribution != "python" and _release(_installed_version(file.distribution)) < _release(file.checked):
        pytest.skip(f"the {file.distribution} that is installed is older than what was checked")
    else:
        problems = list(_library(top).problems())
    assert problems == []


if __name__ == "__main__":
    library = _library(sys.argv[1])
    print(*[library.version] * ("--version" in sys.argv), *library.problems(), sep="\n", end="")
