# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with zoneout.

Krueger et al. (2017), Zoneout: Regularizing RNNs by Randomly Preserving Hidden Activations, ICLR, section 3.2

Zoneout wraps any cell: gru.zoned_out(h=0.1). In training each unit of a state keeps its previous value with probability
z, drawn anew at every step; in evaluation z takes the place of the draw. The paper zones out h and c, and h sees the
cell state before zoneout.

One time step:

    iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
    fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
    gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
    oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
    ĉₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
    cₜ = k_cₜ ⊙ cₜ₋₁ + (1 − k_cₜ) ⊙ ĉₜ
    ĥₜ = oₜ ⊙ tanh(ĉₜ)
    hₜ = k_hₜ ⊙ hₜ₋₁ + (1 − k_hₜ) ⊙ ĥₜ
    k_cₜ ~ Bernoulli(z_c) at each step
    k_hₜ ~ Bernoulli(z_h) at each step
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, parts, total
from .chance import Chance, Mask
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (4*hidden_size, input_size): W_ii, W_if, W_ig, W_io
    weight_hh: Tensor  # (4*hidden_size, hidden_size): W_hi, W_hf, W_hg, W_ho
    bias_ih: Tensor | None  # (4*hidden_size,): b_ii, b_if, b_ig, b_io
    bias_hh: Tensor | None  # (4*hidden_size,): b_hi, b_hf, b_hg, b_ho


class ZoneoutLSTMEquations:
    """The equations of the ZoneoutLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("x", "c_prev", "i", "f", "g", "o", "tanh_c_hat")
    summed = ("x", "h_prev")
    masks = {"k_c": Mask("hidden_size", "z_c"), "k_h": Mask("hidden_size", "z_h")}
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "zoneout_lstm.c"}
    options = {"z_c": 0.5, "z_h": 0.05}

    z_c: float
    z_h: float

    @staticmethod
    def parameter_shapes(input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (4 * hidden_size, input_size),
            "weight_hh": (4 * hidden_size, hidden_size),
            "bias_ih": (4 * hidden_size,),
            "bias_hh": (4 * hidden_size,),
        }

    @staticmethod
    def state_sizes(hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the inputs alone, for every time step at once: ``x`` is (T, B, the features of all)."""
        x_, k_c, k_h = parts(x, 0, self.hidden_size, self.hidden_size)
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x = F.linear(x_, p.weight_ih, bias)
        return k_c, k_h, a_x

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        k_c, k_h, a_x = a

        # Affine maps
        a_i, a_f, a_g, a_o = (a_x + F.linear(h_prev, p.weight_hh)).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i)
        f = torch.sigmoid(a_f)
        g = torch.tanh(a_g)
        o = torch.sigmoid(a_o)
        c_hat = f * c_prev + i * g

        # New state
        c = k_c * c_prev + (1 - k_c) * c_hat

        # Gates
        tanh_c_hat = torch.tanh(c_hat)
        h_hat = o * tanh_c_hat

        # New state
        h = k_h * h_prev + (1 - k_h) * h_hat
        return (h, c), (i, f, g, o, tanh_c_hat)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, c_prev = states
        h, c, i, f, g, o, _ = kept
        c_hat = f * c_prev + i * g
        tanh_c_hat = torch.tanh(c_hat)
        h_hat = o * tanh_c_hat
        return {"i": i, "f": f, "g": g, "o": o, "c_hat": c_hat, "c": c, "h_hat": h_hat, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        x, c_prev, i, f, g, o, tanh_c_hat = saved
        _, k_c, k_h = parts(x, 0, self.hidden_size, self.hidden_size)
        dh_dh_hat = 1 - k_h
        dc_dc_hat = 1 - k_c
        dh_hat_dc_hat = o * (1 - tanh_c_hat**2)
        dh_hat_da_o = tanh_c_hat * o * (1 - o)
        dc_hat_da_g = i * (1 - g**2)
        dc_hat_da_f = c_prev * f * (1 - f)
        dc_hat_da_i = g * i * (1 - i)
        return dh_dh_hat, dc_dc_hat, dh_hat_dc_hat, dh_hat_da_o, dc_hat_da_g, dc_hat_da_f, dc_hat_da_i, k_h, f, k_c

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c = d_states
        dh_dh_hat, dc_dc_hat, dh_hat_dc_hat, dh_hat_da_o, dc_hat_da_g, dc_hat_da_f, dc_hat_da_i, k_h, f, k_c = local
        d_h_hat = d_h * dh_dh_hat
        d_c_hat = d_c * dc_dc_hat + d_h_hat * dh_hat_dc_hat
        d_a_o = d_h_hat * dh_hat_da_o
        d_a_g = d_c_hat * dc_hat_da_g
        d_a_f = d_c_hat * dc_hat_da_f
        d_a_i = d_c_hat * dc_hat_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_prev = d_h * k_h + d_a @ p.weight_hh
        d_c_prev = d_c_hat * f + d_c * k_c
        return (d_h_prev, d_c_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, h_prev = summed
        x_, k_c, k_h = parts(x, 0, self.hidden_size, self.hidden_size)
        d_inputs = None
        if input_wanted:
            d_x = d_a @ p.weight_ih
            d_k_c = torch.zeros_like(k_c)
            d_k_h = torch.zeros_like(k_h)
            d_inputs = torch.cat((d_x, d_k_c, d_k_h), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a, x_),
            weight_hh=outer(d_a, h_prev),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
        )


class ZoneoutLSTM(ZoneoutLSTMEquations, Chance, RecurrentLayer):
    """LSTM with zoneout over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        z_c: the constant z_c; 0.5 by default
        z_h: the constant z_h; 0.05 by default
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
        k_c, k_h: by name, or drawn in training; in evaluation their probabilities (``chance.py``)
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class ZoneoutLSTMCell(ZoneoutLSTMEquations, Chance, RecurrentCell):
    """LSTM with zoneout, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, z_c, z_h, device, dtype; as in ``ZoneoutLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        k_c, k_h: as in ``ZoneoutLSTM``
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = ZoneoutLSTM, ZoneoutLSTMCell
