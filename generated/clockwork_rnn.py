# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Clockwork recurrent network.

Koutník, Greff, Gomez and Schmidhuber (2014), A Clockwork RNN, ICML

Groups of units, four or as many as the layer is told, with the periods 1, 2, 4, 8, ...: a group changes at the steps t
that its period divides, and reads itself and the groups that are slower. t counts the steps from 1.

One time step:

    tₜ = tₜ₋₁ + 1
    aₜ = W_ia xₜ + b_ia + (M ⊙ W) hₜ₋₁
    hₜ = {tanh(aₜ) if tₜ − T ⊙ floor(tₜ/T) < 1; hₜ₋₁ otherwise}
    M is fixed: M_ij = {1 if floor(groups i/N) ≤ floor(groups j/N); 0 otherwise}, i, j = 0, …, N − 1
    T is fixed: T_i = 2^floor(groups i/N), i = 0, …, N − 1
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .fixed import places
from .matrices import contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_ia
    bias_ih: Tensor | None  # (hidden_size,): b_ia
    W: Tensor  # (hidden_size*hidden_size,)
    M: Tensor  # (hidden_size*hidden_size,)
    T: Tensor  # (hidden_size,)


class ClockworkRNNEquations:
    """The equations of the ClockworkRNN, for every layer, direction and time step alike."""

    states = ("h", "t")
    Parameters = Parameters
    saved = ("t", "v_a", "tanh_a", "floor_h")
    summed = ("x", "h_prev")
    fixed = ("M", "T")
    sequential = "the equation of aₜ mixes the units of hₜ₋₁"
    c_files = {"": "clockwork_rnn.c"}
    options = {"groups": 4.0}

    groups: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "bias_ih": (hidden_size,),
            "W": (hidden_size * hidden_size,),
            "M": (hidden_size * hidden_size,),
            "T": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        row, column = places(p.M.numel(), self.hidden_size)
        values = torch.where(
            torch.floor(self.groups * row / self.hidden_size) <= torch.floor(self.groups * column / self.hidden_size),
            torch.full_like(column, 1),
            0,
        )
        p.M.copy_(values)
        row, _ = places(p.T.numel())
        values = 2 ** torch.floor(self.groups * row / self.hidden_size)
        p.T.copy_(values)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        v_a = p.M * p.W
        a_a = F.linear(x, p.weight_ih, p.bias_ih)
        v_a = v_a.expand(*x.shape[:-1], -1)
        return v_a, a_a

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, t_prev = states
        v_a, a_a = a

        # New state
        t = t_prev + 1

        # Gates
        read_v_a_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", v_a, h_prev)
        a_ = a_a + read_v_a_h

        # New state
        tanh_a = torch.tanh(a_)
        floor_h = torch.floor(t / p.T)
        h = torch.where(t - p.T * floor_h < 1, tanh_a, h_prev)
        return (h, t), (v_a, tanh_a, floor_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h_prev, _ = states
        h, t, _, _, _ = kept
        v_a = p.M * p.W
        a_a = F.linear(x, p.weight_ih, p.bias_ih)
        read_v_a_h = contract(self, "hidden_size hidden_size', hidden_size' -> hidden_size", v_a, h_prev)
        a_ = a_a + read_v_a_h
        return {"t": t, "a": a_, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        t, v_a, tanh_a, floor_h = saved
        dh_da = torch.where(t - p.T * floor_h < 1, torch.full_like(p.T, 1), 0) * (1 - tanh_a**2)
        dh_dh_prev = torch.where(t - p.T * floor_h < 1, torch.full_like(p.T, 0), 1)
        return dh_da, v_a, dh_dh_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_t = d_states
        dh_da, v_a, dh_dh_prev = local
        d_a = d_h * dh_da
        d_h_prev = d_h * dh_dh_prev + contract(self, "hidden_size, hidden_size hidden_size' -> hidden_size'", d_a, v_a)
        d_t_prev = d_t
        return (d_h_prev, d_t_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, h_prev = summed
        d_v_a = contract(self, "hidden_size, hidden_size' -> hidden_size hidden_size'", d_a, h_prev)
        d_a_a = d_a
        d_x = d_a_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_a, x),
            bias_ih=total(d_a_a),
            W=total(d_v_a * p.M),
            M=None,
            T=None,
        )


class ClockworkRNN(ClockworkRNNEquations, RecurrentLayer):
    """Clockwork recurrent network over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        groups: the constant groups; 4.0 by default
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

    Call: ``output, (h, t) = layer(input, (h, t))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        t: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class ClockworkRNNCell(ClockworkRNNEquations, RecurrentCell):
    """Clockwork recurrent network, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, groups, device, dtype; as in ``ClockworkRNN``

    Call: ``(h, t) = cell(input, (h, t))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        t: (B, H) or (H,); zero by default
    """


Layer, Cell = ClockworkRNN, ClockworkRNNCell
