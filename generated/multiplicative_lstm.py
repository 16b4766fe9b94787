# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Multiplicative LSTM.

Krause, Lu, Murray and Renals (2016), Multiplicative LSTM for Sequence Modelling, arXiv:1609.07959, equations 18 to 22

The first version of the paper has h = tanh(o * c); this is the later one, and that of its successors.

One time step:

    mₜ = (W_im xₜ) ⊙ (W_hm hₜ₋₁)
    iₜ = σ(W_ii xₜ + W_mi mₜ + b_i)
    fₜ = σ(W_if xₜ + W_mf mₜ + b_f)
    gₜ = tanh(W_ig xₜ + W_mg mₜ + b_g)
    oₜ = σ(W_io xₜ + W_mo mₜ + b_o)
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

    weight_ih: Tensor  # (5*hidden_size, input_size): W_im, W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hm
    bias: Tensor | None  # (4*hidden_size,): b_i, b_f, b_g, b_o
    weight_mh: Tensor  # (4*hidden_size, hidden_size): W_mi, W_mf, W_mg, W_mo


class MultiplicativeLSTMEquations:
    """The equations of the MultiplicativeLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "a_im", "i", "f", "g", "o", "tanh_c")
    summed = ("x", "h_prev", "a_hm", "m")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "multiplicative_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (5 * hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (4 * hidden_size,),
            "weight_mh": (4 * hidden_size, hidden_size),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_ih)
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        (a_x,) = a

        # Affine maps
        a_im, a_ii, a_if, a_ig, a_io = a_x.chunk(5, -1)
        a_hm = F.linear(h_prev, p.weight_hh)

        # Gates
        m = a_im * a_hm

        # Affine maps
        a_mi, a_mf, a_mg, a_mo = F.linear(m, p.weight_mh, p.bias).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_ii + a_mi)
        f = torch.sigmoid(a_if + a_mf)
        g = torch.tanh(a_ig + a_mg)
        o = torch.sigmoid(a_io + a_mo)

        # New state
        c = f * c_prev + i * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (a_im, i, f, g, o, tanh_c, a_hm, m)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, _, i, f, g, o, _, _, m = kept
        return {"m": m, "i": i, "f": f, "g": g, "o": o, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, a_im, i, f, g, o, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        return dh_dc, dh_da_o, dc_da_g, dc_da_f, dc_da_i, a_im, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_dc, dh_da_o, dc_da_g, dc_da_f, dc_da_i, a_im, f = local
        d_c = d_c_next + d_h * dh_dc
        d_a_o = d_h * dh_da_o
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_m = d_a @ p.weight_mh
        d_a_hm = d_m * a_im
        d_h_prev = d_a_hm @ p.weight_hh
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_a, d_m, d_a_hm)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_a, d_m, d_a_hm = kept
        x, h_prev, a_hm, m = summed
        d_a_i, d_a_f, d_a_g, d_a_o = d_a.chunk(4, -1)
        d_a_im = d_m * a_hm
        d_a_x = torch.cat((d_a_im, d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_x = d_a_x @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_x, x),
            weight_hh=outer(d_a_hm, h_prev),
            bias=total(d_a),
            weight_mh=outer(d_a, m),
        )


class MultiplicativeLSTM(MultiplicativeLSTMEquations, RecurrentLayer):
    """Multiplicative LSTM over whole sequences.

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


class MultiplicativeLSTMCell(MultiplicativeLSTMEquations, RecurrentCell):
    """Multiplicative LSTM, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``MultiplicativeLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = MultiplicativeLSTM, MultiplicativeLSTMCell
