# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""LSTM with variational dropout.

Gal and Ghahramani (2016), A Theoretically Grounded Application of Dropout in Recurrent Neural Networks, NeurIPS

One mask for the input and one for the previous output, each the same for all gates and all steps: the paper's tied
weights. What is kept is divided by the probability to be kept, so that in evaluation the cell is the LSTM, with the
same names of weights. The paper keeps the masks in evaluation, too, and averages over draws of them.

One time step:

    x_mₜ = m_x ⊙ xₜ/keep_x
    h_mₜ = m_h ⊙ hₜ₋₁/keep_h
      iₜ = σ(W_ii x_mₜ + b_ii + W_hi h_mₜ + b_hi)
      fₜ = σ(W_if x_mₜ + b_if + W_hf h_mₜ + b_hf)
      gₜ = tanh(W_ig x_mₜ + b_ig + W_hg h_mₜ + b_hg)
      oₜ = σ(W_io x_mₜ + b_io + W_ho h_mₜ + b_ho)
      cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
      hₜ = oₜ ⊙ tanh(cₜ)
    m_x ~ Bernoulli(keep_x) for each sequence
    m_h ~ Bernoulli(keep_h) for each sequence
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


class VariationalLSTMEquations:
    """The equations of the VariationalLSTM, for every layer, direction and time step alike."""

    states = ("h", "c")
    Parameters = Parameters
    saved = ("x", "c_prev", "i", "f", "g", "o", "tanh_c")
    summed = ("x", "x_m", "h_m")
    masks = {"m_x": Mask(0, "keep_x", True), "m_h": Mask("hidden_size", "keep_h", True)}
    sequential = "the equation of oₜ mixes the units of hₜ₋₁"
    c_files = {"": "variational_lstm.c"}
    options = {"keep_x": 0.75, "keep_h": 0.75}

    keep_x: float
    keep_h: float

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
        x_, m_x, m_h = parts(x, 0, 0, self.hidden_size)
        x_m = m_x / self.keep_x * x_
        bias = None if p.bias_ih is None else p.bias_ih + p.bias_hh
        a_x_m = F.linear(x_m, p.weight_ih, bias)
        return m_h, x_m, a_x_m

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        h_prev, c_prev = states
        m_h, x_m, a_x_m = a

        # Gates
        h_m = m_h / self.keep_h * h_prev

        # Affine maps
        a_i, a_f, a_g, a_o = (a_x_m + F.linear(h_m, p.weight_hh)).chunk(4, -1)

        # Gates
        i = torch.sigmoid(a_i)
        f = torch.sigmoid(a_f)
        g = torch.tanh(a_g)
        o = torch.sigmoid(a_o)

        # New state
        c = f * c_prev + i * g
        tanh_c = torch.tanh(c)
        h = o * tanh_c
        return (h, c), (i, f, g, o, tanh_c, x_m, h_m)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, x_m, _ = a
        h, c, i, f, g, o, _, _, h_m = kept
        return {"x_m": x_m, "h_m": h_m, "i": i, "f": f, "g": g, "o": o, "c": c, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        x, c_prev, i, f, g, o, tanh_c = saved
        _, _, m_h = parts(x, 0, 0, self.hidden_size)
        dh_dc = o * (1 - tanh_c**2)
        dh_da_o = tanh_c * o * (1 - o)
        dc_da_g = i * (1 - g**2)
        dc_da_f = c_prev * f * (1 - f)
        dc_da_i = g * i * (1 - i)
        dh_m_dh_prev = m_h / self.keep_h
        return dh_dc, dh_da_o, dc_da_g, dc_da_f, dc_da_i, dh_m_dh_prev, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_c_next = d_states
        dh_dc, dh_da_o, dc_da_g, dc_da_f, dc_da_i, dh_m_dh_prev, f = local
        d_c = d_c_next + d_h * dh_dc
        d_a_o = d_h * dh_da_o
        d_a_g = d_c * dc_da_g
        d_a_f = d_c * dc_da_f
        d_a_i = d_c * dc_da_i
        d_a = torch.cat((d_a_i, d_a_f, d_a_g, d_a_o), -1)
        d_h_m = d_a @ p.weight_hh
        d_h_prev = d_h_m * dh_m_dh_prev
        d_c_prev = d_c * f
        return (d_h_prev, d_c_prev), (d_a,)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        (d_a,) = kept
        x, x_m, h_m = summed
        _, m_x, m_h = parts(x, 0, 0, self.hidden_size)
        d_x_m = d_a @ p.weight_ih
        d_inputs = None
        if input_wanted:
            d_x = d_x_m / self.keep_x * m_x
            d_m_x = torch.zeros_like(m_x)
            d_m_h = torch.zeros_like(m_h)
            d_inputs = torch.cat((d_x, d_m_x, d_m_h), -1)
        if not parameters_wanted:
            return d_inputs, None
        return d_inputs, Parameters(
            weight_ih=outer(d_a, x_m),
            weight_hh=outer(d_a, h_m),
            bias_ih=total(d_a),
            bias_hh=total(d_a),
        )


class VariationalLSTM(VariationalLSTMEquations, Chance, RecurrentLayer):
    """LSTM with variational dropout over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        num_layers: layers, each over the output of the one below; 1 by default
        keep_x: the constant keep_x; 0.75 by default
        keep_h: the constant keep_h; 0.75 by default
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
        m_x, m_h: by name, or drawn in training; in evaluation their probabilities (``chance.py``)
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        c: (D * num_layers, B, H), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class VariationalLSTMCell(VariationalLSTMEquations, Chance, RecurrentCell):
    """LSTM with variational dropout, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, bias, keep_x, keep_h, device, dtype; as in ``VariationalLSTM``

    Call: ``(h, c) = cell(input, (h, c))``
        input: (B, I) or (I,)
        m_x, m_h: as in ``VariationalLSTM``
        h: (B, H) or (H,); zero by default
        c: (B, H) or (H,); zero by default
    """


Layer, Cell = VariationalLSTM, VariationalLSTMCell
