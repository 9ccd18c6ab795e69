"""Where things are, and how the service is called."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Settings:
    store: Path
    payments_url: str
    printer_host: str
    terms_file: Path

    @property
    def terms(self) -> str:
        """The terms of sale, in the version of this minute."""
        return self.terms_file.read_text(encoding="utf-8")

    @property
    def scans(self) -> Path:
        return self.store / "scans"


def load_settings(path: Path = Path("shop.toml")) -> Settings:
    with path.open("rb") as file:
        table = tomllib.load(file)
    return Settings(Path(table["store"]), table["payments-url"], table["printer-host"], Path(table["terms"]))
