# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Deep simple gated unit.

Gao and Glowacka (2016), Deep Gate Recurrent Neural Network, ACML

As sgu, with one more matrix before the candidate's nonlinearity.

One time step:

     gₜ = (W_ig xₜ + b_ig) ⊙ hₜ₋₁
     nₜ = tanh(W_gn gₜ)
    nhₜ = nₜ ⊙ hₜ₋₁
     h̃ₜ = σ(W_hh_tilde nhₜ)
     zₜ = hardσ(W_iz xₜ + W_hz hₜ₋₁ + b_z)
     hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ h̃ₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (2*hidden_size, input_size): W_ig, W_iz
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hh_tilde, W_hz
    bias_ih: Tensor | None  # (hidden_size,): b_ig
    bias: Tensor | None  # (hidden_size,): b_z
    weight_gh: Tensor  # (hidden_size, hidden_size): W_gn


class DSGUEquations:
    """The equations of the DSGU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias": (hidden_size,),
            "weight_gh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_g = F.linear(x, p.weight_ih[: self.hidden_size], p.bias_ih)
        a_x = F.linear(x, p.weight_ih[self.hidden_size :], p.bias)
        return a_g, a_x

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        a_g, a_x = a

        # Gates
        g = a_g * h_prev

        # Affine maps
        a_n = F.linear(g, p.weight_gh)

        # Gates
        n = torch.tanh(a_n)
        nh = n * h_prev

        # Affine maps
        a_h_tilde = F.linear(nh, p.weight_hh[: self.hidden_size])

        # Gates
        h_tilde = torch.sigmoid(a_h_tilde)

        # Affine maps
        a_z = a_x + F.linear(h_prev, p.weight_hh[self.hidden_size :])

        # Gates
        z = F.hardsigmoid(a_z)

        # New state
        h = (1 - z) * h_prev + z * h_tilde
        return (h,)


class DSGU(DSGUEquations, RecurrentLayer):
    """Deep simple gated unit over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
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


class DSGUCell(DSGUEquations, RecurrentCell):
    """Deep simple gated unit, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``DSGU``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = DSGU, DSGUCell
