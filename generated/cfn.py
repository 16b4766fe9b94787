# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Chaos-free network.

Laurent and von Brecht (2017), A Recurrent Neural Network without Chaos, ICLR

The paper's candidate has no bias.

One time step:

    tₜ = σ(W_it xₜ + W_ht hₜ₋₁ + b_t)
    iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
    hₜ = tₜ ⊙ tanh(hₜ₋₁) + iₜ ⊙ tanh(W_ih xₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_it, W_ii, W_ih
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_ht, W_hi
    bias: Tensor | None  # (2*hidden_size,): b_t, b_i


class CFNEquations:
    """The equations of the CFN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_it, a_ii, a_h = F.linear(x, p.weight_ih).chunk(3, -1)
        tanh_a_h = torch.tanh(a_h)
        return a_it, a_ii, tanh_a_h

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        a_it, a_ii, tanh_a_h = a

        # Affine maps
        a_ht, a_hi = F.linear(h_prev, p.weight_hh, p.bias).chunk(2, -1)

        # Gates
        t = torch.sigmoid(a_it + a_ht)
        i = torch.sigmoid(a_ii + a_hi)

        # New state
        h = t * torch.tanh(h_prev) + i * tanh_a_h
        return (h,)


class CFN(CFNEquations, RecurrentLayer):
    """Chaos-free network over whole sequences.

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


class CFNCell(CFNEquations, RecurrentCell):
    """Chaos-free network, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``CFN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = CFN, CFNCell
