# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Jordan network.

Jordan (1986), Serial Order, ICS Report 8604

The output y, of hidden_size units, is fed back instead of h. The paper's state units also decay.

One time step:

    hₜ = σ(W_ih xₜ + W_hh yₜ₋₁ + b_h)
    yₜ = σ(W_hy hₜ + b_hy)
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

    weight_ih: Tensor  # (hidden_size, input_size): W_ih
    weight_hh: Tensor  # (2*hidden_size, hidden_size): W_hh, W_hy
    bias_hh: Tensor | None  # (hidden_size,): b_hy
    bias: Tensor | None  # (hidden_size,): b_h


class JordanRNNEquations:
    """The equations of the JordanRNN, for every layer, direction and time step alike."""

    states = ("y",)
    Parameters = Parameters
    saved = ("h", "y")
    summed = ("x", "y_prev", "h")
    sequential = "the equation of yₜ mixes the units of yₜ₋₁"
    c_files = {"": "jordan_rnn.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (2 * hidden_size, hidden_size),
            "bias_hh": (hidden_size,),
            "bias": (hidden_size,),
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
        (y_prev,) = states
        (a_x,) = a

        # Affine maps
        a_h = a_x + F.linear(y_prev, p.weight_hh[: self.hidden_size])

        # Gates
        h = torch.sigmoid(a_h)

        # Affine maps
        a_y = F.linear(h, p.weight_hh[self.hidden_size :], p.bias_hh)

        # New state
        y = torch.sigmoid(a_y)
        return (y,), (h,)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        y, h = kept
        return {"h": h, "y": y}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        h, y = saved
        dy_da_y = y * (1 - y)
        dh_da_h = h * (1 - h)
        return dy_da_y, dh_da_h

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        (d_y,) = d_states
        dy_da_y, dh_da_h = local
        d_a_y = d_y * dy_da_y
        d_h = d_a_y @ p.weight_hh[self.hidden_size :]
        d_a_h = d_h * dh_da_h
        d_y_prev = d_a_h @ p.weight_hh[: self.hidden_size]
        return (d_y_prev,), (d_a_y, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a_y, d_a_h = kept
        x, y_prev, h = summed
        d_x = d_a_h @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            weight_hh=torch.cat((outer(d_a_h, y_prev), outer(d_a_y, h))),
            bias_hh=total(d_a_y),
            bias=total(d_a_h),
        )


class JordanRNN(JordanRNNEquations, RecurrentLayer):
    """Jordan network over whole sequences.

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
        learn_initial_state: whether the first values of the states are parameters, ``y_0_l0``
            and so on, the same for all sequences, where the states below start at first; or which states'; False by
            default
        parallel: False; True is for cells that are linear in their states

    Call: ``output, y = layer(input, y)``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        y: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class JordanRNNCell(JordanRNNEquations, RecurrentCell):
    """Jordan network, one time step.

    The arguments, calls and errors are those of ``torch.nn.GRUCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``JordanRNN``

    Call: ``y = cell(input, y)``
        input: (B, I) or (I,)
        y: (B, H) or (H,); zero by default
    """


Layer, Cell = JordanRNN, JordanRNNCell
