# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Liquid time-constant network, one fused step.

Hasani, Lechner, Amini, Rus and Grosu (2021), Liquid Time-constant Networks, AAAI

dh/dt = -(1/tau + f) * h + f * a by the paper's fused solver, one of its six sub-steps for each input.  1/tau is
softplus(rho) here, which keeps it positive; f is a sigmoid of one affine map instead of a synapse for each pair of
units.

One time step:

    fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
    hₜ = (hₜ₋₁ + dt fₜ ⊙ a)/(1 + dt (softplus(ρ) + fₜ))
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_if
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hf
    bias: Tensor | None  # (hidden_size,): b_f
    a: Tensor  # (hidden_size,)
    rho: Tensor  # (hidden_size,)


class LTCEquations:
    """The equations of the LTC, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    options = {"dt": 1.0}

    dt: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "a": (hidden_size,),
            "rho": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> tuple[Tensor, ...]:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        softplus_rho = F.softplus(p.rho)
        softplus_rho = softplus_rho.expand(*x.shape[:-1], -1)
        return a_x, softplus_rho

    def step(self, a: tuple[Tensor, ...], states: tuple[Tensor, ...], p: Parameters) -> tuple[Tensor, ...]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features)."""
        (h_prev,) = states
        a_x, softplus_rho = a

        # Affine maps
        a_f = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        f = torch.sigmoid(a_f)

        # New state
        h = (h_prev + self.dt * f * p.a) / (1 + self.dt * (softplus_rho + f))
        return (h,)


class LTC(LTCEquations, RecurrentLayer):
    """Liquid time-constant network, one fused step over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        dt: the constant dt; 1.0 by default
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


class LTCCell(LTCEquations, RecurrentCell):
    """Liquid time-constant network, one fused step, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, dt, device, dtype; as in ``LTC``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = LTC, LTCCell
