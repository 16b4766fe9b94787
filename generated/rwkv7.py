# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""RWKV-7.

Peng et al. (2025), RWKV-7 Goose with Expressive Dynamic State Evolution, COLM

What is taken from the memory and what is written to it have keys of their own, both made of k. The mix with the input
before, maps of low rank, the values of the first layer and the norm of what is read are left out.

One time step:

    rₜ = W_ir xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    aₜ = σ(W_ia xₜ + b_ia)
    wₜ = exp(−exp(−1/2) σ(W_iw xₜ + b_iw))
    gₜ = W_ig xₜ
    k̄ₜ = ξ ⊙ kₜ
    k̂ₜ = k̄ₜ/sqrt(k̄ₜᵀ k̄ₜ + 0.000001)
    k̃ₜ = kₜ ⊙ (1 + (aₜ − 1) ⊙ μ)
    Sₜ = Sₜ₋₁ diag(wₜ) − Sₜ₋₁ k̂ₜ (aₜ ⊙ k̂ₜ)ᵀ + vₜ k̃ₜᵀ
    oₜ = gₜ ⊙ (Sₜ rₜ + (ρ ⊙ k̃ₜ)ᵀ rₜ vₜ)
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, contract
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (4*heads*key, input_size): W_ir, W_ik, W_ia, W_iw
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_ig
    bias_i_heads_key: Tensor | None  # (2*heads*key,): b_ia, b_iw
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh
    xi: Tensor  # (heads*key,)
    mu: Tensor  # (heads*key,)
    rho: Tensor  # (heads*key,)


