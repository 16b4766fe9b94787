# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Working-memory LSTM.

Landi, Baraldi, Cornia and Cucchiara (2021), Working Memory Connections for LSTM, Neural Networks

Peepholes through a full matrix and a tanh; the output gate sees the new cell state.

One time step:

    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + tanh(W_ci cₜ₋₁ + b_ci))
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf + tanh(W_cf cₜ₋₁ + b_cf))
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + tanh(W_co cₜ + b_co))
    hₜ = oₜ ⊙ tanh(cₜ)
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias_ih: Tensor | None  # (4*hidden_size,): b_ii, b_if, b_ig, b_io
    bias_hh: Tensor | None  # (4*hidden_size,): b_hi, b_hf, b_hg, b_ho
    weight_ch: Tensor  # (3*hidden_size, hidden_size): W_ci, W_cf, W_co
    bias_ch: Tensor | None  # (3*hidden_size,): b_ci, b_cf, b_co


class WorkingMemoryLSTMEquations:
    """The equations of the WorkingMemoryLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "tanh_a_ci", "i", "tanh_a_cf", "f", "g", "tanh_a_co", "o", "tanh_c")
    summed = ("x", "h_prev", "c_prev", "c")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "wmc_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias_ih": (4 * hidden_size,),
            "bias_hh": (4 * hidden_size,),
            "weight_ch": (3 * hidden_size, hidden_size),
            "bias_ch": (3 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x = F.linear(x, p.weight_ih, bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        b_ci, b_cf, b_co = (0, 0, 0) if p.bias_ch is None else p.bias_ch.chunk(3, -1)
        a_ii, a_if, a_g, a_io = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)
        linear_a_ci, linear_a_cf = F.linear(c_prev, p.weight_ch[: 2 * self.hidden_size]).chunk(2, -1)

        # Gates
        tanh_a_ci = torch.tanh(linear_a_ci + b_ci)
        i = torch.sigmoid(a_ii + tanh_a_ci)
        tanh_a_cf = torch.tanh(linear_a_cf + b_cf)
        f = torch.sigmoid(a_if + tanh_a_cf)
        g = torch.tanh(a_g)

        # New state
        c = f * c_prev + i * g

        # Affine maps
        linear_a_co = F.linear(c, p.weight_ch[2 * self.hidden_size :])

        # Gates
        tanh_a_co = torch.tanh(linear_a_co + b_co)
        o = torch.sigmoid(a_io + tanh_a_co)

        # New state
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (tanh_a_ci, i, tanh_a_cf, f, g, tanh_a_co, o, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, _, i, _, f, g, _, o, _ = kept
        return {"i": i, "f": f, "g": g, "c": c, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, tanh_a_ci, i, tanh_a_cf, f, g, tanh_a_co, o, tanh_c = saved
        dh_da_io = tanh_c * o * (1 - o)
        da_io_da_co = 1 - tanh_a_co**2
        dh_dc = o * (1 - tanh_c**2)
        dc_da_g = i * (1 - g**2)
        dc_da_if = c_prev * f * (1 - f)
        da_if_da_cf = 1 - tanh_a_cf**2
        dc_da_ii = g * i * (1 - i)
        da_ii_da_ci = 1 - tanh_a_ci**2
        return dh_da_io, da_io_da_co, dh_dc, dc_da_g, dc_da_if, da_if_da_cf, dc_da_ii, da_ii_da_ci, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_da_io, da_io_da_co, dh_dc, dc_da_g, dc_da_if, da_if_da_cf, dc_da_ii, da_ii_da_ci, f = local
        d_a_io = d_h * dh_da_io
        d_a_co = d_a_io * da_io_da_co
        d_c = d_c_next + d_h * dh_dc + d_a_co @ p.weight_ch[2 * self.hidden_size :]
        d_a_g = d_c * dc_da_g
        d_a_if = d_c * dc_da_if
        d_a_cf = d_a_if * da_if_da_cf
        d_a_ii = d_c * dc_da_ii
        d_a_ci = d_a_ii * da_ii_da_ci
        d_a = torch.cat((d_a_ii, d_a_if, d_a_g, d_a_io), -1)
        d_h_prev = d_a @ p.weight_hh
        d_a_c = torch.cat((d_a_ci, d_a_cf), -1)
        d_c_prev = d_c * f + d_a_c @ p.weight_ch[: 2 * self.hidden_size]
        return (d_h_prev, d_c_prev), (d_a, d_a_c, d_a_co)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_c, d_a_co = kept
        x, h_prev, c_prev, c = summed
        d_a_ci, d_a_cf = d_a_c.chunk(2, -1)
        d_a_ch = torch.cat((d_a_ci, d_a_cf, d_a_co), -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
            weight_ch=torch.cat((outer(d_a_c, c_prev), outer(d_a_co, c))),
            bias_ch=total(d_a_ch),
        )


class WorkingMemoryLSTM(WorkingMemoryLSTMEquations, RecurrentLayer):
    """Working-memory LSTM over whole sequences.

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

    Call: ``output, (h, c) = layer(input, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class WorkingMemoryLSTMCell(WorkingMemoryLSTMEquations, RecurrentCell):
    """Working-memory LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``WorkingMemoryLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = WorkingMemoryLSTM, WorkingMemoryLSTMCell
