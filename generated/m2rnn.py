# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""M²RNN.

Mishra, Tan, Stoica, Gonzalez and Dao (2026), M²RNN: Non-Linear RNNs with Matrix-Valued States for Scalable Language
Modeling, arXiv:2603.14360

The state has keys for rows and values for columns, a matrix of weights maps its rows, and all of it goes through tanh.
Decay, skip connection and gate are those of the authors' code, as are the initial values; the convolution before and
the norm after are left out.

One time step:

    qₜ = W_iq xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    gₜ = SiLU(W_ig xₜ)
    fₜ = exp(−exp(a_log) ⊙ softplus(W_if xₜ + b_if))
    Zₜ = tanh(Sₜ₋₁ W + kₜ vₜᵀ)
    Sₜ = fₜ Sₜ₋₁ + (1 − fₜ) Zₜ
    oₜ = gₜ ⊙ (Sₜᵀ qₜ + D ⊙ vₜ)
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, contract
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_iq, W_ik
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_ig
    weight_i_heads: Tensor  # (heads, input_size): W_if
    bias_i_heads: Tensor | None  # (heads,): b_if
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh
    W: Tensor  # (heads*value*value,)
    a_log: Tensor  # (heads,)
    D: Tensor  # (heads*value,)


class M2RNNEquations:
    """The equations of the M2RNN, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("q", "g", "f", "Z", "v_S")
    summed = (
        "x",
        "S_prev",
        "k",
        "v",
        "a_g",
        "g",
        "exp_a_log",
        "a_f",
        "softplus_a_f",
        "f",
        "Z",
        "S",
        "readback_S_q",
        "o",
    )
    sizes = ("heads", "key", "value")
    matrix_states = {"S": ("heads", "key", "value")}
    sequential = "the equation of Zₜ mixes the units of Sₜ₋₁"
    c_files = {"": "m2rnn.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_i_heads": (self.heads, input_size),
            "bias_i_heads": (self.heads,),
            "weight_oh": (hidden_size, self.heads * self.value),
            "W": (self.heads * self.value * self.value,),
            "a_log": (self.heads,),
            "D": (self.heads * self.value,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.key * self.value

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_i_heads is not None:
            drawn = nn.init.uniform_(p.bias_i_heads, -6.907755278982137, -2.302585092994046)
            drawn.copy_(torch.log(-1 + torch.exp(torch.exp(drawn))))
        for block in p.W.view(-1, self.value, self.value):
            nn.init.eye_(block)
        drawn = nn.init.uniform_(p.a_log, 0, 16)
        drawn.copy_(torch.log(drawn))
        nn.init.ones_(p.D)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_a_log = with_slope(value_of_rate, slope_of_rate, p.a_log)
        a_x = F.linear(x, p.weight_i_heads_key)
        v, a_g = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        g = F.silu(a_g)
        a_f = F.linear(x, p.weight_i_heads, p.bias_i_heads)
        softplus_a_f = F.softplus(a_f, threshold=40)
        f = torch.exp(-exp_a_log * softplus_a_f)
        v_S = -torch.expm1(-exp_a_log * softplus_a_f)
        exp_a_log = exp_a_log.expand(*x.shape[:-1], -1)
        return exp_a_log, a_x, v, a_g, g, a_f, softplus_a_f, f, v_S

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        exp_a_log, a_x, v, a_g, g, a_f, softplus_a_f, f, v_S = a

        # Affine maps
        q, k = a_x.chunk(2, -1)

        # Gates
        read_S_W = contract(self, "heads key value, heads value value' -> heads key value'", S_prev, p.W)
        outer_Z = contract(self, "heads key, heads value -> heads key value", k, v)
        Z = torch.tanh(read_S_W + outer_Z)
        scaled_S = contract(self, "heads, heads key value -> heads key value", f, S_prev)
        scaled_S2 = contract(self, "heads, heads key value -> heads key value", v_S, Z)

        # New state
        S = scaled_S + scaled_S2

        # Gates
        readback_S_q = contract(self, "heads key value, heads key -> heads value", S, q)
        o = g * (readback_S_q + p.D * v)

        # New state
        h = F.linear(o, p.weight_oh)
        return (h, S), (q, g, f, Z, v_S, k, v, a_g, exp_a_log, a_f, softplus_a_f, readback_S_q, o)

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, v, _, g, _, _, f, _ = a
        h, S, q, _, _, Z, _, k, _, _, _, _, _, _, o = kept
        return {"q": q, "k": k, "v": v, "g": g, "f": f, "Z": Z, "S": S, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, g, f, Z, v_S = saved
        dZ_dread_S_W = 1 - Z**2
        return g, q, v_S, dZ_dread_S_W, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        g, q, v_S, dZ_dread_S_W, f = local
        d_o = d_h @ p.weight_oh
        d_readback_S_q = d_o * g
        d_S = d_S_next + contract(self, "heads value, heads key -> heads key value", d_readback_S_q, q)
        d_Z = contract(self, "heads key value, heads -> heads key value", d_S, v_S)
        d_read_S_W = d_Z * dZ_dread_S_W
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(
            self, "heads key value', heads value value' -> heads key value", d_read_S_W, p.W
        ) + contract(self, "heads key value, heads -> heads key value", d_S, f)
        return (d_h_prev, d_S_prev), (d_h, d_o, d_readback_S_q, d_S, d_read_S_W)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_readback_S_q, d_S, d_read_S_W = kept
        x, S_prev, k, v, a_g, g, exp_a_log, a_f, softplus_a_f, f, Z, S, readback_S_q, o = summed
        sigmoid_a_g = torch.sigmoid(a_g)
        d_v_S = contract(self, "heads key value, heads key value -> heads", d_S, Z)
        scaled_d_S = contract(self, "heads, heads key value -> heads key value", f, d_S)
        d_z_f = contract(self, "heads key value, heads key value -> heads", scaled_d_S, S_prev)
        d_a_f = f * torch.sigmoid(a_f) * d_v_S * exp_a_log - torch.sigmoid(a_f) * d_z_f * exp_a_log
        d_exp_a_log = f * d_v_S * softplus_a_f - d_z_f * softplus_a_f
        d_a_g = (sigmoid_a_g * d_o * (readback_S_q + p.D * v)) * (1 + a_g * (1 - sigmoid_a_g))
        d_v = d_o * g * p.D + contract(self, "heads key value, heads key -> heads value", d_read_S_W, k)
        d_k = contract(self, "heads key value, heads value -> heads key", d_read_S_W, v)
        d_q = contract(self, "heads value, heads key value -> heads key", d_readback_S_q, S)
        d_a = torch.cat((d_q, d_k), -1)
        d_a_x = torch.cat((d_v, d_a_g), -1)
        d_W_t = contract(self, "heads key value', heads key value -> heads value value'", d_read_S_W, S_prev)
        d_x = None
        if input_wanted:
            d_x = d_a @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value + d_a_f @ p.weight_i_heads
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            weight_i_heads_value=outer(d_a_x, x),
            weight_i_heads=outer(d_a_f, x),
            bias_i_heads=total(d_a_f),
            weight_oh=outer(d_h, o),
            W=total(d_W_t),
            a_log=total(d_exp_a_log * exp_a_log),
            D=total(d_o * g * v),
        )


class M2RNN(M2RNNEquations, MatrixStates, RecurrentLayer):
    """M²RNN over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        key: a number of units
        value: a number of units
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

    Call: ``output, (h, S) = layer(input, (h, S))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        S: (D * num_layers, B, heads, key, value), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class M2RNNCell(M2RNNEquations, MatrixStates, RecurrentCell):
    """M²RNN, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``M2RNN``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, key, value) or (heads, key, value,); zero by default
    """


Layer, Cell = M2RNN, M2RNNCell
