"""What a call says about the parameters of the function that it runs.

A function may do something only for some arguments: ``if session is None: ...``. Such a *condition* is a parameter's position and
the state that it, or an attribute of it, must be in: None or not, true or not, a text, of a class. A call that gives the parameter
decides it, or, where it passes on a parameter of its own function, makes it a condition of that function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from asynclint.model import Certainty
from asynclint.project.calls.fields import argument_of, field_of
from asynclint.project.linking.base import constant
from asynclint.project.linking.link import Linker
from asynclint.project.linking.modules import Module
from asynclint.project.linking.values import NOTHING_KNOWN, Bound, Class, Constant, External, Function, Instance, Value
from asynclint.source.references import ANNOTATED, ATTR, BINARY, CALL, CONST, KEYWORDS, PARAM, SUPER, TEST, UNION, keywords_of
from asynclint.source.uses import EQUALS, IS_FALSE, IS_NONE, IS_NOT_NONE, IS_TRUE, NOT, TEXT_TESTS, Use

Condition = tuple[int, str]
"""A parameter's position, and the state that it must be in (see :mod:`asynclint.source.walker`, ``IS_A`` and ``FIELD``)."""

Conditions = frozenset[Condition]


class Carried(NamedTuple):
    """Conditions of a caller, and how sure it is that its call comes there: what is not known may choose among many branches."""

    conditions: Conditions
    certainty: Certainty


ALWAYS: Conditions = frozenset()


IS_A: Final = "is a "
"""In front of the names of classes, of one of which a parameter must be an instance: ``is a builtins.str pathlib.Path``."""

_ASKS: Final = frozenset({"get", "pop"})
"""Methods of a dictionary that give None for a key that it lacks, unless they are told otherwise."""

_DEEPEST_TUPLE: Final = 2
"""Tuples of classes in each other that are looked into."""

_NUMBERS: Final = ("builtins.bool", "builtins.int", "builtins.float", "builtins.complex")

_OF_BOOLS: Final = (f"{EQUALS} True", f"{EQUALS} False")
"""States that no data bring along."""

OR_ELSE: Final = "or else "
"""In front of the state that a parameter must be in, or else something not known that may stand for it."""

FIELD: Final = "."
"""In front of an attribute's name, and then the state that this attribute of the receiver must be in: ``.folder true``."""


BY_KEYWORDS: Final = -1
"""The position of what a function takes by ``**``: a key of it stands in front of the state that it must be in, ``loop not none``."""


def conditions_of(linker: Linker, function: Function, use: Use) -> Conditions:
    """The conditions under which a function comes to one of its uses."""
    rows = function.module.rows
    found: set[Condition] = set()
    for guard in use[3]:
        operation, tested, state, rest = rows[guard]
        if operation == BINARY:
            found |= _one_of_types(linker, function, (tested, *rest))
            continue
        call = guard if operation == CALL else tested if operation == TEST and state == IS_FALSE else 0
        if rows[call][0] == CALL:
            condition = _type_condition(linker, function, call)
            if condition is not None:
                found.add(condition if call == guard else (condition[0], NOT + condition[1]))
            continue
        position = _own_parameter(function, tested) if operation == TEST else -1
        key = _own_key(function, tested) if operation == TEST else ""
        if position >= 0:
            found.add((position, state))
        elif key:
            found.add((BY_KEYWORDS, f"{key} {state}"))
        elif operation == TEST and rows[tested][0] == UNION and state.startswith(EQUALS):
            found |= _conditions_of_some(linker, function, rows[tested][3], state)
        elif operation == TEST and rows[tested][0] == ATTR and function.owner is not None and _is_self(function, rows[tested][1]):
            found.add((0, f"{FIELD}{rows[tested][2]} {state}"))
    return frozenset(found)


def _one_of_types(linker: Linker, function: Function, calls: tuple[int, ...]) -> set[Condition]:
    """What ``isinstance(path, str) or isinstance(path, Path)`` asks of one parameter."""
    asked = [_type_condition(linker, function, call) for call in calls if function.module.rows[call][0] == CALL]
    known = [condition for condition in asked if condition is not None and condition[1].startswith(IS_A)]
    if len(known) != len(calls) or len({position for position, _ in known}) != 1:
        return set()
    return {(known[0][0], IS_A + " ".join(state.removeprefix(IS_A) for _, state in known))}


