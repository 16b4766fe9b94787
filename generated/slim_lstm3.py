# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Slim LSTM 3: gates of the bias alone.

Lu and Salem (2017), Simplified Gating in LSTM Recurrent Neural Networks, MWSCAS

One time step:

    iₜ = σ(b_i)
    fₜ = σ(b_f)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    oₜ = σ(b_o)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
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

    weight_ih: Tensor  # (hidden_size, input_size): W_ig
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hg
    bias: Tensor | None  # (hidden_size,): b_g
    b_i: Tensor  # (hidden_size,)
    b_f: Tensor  # (hidden_size,)
    b_o: Tensor  # (hidden_size,)


class SlimLSTM3Equations:
    """The equations of the SlimLSTM3, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "b_i": (hidden_size,),
            "b_f": (hidden_size,),
            "b_o": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        i = torch.sigmoid(p.b_i)
        f = torch.sigmoid(p.b_f)
        a_x = F.linear(x, p.weight_ih, p.bias)
        o = torch.sigmoid(p.b_o)
        i = i.expand(*x.shape[:-1], -1)
        f = f.expand(*x.shape[:-1], -1)
        o = o.expand(*x.shape[:-1], -1)
        return i, f, a_x, o

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        h_prev, c_prev = states
        i, f, a_x, o = a

        # Affine maps
        a_g = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        g = torch.tanh(a_g)

        # New state
        c = f * c_prev + i * g
        h = o * torch.tanh(c)
        return h, c


class SlimLSTM3(SlimLSTM3Equations, RecurrentLayer):
    """Slim LSTM 3: gates of the bias alone over whole sequences.

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


class SlimLSTM3Cell(SlimLSTM3Equations, RecurrentCell):
    """Slim LSTM 3: gates of the bias alone, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SlimLSTM3``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = SlimLSTM3, SlimLSTM3Cell
