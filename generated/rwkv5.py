# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""RWKV-5.

Peng et al. (2024), Eagle and Finch: RWKV with Matrix-Valued States, COLM: Eagle

Each key dimension has a decay of its own, e^(-e^w); what the step itself brings counts u times. Receptances, keys and
values read a mix with the input before, which is left out, as is the norm of what is read.

One time step:

    rₜ = W_ir xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    gₜ = SiLU(W_ig xₜ)
    oₜ = gₜ ⊙ (Sₜ₋₁ rₜ + (u ⊙ kₜ)ᵀ rₜ vₜ)
    Sₜ = Sₜ₋₁ diag(exp(−exp(w))) + vₜ kₜᵀ
    hₜ = W_oh oₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, along, contract
from .parallel import delayed, linear_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_key: Tensor  # (2*heads*key, input_size): W_ir, W_ik
    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iv, W_ig
    weight_oh: Tensor  # (hidden_size, heads*value): W_oh
    w: Tensor  # (heads*key,)
    u: Tensor  # (heads*key,)


class RWKV5Equations:
    """The equations of the RWKV5, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("r", "g", "exp_S")
    summed = ("x", "S_prev", "r", "k", "v", "a_g", "g", "read_S_r", "v_o", "dot_o", "scaled_o", "o", "exp_w", "exp_S")
    sizes = ("heads", "key", "value")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "key")}
    c_files = {"": "rwkv5.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_key": (2 * self.heads * self.key, input_size),
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_oh": (hidden_size, self.heads * self.value),
            "w": (self.heads * self.key,),
            "u": (self.heads * self.key,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_w = with_slope(value_of_rate, slope_of_rate, p.w)
        exp_S = torch.exp(-exp_w)
        r, k = F.linear(x, p.weight_i_heads_key).chunk(2, -1)
        v, a_g = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        g = F.silu(a_g)
        v_o = p.u * k
        dot_o = contract(self, "heads key, heads key -> heads", v_o, r)
        scaled_o = contract(self, "heads, heads value -> heads value", dot_o, v)
        exp_w = exp_w.expand(*x.shape[:-1], -1)
        exp_S = exp_S.expand(*x.shape[:-1], -1)
        return exp_w, exp_S, r, k, v, a_g, g, v_o, dot_o, scaled_o

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        exp_w, exp_S, r, k, v, a_g, g, v_o, dot_o, scaled_o = a

        # Gates
        read_S_r = contract(self, "heads value key, heads key -> heads value", S_prev, r)
        o = g * (read_S_r + scaled_o)
        columns_S_exp_S = contract(self, "heads value key, heads key -> heads value key", S_prev, exp_S)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, k)

        # New state
        S = columns_S_exp_S + outer_S
        h = F.linear(o, p.weight_oh)
        return (h, S), (r, g, exp_S, k, v, a_g, read_S_r, v_o, dot_o, scaled_o, o, exp_w)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, exp_S, r, k, v, _, g, _, _, scaled_o = self.project_input(x, p)
        outer_S = contract(self, "heads value, heads key -> heads value key", v, k)
        S = linear_scan(x, along(self, "heads key -> heads value key", exp_S), outer_S, states[1])
        S_prev = delayed(S, states[1])
        read_S_r = contract(self, "heads value key, heads key -> heads value", S_prev, r)
        o = g * (read_S_r + scaled_o)
        h = F.linear(o, p.weight_oh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, r, k, v, _, g, _, _, _ = a
        h, S, _, _, _, _, _, _, _, _, _, _, o, _ = kept
        return {"r": r, "k": k, "v": v, "g": g, "o": o, "S": S, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        r, g, exp_S = saved
        return g, r, exp_S

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S = d_states
        g, r, exp_S = local
        d_o = d_h @ p.weight_oh
        d_read_S_r = d_o * g
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value, heads key -> heads value key", d_read_S_r, r) + contract(
            self, "heads value key, heads key -> heads value key", d_S, exp_S
        )
        return (d_h_prev, d_S_prev), (d_h, d_S, d_o, d_read_S_r)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_S, d_o, d_read_S_r = kept
        x, S_prev, r, k, v, a_g, g, read_S_r, v_o, dot_o, scaled_o, o, exp_w, exp_S = summed
        sigmoid_a_g = torch.sigmoid(a_g)
        scaled_d_S = contract(self, "heads key, heads value key -> heads value key", exp_S, d_S)
        d_exp_w = -contract(self, "heads value key, heads value key -> heads key", scaled_d_S, S_prev)
        d_scaled_o = d_o * g
        d_dot_o = contract(self, "heads value, heads value -> heads", d_scaled_o, v)
        d_v_o = contract(self, "heads, heads key -> heads key", d_dot_o, r)
        d_a_g = (sigmoid_a_g * d_o * (read_S_r + scaled_o)) * (1 + a_g * (1 - sigmoid_a_g))
        d_v = contract(self, "heads value, heads -> heads value", d_scaled_o, dot_o) + contract(
            self, "heads value key, heads key -> heads value", d_S, k
        )
        d_k = d_v_o * p.u + contract(self, "heads value key, heads value -> heads key", d_S, v)
        d_r = contract(self, "heads value, heads value key -> heads key", d_read_S_r, S_prev) + contract(
            self, "heads, heads key -> heads key", d_dot_o, v_o
        )
        d_a = torch.cat((d_r, d_k), -1)
        d_a_x = torch.cat((d_v, d_a_g), -1)
        d_x = d_a @ p.weight_i_heads_key + d_a_x @ p.weight_i_heads_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_key=outer(d_a, x),
            weight_i_heads_value=outer(d_a_x, x),
            weight_oh=outer(d_h, o),
            w=total(d_exp_w * exp_w),
            u=total(d_v_o * k),
        )


class RWKV5(RWKV5Equations, MatrixStates, RecurrentLayer):
    """RWKV-5 over whole sequences.

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


class RWKV5Cell(RWKV5Equations, MatrixStates, RecurrentCell):
    """RWKV-5, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, key, value, bias, device, dtype; as in ``RWKV5``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = RWKV5, RWKV5Cell
