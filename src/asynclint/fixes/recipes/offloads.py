"""What is handed to a thread in the wrong way: called, a coroutine function, or lazy."""

from __future__ import annotations

from typing import cast

import libcst as cst
from libcst.metadata import ExpressionContext

from asynclint.fixes.calls import between, handed_over
from asynclint.fixes.expressions import awaited, keep_comments, parenthesised
from asynclint.fixes.lists import as_last
from asynclint.fixes.recipes.threads import refuse_in_lambda, refuse_pruning
from asynclint.fixes.switches import may_await
from asynclint.fixes.tree import Place, Refused


def pass_callable(place: Place) -> None:
    """``to_thread(f(x))`` becomes ``to_thread(f, x)``, and ``Thread(target=f(x))`` becomes ``Thread(target=f, args=(x,))``.

    The words are the parameter, its position, and how arguments are passed on: ``keywords`` too, ``partial``, or ``thread``; else they are
    the parameters of a lambda, which is given arguments of no use.
    """
    parameter, position, style = place.fix.words
    outer = place.exactly(cst.Call)
    index = argument_of(outer, parameter, int(position))
    argument = outer.args[index]
    inner = argument.value
    if not isinstance(inner, cst.Call):
        raise Refused("the argument is not a call")
    if style == "thread":
        _pass_to_thread(place, outer, index)
        return
    if style not in ("keywords", "partial"):
        _pass_lambda(place, inner, style)
        return
    if index != sum(other.keyword is None and not other.star for other in outer.args) - 1 or argument.keyword is not None:
        raise Refused("more arguments are passed on")
    if any(other.star for other in outer.args):
        raise Refused("the call unpacks arguments")
    names = {other.keyword.value for other in outer.args if other.keyword is not None}
    if style == "keywords" and any(other.keyword is not None and other.keyword.value in names for other in inner.args):
        raise Refused("an argument has the name of another")
    is_bound = style == "partial" and any(other.keyword is not None or other.star == "**" for other in inner.args)
    if is_bound:
        place.name("functools.partial")
    keep_comments(place, inner, *inner.args)
    ends_with_comment = not is_bound and any(_has_comment_behind(place, last) for last in inner.args[-1:])
    if ends_with_comment and (_has_comment_behind(place, argument) or not isinstance(inner.args[-1].comma, cst.Comma)):
        raise Refused("a comment would be lost")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        own = call.args[index]
        made = cast(cst.Call, own.value)
        spread = handed_over(place, made, "f", bind=style == "partial").args
        last = spread[-1]
        is_hugged = len(spread) > 1 and index == len(call.args) - 1 and not place.tree.code(own).endswith((",", "\n", " ", "\t"))
        if ends_with_comment and not is_hugged:
            last = cast(cst.Arg, as_last(last, own))
        elif not is_hugged:
            last = last.with_changes(comma=own.comma, whitespace_after_arg=own.whitespace_after_arg)
        others = [_in_line(argument, call.whitespace_before_args) for argument in spread[:-1]]
        args = [*call.args[:index], *others, last, *call.args[index + 1 :]]
        if is_hugged and index == 0 and not place.tree.code(call.whitespace_before_args):
            return call.with_changes(args=args, whitespace_before_args=made.whitespace_before_args)
        return call.with_changes(args=args)

    place.replace(outer, change)


def _has_comment_behind(place: Place, argument: cst.Arg) -> bool:
    value = set(place.tree.walk(argument.value))
    return any(isinstance(part, cst.Comment) and part not in value for part in place.tree.walk(argument))


def _pass_lambda(place: Place, inner: cst.Call, parameters: str) -> None:
    """Make ``lambda _: f(x)`` of ``f(x)``, if it means the same later."""
    refuse_in_lambda(place, inner)
    parts = place.tree.walk(inner)
    function = place.function(inner)
    around = [*place.tree.parents(inner)]
    if function is None and any(isinstance(outer, cst.ClassDef) for outer in around):
        raise Refused("a lambda does not see the names of a class")
    names = {part.value for part in parts if isinstance(part, cst.Name)}
    if "_" in names:
        raise Refused("`_` means something else here")
    here = place.tree.span(inner)
    roles = place.tree.roles
    for part in place.tree.walk(function.body if function is not None else place.tree.module):
        if isinstance(part, cst.Name) and part.value in names and part not in parts and roles.get(part) is ExpressionContext.STORE:
            span = place.tree.span(part)
            is_again = any(isinstance(outer, (cst.For, cst.While)) and outer in around for outer in place.tree.parents(part))
            if is_again or (span.line, span.column) > (here.line, here.column):
                raise Refused(f"`{part.value}` is bound again before it is called")
    head = cst.ensure_type(place.expression(f"lambda {parameters}: None"), cst.Lambda)
    place.replace(inner, lambda old: head.with_changes(body=cast(cst.Call, old)))


