"""What findings about coroutines say: that something is one, how that is known, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.model import Certainty, Finding, Fix, Step
from asynclint.project.linking.values import Function, Instance
from asynclint.project.questions.awaitables import Made
from asynclint.project.questions.takers import OF_COROUTINES
from asynclint.rules.advice import framework_of
from asynclint.rules.rule import Rule
from asynclint.rules.view import View
from asynclint.source.scopes import ASYNC, LAMBDA, MODULE


def report(
    view: View,
    rule: Rule,
    function: Function,
    number: int,
    made: Made,
    message: str,
    *,
    advice: str = "",
    certainty: Certainty = Certainty.CERTAIN,
    way: tuple[Step, ...] = (),
    subject: str = "",
    fix: Fix | None = None,
) -> Iterator[Finding]:
    """A finding about the coroutine that use `number` of a function is about. `message` goes on behind its name, which is `subject` where
    the use is not the coroutine itself."""
    subject = subject or view.subject(function, number)
    yield view.finding(
        rule,
        function,
        number,
        f"`{subject}` {message}{_because(view, made)}",
        certainty=min(certainty, made.certainty),
        advice=advice or how_to_await(function, subject),
        subject=subject,
        sink=made.name,
        way=way,
        fix=fix if min(certainty, made.certainty) > Certainty.POSSIBLE else None,
        by_habit=made.usage is not None,
    )


def _because(view: View, made: Made) -> str:
    """How it is known, where nobody has seen the definition."""
    if made.usage is None:
        return ""
    if made.usage.example is None:
        return f"; every class here that has a method `{made.name}` makes it a coroutine function"
    function, number = made.usage.example
    span = view.span(function, number)
    where = f"{function.module.path}:{span.line}"
    if made.usage.awaited == 1:
        return f"; it is awaited in {where}"
    return f"; it is awaited in {made.usage.awaited} other places, for example {where}"


def is_its_own(view: View, function: Function, row: int, name: str) -> bool:
    """Whether an attribute is one of the coroutine `row` itself, and not meant for what it gives."""
    if name in OF_COROUTINES or name.startswith("cr_"):
        return True
    value = view.linker.value(function.module, row)
    objects = [part for part in value.alternatives if isinstance(part, Instance)]  # such as a request, which can be entered as well
    classes = [part.klass for part in objects if part.klass.derives_from("collections.abc.Awaitable")]
    return any(name.startswith("__") or view.linker.member(klass, name) is not None for klass in classes)


def how_to_await(function: Function, subject: str) -> str:
    """What to do about a coroutine that is not awaited."""
    text = subject if len(subject) < 40 and "..." not in subject else "..."
    awaited = f"`await {text}`" if text != "..." else "`await ...`"
    if function.facts.flags & ASYNC:
        return f"Await it: {awaited}."
    framework = framework_of(function.module)
    if function.facts.flags & MODULE:
        run = f"{framework}.run({text})" if framework == "asyncio" else f"{framework}.run(...)"
        return f"Run it: `{run}`."
    name = function.facts.name.rpartition(".")[2]
    return f"Nothing can be awaited here: make `{name}` a coroutine function, or start a task where its result does not matter."


def how_to_write(function: Function, instead: str) -> str:
    """What to do where only `instead` works, which needs a coroutine function around it."""
    if function.facts.flags & ASYNC:
        return f"Write {instead}."
    if function.facts.flags & (MODULE | LAMBDA):
        return f"Write {instead}, in a coroutine function."
    name = function.facts.name.rpartition(".")[2]
    return f"Write {instead}, which needs a coroutine function: make `{name}` one."


def named(view: View, function: Function, number: int) -> str:
    """What a use iterates or enters, without the words for that."""
    return view.subject(function, number).removeprefix("with ").removeprefix("for ... in ")
