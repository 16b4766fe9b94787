# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Mogrifier LSTM, five rounds.

Melis, Kočiský and Blunsom (2020), Mogrifier LSTM, ICLR, equations 1 and 2

Before the step x and h scale each other in turn: x in rounds 1, 3 and 5, h in rounds 2 and 4.

One time step:

    x_1ₜ = 2 σ(W_hx_1 hₜ₋₁) ⊙ xₜ
    h_2ₜ = 2 σ(W_ih_2 x_1ₜ) ⊙ hₜ₋₁
    x_3ₜ = 2 σ(W_hx_3 h_2ₜ) ⊙ x_1ₜ
    h_4ₜ = 2 σ(W_ih_4 x_3ₜ) ⊙ h_2ₜ
    x_5ₜ = 2 σ(W_hx_5 h_4ₜ) ⊙ x_3ₜ
      iₜ = σ(W_ii x_5ₜ + W_hi h_4ₜ + b_i)
      fₜ = σ(W_if x_5ₜ + W_hf h_4ₜ + b_f)
      gₜ = tanh(W_ig x_5ₜ + W_hg h_4ₜ + b_g)
      oₜ = σ(W_io x_5ₜ + W_ho h_4ₜ + b_o)
      cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
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

    weight_ih: Tensor  # (6*hidden_size, input_size): W_ih_2, W_ih_4, W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias: Tensor | None  # (4*hidden_size,): b_i, b_f, b_g, b_o
    weight_hi: Tensor  # (3*input_size, hidden_size): W_hx_1, W_hx_3, W_hx_5


