# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU-D.

Che, Purushotham, Cho, Sontag and Liu (2018), for missing values

A GRU for inputs with missing values: m is 1 where x is observed and 0 where it is missing, x_last the last observed
value, dt the time since then. The last value fades to the mean of the inputs, which is 0 where they are standardised,
as the authors' code has it; the paper has the mean in the formula. That code mixes the new state with h as it was
before it faded, and reads 1 - m in the place of m. Its decays start at 0.

One time step:

    γₜ = exp(−max(0, w ⊙ dtₜ + v))
    x̂ₜ = mₜ ⊙ xₜ + (1 − mₜ) ⊙ γₜ ⊙ x_lastₜ
    βₜ = exp(−max(0, W_dβ dtₜ + b_dβ))
    ĥₜ = βₜ ⊙ hₜ₋₁
    rₜ = σ(W_ir x̂ₜ + W_hr ĥₜ + W_mr mₜ + b_r)
    zₜ = σ(W_iz x̂ₜ + W_hz ĥₜ + W_mz mₜ + b_z)
    h̃ₜ = tanh(W_ih_tilde x̂ₜ + W_hh_tilde (rₜ ⊙ ĥₜ) + W_mh_tilde mₜ + b_h_tilde)
    hₜ = (1 − zₜ) ⊙ ĥₜ + zₜ ⊙ h̃ₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .inputs import SeveralInputs
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_iz, W_ih_tilde
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hr, W_hz, W_hh_tilde
    bias: Tensor | None  # (3*hidden_size,): b_r, b_z, b_h_tilde
    weight_dh: Tensor  # (hidden_size, input_size): W_dbeta
    bias_dh: Tensor | None  # (hidden_size,): b_dbeta
    weight_mh: Tensor  # (3*hidden_size, input_size): W_mr, W_mz, W_mh_tilde
    w: Tensor  # (input_size,)
    v: Tensor  # (input_size,)


