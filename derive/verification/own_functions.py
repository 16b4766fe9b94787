"""The author's own activations, as a reader of the paper is told of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
from sympy import Symbol, lambdify

from derive.calculus.adjoint import Adjoint
from derive.definition.cell import Cell
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS
from derive.verification.tree import ReadingError
from derive.verification.values import FUNCTIONS, Array


def own_functions(cell: Cell, adjoint: Adjoint) -> dict[str, Callable[..., Array]]:
    """The activations of the cell and of its gradient that are the author's own, by their names in LaTeX.

    A reader of the paper is told what they are: the formula of ``value``, its parameters at their defaults.
    Raises ReadingError for a name that two of them have, or a function that every reader knows.
    """
    equations = (*cell.equations, *adjoint.derivation.whole)
    used = {type(a) for e in equations for a in e.rhs.atoms(Activation)} - set(ACTIVATIONS.values())
    found: dict[str, Callable[..., Array]] = {}
    for function in sorted(used, key=lambda f: f.__name__):
        name = function.latex_name
        if name in found or re.sub(r"\\operatorname|[\\{}]", "", name) in FUNCTIONS:
            raise ReadingError(f"the activation {function.__name__} has the name of another function in print: {name}")
        symbols = [Symbol(f"_{k}") for k in range(1 + len(function.defaults))]
        formula = np.vectorize(lambdify(symbols, function.value(*symbols), modules="math"), otypes=[float])
        found[name] = partial(_with_defaults, formula, tuple(map(float, function.defaults.values())))
    return found


def _with_defaults(formula: Callable[..., Array], defaults: tuple[float, ...], x: Array, *given: Array) -> Array:
    return formula(x, *(given or defaults))
