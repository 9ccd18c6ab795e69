"""Modules are imported, or installed packages searched, on the event loop's thread.

## What it reports

`importlib.import_module`, `__import__`, loading an entry point, and what asks which distributions are installed:
`importlib.metadata.version`, `entry_points`, `pkgutil.walk_packages`. In a coroutine, in a callback of the event loop, or in
anything that these call.

## Why it hurts

Who imports a module runs it, and all that it imports: hundreds of files are searched for, read, compiled and executed. That takes
seconds for a large package, and all other tasks wait. Entry points and versions are looked for in every folder on the search path,
among the metadata of every installed package.

## Example

```python
import importlib

async def load_plugin(name):
    module = importlib.import_module(f"plugins.{name}")
    return module.Plugin()
```

## Instead

```python
import asyncio
import importlib

async def load_plugin(name):
    module = await asyncio.to_thread(importlib.import_module, f"plugins.{name}")
    return module.Plugin()
```

What is always needed is better imported when the program starts.

## When it stays silent

In functions that only run in a thread, and in tests. Where the result is kept (the function is cached), where a coroutine still has
the loop to itself, in front of the first task that the main coroutine starts, and in start-up hooks, a finding is possible at
most. `import` statements in functions are not looked at: as a rule, the module is there already.

## When to turn it off

It is off unless asked for (`strict`). A program that loads its plugins once, at its first request, may find that it does not matter.

## Fix

Unsafe: `importlib.import_module(name)` becomes `await asyncio.to_thread(importlib.import_module, name)`, and so do the others and
helpers. Other tasks then run meanwhile, and the module's code runs in the thread: some packages want to be imported by the main thread.
"""

from asynclint.model import Safety
from asynclint.rules.blocking.reach import report
from asynclint.rules.rule import Rule

RULE = Rule(
    "blocking-import",
    "ASL127",
    category="blocking",
    since="0.1",
    default=False,
    strict=True,
    fix=Safety.UNSAFE,
    page=__doc__,
    kind="import",
    does="imports a module",
    in_tests=None,
)
RULE.on_reach(report)
