# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""HGRN2.

Qin, Yang, Sun, Shen, Li, Sun and Zhong (2024), HGRN2, COLM

The key is what the forget gate leaves, 1 - f. In the layers above the first the gate has a lower bound, which is
learned for all layers together; here it is 0, as in the first. The norm of the output is left out.

One time step:

    qₜ = SiLU(W_iq xₜ)
    fₜ = σ(W_if xₜ)
    vₜ = W_iv xₜ
    Sₜ = Sₜ₋₁ diag(fₜ) + vₜ (1 − fₜ)ᵀ
    oₜ = Sₜ qₜ
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .matrices import MatrixStates, along, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_iq, W_if
    weight_i_heads_value: Tensor  # (heads*value, input_size): W_iv
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh


class HGRN2Equations:
    """The equations of the HGRN2, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("q", "f")
    summed = ("x", "S_prev", "a_q", "f", "v", "v_S", "S", "o")
    sizes = ("heads", "key", "value")
    matrix_states = {"S": ("heads", "value", "key")}
    c_files = {"": "hgrn2.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "weight_i_heads_value": (self.heads * self.value, input_size),
            "weight_oh": (hidden_size, self.heads * self.value),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_q, a_f = F.linear(x, p.weight_i_heads_key).chunk(2, -1)
        q = F.silu(a_q)
        f = torch.sigmoid(a_f)
        v = F.linear(x, p.weight_i_heads_value)
        v_S = 1 - f
        return a_q, q, f, v, v_S

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        a_q, q, f, v, v_S = a

        # Gates
        columns_S_f = contract(self, "heads value key, heads key -> heads value key", S_prev, f)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, v_S)

        # New state
        S = columns_S_f + outer_S

        # Gates
        o = contract(self, "heads value key, heads key -> heads value", S, q)

        # New state
        h = F.linear(o, p.weight_oh)
        return (h, S), (q, f, a_q, v, v_S, o)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, q, f, v, v_S = self.project_input(x, p)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, v_S)
        S = linear_scan(x, along(self, "heads key -> heads value key", f), outer_S, states[1])
        o = contract(self, "heads value key, heads key -> heads value", S, q)
        h = F.linear(o, p.weight_oh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, q, f, v, _ = a
        h, S, _, _, _, _, _, o = kept
        return {"q": q, "f": f, "v": v, "S": S, "o": o, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, f = saved
        return q, f

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        q, f = local
        d_o = d_h @ p.weight_oh
        d_S = d_S_next + contract(self, "heads value, heads key -> heads value key", d_o, q)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads key -> heads value key", d_S, f)
        return (d_h_prev, d_S_prev), (d_h, d_o, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_o, d_S = kept
        x, S_prev, a_q, f, v, v_S, S, o = summed
        sigmoid_a_q = torch.sigmoid(a_q)
        d_v_S = contract(self, "heads value key, heads value -> heads key", d_S, v)
        d_v = contract(self, "heads value key, heads key -> heads value", d_S, v_S)
        d_f = contract(self, "heads value key, heads value key -> heads key", d_S, S_prev) - d_v_S
        d_a_f = d_f * f * (1 - f)
        scaled_S = contract(self, "heads key, heads value key -> heads value key", sigmoid_a_q, S)
        d_a_q = contract(self, "heads value, heads value key -> heads key", d_o, scaled_S) * (
            1 + a_q * (1 - sigmoid_a_q)
        )
        d_a = torch.cat((d_a_q, d_a_f), -1)
        d_x = d_a @ p.weight_i_heads_key + d_v @ p.weight_i_heads_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            weight_i_heads_value=outer(d_v, x),
            weight_oh=outer(d_h, o),
        )


class HGRN2(HGRN2Equations, MatrixStates, RecurrentLayer):
    """HGRN2 over whole sequences.

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


class HGRN2Cell(HGRN2Equations, MatrixStates, RecurrentCell):
    """HGRN2, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``HGRN2``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = HGRN2, HGRN2Cell
