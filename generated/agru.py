# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Attention GRU.

Zhou, Mou, Fan, Pi, Bian, Zhou, Zhu and Gai (2019), DIEN

A GRU in which an attention score a, one number a step, stands in the place of the update gate. Biases of gates start at
1 and those of the candidate at 0, as in the authors' code.

One time step:

    rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
    h̃ₜ = tanh(W_ih_tilde xₜ + W_hh_tilde (rₜ ⊙ hₜ₋₁) + b_h_tilde)
    hₜ = (1 − aₜ) hₜ₋₁ + aₜ h̃ₜ
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_ir, W_ih_tilde
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hr, W_hh_tilde
    bias: Tensor | None  # (2*hidden_size,): b_r, b_h_tilde


class AGRUEquations:
    """The equations of the AGRU, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("x", "h_prev", "r", "h_tilde")
    summed = ("x", "h_prev", "r_h", "h_tilde")
    further = {"a": 1}
    sequential = "the equation of h̃ₜ mixes the units of hₜ₋₁"
    c_files = {"": "agru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias is not None:
            # b_r
            nn.init.ones_(p.bias.chunk(2)[0])
            # b_h_tilde
            nn.init.zeros_(p.bias.chunk(2)[1])

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
        a_ir, a_ih_tilde = a_x.chunk(2, -1)
        a_hr = F.linear(h_prev, p.weight_hh[: self.hidden_size])

        # Gates
        r = torch.sigmoid(a_ir + a_hr)

        # Affine maps
        r_h = r * h_prev
        a_hh_tilde = F.linear(r_h, p.weight_hh[self.hidden_size :])

        # Gates
        h_tilde = torch.tanh(a_ih_tilde + a_hh_tilde)

        # New state
        h = (1 - a_) * h_prev + a_ * h_tilde
        return (h,), (r, h_tilde, r_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, r, h_tilde, _ = kept
        return {"r": r, "h_tilde": h_tilde, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        x, h_prev, r, h_tilde = saved
        _, a_ = parts(x, 0, 1)
        dh_da_h_tilde = a_ * (1 - h_tilde**2)
        dr_h_da_r = h_prev * r * (1 - r)
        dh_dh_prev = 1 - a_
        return dh_da_h_tilde, dr_h_da_r, r, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h_tilde, dr_h_da_r, r, dh_dh_prev = local
        d_a_h_tilde = d_h * dh_da_h_tilde
        d_r_h = d_a_h_tilde @ p.weight_hh[self.hidden_size :]
        d_a_r = d_r_h * dr_h_da_r
        d_h_prev = d_r_h * r + d_h * dh_dh_prev + d_a_r @ p.weight_hh[: self.hidden_size]
        return (d_h_prev,), (d_h, d_a_h_tilde, d_a_r)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_h_tilde, d_a_r = kept
        x, h_prev, r_h, h_tilde = summed
        x_, _ = parts(x, 0, 1)
        d_a2 = torch.cat((d_a_r, d_a_h_tilde), -1)
        d_inputs = None
        if input_wanted:
            d_x = d_a2 @ p.weight_ih
            d_a = (d_h * (h_tilde - h_prev)).sum(-1, keepdim=True)
            d_inputs = torch.cat((d_x, d_a), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a2, x_),
            weight_hh=torch.cat((outer(d_a_r, h_prev), outer(d_a_h_tilde, r_h))),
            bias=total(d_a2),
        )


class AGRU(AGRUEquations, SeveralInputs, RecurrentLayer):
    """Attention GRU over whole sequences.

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


class AGRUCell(AGRUEquations, SeveralInputs, RecurrentCell):
    """Attention GRU, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``AGRU``

    Call: ``h = cell(input, a, h)``
        input: (B, I) or (I,)
        a: (B, 1) or (1,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = AGRU, AGRUCell
