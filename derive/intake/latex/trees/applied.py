"""Functions of arguments, by our words for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Abs, Max, Min, Rational

from derive.errors import DefinitionError, counted
from derive.intake.latex.trees.tree import Letter, spelled
from derive.statements.cumulative import cumsum
from derive.statements.largest import largest
from derive.statements.matrix_products import dot
from derive.statements.mean import mean
from derive.statements.shares import softmax
from derive.symbolic.activations import parametrised
from derive.symbolic.spiking import spike

SPIKE = "spike(gamma="  # before the number of the slope
#: By our word: what makes it, and how many arguments it has; None for any number.
_PLAIN: Mapping[str, tuple[Callable[..., Any], int | None]] = {
    "exp": (sympy.exp, 1), "log": (sympy.log, 1), "sqrt": (sympy.sqrt, 1), "abs": (Abs, 1), "max": (Max, None),
    "min": (Min, None), "sin": (sympy.sin, 1), "cos": (sympy.cos, 1), "sign": (sympy.sign, 1), "erf": (sympy.erf, 1),
    "floor": (sympy.floor, 1),
    "mean": (mean, None), "softmax": (softmax, 1), "cumsum": (cumsum, 1), "largest": (largest, 1),
    "dot": (dot, 2),
    "cumax": (lambda a: cumsum(softmax(a)), 1), "clip": (lambda a, low, high: Min(Max(a, low), high), 3),
    "spike": (spike, 1), "length": (lambda a: sympy.sqrt(dot(a, a)), 1),
}  # fmt: skip
#: Functions of units together, whose argument is a quantity.
OF_QUANTITIES = {"dot", "length"}


def applied(name: str | Callable[..., Any], arguments: list[Any], function: Letter, target: str) -> Any:
    """The function of its arguments.

    Raises DefinitionError for another number of arguments than it has.
    """
    if not isinstance(name, str):
        return name(*arguments)
    slope = name.removeprefix(SPIKE).removesuffix(")") if name.startswith(SPIKE) else ""
    made, count = _PLAIN.get(name) or ((lambda a: spike(a, Rational(slope))) if slope else parametrised(name), 1)
    if count is not None and len(arguments) != count:
        has = counted(len(arguments), "argument")
        raise DefinitionError(f"{spelled(function.key)} in the equation of {target} has {has}; {name} has {count}")
    return made(*arguments)
