# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Recurrent highway network of depth 3.

Zilly, Srivastava, Koutník and Schmidhuber (2017), Recurrent Highway Networks, ICML, equations 6 to 8

With the coupled carry gate 1 - t of the paper's experiments; only the first of the layers sees the input.

One time step:

    g_1ₜ = tanh(W_ig_1 xₜ + W_hg_1 hₜ₋₁ + b_g_1)
    t_1ₜ = σ(W_it_1 xₜ + W_ht_1 hₜ₋₁ + b_t_1)
    s_1ₜ = g_1ₜ ⊙ t_1ₜ + hₜ₋₁ ⊙ (1 − t_1ₜ)
    g_2ₜ = tanh(W_sg_2 s_1ₜ + b_sg_2)
    t_2ₜ = σ(W_st_2 s_1ₜ + b_st_2)
    s_2ₜ = g_2ₜ ⊙ t_2ₜ + s_1ₜ ⊙ (1 − t_2ₜ)
    g_3ₜ = tanh(W_sg_3 s_2ₜ + b_sg_3)
    t_3ₜ = σ(W_st_3 s_2ₜ + b_st_3)
      hₜ = g_3ₜ ⊙ t_3ₜ + s_2ₜ ⊙ (1 − t_3ₜ)
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

    weight_ih: Tensor  # (2*hidden_size, input_size): W_ig_1, W_it_1
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hg_1, W_ht_1
    bias: Tensor | None  # (2*hidden_size,): b_g_1, b_t_1
    weight_sh: Tensor  # (4*hidden_size, hidden_size): W_sg_2, W_st_2, W_sg_3, W_st_3
    bias_sh: Tensor | None  # (4*hidden_size,): b_sg_2, b_st_2, b_sg_3, b_st_3


class RHNEquations:
    """The equations of the RHN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "g_1", "t_1", "s_1", "g_2", "t_2", "s_2", "g_3", "t_3")
    summed = ("x", "h_prev", "s_1", "s_2")
    sequential = "the equation of g_3ₜ mixes the units of hₜ₋₁"
    c_files = {"": "rhn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (2 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias": (2 * hidden_size,),
            "weight_sh": (4 * hidden_size, hidden_size),
            "bias_sh": (4 * hidden_size,),
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
        b_sg_2, b_st_2, b_sg_3, b_st_3 = (0, 0, 0, 0) if p.bias_sh is None else p.bias_sh.chunk(4, -1)
        a_g_1, a_t_1 = (a_x + F.linear(h_prev, p.weight_hh)).chunk(2, -1)

        # Gates
        g_1 = torch.tanh(a_g_1)
        t_1 = torch.sigmoid(a_t_1)
        s_1 = g_1 * t_1 + h_prev * (1 - t_1)

        # Affine maps
        linear_a_g_2, linear_a_t_2 = F.linear(s_1, p.weight_sh[: 2 * self.hidden_size]).chunk(2, -1)

        # Gates
        g_2 = torch.tanh(linear_a_g_2 + b_sg_2)
        t_2 = torch.sigmoid(linear_a_t_2 + b_st_2)
        s_2 = g_2 * t_2 + s_1 * (1 - t_2)

        # Affine maps
        linear_a_g_3, linear_a_t_3 = F.linear(s_2, p.weight_sh[2 * self.hidden_size :]).chunk(2, -1)

        # Gates
        g_3 = torch.tanh(linear_a_g_3 + b_sg_3)
        t_3 = torch.sigmoid(linear_a_t_3 + b_st_3)

        # New state
        h = g_3 * t_3 + s_2 * (1 - t_3)
        return (h,), (g_1, t_1, s_1, g_2, t_2, s_2, g_3, t_3)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, g_1, t_1, s_1, g_2, t_2, s_2, g_3, t_3 = kept
        return {"g_1": g_1, "t_1": t_1, "s_1": s_1, "g_2": g_2, "t_2": t_2, "s_2": s_2, "g_3": g_3, "t_3": t_3, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, g_1, t_1, s_1, g_2, t_2, s_2, g_3, t_3 = saved
        dh_da_t_3 = (g_3 - s_2) * t_3 * (1 - t_3)
        dh_da_g_3 = t_3 * (1 - g_3**2)
        dh_ds_2 = 1 - t_3
        ds_2_da_t_2 = (g_2 - s_1) * t_2 * (1 - t_2)
        ds_2_da_g_2 = t_2 * (1 - g_2**2)
        ds_2_ds_1 = 1 - t_2
        ds_1_da_t_1 = (g_1 - h_prev) * t_1 * (1 - t_1)
        ds_1_da_g_1 = t_1 * (1 - g_1**2)
        ds_1_dh_prev = 1 - t_1
        return (
            dh_da_t_3,
            dh_da_g_3,
            dh_ds_2,
            ds_2_da_t_2,
            ds_2_da_g_2,
            ds_2_ds_1,
            ds_1_da_t_1,
            ds_1_da_g_1,
            ds_1_dh_prev,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        (
            dh_da_t_3,
            dh_da_g_3,
            dh_ds_2,
            ds_2_da_t_2,
            ds_2_da_g_2,
            ds_2_ds_1,
            ds_1_da_t_1,
            ds_1_da_g_1,
            ds_1_dh_prev,
        ) = local
        d_a_t_3 = d_h * dh_da_t_3
        d_a_g_3 = d_h * dh_da_g_3
        d_a = torch.cat((d_a_g_3, d_a_t_3), -1)
        d_s_2 = d_h * dh_ds_2 + d_a @ p.weight_sh[2 * self.hidden_size :]
        d_a_t_2 = d_s_2 * ds_2_da_t_2
        d_a_g_2 = d_s_2 * ds_2_da_g_2
        d_a_s_1 = torch.cat((d_a_g_2, d_a_t_2), -1)
        d_s_1 = d_s_2 * ds_2_ds_1 + d_a_s_1 @ p.weight_sh[: 2 * self.hidden_size]
        d_a_t_1 = d_s_1 * ds_1_da_t_1
        d_a_g_1 = d_s_1 * ds_1_da_g_1
        d_a_h = torch.cat((d_a_g_1, d_a_t_1), -1)
        d_h_prev = d_s_1 * ds_1_dh_prev + d_a_h @ p.weight_hh
        return (d_h_prev,), (d_a, d_a_s_1, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_s_1, d_a_h = kept
        x, h_prev, s_1, s_2 = summed
        d_a_g_3, d_a_t_3 = d_a.chunk(2, -1)
        d_a_g_2, d_a_t_2 = d_a_s_1.chunk(2, -1)
        d_a_sh = torch.cat((d_a_g_2, d_a_t_2, d_a_g_3, d_a_t_3), -1)
        d_x = d_a_h @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            weight_hh=outer(d_a_h, h_prev),
            bias=total(d_a_h),
            weight_sh=torch.cat((outer(d_a_s_1, s_1), outer(d_a, s_2))),
            bias_sh=total(d_a_sh),
        )


class RHN(RHNEquations, RecurrentLayer):
    """Recurrent highway network of depth 3 over whole sequences.

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

    Call: ``output, h = layer(input, h)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RHNCell(RHNEquations, RecurrentCell):
    """Recurrent highway network of depth 3, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``RHN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = RHN, RHNCell
