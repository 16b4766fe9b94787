# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Delta-RNN.

Ororbia, Mikolov and Reitter (2017), Neural Computation 29(12), arXiv:1703.08864

The gate shares the input's matrix. Both nonlinearities are tanh here; the paper leaves the outer one open.

One time step:

    uₜ = W_iu xₜ
    vₜ = W_hv hₜ₋₁
    zₜ = tanh(α ⊙ vₜ ⊙ uₜ + β_1 ⊙ vₜ + β_2 ⊙ uₜ + b)
    rₜ = σ(uₜ + b_r)
    hₜ = tanh((1 − rₜ) ⊙ zₜ + rₜ ⊙ hₜ₋₁)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iu
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hv
    alpha: Tensor  # (hidden_size,)
    beta_1: Tensor  # (hidden_size,)
    beta_2: Tensor  # (hidden_size,)
    b: Tensor  # (hidden_size,)
    b_r: Tensor  # (hidden_size,)


class DeltaRNNEquations:
    """The equations of the DeltaRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "alpha": (hidden_size,),
            "beta_1": (hidden_size,),
            "beta_2": (hidden_size,),
            "b": (hidden_size,),
            "b_r": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        u = F.linear(x, p.weight_ih)
        r = torch.sigmoid(u + p.b_r)
        return u, r

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        u, r = a

        # Affine maps
        v = F.linear(h_prev, p.weight_hh)

        # Gates
        z = torch.tanh(p.alpha * v * u + p.beta_1 * v + p.beta_2 * u + p.b)

        # New state
        h = torch.tanh((1 - r) * z + r * h_prev)
        return (h,)


class DeltaRNN(DeltaRNNEquations, RecurrentLayer):
    """Delta-RNN over whole sequences.

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


class DeltaRNNCell(DeltaRNNEquations, RecurrentCell):
    """Delta-RNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``DeltaRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = DeltaRNN, DeltaRNNCell
