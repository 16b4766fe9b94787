# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Neuromodulated bistable recurrent cell.

Vecoven, Ernst and Drion (2021), A Bio-inspired Bistable Recurrent Cell, PLOS ONE

The gates see all units; the candidate keeps a unit's own state alone.

One time step:

    aₜ = 1 + tanh(W_ia xₜ + W_ha hₜ₋₁ + b_a)
    cₜ = σ(W_ic xₜ + W_hc hₜ₋₁ + b_c)
    hₜ = cₜ ⊙ hₜ₋₁ + (1 − cₜ) ⊙ tanh(W_ih xₜ + b_ih + aₜ ⊙ hₜ₋₁)
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

    weight_ih: Tensor  # (3*hidden_size, input_size): W_ia, W_ic, W_ih
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_ha, W_hc
    bias_ih: Tensor | None  # (hidden_size,): b_ih
    bias: Tensor | None  # (2*hidden_size,): b_a, b_c


class NBRCEquations:
    """The equations of the NBRC, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "tanh_a_a", "a_", "c", "tanh_h")
    summed = ("x", "h_prev")
    sequential = "the equation of cₜ mixes the units of hₜ₋₁"
    c_files = {"": "nbrc.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (3 * hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias": (2 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih[: 2 * self.hidden_size], p.bias)
        a_h = F.linear(x, p.weight_ih[2 * self.hidden_size :], p.bias_ih)
        return a_x, a_h

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        a_x, a_h = a

        # Affine maps
        a_a, a_c = (a_x + F.linear(h_prev, p.weight_hh)).chunk(2, -1)

        # Gates
        tanh_a_a = torch.tanh(a_a)
        a_ = 1 + tanh_a_a
        c = torch.sigmoid(a_c)

        # New state
        tanh_h = torch.tanh(a_h + a_ * h_prev)
        h = c * h_prev + (1 - c) * tanh_h
        return (h,), (tanh_a_a, a_, c, tanh_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, _, a_, c, _ = kept
        return {"a": a_, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, tanh_a_a, a_, c, tanh_h = saved
        dh_da_h = (1 - c) * (1 - tanh_h**2)
        dh_da_c = (h_prev - tanh_h) * c * (1 - c)
        da_h_da_a = h_prev * (1 - tanh_a_a**2)
        return dh_da_h, dh_da_c, da_h_da_a, a_, c

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_h, dh_da_c, da_h_da_a, a_, c = local
        d_a_h = d_h * dh_da_h
        d_a_c = d_h * dh_da_c
        d_a_a = d_a_h * da_h_da_a
        d_a2 = torch.cat((d_a_a, d_a_c), -1)
        d_h_prev = d_a_h * a_ + d_h * c + d_a2 @ p.weight_hh
        return (d_h_prev,), (d_a2, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a2, d_a_h = kept
        x, h_prev = summed
        d_a_a, d_a_c = d_a2.chunk(2, -1)
        d_a_x = torch.cat((d_a_a, d_a_c, d_a_h), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a2, h_prev),
            bias_ih=total(d_a_h),
            bias=total(d_a2),
        )


class NBRC(NBRCEquations, RecurrentLayer):
    """Neuromodulated bistable recurrent cell over whole sequences.

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


class NBRCCell(NBRCEquations, RecurrentCell):
    """Neuromodulated bistable recurrent cell, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``NBRC``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = NBRC, NBRCCell
