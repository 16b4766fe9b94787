# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Gated DeltaNet.

Yang, Kautz and Hatamizadeh (2025), Gated Delta Networks, ICLR

The memory decays by a before it is corrected; the rate of decay is that of Mamba-2. r is the output gate; the norm
before it is left out. Parameters start as in the authors' code.

One time step:

    q̂ₜ = SiLU(W_iq_hat xₜ)
    k̂ₜ = SiLU(W_ik_hat xₜ)
    vₜ = SiLU(W_iv xₜ)
    rₜ = SiLU(W_ir xₜ)
    aₜ = exp(−exp(a_log) ⊙ softplus(W_ia xₜ + b_ia))
    βₜ = σ(W_iβ xₜ)
    qₜ = q̂ₜ/sqrt(q̂ₜᵀ q̂ₜ + 0.000001)
    kₜ = k̂ₜ/sqrt(k̂ₜᵀ k̂ₜ + 0.000001)
    Ŝₜ = aₜ Sₜ₋₁
    Sₜ = Ŝₜ + βₜ (vₜ − Ŝₜ kₜ) kₜᵀ
    oₜ = rₜ ⊙ (Sₜ qₜ)
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

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_iq_hat, W_ik_hat
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_ir
    weight_i_heads: Tensor  # (2*heads, input_size): W_ia, W_ibeta
    bias_i_heads: Tensor | None  # (heads,): b_ia
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh
    a_log: Tensor  # (heads,)


