"""What stands around a definition: its decorators, the bases of its class, its name."""

from __future__ import annotations

import libcst as cst

from asynclint.fixes.imports import neighbour
from asynclint.fixes.tree import Place, Refused


def other_decorator(place: Place) -> None:
    """A function gets another decorator for one that it has. The words are the new one, and the number of the old one among its decorators,
    counted from the top; both come from one module, or else the new one is called by its whole path."""
    path, number, module = place.fix.words
    decorator = _function(place).decorators[int(number)].decorator
    named = decorator.func if isinstance(decorator, cst.Call) else decorator
    if not isinstance(named, (cst.Name, cst.Attribute)):
        raise Refused("the decorator is not written as a name")
    same = path.rpartition(".")[0] == module
    place.put(named, neighbour(place, named, path) if same else place.expression(place.name(path)))


def other_base(place: Place) -> None:
    """The class around a function derives from something else. The words are the new base and the old one, of the same module."""
    new, old = place.fix.words
    known, _ = place.tree.names.of(old, place.finding.span.line)
    for base in _class(place).bases:
        if not base.star and base.keyword is None and place.tree.code(base.value) in (known, old, old.rpartition(".")[2]):
            place.put(base.value, neighbour(place, base.value, new))
            return
    raise Refused(f"the class does not derive from `{old}` by that name")


def rename_method(place: Place) -> None:
    """A method gets another name, the word. Nobody calls it but what runs the tests."""
    function = _function(place)
    name = place.fix.words[0]
    old = function.name.value
    owner = _class(place)
    for node in place.tree.walk(owner.body):
        if isinstance(node, cst.Name) and node.value in (old, name) and node is not function.name:
            raise Refused(f"the class speaks of `{node.value}` in other places")
    place.replace(function.name, lambda found: found.with_changes(value=name))


def _function(place: Place) -> cst.FunctionDef:
    """The function whose name stands at the place."""
    function = place.tree.parent(place.exactly(cst.Name))
    if not isinstance(function, cst.FunctionDef):
        raise Refused("no function is defined here")
    place.tree.walk(function)
    return function


def _class(place: Place) -> cst.ClassDef:
    """The class whose method's name stands at the place."""
    function = _function(place)
    for outer in place.tree.parents(function):
        if isinstance(outer, (cst.ClassDef, cst.FunctionDef)):
            break
    if not isinstance(outer, cst.ClassDef):
        raise Refused("this is no method of a class")
    place.tree.walk(outer)
    return outer
