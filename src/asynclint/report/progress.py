"""A progress bar for runs that last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds that a run may last without a bar."""


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """Give a function to be called with how many files are done, of how many.

    From the first call after `PATIENCE` on there is a bar on standard error, until the end of the ``with`` block.
    """
    started = time.monotonic()
    bar: Progress | None = None
    with ExitStack() as shown:

        def update(done: int, total: int) -> None:
            nonlocal bar
            if bar is None and time.monotonic() - started >= PATIENCE:
                bar = shown.enter_context(_bar())
            if bar is not None:
                bar.update(bar.task_ids[0], completed=done, total=total)

        yield update


def _bar() -> AbstractContextManager[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("analysing"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=None)
    return bar
