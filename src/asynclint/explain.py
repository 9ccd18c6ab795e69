"""The answer to "why do you think this blocks?": what the analysis knows about one line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from asynclint.analysis import Analysis
from asynclint.errors import ConfigError
from asynclint.model import Certainty
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import Alternative, Bound, Class, Constant, External, Function, Instance, ModuleObject, Pending, Value
from asynclint.source.uses import USE_CALL


def explain_line(analysis: Analysis, path: str, line: int) -> str:
    """Tell where the function at a line runs, what its uses on that line reach, and what is unknown."""
    module = next((module for module in analysis.linker.modules.values() if module.path == path), None)
    if module is None:
        raise ConfigError(f"`{path}` was not analysed: it is no Python file of the program, or does not parse")
    return "\n".join(_explain(analysis, module, line)) + "\n"


def explain_place(analysis: Analysis, path: str, line: int, column: int) -> str:
    """Tell of the innermost use at a place what it reaches, or of the function whose ``def`` the line holds where it runs.

    Empty where there is neither.
    """
    module = next((module for module in analysis.linker.modules.values() if module.path == path), None)
    if module is None:
        return ""
    function = _function_at(module, line)
    if line == module.places.of_function(function.number)[1] and function is not module.functions[0]:
        return "\n".join([f"`{function.name}`", *_about_function(analysis, function)]) + "\n"
    around = []
    for number in range(len(function.facts.uses)):
        first, start, last, end = module.places.of_use(function.number, number)
        if (first, start) <= (line, column) < (last, end):
            around.append((last - first, end - start, number))
    return "\n".join(_about_use(analysis, function, min(around)[2])) + "\n" if around else ""


class Helper(NamedTuple):
    """A function that is no coroutine and blocks: the line of its ``def``, what blocks in the end, and how many coroutines reach it."""

    line: int
    sinks: tuple[str, ...]
    coroutines: int


def helpers(analysis: Analysis, path: str, callers: Callers) -> Iterator[Helper]:
    """The functions of a file that block and that some coroutine reaches, in the order of their lines."""
    module = next((module for module in analysis.linker.modules.values() if module.path == path), None)
    for function in () if module is None else module.functions[1:]:
        if function in analysis.contexts.roots:
            continue
        ways = [way for of_rule in analysis.solver.ways.values() for way in of_rule.get(function, ())]
        sinks = sorted({way.sink.name.removeprefix("builtins.") for way in ways if way.certainty >= Certainty.LIKELY})
        count = _count_coroutines(analysis, function, callers) if sinks else 0
        if count:
            yield Helper(function.module.places.of_function(function.number)[1], tuple(sinks), count)


Callers = Mapping[Function, Collection[Function]]


def callers_of(analysis: Analysis) -> Callers:
    """From each function to those that run it."""
    callers: dict[Function, set[Function]] = {}
    for caller, edges in analysis.solver.graph.edges.items():
        for step in edges.steps:
            callers.setdefault(step.target, set()).add(caller)
    return callers


def _count_coroutines(analysis: Analysis, function: Function, callers: Callers) -> int:
    seen, waiting, count = {function}, [function], 0
    while waiting:
        for caller in callers.get(waiting.pop(), ()):
            if caller not in seen:
                seen.add(caller)
                if caller in analysis.contexts.roots:
                    count += 1
                else:
                    waiting.append(caller)
    return count


def _explain(analysis: Analysis, module: Module, line: int) -> Iterator[str]:
    function = _function_at(module, line)
    yield f"{module.path}:{line} is in `{function.name}`"
    yield from _about_function(analysis, function)
    seen = False
    for number in range(len(function.facts.uses)):
        first, _, last, _ = module.places.of_use(function.number, number)
        if first <= line <= last:
            seen = True
            yield from _about_use(analysis, function, number)
    if not seen:
        yield "  nothing on this line is called, entered, iterated or awaited"


def _about_function(analysis: Analysis, function: Function) -> Iterator[str]:
    """Where a function runs."""
    root = analysis.contexts.roots.get(function)
    if root is not None:
        sure = "" if root.certainty is Certainty.CERTAIN else f" ({root.certainty})"
        yield f"  runs on the event loop{sure}: it {root.reason}"
        if function in analysis.contexts.alone:
            yield "  has the loop to itself, up to where it starts something else: a main coroutine, a command, or a start-up"
    else:
        callers = [caller for caller, edges in analysis.solver.graph.edges.items() if any(step.target is function for step in edges.steps)]
        names = ", ".join(sorted(f"`{caller.name}`" for caller in callers)[:5])
        yield f"  runs where its callers run: {names}" if callers else "  no caller is known: where it runs is not known"


def _about_use(analysis: Analysis, function: Function, number: int) -> Iterator[str]:
    """What one use reaches."""
    module, use = function.module, function.facts.uses[number]
    edges = analysis.solver.graph.edges[function]
    callee = analysis.linker.value(module, module.rows[use[1]][1] if use[0] == USE_CALL else use[1])
    yield f"  `{analysis.view.subject(function, number)}` is {_describe(callee)}"
    for sink in edges.sinks:
        if sink.number == number:
            yield f"    blocks ({sink.certainty}): {sink.rule}"
    for step in edges.steps:
        if step.number == number:
            yield f"    runs `{step.target.name}` ({step.certainty})"
            for rule, ways in analysis.solver.ways.items():
                for way in ways.get(step.target, ())[:1]:
                    yield f"      which can reach `{way.sink.name}`: {rule} ({way.certainty})"


def _function_at(module: Module, line: int) -> Function:
    """The innermost function whose lines hold this one."""
    found = module.functions[0]
    for function in module.functions[1:]:
        first, _, last = module.places.of_function(function.number)
        if first <= line <= last:
            found = function
    return found


def _describe(value: Value) -> str:
    if not value.alternatives:
        return "not known"
    described = " or ".join(_describe_one(alternative) for alternative in value.alternatives)
    return described + (", or something unknown" if value.open else "")


def _describe_one(alternative: Alternative) -> str:
    if isinstance(alternative, Function):
        return f"`{alternative.name}`"
    if isinstance(alternative, Bound):
        return f"the method `{alternative.function.name}`"
    if isinstance(alternative, Class):
        return f"the class `{alternative.name}`"
    if isinstance(alternative, External):
        known = "" if alternative.entry is not None else ", which nothing is known about"
        return f"`{alternative.name}`{known}"
    if isinstance(alternative, Instance):
        return f"a `{alternative.klass.name}`"
    if isinstance(alternative, ModuleObject):
        return f"the module `{alternative.module.name}`"
    if isinstance(alternative, Pending):
        return f"a {alternative.nature} of `{alternative.callee.name}`"
    assert isinstance(alternative, Constant)
    return f"`{alternative.text}`"
