"""The command ``baseline``: it accepts all that is found, once. From then on it takes out what is not found any more, and adds nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from asynclint import baseline
from asynclint.baseline import DEFAULT_NAME, BaselineError
from asynclint.config import Config
from asynclint.model import Acceptance
from asynclint.session import Progress, Session


def update(paths: Sequence[str], config: Config, *, progress: Progress | None = None, use_cache: bool = True) -> Acceptance:
    """Make or shrink the baseline of `config`; see :func:`asynclint.api.update_baseline`."""
    path = config.baseline or os.path.join(config.root, DEFAULT_NAME)
    known = baseline.read(path) if os.path.lexists(path) else None
    session = Session(replace(config, baseline=None), use_cache=use_cache)
    report = session.check(paths or [str(config.root)], progress=progress)
    shown = baseline.shown_path(path)
    if any(error.internal for error in report.errors):
        return Acceptance(report, shown, 0, 0, is_new=False)
    now = session.circumstances(report)
    if known is None:
        baseline.write(path, now, map(session.entry, report.findings))
        return Acceptance(report._replace(findings=(), hidden=report.findings), shown, len(report.findings), 0, is_new=True)
    missing = report.environment.missing if report.environment is not None else ()
    lost = known.made_in.lost(missing)
    if lost:
        raise BaselineError(
            f"{shown}: the baseline was made where calls could be followed into {', '.join(f'`{name}`' for name in lost)}, which cannot be "
            "found now. Name the environment that has them with `--environment`, or remove the baseline to start over."
        )
    before = sum(entry.count for entry in known.entries)
    report = session.without_accepted(report, known._replace(made_in=now), paths or [str(config.root)])
    kept = sum(entry.count for entry in session.accepted)
    followed = tuple(sorted({*now.packages, *known.made_in.packages}))
    baseline.write(path, now._replace(packages=followed), session.accepted)
    return Acceptance(report, shown, kept, before - kept, is_new=False)