class GRUDEquations:
    """The equations of the GRUD, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("beta", "h_hat", "r", "z", "h_tilde")
    summed = ("x", "h_prev", "gamma", "x_hat", "a_beta", "beta", "h_hat", "r_h_hat")
    further = {"x_last": 0, "m": 0, "dt": 0}
    sequential = "the equation of zₜ mixes the units of hₜ₋₁"
    c_files = {"": "gru_d.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (3 * hidden_size,),
            "weight_dh": (hidden_size, input_size),
            "bias_dh": (hidden_size,),
            "weight_mh": (3 * hidden_size, input_size),
            "w": (input_size,),
            "v": (input_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.zeros_(p.weight_dh)
        if p.bias_dh is not None:
            nn.init.zeros_(p.bias_dh)
        nn.init.zeros_(p.w)
        nn.init.zeros_(p.v)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, x_last, m, dt = parts(x, 0, 0, 0, 0)
        gamma = torch.exp(-torch.clamp(p.w * dt + p.v, min=0))
        x_hat = m * x_ + (1 - m) * gamma * x_last
        a_beta = F.linear(dt, p.weight_dh, p.bias_dh)
        beta = torch.exp(-torch.clamp(a_beta, min=0))
        a_x_hat = F.linear(x_hat, p.weight_ih, p.bias)
        a_m = F.linear(m, p.weight_mh)
        return gamma, x_hat, a_beta, beta, a_x_hat, a_m

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        gamma, x_hat, a_beta, beta, a_x_hat, a_m = a

        # Gates
        h_hat = beta * h_prev

        # Affine maps
        a_ir, a_iz, a_ih_tilde = a_x_hat.chunk(3, -1)
        a_hr, a_hz = F.linear(h_hat, p.weight_hh[: 2 * self.hidden_size]).chunk(2, -1)
        a_mr, a_mz, a_mh_tilde = a_m.chunk(3, -1)

        # Gates
        r = torch.sigmoid(a_ir + a_hr + a_mr)
        z = torch.sigmoid(a_iz + a_hz + a_mz)

        # Affine maps
        r_h_hat = r * h_hat
        a_hh_tilde = F.linear(r_h_hat, p.weight_hh[2 * self.hidden_size :])

        # Gates
        h_tilde = torch.tanh(a_ih_tilde + a_mh_tilde + a_hh_tilde)

        # New state
        h = (1 - z) * h_hat + z * h_tilde
        return (h,), (beta, h_hat, r, z, h_tilde, gamma, x_hat, a_beta, r_h_hat)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        gamma, x_hat, _, beta, _, _ = a
        h, _, h_hat, r, z, h_tilde, _, _, _, _ = kept
        return {
            "gamma": gamma,
            "x_hat": x_hat,
            "beta": beta,
            "h_hat": h_hat,
            "r": r,
            "z": z,
            "h_tilde": h_tilde,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        beta, h_hat, r, z, h_tilde = saved
        dh_da_h_tilde = z * (1 - h_tilde**2)
        dh_da_z = (h_tilde - h_hat) * z * (1 - z)
        dr_h_hat_da_r = h_hat * r * (1 - r)
        dh_dh_hat = 1 - z
        return dh_da_h_tilde, dh_da_z, dr_h_hat_da_r, r, dh_dh_hat, beta

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, dh_da_z, dr_h_hat_da_r, r, dh_dh_hat, beta = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_r_h_hat = d_a_h_tilde @ p.weight_hh[2 * self.hidden_size :]
        d_a_z = d_h * dh_da_z
        d_a_r = d_r_h_hat * dr_h_hat_da_r
        d_a = torch.cat((d_a_r, d_a_z), -1)
        d_h_hat = d_r_h_hat * r + d_h * dh_dh_hat + d_a @ p.weight_hh[: 2 * self.hidden_size]
        d_h_prev = d_h_hat * beta
        return (d_h_prev,), (d_a, d_a_h_tilde, d_h_hat)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_h_tilde, d_h_hat = kept
        x, h_prev, gamma, x_hat, a_beta, beta, h_hat, r_h_hat = summed
        x_, x_last, m, dt = parts(x, 0, 0, 0, 0)
        d_a_r, d_a_z = d_a.chunk(2, -1)
        d_a_beta = -(beta * torch.where(a_beta >= 0, torch.full_like(a_beta, 1), 0) * d_h_hat * h_prev)
        d_a_x_hat = torch.cat((d_a_r, d_a_z, d_a_h_tilde), -1)
        d_x_hat = d_a_x_hat @ p.weight_ih
        d_a_gamma = gamma * d_x_hat * (1 - m) * x_last
        d_inputs = None
        if input_wanted:
            d_x = d_x_hat * m
            d_x_last = gamma * d_x_hat * (1 - m)
            d_m = d_x_hat * (x_ - gamma * x_last) + d_a_x_hat @ p.weight_mh
            d_dt = d_a_beta @ p.weight_dh - d_a_gamma * torch.where(p.w * dt + p.v >= 0, p.w, 0)
            d_inputs = torch.cat((d_x, d_x_last, d_m, d_dt), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a_x_hat, x_hat),
            weight_hh=torch.cat((outer(d_a, h_hat), outer(d_a_h_tilde, r_h_hat))),
            bias=total(d_a_x_hat),
            weight_dh=outer(d_a_beta, dt),
            bias_dh=total(d_a_beta),
            weight_mh=outer(d_a_x_hat, m),
            w=total(-d_a_gamma * torch.where(p.w * dt + p.v >= 0, dt, 0)),
            v=total(-d_a_gamma * torch.where(p.w * dt + p.v >= 0, torch.full_like(dt, 1), 0)),
        )


class GRUD(GRUDEquations, SeveralInputs, RecurrentLayer):
    """GRU-D over whole sequences.

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
        checkpoint: whether only the states are kept for backward and the gates computed again: less memory, and the
            time of a forward pass more; False by default
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, h = layer(input, x_last, m, dt, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        x_last: the same with I in the place of I
        m: the same with I in the place of I
        dt: the same with I in the place of I
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GRUDCell(GRUDEquations, SeveralInputs, RecurrentCell):
    """GRU-D, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``GRUD``

    Call: ``h = cell(input, x_last, m, dt, h)``
        input: (B, I) or (I,)
        x_last: (B, I) or (I,)
        m: (B, I) or (I,)
        dt: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = GRUD, GRUDCell
