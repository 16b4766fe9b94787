# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU with attentional update gate.

Zhou, Mou, Fan, Pi, Bian, Zhou, Zhu and Gai (2019), DIEN

A GRU whose update gate is scaled by an attention score a, one number a step. In the authors' code the gate is that of
what is kept, and 1 - a scales it. Biases start as in agru.

One time step:

    rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
    uₜ = σ(W_iu xₜ + W_hu hₜ₋₁ + b_u)
    h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde (rₜ ⊙ hₜ₋₁) + b_h_tilde)
    ũₜ = aₜ uₜ
    hₜ = (1 − ũₜ) ⊙ hₜ₋₁ + ũₜ ⊙ h̃ₜ
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ir, W_iu, W_ih_tilde
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hr, W_hu, W_hh_tilde
    bias: Tensor | None  # (3*hidden_size,): b_r, b_u, b_h_tilde


class AUGRUEquations:
    """The equations of the AUGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("x", "h_prev", "r", "u", "h_tilde", "u_tilde")
    summed = ("x", "h_prev", "u", "r_h")
    further = {"a": 1}
    sequential = "the equation of uₜ mixes the units of hₜ₋₁"
    c_files = {"": "augru.c"}

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

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias is not None:
            # b_r
            nn.init.ones_(p.bias.chunk(3)[0])
            # b_u
            nn.init.ones_(p.bias.chunk(3)[1])
            # b_h_tilde
            nn.init.zeros_(p.bias.chunk(3)[2])

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, a_ = parts(x, 0, 1)
        a_x = F.linear(x_, p.weight_ih, p.bias)
        return a_, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        a_, a_x = a

        # Affine maps
        a_ir, a_iu, a_ih_tilde = a_x.chunk(3, -1)
        a_hr, a_hu = F.linear(h_prev, p.weight_hh[: 2 * self.hidden_size]).chunk(2, -1)

        # Gates
        r = torch.sigmoid(a_ir + a_hr)
        u = torch.sigmoid(a_iu + a_hu)

        # Affine maps
        r_h = r * h_prev
        a_hh_tilde = F.linear(r_h, p.weight_hh[2 * self.hidden_size :])

        # Gates
        h_tilde = torch.tanh(a_ih_tilde + a_hh_tilde)
        u_tilde = a_ * u

        # New state
        h = (1 - u_tilde) * h_prev + u_tilde * h_tilde
        return (h,), (r, u, h_tilde, u_tilde, r_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, r, u, h_tilde, u_tilde, _ = kept
        return {"r": r, "u": u, "h_tilde": h_tilde, "u_tilde": u_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        x, h_prev, r, u, h_tilde, u_tilde = saved
        _, a_ = parts(x, 0, 1)
        dh_du_tilde = h_tilde - h_prev
        dh_da_h_tilde = u_tilde * (1 - h_tilde**2)
        du_tilde_da_u = a_ * u * (1 - u)
        dr_h_da_r = h_prev * r * (1 - r)
        dh_dh_prev = 1 - u_tilde
        return dh_du_tilde, dh_da_h_tilde, du_tilde_da_u, dr_h_da_r, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_du_tilde, dh_da_h_tilde, du_tilde_da_u, dr_h_da_r, r, dh_dh_prev = local
        d_u_tilde = d_h * dh_du_tilde
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_r_h = d_a_h_tilde @ p.weight_hh[2 * self.hidden_size :]
        d_a_u = d_u_tilde * du_tilde_da_u
        d_a_r = d_r_h * dr_h_da_r
        d_a2 = torch.cat((d_a_r, d_a_u), -1)
        d_h_prev = d_r_h * r + d_h * dh_dh_prev + d_a2 @ p.weight_hh[: 2 * self.hidden_size]
        return (d_h_prev,), (d_a2, d_u_tilde, d_a_h_tilde)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a2, d_u_tilde, d_a_h_tilde = kept
        x, h_prev, u, r_h = summed
        x_, _ = parts(x, 0, 1)
        d_a_r, d_a_u = d_a2.chunk(2, -1)
        d_a_x = torch.cat((d_a_r, d_a_u, d_a_h_tilde), -1)
        d_inputs = None
        if input_wanted:
            d_x = d_a_x @ p.weight_ih
            d_a = (d_u_tilde * u).sum(-1, keepdim=True)
            d_inputs = torch.cat((d_x, d_a), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a_x, x_),
            weight_hh=torch.cat((outer(d_a2, h_prev), outer(d_a_h_tilde, r_h))),
            bias=total(d_a_x),
        )


class AUGRU(AUGRUEquations, SeveralInputs, RecurrentLayer):
    """GRU with attentional update gate over whole sequences.

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

    Call: ``output, h = layer(input, a, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        a: the same with 1 in the place of I
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class AUGRUCell(AUGRUEquations, SeveralInputs, RecurrentCell):
    """GRU with attentional update gate, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``AUGRU``

    Call: ``h = cell(input, a, h)``
        input: (B, I) or (I,)
        a: (B, 1) or (1,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = AUGRU, AUGRUCell
