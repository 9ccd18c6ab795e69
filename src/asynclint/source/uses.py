"""What functions do with values: the kinds of uses, and what is known where one stands.

A *use* is something a function does with a value: it calls it, reads an attribute of it that may be a property, enters it, iterates
it, awaits it, tests it, throws it away. Uses are numbered within their function; their positions are kept apart, so that a moved line
changes no fact.
"""

from __future__ import annotations

from typing import Final

# Kinds of uses. The row of the use is the row of its result (READ: of the attribute).
USE_CALL: Final = 0
USE_READ: Final = 1
USE_ENTER: Final = 2
USE_AENTER: Final = 3
USE_ITER: Final = 4
USE_AITER: Final = 5
USE_AWAIT: Final = 6

# Roles in which what may be a coroutine stands, see :mod:`asynclint.source.roles`. The row of the use is the row of the value itself.
USE_DROP: Final = 7
"""A statement of its own: the value is thrown away."""
USE_TEST: Final = 8
"""Tested for truth."""
USE_FORMAT: Final = 9
"""In an f-string."""
USE_COMPARE: Final = 10
"""Compared, other than by ``is``."""
USE_COMBINE: Final = 11
"""An operand of an operator."""
USE_ITEM: Final = 12
"""Subscripted."""
USE_KEY: Final = 13
"""In the brackets of a subscript, or a key of a dictionary."""
USE_UNPACK: Final = 14
"""Unpacked by ``*`` or ``**``, or by an assignment to several names."""
USE_RAISE: Final = 15
USE_RETURN: Final = 16
"""Returned; of what is entered around it, the rows are among what is known here."""
USE_YIELD: Final = 17
"""Yielded by a statement."""
USE_EXCHANGE: Final = 26
"""Yielded, for something that is sent back: ``await (yield value)``."""
USE_STORE: Final = 23
"""Assigned to an attribute, an item, or a name that is declared. The last of what is known here is the row of the attribute, item or
declaration."""
USE_IDENTITY: Final = 25
"""Compared by ``is``."""
USE_ABSENT: Final = 31
"""Compared with None by ``is``."""

USE_IMPORT: Final = 30
"""Imported, other than from the package itself. The row is that of the name, as it is called where it comes from."""
USE_BUSY: Final = 70
"""A loop that may keep all others waiting, see :mod:`asynclint.source.busy`: the row is a ``LOOP``, or 0 where one around it speaks for it.
Its number is behind those of the uses in it."""

# What becomes of a value that a local name is bound to, see :mod:`asynclint.source.held`. They stand where it was made.
USE_UNUSED: Final = 18
"""The name is never read."""
USE_OVERWRITTEN: Final = 19
"""The name is bound again before it is read."""
USE_SHOWN: Final = 24
"""All that is done with the name is to print, log, format or test what it is bound to."""
USE_LOST: Final = 20
"""It is awaited, but not on every path. The next use is a ``USE_LEFT``."""
USE_LEFT: Final = 21
"""Where a path leaves it un-awaited."""
USE_AGAIN: Final = 22
"""It has been awaited or scheduled before. This one stands where that happens again."""

# Where a stream is left with something written, or half closed, see :mod:`asynclint.source.writers`. The row of the use is the row of what
# is written to; what is known here are the rows of the calls on the way that must not drain it (or wait).
USE_UNDRAINED_READ: Final = 40
"""The last write before something is read, which the first of what is known here must be a call of."""
USE_UNDRAINED_ROUND: Final = 41
"""The last write of a round, on a path on which the next round writes again."""
USE_UNDRAINED: Final = 42
"""The last write of a path on which the function ends without a ``drain()``."""
USE_UNWAITED: Final = 43
"""A ``close()`` that no ``wait_closed()`` follows, of what was written to and not drained on that path, or opened by the function."""
USE_UNWAITED_IDLE: Final = 44
"""The same, where nothing of the function's own is lost with it."""
"""The same, of what the function has not written to."""
# What may have to be given back, see :mod:`asynclint.source.opened`.
USE_OPENED: Final = 45
"""A local name is bound to it, and some path leaves it open. The row is that of the value, the place that of the call that opens it. The
next uses are ``USE_LEFT_OPEN``."""
USE_LEFT_OPEN: Final = 46
"""Where a path leaves it. What is known here are the rows of calls that it is given to, which must not have seen to it. ``HANDLED`` is set
where an error has been handled on the way, or may have ended an ``async for``."""
# Blocks, see :mod:`asynclint.source.blocks`: their place is a statement's whole body. They carry nothing of what is known there.
USE_LOOP: Final = 27
"""The body of a loop; the row is that of an element, or 0 for ``while``."""
USE_INSIDE: Final = 28
"""The body of a ``with``; the row is that of what is entered. One for each item."""
USE_TRIED: Final = 29
"""The body of a ``try``; the row is that of what a handler catches, or 0 for all errors. One for each handler. ``RAISES`` and
``PASSES`` may be set."""
# What only the code around a call tells of it. The row of the use is the row of the call.
USE_SPINNING_READ: Final = 60
"""A read in a loop that goes on when it gives something empty, see :mod:`asynclint.source.spinning`. The last of what is known here is a
constant: what speaks against a loop without an end."""
USE_POLL: Final = 63
"""A queue is asked in a loop that sleeps where it is empty, see :mod:`asynclint.source.polling`."""
USE_ASLEEP: Final = 65
"""A ``while`` whose body only sleeps, see :mod:`asynclint.source.asleep`. The row is that of the test, the place what is asked. Known here
are the rows of what sleeps and of the constant that says how long, and of the names and attributes that are asked."""
USE_JOB: Final = 64
"""A job is taken from a queue that is not marked as done once, see :mod:`asynclint.source.jobs`."""

