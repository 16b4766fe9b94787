"""Weights that are not learned, of their printed formulas, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Tuple

from derive.definition.cell import Cell
from derive.definition.fixed import defaults_of, fixed_equations, numbers_of
from derive.notation.names import Notation
from derive.notation.printers import aligned
from derive.statements.sizes import axes_of
from derive.symbolic.fixed import Held
from derive.verification.reader import read_equations
from derive.verification.shapes import after_a_step, printed_sizes, spelling
from derive.verification.tree import Function, Name
from derive.verification.values import Array, evaluate_tree


def fixed_weights(cell: Cell, sizes: Mapping[str, int], constants: Mapping[str, Array]) -> dict[str, Array]:
    """What is not learned by its name: of the printed formula where there is one, else the cell's own numbers."""
    defaults = defaults_of(cell)
    found = {p.name: np.array(numbers_of(p, sizes, defaults), float) for p in cell.parameters if p.fixed is not None}
    known = printed_sizes(cell, sizes) | {Name(spelling(name)): value for name, value in constants.items()}

    def entries(notation: Notation, formula: Any, rows: int, columns: int) -> Array:
        """The entries of a matrix, of their printed formula; or its numbers."""
        if isinstance(formula, Tuple):
            return np.array(formula, float).reshape(rows, columns)
        (read,) = read_equations(aligned([f"A &= {notation.latex(formula)}"]))
        places: list[dict[Name | Function, Any]] = [
            {Name("i"): np.float64(k // columns), Name("j"): np.float64(k % columns)} for k in range(rows * columns)
        ]
        return np.array([evaluate_tree(read.value, known | at) for at in places]).reshape(rows, columns)

    for p, equation in fixed_equations(cell):
        rows, columns = (*(sizes[axis] for axis in axes_of(p.rows)), 1)[:2]
        if isinstance(p.fixed, Held):
            rates, *inputs = equation.rhs.args
            parts = [(rates, rows), *((q, columns) for q in inputs)]
            found[p.name] = after_a_step(*(entries(equation.notation, q, rows, n) for q, n in parts)).ravel()
        else:
            found[p.name] = entries(equation.notation, equation.rhs, rows, columns).ravel()
    return found
