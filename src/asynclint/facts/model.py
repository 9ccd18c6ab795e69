"""The facts of one file: functions and what they use, classes and what they hold, names and what they are bound to.

A fact's place is its function and a number within it. Rows are numbers in the file's reference table
(:mod:`asynclint.source.references`). Lines and columns are kept in :class:`Places`, apart from the facts, so that a new blank line
changes no fact.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from asynclint.source.references import Row
from asynclint.source.uses import Store, Use


class Parameter(NamedTuple):
    """A parameter of a function; `declared` and `default` are rows, 0 where there is none."""

    name: str
    declared: int
    default: int


class FunctionFacts(NamedTuple):
    """One function, method or lambda; number 0 is the module's own code.

    `name` is qualified within the module. `flags` are those of :mod:`asynclint.source.scopes`. `parent` is the function around it,
    `owner` the class whose method it is (-1 for none). The first `positional` of its parameters can be given by position. `result` is
    the row of the return annotation, `returned` and `yielded` of all the values that it gives; 0 where nothing is known.
    """

    name: str
    flags: int
    parent: int
    owner: int
    decorators: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    positional: int
    result: int
    returned: int
    yielded: int
    uses: tuple[Use, ...]


class ClassFacts(NamedTuple):
    """One class: its bases, decorators and ``[type parameters]`` as rows, and its metaclass (0 for none); what its body binds
    (`members`), annotates (`declared`), and what its methods assign to ``self`` (`assigned`).
    """

    name: str
    bases: tuple[int, ...]
    metaclass: int
    decorators: tuple[int, ...]
    type_parameters: tuple[int, ...]
    members: dict[str, int]
    declared: dict[str, int]
    assigned: dict[str, int]


class ModuleFacts(NamedTuple):
    """One file. `bindings` are the module's global names, `stars` the modules that it imports all names of, `imports` all that
    it imports, `stores` the attributes that it assigns to objects from outside of their classes. `private_names` are the names
    with a leading underscore that its code mentions.
    """

    module: str
    rows: list[Row]
    functions: tuple[FunctionFacts, ...]
    classes: tuple[ClassFacts, ...]
    bindings: dict[str, int]
    stars: tuple[str, ...]
    imports: frozenset[str]
    stores: tuple[Store, ...]
    private_names: frozenset[str]


class Places(NamedTuple):
    """Where the facts of one file stand.

    `spans` holds four numbers a use (line, UTF-8 column, end line, end UTF-8 column, lines from 1, columns from 0, as ``ast`` gives
    them), all uses of function 0 first; `starts` tells where a function's uses begin. `lines` holds three numbers a function: its
    first line with decorators, the line of its ``def``, its last line.
    """

    spans: array[int]
    starts: array[int]
    lines: array[int]

    def of_use(self, function: int, number: int) -> tuple[int, int, int, int]:
        """Line, column, end line, end column of one use."""
        start = (self.starts[function] + number) * 4
        line, column, end_line, end_column = self.spans[start : start + 4]
        return (line, column, end_line, end_column)

    def of_function(self, function: int) -> tuple[int, int, int]:
        """First line (of a decorator), line of the ``def``, last line."""
        first, line, last = self.lines[function * 3 : function * 3 + 3]
        return (first, line, last)


def differ_in_bodies_only(before: ModuleFacts, after: ModuleFacts) -> bool:
    """Whether two versions of a file whose tables go on from each other say the same, but for what functions use and give."""
    pairs = zip(before.functions, after.functions, strict=False)
    return (
        len(before.functions) == len(after.functions)
        and all(old._replace(uses=new.uses, returned=new.returned, yielded=new.yielded) == new for old, new in pairs)
        and before.classes == after.classes
        and before._replace(rows=after.rows, functions=after.functions, private_names=after.private_names) == after
    )
