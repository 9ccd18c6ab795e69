"""A read asks for so many bytes and takes for granted that it gets them: it may get less.

## What it reports

What `reader.read(n)` of an asyncio stream, `loop.sock_recv(sock, n)`, Trio's `receive_some(n)` or AnyIO's `receive(n)` gives, where it is
unpacked by `struct`, made a number by `int.from_bytes`, compared in length with the same n, or sliced up to it.

## Why it hurts

A stream knows no messages. These methods give what has come in so far, up to n bytes. On one machine that is nearly always all of it, in
a busy network it is not: then a header is cut in two, what follows is read as nonsense, or a good connection is closed.

## Example

```python
import asyncio
import struct

async def receive(reader: asyncio.StreamReader):
    header = await reader.read(4)
    (length,) = struct.unpack(">I", header)
    return await reader.readexactly(length)
```

## Instead

```python
import asyncio
import struct

async def receive(reader: asyncio.StreamReader):
    header = await reader.readexactly(4)
    (length,) = struct.unpack(">I", header)
    return await reader.readexactly(length)
```

## When it stays silent

For one byte, and for `read()` without a number, which reads up to the end; where something is added to what was read; for sockets of
datagrams, which come in one piece; and where lengths are compared with something else than n.

## When to turn it off

Where the other side is known to send single, small messages, and a delay between their parts cannot be. That is a guess about a network.

## Fix

Unsafe: `reader.read(n)` of an asyncio stream becomes `reader.readexactly(n)`. At the end of the stream it raises `IncompleteReadError`, for
which nothing may be ready. Nothing is done where the function tests what it has read, or its length, and so sees to the end of the stream
itself, unless that error is handled around the read; and for what has no such method: sockets, trio and anyio.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import External, Function, Instance
from asynclint.project.questions.fates import last_name
from asynclint.rules.rule import Rule
from asynclint.rules.streams.known import Known, known_callee
from asynclint.rules.view import View
from asynclint.source.references import AWAIT, BINARY, CALL, CONST, Row
from asynclint.source.uses import USE_CALL, USE_MEASURED, USE_SLICED

RULE = Rule(
    "short-read-assumed",
    "ASL405",
    category="streams",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    in_tests=Certainty.POSSIBLE,
    page=__doc__,
)

_READS: Final = frozenset({"read", "receive", "receive_some", "sock_recv"})
_UNPACKS: Final = frozenset(
    {"builtins.int.from_bytes", "struct.Struct.unpack", "struct.Struct.unpack_from", "struct.unpack", "struct.unpack_from"}
)
_NAMES: Final = frozenset(name.rpartition(".")[2] for name in _UNPACKS)
_WORDS: Final = {USE_CALL: "unpacks", USE_MEASURED: "measures", USE_SLICED: "takes apart"}
_OF_DATAGRAMS: Final = ("SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET")


@RULE.on_call(*_READS)
def check(view: View, rule: Rule, function: Function, number: int) -> Iterator[Finding]:
    """Report a read whose whole length something counts on."""
    module = function.module
    row = function.facts.uses[number][1]
    read = known_callee(view, module, row, lambda callee: callee.entry is not None and callee.entry.up_to is not None)
    asked = _asked(view, module, row, read) if read is not None else None
    if read is None or asked is None or _grows(module, row):
        return
    for other, (kind, used, _, known) in enumerate(function.facts.uses):
        if kind == USE_CALL:
            counts = _unpacks(view, module, used, row)
        else:
            counts = kind in (USE_MEASURED, USE_SLICED) and _is_of(module.rows, used, row) and known[-1] == asked
        if not counts or view.fates.maker(function, other, row) not in (number, other):
            continue
        subject = view.subject(function, number)
        has_exact = read.callee.name.endswith("StreamReader.read")
        yield view.finding(
            rule,
            function,
            number,
            f"`{subject}` may give less than it is asked for, and line {view.span(function, other).line} {_WORDS[kind]} it as a whole",
            certainty=min(read.certainty, Certainty.CERTAIN if kind == USE_CALL else Certainty.LIKELY),
            advice="Read all of it: `await reader.readexactly(n)`." if has_exact else "Read on until all is there.",
            subject=subject,
            sink=read.callee.name,
            fix=Fix("read-exactly", "Use `readexactly`", Safety.UNSAFE) if has_exact else None,
        )
        return


def _asked(view: View, module: Module, row: int, read: Known) -> int | None:
    """The row of how much a read asks for; None where it is one byte, all, or what comes in one piece."""
    entry = read.callee.entry
    assert entry is not None
    assert entry.up_to is not None
    asked = view.linker.argument((module, row), entry.up_to, entry.parameters)
    if asked is None or (module.rows[asked][0] == CONST and (not module.rows[asked][2].isdigit() or int(module.rows[asked][2]) < 2)):
        return None
    sock = view.linker.argument((module, row), "sock", entry.parameters)
    return None if sock is not None and _may_be_of_datagrams(view, module, sock) else asked


def _may_be_of_datagrams(view: View, module: Module, sock: int) -> bool:
    """Whether a socket is not seen to be made for a stream."""
    value = view.linker.value(module, sock)
    for alternative in value.alternatives:
        if not isinstance(alternative, Instance) or alternative.made is None:
            return True
        made_in, made = alternative.made
        given = [part for row in made_in.rows[made][3] for part in view.linker.value(made_in, row).alternatives]
        if any(isinstance(part, External) and part.name.rpartition(".")[2] in _OF_DATAGRAMS for part in given):
            return True
    return not value.alternatives


def _unpacks(view: View, module: Module, call: int, read: int) -> bool:
    """Whether a call makes something of exactly so many bytes as were read."""
    _, callee, _, given = module.rows[call]
    if last_name(module.rows, callee) not in _NAMES or not any(_is_of(module.rows, row, read) for row in given):
        return False
    return any(isinstance(part, External) and part.name in _UNPACKS for part in view.linker.value(module, callee).alternatives)


def _is_of(rows: list[Row], row: int, read: int) -> bool:
    """Whether a row is what awaiting a read gives, directly or through something like `wait_for`."""
    operation, awaited, _, _ = rows[row]
    return operation == AWAIT and (awaited == read or (rows[awaited][0] == CALL and read in rows[awaited][3][:1]))


def _grows(module: Module, read: int) -> bool:
    """Whether something is added to what a read has given."""
    return any(operation == BINARY and _is_of(module.rows, base, read) for operation, base, _, _ in module.rows)
