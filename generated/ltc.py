# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Liquid time-constant network, one fused step.

Hasani, Lechner, Amini, Rus and Grosu (2021), Liquid Time-constant Networks, AAAI, equation 3 and algorithm 1

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

from .backward import Tensors, outer, total
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
    saved = ("f", "softplus_rho", "h")
    summed = ("x", "h_prev", "f", "softplus_rho", "h")
    sequential = "the equation of fₜ mixes the units of hₜ₋₁"
    c_files = {"": "ltc.c"}
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

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        softplus_rho = F.softplus(p.rho, threshold=40)
        a_x = F.linear(x, p.weight_ih, p.bias)
        softplus_rho = softplus_rho.expand(*x.shape[:-1], -1)
        return softplus_rho, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        softplus_rho, a_x = a

        # Affine maps
        a_f = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        f = torch.sigmoid(a_f)

        # New state
        h = (h_prev + self.dt * f * p.a) / (1 + self.dt * (softplus_rho + f))
        return (h,), (f, softplus_rho)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, f, _ = kept
        return {"f": f, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        f, softplus_rho, h = saved
        dh_da_f = f * (1 - f) * (self.dt * p.a - h * self.dt) / (1 + self.dt * (softplus_rho + f))
        dh_dh_prev = 1 / (1 + self.dt * (softplus_rho + f))
        return dh_da_f, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_f, dh_dh_prev = local
        d_a_f = d_h * dh_da_f
        d_h_prev = d_h * dh_dh_prev + d_a_f @ p.weight_hh
        return (d_h_prev,), (d_h, d_a_f)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_f = kept
        x, h_prev, f, softplus_rho, h = summed
        d_x = d_a_f @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_f, x),
            weight_hh=outer(d_a_f, h_prev),
            bias=total(d_a_f),
            a=total(d_h * self.dt * f / (1 + self.dt * (softplus_rho + f))),
            rho=total(-torch.sigmoid(p.rho) * self.dt * d_h * h / (1 + self.dt * (softplus_rho + f))),
        )


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
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

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
