"""What a reference may be: values, and the alternatives that they are made of.

A :class:`Value` holds up to eight alternatives and whether there may be others. Alternatives are compared by identity; the linker
makes one object for one thing, but for instances, which know where they were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, overload

from asynclint.facts.model import ClassFacts, FunctionFacts
from asynclint.knowledge import CallableEntry, ClassEntry
from asynclint.model import Certainty

if TYPE_CHECKING:
    from asynclint.project.linking.modules import Module

Origin = tuple["Module", int]
"""The file and the row of the call that made an instance."""


class Function:
    """A function of the program. `number` is its number in its file, `index` that in the whole program.

    Decorators decide the rest: `nature` is what they make of it (see ``Nature`` of the knowledge schema), `doubtful` that
    one of them is not known. `entry` is what the knowledge says about it, which then stands for its body.
    """

    __slots__ = (
        "binding",
        "cached",
        "decorations",
        "doubtful",
        "entry",
        "facts",
        "gives_coroutine",
        "index",
        "linked",
        "module",
        "nature",
        "number",
        "owner",
        "wrappers",
    )

    def __init__(self, module: Module, number: int, facts: FunctionFacts, index: int) -> None:
        self.module = module
        self.index = index
        self.begin(number, facts)

    def begin(self, number: int, facts: FunctionFacts) -> None:
        """Forget all but what the facts say."""
        self.number = number
        self.facts = facts
        self.owner: Class | None = None
        self.nature = "keep"
        self.binding = ""
        """``static`` or ``class`` for such methods, whatever else other decorators make of them."""
        self.doubtful = False
        self.cached = False
        """A decorator stores what it gives: it runs once for each set of arguments."""
        self.gives_coroutine = False
        """What hides it behind an ``opaque`` decorator is a coroutine function."""
        self.decorations: tuple[str | None, ...] = ()
        """What each of its decorators makes of it, in their order; None for one that is not known."""
        self.linked = False
        self.entry: CallableEntry | None = None
        self.wrappers: list[Function] = []
        """What decorators of the program put around it, whose bodies run too."""

    @property
    def name(self) -> str:
        """The qualified name, with the module's."""
        return f"{self.module.name}.{self.facts.name}"

    def position(self, parameter: str) -> int:
        """The position of a parameter; -1 where there is none of this name."""
        return next((number for number, one in enumerate(self.facts.parameters) if one.name == parameter), -1)

    def place(self, position: int, keyword: str) -> int:
        """The position of the parameter that an argument is for, if not by keyword then by its own; -1 for none, and for ``*args``."""
        if keyword:
            return self.position(keyword)
        return position if position < self.facts.positional else -1


class Class:
    """A class whose source was read (`module` and `facts` are set), of the knowledge (`entry` is set), of both, or of neither, known by
    its name only.

    `mro` is the order in which its members are looked up, itself first; `complete` tells that all its bases are known.
    """

    __slots__ = ("complete", "entry", "facts", "linked", "module", "mro", "name", "number", "overriders")

    def __init__(self, name: str) -> None:
        self.name = name
        self.module: Module | None = None
        self.number = -1
        self.facts: ClassFacts | None = None
        self.entry: ClassEntry | None = None
        self.mro: tuple[Class, ...] = (self,)
        self.complete = False
        self.linked = False
        self.overriders: list[Class] = []

    def begin(self, module: Module, number: int, facts: ClassFacts) -> None:
        """Take what the facts say; nothing is linked then."""
        for base in self.mro[1:]:
            base.overriders.remove(self)
        self.module = module
        self.number = number
        self.facts = facts
        self.mro = (self,)
        self.complete = False
        self.linked = False

    @property
    def is_own(self) -> bool:
        """Whether it is defined in the program itself: then its source speaks for it, elsewhere what is known does first."""
        return self.module is not None and not self.module.is_dependency

    def derives_from(self, name: str) -> bool:
        """Whether a class of this name is in the order of look-up."""
        return any(klass.name == name for klass in self.mro)


class Instance:
    """An object of a class. `exact` tells that it is not one of a subclass; `made` where it was made, if that was seen."""

    __slots__ = ("arguments", "behind", "exact", "klass", "made")

    def __init__(
        self,
        klass: Class,
        exact: bool = False,
        made: Origin | None = None,
        arguments: tuple[Value, ...] = (),
        behind: Class | None = None,
    ) -> None:
        self.klass = klass
        self.exact = exact
        self.made = made
        self.arguments = arguments
        self.behind = behind
        """For ``super()``: look up members behind this class."""


class ModuleObject:
    """A module of the program."""

    __slots__ = ("module",)

    def __init__(self, module: Module) -> None:
        self.module = module


class Bound:
    """A method bound to its receiver. `certainty` is lower where it is found in a subclass of the receiver's class, which the receiver
    may or may not be of."""

    __slots__ = ("certainty", "function", "receiver")

    def __init__(self, function: Function, receiver: Instance | Class, certainty: Certainty = Certainty.CERTAIN) -> None:
        self.function = function
        self.receiver = receiver
        self.certainty = certainty


