# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Elman network.

Elman (1990); form of torch.nn.RNN

One time step:

    hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_ih
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hh
    bias_ih: Tensor | None  # (hidden_size,): b_ih
    bias_hh: Tensor | None  # (hidden_size,): b_hh


class RNNEquations:
    """The equations of the RNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    options = {"nonlinearity": ("tanh", "relu")}

    nonlinearity: str

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias_hh": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def activation(self, x: Tensor) -> Tensor:
        """The activation that ``nonlinearity`` chooses."""
        return torch.tanh(x) if self.nonlinearity == "tanh" else torch.relu(x)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x = F.linear(x, p.weight_ih, bias)
        return (a_x,)

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_h = a_x + F.linear(h_prev, p.weight_hh)

        # New state
        h = self.activation(a_h)
        return (h,)


class RNN(RNNEquations, RecurrentLayer):
    """Elman network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.RNN``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        nonlinearity: the activation: "tanh" or "relu"; the first by default
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


class RNNCell(RNNEquations, RecurrentCell):
    """Elman network, one time step.

    The arguments, calls and errors are those of ``torch.nn.RNNCell``.

    Arguments: input_size, hidden_size, bias, nonlinearity, device, dtype; as in ``RNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = RNN, RNNCell
