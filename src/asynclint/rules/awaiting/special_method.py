"""A method that Python itself calls, such as `__init__` or `__len__`, is a coroutine function: nobody awaits it.

## What it reports

`async def` for a special method whose result Python drops (`__init__`, `__del__`, `__setattr__`, `__setitem__`, `__post_init__` of a
dataclass, the setter or deleter of a property), checks (`__len__`, `__bool__`, `__str__`, `__iter__`, `__await__`), or tests for truth
(`__contains__`, `__eq__`, `__exit__`); for `__aiter__`, which has to give the iterator itself; and a `yield` in `__aenter__`,
`__aexit__` and `__anext__`.

## Why it hurts

Python gets a coroutine. Where it wants a number or a text, that is a TypeError. Where it drops the result, nothing of the body
runs. Where it tests the result, that is always true: an `async def __exit__` swallows every exception.

## Example

```python
import asyncio

class Session:
    async def __init__(self, url):
        self.url = url
        await asyncio.sleep(1)
```

## Instead

```python
import asyncio

class Session:
    def __init__(self, url):
        self.url = url

    @classmethod
    async def connect(cls, url):
        session = cls(url)
        await asyncio.sleep(1)
        return session
```

## When it stays silent

For methods whose result Python hands on, so that the caller can await it: `__call__`, `__getitem__`, `__getattr__`, `__get__`,
`__new__` and operators such as `+` and `<`. For `__init__` of a class whose `__new__`, or whose metaclass's `__call__`, is a
coroutine function.
Under a decorator that is not known. Where the program itself awaits the method by its name, the finding is possible only.

## When to turn it off

Never.

## Fix

None. What has to be awaited needs a place of its own.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.linking.values import Alternative, Class, External, Function, Instance
from asynclint.rules.awaiting.decorators import known_decorator
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.references import ATTR, CALL, SUPER
from asynclint.source.scopes import ASYNC, GENERATOR, IN_TYPING, STUB
from asynclint.source.uses import AWAITED, USE_CALL

RULE = Rule(
    "async-special-method",
    "ASL223",
    category="awaiting",
    since="0.1",
    default=True,
    fix=Safety.NONE,
    page=__doc__,
)

_DROPPED: Final = frozenset(
    {
        "__attrs_post_init__", "__attrs_pre_init__", "__del__", "__delattr__", "__delete__", "__delitem__",
        "__init_subclass__", "__post_init__", "__release_buffer__", "__set__", "__set_name__", "__setattr__", "__setitem__", "__setstate__",
    }
)  # fmt: skip
"""Nobody looks at what they give."""

_CHECKED: Final = {
    "__aiter__": "an asynchronous iterator",
    "__await__": "an iterator",
    "__bool__": "True or False",
    "__buffer__": "a memoryview",
    "__bytes__": "bytes",
    "__complex__": "a complex number",
    "__dir__": "the names",
    "__float__": "a number",
    "__format__": "a text",
    "__fspath__": "a path",
    "__getnewargs__": "a tuple",
    "__getnewargs_ex__": "a tuple",
    "__hash__": "a number",
    "__index__": "a number",
    "__init__": "None",
    "__int__": "a number",
    "__iter__": "an iterator",
    "__len__": "a number",
    "__length_hint__": "a number",
    "__mro_entries__": "a tuple",
    "__prepare__": "a mapping",
    "__reduce__": "a tuple",
    "__reduce_ex__": "a tuple",
    "__repr__": "a text",
    "__sizeof__": "a number",
    "__str__": "a text",
}
"""Of another type, what they give is a TypeError."""

_TESTED: Final = {
    "__contains__": "everything is in it",
    "__eq__": "it equals everything",
    "__exit__": "every exception in the block is swallowed",
    "__instancecheck__": "everything is an instance of it",
    "__ne__": "it differs from everything, itself included",
    "__subclasscheck__": "every class is a subclass of it",
}
"""What they give is tested for truth."""

_OTHERS: Final = {
    "__enter__": "`with` binds the coroutine, and nothing of it runs",
    "__next__": "the loop gets one coroutine after the other, and does not end",
}

_NOT_GENERATORS: Final = frozenset({"__aenter__", "__aexit__", "__anext__"})
"""They are awaited: coroutine functions by right, asynchronous generators by mistake."""

_ADVICE: Final = {
    "__init__": "Make it a plain function, and await the rest in a class method such as `create`.",
    "__del__": "Await the clean-up in a method of its own, such as `aclose`, or in `__aexit__`.",
    "__enter__": "Name it `__aenter__`, and use the class by `async with`.",
    "__exit__": "Name it `__aexit__`, and use the class by `async with`.",
    "__iter__": "Name it `__aiter__`, and go through it by `async for`.",
    "__next__": "Name it `__anext__`, and go through it by `async for`.",
    "__aiter__": "Make it a plain function that returns the iterator, or let it `yield` the items itself.",
    "__await__": "Make it a plain function: `return self.coroutine().__await__()`.",
}

_FIELD_CLASSES: Final = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass")


@RULE.on_function
def check(view: View, rule: Rule, function: Function) -> Iterator[Finding]:
    """Report a special method that is a coroutine function."""
    flags = function.facts.flags
    klass = function.owner
    if klass is None or not flags & ASYNC or flags & IN_TYPING:
        return
    name = function.facts.name.rpartition(".")[2]
    accessor = _accessor(view, function)
    if accessor:
        effect = f"Python drops what the {accessor} gives: nothing of it runs"
        verb = "set" if accessor == "setter" else "delete"
        advice = f"Give the class a coroutine method for it, such as `{verb}_{name}`."
        yield _found(view, rule, function, name, effect, advice, Certainty.CERTAIN)
        return
    if any(nature not in ("keep", "class", "static") for nature in function.decorations):
        return
    effect = _effect(name, flags)
    if not effect or (name == "__anext__" and _is_gone_through(view, klass)):
        return
    certainty = _certainty(view, function, klass, name)
    if certainty is not None:
        advice = _ADVICE.get(name, "Make it a plain function, and await in a method with a name of its own.")
        if name in _NOT_GENERATORS:
            advice = "Take the `yield` out: it is awaited, not gone through."
        yield _found(view, rule, function, name, effect, advice, certainty)


def _found(view: View, rule: Rule, function: Function, name: str, effect: str, advice: str, certainty: Certainty) -> Finding:
    kind = "an asynchronous generator function" if function.facts.flags & GENERATOR else "a coroutine function"
    message = f"`{name}` is {kind}: {effect}"
    return view.finding(rule, function, -1, message, certainty=certainty, advice=advice, subject=name)


def _is_gone_through(view: View, klass: Class) -> bool:
    """Whether ``__aiter__`` gives what ``__anext__`` does, an asynchronous generator: Python asks that one for what comes next."""
    member = view.linker.member(klass, "__aiter__")
    for alternative in member.alternatives if member is not None else ():
        if isinstance(alternative, Function) and alternative.module.rows[alternative.facts.returned][0] == CALL:
            rows = alternative.module.rows
            return rows[rows[alternative.facts.returned][1]][::2] == (ATTR, "__anext__")
    return False


def _effect(name: str, flags: int) -> str:
    """What Python does with what the method gives; empty where that is right."""
    made = "an asynchronous generator" if flags & GENERATOR else "a coroutine"
    if name in _NOT_GENERATORS:
        return "Python awaits what it gives, which is a TypeError" if flags & GENERATOR else ""
    if name == "__aiter__" and flags & (GENERATOR | STUB):
        return ""
    if name in _DROPPED:
        return "Python drops what it gives, and nothing of it runs"
    if name in _CHECKED:
        return f"Python wants {_CHECKED[name]} and gets {made}, which is a TypeError"
    if name in _TESTED:
        return f"what it gives is always true, so {_TESTED[name]}"
    return _OTHERS.get(name, "")


def _accessor(view: View, function: Function) -> str:
    """``setter`` or ``deleter``, if the function is that of a property."""
    rows = function.module.rows
    for row in function.facts.decorators:
        operation, base, name, _ = rows[row]
        if operation == ATTR and name in ("setter", "deleter"):
            owners = view.linker.value(function.module, base).alternatives
            if owners and all(isinstance(owner, Function) and owner.nature == "property" for owner in owners):
                return name
    return ""


def _certainty(view: View, function: Function, klass: Class, name: str) -> Certainty | None:
    """How sure it is that Python calls the method; None where it does not."""
    certainty = Certainty.CERTAIN
    if name == "__init__":
        if _is_coroutine(view, klass, "__new__") or any(_is_coroutine(view, meta, "__call__") for meta in _metaclasses(view, klass)):
            return None
        if not klass.complete or not all(meta.complete for meta in _metaclasses(view, klass)) or not _has_known_decorators(view, klass):
            certainty = Certainty.POSSIBLE  # what is not known may make objects in another way
    elif name in ("__post_init__", "__attrs_post_init__", "__attrs_pre_init__") and not _has_fields(view, klass):
        certainty = Certainty.POSSIBLE
    return Certainty.POSSIBLE if _is_awaited_by_name(view, klass, name) else certainty


def _is_coroutine(view: View, klass: Class, name: str) -> bool:
    member = view.linker.member(klass, name)
    return member is not None and any(isinstance(part, Function) and part.facts.flags & ASYNC for part in member.alternatives)


def _metaclasses(view: View, klass: Class) -> Iterator[Class]:
    """The metaclasses of a class and its bases; one that is not known is a class of which nothing is known."""
    for base in klass.mro:
        if base.facts is not None and base.module is not None and base.facts.metaclass:
            found = [
                part for part in view.linker.value(base.module, base.facts.metaclass).alternatives if isinstance(part, (Class, External))
            ]
            for part in found:
                yield part if isinstance(part, Class) else view.linker.external_class(part.name)
            if not found:
                yield Class("")


def _has_known_decorators(view: View, klass: Class) -> bool:
    return all(_makes_fields(name) or is_known for name, is_known in _decorators(view, klass))


def _has_fields(view: View, klass: Class) -> bool:
    """Whether a class, or one that derives from it, gets its ``__init__`` made, which calls ``__post_init__``."""
    return any(
        each.derives_from("msgspec.Struct") or any(_makes_fields(name) for name, _ in _decorators(view, each))
        for each in (*klass.mro, *klass.overriders)
    )


def _makes_fields(decorator: str) -> bool:
    return decorator in _FIELD_CLASSES or decorator.startswith(("attr.", "attrs."))


def _decorators(view: View, klass: Class) -> Iterator[tuple[str, bool]]:
    """The names of a class's decorators, empty for one of the program, and whether it is known what they do."""
    if klass.facts is None or klass.module is None:
        return
    for row in klass.facts.decorators:
        operation, base, _, _ = klass.module.rows[row]
        decorator = known_decorator(view, klass.module, base if operation == CALL else row)
        yield (decorator.name, decorator.entry is not None) if decorator is not None else ("", False)


def _is_awaited_by_name(view: View, klass: Class, name: str) -> bool:
    """Whether the program awaits the method itself: ``await self.__init__()``, but not ``await super().__init__()``."""
    for module in view.linker.modules.values():
        calls = {call: receiver for receiver, call in module.method_calls(name) if module.rows[receiver][0] != SUPER}
        if not calls:
            continue
        for function in module.functions:
            for kind, row, flags, _ in function.facts.uses:
                if kind == USE_CALL and flags & AWAITED and row in calls:
                    receivers = view.linker.value(module, calls[row]).alternatives or (function.owner,)
                    if any(_is_related(receiver, klass) for receiver in receivers):
                        return True
    return False


def _is_related(receiver: Alternative | None, klass: Class) -> bool:
    known = receiver.klass if isinstance(receiver, Instance) else receiver
    return isinstance(known, Class) and (known in klass.mro or klass in known.mro)
