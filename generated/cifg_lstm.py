# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with coupled input and forget gate (CIFG).

Greff, Srivastava, Koutník, Steunebrink and Schmidhuber (2017), LSTM: A Search Space Odyssey, IEEE TNNLS

f = 1 - i, as ONNX's input_forget; TensorFlow's CoupledInputForgetGateLSTMCell has i = 1 - f instead.

One time step:

    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + p_i ⊙ cₜ₋₁)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    cₜ = (1 − iₜ) ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + p_o ⊙ cₜ)
    hₜ = oₜ ⊙ tanh(cₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ii, W_ig, W_io
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hi, W_hg, W_ho
    bias_ih: Tensor | None  # (3*hidden_size,): b_ii, b_ig, b_io
    bias_hh: Tensor | None  # (3*hidden_size,): b_hi, b_hg, b_ho
    p_i: Tensor  # (hidden_size,)
    p_o: Tensor  # (hidden_size,)


class CoupledLSTMEquations:
    """The equations of the CoupledLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias_ih": (3 * hidden_size,),
            "bias_hh": (3 * hidden_size,),
            "p_i": (hidden_size,),
            "p_o": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x = F.linear(x, p.weight_ih, bias)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        a_i, a_g, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(3, -1)

        # Gates
        i = torch.sigmoid(a_i + p.p_i * c_prev)
        g = torch.tanh(a_g)

        # New state
        c = (1 - i) * c_prev + i * g

        # Gates
        o = torch.sigmoid(a_o + p.p_o * c)

        # New state
        h = o * torch.tanh(c)
        return h, c


class CoupledLSTM(CoupledLSTMEquations, RecurrentLayer):
    """LSTM with coupled input and forget gate (CIFG) over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters

    Call: ``output, (h, c) = layer(input, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class CoupledLSTMCell(CoupledLSTMEquations, RecurrentCell):
    """LSTM with coupled input and forget gate (CIFG), one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``CoupledLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = CoupledLSTM, CoupledLSTMCell
