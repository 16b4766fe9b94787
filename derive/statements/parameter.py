"""A named parameter of a cell."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.notation.quantity import Role


@dataclass(frozen=True)
class Parameter:
    """A named parameter of a cell and the stacked PyTorch tensor that holds it.

    kind: "matrix" (rows × cols), "vector" (rows), "scalar" (one learned number) or "constant" (fixed at construction).
    rows, cols: sizes by name ("hidden_size", "input_size", "proj_size"); empty where there is none.
    tensor: the PyTorch parameter (``weight_ih``); block: which block of ``rows`` rows this one is in it, from 0.
    form: "full" or "antisymmetric" (the matrix that multiplies is V - V^T of the stored V).
    default: the value of a constant. role: whether it is a weight or a bias of an affine map, or a declared one.
    """

    symbol: Symbol
    kind: str
    rows: str = ""
    cols: str = ""
    tensor: str = ""
    block: int = 0
    form: str = "full"
    default: Expr | None = None
    role: Role = Role.PARAMETER

    @property
    def name(self) -> str:
        return str(self.symbol.name)