class GatedDeltaNetEquations:
    """The equations of the GatedDeltaNet, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("r", "a_", "beta", "q", "k")
    summed = (
        "x",
        "S_prev",
        "a_q_hat",
        "q_hat",
        "a_k_hat",
        "k_hat",
        "a_v",
        "a_r",
        "exp_a_log",
        "a_a",
        "softplus_a_a",
        "a_",
        "beta",
        "dot_q",
        "v_q",
        "dot_k",
        "v_k",
        "k",
        "S_hat",
        "v_S",
        "S",
        "read_S_q",
        "o",
    )
    sizes = ("heads", "key", "value")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "key")}
    sequential = "the equation of Sₜ mixes the units of Sₜ₋₁"
    c_files = {"": "gated_delta_net.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_i_heads": (2 * self.heads, input_size),
            "bias_i_heads": (self.heads,),
            "weight_oh": (hidden_size, self.heads * self.value),
            "a_log": (self.heads,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_i_heads is not None:
            drawn = nn.init.uniform_(p.bias_i_heads, -6.907755278982137, -2.302585092994046)
            drawn.copy_(torch.log(-1 + torch.exp(torch.exp(drawn))))
        drawn = nn.init.uniform_(p.a_log, 0, 16)
        drawn.copy_(torch.log(drawn))

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_a_log = with_slope(value_of_rate, slope_of_rate, p.a_log)
        a_q_hat, a_k_hat = F.linear(x, p.weight_i_heads_key).chunk(2, -1)
        q_hat = F.silu(a_q_hat)
        k_hat = F.silu(a_k_hat)
        a_v, a_r = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        v = F.silu(a_v)
        r = F.silu(a_r)
        a_a = F.linear(x, p.weight_i_heads.unflatten(0, (2, -1))[0], p.bias_i_heads)
        softplus_a_a = F.softplus(a_a, threshold=40)
        a_ = torch.exp(-exp_a_log * softplus_a_a)
        a_beta = F.linear(x, p.weight_i_heads.unflatten(0, (2, -1))[1])
        beta = torch.sigmoid(a_beta)
        dot_q = contract(self, "heads key, heads key -> heads", q_hat, q_hat)
        v_q = 1 / torch.sqrt(dot_q + 1e-06)
        q = contract(self, "heads, heads key -> heads key", v_q, q_hat)
        dot_k = contract(self, "heads key, heads key -> heads", k_hat, k_hat)
        v_k = 1 / torch.sqrt(dot_k + 1e-06)
        k = contract(self, "heads, heads key -> heads key", v_k, k_hat)
        exp_a_log = exp_a_log.expand(*x.shape[:-1], -1)
        return (
            exp_a_log,
            a_q_hat,
            a_k_hat,
            q_hat,
            k_hat,
            a_v,
            a_r,
            v,
            r,
            a_a,
            softplus_a_a,
            a_,
            beta,
            dot_q,
            v_q,
            q,
            dot_k,
            v_k,
            k,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        (
            exp_a_log,
            a_q_hat,
            a_k_hat,
            q_hat,
            k_hat,
            a_v,
            a_r,
            v,
            r,
            a_a,
            softplus_a_a,
            a_,
            beta,
            dot_q,
            v_q,
            q,
            dot_k,
            v_k,
            k,
        ) = a

        # Gates
        S_hat = contract(self, "heads, heads value key -> heads value key", a_, S_prev)
        read_S_hat_k = contract(self, "heads value key, heads key -> heads value", S_hat, k)
        v_S = v - read_S_hat_k
        scaled_S = contract(self, "heads, heads value, heads key -> heads value key", beta, v_S, k)

        # New state
        S = S_hat + scaled_S

        # Gates
        read_S_q = contract(self, "heads value key, heads key -> heads value", S, q)
        o = r * read_S_q

        # New state
        h = F.linear(o, p.weight_oh)
        saved = (
            r,
            a_,
            beta,
            q,
            k,
            a_q_hat,
            q_hat,
            a_k_hat,
            k_hat,
            a_v,
            a_r,
            exp_a_log,
            a_a,
            softplus_a_a,
            dot_q,
            v_q,
            dot_k,
            v_k,
            S_hat,
            v_S,
            read_S_q,
            o,
        )
        return (h, S), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, q_hat, k_hat, _, _, v, r, _, _, a_, beta, _, _, q, _, _, k = a
        h, S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, S_hat, _, _, o = kept
        return {
            "q_hat": q_hat,
            "k_hat": k_hat,
            "v": v,
            "r": r,
            "a": a_,
            "beta": beta,
            "q": q,
            "k": k,
            "S_hat": S_hat,
            "S": S,
            "o": o,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        r, a_, beta, q, k = saved
        return r, q, beta, k, a_

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        r, q, beta, k, a_ = local
        d_o = d_h @ p.weight_oh
        d_read_S_q = d_o * r
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_read_S_q, q)
        d_v_S = contract(self, "heads value key, heads, heads key -> heads value", d_S, beta, k)
        d_read_S_hat_k = -d_v_S
        d_S_hat = d_S + contract(self, "heads value, heads key -> heads value key", d_read_S_hat_k, k)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads -> heads value key", d_S_hat, a_)
        return (d_h_prev, d_S_prev), (d_h, d_o, d_read_S_q, d_S, d_v_S, d_read_S_hat_k, d_S_hat)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_read_S_q, d_S, d_v_S, d_read_S_hat_k, d_S_hat = kept
        (
            x,
            S_prev,
            a_q_hat,
            q_hat,
            a_k_hat,
            k_hat,
            a_v,
            a_r,
            exp_a_log,
            a_a,
            softplus_a_a,
            a_,
            beta,
            dot_q,
            v_q,
            dot_k,
            v_k,
            k,
            S_hat,
            v_S,
            S,
            read_S_q,
            o,
        ) = summed
        sigmoid_a_r = torch.sigmoid(a_r)
        sigmoid_a_v = torch.sigmoid(a_v)
        sigmoid_a_k_hat = torch.sigmoid(a_k_hat)
        sigmoid_a_q_hat = torch.sigmoid(a_q_hat)
        d_k = contract(self, "heads value, heads value key -> heads key", d_read_S_hat_k, S_hat) + contract(
            self, "heads value key, heads, heads value -> heads key", d_S, beta, v_S
        )
        factor3 = v_k / (dot_k + 1e-06)
        scaled_d_k = contract(self, "heads, heads key -> heads key", factor3, d_k)
        d_dot_k = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_k, k_hat)
        d_q = contract(self, "heads value, heads value key -> heads key", d_read_S_q, S)
        factor2 = v_q / (dot_q + 1e-06)
        scaled_d_q = contract(self, "heads, heads key -> heads key", factor2, d_q)
        d_dot_q = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_q, q_hat)
        factor = beta * (1 - beta)
        scaled_v_S = contract(self, "heads, heads value -> heads value", factor, v_S)
        d_a_beta = contract(self, "heads value key, heads value, heads key -> heads", d_S, scaled_v_S, k)
        scaled_d_S_hat = contract(self, "heads, heads value key -> heads value key", a_, d_S_hat)
        d_z_a = contract(self, "heads value key, heads value key -> heads", scaled_d_S_hat, S_prev)
        d_a_a = -torch.sigmoid(a_a) * d_z_a * exp_a_log
        d_exp_a_log = -d_z_a * softplus_a_a
        d_a_r = (sigmoid_a_r * d_o * read_S_q) * (1 + a_r * (1 - sigmoid_a_r))
        d_v = d_v_S
        d_a_v = d_v * sigmoid_a_v * (1 + a_v * (1 - sigmoid_a_v))
        d_k_hat = (
            contract(self, "heads, heads key -> heads key", d_dot_k, k_hat)
            + contract(self, "heads, heads key -> heads key", d_dot_k, k_hat)
            + contract(self, "heads key, heads -> heads key", d_k, v_k)
        )
        d_a_k_hat = d_k_hat * sigmoid_a_k_hat * (1 + a_k_hat * (1 - sigmoid_a_k_hat))
        d_q_hat = (
            contract(self, "heads, heads key -> heads key", d_dot_q, q_hat)
            + contract(self, "heads, heads key -> heads key", d_dot_q, q_hat)
            + contract(self, "heads key, heads -> heads key", d_q, v_q)
        )
        d_a_q_hat = d_q_hat * sigmoid_a_q_hat * (1 + a_q_hat * (1 - sigmoid_a_q_hat))
        d_a2 = torch.cat((d_a_q_hat, d_a_k_hat), -1)
        d_a_x = torch.cat((d_a_v, d_a_r), -1)
        d_a_x2 = torch.cat((d_a_a, d_a_beta), -1)
        d_x = None
        if input_wanted:
            d_x = d_a2 @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value + d_a_x2 @ p.weight_i_heads
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a2, x),
            weight_i_heads_value=outer(d_a_x, x),
            weight_i_heads=outer(d_a_x2, x),
            bias_i_heads=total(d_a_a),
            weight_oh=outer(d_h, o),
            a_log=total(d_exp_a_log * exp_a_log),
        )


class GatedDeltaNet(GatedDeltaNetEquations, MatrixStates, RecurrentLayer):
    """Gated DeltaNet over whole sequences.

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
        S: (D * num_layers, B, heads, value, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GatedDeltaNetCell(GatedDeltaNetEquations, MatrixStates, RecurrentCell):
    """Gated DeltaNet, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``GatedDeltaNet``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = GatedDeltaNet, GatedDeltaNetCell
