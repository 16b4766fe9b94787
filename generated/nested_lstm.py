# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Nested LSTM.

Moniz and Krueger (2017), Nested LSTMs, ACML

The outer cell state is the hidden state of an inner LSTM, whose input is i * g and whose hidden state is f * c.  s is
the inner cell state; j, k, l and q are the inner input gate, forget gate, candidate and output gate.

One time step:

    iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
    fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
    uₜ = iₜ ⊙ gₜ
    vₜ = fₜ ⊙ cₜ₋₁
    jₜ = σ(W_uj uₜ + W_vj vₜ + b_j)
    kₜ = σ(W_uk uₜ + W_vk vₜ + b_k)
    lₜ = tanh(W_ul uₜ + W_vl vₜ + b_l)
    qₜ = σ(W_uq uₜ + W_vq vₜ + b_q)
    sₜ = kₜ ⊙ sₜ₋₁ + jₜ ⊙ lₜ
    cₜ = qₜ ⊙ tanh(sₜ)
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
    bias: Tensor | None  # (8*hidden_size,): b_i, b_f, b_g, b_o, b_j, b_k, b_l, b_q
    weight_uh: Tensor  # (4*hidden_size, hidden_size): W_uj, W_uk, W_ul, W_uq
    weight_vh: Tensor  # (4*hidden_size, hidden_size): W_vj, W_vk, W_vl, W_vq


class NestedLSTMEquations:
    """The equations of the NestedLSTM, for every layer, direction and time step alike."""

    states = ("h", "c", "s")
    Parameters = Parameters
    saved = ("c_prev", "s_prev", "i", "f", "g", "o", "j", "k", "l_", "q", "tanh_s", "tanh_c")
    summed = ("x", "h_prev", "u", "v")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "nested_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (8 * hidden_size,),
            "weight_uh": (4 * hidden_size, hidden_size),
            "weight_vh": (4 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev, s_prev = states
        (a_x,) = a

        # Affine maps
        b_i, b_f, b_g, b_o, b_j, b_k, b_l, b_q = (0, 0, 0, 0, 0, 0, 0, 0) if p.bias is None else p.bias.chunk(8, -1)
        a_ii, a_if, a_ig, a_io = a_x.chunk(4, -1)
        a_hi, a_hf, a_hg, a_ho = F.linear(h_prev, p.weight_hh).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_ii + a_hi + b_i)
        f = torch.sigmoid(a_if + a_hf + b_f)
        g = torch.tanh(a_ig + a_hg + b_g)
        o = torch.sigmoid(a_io + a_ho + b_o)
        u = i * g
        v = f * c_prev

        # Affine maps
        a_uj, a_uk, a_ul, a_uq = F.linear(u, p.weight_uh).chunk(4, -1)
        a_vj, a_vk, a_vl, a_vq = F.linear(v, p.weight_vh).chunk(4, -1)

        # Gates
        j = torch.sigmoid(a_uj + a_vj + b_j)
        k = torch.sigmoid(a_uk + a_vk + b_k)
        l_ = torch.tanh(a_ul + a_vl + b_l)
        q = torch.sigmoid(a_uq + a_vq + b_q)

        # New state
        s = k * s_prev + j * l_
        tanh_s = torch.tanh(s)
        c = q * tanh_s
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c, s), (i, f, g, o, j, k, l_, q, tanh_s, tanh_c, u, v)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, s, i, f, g, o, j, k, l_, q, _, _, u, v = kept
        return {"i": i, "f": f, "g": g, "o": o, "u": u, "v": v, "j": j, "k": k, "l": l_, "q": q, "s": s, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, s_prev, i, f, g, o, j, k, l_, q, tanh_s, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        dc_ds = q * (1 - tanh_s**2)
        dc_da_q = tanh_s * q * (1 - q)
        ds_da_l = j * (1 - l_**2)
        ds_da_k = s_prev * k * (1 - k)
        ds_da_j = l_ * j * (1 - j)
        dh_da_o = tanh_c * o * (1 - o)
        du_da_g = i * (1 - g**2)
        dv_da_f = c_prev * f * (1 - f)
        du_da_i = g * i * (1 - i)
        return dh_dc, dc_ds, dc_da_q, ds_da_l, ds_da_k, ds_da_j, dh_da_o, du_da_g, dv_da_f, du_da_i, f, k

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next, d_s_next = d_states
        dh_dc, dc_ds, dc_da_q, ds_da_l, ds_da_k, ds_da_j, dh_da_o, du_da_g, dv_da_f, du_da_i, f, k = local
        d_c = d_c_next + d_h * dh_dc
        d_s = d_s_next + d_c * dc_ds
        d_a_q = d_c * dc_da_q
        d_a_l = d_s * ds_da_l
        d_a_k = d_s * ds_da_k
        d_a_j = d_s * ds_da_j
        d_a = torch.cat((d_a_j, d_a_k, d_a_l, d_a_q), -1)
        d_v = d_a @ p.weight_vh
        d_u = d_a @ p.weight_uh
        d_a_o = d_h * dh_da_o
        d_a_g = d_u * du_da_g
        d_a_f = d_v * dv_da_f
        d_a_i = d_u * du_da_i
        d_a_h = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_a_h @ p.weight_hh
        d_c_prev = d_v * f
        d_s_prev = d_s * k
        return (d_h_prev, d_c_prev, d_s_prev), (d_a, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_h = kept
        x, h_prev, u, v = summed
        d_a_j, d_a_k, d_a_l, d_a_q = d_a.chunk(4, -1)
        d_a_i, d_a_f, d_a_g, d_a_o = d_a_h.chunk(4, -1)
        d_a_bias = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o, d_a_j, d_a_k, d_a_l, d_a_q), -1)
        d_x = d_a_h @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_h, x),
            weight_hh=outer(d_a_h, h_prev),
            bias=total(d_a_bias),
            weight_uh=outer(d_a, u),
            weight_vh=outer(d_a, v),
        )


class NestedLSTM(NestedLSTMEquations, RecurrentLayer):
    """Nested LSTM over whole sequences.

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

    Call: ``output, (h, c, s) = layer(input, (h, c, s))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default
        s: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class NestedLSTMCell(NestedLSTMEquations, RecurrentCell):
    """Nested LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``NestedLSTM``

    Call: ``(h, c, s) = cell(input, (h, c, s))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
        s: (B, H) or (H,); zero by default
    """


Layer, Cell = NestedLSTM, NestedLSTMCell
