# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Real-gated linear recurrent unit.

De et al. (2024), Griffin: Mixing Gated Linear Recurrences with Local Attention, arXiv:2402.19427

The paper gates x itself, which needs x as wide as h; a matrix stands before it here. nu is the paper's Λ.

One time step:

    rₜ = σ(W_ir xₜ + b_ir)
    iₜ = σ(W_ii xₜ + b_ii)
    kₜ = −c softplus(ν) ⊙ rₜ
    hₜ = exp(kₜ) ⊙ hₜ₋₁ + sqrt(1 − exp(2 kₜ)) ⊙ iₜ ⊙ (W_ih xₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_ii, W_ih
    bias_ih: Tensor | None  # (2*hidden_size,): b_ir, b_ii
    nu: Tensor  # (hidden_size,)


class RGLRUEquations:
    """The equations of the RGLRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    options = {"c": 8.0}

    c: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "bias_ih": (2 * hidden_size,),
            "nu": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_r, a_i = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias_ih).chunk(2, -1)
        r = torch.sigmoid(a_r)
        i = torch.sigmoid(a_i)
        k = -self.c * F.softplus(p.nu) * r
        exp_k = torch.exp(k)
        exp_h = torch.exp(2 * k)
        a_h = F.linear(x, p.weight_ih[2 * self.hidden_size :])
        return i, exp_k, exp_h, a_h

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        i, exp_k, exp_h, a_h = a

        # New state
        h = exp_k * h_prev + torch.sqrt(1 - exp_h) * i * a_h
        return (h,)


class RGLRU(RGLRUEquations, RecurrentLayer):
    """Real-gated linear recurrent unit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        c: the constant c; 8.0 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RGLRUCell(RGLRUEquations, RecurrentCell):
    """Real-gated linear recurrent unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, c, device, dtype; as in ``RGLRU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = RGLRU, RGLRUCell