def _conditions_of_some(linker: Linker, function: Function, parts: tuple[int, ...], state: str) -> set[Condition]:
    """What a test asks of a parameter that something else may stand for: ``if kind is None: kind = find_kind()``."""
    module = function.module
    given: set[int] = set()
    others: set[bool | None] = set()
    for part in parts:
        operation, owner, _, rest = module.rows[module.broad(part)]
        if operation == PARAM and owner == function.number:
            given.add(rest[0])
        else:
            others.add(decide(linker.value(module, part), state))
    if len(given) != 1 or True in others:
        return set()
    return {(given.pop(), OR_ELSE + state if None in others else state)}


def _is_self(function: Function, row: int) -> bool:
    operation, owner, _, rest = function.module.rows[row]
    return operation == PARAM and owner == function.number and rest[0] == 0


def _type_condition(linker: Linker, function: Function, call: int, is_helper: bool = False) -> Condition | None:
    """What ``isinstance(parameter, classes)`` asks for, itself or as all that a function like ``is_path(parameter)`` returns."""
    module = function.module
    _, callee, _, arguments = module.rows[call]
    position = _own_parameter(function, arguments[0]) if arguments else -1
    only = linker.value(module, callee).alternatives if position >= 0 else ()
    if len(only) != 1:
        return None
    if isinstance(only[0], External) and only[0].name == "builtins.isinstance" and len(arguments) == 2:
        names = _class_names(linker.value(module, arguments[1]))
        return (position, IS_A + " ".join(names)) if names else None
    asked = only[0]
    if isinstance(asked, Function) and asked.module.rows[asked.facts.returned][0] == CALL and not is_helper:
        inner = _type_condition(linker, asked, asked.facts.returned, is_helper=True)
        return (position, inner[1]) if inner is not None and inner[0] == 0 and asked.owner is None else None
    return None


def _class_names(value: Value, depth: int = 0) -> list[str]:
    """The names of the classes that a value is, or holds as a tuple; empty where one of them is not known."""
    names: list[str] = []
    if depth > _DEEPEST_TUPLE:
        return names
    for alternative in value.alternatives:
        if isinstance(alternative, (Class, External)):
            names.append(alternative.name)
        elif isinstance(alternative, Instance) and alternative.klass.name == "builtins.tuple":
            inner = [_class_names(part, depth + 1) for part in alternative.arguments]
            if not all(inner):
                return []
            names += [name for part in inner for name in part]
        else:
            return []
    return [] if value.open else names


def exclude_each_other(function: Function, first: Iterable[int], second: Iterable[int]) -> bool:
    """Whether what is known at one place of a function (guards, as of a use) contradicts what is known at another."""
    rows = function.module.rows
    known = {(rows[guard][1], rows[guard][2]) for guard in first if rows[guard][0] == TEST}
    return any(rows[guard][0] == TEST and (rows[guard][1], _opposite(rows[guard][2])) in known for guard in second)


def contradict_each_other(conditions: Conditions) -> bool:
    """Whether some conditions can never hold together: a parameter that is tested for None is passed on to what wants one."""
    return any((position, other) in conditions for position, state in conditions for other in _excluded(state))


def _excluded(state: str) -> tuple[str, ...]:
    """States in which nothing is that is in this one."""
    if state.startswith(FIELD):
        name, _, state = state.partition(" ")
        return tuple(f"{name} {other}" for other in _excluded(state))
    return (_opposite(state), IS_NONE) if state == IS_TRUE else (_opposite(state),)


def _opposite(state: str) -> str:
    simple = {IS_NONE: IS_NOT_NONE, IS_NOT_NONE: IS_NONE, IS_TRUE: IS_FALSE, IS_FALSE: IS_TRUE}
    return simple.get(state) or (state.removeprefix(NOT) if state.startswith(NOT) else NOT + state)


def _own_parameter(function: Function, row: int) -> int:
    """The position of the parameter that a row is; what its own methods made of it (``name = name.strip()``) counts as it."""
    rows = function.module.rows
    positions: set[int] = set()
    for part in rows[row][3] if rows[row][0] == UNION else (row,):
        part = function.module.broad(part)
        operation, callee, _, _ = rows[part]
        if operation == CALL and rows[callee][0] == ATTR:
            part = function.module.broad(rows[callee][1])
        operation, owner, _, rest = rows[part]
        positions.add(rest[0] if operation == PARAM and owner == function.number else -1)
    return positions.pop() if len(positions) == 1 else -1