USE_ESCAPED: Final = 66
"""What a ``with`` or ``async with`` around it has bound is returned. The row of the use is what was bound."""

# What takes a length for granted, see :mod:`asynclint.source.measures`. The row of the use is what was awaited, the last of what is known
# here the length.
USE_MEASURED: Final = 61
"""Its length is compared."""
USE_SLICED: Final = 62
"""It is sliced up to there."""

USE_LATE: Final = 91
"""A function that is defined in a loop and reads names that the loop binds, which are among what is known here."""
USE_CLEANUP: Final = 90
"""The body of a ``finally`` or of a handler."""

# Flags of a use. Of a role, AWAITED tells nothing.
AWAITED: Final = 1
"""The call stands directly behind ``await``."""
IN_MAIN_GUARD: Final = 2
"""Under ``if __name__ == "__main__"``."""
LOOP_GUARDED: Final = 4
"""In a ``try`` that handles the RuntimeError of a missing loop."""
CONDITIONAL: Final = 8
"""In a branch or a loop."""
FIRST_TIME: Final = 16
"""Under a test that holds only until what is made here is stored: ``if self._cache is None: self._cache = ...``."""
IN_BRANCH: Final = 32
"""In a branch of an ``if``, in a handler or a case: not every run comes here. A loop's body is none."""
IN_BRANCHES: Final = 64
"""In a branch inside of a branch."""
OTHER_SYSTEM: Final = 128
"""In a branch for an operating system that is not Linux."""
IN_TRY: Final = 256
"""Of a ``USE_RETURN``: in a ``try`` that handles errors or cleans up."""
ERROR_EXPECTED: Final = 512
"""Under ``with pytest.raises(...)`` and its kind, where a test means what looks like a mistake."""
NAME_MAY_MISS: Final = 1024
"""In a ``try`` that handles the error of a name or parameter that this version of a library has not."""
NAME_MISSES: Final = 2048
"""In the handler of such an error."""
ASKS_BY_ERROR: Final = 4096
"""In a ``try`` with a handler that names the RuntimeError, as one may ask whether a loop is running."""
RAISES: Final = 8192
"""Of a ``USE_TRIED``: a ``raise`` stands in it."""
HANDLED: Final = 16384
"""In a ``try`` or under a manager that handles errors, other than those that only end a task."""
NEVER_WAITS: Final = 1048576
"""In a ``try`` that handles the error of what would have to wait, and was told not to: ``except BlockingIOError``."""
OPTIONAL: Final = 262144
"""Of a ``USE_LOST``: the statement behind awaits it under a test, and else it is left: ``if is_needed: await task``."""
PASSES: Final = 131072
"""Of a ``USE_TRIED``: its handler does nothing."""
STRAIGHT: Final = 65536
"""Of a ``USE_LOOP``: none of its statements branches, so that no element is left out."""
ENDLESS: Final = 524288
"""Of a ``USE_LOOP``: it is a ``while True`` that nothing but an error ends."""
OF_EACH: Final = 32768
"""In what a comprehension without a test goes through."""

# States that a test tells of a parameter or of what a call gave.
IS_NONE: Final = "none"
IS_NOT_NONE: Final = "not none"
IS_TRUE: Final = "true"
IS_FALSE: Final = "false"
EQUALS: Final = "=="
TEXT_TESTS: Final = ("startswith", "endswith")
NOT: Final = "not "
"""In front of a comparison that came out false: ``not startswith 'http'``, ``not == 3``."""
VERSION: Final = "version "
"""In front of what a test says of the running version: ``version >= 3.12``, ``version < 3.8``, ``version ?`` if that is not known."""
HAS_FAILED: Final = "failed"
"""The call raised a RuntimeError: what follows stands in the handler."""

MOST_GUARDS: Final = 8
"""So many tests that came out false are remembered for one place."""

Use = tuple[int, int, int, tuple[int, ...]]
"""Kind, row, flags, and the rows of what is known here: calls that gave something true (``if future.done():``), states (``TEST``),
and two of them of which one is so (``BINARY`` with the operator ``or``)."""

Stores = tuple[frozenset[str], frozenset[str]]
"""What a function stores something in, and what it empties or resets, as texts: see :mod:`asynclint.source.once`."""

Store = tuple[int, str, int]
"""An attribute that is assigned from outside of its class: the rows of the object and of the value, and between them the name."""
