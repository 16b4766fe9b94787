# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Gated slot attention.

Zhang et al. (2024), Gated Slot Attention for Efficient Linear-Time Sequence Modeling, NeurIPS

Keys and values are kept in so many slots a head, each of which forgets what it has by its own gate and takes as much of
the new ones; attention is to the slots. The gate is to the power of 1/8 as in the authors' code, whose norm of the
output is left out.

One time step:

    qₜ = SiLU(W_iq xₜ)
    kₜ = SiLU(W_ik xₜ)
    vₜ = SiLU(W_iv xₜ)
    fₜ = exp(−softplus(−W_if xₜ)/8)
    Kₜ = Kₜ₋₁ diag(fₜ) + kₜ (1 − fₜ)ᵀ
    Vₜ = Vₜ₋₁ diag(fₜ) + vₜ (1 − fₜ)ᵀ
    pₜ = headsoftmax(Kₜᵀ qₜ)
    oₜ = SiLU(Vₜ pₜ)
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total_by_head
from .matrices import MatrixStates, along, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_iq, W_ik
    weight_i_heads_value: Tensor  # (heads*value, input_size): W_iv
    weight_i_heads_slots: Tensor  # (heads*slots, input_size): W_if
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh


class GSAEquations:
    """The equations of the GSA, for every layer, direction and time step alike."""

    states = ("h", "K", "V")
    Parameters = Parameters
    saved = ("q", "f", "V", "p_", "read_V_p")
    summed = ("x", "K_prev", "V_prev", "a_q", "a_k", "k", "a_v", "v", "a_f", "f", "v_K", "K", "o")
    sizes = ("heads", "key", "value", "slots")
    matrix_states = {"K": ("heads", "key", "slots"), "V": ("heads", "value", "slots")}
    c_files = {"": "gsa.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "weight_i_heads_value": (self.heads * self.value, input_size),
            "weight_i_heads_slots": (self.heads * self.slots, input_size),
            "weight_oh": (hidden_size, self.heads * self.value),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.key * self.slots, self.heads * self.value * self.slots

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_q, a_k = F.linear(x, p.weight_i_heads_key).chunk(2, -1)
        q = F.silu(a_q)
        k = F.silu(a_k)
        a_v = F.linear(x, p.weight_i_heads_value)
        v = F.silu(a_v)
        a_f = F.linear(x, p.weight_i_heads_slots)
        softplus_f = F.softplus(-a_f, threshold=40)
        f = torch.exp(-0.125 * softplus_f)
        v_K = -torch.expm1(-0.125 * softplus_f)
        return a_q, a_k, q, k, a_v, v, a_f, f, v_K

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, K_prev, V_prev = states
        a_q, a_k, q, k, a_v, v, a_f, f, v_K = a

        # Gates
        columns_K_f = contract(self, "heads key slots, heads slots -> heads key slots", K_prev, f)
        outer_K = contract(self, "heads key, heads slots -> heads key slots", k, v_K)

        # New state
        K = columns_K_f + outer_K

        # Gates
        columns_V_f = contract(self, "heads value slots, heads slots -> heads value slots", V_prev, f)
        outer_V = contract(self, "heads value, heads slots -> heads value slots", v, v_K)

        # New state
        V = columns_V_f + outer_V

        # Gates
        readback_K_q = contract(self, "heads key slots, heads key -> heads slots", K, q)
        p_ = torch.softmax(readback_K_q.unflatten(-1, (self.heads, -1)), -1).flatten(-2)
        read_V_p = contract(self, "heads value slots, heads slots -> heads value", V, p_)
        o = F.silu(read_V_p)

        # New state
        h = F.linear(o, p.weight_oh)
        return (h, K, V), (q, f, p_, read_V_p, a_q, a_k, k, a_v, v, a_f, v_K, o)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, q, k, _, v, _, f, v_K = self.project_input(x, p)
        outer_K = contract(self, "heads key, heads slots -> heads key slots", k, v_K)
        outer_V = contract(self, "heads value, heads slots -> heads value slots", v, v_K)
        K = linear_scan(x, along(self, "heads slots -> heads key slots", f), outer_K, states[1])
        readback_K_q = contract(self, "heads key slots, heads key -> heads slots", K, q)
        p_ = torch.softmax(readback_K_q.unflatten(-1, (self.heads, -1)), -1).flatten(-2)
        V = linear_scan(x, along(self, "heads slots -> heads value slots", f), outer_V, states[2])
        read_V_p = contract(self, "heads value slots, heads slots -> heads value", V, p_)
        o = F.silu(read_V_p)
        h = F.linear(o, p.weight_oh)
        return h, (h[-1], K[-1], V[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, q, k, _, v, _, f, _ = a
        h, K, V, _, _, p_, _, _, _, _, _, _, _, _, o = kept
        return {"q": q, "k": k, "v": v, "f": f, "K": K, "V": V, "p": p_, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, f, V, p_, read_V_p = saved
        sigmoid_read_V_p = torch.sigmoid(read_V_p)
        do_dread_V_p = sigmoid_read_V_p * (1 + read_V_p * (1 - sigmoid_read_V_p))
        return do_dread_V_p, V, p_, q, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_K_next, d_V_next = d_states
        do_dread_V_p, V, p_, q, f = local
        d_o = d_h @ p.weight_oh
        d_read_V_p = d_o * do_dread_V_p
        d_p = contract(self, "heads value, heads value slots -> heads slots", d_read_V_p, V)
        d_readback_K_q = d_p * p_ - total_by_head(d_p * p_, self.heads) * p_
        d_V = d_V_next + contract(self, "heads value, heads slots -> heads value slots", d_read_V_p, p_)
        d_K = d_K_next + contract(self, "heads slots, heads key -> heads key slots", d_readback_K_q, q)
        d_h_prev = torch.zeros_like(d_h)
        d_K_prev = contract(self, "heads key slots, heads slots -> heads key slots", d_K, f)
        d_V_prev = contract(self, "heads value slots, heads slots -> heads value slots", d_V, f)
        return (d_h_prev, d_K_prev, d_V_prev), (d_h, d_readback_K_q, d_V, d_K)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_readback_K_q, d_V, d_K = kept
        x, K_prev, V_prev, a_q, a_k, k, a_v, v, a_f, f, v_K, K, o = summed
        sigmoid_a_v = torch.sigmoid(a_v)
        sigmoid_a_k = torch.sigmoid(a_k)
        sigmoid_a_q = torch.sigmoid(a_q)
        factor2 = f * torch.sigmoid(-a_f)
        scaled_d_K2 = contract(self, "heads slots, heads key slots -> heads key slots", factor2, d_K)
        scaled_d_V2 = contract(self, "heads slots, heads value slots -> heads value slots", factor2, d_V)
        scaled_d_v_K = contract(self, "heads key slots, heads key -> heads slots", scaled_d_K2, k) + contract(
            self, "heads value slots, heads value -> heads slots", scaled_d_V2, v
        )
        factor = f * torch.sigmoid(-a_f)
        scaled_d_K = contract(self, "heads slots, heads key slots -> heads key slots", factor, d_K)
        scaled_d_V = contract(self, "heads slots, heads value slots -> heads value slots", factor, d_V)
        scaled_d_f = contract(self, "heads key slots, heads key slots -> heads slots", scaled_d_K, K_prev) + contract(
            self, "heads value slots, heads value slots -> heads slots", scaled_d_V, V_prev
        )
        d_a_f = 0.125 * scaled_d_f - 0.125 * scaled_d_v_K
        d_v = contract(self, "heads value slots, heads slots -> heads value", d_V, v_K)
        d_a_v = d_v * sigmoid_a_v * (1 + a_v * (1 - sigmoid_a_v))
        d_k = contract(self, "heads key slots, heads slots -> heads key", d_K, v_K)
        d_a_k = d_k * sigmoid_a_k * (1 + a_k * (1 - sigmoid_a_k))
        scaled_K = contract(self, "heads key, heads key slots -> heads key slots", sigmoid_a_q, K)
        d_a_q = contract(self, "heads slots, heads key slots -> heads key", d_readback_K_q, scaled_K) * (
            1 + a_q * (1 - sigmoid_a_q)
        )
        d_a = torch.cat((d_a_q, d_a_k), -1)
        d_x = None
        if input_wanted:
            d_x = d_a @ p.weight_i_heads_key + d_a_v @ p.weight_i_heads_value + d_a_f @ p.weight_i_heads_slots
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            weight_i_heads_value=outer(d_a_v, x),
            weight_i_heads_slots=outer(d_a_f, x),
            weight_oh=outer(d_h, o),
        )


class GSA(GSAEquations, MatrixStates, RecurrentLayer):
    """Gated slot attention over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        key: a number of units
        value: a number of units
        slots: a number of units
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
        parallel: whether all time steps are computed together, in PyTorch, by scans of what is linear in the states;
            False by default

    Call: ``output, (h, K, V) = layer(input, (h, K, V))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        K: (D * num_layers, B, heads, key, slots), without B for unbatched input; zero by default
        V: (D * num_layers, B, heads, value, slots), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GSACell(GSAEquations, MatrixStates, RecurrentCell):
    """Gated slot attention, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, slots, bias, device, dtype; as in ``GSA``

    Call: ``(h, K, V) = cell(input, (h, K, V))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        K: (B, heads, key, slots) or (heads, key, slots,); zero by default
        V: (B, heads, value, slots) or (heads, value, slots,); zero by default
    """


Layer, Cell = GSA, GSACell
