"""What all tests share: nothing of the machine that they run on gets into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's cache stays as it is, and no active environment is looked into."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASYNCLINT_CACHE_DIR", str(folder))
        for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
            patch.delenv(variable, raising=False)
        yield folder
