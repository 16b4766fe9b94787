# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Peephole long short-term memory.

Gers and Schmidhuber (2000), IJCNN; the vanilla LSTM of Greff, Srivastava, Koutník, Steunebrink and Schmidhuber (2017),
LSTM: A Search Space Odyssey, IEEE TNNLS, figure 1

The input and forget gates see the previous cell state, the output gate the new one.

One time step:

    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + p_i ⊙ cₜ₋₁)
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf + p_f ⊙ cₜ₋₁)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + p_o ⊙ cₜ)
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
    p_i: Tensor  # (hidden_size,)
    p_f: Tensor  # (hidden_size,)
    p_o: Tensor  # (hidden_size,)


class PeepholeLSTMEquations:
    """The equations of the PeepholeLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("c_prev", "i", "f", "g", "o", "tanh_c")
    summed = ("x", "h_prev", "c_prev", "c")
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "peephole_lstm.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias_ih": (4 * hidden_size,),
            "bias_hh": (4 * hidden_size,),
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
        return (a_x,)

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        (a_x,) = a

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

        # New state
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (i, f, g, o, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        h, c, i, f, g, o, _ = kept
        return {"i": i, "f": f, "g": g, "c": c, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        c_prev, i, f, g, o, tanh_c = saved
        dh_da_o = tanh_c * o * (1 - o)
        dh_dc = o * (1 - tanh_c**2)
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        return dh_da_o, dh_dc, dc_da_g, dc_da_f, dc_da_i, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_da_o, dh_dc, dc_da_g, dc_da_f, dc_da_i, f = local
        d_a_o = d_h * dh_da_o
        d_c = d_c_next + d_a_o * p.p_o + d_h * dh_dc
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_a @ p.weight_hh
        d_c_prev = d_a_i * p.p_i + d_a_f * p.p_f + d_c * f
        return (d_h_prev, d_c_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, h_prev, c_prev, c = summed
        d_a_i, d_a_f, _, d_a_o = d_a.chunk(4, -1)
        d_x = d_a @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a, x),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
            p_i=total(d_a_i * c_prev),
            p_f=total(d_a_f * c_prev),
            p_o=total(d_a_o * c),
        )


class PeepholeLSTM(PeepholeLSTMEquations, RecurrentLayer):
    """Peephole long short-term memory over whole sequences.

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


class PeepholeLSTMCell(PeepholeLSTMEquations, RecurrentCell):
    """Peephole long short-term memory, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``PeepholeLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = PeepholeLSTM, PeepholeLSTMCell