def _own_key(function: Function, row: int) -> str:
    """The name of the keyword that ``options.get("name")`` asks for, of those that a function takes by ``**``."""
    rows = function.module.rows
    operation, callee, names, arguments = rows[rows[row][3][0] if rows[row][0] == ANNOTATED else row]
    if operation != CALL or names or rows[callee][0] != ATTR or rows[callee][2] not in _ASKS:
        return ""
    asked, _, of, _ = rows[function.module.broad(rows[callee][1])]
    if (asked, of) != (KEYWORDS, str(function.number)) or [rows[part][2] for part in arguments[1:]] not in ([], ["None"]):
        return ""
    key = constant(rows[arguments[0]][2]) if arguments and rows[arguments[0]][0] == CONST else None
    return key if isinstance(key, str) and key.isidentifier() else ""


def carry(
    linker: Linker, caller: Function, row: int, target: Function, offset: int, conditions: Conditions, by_text: Certainty
) -> Carried | None:
    """What conditions of `target` mean where `caller` calls it; None where the call excludes them.

    `row` is the row of the call, 0 where the function is run without one; `offset` is 1 where the receiver is the first parameter.
    `by_text` is how sure it is that a text that is not known chooses this branch of many.
    """
    if not conditions or not row:
        return Carried(ALWAYS, Certainty.CERTAIN)
    carried: set[Condition] = set()
    certainty = Certainty.CERTAIN
    for position, state in sorted(conditions):
        if state.startswith(FIELD):
            name, _, state_of_field = state[1:].partition(" ")
            receiver = _receiver(caller, row, offset)
            if receiver and _is_self(caller, receiver):
                carried.add((0, state))
            excluded = _excludes(linker, caller, receiver, name, state_of_field) if receiver and (0, state) not in carried else None
            if excluded is Certainty.CERTAIN:
                return None
            if excluded is not None:
                certainty = Certainty.POSSIBLE
            continue
        if position == BY_KEYWORDS:
            key, _, state = state.partition(" ")
            argument = _keyword(caller.module, row, key)
            may_be = state.startswith(OR_ELSE) or _is_so(None, state)
            if argument is None and _lacks_keyword(caller.module, row) and not may_be:
                return None
        else:
            argument = argument_of(linker, target, position, (caller.module, row), offset)
        if argument is None:
            continue
        module, number, is_given = argument
        number = module.broad(number)
        wanted = state.removeprefix(OR_ELSE)
        operation, owner, _, rest = module.rows[number]
        key = _own_key(caller, number) if is_given else ""
        if is_given and operation == PARAM and owner == caller.number:
            is_told = IS_A in wanted or _is_equality(wanted)
            decided = decide(linker.value(module, number), wanted) if is_told else _decide_parameter(caller, rest[0], wanted)
            if decided is None:
                carried.add((rest[0], state))
        else:
            decided = decide(linker.value(module, number), wanted)
            if decided is None and is_given and state == IS_NONE:
                decided = False  # nobody gives an argument to say nothing
            if decided is None and key:
                carried.add((BY_KEYWORDS, f"{key} {state}"))
        if decided is False and wanted == state:
            return None
        if not decided and wanted.startswith((EQUALS, *TEXT_TESTS)):
            if decided is False or not (_is_switch(linker, target, position) or _is_bool(linker.value(module, number))):
                certainty = min(certainty, Certainty.POSSIBLE if wanted in _OF_BOOLS else by_text)
        elif decided is None and state.startswith(IS_A):
            certainty = min(certainty, Certainty.LIKELY)
    return Carried(frozenset(carried), certainty)


def _keyword(module: Module, call: int, name: str) -> tuple[Module, int, bool] | None:
    """What a call gives by a keyword, like :func:`asynclint.project.calls.fields.argument_of`."""
    operation, _, _, rest = module.rows[call]
    names = keywords_of(module.rows[call]) if operation == CALL else []
    return (module, rest[len(rest) - len(names) + names.index(name)], True) if name in names else None


def _lacks_keyword(module: Module, call: int) -> bool:
    """Whether a call gives no other keywords than those that it names."""
    return module.rows[call][0] == CALL and not module.is_unpacked(call)


def _receiver(caller: Function, row: int, offset: int) -> int:
    """The row of the object whose method a call runs; of a constructor's call, itself. 0 where there is none."""
    if not offset:
        return 0
    rows = caller.module.rows
    operation, base, _, _ = rows[rows[row][1]]
    if operation == SUPER or (operation == ATTR and rows[base][0] == SUPER):
        return next(
            (number for number, (op, owner, _, rest) in enumerate(rows) if op == PARAM and owner == caller.number and rest[0] == 0), 0
        )
    return caller.module.broad(base) if operation == ATTR else row


