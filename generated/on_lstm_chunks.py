# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Ordered-neurons LSTM with chunks.

Shen, Tan, Sordoni and Courville (2019)

As on_lstm, with master gates p and q of a number for each chunk of units, as in the authors' code; R gives each unit
that of its chunk.

One time step:

    pₜ = cumsum(softmax(W_ip xₜ + b_ip + W_hp hₜ₋₁ + b_hp))
    qₜ = 1 − cumsum(softmax(W_iq xₜ + b_iq + W_hq hₜ₋₁ + b_hq))
    f̃ₜ = R pₜ
    ĩₜ = R qₜ
    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
    ωₜ = f̃ₜ ⊙ ĩₜ
    f̂ₜ = fₜ ⊙ ωₜ + f̃ₜ − ωₜ
    îₜ = iₜ ⊙ ωₜ + ĩₜ − ωₜ
    cₜ = f̂ₜ ⊙ cₜ₋₁ + îₜ ⊙ gₜ
    hₜ = oₜ ⊙ tanh(cₜ)
    R is fixed: R_ij = {1 if floor(N_chunks i/N) = j; 0 otherwise}, i = 0, …, N − 1, j = 0, …, N_chunks − 1
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

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias_ih: Tensor | None  # (4*hidden_size,): b_ii, b_if, b_ig, b_io
    bias_hh: Tensor | None  # (4*hidden_size,): b_hi, b_hf, b_hg, b_ho
    weight_i_chunks: Tensor  # (2*chunks, input_size): W_ip, W_iq
    bias_i_chunks: Tensor | None  # (2*chunks,): b_ip, b_iq
    weight_h_chunks: Tensor  # (2*chunks, hidden_size): W_hp, W_hq
    bias_h_chunks: Tensor | None  # (2*chunks,): b_hp, b_hq
    R: Tensor  # (hidden_size*chunks,)


