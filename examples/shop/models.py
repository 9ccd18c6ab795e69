"""What the service deals in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Order:
    number: int
    customer: str
    callback_host: str
    lines: dict[str, int] = field(default_factory=dict)
    cents: int = 0
    paid: bool = False
