# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""MinimalRNN.

Chen (2017), MinimalRNN, arXiv:1711.06788

One time step:

    zₜ = tanh(W_iz xₜ + b_iz)
    uₜ = σ(W_hu hₜ₋₁ + W_zu zₜ + b_u)
    hₜ = uₜ ⊙ hₜ₋₁ + (1 − uₜ) ⊙ zₜ
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

    weight_ih: Tensor  # (hidden_size, input_size): W_iz
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hu
    bias_ih: Tensor | None  # (hidden_size,): b_iz
    bias: Tensor | None  # (hidden_size,): b_u
    weight_zh: Tensor  # (hidden_size, hidden_size): W_zu


class MinimalRNNEquations:
    """The equations of the MinimalRNN, for every layer, direction and time step alike."""

    states = ("h",)
    Parameters = Parameters
    saved = ("h_prev", "z", "u")
    summed = ("x", "h_prev", "z", "u")
    sequential = "the equation of uₜ mixes the units of hₜ₋₁"
    c_files = {"": "minimal_rnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias": (hidden_size,),
            "weight_zh": (hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return (hidden_size,)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_z = F.linear(x, p.weight_ih, p.bias_ih)
        z = torch.tanh(a_z)
        a_z2 = F.linear(z, p.weight_zh, p.bias)
        return z, a_z2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        (h_prev,) = states
        z, a_z2 = a

        # Affine maps
        a_u = a_z2 + F.linear(h_prev, p.weight_hh)

        # Gates
        u = torch.sigmoid(a_u)

        # New state
        h = u * h_prev + (1 - u) * z
        return (h,), (z, u)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        z, _ = a
        h, _, u = kept
        return {"z": z, "u": u, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, z, u = saved
        dh_da_u = (h_prev - z) * u * (1 - u)
        return dh_da_u, u

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_h,) = d_states
        dh_da_u, u = local
        d_a_u = d_h * dh_da_u
        d_h_prev = d_h * u + d_a_u @ p.weight_hh
        return (d_h_prev,), (d_h, d_a_u)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_a_u = kept
        x, h_prev, z, u = summed
        d_z = d_h * (1 - u) + d_a_u @ p.weight_zh
        d_a_z = d_z * (1 - z**2)
        d_x = d_a_z @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_z, x),
            weight_hh=outer(d_a_u, h_prev),
            bias_ih=total(d_a_z),
            bias=total(d_a_u),
            weight_zh=outer(d_a_u, z),
        )


class MinimalRNN(MinimalRNNEquations, RecurrentLayer):
    """MinimalRNN over whole sequences.

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


class MinimalRNNCell(MinimalRNNEquations, RecurrentCell):
    """MinimalRNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MinimalRNN``

    Call: ``h = cell(input, h)``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = MinimalRNN, MinimalRNNCell
