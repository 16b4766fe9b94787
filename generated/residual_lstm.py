# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Residual LSTM.

Kim, El-Khamy and Lee (2017), Residual LSTM, Interspeech

The shortcut stands inside the output gate. It goes through a matrix, as in the paper's layers whose input has another
size; with equal sizes the paper adds x itself.

One time step:

    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + p_i ⊙ cₜ₋₁)
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf + p_f ⊙ cₜ₋₁)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + p_o ⊙ cₜ)
    mₜ = tanh(cₜ)
    hₜ = oₜ ⊙ (W_proj mₜ + W_res xₜ)
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
    weight_proj: Tensor  # (hidden_size, hidden_size): W_proj
    weight_res: Tensor  # (hidden_size, input_size): W_res
    p_i: Tensor  # (hidden_size,)
    p_f: Tensor  # (hidden_size,)
    p_o: Tensor  # (hidden_size,)


class ResidualLSTMEquations:
    """The equations of the ResidualLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "i", "f", "g", "o", "m", "a_h")
    summed = ("x", "h_prev", "c_prev", "c", "m")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "residual_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias_ih": (4 * hidden_size,),
            "bias_hh": (4 * hidden_size,),
            "weight_proj": (hidden_size, hidden_size),
            "weight_res": (hidden_size, input_size),
            "p_i": (hidden_size,),
            "p_f": (hidden_size,),
            "p_o": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x = F.linear(x, p.weight_ih, bias)
        a_x2 = F.linear(x, p.weight_res)
        return a_x, a_x2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        a_x, a_x2 = a

        # Affine maps
        a_i, a_f, a_g, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i + p.p_i * c_prev)
        f = torch.sigmoid(a_f + p.p_f * c_prev)
        g = torch.tanh(a_g)

        # New state
        c = f * c_prev + i * g

        # Gates
        o = torch.sigmoid(a_o + p.p_o * c)
        m = torch.tanh(c)

        # Affine maps
        a_h = a_x2 + F.linear(m, p.weight_proj)

        # New state
        h = o * a_h
        return (h, c), (i, f, g, o, m, a_h)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, i, f, g, o, m, _ = kept
        return {"i": i, "f": f, "g": g, "c": c, "o": o, "m": m, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, i, f, g, o, m, a_h = saved
        dh_da_o = a_h * o * (1 - o)
        dm_dc = 1 - m**2
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        return o, dh_da_o, dm_dc, dc_da_g, dc_da_f, dc_da_i, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        o, dh_da_o, dm_dc, dc_da_g, dc_da_f, dc_da_i, f = local
        d_a_h = d_h * o
        d_m = d_a_h @ p.weight_proj
        d_a_o = d_h * dh_da_o
        d_c = d_c_next + d_a_o * p.p_o + d_m * dm_dc
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_a_i * p.p_i + d_a_f * p.p_f + d_c * f
        return (d_h_prev, d_c_prev), (d_a, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_h = kept
        x, h_prev, c_prev, c, m = summed
        d_a_i, d_a_f, _, d_a_o = d_a.chunk(4, -1)
        d_x = d_a @ p.weight_ih + d_a_h @ p.weight_res if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
            weight_proj=outer(d_a_h, m),
            weight_res=outer(d_a_h, x),
            p_i=total(d_a_i * c_prev),
            p_f=total(d_a_f * c_prev),
            p_o=total(d_a_o * c),
        )


class ResidualLSTM(ResidualLSTMEquations, RecurrentLayer):
    """Residual LSTM over whole sequences.

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


class ResidualLSTMCell(ResidualLSTMEquations, RecurrentCell):
    """Residual LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``ResidualLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = ResidualLSTM, ResidualLSTMCell
