# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""GRU with weighted time-delay feedback, delay 2.

Erichson, Lim and Mahoney (2022), Gated Recurrent Neural Networks with Weighted Time-Delay Feedback

q holds the hidden state of two steps ago when a step begins; a longer delay needs a state for each step more.

One time step:

    uₜ = tanh(W_iu xₜ + W_hu hₜ₋₁ + b_u)
    vₜ = tanh(W_iv xₜ + W_qv qₜ₋₁ + b_v)
    gₜ = σ(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    aₜ = σ(W_ia xₜ + W_ha hₜ₋₁ + b_a)
    qₜ = hₜ₋₁
    hₜ = (1 − gₜ) ⊙ hₜ₋₁ + gₜ ⊙ (uₜ + aₜ ⊙ vₜ)
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_iu, W_iv, W_ig, W_ia
    weight_hh: Tensor  # (3*hidden_size, hidden_size): W_hu, W_hg, W_ha
    bias: Tensor | None  # (4*hidden_size,): b_u, b_v, b_g, b_a
    weight_qh: Tensor  # (hidden_size, hidden_size): W_qv


class TauGRUEquations:
    """The equations of the TauGRU, for every layer, direction and time step alike."""

    states = ("h", "q")
    Parameters = Parameters
    saved = ("h_prev", "u", "v", "g", "a_")
    summed = ("x", "h_prev", "q_prev")
    sequential = "the equation of gₜ mixes the units of hₜ₋₁"
    c_files = {"": "tau_gru.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (3 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "weight_qh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, q_prev = states
        (a_x,) = a

        # Affine maps
        a_iu, a_iv, a_ig, a_ia = a_x.chunk(4, -1)
        a_hu, a_hg, a_ha = F.linear(h_prev, p.weight_hh).chunk(3, -1)

        # Gates
        u = torch.tanh(a_iu + a_hu)

        # Affine maps
        a_qv = F.linear(q_prev, p.weight_qh)

        # Gates
        v = torch.tanh(a_iv + a_qv)
        g = torch.sigmoid(a_ig + a_hg)
        a_ = torch.sigmoid(a_ia + a_ha)

        # New state
        q = h_prev
        h = (1 - g) * h_prev + g * (u + a_ * v)
        return (h, q), (u, v, g, a_)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, q, u, v, g, a_ = kept
        return {"u": u, "v": v, "g": g, "a": a_, "q": q, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, u, v, g, a_ = saved
        dh_da_a = g * v * a_ * (1 - a_)
        dh_da_g = (u - h_prev + a_ * v) * g * (1 - g)
        dh_da_v = g * a_ * (1 - v**2)
        dh_da_u = g * (1 - u**2)
        dh_dh_prev = 1 - g
        return dh_da_a, dh_da_g, dh_da_v, dh_da_u, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_q = d_states
        dh_da_a, dh_da_g, dh_da_v, dh_da_u, dh_dh_prev = local
        d_a_a = d_h * dh_da_a
        d_a_g = d_h * dh_da_g
        d_a_v = d_h * dh_da_v
        d_a_u = d_h * dh_da_u
        d_a2 = torch.cat((d_a_u, d_a_g, d_a_a), -1)
        d_h_prev = d_q + d_h * dh_dh_prev + d_a2 @ p.weight_hh
        d_q_prev = d_a_v @ p.weight_qh
        return (d_h_prev, d_q_prev), (d_a2, d_a_v)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a2, d_a_v = kept
        x, h_prev, q_prev = summed
        d_a_u, d_a_g, d_a_a = d_a2.chunk(3, -1)
        d_a_x = torch.cat((d_a_u, d_a_v, d_a_g, d_a_a), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a2, h_prev),
            bias=total(d_a_x),
            weight_qh=outer(d_a_v, q_prev),
        )


class TauGRU(TauGRUEquations, RecurrentLayer):
    """GRU with weighted time-delay feedback, delay 2 over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

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

    Call: ``output, (h, q) = layer(input, (h, q))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        q: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class TauGRUCell(TauGRUEquations, RecurrentCell):
    """GRU with weighted time-delay feedback, delay 2, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``TauGRU``

    Call: ``(h, q) = cell(input, (h, q))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        q: (B, H) or (H,); zero by default
    """


Layer, Cell = TauGRU, TauGRUCell