def _pass_to_thread(place: Place, outer: cst.Call, index: int) -> None:
    argument = outer.args[index]
    inner = cast(cst.Call, argument.value)
    if argument.keyword is None or any(_name(other) in ("args", "kwargs") or other.star for other in outer.args):
        raise Refused("the thread is given arguments already")
    if any(other.star for other in inner.args) or any(isinstance(part, cst.Comment) for part in place.tree.walk(inner)):
        raise Refused("the arguments cannot be written as a tuple")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        own = call.args[index]
        made = cast(cst.Call, own.value)
        space = between(call)
        added = [own.with_changes(value=made.func, comma=space)]
        plain = [_text(place, other.value) for other in made.args if other.keyword is None]
        named = [f'"{_name(other)}": {_text(place, other.value)}' for other in made.args if other.keyword is not None]
        if plain:
            tuple_ = f"({', '.join(plain)}{',' if len(plain) == 1 else ''})"
            added.append(own.with_changes(keyword=cst.Name("args"), value=place.expression(tuple_), comma=space))
        if named:
            added.append(own.with_changes(keyword=cst.Name("kwargs"), value=place.expression(f"{{{', '.join(named)}}}"), comma=space))
        added[-1] = added[-1].with_changes(comma=own.comma)
        return call.with_changes(args=[*call.args[:index], *added, *call.args[index + 1 :]])

    place.replace(outer, change)


def _text(place: Place, value: cst.BaseExpression) -> str:
    """The text of an argument, as it can stand in a tuple."""
    is_loose = isinstance(value, cst.GeneratorExp) and not value.lpar
    return place.tree.module.code_for_node(parenthesised(value) if is_loose else value)


def call_coroutine(place: Place) -> None:
    """``to_thread(f, x)`` becomes ``f(x)``, which gives a coroutine as well. What gives a future must be awaited there.

    The words are the parameter, its position, what the call gives (a ``coroutine``, or a ``future``), and whether keywords go to the
    function (``keywords``, or nothing).
    """
    parameter, position, gives, keywords = place.fix.words
    outer = place.exactly(cst.Call)
    index = argument_of(outer, parameter, int(position))
    function = outer.args[index].value
    if gives == "future" and not isinstance(place.tree.parent(outer), cst.Await):
        raise Refused("it is not awaited here")
    if not isinstance(function, (cst.Name, cst.Attribute)) or outer.args[index].keyword is not None:
        raise Refused("the coroutine function is not handed over as it is")
    if not keywords and any(argument.keyword is not None or argument.star == "**" for argument in outer.args):
        raise Refused("the call says more than what to run")
    gone = [*outer.args[: index + 1]]
    inside = [part for argument in gone for part in place.tree.walk(argument)] + place.tree.walk(outer.func)
    if any(isinstance(part, cst.Comment) for part in inside):
        raise Refused("a comment would be lost")
    in_front = [part for argument in gone for part in place.tree.walk(argument)]
    if any(isinstance(part, (cst.NamedExpr, cst.Await)) for part in inside) or any(isinstance(part, cst.Call) for part in in_front):
        raise Refused("more is done in front of it")
    if _may_be_awaited(place, outer):
        place.unless("the coroutine that it gives goes on to others, which may await it")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        rest = call.args[index + 1 :]
        space = call.whitespace_before_args if rest else cst.SimpleWhitespace("")
        return call.with_changes(func=call.args[index].value, args=rest, whitespace_before_args=space)

    place.replace(outer, change)


def _may_be_awaited(place: Place, outer: cst.Call) -> bool:
    """Whether the coroutine that comes back from a thread is handed on, put into a collection, or kept: by itself, or by its name."""
    value = place.tree.parent(outer)
    if not isinstance(value, cst.Await):
        return False
    user = place.tree.parent(value)
    if isinstance(user, (cst.Assign, cst.AnnAssign)):
        targets = [user.target] if isinstance(user, cst.AnnAssign) else [one.target for one in user.targets]
        function = place.function(value)
        if function is None or len(targets) > 1 or not isinstance(targets[0], cst.Name):
            return True
        named = [part for part in place.tree.walk(function.body) if isinstance(part, cst.Name) and part.value == targets[0].value]
        return any(_goes_on(place, part) for part in named)
    return _goes_on(place, value)


def _goes_on(place: Place, node: cst.BaseExpression) -> bool:
    """Whether a value goes somewhere from where it stands: whoever reads a part of it, tests or returns it, takes it for a result."""
    outer = place.tree.parent(node)
    if isinstance(outer, (cst.Attribute, cst.Subscript)):
        return False
    takes = (
        cst.Expr,
        cst.Return,
        cst.If,
        cst.While,
        cst.For,
        cst.Comparison,
        cst.ComparisonTarget,
        cst.UnaryOperation,
        cst.BinaryOperation,
    )
    return not isinstance(outer, (*takes, cst.AssignTarget, cst.AnnAssign, cst.FormattedStringExpression))


