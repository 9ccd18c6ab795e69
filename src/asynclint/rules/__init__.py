"""The rules: one folder a family, one file a rule. ``RULES`` is all of them."""

from asynclint.rules.awaiting import condition, unawaited, used_as_value
from asynclint.rules.blocking import (
    configured,
    console,
    directory_walk,
    file_io,
    future_result,
    http,
    join,
    lazy_offload,
    offload_called,
    offload_coroutine,
    process_wait,
    queue_wait,
    sleep,
    sockets,
    subprocess_run,
    thread_primitive,
    tls_setup,
)
from asynclint.rules.rule import Rule
from asynclint.rules.suppression import invalid, unused

RULES: tuple[Rule, ...] = (
    unused.RULE,
    invalid.RULE,
    sleep.RULE,
    http.RULE,
    sockets.RULE,
    file_io.RULE,
    directory_walk.RULE,
    subprocess_run.RULE,
    process_wait.RULE,
    console.RULE,
    join.RULE,
    future_result.RULE,
    thread_primitive.RULE,
    queue_wait.RULE,
    offload_called.RULE,
    offload_coroutine.RULE,
    tls_setup.RULE,
    configured.RULE,
    lazy_offload.RULE,
    unawaited.RULE,
    condition.RULE,
    used_as_value.RULE,
)
"""Every rule, by code."""
