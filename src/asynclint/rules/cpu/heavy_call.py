"""A long computation runs on the event loop's thread.

## What it reports

Calls that are known to keep the processor busy for long, in a coroutine, in a callback of the event loop, or in anything that these call:
password hashing and key derivation (`hashlib.pbkdf2_hmac`, `hashlib.scrypt`, `bcrypt`, `argon2`, `passlib`), generating keys (RSA, DSA,
DH), images (Pillow, OpenCV), tables that `pandas` reads, models that scikit-learn fits, figures that matplotlib draws, documents that
WeasyPrint lays out. What one function calls of one library is one finding, which lists the calls.

What takes long for much data only (`zlib.compress`, `yaml.safe_load`, `pickle.loads`, `BeautifulSoup(...)`, `ElementTree.fromstring`,
`numpy.linalg`, `difflib`) is reported as possible.

## Why it hurts

The event loop runs one thing at a time. Hashing one password takes 50 to 300 ms on purpose: while it does, no other task runs. Ten
logins at once stop a service for seconds.

## Example

```python
import bcrypt

async def log_in(users, name: str, password: bytes) -> bool:
    user = await users.find(name)
    return bcrypt.checkpw(password, user.password_hash)
```

## Instead

```python
import asyncio
import bcrypt

async def log_in(users, name: str, password: bytes) -> bool:
    user = await users.find(name)
    return await asyncio.to_thread(bcrypt.checkpw, password, user.password_hash)
```

Most of these libraries release the GIL, so that a thread is enough. What computes in Python itself is better done in a process:
`concurrent.futures.ProcessPoolExecutor` and `loop.run_in_executor`.

## When it stays silent

For keys of elliptic curves, which take microseconds; for calls that are not known, however long they take; in functions that only run in a
thread or process. Where a coroutine still has the loop to itself (start-up, commands), where it happens once, and for what hangs on the
amount of data, a finding is possible at most.

## When to turn it off

In a program that serves nobody while it computes: a command-line tool that happens to use asyncio.

## Fix

Unsafe: `bcrypt.hashpw(p, s)` becomes `await asyncio.to_thread(bcrypt.hashpw, p, s)`, and so does each call that the finding names, and
helpers. Other tasks then run meanwhile, and change the data that is computed with, perhaps. What computes in Python itself keeps the
GIL for most of the time: there, a process pool is better. Nothing is done where what is called needs the event loop itself.
"""

from collections.abc import Iterator, Sequence

from asynclint.model import Certainty, Finding, Safety
from asynclint.project.calls.solve import Reach
from asynclint.rules.rule import Rule
from asynclint.rules.threads import in_thread
from asynclint.rules.view import View

RULE = Rule(
    "cpu-heavy-call",
    "ASL701",
    category="cpu",
    since="0.1",
    default=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="cpu",
    does="computes for long",
)


@RULE.on_reach
def check(view: View, rule: Rule, reaches: Sequence[Reach]) -> Iterator[Finding]:
    """One finding a way; of the direct calls of one library, one at the first, which names the others: one thread can do them all."""
    libraries: dict[tuple[str, Certainty], list[Reach]] = {}
    for reach in reaches:
        if reach.way:
            yield view.of_reach(rule, reach, fix=in_thread(view, reach))
        else:
            libraries.setdefault((reach.sink.name.partition(".")[0], reach.certainty), []).append(reach)
    for first, *others in libraries.values():
        names = dict.fromkeys(f"`{other.sink.name.rpartition('.')[2]}`" for other in others)
        yield view.of_reach(rule, first, f" (and then: {', '.join(names)})" if names else "", fix=in_thread(view, first, others))
