"""A function that keeps what a name is bound to where the function is made."""

from __future__ import annotations

from typing import cast

import libcst as cst

from asynclint.fixes.tree import Place, Refused

_Defined = cst.FunctionDef | cst.Lambda


def bind_early(place: Place) -> None:
    """``lambda: x.close()`` in a loop over `x` becomes ``lambda x=x: x.close()``. The words are the names, the place is the function's."""
    span = place.fix.places[0]
    defined: _Defined
    if place.fix.words[0] == "lambda":
        defined = place.exactly(cst.Lambda, span)
    else:
        defined = place.innermost(cst.FunctionDef, span._replace(end_line=span.line, end_column=span.column + 3))
    names = place.fix.words[1:]
    for name in names:
        _check(place, defined, name)
    parameters = defined.params
    if parameters.kwonly_params or isinstance(parameters.star_arg, (cst.Param, cst.ParamStar)):
        place.replace(parameters, lambda old: _with_keywords(cast(cst.Parameters, old), names))
    else:
        place.replace(parameters, lambda old: _with_defaults(cast(cst.Parameters, old), names))
    if isinstance(defined, cst.Lambda) and isinstance(defined.whitespace_after_lambda, cst.MaybeSentinel):
        return
    if isinstance(defined, cst.Lambda) and not place.tree.code(defined.whitespace_after_lambda):  # type: ignore[arg-type]
        place.replace(defined, lambda old: old.with_changes(whitespace_after_lambda=cst.SimpleWhitespace(" ")))


def _new(name: str) -> cst.Param:
    return cst.Param(cst.Name(name), default=cst.Name(name), equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")))


def _with_defaults(old: cst.Parameters, names: tuple[str, ...]) -> cst.Parameters:
    """The parameters and new ones, which come last; a comma that stands behind the last stays there."""
    if not old.params:
        return old.with_changes(params=[_new(name) for name in names])
    last = old.params[-1]
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    added = [*[_new(name).with_changes(comma=comma) for name in names[:-1]], _new(names[-1]).with_changes(comma=last.comma)]
    return old.with_changes(params=[*old.params[:-1], last.with_changes(comma=comma), *added])


def _with_keywords(old: cst.Parameters, names: tuple[str, ...]) -> cst.Parameters:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if not old.kwonly_params:
        assert isinstance(old.star_arg, cst.Param)
        star = old.star_arg.with_changes(comma=comma)
        end = old.star_arg.comma
        added = [*[_new(name).with_changes(comma=comma) for name in names[:-1]], _new(names[-1]).with_changes(comma=end)]
        return old.with_changes(star_arg=star, kwonly_params=added)
    last = old.kwonly_params[-1]
    added = [*[_new(name).with_changes(comma=comma) for name in names[:-1]], _new(names[-1]).with_changes(comma=last.comma)]
    return old.with_changes(kwonly_params=[*old.kwonly_params[:-1], last.with_changes(comma=comma), *added])


def _check(place: Place, defined: _Defined, name: str) -> None:
    """Refuse unless a name is certainly bound where a function is defined, and to what the function is to see when it runs."""
    function = place.function(defined)
    if function is None:
        raise Refused("the loop stands in no function")
    here = place.tree.span(defined)
    around = list(place.tree.parents(defined))
    loops = [outer for outer in around[: around.index(function)] if isinstance(outer, (cst.For, cst.While))]
    is_bound = False
    for part in place.tree.walk(function.body):
        if not isinstance(part, cst.Name) or part.value != name:
            continue
        binder = _binder(place, part)
        if binder is None:
            continue
        end = place.tree.span(binder if not isinstance(binder, (cst.For, cst.While, cst.CompFor)) else part)
        if (end.end_line, end.end_column) > (here.line, here.column):
            if any(loop in place.tree.parents(part) for loop in loops):
                raise Refused(f"`{name}` is bound again behind it in the same round")
        elif _comes_first(place, binder, around):
            is_bound = True
    if not is_bound:
        raise Refused(f"`{name}` may not be bound yet where the function is made")


def _binder(place: Place, name: cst.Name) -> cst.CSTNode | None:
    """The statement that binds a name; None where the name is only read, or belongs to another scope."""
    inner: cst.CSTNode = name
    for outer in place.tree.parents(name):
        if isinstance(outer, cst.Assign) and isinstance(inner, cst.AssignTarget):
            return outer
        if isinstance(outer, (cst.For, cst.AnnAssign, cst.AugAssign, cst.NamedExpr)):
            return outer if inner is outer.target else None
        if isinstance(outer, (cst.AsName, cst.ImportAlias, cst.Del)):
            return place.statement(outer)
        if isinstance(outer, (cst.FunctionDef, cst.ClassDef)):
            return outer if inner is outer.name else None
        if isinstance(outer, (cst.Attribute, cst.Subscript, cst.Call, cst.Lambda, cst.BaseComp, cst.BaseSmallStatement)):
            return None
        inner = outer
    return None


def _comes_first(place: Place, binder: cst.CSTNode, around: list[cst.CSTNode]) -> bool:
    """Whether a binding has been passed wherever a node is that stands in `around`: its loop, or a statement above in one of its blocks."""
    if isinstance(binder, cst.For):
        return binder in around
    if isinstance(binder, cst.NamedExpr):
        return False
    holder = place.tree.parent(binder)
    block = place.tree.parent(holder) if isinstance(holder, cst.SimpleStatementLine) else holder
    return block in around
