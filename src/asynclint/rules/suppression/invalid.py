"""A comment of ours names a rule or a directive that does not exist.

## What it reports

`# asynclint: ignore[blocking-slep]`, `# asynclint: ignroe`: what is misspelled silences nothing. The message has the nearest valid name.

## Why it hurts

The comment looks as if it worked.

## Example

```python
async def handler(request):
    return request.id  # asynclint: ignore[blocking-slep]
```

## Instead

```python
async def handler(request):
    return request.id
```

## When it stays silent

For comments of other tools.

## When to turn it off

Never.

## Fix

None.
"""

from asynclint.model import Safety
from asynclint.rules.rule import Rule

RULE = Rule("invalid-suppression", "ASL002", category="suppression", since="0.1", default=True, fix=Safety.NONE, page=__doc__)
