# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Time-aware LSTM.

Baytas, Xiao, Zhang, Wang, Jain and Zhou (2017)

The short-term part s of the memory fades with the time dt since the step before: 1/log(e + dt). The paper has tanh in
the equation of s, the authors' code the logistic function, and e to four decimals. Weights start as in that code.

One time step:

    sₜ = tanh(W_cs cₜ₋₁ + b_cs)
    ĉₜ = cₜ₋₁ − sₜ + sₜ/log(e + dtₜ)
    fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
    iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
    oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
    cₜ = fₜ ⊙ ĉₜ + iₜ ⊙ gₜ
    hₜ = oₜ ⊙ tanh(cₜ)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .inputs import SeveralInputs
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_if, W_ii, W_io, W_ig
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hf, W_hi, W_ho, W_hg
    bias: Tensor | None  # (4*hidden_size,): b_f, b_i, b_o, b_g
    weight_ch: Tensor  # (hidden_size, hidden_size): W_cs
    bias_ch: Tensor | None  # (hidden_size,): b_cs


class TimeLSTMEquations:
    """The equations of the TimeLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("s", "log_c_hat", "c_hat", "f", "i", "o", "g", "tanh_c")
    summed = ("x", "h_prev", "c_prev", "s", "log_c_hat")
    further = {"dt": 1}
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "time_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "weight_ch": (hidden_size, hidden_size),
            "bias_ch": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.normal_(p.weight_ih, 0, 0.1)
        nn.init.normal_(p.weight_hh, 0, 0.1)
        if p.bias is not None:
            nn.init.zeros_(p.bias)
        nn.init.normal_(p.weight_ch, 0, 0.1)
        if p.bias_ch is not None:
            nn.init.zeros_(p.bias_ch)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, dt = parts(x, 0, 1)
        log_c_hat = torch.log(2.718281828459045 + dt)
        a_x = F.linear(x_, p.weight_ih, p.bias)
        return log_c_hat, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        log_c_hat, a_x = a

        # Affine maps
        a_s = F.linear(c_prev, p.weight_ch, p.bias_ch)

        # Gates
        s = torch.tanh(a_s)
        c_hat = c_prev - s + s / log_c_hat

        # Affine maps
        a_f, a_i, a_o, a_g = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        f = torch.sigmoid(a_f)
        i = torch.sigmoid(a_i)
        o = torch.sigmoid(a_o)
        g = torch.tanh(a_g)

        # New state
        c = f * c_hat + i * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (s, log_c_hat, c_hat, f, i, o, g, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, s, _, c_hat, f, i, o, g, _ = kept
        return {"s": s, "c_hat": c_hat, "f": f, "i": i, "o": o, "g": g, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        s, log_c_hat, c_hat, f, i, o, g, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        dc_da_g = i * (1 - g**2)
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_i = g * i * (1 - i)
        dc_da_f = c_hat * f * (1 - f)
        dc_hat_da_s = (1 / log_c_hat - 1) * (1 - s**2)
        return dh_dc, dc_da_g, dh_da_o, dc_da_i, dc_da_f, f, dc_hat_da_s

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_dc, dc_da_g, dh_da_o, dc_da_i, dc_da_f, f, dc_hat_da_s = local
        d_c = d_c_next + d_h * dh_dc
        d_a_g = d_c * dc_da_g
        d_a_o = d_h * dh_da_o
        d_a_i = d_c * dc_da_i
        d_a_f = d_c * dc_da_f
        d_c_hat = d_c * f
        d_a_s = d_c_hat * dc_hat_da_s
        d_a = torch.cat((d_a_f, d_a_i, d_a_o, d_a_g), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_c_hat + d_a_s @ p.weight_ch
        return (d_h_prev, d_c_prev), (d_a, d_c_hat, d_a_s)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_c_hat, d_a_s = kept
        x, h_prev, c_prev, s, log_c_hat = summed
        x_, dt = parts(x, 0, 1)
        a_log_c_hat = 2.718281828459045 + dt
        d_log_c_hat = (-d_c_hat * s / log_c_hat**2).sum(-1, keepdim=True)
        d_a_log_c_hat = d_log_c_hat / a_log_c_hat
        d_inputs = None
        if input_wanted:
            d_x = d_a @ p.weight_ih
            d_dt = d_a_log_c_hat
            d_inputs = torch.cat((d_x, d_dt), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a, x_),
            weight_hh=outer(d_a, h_prev),
            bias=total(d_a),
            weight_ch=outer(d_a_s, c_prev),
            bias_ch=total(d_a_s),
        )


class TimeLSTM(TimeLSTMEquations, SeveralInputs, RecurrentLayer):
    """Time-aware LSTM over whole sequences.

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

    Call: ``output, (h, c) = layer(input, dt, (h, c))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        dt: the same with 1 in the place of I
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class TimeLSTMCell(TimeLSTMEquations, SeveralInputs, RecurrentCell):
    """Time-aware LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``TimeLSTM``

    Call: ``(h, c) = cell(input, dt, (h, c))``
        input: (B, I) or (I,)
        dt: (B, 1) or (1,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = TimeLSTM, TimeLSTMCell
