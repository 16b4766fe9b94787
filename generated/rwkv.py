# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""RWKV-4 time mixing.

Peng et al. (2023), RWKV: Reinventing RNNs for the Transformer Era, EMNLP Findings

Without the paper's token shift and output matrix. The decay is exp(-exp(w)). a and b are the sums of the average,
divided by exp(p); the result does not depend on p.

One time step:

    rₜ = σ(W_ir xₜ)
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    qₜ = max(pₜ₋₁, u + kₜ)
    hₜ = rₜ ⊙ (exp(pₜ₋₁ − qₜ) ⊙ aₜ₋₁ + exp(u + kₜ − qₜ) ⊙ vₜ)/(exp(pₜ₋₁ − qₜ) ⊙ bₜ₋₁ + exp(u + kₜ − qₜ))
    sₜ = pₜ₋₁ − exp(w)
    pₜ = max(kₜ, sₜ)
    aₜ = exp(sₜ − pₜ) ⊙ aₜ₋₁ + exp(kₜ − pₜ) ⊙ vₜ
    bₜ = exp(sₜ − pₜ) ⊙ bₜ₋₁ + exp(kₜ − pₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_ik, W_iv
    w: Tensor  # (hidden_size,)
    u: Tensor  # (hidden_size,)


class RWKVEquations:
    """The equations of the RWKV, for every layer, direction and time step alike."""

    states = ("h", "a", "b", "p")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "w": (hidden_size,),
            "u": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_r, k, v = F.linear(x, p.weight_ih).chunk(3, -1)
        r = torch.sigmoid(a_r)
        exp_w = torch.exp(p.w)
        exp_w = exp_w.expand(*x.shape[:-1], -1)
        return k, v, r, exp_w

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        _, a_prev, b_prev, p_prev = states
        k, v, r, exp_w = a

        # Gates
        q = torch.maximum(p_prev, p.u + k)
        exp_h = torch.exp(p_prev - q)
        exp_h2 = torch.exp(p.u + k - q)

        # New state
        h = r * (exp_h * a_prev + exp_h2 * v) / (exp_h * b_prev + exp_h2)

        # Gates
        s = p_prev - exp_w

        # New state
        p_ = torch.maximum(k, s)

        # Gates
        exp_a = torch.exp(s - p_)
        exp_a2 = torch.exp(k - p_)

        # New state
        a_ = exp_a * a_prev + exp_a2 * v
        b = exp_a * b_prev + exp_a2
        return h, a_, b, p_


class RWKV(RWKVEquations, RecurrentLayer):
    """RWKV-4 time mixing over whole sequences.

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

    Call: ``output, (h, a, b, p) = layer(input, (h, a, b, p))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        a: (D * num_layers, B, H), without B for unbatched input; zero by default
        b: (D * num_layers, B, H), without B for unbatched input; zero by default
        p: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RWKVCell(RWKVEquations, RecurrentCell):
    """RWKV-4 time mixing, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``RWKV``

    Call: ``(h, a, b, p) = cell(input, (h, a, b, p))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        a: (B, H) or (H,); zero by default
        b: (B, H) or (H,); zero by default
        p: (B, H) or (H,); zero by default
    """


Layer, Cell = RWKV, RWKVCell
