# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Ordered-neurons LSTM.

Shen, Tan, Sordoni and Courville (2019)

Two master gates, running sums of a softmax, say from which unit on the memory is kept and up to which it is written;
the ordinary gates decide where both overlap. Every unit is a chunk, that is a part of the units for which the master
gates of the authors' code have one number. Equations have two biases each there, as PyTorch's LSTM.

One time step:

    f̃ₜ = cumsum(softmax(W_if_tilde xₜ + b_if_tilde + W_hf_tilde hₜ₋₁ + b_hf_tilde))
    ĩₜ = 1 − cumsum(softmax(W_ii_tilde xₜ + b_ii_tilde + W_hi_tilde hₜ₋₁ + b_hi_tilde))
    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
    ωₜ = f̃ₜ ⊙ ĩₜ
    f̂ₜ = fₜ ⊙ ωₜ + f̃ₜ − ωₜ
    îₜ = iₜ ⊙ ωₜ + ĩₜ − ωₜ
    cₜ = f̂ₜ ⊙ cₜ₋₁ + îₜ ⊙ gₜ
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

    weight_ih: Tensor  # (6*hidden_size, input_size): W_if_tilde, W_ii_tilde, W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (6*hidden_size, hidden_size): W_hf_tilde, W_hi_tilde, W_hi, W_hf, W_hg, W_ho
    bias_ih: Tensor | None  # (6*hidden_size,): b_if_tilde, b_ii_tilde, b_ii, b_if, b_ig, b_io
    bias_hh: Tensor | None  # (6*hidden_size,): b_hf_tilde, b_hi_tilde, b_hi, b_hf, b_hg, b_ho


class ONLSTMEquations:
    """The equations of the ONLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = (
        "c_prev",
        "softmax_a_f_tilde",
        "f_tilde",
        "softmax_a_i_tilde",
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
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "on_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (6 * hidden_size, input_size),
            "weight_hh": (6 * hidden_size, hidden_size),
            "bias_ih": (6 * hidden_size,),
            "bias_hh": (6 * hidden_size,),
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
        a_f_tilde, a_i_tilde, a_i, a_f, a_g, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(6, -1)

        # Gates
        softmax_a_f_tilde = torch.softmax(a_f_tilde, -1)
        f_tilde = softmax_a_f_tilde.cumsum(-1)
        softmax_a_i_tilde = torch.softmax(a_i_tilde, -1)
        cumsum_softmax_a_i_tilde = softmax_a_i_tilde.cumsum(-1)
        i_tilde = 1 - cumsum_softmax_a_i_tilde
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
        return (h, c), (softmax_a_f_tilde, f_tilde, softmax_a_i_tilde, i_tilde, i, f, g, o, omega, f_hat, i_hat, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, _, f_tilde, _, i_tilde, i, f, g, o, omega, f_hat, i_hat, _ = kept
        return {
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
        c_prev, softmax_a_f_tilde, f_tilde, softmax_a_i_tilde, i_tilde, i, f, g, o, omega, f_hat, i_hat, tanh_c = saved
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
            softmax_a_i_tilde,
            i_tilde,
            softmax_a_f_tilde,
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
            softmax_a_i_tilde,
            i_tilde,
            softmax_a_f_tilde,
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
        d_cumsum_softmax_a_i_tilde = -d_i_tilde
        d_softmax_a_i_tilde = d_cumsum_softmax_a_i_tilde.flip(-1).cumsum(-1).flip(-1)
        d_a_i_tilde = (
            d_softmax_a_i_tilde * softmax_a_i_tilde
            - ((d_softmax_a_i_tilde * softmax_a_i_tilde).sum(-1, keepdim=True)) * softmax_a_i_tilde
        )
        d_f_tilde = d_omega * i_tilde + d_f_hat
        d_softmax_a_f_tilde = d_f_tilde.flip(-1).cumsum(-1).flip(-1)
        d_a_f_tilde = (
            d_softmax_a_f_tilde * softmax_a_f_tilde
            - ((d_softmax_a_f_tilde * softmax_a_f_tilde).sum(-1, keepdim=True)) * softmax_a_f_tilde
        )
        d_a = torch.cat((d_a_f_tilde, d_a_i_tilde, d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_c * f_hat
        return (d_h_prev, d_c_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, h_prev = summed
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
        )


class ONLSTM(ONLSTMEquations, RecurrentLayer):
    """Ordered-neurons LSTM over whole sequences.

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


class ONLSTMCell(ONLSTMEquations, RecurrentCell):
    """Ordered-neurons LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``ONLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = ONLSTM, ONLSTMCell
