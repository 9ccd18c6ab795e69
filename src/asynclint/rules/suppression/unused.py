"""A comment of ours silences nothing.

## What it reports

`# asynclint: ignore[...]`, `ignore-file`, `nonblocking`, and our codes in `# noqa: ASL...`, where there is nothing that they silence.

## Why it hurts

It says that something is wrong where nothing is, and will hide the next finding at its place.

## Example

```python
async def handler(request):
    return request.id  # asynclint: ignore[blocking-sleep]
```

## Instead

```python
async def handler(request):
    return request.id
```

## When it stays silent

For a bare `# noqa` and for other tools' codes, which are not ours to judge, and for rules that are not selected in this run.

## When to turn it off

While several versions or configurations of asynclint check the same code.

## Fix

Unsafe: the comment is removed, or the one rule of several that it lists. Other words in the comment stay. Where the packages of the
program are not installed, or other settings count, it may silence something that is not found here.
"""

from asynclint.model import Safety
from asynclint.rules.rule import Rule

RULE = Rule("unused-suppression", "ASL001", category="suppression", since="0.1", default=True, fix=Safety.UNSAFE, page=__doc__)
