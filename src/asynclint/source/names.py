"""Last names that tell what a callable does, wherever it comes from."""

from __future__ import annotations

import re
from typing import Final

TAKERS: Final = frozenset({
    "as_completed", "create_task", "ensure_future", "gather", "run", "run_coroutine_threadsafe", "run_until_complete", "shield", "wait",
    "wait_for",
})  # fmt: skip
"""They await what they are given, or make tasks of it."""

OUTCOMES: Final = frozenset({"gather", "wait"})
"""What awaiting them gives tells how it went: who does not look at it may miss errors."""

TELLS: Final = frozenset({
    "is_awaitable", "is_coroutine", "isasyncgen", "isawaitable", "iscoroutine", "iscoroutinefunction",
})  # fmt: skip
"""They tell whether a value is to be awaited, or whether what it gives is."""

LOOKS: Final = frozenset({
    "critical", "debug", "error", "exception", "format", "id", "info", "isinstance", "log", "print", "repr", "str", "type", "warning",
})  # fmt: skip
"""They show what they are given, and do nothing with it."""

NAMES: Final = frozenset({"get_name", "set_name"})
"""Methods of a task that are about its name, and do nothing with it."""

EXPECTS: Final = frozenset({
    "assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex", "catch_warnings", "raises", "warns",
})  # fmt: skip
"""They make context managers in which an error is expected."""

SERVES: Final = frozenset({
    "pause", "run_app", "run_forever", "run_until_disconnected", "serve", "serve_forever", "sleep_forever", "start_polling", "wait_closed",
    "wait_for_termination",
})  # fmt: skip
"""They return when the program is about to end."""
GIVES_BACK: Final = frozenset({
    "__aexit__", "abort", "aclose", "aclose_forcefully", "close", "communicate", "detach", "disconnect", "kill", "release",
    "send_signal", "serve_forever", "stop", "terminate", "transport", "wait", "wait_closed",
})  # fmt: skip
"""Methods and attributes by which objects of all kinds give back what they hold, or wait until others do; or that lead to that."""

WATCHED: Final = frozenset({"close", "write", "writelines"})
"""Methods whose receivers are followed through a function: see :mod:`asynclint.source.writers`."""

OPENS: Final = re.compile(
    r"\w*(conn|connection|db)$|(?!_*(async_)?get_)(connect_|from_url$|open_|"
    r"\w*(client|connect|database|open|pool|redis|server|session|socket|stream|subprocess_exec|subprocess_shell)$)"
)
"""Lower-case names of what may make something new that has to be given back. What is got is somebody else's as a rule, unless it is a
connection."""
