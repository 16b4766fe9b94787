# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Memory-controller LSTM.

The MCLSTM of torchrecurrent, after a paper of the NIPS 2017 workshop on sequence modelling

The gates see the control vector v instead of the output h; torchrecurrent's two biases are one here.

One time step:

    fₜ = σ(W_if xₜ + W_vf vₜ₋₁ + b_f)
    iₜ = σ(W_ii xₜ + W_vi vₜ₋₁ + b_i)
    oₜ = σ(W_io xₜ + W_vo vₜ₋₁ + b_o)
    mₜ = σ(W_im xₜ + W_vm vₜ₋₁ + b_m)
    nₜ = tanh(W_in xₜ + W_vn vₜ₋₁ + b_n)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ nₜ
    hₜ = oₜ ⊙ tanh(cₜ)
    vₜ = mₜ ⊙ tanh(cₜ)
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

    weight_ih: Tensor  # (5*hidden_size, input_size): W_if, W_ii, W_io, W_im, W_in
    bias: Tensor | None  # (5*hidden_size,): b_f, b_i, b_o, b_m, b_n
    weight_vh: Tensor  # (5*hidden_size, hidden_size): W_vf, W_vi, W_vo, W_vm, W_vn


class MCLSTMEquations:
    """The equations of the MCLSTM, for every layer, direction and time step alike."""

    states = ("h", "v", "c")
    Parameters = Parameters
    saved = ("c_prev", "f", "i", "o", "m", "n", "tanh_c")
    summed = ("x", "v_prev")
    sequential = "the equation of mₜ mixes the units of vₜ₋₁"
    c_files = {"": "mc_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (5 * hidden_size, input_size),
            "bias": (5 * hidden_size,),
            "weight_vh": (5 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih, p.bias)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, v_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        a_f, a_i, a_o, a_m, a_n = (a_x + F.linear(v_prev, p.weight_vh)).chunk(5, -1)

        # Gates
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        m = torch.sigmoid(a_m)
        n = torch.tanh(a_n)

        # New state
        c = f * c_prev + i * n
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        v = m * tanh_c
        return (h, v, c), (f, i, o, m, n, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, v, c, f, i, o, m, n, _ = kept
        return {"f": f, "i": i, "o": o, "m": m, "n": n, "c": c, "h": h, "v": v}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, f, i, o, m, n, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        dv_dc = m * (1 - tanh_c**2)
        dc_da_n = i * (1 - n**2)
        dv_da_m = tanh_c * m * (1 - m)
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_i = n * i * (1 - i)
        dc_da_f = c_prev * f * (1 - f)
        return dh_dc, dv_dc, dc_da_n, dv_da_m, dh_da_o, dc_da_i, dc_da_f, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_v, d_c_next = d_states
        dh_dc, dv_dc, dc_da_n, dv_da_m, dh_da_o, dc_da_i, dc_da_f, f = local
        d_c = d_c_next + d_h * dh_dc + d_v * dv_dc
        d_a_n = d_c * dc_da_n
        d_a_m = d_v * dv_da_m
        d_a_o = d_h * dh_da_o
        d_a_i = d_c * dc_da_i
        d_a_f = d_c * dc_da_f
        d_h_prev = torch.zeros_like(d_h)
        d_a = torch.cat((d_a_f, d_a_i, d_a_o, d_a_m, d_a_n), -1)
        d_v_prev = d_a @ p.weight_vh
        d_c_prev = d_c * f
        return (d_h_prev, d_v_prev, d_c_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, v_prev = summed
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            bias=total(d_a),
            weight_vh=outer(d_a, v_prev),
        )


class MCLSTM(MCLSTMEquations, RecurrentLayer):
    """Memory-controller LSTM over whole sequences.

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

    Call: ``output, (h, v, c) = layer(input, (h, v, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        v: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MCLSTMCell(MCLSTMEquations, RecurrentCell):
    """Memory-controller LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MCLSTM``

    Call: ``(h, v, c) = cell(input, (h, v, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        v: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = MCLSTM, MCLSTMCell
