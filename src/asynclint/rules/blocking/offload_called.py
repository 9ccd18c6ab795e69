"""A function is called where it should have been handed to a thread: it runs on the event loop's thread after all.

## What it reports

`asyncio.to_thread(f(x))`, `loop.run_in_executor(None, f(x))`, `executor.submit(f(x))`, `Thread(target=f(x))` and the like, where `f` is a
plain function whose result cannot be called.

## Why it hurts

The call runs first, on the loop's thread, and blocks it; then its result is handed to the thread, which fails to call it.

## Example

```python
import asyncio

def load(path) -> str:
    return path.upper()

async def handler(path):
    return await asyncio.to_thread(load(path))
```

## Instead

```python
import asyncio

def load(path) -> str:
    return path.upper()

async def handler(path):
    return await asyncio.to_thread(load, path)
```

## When it stays silent

Where the result can be called (`to_thread(make_job(x))`, `functools.partial`), or is not known. Of a call that is known to block, that is
likely to be nothing to call.

## When to turn it off

Never.

## Fix

Safe: `await to_thread(f(x))` becomes `await to_thread(f, x)`. Keyword arguments are passed on, or bound with `functools.partial` where
the call takes none for others. As it stands, awaiting it only fails, so that nothing can depend on it.

Unsafe: the same where it is not awaited on the spot (`executor.submit(f(x))`), and `Thread(target=f(x))` becomes
`Thread(target=f, args=(x,))`. As these stand, nobody may see that they fail, and what follows may count on what `f` has done by then.

Nothing is done where `f` needs the event loop itself, where a `functools.partial` is made of the call, where further arguments stand
behind the call, and where a comment would be lost.
"""

from collections.abc import Iterator
from typing import Final

from asynclint.model import Certainty, Finding, Fix, Safety
from asynclint.project.calls.edges import Hop
from asynclint.project.linking.values import External, Pending, unbound
from asynclint.project.questions.wishes import cannot_be_called
from asynclint.rules.rule import Rule
from asynclint.rules.threads import handed_over
from asynclint.rules.view import View
from asynclint.source.references import CALL
from asynclint.source.uses import AWAITED, USE_CALL

RULE = Rule(
    "offload-called-not-passed",
    "ASL121",
    category="blocking",
    since="0.1",
    default=True,
    fix=Safety.SAFE,
    page=__doc__,
    kind="thread",
    speaks_for_argument=True,
)

_THREADS: Final = frozenset({"threading.Thread", "multiprocessing.Process"})
"""What takes the arguments for its `target` as a tuple and a dictionary."""
_PARTIAL: Final = "functools.partial"


@RULE.on_hop
def check(view: View, rule: Rule, hop: Hop) -> Iterator[Finding]:
    """Report an argument that is a call with a result that cannot be called."""
    if hop.context not in ("thread", "process") or hop.function.module.rows[hop.row][0] != CALL:
        return
    is_certain = cannot_be_called(view.linker, hop.value)
    if not is_certain and not _is_for_its_effect(view, hop):
        return
    called = view.callee(hop.function.module, hop.row)
    api = hop.api.rpartition(".")[2]
    yield view.finding(
        rule,
        hop.function,
        hop.number,
        f"`{called}` is called here, on this thread; `{api}` gets its result, which cannot be called",
        certainty=Certainty.CERTAIN if is_certain else Certainty.LIKELY,
        advice=f"Hand over `{called.removesuffix('()')}` itself, and its arguments behind it.",
        fix=_fix(view, hop, called.removesuffix("()")),
    )


def _is_for_its_effect(view: View, hop: Hop) -> bool:
    """Whether the call is known to block, and nothing is known of what it gives: that is nothing to call, as a rule."""
    module = hop.function.module
    callees = [unbound(callee) for callee in view.linker.value(module, module.rows[hop.row][1]).alternatives]
    entries = [callee.entry for callee in callees if isinstance(callee, External)]
    return (
        bool(callees)
        and len(entries) == len(callees)
        and all(entry is not None and entry.blocks and not entry.returns for entry in entries)
    )


def _fix(view: View, hop: Hop, called: str) -> Fix | None:
    """To hand over the function and its arguments, if the function may run in a thread."""
    known = handed_over(view, hop)
    inner = [number for number, use in enumerate(hop.function.facts.uses) if use[0] == USE_CALL and use[1] == hop.row]
    rows = hop.function.module.rows
    callees = [unbound(callee) for callee in view.linker.value(hop.function.module, rows[hop.row][1]).alternatives]
    if any(isinstance(alternative, Pending) for alternative in hop.value.alternatives):
        return None  # what is called is no plain function
    if any(isinstance(callee, External) and callee.name == _PARTIAL for callee in callees):
        return None  # the call that it is given stays where it is
    if known is None or not inner or not view.threadable.may_move(hop.function, inner[0]):
        return None
    if hop.api in _THREADS:
        style = "thread"
    elif known.is_last:
        style = "keywords" if known.keywords is None else "partial"
    else:
        return None
    safety = Safety.SAFE if hop.function.facts.uses[hop.number][2] & AWAITED else Safety.UNSAFE
    return Fix("pass-callable", f"Hand over `{called}` itself", safety, (known.parameter, known.position, style))
