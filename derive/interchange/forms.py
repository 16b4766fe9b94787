"""Which cell a layer of ONNX, Keras or PyTorch is, with its activations, clipping, peepholes and coupled gates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Eq, Expr, Max, Min, Rational, evaluate, symbols

from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.definition.replacement import Replacement
from derive.statements.affine import linear
from derive.symbolic.activations import parametrised, sigmoid, tanh

#: Of each kind: which of its activations stands in which equation, as ONNX lists them (f, g, h).
PLACES = {
    "lstm": {"i": 0, "f": 0, "o": 0, "g": 1, "h": 2},
    "gru": {"r": 0, "z": 0, "n": 1},
    "gru_reset_before": {"r": 0, "z": 0, "n": 1},
    "rnn": {"h": 0},
}
USUAL = {
    "lstm": ("sigmoid", "tanh", "tanh"),
    "gru": ("sigmoid", "tanh"),
    "gru_reset_before": ("sigmoid", "tanh"),
    "rnn": ("tanh",),
}


@dataclass(frozen=True)
class Function:
    """An activation: how it is called, and the function of expressions, where the name does not say it."""

    name: str
    formula: Callable[[Any], Any] | None = None

    def __call__(self, z: Any) -> Any:
        return (self.formula or parametrised(self.name))(z)


def cell_of(
    kind: str,
    activations: Sequence[Function],
    *,
    clip: Rational | None = None,
    peepholes: bool = False,
    coupled: bool = False,
) -> Cell:
    """The cell of a kind ("lstm", "gru", "gru_reset_before", "rnn") with its activations, in ONNX's order.

    clip: the pre-activations of gates and new states lie within ±clip. peepholes, coupled: of an LSTM, whether the
    gates see the cell state, and whether the forget gate is 1 - i.
    """
    base = _base(kind, peepholes, coupled)
    usual, chosen = USUAL[kind], [f.name for f in activations]
    if kind == "rnn" and chosen == ["relu"] and clip is None:
        return catalogue["relu_rnn"]
    replacements: dict[str, Replacement] = {}
    for line, place in PLACES[kind].items():
        bounded = clip is not None and (kind, line) != ("lstm", "h")  # the output's activation reads the state as it is
        if line in base and (bounded or chosen[place] != usual[place]):
            replacements[line] = _clipped(activations[place], clip if bounded else None)
    if not replacements:
        return base
    words = [*(chosen if chosen != list(usual) else []), *(["clipped"] if clip is not None else [])]
    suffix = re.sub(r"[\W_]+", "_", "_".join(words)).strip("_").lower()
    title = f"{base.title} with {', '.join(chosen)}" + (f", clipped to ±{clip}" if clip is not None else "")
    return base.with_activations(
        name=f"{base.name}_{suffix}",
        title=title,
        class_name=base.class_name + "".join(w.capitalize() for w in suffix.split("_")),
        **replacements,
    )


def _base(kind: str, peepholes: bool, coupled: bool) -> Cell:
    if kind == "lstm" and coupled:
        return catalogue["cifg_lstm"] if peepholes else _coupled()
    return catalogue["peephole_lstm" if peepholes else kind]


def _coupled() -> Cell:
    """The catalogue's cifg_lstm without its peepholes."""
    x, h, c, i, g, o = symbols("x h c i g o")
    with evaluate(False):
        equations = [
            Eq(i, sigmoid(linear(x) + linear(h))),
            Eq(g, tanh(linear(x) + linear(h))),
            Eq(o, sigmoid(linear(x) + linear(h))),
            Eq(c, (1 - i) * c + i * g),
            Eq(h, o * tanh(c)),
        ]
    made = Cell.from_equations("coupled_lstm", equations, states=("h", "c"), class_name="PlainCoupledLSTM")
    title = "LSTM with coupled input and forget gate, without peepholes"
    return replace(made, title=title, source=catalogue["cifg_lstm"].source, year=catalogue["cifg_lstm"].year)


def _clipped(function: Function, bound: Rational | None) -> Callable[[Expr], Expr]:
    if bound is None:
        return function
    return lambda z: function(Max(-bound, Min(bound, z)))
