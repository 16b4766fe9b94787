# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Slim LSTM 3: gates of the bias alone.

Lu and Salem (2017), Simplified Gating in LSTM Recurrent Neural Networks, MWSCAS

One time step:

     i = σ(b_i)
     f = σ(b_f)
    gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
     o = σ(b_o)
    cₜ = f ⊙ cₜ₋₁ + i ⊙ gₜ
    hₜ = o ⊙ tanh(cₜ)
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

    weight_ih: Tensor  # (hidden_size, input_size): W_ig
    weight_hh: Tensor  # (hidden_size, hidden_size): W_hg
    bias: Tensor | None  # (hidden_size,): b_g
    b_i: Tensor  # (hidden_size,)
    b_f: Tensor  # (hidden_size,)
    b_o: Tensor  # (hidden_size,)


class SlimLSTM3Equations:
    """The equations of the SlimLSTM3, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("i", "f", "g", "o", "tanh_c")
    summed = ("x", "h_prev", "c_prev", "i", "f", "g", "o", "tanh_c")
    sequential = "the equation of gₜ mixes the units of hₜ₋₁"
    c_files = {"": "slim_lstm3.c"}

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_hh": (hidden_size, hidden_size),
            "bias": (hidden_size,),
            "b_i": (hidden_size,),
            "b_f": (hidden_size,),
            "b_o": (hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        i = torch.sigmoid(p.b_i)
        f = torch.sigmoid(p.b_f)
        o = torch.sigmoid(p.b_o)
        a_x = F.linear(x, p.weight_ih, p.bias)
        i = i.expand(*x.shape[:-1], -1)
        f = f.expand(*x.shape[:-1], -1)
        o = o.expand(*x.shape[:-1], -1)
        return i, f, o, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        i, f, o, a_x = a

        # Affine maps
        a_g = a_x + F.linear(h_prev, p.weight_hh)

        # Gates
        g = torch.tanh(a_g)

        # New state
        c = f * c_prev + i * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (i, f, g, o, tanh_c)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        i, f, o, _ = a
        h, c, _, _, g, _, _ = kept
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        i, f, g, o, tanh_c = saved
        dh_dc = o * (1 - tanh_c**2)
        dc_da_g = i * (1 - g**2)
        return dh_dc, dc_da_g, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_dc, dc_da_g, f = local
        d_c = d_c_next + d_h * dh_dc
        d_a_g = d_c * dc_da_g
        d_h_prev = d_a_g @ p.weight_hh
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_h, d_c, d_a_g)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_c, d_a_g = kept
        x, h_prev, c_prev, i, f, g, o, tanh_c = summed
        d_o = d_h * tanh_c
        d_i = d_c * g
        d_x = d_a_g @ p.weight_ih if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_a_g, x),
            weight_hh=outer(d_a_g, h_prev),
            bias=total(d_a_g),
            b_i=total(d_i * i * (1 - i)),
            b_f=total(f * (1 - f) * d_c * c_prev),
            b_o=total(d_o * o * (1 - o)),
        )


class SlimLSTM3(SlimLSTM3Equations, RecurrentLayer):
    """Slim LSTM 3: gates of the bias alone over whole sequences.

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


class SlimLSTM3Cell(SlimLSTM3Equations, RecurrentCell):
    """Slim LSTM 3: gates of the bias alone, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, device, dtype; as in ``SlimLSTM3``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = SlimLSTM3, SlimLSTM3Cell
