"""A rule is a value with functions attached: what it is called, when it is on, its page, and what it looks at.

A rule's file holds its page as the docstring, one ``Rule(...)``, and one or two generator functions bound to it. They look at
what the analysis has worked out, through a :class:`~asynclint.rules.view.View`, and yield findings; they make no facts and keep no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from asynclint.model import Certainty, Finding, Safety

if TYPE_CHECKING:
    from asynclint.project.calls.edges import Hop
    from asynclint.project.calls.solve import Reach
    from asynclint.project.linking.values import Function
    from asynclint.rules.view import View

ReachCheck = Callable[["View", "Rule", "Sequence[Reach]"], Iterator[Finding]]
"""Looks at all that one root reaches of the effect that has the rule's name."""

HopCheck = Callable[["View", "Rule", "Hop"], Iterator[Finding]]
"""Looks at one callable that is handed over to run elsewhere."""

UseCheck = Callable[["View", "Rule", "Function", int], Iterator[Finding]]
"""Looks at one use, as its function and number."""

FunctionCheck = Callable[["View", "Rule", "Function"], Iterator[Finding]]
"""Looks at one function: its signature, its decorators, its class."""


class Rule:
    """One rule. `code` is an alias of `name` and never used again; `page` is Markdown, the docstring of the rule's file.

    `kind` is the kind of its findings, `does` says what a call that breaks the rule does, read after "it". `in_tests` is
    how sure a finding in a test file can be at most: None switches the rule off there. `speaks_for_argument` tells that a
    finding about a hop covers what the argument's own evaluation would be reported for: one defect, one finding. `equivalents` are
    other linters' codes for the same mistake: who has silenced them with ``noqa`` has looked at it.
    """

    def __init__(
        self,
        name: str,
        code: str,
        *,
        category: str,
        since: str,
        default: bool,
        fix: Safety,
        page: str | None,
        kind: str = "",
        does: str = "",
        strict: bool = False,
        in_tests: Certainty | None = Certainty.CERTAIN,
        speaks_for_argument: bool = False,
        equivalents: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.code = code
        self.category = category
        self.since = since
        self.default = default
        self.strict = strict
        self.fix = fix
        self.page = page or ""
        self.kind = kind or category
        self.does = does
        self.in_tests = in_tests
        self.speaks_for_argument = speaks_for_argument
        self.equivalents = equivalents
        self.reach_check: ReachCheck | None = None
        self.hop_check: HopCheck | None = None
        self.use_check: UseCheck | None = None
        self.uses: frozenset[int] = frozenset()
        self.calls: frozenset[str] = frozenset()
        self.function_check: FunctionCheck | None = None

    def __repr__(self) -> str:
        return f"<Rule {self.name} {self.code}>"

    @property
    def summary(self) -> str:
        """The first sentence of the page."""
        return self.page.partition("\n\n")[0].replace("\n", " ")

    @property
    def harmless_once(self) -> bool:
        """Whether breaking it hurts nobody where it happens once, or before the loop has anything else to do."""
        return self.kind in ("disk", "tls", "import", "process", "console", "lock", "cpu")

    @property
    def harmless_at_start(self) -> bool:
        """Whether breaking it hurts nobody where a service begins or ends (it makes its tables before anybody is served), and
        where the code has the loop to itself."""
        return self.kind == "database"

    @property
    def is_hand_over(self) -> bool:
        """Whether it is about waits for other threads: behind several calls, such a wait is a short hand-over as a rule."""
        return self.kind in ("lock", "queue")

    @property
    def is_of_data(self) -> bool:
        """Whether it is about computing with data: where a text chooses a branch, any of them is taken at times."""
        return self.kind == "cpu"

    def on_reach(self, check: ReachCheck) -> ReachCheck:
        """Bind the function that looks at what roots reach."""
        self.reach_check = check
        return check

    def on_hop(self, check: HopCheck) -> HopCheck:
        """Bind the function that looks at hops."""
        self.hop_check = check
        return check

    def on_use(self, *kinds: int) -> Callable[[UseCheck], UseCheck]:
        """Bind the function that looks at uses of these kinds."""

        def bind(check: UseCheck) -> UseCheck:
            self.use_check = check
            self.uses = frozenset(kinds)
            return check

        return bind

    def on_call(self, *names: str) -> Callable[[UseCheck], UseCheck]:
        """Bind the function that looks at calls of what has one of these last names, as it is written or imported."""

        def bind(check: UseCheck) -> UseCheck:
            self.use_check = check
            self.calls = frozenset(names)
            return check

        return bind

    def on_function(self, check: FunctionCheck) -> FunctionCheck:
        """Bind the function that looks at functions."""
        self.function_check = check
        return check