def left_to_others(value: Value) -> frozenset[Function]:
    """The methods of subclasses that something may be, where it is a method that the class itself leaves to them. What only has the methods
    that a protocol asks for, may never be given for it."""
    found = frozenset([part.function for part in value.alternatives if isinstance(part, Bound) and _is_override(part)])
    return found if len(found) == len(value.alternatives) else frozenset()


def _is_override(method: Bound) -> bool:
    klass = method.receiver.klass if isinstance(method.receiver, Instance) else method.receiver
    owner = method.function.owner
    return method.certainty is Certainty.POSSIBLE and owner is not None and klass in owner.mro


class External:
    """A name outside of the program, in its documented spelling: known (`entry`) or not. `receiver` is what a method was taken from."""

    __slots__ = ("entry", "name", "receiver")

    def __init__(self, name: str, entry: CallableEntry | None, receiver: Instance | None = None) -> None:
        self.name = name
        self.entry = entry
        self.receiver = receiver


class Pending:
    """What a call gives whose body has not run: a coroutine, a generator, a context manager's generator, an async generator."""

    __slots__ = ("callee", "nature", "origin", "receiver")

    def __init__(self, callee: Function | External, nature: str, origin: Origin, receiver: Instance | Class | None = None) -> None:
        self.callee = callee
        self.nature = nature
        self.origin = origin
        self.receiver = receiver


class Constant:
    """None, a number, a truth value, a short text or bytes, as its ``repr``."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def as_made(declared: Value, given: Value) -> Value:
    """What is declared, or the only object that is given for it, where that is of the very class and it is seen how it was made; of a
    module, what is given tells which."""
    if is_module(declared):
        return given if given.alternatives else declared
    if len(declared.alternatives) != 1 or len(given.alternatives) != 1 or given.open:
        return declared
    first, made = declared.alternatives[0], given.alternatives[0]
    if not isinstance(first, Instance) or not isinstance(made, Instance) or made.made is None:
        return declared
    return given if made.klass is first.klass and not first.arguments else declared


def is_module(value: Value) -> bool:
    """Whether a value is a module, and no more is known."""
    only = value.alternatives[0] if len(value.alternatives) == 1 else None
    return isinstance(only, Instance) and only.klass.name == "types.ModuleType"


def is_none(alternative: object) -> bool:
    return isinstance(alternative, Constant) and alternative.text == "None"


class Variable:
    """What a type variable stands for where that is not known: anything that is of its `bound`. Without an `origin` it is ``Self``."""

    __slots__ = ("bound", "origin")

    def __init__(self, origin: Origin | None, bound: Value) -> None:
        self.origin = origin
        self.bound = bound


Unbound = Function | Class | Instance | ModuleObject | External | Pending | Constant | Variable
Alternative = Unbound | Bound


@overload
def unbound(alternative: Function | Bound) -> Function: ...
@overload
def unbound(alternative: Alternative) -> Unbound: ...
def unbound(alternative: Alternative) -> Unbound:
    """A bound method's function; anything else as it is."""
    return alternative.function if isinstance(alternative, Bound) else alternative


MOST_ALTERNATIVES: Final = 8


class Value:
    """Alternatives, and whether there may be others (`open`)."""

    __slots__ = ("alternatives", "generic", "open")

    def __init__(self, alternatives: tuple[Alternative, ...], is_open: bool = False) -> None:
        self.alternatives = alternatives
        self.open = is_open
        self.generic: bool | None = None
        """Whether a type variable is somewhere in it; None where nobody has asked yet."""


NOTHING_KNOWN: Final = Value((), True)


def one(alternative: Alternative) -> Value:
    """The value that is certainly this."""
    return Value((alternative,))


def join(values: Iterable[Value]) -> Value:
    """The value that is one of `values`."""
    alternatives: list[Alternative] = []
    is_open = False
    for value in values:
        is_open = is_open or value.open
        for alternative in value.alternatives:
            if not any(_same(alternative, other) for other in alternatives):
                alternatives.append(alternative)
    if len(alternatives) > MOST_ALTERNATIVES:
        return NOTHING_KNOWN
    return Value(tuple(alternatives), is_open)


def _same(first: Alternative, second: Alternative) -> bool:
    if first is second:
        return True
    if isinstance(first, Instance) and isinstance(second, Instance):
        return first.klass is second.klass and first.made == second.made and first.arguments == second.arguments
    if isinstance(first, Bound) and isinstance(second, Bound):
        return first.function is second.function
    if isinstance(first, External) and isinstance(second, External):
        return first.name == second.name
    if isinstance(first, Constant) and isinstance(second, Constant):
        return first.text == second.text
    if isinstance(first, Variable) and isinstance(second, Variable):
        return first.origin == second.origin
    return isinstance(first, Pending) and isinstance(second, Pending) and first.callee is second.callee
