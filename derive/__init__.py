"""derive: a recurrent cell's equations are written once, in SymPy; everything else is derived from them.

>>> import derive
>>> derive.lstm["c"]
cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
"""

import importlib
from typing import TYPE_CHECKING, Any

from derive.approximation.approximate import approximate
from derive.approximation.minimax import chebyshev, minimax
from derive.approximation.reach import largest_interval
from derive.approximation.series import pade, taylor
from derive.approximation.tables import table
from derive.backends.torch.build import build
from derive.backends.torch.stack import Stack
from derive.cells import catalogue
from derive.comparison.compare import compare
from derive.definition.cell import Cell
from derive.definition.define import cell
from derive.definition.inputs import bernoulli, constant, fixed, input, per_sequence, scalar, vector
from derive.errors import DefinitionError, DeriveError, RunError, UnsupportedExpression
from derive.intake.latex.read import from_latex
from derive.intake.module import from_torch
from derive.run import run_file
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.statements.affine import linear
from derive.statements.cumulative import cumsum
from derive.statements.largest import largest
from derive.statements.matrix_products import diag, dot, matmul, outer, transpose
from derive.statements.mean import mean
from derive.statements.shares import softmax
from derive.surface import bind_methods
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS, elu, gelu, scaled_tanh, sigmoid, silu, softplus, softsign, tanh
from derive.symbolic.complexes import Complex, polar
from derive.symbolic.fixed import column, columns, drawn, row, rows, zero_order_hold
from derive.symbolic.initial import chrono, counted, eye, log_uniform, normal, orthogonal, spaced, uniform
from derive.symbolic.piecewise_linear import (
    affine,
    hard_sigmoid,
    hard_sigmoid_onnx,
    hardtanh,
    identity,
    leaky_relu,
    relu,
    thresholded_relu,
)
from derive.symbolic.spiking import spike
from derive.synthesis.bound import error_over_time
from derive.synthesis.synthesise import synthesise
from derive.verification.verify import verify

bind_methods()

if TYPE_CHECKING:
    lstm: Cell
    gru: Cell
    rnn: Cell


def __getattr__(name: str) -> Any:
    """The cells that have a name of their own here, and what is imported when it is first asked for. Raises
    DefinitionError for what people look for beside ``vector`` and ``scalar``."""
    if name in ("lstm", "gru", "rnn"):
        return catalogue[name]
    if name == "convert":  # which needs NumPy
        return importlib.import_module("derive.convert")
    if name == "matrix":
        raise DefinitionError("there is no annotation matrix: a matrix is part of linear(...); for W x write linear(x)")
    raise AttributeError(f"module 'derive' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Cell",
    "Complex",
    "DefinitionError",
    "DeriveError",
    "Run",
    "RunError",
    "Stack",
    "UnsupportedExpression",
    "affine",
    "approximate",
    "bernoulli",
    "build",
    "catalogue",
    "cell",
    "chebyshev",
    "chrono",
    "column",
    "columns",
    "compare",
    "constant",
    "counted",
    "cumsum",
    "diag",
    "dot",
    "drawn",
    "elu",
    "error_over_time",
    "eye",
    "fixed",
    "from_latex",
    "from_torch",
    "gelu",
    "gru",
    "hard_sigmoid",
    "hard_sigmoid_onnx",
    "hardtanh",
    "identity",
    "input",
    "largest",
    "largest_interval",
    "leaky_relu",
    "linear",
    "load_run",
    "log_uniform",
    "lstm",
    "matmul",
    "mean",
    "minimax",
    "normal",
    "orthogonal",
    "outer",
    "pade",
    "per_sequence",
    "polar",
    "relu",
    "rnn",
    "row",
    "rows",
    "run_file",
    "scalar",
    "scaled_tanh",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "spaced",
    "spike",
    "synthesise",
    "table",
    "tanh",
    "taylor",
    "thresholded_relu",
    "transpose",
    "uniform",
    "vector",
    "verify",
    "zero_order_hold",
]
