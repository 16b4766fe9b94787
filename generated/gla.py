# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Gated linear attention.

Yang, Wang, Shen, Panda and Kim (2024), Gated Linear Attention Transformers, ICML

Each key dimension has a forget gate, a logistic function to the power of 1/16. Its map is of low rank in the paper,
which has a norm of what is read before the output gate r.

One time step:

    qₜ = W_iq xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    aₜ = exp(−softplus(−(W_ia xₜ + b_ia))/16)
    rₜ = SiLU(W_ir xₜ + b_ir)
    Sₜ = Sₜ₋₁ diag(aₜ) + vₜ kₜᵀ
    oₜ = rₜ ⊙ (Sₜ qₜ)
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, along, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (3*heads*key, input_size): W_iq, W_ik, W_ia
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_ir
    bias_i_heads_key: Tensor | None  # (heads*key,): b_ia
    bias_i_heads_value: Tensor | None  # (heads*value,): b_ir
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh


class GLAEquations:
    """The equations of the GLA, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("q", "a_", "r")
    summed = ("x", "S_prev", "k", "v", "a_a", "a_", "a_r", "S", "read_S_q", "o")
    sizes = ("heads", "key", "value")
    matrix_states = {"S": ("heads", "value", "key")}
    c_files = {"": "gla.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (3 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "bias_i_heads_key": (self.heads * self.key,),
            "bias_i_heads_value": (self.heads * self.value,),
            "weight_oh": (hidden_size, self.heads * self.value),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_i_heads_key.unflatten(0, (3, -1))[0:2].flatten(0, 1))
        v = F.linear(x, p.weight_i_heads_value.unflatten(0, (2, -1))[0])
        a_a = F.linear(x, p.weight_i_heads_key.unflatten(0, (3, -1))[2], p.bias_i_heads_key)
        a_ = torch.exp(-0.0625 * F.softplus(-a_a, threshold=40))
        a_r = F.linear(x, p.weight_i_heads_value.unflatten(0, (2, -1))[1], p.bias_i_heads_value)
        r = F.silu(a_r)
        return a_x, v, a_a, a_, a_r, r

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        a_x, v, a_a, a_, a_r, r = a

        # Affine maps
        q, k = a_x.chunk(2, -1)

        # Gates
        columns_S_a = contract(self, "heads value key, heads key -> heads value key", S_prev, a_)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, k)

        # New state
        S = columns_S_a + outer_S

        # Gates
        read_S_q = contract(self, "heads value key, heads key -> heads value", S, q)
        o = r * read_S_q

        # New state
        h = F.linear(o, p.weight_oh)
        return (h, S), (q, a_, r, k, v, a_a, a_r, read_S_q, o)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        a_x, v, _, a_, _, r = self.project_input(x, p)
        q, k = a_x.chunk(2, -1)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, k)
        S = linear_scan(x, along(self, "heads key -> heads value key", a_), outer_S, states[1])
        read_S_q = contract(self, "heads value key, heads key -> heads value", S, q)
        o = r * read_S_q
        h = F.linear(o, p.weight_oh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, v, _, a_, _, r = a
        h, S, q, _, _, k, _, _, _, _, o = kept
        return {"q": q, "k": k, "v": v, "a": a_, "r": r, "S": S, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, a_, r = saved
        return r, q, a_

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        r, q, a_ = local
        d_o = d_h @ p.weight_oh
        d_read_S_q = d_o * r
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_read_S_q, q)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads key -> heads value key", d_S, a_)
        return (d_h_prev, d_S_prev), (d_h, d_o, d_read_S_q, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_read_S_q, d_S = kept
        x, S_prev, k, v, a_a, a_, a_r, S, read_S_q, o = summed
        sigmoid_a_r = torch.sigmoid(a_r)
        d_a_r = (sigmoid_a_r * d_o * read_S_q) * (1 + a_r * (1 - sigmoid_a_r))
        factor = a_ * torch.sigmoid(-a_a)
        scaled_d_S = contract(self, "heads key, heads value key -> heads value key", factor, d_S)
        d_a_a = 0.0625 * contract(self, "heads value key, heads value key -> heads key", scaled_d_S, S_prev)
        d_v = contract(self, "heads value key, heads key -> heads value", d_S, k)
        d_k = contract(self, "heads value key, heads value -> heads key", d_S, v)
        d_q = contract(self, "heads value, heads value key -> heads key", d_read_S_q, S)
        d_a2 = torch.cat((d_q, d_k, d_a_a), -1)
        d_a_x = torch.cat((d_v, d_a_r), -1)
        d_x = d_a2 @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a2, x),
            weight_i_heads_value=outer(d_a_x, x),
            bias_i_heads_key=total(d_a_a),
            bias_i_heads_value=total(d_a_r),
            weight_oh=outer(d_h, o),
        )


class GLA(GLAEquations, MatrixStates, RecurrentLayer):
    """Gated linear attention over whole sequences.

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
        parallel: whether all time steps are computed together, in PyTorch, by scans of what is linear in the states;
            False by default

    Call: ``output, (h, S) = layer(input, (h, S))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        S: (D * num_layers, B, heads, value, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class GLACell(GLAEquations, MatrixStates, RecurrentCell):
    """Gated linear attention, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``GLA``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = GLA, GLACell
