"""The answer to "why do you think this blocks?": what the analysis knows about one line."""

from __future__ import annotations

from collections.abc import Iterator

from asynclint.errors import ConfigError
from asynclint.model import Certainty
from asynclint.project.modules import Module
from asynclint.project.values import Alternative, Bound, Class, Constant, External, Function, Instance, ModuleObject, Pending, Value
from asynclint.session import Analysis
from asynclint.source.uses import USE_CALL


def explain_line(analysis: Analysis, path: str, line: int) -> str:
    """Tell where the function at a line runs, what its uses on that line reach, and what is unknown."""
    module = next((module for module in analysis.linker.modules.values() if module.path == path), None)
    if module is None:
        raise ConfigError(f"`{path}` was not analysed: it is no Python file of the program, or does not parse")
    return "\n".join(_explain(analysis, module, line)) + "\n"


def _explain(analysis: Analysis, module: Module, line: int) -> Iterator[str]:
    function = _function_at(module, line)
    yield f"{module.path}:{line} is in `{function.name}`"
    root = analysis.contexts.roots.get(function)
    if root is not None:
        sure = "" if root.certainty is Certainty.CERTAIN else f" ({root.certainty})"
        yield f"  runs on the event loop{sure}: it {root.reason}"
        if function in analysis.contexts.alone:
            yield "  has the loop to itself at first: it is handed to `asyncio.run`, and starts nothing else up to some point"
    else:
        callers = [caller for caller, edges in analysis.solver.graph.edges.items() if any(step.target is function for step in edges.steps)]
        names = ", ".join(sorted(f"`{caller.name}`" for caller in callers)[:5])
        yield f"  runs where its callers run: {names}" if callers else "  no caller is known: where it runs is not known"
    edges = analysis.solver.graph.edges[function]
    seen = False
    for number, use in enumerate(function.facts.uses):
        first, _, last, _ = module.places.of_use(function.number, number)
        if not first <= line <= last:
            continue
        seen = True
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
    if not seen:
        yield "  nothing on this line is called, entered, iterated or awaited"


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
