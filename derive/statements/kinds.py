"""The machine's form of a cell: three kinds of single-assignment statement, and the parameters they use."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol


@dataclass(frozen=True)
class Parameter:
    """A named parameter of a cell and the stacked PyTorch tensor that holds it.

    kind: "matrix" (rows × cols), "vector" (rows), "scalar" (one learned number) or "constant" (fixed at construction).
    rows, cols: sizes by name ("hidden_size", "input_size", "proj_size"); empty where there is none.
    tensor: the PyTorch parameter (``weight_ih``); block: which block of ``rows`` rows this one is in it, from 0.
    form: "full" or "antisymmetric" (the matrix that multiplies is V - V^T of the stored V).
    default: the value of a constant.
    """

    symbol: Symbol
    kind: str
    rows: str = ""
    cols: str = ""
    tensor: str = ""
    block: int = 0
    form: str = "full"
    default: Expr | None = None

    @property
    def name(self) -> str:
        return str(self.symbol.name)


@dataclass(frozen=True)
class AffineTerm:
    """weight · operand + bias: one summand of an affine map. weight is a matrix, bias a vector or None."""

    weight: Symbol
    operand: Symbol
    bias: Symbol | None


@dataclass(frozen=True)
class Affine:
    """target = Σ (weight · operand) + biases: where units mix through weights."""

    target: Symbol
    terms: tuple[AffineTerm, ...]
    size: str = "hidden_size"

    @property
    def uses(self) -> tuple[Symbol, ...]:
        """The quantities this statement reads, parameters left out."""
        return tuple(dict.fromkeys(t.operand for t in self.terms))


@dataclass(frozen=True)
class Elementwise:
    """target = expr, a formula of named quantities of the same unit."""

    target: Symbol
    expr: Expr
    size: str = "hidden_size"


@dataclass(frozen=True)
class Mean:
    """target = the mean over the units of the operands, jointly; one number for all units."""

    target: Symbol
    operands: tuple[Symbol, ...]
    size: str = "1"

    @property
    def uses(self) -> tuple[Symbol, ...]:
        return self.operands


Statement = Affine | Elementwise | Mean