def _excludes(linker: Linker, caller: Function, receiver: int, name: str, state: str) -> Certainty | None:
    """How sure it is that the one object that a receiver can be has no attribute in a state; None where it may have."""
    value = linker.value(caller.module, receiver)
    only = value.alternatives[0] if len(value.alternatives) == 1 and not value.open else None
    field, sure = field_of(linker, only, name) if isinstance(only, Instance) else (NOTHING_KNOWN, Certainty.CERTAIN)
    return sure if decide(field, state) is False else None


def _is_switch(linker: Linker, target: Function, position: int) -> bool:
    """Whether a parameter is for a truth value, so that ``if wait is True:`` says no more than ``if wait:``."""
    if position == BY_KEYWORDS:
        return False
    parameter = target.facts.parameters[position]
    row = parameter.declared or parameter.default
    return row > 0 and _is_bool(linker.value(target.module, row))


def _is_bool(value: Value) -> bool:
    """Whether a value is known to be one of the two truth values."""
    return bool(value.alternatives) and all(
        part.text in ("True", "False") if isinstance(part, Constant) else isinstance(part, Instance) and part.klass.name == "builtins.bool"
        for part in value.alternatives
    )


def _decide_parameter(function: Function, position: int, state: str) -> bool | None:
    """What is known about a parameter itself: one without default is given."""
    parameter = function.facts.parameters[position]
    if not parameter.default and state in (IS_NONE, IS_NOT_NONE):
        return state == IS_NOT_NONE
    return None


def _is_so(content: object, state: str) -> bool:
    """Whether a constant is in a state."""
    if state in (IS_NONE, IS_NOT_NONE):
        return (content is None) == (state == IS_NONE)
    if state in (IS_TRUE, IS_FALSE):
        return bool(content) == (state == IS_TRUE)
    if IS_A in state:
        return (f"builtins.{type(content).__name__}" in _wanted(state)) != state.startswith(NOT)
    how, _, text = state.removeprefix(NOT).partition(" ")
    wanted = constant(text)
    if how == EQUALS:
        result = content == wanted
    else:
        test = str.startswith if how == "startswith" else str.endswith
        result = isinstance(content, str) and isinstance(wanted, str) and test(content, wanted)
    return result != state.startswith(NOT)


def _wanted(state: str) -> list[str]:
    """The names of the classes in a state."""
    return state.removeprefix(NOT).removeprefix(IS_A).split(" ")


def _is_instance(instance: Instance, state: str) -> bool | None:
    if any(instance.klass.derives_from(name) for name in _wanted(state)):
        return not state.startswith(NOT)
    return state.startswith(NOT) if instance.klass.complete else None


def _is_equality(state: str) -> bool:
    return state.removeprefix(NOT).startswith(EQUALS)


def _may_equal(instance: Instance, state: str) -> bool | None:
    """Whether an object equals a constant, or does not: it cannot where no class of it is that of the constant, or compares itself."""
    klass = instance.klass
    kind = f"builtins.{type(constant(state.removeprefix(NOT).removeprefix(EQUALS).strip())).__name__}"
    may_be = klass.derives_from(kind) or (kind in _NUMBERS and any(map(klass.derives_from, _NUMBERS)))
    compares = any(base.name == "typing.Protocol" or (base.facts is not None and "__eq__" in base.facts.members) for base in klass.mro)
    return None if may_be or compares or not klass.complete else state.startswith(NOT)


def decide(value: Value, state: str) -> bool | None:
    """Whether a value is in a state: yes, no, or not known."""
    if value.open or not value.alternatives:
        return None
    answers: set[bool | None] = set()
    for alternative in value.alternatives:
        if isinstance(alternative, Constant):
            content = constant(alternative.text)
            answers.add(_is_so(content, state))
        elif state in (IS_NONE, IS_NOT_NONE):
            answers.add(state == IS_NOT_NONE)
        elif IS_A in state and isinstance(alternative, Instance):
            answers.add(_is_instance(alternative, state))
        elif _is_equality(state) and isinstance(alternative, Instance):
            answers.add(_may_equal(alternative, state))
        elif state in (IS_TRUE, IS_FALSE) and isinstance(alternative, (Function, Bound, Class)):
            answers.add(state == IS_TRUE)
        else:
            answers.add(None)
    return answers.pop() if len(answers) == 1 else None
