# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""DeltaProduct, two steps.

Siems, Carstensen, Zela, Hutter, Pontil and Grazzi (2025), DeltaProduct, NeurIPS

Two steps of the delta rule for each input, with keys, values and rates of their own; a longer loop has more.

One time step:

      q̂ₜ = SiLU(W_iq_hat xₜ)
      qₜ = q̂ₜ/sqrt(q̂ₜᵀ q̂ₜ + 0.000001)
    k̂_1ₜ = SiLU(W_ik_hat_1 xₜ)
    k_1ₜ = k̂_1ₜ/sqrt(k̂_1ₜᵀ k̂_1ₜ + 0.000001)
    v_1ₜ = SiLU(W_iv_1 xₜ)
    β_1ₜ = σ(W_iβ_1 xₜ)
    S_1ₜ = Sₜ₋₁ + β_1ₜ (v_1ₜ − Sₜ₋₁ k_1ₜ) k_1ₜᵀ
    k̂_2ₜ = SiLU(W_ik_hat_2 xₜ)
    k_2ₜ = k̂_2ₜ/sqrt(k̂_2ₜᵀ k̂_2ₜ + 0.000001)
    v_2ₜ = SiLU(W_iv_2 xₜ)
    β_2ₜ = σ(W_iβ_2 xₜ)
      Sₜ = S_1ₜ + β_2ₜ (v_2ₜ − S_1ₜ k_2ₜ) k_2ₜᵀ
      oₜ = Sₜ qₜ
      hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .matrices import MatrixStates, contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (3*heads*key, input_size): W_iq_hat, W_ik_hat_1, W_ik_hat_2
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv_1, W_iv_2
    weight_i_heads: Tensor  # (2*heads, input_size): W_ibeta_1, W_ibeta_2
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh


