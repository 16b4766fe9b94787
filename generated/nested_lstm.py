# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Nested LSTM.

Moniz and Krueger (2017), Nested LSTMs, ACML

The outer cell state is the hidden state of an inner LSTM, whose input is i * g and whose hidden state is f * c.  s is
the inner cell state; j, k, l and q are the inner input gate, forget gate, candidate and output gate.

One time step:

    iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
    fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
    uₜ = iₜ ⊙ gₜ
    vₜ = fₜ ⊙ cₜ₋₁
    jₜ = σ(W_uj uₜ + W_vj vₜ + b_j)
    kₜ = σ(W_uk uₜ + W_vk vₜ + b_k)
    lₜ = tanh(W_ul uₜ + W_vl vₜ + b_l)
    qₜ = σ(W_uq uₜ + W_vq vₜ + b_q)
    sₜ = kₜ ⊙ sₜ₋₁ + jₜ ⊙ lₜ
    cₜ = qₜ ⊙ tanh(sₜ)
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias: Tensor | None  # (8*hidden_size,): b_i, b_f, b_g, b_o, b_j, b_k, b_l, b_q
    weight_uh: Tensor  # (4*hidden_size, hidden_size): W_uj, W_uk, W_ul, W_uq
    weight_vh: Tensor  # (4*hidden_size, hidden_size): W_vj, W_vk, W_vl, W_vq


class NestedLSTMEquations:
    """The equations of the NestedLSTM, for every layer, direction and time step alike."""

    states = ("h", "c", "s")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (8 * hidden_size,),
            "weight_uh": (4 * hidden_size, hidden_size),
            "weight_vh": (4 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev, s_prev = states
        (a_x,) = a

        # Affine maps
        b_i, b_f, b_g, b_o, b_j, b_k, b_l, b_q = (0, 0, 0, 0, 0, 0, 0, 0) if p.bias is None else p.bias.chunk(8, -1)
        a_ii, a_if, a_ig, a_io = a_x.chunk(4, -1)
        a_hi, a_hf, a_hg, a_ho = F.linear(h_prev, p.weight_hh).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_ii + a_hi + b_i)
        f = torch.sigmoid(a_if + a_hf + b_f)
        g = torch.tanh(a_ig + a_hg + b_g)
        o = torch.sigmoid(a_io + a_ho + b_o)
        u = i * g
        v = f * c_prev

        # Affine maps
        a_uj, a_uk, a_ul, a_uq = F.linear(u, p.weight_uh).chunk(4, -1)
        a_vj, a_vk, a_vl, a_vq = F.linear(v, p.weight_vh).chunk(4, -1)

        # Gates
        j = torch.sigmoid(a_uj + a_vj + b_j)
        k = torch.sigmoid(a_uk + a_vk + b_k)
        l_ = torch.tanh(a_ul + a_vl + b_l)
        q = torch.sigmoid(a_uq + a_vq + b_q)

        # New state
        s = k * s_prev + j * l_
        c = q * torch.tanh(s)
        h = o * torch.tanh(c)
        return h, c, s


class NestedLSTM(NestedLSTMEquations, RecurrentLayer):
    """Nested LSTM over whole sequences.

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


class NestedLSTMCell(NestedLSTMEquations, RecurrentCell):
    """Nested LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``NestedLSTM``

    Call: ``(h, c, s) = cell(input, (h, c, s))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        s: (B, H) or (H,); zero by default
    """


Layer, Cell = NestedLSTM, NestedLSTMCell
