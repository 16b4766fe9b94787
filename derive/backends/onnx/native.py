"""Cells that ONNX has nodes for: LSTM, GRU and RNN, with activations, peepholes and coupled gates.

A cell is one where its equations are those of a cell of the catalogue under the same names, but for activations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from sympy import Basic

from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.symbolic.activation import Activation
from derive.symbolic.piecewise_linear import identity

Array = Any  # of NumPy

#: ONNX's activations by ours; without its Softplus, which overflows from 89 on in nodes of ONNX Runtime.
NAMES = {
    "affine": "Affine", "elu": "Elu", "hard_sigmoid_onnx": "HardSigmoid", "leaky_relu": "LeakyRelu", "relu": "Relu",
    "scaled_tanh": "ScaledTanh", "sigmoid": "Sigmoid", "softsign": "Softsign", "tanh": "Tanh",
    "thresholded_relu": "ThresholdedRelu",
}  # fmt: skip
#: Of each operator: which of its activations stands in which equation, as ONNX lists them (f, g, h).
PLACES = {"LSTM": {"i": 0, "f": 0, "o": 0, "g": 1, "h": 2}, "GRU": {"r": 0, "z": 0, "n": 1}, "RNN": {"h": 0}}
#: The cells that are an operator, the equations of the blocks in its order, and what it says of itself.
_FORMS: dict[str, tuple[str, str, dict[str, int]]] = {
    "lstm": ("LSTM", "iofg", {}),
    "peephole_lstm": ("LSTM", "iofg", {}),
    "cifg_lstm": ("LSTM", "iofg", {"input_forget": 1}),
    "gru": ("GRU", "zrn", {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", "zrn", {"linear_before_reset": 0}),
    "rnn": ("RNN", "h", {}),
}


class Form(NamedTuple):
    """A node's operator, the equations whose blocks it stacks, in its order, and its attributes. cell: the catalogue's,
    which knows in which order ours are stacked."""

    op: str
    order: str
    attributes: dict[str, Any]
    cell: Cell

    def tensors(self, weights: Mapping[str, Array], suffixes: list[str]) -> dict[str, Array]:
        """The node's W, R, B and P of the directions that end in these suffixes."""
        found = {
            "W": np.stack([self._stacked(weights[f"weight_ih{s}"]) for s in suffixes]),
            "R": np.stack([self._stacked(weights[f"weight_hh{s}"]) for s in suffixes]),
        }
        if f"bias_ih{suffixes[0]}" in weights:
            both = [[self._stacked(weights[f"bias_{k}{s}"]) for k in ("ih", "hh")] for s in suffixes]
            found["B"] = np.stack([np.concatenate(pair) for pair in both])
        if f"p_i{suffixes[0]}" in weights:
            zero = np.zeros_like(weights[f"p_i{suffixes[0]}"])
            found["P"] = np.stack([np.concatenate([weights.get(f"p_{g}{s}", zero) for g in "iof"]) for s in suffixes])
        return found

    def _stacked(self, tensor: Array) -> Array:
        """The blocks in ONNX's order; zeros for a gate that the cell computes from another one."""
        gates = [line for line in self.cell if line in self.order]
        blocks = dict(zip(gates, np.split(tensor, len(gates)), strict=True))
        return np.concatenate([blocks.get(g, np.zeros_like(blocks[gates[0]])) for g in self.order])


def form(cell: Cell) -> Form | None:
    """How ONNX says a cell, or None where it has no node for it."""
    cell = cell.with_initial(**{p.name: None for p in cell.parameters if p.initial is not None})  # no matter of a file
    for name, (op, order, attributes) in _FORMS.items():
        found = _activations(catalogue[name], cell, PLACES[op])
        if found is not None:
            return Form(op, order, attributes | found, catalogue[name])
    return None


def _activations(ours: Cell, cell: Cell, places: Mapping[str, int]) -> dict[str, Any] | None:
    """The attributes of the activations of a cell that is ours but for them; None where it is another cell."""
    if (cell.states, cell.input, list(cell)) != (ours.states, ours.input, list(ours)) or cell.declared != ours.declared:
        return None
    chosen: dict[int, tuple[str, tuple[float, ...]]] = {}
    for template, line in zip(ours.lines, cell.lines, strict=True):
        found = list(_pairs(template.expr, line.expr))
        if None in found:
            return None
        for activation in found:
            place = places.get(template.target.name, -1)
            if activation is None or place < 0 or chosen.setdefault(place, activation) != activation:
                return None
    listed = [chosen[k] for k in sorted(chosen)]
    parameters = {
        f"activation_{key}": [p[k] for _, p in listed if len(p) > k] for k, key in enumerate(("alpha", "beta"))
    }
    return {"activations": [name for name, _ in listed], **{k: values for k, values in parameters.items() if values}}


def _pairs(template: Basic, expr: Basic) -> Iterator[tuple[str, tuple[float, ...]] | None]:
    """What stands in the place of each activation of a formula; None where the formulas differ otherwise."""
    if isinstance(template, Activation):
        inner = template.args[0]
        if isinstance(expr, Activation):
            name = NAMES.get(type(expr).__name__)
            numbers = all(p.is_number for p in expr.args[1:])
            same = expr.args[0] == inner and name is not None and numbers
            yield (str(name), tuple(float(p) for p in expr.args[1:])) if same else None
        else:
            yield ("Affine", (1.0, 0.0)) if expr == identity(inner) else None
    elif not template.atoms(Activation):
        yield from () if template == expr else (None,)
    elif type(template) is not type(expr) or len(template.args) != len(expr.args):
        yield None
    else:
        for a, b in zip(template.args, expr.args, strict=True):
            yield from _pairs(a, b)