class DeltaProductEquations:
    """The equations of the DeltaProduct, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("q", "k_1", "beta_1", "k_2", "beta_2")
    summed = (
        "x",
        "S_prev",
        "a_q_hat",
        "q_hat",
        "dot_q",
        "v_q",
        "a_k_hat_1",
        "k_hat_1",
        "dot_k_1",
        "v_k_1",
        "k_1",
        "a_v_1",
        "beta_1",
        "v_S_1",
        "S_1",
        "a_k_hat_2",
        "k_hat_2",
        "dot_k_2",
        "v_k_2",
        "k_2",
        "a_v_2",
        "beta_2",
        "v_S",
        "S",
        "o",
    )
    sizes = ("heads", "key", "value")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "key")}
    sequential = "the equation of S_1ₜ mixes the units of Sₜ₋₁"
    c_files = {"": "delta_product.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (3 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_i_heads": (2 * self.heads, input_size),
            "weight_oh": (hidden_size, self.heads * self.value),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_q_hat, a_k_hat_1, a_k_hat_2 = F.linear(x, p.weight_i_heads_key).chunk(3, -1)
        q_hat = F.silu(a_q_hat)
        dot_q = contract(self, "heads key, heads key -> heads", q_hat, q_hat)
        v_q = 1 / torch.sqrt(dot_q + 1e-06)
        q = contract(self, "heads, heads key -> heads key", v_q, q_hat)
        k_hat_1 = F.silu(a_k_hat_1)
        dot_k_1 = contract(self, "heads key, heads key -> heads", k_hat_1, k_hat_1)
        v_k_1 = 1 / torch.sqrt(dot_k_1 + 1e-06)
        k_1 = contract(self, "heads, heads key -> heads key", v_k_1, k_hat_1)
        a_v_1, a_v_2 = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        v_1 = F.silu(a_v_1)
        a_beta_1, a_beta_2 = F.linear(x, p.weight_i_heads).chunk(2, -1)
        beta_1 = torch.sigmoid(a_beta_1)
        k_hat_2 = F.silu(a_k_hat_2)
        dot_k_2 = contract(self, "heads key, heads key -> heads", k_hat_2, k_hat_2)
        v_k_2 = 1 / torch.sqrt(dot_k_2 + 1e-06)
        k_2 = contract(self, "heads, heads key -> heads key", v_k_2, k_hat_2)
        v_2 = F.silu(a_v_2)
        beta_2 = torch.sigmoid(a_beta_2)
        return (
            a_q_hat,
            a_k_hat_1,
            a_k_hat_2,
            q_hat,
            dot_q,
            v_q,
            q,
            k_hat_1,
            dot_k_1,
            v_k_1,
            k_1,
            a_v_1,
            a_v_2,
            v_1,
            beta_1,
            k_hat_2,
            dot_k_2,
            v_k_2,
            k_2,
            v_2,
            beta_2,
        )

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        (
            a_q_hat,
            a_k_hat_1,
            a_k_hat_2,
            q_hat,
            dot_q,
            v_q,
            q,
            k_hat_1,
            dot_k_1,
            v_k_1,
            k_1,
            a_v_1,
            a_v_2,
            v_1,
            beta_1,
            k_hat_2,
            dot_k_2,
            v_k_2,
            k_2,
            v_2,
            beta_2,
        ) = a

        # Gates
        read_S_k_1 = contract(self, "heads value key, heads key -> heads value", S_prev, k_1)
        v_S_1 = v_1 - read_S_k_1
        scaled_S_1 = contract(self, "heads, heads value, heads key -> heads value key", beta_1, v_S_1, k_1)
        S_1 = S_prev + scaled_S_1
        read_S_1_k_2 = contract(self, "heads value key, heads key -> heads value", S_1, k_2)
        v_S = v_2 - read_S_1_k_2
        scaled_S = contract(self, "heads, heads value, heads key -> heads value key", beta_2, v_S, k_2)

        # New state
        S = S_1 + scaled_S

        # Gates
        o = contract(self, "heads value key, heads key -> heads value", S, q)

        # New state
        h = F.linear(o, p.weight_oh)
        saved = (
            q,
            k_1,
            beta_1,
            k_2,
            beta_2,
            a_q_hat,
            q_hat,
            dot_q,
            v_q,
            a_k_hat_1,
            k_hat_1,
            dot_k_1,
            v_k_1,
            a_v_1,
            v_S_1,
            S_1,
            a_k_hat_2,
            k_hat_2,
            dot_k_2,
            v_k_2,
            a_v_2,
            v_S,
            o,
        )
        return (h, S), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, q_hat, _, _, q, k_hat_1, _, _, k_1, _, _, v_1, beta_1, k_hat_2, _, _, k_2, v_2, beta_2 = a
        h, S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, S_1, _, _, _, _, _, _, o = kept
        return {
            "q_hat": q_hat,
            "q": q,
            "k_hat_1": k_hat_1,
            "k_1": k_1,
            "v_1": v_1,
            "beta_1": beta_1,
            "S_1": S_1,
            "k_hat_2": k_hat_2,
            "k_2": k_2,
            "v_2": v_2,
            "beta_2": beta_2,
            "S": S,
            "o": o,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, k_1, beta_1, k_2, beta_2 = saved
        return q, beta_2, k_2, beta_1, k_1

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        q, beta_2, k_2, beta_1, k_1 = local
        d_o = d_h @ p.weight_oh
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_o, q)
        d_v_S = contract(self, "heads value key, heads, heads key -> heads value", d_S, beta_2, k_2)
        d_read_S_1_k_2 = -d_v_S
        d_S_1 = d_S + contract(self, "heads value, heads key -> heads value key", d_read_S_1_k_2, k_2)
        d_v_S_1 = contract(self, "heads value key, heads, heads key -> heads value", d_S_1, beta_1, k_1)
        d_read_S_k_1 = -d_v_S_1
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S_1 + contract(self, "heads value, heads key -> heads value key", d_read_S_k_1, k_1)
        return (d_h_prev, d_S_prev), (d_h, d_o, d_S, d_v_S, d_read_S_1_k_2, d_S_1, d_v_S_1, d_read_S_k_1)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_S, d_v_S, d_read_S_1_k_2, d_S_1, d_v_S_1, d_read_S_k_1 = kept
        (
            x,
            S_prev,
            a_q_hat,
            q_hat,
            dot_q,
            v_q,
            a_k_hat_1,
            k_hat_1,
            dot_k_1,
            v_k_1,
            k_1,
            a_v_1,
            beta_1,
            v_S_1,
            S_1,
            a_k_hat_2,
            k_hat_2,
            dot_k_2,
            v_k_2,
            k_2,
            a_v_2,
            beta_2,
            v_S,
            S,
            o,
        ) = summed
        sigmoid_a_v_2 = torch.sigmoid(a_v_2)
        sigmoid_a_k_hat_2 = torch.sigmoid(a_k_hat_2)
        sigmoid_a_v_1 = torch.sigmoid(a_v_1)
        sigmoid_a_k_hat_1 = torch.sigmoid(a_k_hat_1)
        sigmoid_a_q_hat = torch.sigmoid(a_q_hat)
        factor5 = beta_2 * (1 - beta_2)
        scaled_v_S = contract(self, "heads, heads value -> heads value", factor5, v_S)
        d_a_beta_2 = contract(self, "heads value key, heads value, heads key -> heads", d_S, scaled_v_S, k_2)
        d_v_2 = d_v_S
        d_a_v_2 = d_v_2 * sigmoid_a_v_2 * (1 + a_v_2 * (1 - sigmoid_a_v_2))
        d_k_2 = contract(self, "heads value, heads value key -> heads key", d_read_S_1_k_2, S_1) + contract(
            self, "heads value key, heads, heads value -> heads key", d_S, beta_2, v_S
        )
        factor4 = v_k_2 / (dot_k_2 + 1e-06)
        scaled_d_k_2 = contract(self, "heads, heads key -> heads key", factor4, d_k_2)
        d_dot_k_2 = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_k_2, k_hat_2)
        d_k_hat_2 = (
            contract(self, "heads, heads key -> heads key", d_dot_k_2, k_hat_2)
            + contract(self, "heads, heads key -> heads key", d_dot_k_2, k_hat_2)
            + contract(self, "heads key, heads -> heads key", d_k_2, v_k_2)
        )
        d_a_k_hat_2 = d_k_hat_2 * sigmoid_a_k_hat_2 * (1 + a_k_hat_2 * (1 - sigmoid_a_k_hat_2))
        factor3 = beta_1 * (1 - beta_1)
        scaled_v_S_1 = contract(self, "heads, heads value -> heads value", factor3, v_S_1)
        d_a_beta_1 = contract(self, "heads value key, heads value, heads key -> heads", d_S_1, scaled_v_S_1, k_1)
        d_v_1 = d_v_S_1
        d_a_v_1 = d_v_1 * sigmoid_a_v_1 * (1 + a_v_1 * (1 - sigmoid_a_v_1))
        d_k_1 = contract(self, "heads value, heads value key -> heads key", d_read_S_k_1, S_prev) + contract(
            self, "heads value key, heads, heads value -> heads key", d_S_1, beta_1, v_S_1
        )
        factor2 = v_k_1 / (dot_k_1 + 1e-06)
        scaled_d_k_1 = contract(self, "heads, heads key -> heads key", factor2, d_k_1)
        d_dot_k_1 = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_k_1, k_hat_1)
        d_k_hat_1 = (
            contract(self, "heads, heads key -> heads key", d_dot_k_1, k_hat_1)
            + contract(self, "heads, heads key -> heads key", d_dot_k_1, k_hat_1)
            + contract(self, "heads key, heads -> heads key", d_k_1, v_k_1)
        )
        d_a_k_hat_1 = d_k_hat_1 * sigmoid_a_k_hat_1 * (1 + a_k_hat_1 * (1 - sigmoid_a_k_hat_1))
        d_q = contract(self, "heads value, heads value key -> heads key", d_o, S)
        factor = v_q / (dot_q + 1e-06)
        scaled_d_q = contract(self, "heads, heads key -> heads key", factor, d_q)
        d_dot_q = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_q, q_hat)
        d_q_hat = (
            contract(self, "heads, heads key -> heads key", d_dot_q, q_hat)
            + contract(self, "heads, heads key -> heads key", d_dot_q, q_hat)
            + contract(self, "heads key, heads -> heads key", d_q, v_q)
        )
        d_a_q_hat = d_q_hat * sigmoid_a_q_hat * (1 + a_q_hat * (1 - sigmoid_a_q_hat))
        d_a = torch.cat((d_a_q_hat, d_a_k_hat_1, d_a_k_hat_2), -1)
        d_a_x = torch.cat((d_a_v_1, d_a_v_2), -1)
        d_a_x2 = torch.cat((d_a_beta_1, d_a_beta_2), -1)
        d_x = None
        if input_wanted:
            d_x = d_a @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value + d_a_x2 @ p.weight_i_heads
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            weight_i_heads_value=outer(d_a_x, x),
            weight_i_heads=outer(d_a_x2, x),
            weight_oh=outer(d_h, o),
        )


class DeltaProduct(DeltaProductEquations, MatrixStates, RecurrentLayer):
    """DeltaProduct, two steps over whole sequences.

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


class DeltaProductCell(DeltaProductEquations, MatrixStates, RecurrentCell):
    """DeltaProduct, two steps, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``DeltaProduct``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = DeltaProduct, DeltaProductCell