def run_coroutine_in_thread(place: Place) -> None:
    """``Thread(target=f, args=(x,))`` becomes ``Thread(target=asyncio.run, args=(f(x),))``."""
    outer = place.exactly(cst.Call)
    index = argument_of(outer, "target", 1)
    target = outer.args[index]
    given = next((argument for argument in outer.args if _name(argument) == "args"), None)
    named = next((argument for argument in outer.args if _name(argument) == "kwargs"), None)
    if target.keyword is None or named is not None or any(argument.star for argument in outer.args):
        raise Refused("the arguments are not plain to see")
    if given is not None and not isinstance(given.value, (cst.Tuple, cst.List)):
        raise Refused("the arguments are not plain to see")
    parts = [target, *([given] if given is not None else [])]
    if any(isinstance(part, cst.Comment) for argument in parts for part in place.tree.walk(argument)):
        raise Refused("a comment would be lost")
    run = place.expression(place.name("asyncio.run"))

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        elements = cast("cst.Tuple | cst.List", given.value).elements if given is not None else ()
        inside = ", ".join(place.tree.module.code_for_node(element.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for element in elements)
        coroutine = f"{place.tree.module.code_for_node(call.args[index].value)}({inside})"
        made = place.expression(f"({coroutine},)")
        args = []
        for argument in call.args:
            if _name(argument) == "target":
                new = argument.with_changes(value=run)
                if given is None:
                    space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
                    args.append(new.with_changes(comma=space))
                    new = argument.with_changes(keyword=cst.Name("args"), value=made)
                args.append(new)
            else:
                args.append(argument.with_changes(value=made) if _name(argument) == "args" else argument)
        return call.with_changes(args=args)

    place.replace(outer, change)


def list_in_thread(place: Place) -> None:
    """``to_thread(f, x)`` of something lazy becomes ``to_thread(lambda: list(f(x)))``.

    The words are the parameter, its position, and the keywords that the one who hands over keeps to itself, ``*`` for none.
    """
    parameter, position, *own = place.fix.words
    outer = place.exactly(cst.Call)
    index = argument_of(outer, parameter, int(position))
    if outer.args[index].keyword is not None:
        raise Refused("the iterator's maker is not handed over by its position")
    function = outer.args[index].value
    moved = [argument for argument in outer.args[index + 1 :] if argument.star or _name(argument) not in own]
    if isinstance(function, (cst.Name, cst.Attribute)) and place.tree.code(function).endswith("walk"):
        loop = place.tree.parent(place.tree.parent(outer))
        if not isinstance(loop, cst.For):
            raise Refused("the walk may be told which folders to go into")
        refuse_pruning(place, loop)
    if any(argument.star == "**" for argument in moved) and own:
        raise Refused("the call unpacks arguments")
    for argument in (outer.args[index], *moved):
        refuse_in_lambda(place, argument)
        if any(isinstance(part, cst.Comment) for part in place.tree.walk(argument)):
            raise Refused("a comment would be lost")
    if not isinstance(function, (cst.Name, cst.Attribute, cst.Lambda)) or (isinstance(function, cst.Lambda) and moved):
        raise Refused("what is handed over is not written as a name")

    def change(old: cst.CSTNode) -> cst.CSTNode:
        call = cast(cst.Call, old)
        made = call.args[index].value
        if isinstance(made, cst.Lambda):
            body = made.body
            listed = cst.Call(cst.Name("list"), [cst.Arg(body)])
            work = made.with_changes(body=listed)
        else:
            passed = [call.args[outer.args.index(argument)] for argument in moved]
            if passed:
                passed[-1] = passed[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))
            listed = cst.Call(cst.Name("list"), [cst.Arg(cst.Call(made, passed))])
            work = cst.Lambda(cst.Parameters(), listed)
        kept = [argument for number, argument in enumerate(call.args) if number > index and outer.args[number] not in moved]
        last = call.args[-1].comma if not kept else call.args[index].comma
        first = call.args[index].with_changes(value=work, comma=last if call.args[index + 1 :] else call.args[index].comma)
        return call.with_changes(args=[*call.args[:index], first, *kept])

    place.replace(outer, change)


def replace_call(place: Place) -> None:
    """``f(x)`` becomes ``await g(x)``, where the word is ``g`` as a dotted name."""
    call = place.exactly(cst.Call)
    may_await(place, call)
    function = place.expression(place.name(place.fix.words[0]))
    if any(isinstance(part, cst.Comment) for part in place.tree.walk(call.func)):
        raise Refused("a comment would be lost")
    place.replace(call, lambda old: awaited(place, call, cast(cst.Call, old).with_changes(func=function)))


def _in_line(argument: cst.Arg, around: cst.BaseParenthesizableWhitespace) -> cst.Arg:
    """An argument behind which the next line is indented as those of the call around are."""
    comma = argument.comma
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    if not isinstance(space, cst.ParenthesizedWhitespace) or not isinstance(around, cst.ParenthesizedWhitespace):
        return argument
    return argument.with_deep_changes(space, last_line=around.last_line, indent=around.indent)


def argument_of(call: cst.Call, parameter: str, position: int) -> int:
    """The number of the argument that is given for a parameter, by its name or its position."""
    for number, argument in enumerate(call.args):
        if _name(argument) == parameter:
            return number
    if position < len(call.args) and not any(argument.star or argument.keyword is not None for argument in call.args[: position + 1]):
        return position
    raise Refused("what is handed over is not plain to see")


def _name(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword is not None else ""