class MogrifierLSTMEquations:
    """The equations of the MogrifierLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = (
        "x",
        "h_prev",
        "c_prev",
        "sigmoid_a_x_1",
        "x_1",
        "sigmoid_a_h_2",
        "h_2",
        "sigmoid_a_x_3",
        "x_3",
        "sigmoid_a_h_4",
        "sigmoid_a_x_5",
        "i",
        "f",
        "g",
        "o",
        "tanh_c",
    )
    summed = ("h_prev", "sigmoid_a_x_1", "x_1", "h_2", "x_3", "h_4", "x_5")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "mogrifier_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (6 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "weight_hi": (3 * input_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        return (x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        (x,) = a

        # Affine maps
        a_x_1 = F.linear(h_prev, p.weight_hi.unflatten(0, (3, -1))[0])

        # Gates
        sigmoid_a_x_1 = torch.sigmoid(a_x_1)
        x_1 = 2 * sigmoid_a_x_1 * x

        # Affine maps
        a_h_2 = F.linear(x_1, p.weight_ih[: self.hidden_size])

        # Gates
        sigmoid_a_h_2 = torch.sigmoid(a_h_2)
        h_2 = 2 * sigmoid_a_h_2 * h_prev

        # Affine maps
        a_x_3 = F.linear(h_2, p.weight_hi.unflatten(0, (3, -1))[1])

        # Gates
        sigmoid_a_x_3 = torch.sigmoid(a_x_3)
        x_3 = 2 * sigmoid_a_x_3 * x_1

        # Affine maps
        a_h_4 = F.linear(x_3, p.weight_ih[self.hidden_size : 2 * self.hidden_size])

        # Gates
        sigmoid_a_h_4 = torch.sigmoid(a_h_4)
        h_4 = 2 * sigmoid_a_h_4 * h_2

        # Affine maps
        a_x_5 = F.linear(h_4, p.weight_hi.unflatten(0, (3, -1))[2])

        # Gates
        sigmoid_a_x_5 = torch.sigmoid(a_x_5)
        x_5 = 2 * sigmoid_a_x_5 * x_3

        # Affine maps
        blocks = F.linear(x_5, p.weight_ih[2 * self.hidden_size :], p.bias) + F.linear(h_4, p.weight_hh)
        a_i, a_f, a_g, a_o = blocks.chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i)
        f = torch.sigmoid(a_f)
        g = torch.tanh(a_g)
        o = torch.sigmoid(a_o)

        # New state
        c = f * c_prev + i * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        saved = (
            sigmoid_a_x_1,
            x_1,
            sigmoid_a_h_2,
            h_2,
            sigmoid_a_x_3,
            x_3,
            sigmoid_a_h_4,
            sigmoid_a_x_5,
            i,
            f,
            g,
            o,
            tanh_c,
            h_4,
            x_5,
        )
        return (h, c), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, _, x_1, _, h_2, _, x_3, _, _, i, f, g, o, _, h_4, x_5 = kept
        return {
            "x_1": x_1,
            "h_2": h_2,
            "x_3": x_3,
            "h_4": h_4,
            "x_5": x_5,
            "i": i,
            "f": f,
            "g": g,
            "o": o,
            "c": c,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (
            x,
            h_prev,
            c_prev,
            sigmoid_a_x_1,
            x_1,
            sigmoid_a_h_2,
            h_2,
            sigmoid_a_x_3,
            x_3,
            sigmoid_a_h_4,
            sigmoid_a_x_5,
            i,
            f,
            g,
            o,
            tanh_c,
        ) = saved
        dh_dc = o * (1 - tanh_c**2)
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        dx_5_da_x_5 = 2 * x_3 * sigmoid_a_x_5 * (1 - sigmoid_a_x_5)
        dh_4_da_h_4 = 2 * h_2 * sigmoid_a_h_4 * (1 - sigmoid_a_h_4)
        dx_5_dx_3 = 2 * sigmoid_a_x_5
        dx_3_da_x_3 = 2 * x_1 * sigmoid_a_x_3 * (1 - sigmoid_a_x_3)
        dh_4_dh_2 = 2 * sigmoid_a_h_4
        dh_2_da_h_2 = 2 * h_prev * sigmoid_a_h_2 * (1 - sigmoid_a_h_2)
        dx_3_dx_1 = 2 * sigmoid_a_x_3
        dx_1_da_x_1 = 2 * x * sigmoid_a_x_1 * (1 - sigmoid_a_x_1)
        dh_2_dh_prev = 2 * sigmoid_a_h_2
        return (
            dh_dc,
            dh_da_o,
            dc_da_g,
            dc_da_f,
            dc_da_i,
            dx_5_da_x_5,
            dh_4_da_h_4,
            dx_5_dx_3,
            dx_3_da_x_3,
            dh_4_dh_2,
            dh_2_da_h_2,
            dx_3_dx_1,
            dx_1_da_x_1,
            dh_2_dh_prev,
            f,
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
            dh_da_o,
            dc_da_g,
            dc_da_f,
            dc_da_i,
            dx_5_da_x_5,
            dh_4_da_h_4,
            dx_5_dx_3,
            dx_3_da_x_3,
            dh_4_dh_2,
            dh_2_da_h_2,
            dx_3_dx_1,
            dx_1_da_x_1,
            dh_2_dh_prev,
            f,
        ) = local
        d_c = d_c_next + d_h * dh_dc
        d_a_o = d_h * dh_da_o
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_x_5 = d_a @ p.weight_ih[2 * self.hidden_size :]
        d_a_x_5 = d_x_5 * dx_5_da_x_5
        d_h_4 = d_a @ p.weight_hh + d_a_x_5 @ p.weight_hi.unflatten(0, (3, -1))[2]
        d_a_h_4 = d_h_4 * dh_4_da_h_4
        d_x_3 = d_x_5 * dx_5_dx_3 + d_a_h_4 @ p.weight_ih[self.hidden_size : 2 * self.hidden_size]
        d_a_x_3 = d_x_3 * dx_3_da_x_3
        d_h_2 = d_h_4 * dh_4_dh_2 + d_a_x_3 @ p.weight_hi.unflatten(0, (3, -1))[1]
        d_a_h_2 = d_h_2 * dh_2_da_h_2
        d_x_1 = d_x_3 * dx_3_dx_1 + d_a_h_2 @ p.weight_ih[: self.hidden_size]
        d_a_x_1 = d_x_1 * dx_1_da_x_1
        d_h_prev = d_h_2 * dh_2_dh_prev + d_a_x_1 @ p.weight_hi.unflatten(0, (3, -1))[0]
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_a, d_a_x_5, d_a_h_4, d_a_x_3, d_a_h_2, d_x_1, d_a_x_1)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_a_x_5, d_a_h_4, d_a_x_3, d_a_h_2, d_x_1, d_a_x_1 = kept
        h_prev, sigmoid_a_x_1, x_1, h_2, x_3, h_4, x_5 = summed
        d_x = 2 * d_x_1 * sigmoid_a_x_1 if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=torch.cat((outer(d_a_h_2, x_1), outer(d_a_h_4, x_3), outer(d_a, x_5))),
            weight_hh=outer(d_a, h_4),
            bias=total(d_a),
            weight_hi=torch.cat((outer(d_a_x_1, h_prev), outer(d_a_x_3, h_2), outer(d_a_x_5, h_4))),
        )


class MogrifierLSTM(MogrifierLSTMEquations, RecurrentLayer):
    """Mogrifier LSTM, five rounds over whole sequences.

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


class MogrifierLSTMCell(MogrifierLSTMEquations, RecurrentCell):
    """Mogrifier LSTM, five rounds, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MogrifierLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = MogrifierLSTM, MogrifierLSTMCell
