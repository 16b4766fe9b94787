"""A cell with other activations, or other functions in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Dummy, Expr

from derive.definition.foreign import OfArrays, formulas_alone
from derive.definition.line import Line
from derive.definition.remedies import in_its_place
from derive.errors import DeriveError, unknown
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS, FORMULAS, parametrised
from derive.symbolic.expressions import applied, rewrite
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.tidy import tidy

if TYPE_CHECKING:
    from derive.definition.cell import Cell

Replacement = str | type[Activation] | Callable[[Expr], Expr]


def with_activations(
    cell: Cell, replacements: Mapping[str, Replacement], *, name: str, title: str, class_name: str
) -> Cell:
    """The cell with other activations: see ``Cell.with_activations``."""
    if not (replacements or name or title or class_name):
        return cell
    if not replacements:
        named = name or cell.name, title or cell.title, class_name or cell.class_name
        return replace(cell, name=named[0], title=named[1], class_name=named[2])
    lines = list(cell.lines)
    for key, value in replacements.items():
        new = _function(key, value)
        where = [k for k, line in enumerate(lines) if line.target.name == key]
        present = {type(f).__name__ for line in lines for f in line.expr.atoms(Activation)}
        if where:
            lines[where[0]] = _replace_one(cell.name, lines[where[0]], new)
        elif key in present:
            old = ACTIVATIONS.get(key, key)
            lines = [replace(line, expr=_replace_all(line.expr, old, new)) for line in lines]
        else:
            known = [*(line.target.name for line in lines), *present]
            raise DeriveError(f"{cell.name}: {unknown('equation or activation', key, known)}")
    words = [
        f"{k}_{v if isinstance(v, str) else getattr(v, '__name__', 'custom').replace('<lambda>', 'custom')}"
        for k, v in replacements.items()
    ]
    suffix = re.sub(r"\W+", "_", "_".join(words)).strip("_")
    return replace(
        cell,
        name=name or f"{cell.name}_{suffix}",
        title=title or f"{cell.title} with {', '.join(w.replace('_', ' = ', 1) for w in words)}",
        class_name=class_name or cell.class_name + "".join(w.capitalize() for w in suffix.split("_")),
        lines=tuple(lines),
        nonlinearities=(),  # the activations are settled now
    )


def _function(key: str, value: Replacement) -> Callable[[Expr], Expr]:
    """What is to stand in an activation's place, as a function of expressions that leaves them as they are."""
    if isinstance(value, str) and value.partition("(")[0].strip() not in (known := (*ACTIVATIONS, *FORMULAS)):
        raise DeriveError(
            f"{unknown('activation', value, known)}; a function of SymPy, or of your own, may stand in its place:"
            f" {key}=lambda z: z / (1 + z**2)"
        )
    new = parametrised(value) if isinstance(value, str) else value
    argument = Dummy("x")
    formula = _formula(key, new, argument) if callable(new) else None
    if not isinstance(formula, Expr):
        raise DeriveError(
            f"{key}={value!r} gives no SymPy expression; expected an activation, its name such as 'elu(alpha=2)',"
            " or a function of SymPy expressions such as lambda z: z / (1 + z**2)"
        )
    return lambda x: tidy(substitute(formula, {argument: x}))


def _formula(key: str, function: Callable[[Expr], Any], x: Expr) -> Any:
    """What a function makes of a formula, if it is none of another library's."""
    try:
        with formulas_alone():
            return applied(function, x, key)
    except DeriveError as e:
        if not isinstance(found := e.__cause__, OfArrays):
            raise
        by_name = f"write {key}={found.name!r}" if found.name in FORMULAS else ""
        instead = by_name or in_its_place(found.name, one=found.one)
        raise DeriveError(f"{key}: {found}; {instead}") from e


def _replace_all(expr: Any, old: Any, new: Any) -> Any:
    return rewrite(
        expr,
        lambda n: new(n.args[0]) if isinstance(n, Activation) and (type(n) is old or type(n).__name__ == old) else None,
    )


def _replace_one(cell: str, line: Line, new: Any) -> Line:
    found = list(line.expr.atoms(Activation))
    if len(found) != 1:
        has = ", ".join(sorted(str(f) for f in found)) or "none"
        raise DeriveError(
            f"{cell}: equation {line.target.name!r} has {len(found)} activations ({has}), expected one;"
            " name the activation to replace instead, such as tanh='identity'"
        )
    replaced = rewrite(line.expr, lambda n: new(n.args[0]) if n == found[0] else None)
    return replace(line, expr=replaced)
