# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM over a gated impulse linear recurrent layer.

Martin and Cundy (2018), Parallelizing Linear Recurrent Neural Nets over Sequence Length, ICLR

s, the state of gilr, takes the place of h in every gate.

One time step:

    kₜ = σ(W_ik xₜ + b_ik)
    uₜ = tanh(W_iu xₜ + b_iu)
    fₜ = σ(W_if xₜ + W_sf sₜ₋₁ + b_f)
    iₜ = σ(W_ii xₜ + W_si sₜ₋₁ + b_i)
    oₜ = σ(W_io xₜ + W_so sₜ₋₁ + b_o)
    zₜ = tanh(W_iz xₜ + W_sz sₜ₋₁ + b_z)
    sₜ = kₜ ⊙ sₜ₋₁ + (1 − kₜ) ⊙ uₜ
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ zₜ
    hₜ = oₜ ⊙ cₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (6*hidden_size, input_size): W_ik, W_iu, W_if, W_ii, W_io, W_iz
    bias_ih: Tensor | None  # (2*hidden_size,): b_ik, b_iu
    bias: Tensor | None  # (4*hidden_size,): b_f, b_i, b_o, b_z
    weight_sh: Tensor  # (4*hidden_size, hidden_size): W_sf, W_si, W_so, W_sz


class GILRLSTMEquations:
    """The equations of the GILRLSTM, for every layer, direction and time step alike."""

    states = ("h", "c", "s")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (6 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "bias": (4 * hidden_size,),
            "weight_sh": (4 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_k, a_u = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih).chunk(2, -1)
        k = torch.sigmoid(a_k)
        u = torch.tanh(a_u)
        a_x = F.linear(x, p.weight_ih[2 * self.hidden_size :], p.bias)
        return k, u, a_x

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        _, c_prev, s_prev = states
        k, u, a_x = a

        # Affine maps
        a_f, a_i, a_o, a_z = (a_x + F.linear(s_prev, p.weight_sh)).chunk(4, -1)

        # Gates
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        z = torch.tanh(a_z)

        # New state
        s = k * s_prev + (1 - k) * u
        c = f * c_prev + i * z
        h = o * c
        return h, c, s


class GILRLSTM(GILRLSTMEquations, RecurrentLayer):
    """LSTM over a gated impulse linear recurrent layer over whole sequences.

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

    Call: ``output, (h, c, s) = layer(input, (h, c, s))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default
        s: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GILRLSTMCell(GILRLSTMEquations, RecurrentCell):
    """LSTM over a gated impulse linear recurrent layer, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``GILRLSTM``

    Call: ``(h, c, s) = cell(input, (h, c, s))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        s: (B, H) or (H,); zero by default
    """


Layer, Cell = GILRLSTM, GILRLSTMCell
