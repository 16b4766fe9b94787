"""What a machine's rounding may do to one function of one variable: a bound over cells, operation by operation.

A sum of n terms, in any order, fused or not, is within γ_n Σ|terms| (Higham 2002, section 3.1); a product or quotient
within a unit roundoff; a function within so many units in the last place of its value. What operands are off by goes
through an operation by its slope.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from sympy import Abs, Add, Expr, Max, Min, Mul, Piecewise, Pow, exp

from derive.approximation.array_jets import program
from derive.approximation.claim import x
from derive.enclosure.zonotope import above
from derive.errors import DeriveError, RunError
from derive.exact import arrays
from derive.exact.arrays import Array, Cells
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.symbolic.stable import root
from derive.symbolic.table import Table

PRIMITIVE = (tanh, sigmoid, softplus, root)  # activations that machines have a function for


@dataclass(frozen=True)
class Format:
    """A type of floating-point numbers. unit: half the distance from 1 to the next; smallest: the least normal number,
    below which numbers may be flushed to zero; sums: the unit of the type in which products of matrices are summed;
    ulps: how far a function of the machine is from the true value at most."""

    name: str
    unit: float
    smallest: float
    sums: float
    ulps: int

    def gamma(self, n: int, unit: float = 0.0) -> float:
        """γ_n. Raises RunError where so many roundings have no bound."""
        u = unit or self.unit
        if n * u >= 1:
            raise RunError(f"{self.name}: no bound is known of {n} roundings; take float32")
        return n * u / (1 - n * u) * (1 + 2.0**-40)


FORMATS = {
    "float32": Format("float32", 2.0**-24, 2.0**-126, 2.0**-24, 4),
    "bfloat16": Format("bfloat16", 2.0**-8, 2.0**-126, 2.0**-24, 1),
}


def off(formula: Expr, cells: Cells, machine: Format) -> Array:
    """How far a machine's value of a formula in x is from the true one of the same x, at most, over each cell.

    Raises DeriveError, naming it, for a formula whose rounding has no bound.
    """
    if not formula.has(x):
        return np.zeros(1) if _is_stored(formula, machine) else machine.unit * _size(formula, cells)
    if formula == x:
        return np.zeros_like(cells.lower)
    match formula:
        case Table():
            return _of_table(type(formula), formula.args[0], cells, machine)
        case Activation() if not isinstance(formula, PRIMITIVE):
            own = off(formula.opened(), cells, machine)
            return above(own + 2 * machine.ulps * machine.unit * _size(formula, cells))
        case Piecewise():
            if any(r.lhs != x and r.rhs != x for _, c in formula.args for r in c.atoms() if hasattr(r, "lhs")):
                raise DeriveError(f"{formula}: which case a machine takes is not certain, so its rounding has no bound")
            return np.max(np.broadcast_arrays(*(off(f, cells, machine) for f, _ in formula.args)), axis=0)
    parts = [(off(a, cells, machine), _size(a, cells)) for a in formula.args]
    match formula:
        case Add():
            terms = sum(e + machine.gamma(len(parts)) * (s + e) for e, s in parts)
            return above(terms + len(parts) * machine.smallest, len(parts) + 2)
        case Mul():
            whole = prod(s + e for e, s in parts)
            each = sum(e * prod(s + d for j, (d, s) in enumerate(parts) if j != k) for k, (e, _) in enumerate(parts))
            return above(each + machine.gamma(len(parts)) * whole + machine.smallest, 2 * len(parts))
        case Max() | Min() | Abs():
            return np.max(np.broadcast_arrays(*(e for e, _ in parts)), axis=0)
    return _of_function(formula, cells, parts[0][0], machine)


def _of_function(formula: Any, cells: Cells, error: Array, machine: Format) -> Array:
    """A function of something that is off by an error already."""
    inner, *others = formula.args
    if any(a.has(x) for a in others):
        raise DeriveError(f"{formula} is a function of two things; its rounding has no bound")
    argument = program(inner)(cells, 0)[0]
    wide = arrays.outwards(argument.lower - error, argument.upper + error)
    jet = program(formula.func(x, *others))(wide, 1)
    carried = np.where(error == 0, 0.0, np.maximum(np.abs(jet[1].lower), np.abs(jet[1].upper)) * error)
    value = np.maximum(np.abs(jet[0].lower), np.abs(jet[0].upper))
    return above(carried + _of_value(formula, machine) * value + machine.smallest, 8)


def relative(formula: Expr, machine: Format) -> float:
    """What a value that is not negative is off by, over itself; infinite where nothing is known of that."""
    once = isinstance(formula, (*PRIMITIVE, Pow, exp)) and formula.args[0] == x
    return _of_value(formula, machine) if once else np.inf


def _of_value(formula: Expr, machine: Format) -> float:
    """What one function is off by, over its value; a power is a product of its factors."""
    times = max([1, *(abs(int(a)) for a in formula.args[1:] if a.is_Integer)])
    return machine.gamma(2 * machine.ulps * times)


def _of_table(table: type[Table], argument: Expr, cells: Cells, machine: Format) -> Array:
    """Between entries a table is continuous: where it looks is off by a little, and so is what it finds."""
    if not table.interpolate:
        raise DeriveError(f"{table.__name__} steps: rounding may take a machine to the next entry, without a bound")
    if argument != x:
        raise DeriveError(f"{table.__name__} of {argument}: its rounding is bounded for a plain argument only")
    entries = [abs(float(n)) for n in table.entries.numbers]
    spacing, reach = float(table.spacing()), abs(float(table.lower)) + abs(float(table.upper))
    size = np.maximum(np.abs(cells.lower), np.abs(cells.upper)) if table.outside == "extend" else reach
    steepest = max(abs(float(slope)) for *_, slope in table.lines())
    place = machine.gamma(4) * (size + reach + spacing)
    return above(steepest * place + machine.gamma(6) * (max(entries) + steepest * (size + reach)), 8) + 0 * cells.lower


def _size(formula: Expr, cells: Cells) -> Array:
    value = program(formula)(cells, 0)[0]
    return np.maximum(np.abs(value.lower), np.abs(value.upper)) + 0 * cells.lower


def _is_stored(number: Expr, machine: Format) -> bool:
    """Whether the machine has the number itself."""
    if not number.is_Rational:
        return False
    p, q = abs(int(number.p)), int(number.q)
    return q & (q - 1) == 0 and p * machine.unit < 1 and q < 2**100
