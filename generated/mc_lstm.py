# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Memory-controller LSTM.

The MCLSTM of torchrecurrent, after a paper of the NIPS 2017 workshop on sequence modelling

The gates see the control vector v instead of the output h; torchrecurrent's two biases are one here.

One time step:

    fₜ = σ(W_if xₜ + W_vf vₜ₋₁ + b_f)
    iₜ = σ(W_ii xₜ + W_vi vₜ₋₁ + b_i)
    oₜ = σ(W_io xₜ + W_vo vₜ₋₁ + b_o)
    mₜ = σ(W_im xₜ + W_vm vₜ₋₁ + b_m)
    nₜ = tanh(W_in xₜ + W_vn vₜ₋₁ + b_n)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ nₜ
    hₜ = oₜ ⊙ tanh(cₜ)
    vₜ = mₜ ⊙ tanh(cₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (5*hidden_size, input_size): W_if, W_ii, W_io, W_im, W_in
    bias: Tensor | None  # (5*hidden_size,): b_f, b_i, b_o, b_m, b_n
    weight_vh: Tensor  # (5*hidden_size, hidden_size): W_vf, W_vi, W_vo, W_vm, W_vn


class MCLSTMEquations:
    """The equations of the MCLSTM, for every layer, direction and time step alike."""

    states = ("h", "v", "c")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (5 * hidden_size, input_size),
            "bias": (5 * hidden_size,),
            "weight_vh": (5 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        _, v_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        a_f, a_i, a_o, a_m, a_n = (a_x + F.linear(v_prev, p.weight_vh)).chunk(5, -1)

        # Gates
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        m = torch.sigmoid(a_m)
        n = torch.tanh(a_n)

        # New state
        c = f * c_prev + i * n

        # Gates
        tanh_c = torch.tanh(c)

        # New state
        h = o * tanh_c
        v = m * tanh_c
        return h, v, c


class MCLSTM(MCLSTMEquations, RecurrentLayer):
    """Memory-controller LSTM over whole sequences.

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

    Call: ``output, (h, v, c) = layer(input, (h, v, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        v: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MCLSTMCell(MCLSTMEquations, RecurrentCell):
    """Memory-controller LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MCLSTM``

    Call: ``(h, v, c) = cell(input, (h, v, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        v: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = MCLSTM, MCLSTMCell