class RWKV7Equations:
    """The equations of the RWKV7, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("r", "w", "g", "k_hat", "v_S")
    summed = (
        "x",
        "S_prev",
        "r",
        "k",
        "v",
        "a_",
        "sigmoid_a_w",
        "w",
        "g",
        "k_bar",
        "dot_k_hat",
        "v_k_hat",
        "k_hat",
        "k_tilde",
        "read_S_k_hat",
        "S",
        "read_S_r",
        "v_o",
        "dot_o",
        "scaled_o",
        "o",
    )
    sizes = ("heads", "key", "value")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "key")}
    sequential = "the equation of Sₜ mixes the units of Sₜ₋₁"
    c_files = {"": "rwkv7.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (4 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "bias_i_heads_key": (2 * self.heads * self.key,),
            "weight_oh": (hidden_size, self.heads * self.value),
            "xi": (self.heads * self.key,),
            "mu": (self.heads * self.key,),
            "rho": (self.heads * self.key,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        r, k = F.linear(x, p.weight_i_heads_key.unflatten(0, (4, -1))[0:2].flatten(0, 1)).chunk(2, -1)
        v, g = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        blocks = F.linear(x, p.weight_i_heads_key.unflatten(0, (4, -1))[2:4].flatten(0, 1), p.bias_i_heads_key)
        a_a, a_w = blocks.chunk(2, -1)
        a_ = torch.sigmoid(a_a)
        sigmoid_a_w = torch.sigmoid(a_w)
        w = torch.exp(-0.6065306597126334 * sigmoid_a_w)
        k_bar = p.xi * k
        dot_k_hat = contract(self, "heads key, heads key -> heads", k_bar, k_bar)
        v_k_hat = 1 / torch.sqrt(dot_k_hat + 1e-06)
        k_hat = contract(self, "heads, heads key -> heads key", v_k_hat, k_bar)
        k_tilde = k * (1 + (a_ - 1) * p.mu)
        v_S = a_ * k_hat
        v_o = p.rho * k_tilde
        dot_o = contract(self, "heads key, heads key -> heads", v_o, r)
        scaled_o = contract(self, "heads, heads value -> heads value", dot_o, v)
        return r, k, v, g, a_, sigmoid_a_w, w, k_bar, dot_k_hat, v_k_hat, k_hat, k_tilde, v_S, v_o, dot_o, scaled_o

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        r, k, v, g, a_, sigmoid_a_w, w, k_bar, dot_k_hat, v_k_hat, k_hat, k_tilde, v_S, v_o, dot_o, scaled_o = a

        # Gates
        columns_S_w = contract(self, "heads value key, heads key -> heads value key", S_prev, w)
        read_S_k_hat = contract(self, "heads value key, heads key -> heads value", S_prev, k_hat)

        # Affine maps
        scaled_S = -contract(self, "heads value, heads key -> heads value key", read_S_k_hat, v_S)

        # Gates
        outer_S = contract(self, "heads value, heads key -> heads value key", v, k_tilde)

        # New state
        S = columns_S_w + scaled_S + outer_S

        # Gates
        read_S_r = contract(self, "heads value key, heads key -> heads value", S, r)
        o = g * (read_S_r + scaled_o)

        # New state
        h = F.linear(o, p.weight_oh)
        saved = (
            r,
            w,
            g,
            k_hat,
            v_S,
            k,
            v,
            a_,
            sigmoid_a_w,
            k_bar,
            dot_k_hat,
            v_k_hat,
            k_tilde,
            read_S_k_hat,
            read_S_r,
            v_o,
            dot_o,
            scaled_o,
            o,
        )
        return (h, S), saved

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        r, k, v, g, a_, _, w, k_bar, _, _, k_hat, k_tilde, _, _, _, _ = a
        h, S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, o = kept
        return {
            "r": r,
            "k": k,
            "v": v,
            "a": a_,
            "w": w,
            "g": g,
            "k_bar": k_bar,
            "k_hat": k_hat,
            "k_tilde": k_tilde,
            "S": S,
            "o": o,
            "h": h,
        }

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        r, w, g, k_hat, v_S = saved
        return g, r, v_S, w, k_hat

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        g, r, v_S, w, k_hat = local
        d_o = d_h @ p.weight_oh
        d_read_S_r = d_o * g
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_read_S_r, r)
        d_read_S_k_hat = -contract(self, "heads value key, heads key -> heads value", d_S, v_S)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads key -> heads value key", d_S, w) + contract(
            self, "heads value, heads key -> heads value key", d_read_S_k_hat, k_hat
        )
        return (d_h_prev, d_S_prev), (d_h, d_o, d_read_S_r, d_S, d_read_S_k_hat)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_read_S_r, d_S, d_read_S_k_hat = kept
        (
            x,
            S_prev,
            r,
            k,
            v,
            a_,
            sigmoid_a_w,
            w,
            g,
            k_bar,
            dot_k_hat,
            v_k_hat,
            k_hat,
            k_tilde,
            read_S_k_hat,
            S,
            read_S_r,
            v_o,
            dot_o,
            scaled_o,
            o,
        ) = summed
        d_scaled_o = d_o * g
        d_dot_o = contract(self, "heads value, heads value -> heads", d_scaled_o, v)
        d_v_o = contract(self, "heads, heads key -> heads key", d_dot_o, r)
        d_v_S = -contract(self, "heads value key, heads value -> heads key", d_S, read_S_k_hat)
        d_k_tilde = d_v_o * p.rho + contract(self, "heads value key, heads value -> heads key", d_S, v)
        d_k_hat = d_v_S * a_ + contract(self, "heads value, heads value key -> heads key", d_read_S_k_hat, S_prev)
        factor3 = v_k_hat / (dot_k_hat + 1e-06)
        scaled_d_k_hat = contract(self, "heads, heads key -> heads key", factor3, d_k_hat)
        d_dot_k_hat = -0.5 * contract(self, "heads key, heads key -> heads", scaled_d_k_hat, k_bar)
        d_k_bar = (
            contract(self, "heads, heads key -> heads key", d_dot_k_hat, k_bar)
            + contract(self, "heads, heads key -> heads key", d_dot_k_hat, k_bar)
            + contract(self, "heads key, heads -> heads key", d_k_hat, v_k_hat)
        )
        d_g = d_o * (read_S_r + scaled_o)
        factor2 = w * sigmoid_a_w * (1 - sigmoid_a_w)
        scaled_d_S = contract(self, "heads key, heads value key -> heads value key", factor2, d_S)
        d_a_w = (
            -contract(self, "heads value key, heads value key -> heads key", scaled_d_S, S_prev) * 0.6065306597126334
        )
        factor = a_ * (1 - a_)
        d_a_a = factor * d_k_tilde * k * p.mu + factor * d_v_S * k_hat
        d_v = contract(self, "heads value key, heads key -> heads value", d_S, k_tilde) + contract(
            self, "heads value, heads -> heads value", d_scaled_o, dot_o
        )
        d_k = d_k_bar * p.xi + d_k_tilde * (1 + (a_ - 1) * p.mu)
        d_r = contract(self, "heads value, heads value key -> heads key", d_read_S_r, S) + contract(
            self, "heads, heads key -> heads key", d_dot_o, v_o
        )
        d_a2 = torch.cat((d_r, d_k, d_a_a, d_a_w), -1)
        d_a_x = torch.cat((d_v, d_g), -1)
        d_a_key = torch.cat((d_a_a, d_a_w), -1)
        d_x = d_a2 @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a2, x),
            weight_i_heads_value=outer(d_a_x, x),
            bias_i_heads_key=total(d_a_key),
            weight_oh=outer(d_h, o),
            xi=total(d_k_bar * k),
            mu=total((a_ - 1) * d_k_tilde * k),
            rho=total(d_v_o * k_tilde),
        )


class RWKV7(RWKV7Equations, MatrixStates, RecurrentLayer):
    """RWKV-7 over whole sequences.

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


class RWKV7Cell(RWKV7Equations, MatrixStates, RecurrentCell):
    """RWKV-7, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``RWKV7``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = RWKV7, RWKV7Cell
