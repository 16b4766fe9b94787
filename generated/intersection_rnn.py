# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Intersection recurrent network.

Collins, Sohl-Dickstein and Sussillo (2017), Capacity and Trainability in Recurrent Neural Networks, ICLR, equations 15
to 20

The output y carries x itself over in the paper, which needs x as wide as y; a matrix stands before it here.  The
paper's nonlinearities are relu for y and tanh for h.

One time step:

    y_inₜ = ReLU(W_iy_in xₜ + W_hy_in hₜ₋₁ + b_y_in)
    h_inₜ = tanh(W_ih_in xₜ + W_hh_in hₜ₋₁ + b_h_in)
     g_yₜ = σ(W_ig_y xₜ + W_hg_y hₜ₋₁ + b_g_y)
     g_hₜ = σ(W_ig_h xₜ + W_hg_h hₜ₋₁ + b_g_h)
       yₜ = g_yₜ ⊙ (W_skip xₜ) + (1 − g_yₜ) ⊙ y_inₜ
       hₜ = g_hₜ ⊙ hₜ₋₁ + (1 − g_hₜ) ⊙ h_inₜ
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_iy_in, W_ih_in, W_ig_y, W_ig_h
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hy_in, W_hh_in, W_hg_y, W_hg_h
    bias: Tensor | None  # (4*hidden_size,): b_y_in, b_h_in, b_g_y, b_g_h
    weight_skip: Tensor  # (hidden_size, input_size): W_skip


class IntersectionRNNEquations:
    """The equations of the IntersectionRNN, for every layer, direction and time step alike."""

    states = ("y", "h")
    Parameters = Parameters
    saved = ("h_prev", "y_in", "h_in", "g_y", "g_h", "a_y")
    summed = ("x", "h_prev", "g_y")
    sequential = "the equation of g_hₜ mixes the units of hₜ₋₁"
    c_files = {"": "intersection_rnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "weight_skip": (hidden_size, input_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        a_y = F.linear(x, p.weight_skip)
        return a_x, a_y

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, h_prev = states
        a_x, a_y = a

        # Affine maps
        a_y_in, a_h_in, a_g_y, a_g_h = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        y_in = torch.relu(a_y_in)
        h_in = torch.tanh(a_h_in)
        g_y = torch.sigmoid(a_g_y)
        g_h = torch.sigmoid(a_g_h)

        # New state
        y = g_y * a_y + (1 - g_y) * y_in
        h = g_h * h_prev + (1 - g_h) * h_in
        return (y, h), (y_in, h_in, g_y, g_h, a_y)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        y, h, y_in, h_in, g_y, g_h, _ = kept
        return {"y_in": y_in, "h_in": h_in, "g_y": g_y, "g_h": g_h, "y": y, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h_prev, y_in, h_in, g_y, g_h, a_y = saved
        dh_da_g_h = (h_prev - h_in) * g_h * (1 - g_h)
        dy_da_g_y = (a_y - y_in) * g_y * (1 - g_y)
        dh_da_h_in = (1 - g_h) * (1 - h_in**2)
        dy_da_y_in = torch.where(y_in > 0, 1 - g_y, 0)
        return dh_da_g_h, dy_da_g_y, dh_da_h_in, dy_da_y_in, g_h

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_y, d_h = d_states
        dh_da_g_h, dy_da_g_y, dh_da_h_in, dy_da_y_in, g_h = local
        d_a_g_h = d_h * dh_da_g_h
        d_a_g_y = d_y * dy_da_g_y
        d_a_h_in = d_h * dh_da_h_in
        d_a_y_in = d_y * dy_da_y_in
        d_y_prev = torch.zeros_like(d_y)
        d_a = torch.cat((d_a_y_in, d_a_h_in, d_a_g_y, d_a_g_h), -1)
        d_h_prev = d_h * g_h + d_a @ p.weight_hh
        return (d_y_prev, d_h_prev), (d_a, d_y)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_y = kept
        x, h_prev, g_y = summed
        d_a_y = d_y * g_y
        d_x = d_a @ p.weight_ih + d_a_y @ p.weight_skip if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias=total(d_a),
            weight_skip=outer(d_a_y, x),
        )


class IntersectionRNN(IntersectionRNNEquations, RecurrentLayer):
    """Intersection recurrent network over whole sequences.

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
        learn_initial_state: whether the first values of the states are parameters, ``y_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, (y, h) = layer(input, (y, h))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        y: (D * num_layers, B, H), without B for unbatched input; zero by default
        h: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class IntersectionRNNCell(IntersectionRNNEquations, RecurrentCell):
    """Intersection recurrent network, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``IntersectionRNN``

    Call: ``(y, h) = cell(input, (y, h))``
        input: (B, I) or (I,)
        y: (B, H) or (H,); zero by default
        h: (B, H) or (H,); zero by default
    """


Layer, Cell = IntersectionRNN, IntersectionRNNCell
