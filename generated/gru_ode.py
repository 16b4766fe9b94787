# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU-ODE, one Euler step.

De Brouwer, Simm, Arany and Moreau (2019), GRU-ODE-Bayes, NeurIPS, equation 3

dh/dt = (1 - z) * (n - h); with dt = 1 it is gru_reset_before.

One time step:

     rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
     zₜ = σ(W_iz xₜ + W_hz hₜ₋₁ + b_z)
    rhₜ = rₜ ⊙ hₜ₋₁
     nₜ = tanh(W_in xₜ + W_hn rhₜ + b_n)
     hₜ = hₜ₋₁ + dt (1 − zₜ) ⊙ (nₜ − hₜ₋₁)
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_iz, W_in
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hr, W_hz, W_hn
    bias: Tensor | None  # (3*hidden_size,): b_r, b_z, b_n


class GRUODEEquations:
    """The equations of the GRUODE, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "r", "z", "n")
    summed = ("x", "h_prev", "rh")
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "gru_ode.c"}
    options = {"dt": 0.1}

    dt: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        (a_x,) = a

        # Affine maps
        a_ir, a_iz, a_in = a_x.chunk(3, -1)
        a_hr, a_hz = F.linear(h_prev, p.weight_hh[: 2 * self.hidden_size]).chunk(2, -1)

        # Gates
        r = torch.sigmoid(a_ir + a_hr)
        z = torch.sigmoid(a_iz + a_hz)
        rh = r * h_prev

        # Affine maps
        a_hn = F.linear(rh, p.weight_hh[2 * self.hidden_size :])

        # Gates
        n = torch.tanh(a_in + a_hn)

        # New state
        h = h_prev + self.dt * (1 - z) * (n - h_prev)
        return (h,), (r, z, n, rh)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, r, z, n, rh = kept
        return {"r": r, "z": z, "rh": rh, "n": n, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, r, z, n = saved
        dh_da_n = self.dt * (1 - z) * (1 - n**2)
        dh_da_z = -self.dt * (n - h_prev) * z * (1 - z)
        drh_da_r = h_prev * r * (1 - r)
        dh_dh_prev = 1 - self.dt * (1 - z)
        return dh_da_n, dh_da_z, drh_da_r, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_n, dh_da_z, drh_da_r, r, dh_dh_prev = local
        d_a_n = d_h * dh_da_n
        d_rh = d_a_n @ p.weight_hh[2 * self.hidden_size :]
        d_a_z = d_h * dh_da_z
        d_a_r = d_rh * drh_da_r
        d_a = torch.cat((d_a_r, d_a_z), -1)
        d_h_prev = d_rh * r + d_h * dh_dh_prev + d_a @ p.weight_hh[: 2 * self.hidden_size]
        return (d_h_prev,), (d_a, d_a_n)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_n = kept
        x, h_prev, rh = summed
        d_a_r, d_a_z = d_a.chunk(2, -1)
        d_a_x = torch.cat((d_a_r, d_a_z, d_a_n), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=torch.cat((outer(d_a, h_prev), outer(d_a_n, rh))),
            bias=total(d_a_x),
        )


class GRUODE(GRUODEEquations, RecurrentLayer):
    """GRU-ODE, one Euler step over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.GRU``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        dt: the constant dt; 0.1 by default
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


class GRUODECell(GRUODEEquations, RecurrentCell):
    """GRU-ODE, one Euler step, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, dt, device, dtype; as in ``GRUODE``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = GRUODE, GRUODECell
