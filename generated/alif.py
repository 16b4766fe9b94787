# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Adaptive leaky integrate-and-fire neurons.

Bellec, Salaj, Subramoney, Legenstein and Maass (2018), Long short-term memory and learning-to-learn in networks of
spiking neurons, NeurIPS

As lif, with a threshold that rises with each spike and falls back in the time tau_b.

One time step:

     α = exp(−1/τ)
     ρ = exp(−1/τ_b)
    bₜ = ρ bₜ₋₁ + (1 − ρ) zₜ₋₁
    Aₜ = θ + β bₜ
    vₜ = α vₜ₋₁ + (1 − α) (W_iv xₜ + W_hv zₜ₋₁) − Aₜ ⊙ zₜ₋₁
    zₜ = Θ((vₜ − Aₜ)/θ)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_spike(x: Tensor, gamma: float) -> Tensor:
    return torch.where(x > 0, torch.full_like(x, 1), 0)


def slope_of_spike(x: Tensor, y: Tensor, gamma: float) -> Tensor | float:
    """What stands for the derivative of ``value_of_spike``, y being the value."""
    return gamma * torch.clamp(1 - torch.abs(x), min=0)


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iv
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hv


class ALIFEquations:
    """The equations of the ALIF, for every layer, direction and time step alike."""

    states = ("z", "v", "b")
    Parameters = Parameters
    saved = ("z_prev", "A", "v")
    summed = ("x", "z_prev")
    sequential = "the equation of vₜ mixes the units of zₜ₋₁"
    c_files = {"": "alif.c"}
    options = {"tau": 20.0, "tau_b": 200.0, "beta": 1.6, "theta": 0.5}

    tau: float
    tau_b: float
    beta: float
    theta: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        z_prev, v_prev, b_prev = states
        (a_x,) = a

        # New state
        b = math.exp(-1 / self.tau_b) * b_prev + (-math.expm1(-1 / self.tau_b)) * z_prev

        # Gates
        A = self.theta + self.beta * b

        # Affine maps
        a_v = a_x + F.linear(z_prev, p.weight_hh)

        # New state
        v = math.exp(-1 / self.tau) * v_prev + (-math.expm1(-1 / self.tau)) * a_v - A * z_prev
        z = with_slope(value_of_spike, slope_of_spike, (v - A) / self.theta, 0.3)
        return (z, v, b), (A,)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        z, v, b, A = kept
        alpha = math.exp(-1 / self.tau)
        rho = math.exp(-1 / self.tau_b)
        return {"alpha": x.new_full((1,), alpha), "rho": x.new_full((1,), rho), "b": b, "A": A, "v": v, "z": z}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        z_prev, A, v = saved
        a_z = (v - A) / self.theta
        dz_da_z = 0.3 * torch.clamp(1 - torch.abs(a_z), min=0)
        dv_dA = -z_prev
        dv_dz_prev = -A
        return dz_da_z, dv_dA, dv_dz_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_z, d_v_next, d_b_next = d_states
        dz_da_z, dv_dA, dv_dz_prev = local
        d_a_z = d_z * dz_da_z
        d_v = d_v_next + d_a_z / self.theta
        d_a_v = -d_v * math.expm1(-1 / self.tau)
        d_A = d_v * dv_dA - d_a_z / self.theta
        d_b = d_b_next + d_A * self.beta
        d_z_prev = d_v * dv_dz_prev - d_b * math.expm1(-1 / self.tau_b) + d_a_v @ p.weight_hh
        d_v_prev = d_v * math.exp(-1 / self.tau)
        d_b_prev = d_b * math.exp(-1 / self.tau_b)
        return (d_z_prev, d_v_prev, d_b_prev), (d_a_v,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a_v,) = kept
        x, z_prev = summed
        d_x = d_a_v @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_v, x),
            weight_hh=outer(d_a_v, z_prev),
        )


class ALIF(ALIFEquations, RecurrentLayer):
    """Adaptive leaky integrate-and-fire neurons over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        tau: the constant tau; 20.0 by default
        tau_b: the constant tau_b; 200.0 by default
        beta: the constant beta; 1.6 by default
        theta: the constant theta; 0.5 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``z_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (z, v, b) = layer(input, (z, v, b))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        z: (D * num_layers, B, H), without B for unbatched input; zero by default
        v: (D * num_layers, B, H), without B for unbatched input; zero by default
        b: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class ALIFCell(ALIFEquations, RecurrentCell):
    """Adaptive leaky integrate-and-fire neurons, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, tau, tau_b, beta, theta, device, dtype; as in ``ALIF``

    Call: ``(z, v, b) = cell(input, (z, v, b))``
        input: (B, I) or (I,)
        z: (B, H) or (H,); zero by default
        v: (B, H) or (H,); zero by default
        b: (B, H) or (H,); zero by default
    """


Layer, Cell = ALIF, ALIFCell