class ChunkedONLSTMEquations:
    """The equations of the ChunkedONLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = (
        "c_prev",
        "softmax_a_p",
        "softmax_a_q",
        "f_tilde",
        "i_tilde",
        "i",
        "f",
        "g",
        "o",
        "omega",
        "f_hat",
        "i_hat",
        "tanh_c",
    )
    summed = ("x", "h_prev")
    sizes = ("chunks",)
    fixed = ("R",)
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "on_lstm_chunks.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias_ih": (4 * hidden_size,),
            "bias_hh": (4 * hidden_size,),
            "weight_i_chunks": (2 * self.chunks, input_size),
            "bias_i_chunks": (2 * self.chunks,),
            "weight_h_chunks": (2 * self.chunks, hidden_size),
            "bias_h_chunks": (2 * self.chunks,),
            "R": (hidden_size * self.chunks,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        row, column = places(p.R.numel(), self.chunks)
        values = torch.where(torch.floor(self.chunks * row / self.hidden_size) == column, torch.full_like(column, 1), 0)
        p.R.copy_(values)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        bias = None if p.bias_i_chunks is None else p.bias_i_chunks + p.bias_h_chunks
        a_x = F.linear(x, p.weight_i_chunks, bias)
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x2 = F.linear(x, p.weight_ih, bias)
        return a_x, a_x2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        a_x, a_x2 = a

        # Affine maps
        a_p, a_q = (a_x + F.linear(h_prev, p.weight_h_chunks)).chunk(2, -1)

        # Gates
        softmax_a_p = torch.softmax(a_p, -1)
        p_ = softmax_a_p.cumsum(-1)
        softmax_a_q = torch.softmax(a_q, -1)
        cumsum_softmax_a_q = softmax_a_q.cumsum(-1)
        q = 1 - cumsum_softmax_a_q
        f_tilde = contract(self, "hidden_size chunks, chunks -> hidden_size", p.R, p_)
        i_tilde = contract(self, "hidden_size chunks, chunks -> hidden_size", p.R, q)

        # Affine maps
        a_i, a_f, a_g, a_o = (a_x2 + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i)
        f = torch.sigmoid(a_f)
        g = torch.tanh(a_g)
        o = torch.sigmoid(a_o)
        omega = f_tilde * i_tilde
        f_hat = f * omega + f_tilde - omega
        i_hat = i * omega + i_tilde - omega

        # New state
        c = f_hat * c_prev + i_hat * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (softmax_a_p, softmax_a_q, f_tilde, i_tilde, i, f, g, o, omega, f_hat, i_hat, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h_prev, _ = states
        h, c, _, _, f_tilde, i_tilde, i, f, g, o, omega, f_hat, i_hat, _ = kept
        bias = None if p.bias_i_chunks is None else p.bias_i_chunks + p.bias_h_chunks
        a_p, a_q = (F.linear(x, p.weight_i_chunks, bias) + F.linear(h_prev, p.weight_h_chunks)).chunk(2, -1)
        softmax_a_p = torch.softmax(a_p, -1)
        p_ = softmax_a_p.cumsum(-1)
        softmax_a_q = torch.softmax(a_q, -1)
        cumsum_softmax_a_q = softmax_a_q.cumsum(-1)
        q = 1 - cumsum_softmax_a_q
        return {
            "p": p_,
            "q": q,
            "f_tilde": f_tilde,
            "i_tilde": i_tilde,
            "i": i,
            "f": f,
            "g": g,
            "o": o,
            "omega": omega,
            "f_hat": f_hat,
            "i_hat": i_hat,
            "c": c,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, softmax_a_p, softmax_a_q, f_tilde, i_tilde, i, f, g, o, omega, f_hat, i_hat, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        df_hat_domega = f - 1
        di_hat_domega = i - 1
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_g = i_hat * (1 - g**2)
        df_hat_da_f = omega * f * (1 - f)
        di_hat_da_i = omega * i * (1 - i)
        return (
            dh_dc,
            g,
            c_prev,
            df_hat_domega,
            di_hat_domega,
            dh_da_o,
            dc_da_g,
            df_hat_da_f,
            di_hat_da_i,
            f_tilde,
            i_tilde,
            softmax_a_q,
            softmax_a_p,
            f_hat,
        )

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        (
            dh_dc,
            g,
            c_prev,
            df_hat_domega,
            di_hat_domega,
            dh_da_o,
            dc_da_g,
            df_hat_da_f,
            di_hat_da_i,
            f_tilde,
            i_tilde,
            softmax_a_q,
            softmax_a_p,
            f_hat,
        ) = local
        d_c = d_c_next + d_h * dh_dc
        d_i_hat = d_c * g
        d_f_hat = d_c * c_prev
        d_omega = d_f_hat * df_hat_domega + d_i_hat * di_hat_domega
        d_a_o = d_h * dh_da_o
        d_a_g = d_c * dc_da_g
        d_a_f = d_f_hat * df_hat_da_f
        d_a_i = d_i_hat * di_hat_da_i
        d_i_tilde = d_omega * f_tilde + d_i_hat
        d_f_tilde = d_omega * i_tilde + d_f_hat
        d_q = contract(self, "hidden_size, hidden_size chunks -> chunks", d_i_tilde, p.R)
        d_cumsum_softmax_a_q = -d_q
        d_softmax_a_q = d_cumsum_softmax_a_q.flip(-1).cumsum(-1).flip(-1)
        d_a_q = d_softmax_a_q * softmax_a_q - ((d_softmax_a_q * softmax_a_q).sum(-1, keepdim=True)) * softmax_a_q
        d_p = contract(self, "hidden_size, hidden_size chunks -> chunks", d_f_tilde, p.R)
        d_softmax_a_p = d_p.flip(-1).cumsum(-1).flip(-1)
        d_a_p = d_softmax_a_p * softmax_a_p - ((d_softmax_a_p * softmax_a_p).sum(-1, keepdim=True)) * softmax_a_p
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_a_h = torch.cat((d_a_p, d_a_q), -1)
        d_h_prev = d_a @ p.weight_hh + d_a_h @ p.weight_h_chunks
        d_c_prev = d_c * f_hat
        return (d_h_prev, d_c_prev), (d_a, d_a_h)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_h = kept
        x, h_prev = summed
        d_x = d_a @ p.weight_ih + d_a_h @ p.weight_i_chunks if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
            weight_i_chunks=outer(d_a_h, x),
            bias_i_chunks=total(d_a_h),
            weight_h_chunks=outer(d_a_h, h_prev),
            bias_h_chunks=total(d_a_h),
            R=None,
        )


class ChunkedONLSTM(ChunkedONLSTMEquations, RecurrentLayer):
    """Ordered-neurons LSTM with chunks over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        chunks: a number of units
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


class ChunkedONLSTMCell(ChunkedONLSTMEquations, RecurrentCell):
    """Ordered-neurons LSTM with chunks, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, chunks, bias, device, dtype; as in ``ChunkedONLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = ChunkedONLSTM, ChunkedONLSTMCell
