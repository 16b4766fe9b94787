# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""MomentumRNN.

Nguyen, Baraniuk, Bertozzi, Osher and Wang (2020), MomentumRNN, NeurIPS

v is the velocity of the input's part.

One time step:

    vₜ = μ vₜ₋₁ + ε (W_iv xₜ + b_iv)
    hₜ = tanh(W_hh hₜ₋₁ + vₜ)
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

    weight_ih: Tensor  # (hidden_size, input_size): W_iv
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hh
    bias_ih: Tensor | None  # (hidden_size,): b_iv


class MomentumRNNEquations:
    """The equations of the MomentumRNN, for every layer, direction and time step alike."""

    states = ("h", "v")
    Parameters = Parameters
    saved = ("h",)
    summed = ("x", "h_prev")
    sequential = "the equation of hₜ mixes the units of hₜ₋₁"
    c_files = {"": "momentum_rnn.c"}
    options = {"mu": 0.6, "epsilon": 0.6}

    mu: float
    epsilon: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_v = F.linear(x, p.weight_ih, p.bias_ih)
        return (a_v,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, v_prev = states
        (a_v,) = a

        # New state
        v = self.mu * v_prev + self.epsilon * a_v

        # Affine maps
        a_h = F.linear(h_prev, p.weight_hh)

        # New state
        h = torch.tanh(a_h + v)
        return (h, v), ()

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, v = kept
        return {"v": v, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (h,) = saved
        dh_da_h = 1 - h**2
        return (dh_da_h,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_v_next = d_states
        (dh_da_h,) = local
        d_a_h = d_h * dh_da_h
        d_v = d_v_next + d_a_h
        d_h_prev = d_a_h @ p.weight_hh
        d_v_prev = d_v * self.mu
        return (d_h_prev, d_v_prev), (d_a_h, d_v)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_h, d_v = kept
        x, h_prev = summed
        d_a_v = d_v * self.epsilon
        d_x = d_a_v @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_v, x),
            weight_hh=outer(d_a_h, h_prev),
            bias_ih=total(d_a_v),
        )


class MomentumRNN(MomentumRNNEquations, RecurrentLayer):
    """MomentumRNN over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        mu: the constant mu; 0.6 by default
        epsilon: the constant epsilon; 0.6 by default
        bias: whether there are biases; True by default
        batch_first: whether the batch comes before the time; False by default
        dropout: probability of zeroing an output between layers in training; 0 by default
        bidirectional: whether a second network reads the sequence backwards (D = 2, else 1); False by default
        device, dtype: of the parameters
        checkpoint: whether only the states are kept for backward; here nothing else is kept without it either
        learn_initial_state: whether the first values of the states are parameters, ``h_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (h, v) = layer(input, (h, v))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        v: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MomentumRNNCell(MomentumRNNEquations, RecurrentCell):
    """MomentumRNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, mu, epsilon, device, dtype; as in ``MomentumRNN``

    Call: ``(h, v) = cell(input, (h, v))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        v: (B, H) or (H,); zero by default
    """


Layer, Cell = MomentumRNN, MomentumRNNCell
