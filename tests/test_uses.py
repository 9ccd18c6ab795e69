"""No two kinds of uses, and no two flags, have the same number."""

from __future__ import annotations

from asynclint.source import uses


def test_kinds_and_flags_are_told_apart() -> None:
    numbers = {name: value for name, value in vars(uses).items() if isinstance(value, int) and name.isupper()}
    kinds = [value for name, value in numbers.items() if name.startswith("USE_")]
    flags = [value for name, value in numbers.items() if not name.startswith(("USE_", "MOST_"))]
    assert len(kinds) == len(set(kinds))
    assert len(flags) == len(set(flags))
    assert all(flag.bit_count() == 1 for flag in flags)
