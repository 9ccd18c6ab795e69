"""The format of a knowledge file: what we know about one library, as data.

A file is named after the top-level module that it is about (``requests.toml``, ``concurrent.toml``), so that only the files of modules
that a program imports are ever read. The same format serves users in their configuration.

A name is dotted and absolute, in the spelling of the documentation: ``requests.get``, ``requests.Session.get`` (a method),
``requests.Session.__enter__`` (what ``with`` calls). Names under which a library really defines its things are brought to that
spelling by ``[aliases]``. Methods are inherited: an entry for ``io.IOBase.read`` serves every class whose bases lead there.

**A type** is a text: a dotted class name (an instance of it), ``self`` (the receiver's own class), ``argument NAME`` (whatever
that argument is), ``class NAME`` for a dotted class itself, ``list[T]``, ``iterator[T]`` and ``dict[K, V]`` (what subscripting or
iterating gives), ``tuple[A, B]``, ``A | B``, or ``None``. A dotted name that no file knows is fine: it stands for itself, and nothing is
known about it. What an argument gives is a type too: ``instance NAME`` (an instance of the class that it is), ``element NAME`` (iterated),
``result NAME`` (called), ``awaited NAME``, ``entered NAME`` (``with``), ``type NAME`` (its class), ``module NAME``
(the module of this name), ``provided NAME`` (injected by a
framework: called, then awaited or its generator's value), ``attribute NAME OTHER`` (its attribute that the argument OTHER names). A single
capital letter is a type variable of the method's class (``type-parameters``). ``instance NAME or TYPE`` is the type where the call gives
nothing for that parameter. The name ``Class.*`` is that of all methods of a class that have no entry of their own and do not begin with an
underscore.

**A condition** is a table of parameters, all of which must hold: ``{timeout = 0}``, ``{blocking = false}``, ``{cadata = {given = true}}``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

RunContext = Literal["here", "later", "signal", "thread", "process", "loop", "task", "alone", "startup"]
"""Where a callable that is handed over runs: during the call itself; at some other time, nobody knows on which thread; as the
handler of a signal, in the main thread between two instructions; in a worker thread or process; on the loop's thread, later; as a task
of the running loop; as the main coroutine of a loop of its own; once, at start-up on the loop. What it gives is awaited in a task and
in a loop of its own. Elsewhere it is lost or taken for a value, unless ``returns`` says that it comes back (``result NAME``)."""

Managed = Literal["with", "async with"]
"""As which kind of context manager an argument is entered or left."""

Nature = Literal[
    "keep",
    "cached",
    "property",
    "cached-property",
    "static",
    "class",
    "context-manager",
    "async-context-manager",
    "loop",
    "alone",
    "thread",
    "task",
    "overload",
    "fixture",
    "opaque",
]
"""What a decorator makes of a function: nothing that matters here; one that runs once for each set of arguments; a property;
one that runs once; a static or class method; a manager whose body runs under ``with`` or ``async with``; a function that
always runs on the loop's thread; the main coroutine of a loop of its own, such as a command; a coroutine function whose
body runs in a thread; a function that schedules its body as a task; a mere signature; a fixture of tests; something whose
call tells nothing about the body."""


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A test of one argument beyond equality with a constant. What is given must hold, all of it."""

    given: bool | None = None
    """The argument is there (or is not)."""
    starts: tuple[str, ...] = ()
    """It is a text constant that starts with one of these."""
    mentions: str | None = None
    """It is, or combines by an operator, this dotted name: ``socket.AI_NUMERICHOST``."""
    is_a: str | None = None
    """It is known to be an instance of this type."""


Condition = dict[str, bool | int | float | str | Test]


Clock = Literal["wall", "monotonic", "performance", "loop", "trio", "anyio"]


class CallableEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One or more functions, methods or constructors that behave alike."""

    names: tuple[str, ...]
    since: str | None = None
    """The first version that has it: of Python for the standard library, of the distribution else."""
    until: str | None = None
    """The first version that has it no longer."""

    # -- what calling it does
    blocks: str | None = None
    """The rule that a call on the loop breaks: ``blocking-http``. Without it, a call is harmless."""
    blocks_made_by: dict[str, str] = {}
    """The rule that it breaks instead, by the name of what made the receiver: ``{"asyncio.run_coroutine_threadsafe" = "..."}``."""
    fails_on_loop: bool = False
    """On the loop's thread, it raises a RuntimeError: in a function that handles it, that is a way to ask where it runs."""
    kind: str | None = None
    """The kind of blocking, where it differs from the rule's usual one: ``dns``."""
    does: str | None = None
    """What it does, read after "it": ``resolves a host name``. Without it, the rule's usual words."""
    certainty: Literal["certain", "likely", "possible"] = "certain"
    """How sure it is that a call blocks long enough to matter."""
    in_dependencies: Literal["certain", "likely", "possible"] | None = None
    """The same for calls in the source of installed packages, where it differs."""
    parameters: tuple[str, ...] = ()
    """The positional parameters in order, without ``self``, as far as conditions, ``runs`` or ``returns`` speak of them."""
    harmless: tuple[Condition, ...] = ()
    """A call is harmless if one of these holds."""
    only: tuple[Condition, ...] = ()
    """If given: a call is harmless unless one of these holds."""
    unless_called: dict[str, Condition] = {}
    """Harmless if the same receiver had this method called so: ``{setblocking = {flag = false}}``. Positions are those of that
    method's entry.
    """
    only_called: tuple[str, ...] = ()
    """If given: no more than possible unless one of these methods is called on the same receiver in the same function."""
    unless_made: tuple[Condition, ...] = ()
    """Harmless if the receiver's constructor was called so. Positions are those of the constructor's entry."""
    only_made: tuple[Condition, ...] = ()
    """If given: no more than possible unless the receiver's constructor is seen to be called so."""
    guards: tuple[str, ...] = ()
    """Methods of the receiver whose test around the call (``if f.done():``) makes it harmless."""
    weak_guards: tuple[str, ...] = ()
    """Methods of the receiver whose test around the call makes it no more than possible."""
    instead: dict[Literal["asyncio", "trio", "anyio"], str] = {}
    """What to write instead, in the framework of the file: ``await asyncio.sleep(...)``. Read after "use"."""

    # -- what it gives
    coroutine: bool = False
    """A call gives a coroutine or another awaitable; ``returns`` is what awaiting it gives."""
    never_waits: tuple[Condition, ...] = ()
    """Awaiting what it gives never suspends if the receiver's constructor was called so, as one of these says."""
    only_waits: bool = False
    """All that it does is to wait for something that keeps who waits: no error comes of it, and nothing is lost with it."""
    property: bool = False
    """Reading the attribute is the call."""
    up_to: str | None = None
    """A parameter: the most that a call gives of what has come in. It may be less, and at the end it is nothing."""
    empty_at_end: bool = False
    """When a stream has ended, each call gives something empty, at once."""
    lazy: bool = False
    """A call only makes an iterator of type ``returns``; what the entry says of blocking holds for iterating it."""
    returns: str | None = None
    """The type of the result."""

    clock: Clock | None = None
    """It tells the time by this clock."""
    moments: dict[str, Literal["loop", "trio", "anyio"]] = {}
    """Parameters that are moments, and by which clock."""

    through: str = ""
    """The method of its receiver that does the work: where a class of the program defines that itself, this is what runs."""

    # -- what it does with callables, and to the loop
    runs: dict[str, RunContext] = {}
    """Which parameters are run, and where. Later positional arguments of the call go to the callable. A parameter that is in ``awaits``
    as well takes a coroutine or a future, any other takes a callable."""
    or_value: tuple[str, ...] = ()
    """Which of them may be given a value instead: a text for ``re.sub``."""
    passes: dict[str, tuple[str, ...]] = {}
    """What the callables in ``runs`` are called with: the types of their positional arguments, in order."""
    keywords: tuple[str, ...] | None = None
    """If given: the keywords that it takes besides ``parameters``. Any other is an error: none goes on to the callable that it runs."""
    consumes: tuple[str, ...] = ()
    """Parameters that are iterated during the call."""
    awaits: tuple[str, ...] = ()
    """Parameters that are awaited, by it or by tasks that it makes; ``*`` for all positional arguments."""
    enters: dict[str, Managed] = {}
    """Parameters that are entered, and how."""
    leaves: dict[str, Literal["with", "async with", "call", "await"]] = {}
    """What happens to parameters when the receiver is left or closed: they are left as managers, called, or called and awaited."""
    decorates: Nature | None = None
    """It is a decorator (or makes one when called), and this is what it makes of a function."""
    plain_in_thread: bool = False
    """It is a decorator, and a plain function that it is given runs in a thread, unlike a coroutine function."""
    needs_loop: bool = False
    """It raises where no loop is running in this thread, unless it is given one as its `loop`."""
    asks_for_loop: bool = False
    """It takes the running loop, or else one that was set for the thread: in a thread that has none, it raises."""
    loop_only: bool = False
    """Only coroutines and callbacks of the loop may call it: from elsewhere, it is not safe, and does not wake the loop."""
    tells_loop: bool = False
    """It gives something true where a loop is running in this thread, and something false elsewhere."""
    guesses_loop: bool = False
    """It gives the running loop, or else one that it takes or makes for this thread."""
    task_of: str | None = None
    """The parameter of which a call makes a task that nobody but the holder of its result keeps: the loop only remembers it weakly."""
    nests_loops: bool = False
    """It changes asyncio so that a loop can be run inside of one that runs."""
    spawns: bool = False
    """It starts tasks or a server: from here on, the caller shares the loop with others."""


class ClassEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One class: where its methods come from and what its protocols give. Its methods and constructor are callables.

    Of entering and iterating, by ``with``, ``async with``, ``for`` and ``async for``, it names all that the class has and its bases do not
    name; a method that only raises an error ("use async with") is none. What iterating gives, if that is not known, is ``builtins.object``.
    """

    name: str
    bases: tuple[str, ...] = ()
    enter: str | None = None
    """The type that ``with`` binds; ``self`` for most."""
    aenter: str | None = None
    """The type that ``async with`` binds."""
    awaits: str | None = None
    """The type that ``await`` on an instance gives."""
    iterates: str | None = None
    """The type of the elements."""
    aiterates: str | None = None
    """The type of the elements of ``async for``."""
    items: str | None = None
    """The type that subscripting an instance gives."""
    type_parameters: tuple[str, ...] = ()
    """The type variables of a generic class, single capital letters, in the order of ``Class[A, B]``."""
    attributes: dict[str, str] = {}
    """Types of attributes and properties."""
    gives_back: tuple[str, ...] = ()
    """Methods and attributes by which an object gives back what it holds, a connection or a file, or that lead to that."""
    leaks: Literal["certain", "likely", "possible"] | None = None
    """How sure it is that an object does harm that is not given back: certain even where the program ends with the function that made it.
    None where nothing has to be given back, or what is made of the object sees to that."""
    unless_made: tuple[Condition, ...] = ()
    """Nothing has to be given back if the object was made so."""
    needs_open: tuple[str, ...] = ()
    """Methods and attributes that are no good once the ``with`` or ``async with`` that gave the object has ended."""
    on_loop: tuple[str, ...] = ()
    """Methods of subclasses that the event loop calls: ``data_received``."""
    in_thread: tuple[str, ...] = ()
    """Methods of subclasses that run in a thread: ``run`` of ``threading.Thread``."""
    one_thread: bool = False
    """An object works in the thread that made it only, or holds a state that only one thread may change at a time: what is done with it is
    not handed to another thread by itself."""
    binds_loop: str | None = None
    """Where an object takes the running loop when it is made: ``always``, or the first version of Python in which it does so later."""
    since: str | None = None
    until: str | None = None


class ChangeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What is no longer there, or will not be: names, or a parameter of theirs. Versions are those of Python."""

    names: tuple[str, ...]
    advice: str
    """What to do, a sentence."""
    parameter: str | None = None
    """Only this parameter is meant, given by its name."""
    deprecated: str | None = None
    """The first version that warns of it."""
    removed: str | None = None
    """The first version that does not have it any more."""
    since: str | None = None
    """The first version that has what ``advice`` speaks of."""
    instead: str | None = None
    """What takes the place of the name, to be called in the same way."""


class KnowledgeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One library. ``distribution`` is what to install to check the entries, of which the first gives the version: ``python`` for the
    standard library."""

    distribution: str = "python"
    checked: str = ""
    """The version of the distribution that its entries were checked against the last time."""
    closed: bool = False
    """Its entries say all that matters: calls are not followed into its source."""
    aliases: dict[str, str] = {}
    """From the name under which the library defines something (a module, a class, a function) to the documented one."""
    values: dict[str, str] = {}
    """Module-level values and their types: ``"sys.stdin" = "io.TextIOWrapper"``."""
    callables: tuple[CallableEntry, ...] = ()
    classes: tuple[ClassEntry, ...] = ()
    changes: tuple[ChangeEntry, ...] = ()
