"""Orders as JSON files, one folder a shop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from shop.models import Order


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, number: int) -> Order:
        text = self._path(number).read_text(encoding="utf-8")
        return Order(**json.loads(text))

    def save(self, order: Order) -> None:
        self._path(order.number).write_text(json.dumps(asdict(order)), encoding="utf-8")

    def numbers(self) -> Iterator[int]:
        for path in self.folder.glob("*.json"):
            yield int(path.stem)

    @contextmanager
    def audit(self) -> Iterator[IO[str]]:
        """The audit log, open for the length of a ``with``."""
        log = open(self.folder / "audit.log", "a", encoding="utf-8")
        try:
            yield log
        finally:
            log.close()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.json"


class PriceList:
    """All prices, read when it is made."""

    def __init__(self, folder: Path) -> None:
        with open(folder / "prices.json", encoding="utf-8") as file:
            self.cents: dict[str, int] = json.load(file)

    def total(self, order: Order) -> int:
        return sum(self.cents[article] * count for article, count in order.lines.items())
