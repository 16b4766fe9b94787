# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Mamba-2.

Dao and Gu (2024), Transformers are SSMs, ICML

Of a head, all channels decay alike; all heads share B and C. Parameters start as in the authors' code.

One time step:

    uₜ = SiLU(W_iu xₜ)
    zₜ = SiLU(W_iz xₜ)
    Bₜ = SiLU(W_iB xₜ)
    Cₜ = SiLU(W_iC xₜ)
    sₜ = softplus(W_is xₜ + b_is)
    aₜ = exp(−exp(a_log) ⊙ sₜ)
    Sₜ = aₜ Sₜ₋₁ + sₜ uₜ Bₜᵀ
    yₜ = zₜ ⊙ (Sₜ Cₜ + D uₜ)
    hₜ = W_yh yₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, along, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer
from .slopes import with_slope


def value_of_rate(x: Tensor) -> Tensor:
    return torch.exp(x).clamp(max=torch.finfo(x.dtype).max)


def slope_of_rate(x: Tensor, y: Tensor) -> Tensor | float:
    """What stands for the derivative of ``value_of_rate``, y being the value."""
    return y


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_heads_value: Tensor  # (2*heads*value, input_size): W_iu, W_iz
    weight_i_key: Tensor  # (2*key, input_size): W_iB, W_iC
    weight_i_heads: Tensor  # (heads, input_size): W_is
    bias_i_heads: Tensor | None  # (heads,): b_is
    weight_yh: Tensor  # (hidden_size, heads*value): W_yh
    a_log: Tensor  # (heads,)
    D: Tensor  # (heads,)


class Mamba2Equations:
    """The equations of the Mamba2, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("z", "C", "a_")
    summed = (
        "x",
        "S_prev",
        "a_u",
        "u",
        "a_z",
        "z",
        "a_B",
        "B",
        "a_C",
        "a_s",
        "s",
        "exp_a_log",
        "a_",
        "S",
        "read_S_C",
        "scaled_y",
        "y",
    )
    sizes = ("heads", "value", "key")
    leaves_float32 = True
    matrix_states = {"S": ("heads", "value", "key")}
    c_files = {"": "mamba2.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_heads_value": (2 * self.heads * self.value, input_size),
            "weight_i_key": (2 * self.key, input_size),
            "weight_i_heads": (self.heads, input_size),
            "bias_i_heads": (self.heads,),
            "weight_yh": (hidden_size, self.heads * self.value),
            "a_log": (self.heads,),
            "D": (self.heads,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.heads * self.value * self.key

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_i_heads is not None:
            drawn = nn.init.uniform_(p.bias_i_heads, -6.907755278982137, -2.302585092994046)
            drawn.copy_(torch.log(-1 + torch.exp(torch.exp(drawn))))
        drawn = nn.init.uniform_(p.a_log, 1, 16)
        drawn.copy_(torch.log(drawn))
        nn.init.ones_(p.D)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_a_log = with_slope(value_of_rate, slope_of_rate, p.a_log)
        a_u, a_z = F.linear(x, p.weight_i_heads_value).chunk(2, -1)
        u = F.silu(a_u)
        z = F.silu(a_z)
        a_B, a_C = F.linear(x, p.weight_i_key).chunk(2, -1)
        B = F.silu(a_B)
        C = F.silu(a_C)
        a_s = F.linear(x, p.weight_i_heads, p.bias_i_heads)
        s = F.softplus(a_s, threshold=40)
        a_ = torch.exp(-exp_a_log * s)
        scaled_y = contract(self, "heads, heads value -> heads value", p.D, u)
        exp_a_log = exp_a_log.expand(*x.shape[:-1], -1)
        return exp_a_log, a_u, a_z, u, z, a_B, a_C, B, C, a_s, s, a_, scaled_y

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        exp_a_log, a_u, a_z, u, z, a_B, a_C, B, C, a_s, s, a_, scaled_y = a

        # Gates
        scaled_S = contract(self, "heads, heads value key -> heads value key", a_, S_prev)
        scaled_S2 = contract(self, "heads, heads value, key -> heads value key", s, u, B)

        # New state
        S = scaled_S + scaled_S2

        # Gates
        read_S_C = contract(self, "heads value key, key -> heads value", S, C)
        y = z * (read_S_C + scaled_y)

        # New state
        h = F.linear(y, p.weight_yh)
        return (h, S), (z, C, a_, a_u, u, a_z, a_B, B, a_C, a_s, s, exp_a_log, read_S_C, scaled_y, y)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, u, z, _, _, B, C, _, s, a_, scaled_y = self.project_input(x, p)
        scaled_S2 = contract(self, "heads, heads value, key -> heads value key", s, u, B)
        S = linear_scan(x, along(self, "heads -> heads value key", a_), scaled_S2, states[1])
        read_S_C = contract(self, "heads value key, key -> heads value", S, C)
        y = z * (read_S_C + scaled_y)
        h = F.linear(y, p.weight_yh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, u, z, _, _, B, C, _, s, a_, _ = a
        h, S, _, _, _, _, _, _, _, _, _, _, _, _, _, _, y = kept
        return {"u": u, "z": z, "B": B, "C": C, "s": s, "a": a_, "S": S, "y": y, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        z, C, a_ = saved
        return z, C, a_

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        z, C, a_ = local
        d_y = d_h @ p.weight_yh
        d_read_S_C = d_y * z
        d_S = d_S_next + contract(self, "heads value, key -> heads value key", d_read_S_C, C)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = contract(self, "heads value key, heads -> heads value key", d_S, a_)
        return (d_h_prev, d_S_prev), (d_h, d_y, d_read_S_C, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_y, d_read_S_C, d_S = kept
        x, S_prev, a_u, u, a_z, z, a_B, B, a_C, a_s, s, exp_a_log, a_, S, read_S_C, scaled_y, y = summed
        sigmoid_a_C = torch.sigmoid(a_C)
        sigmoid_a_B = torch.sigmoid(a_B)
        sigmoid_a_z = torch.sigmoid(a_z)
        sigmoid_a_u = torch.sigmoid(a_u)
        d_scaled_y = d_y * z
        scaled_d_S3 = contract(self, "heads, heads value key -> heads value key", a_, d_S)
        d_a_a = contract(self, "heads value key, heads value key -> heads", scaled_d_S3, S_prev)
        d_exp_a_log = -d_a_a * s
        factor = torch.sigmoid(a_s)
        scaled_u = contract(self, "heads, heads value -> heads value", factor, u)
        scaled_d_s = (
            contract(self, "heads value key, heads value, key -> heads", d_S, scaled_u, B) - factor * d_a_a * exp_a_log
        )
        d_a_s = scaled_d_s
        scaled_S3 = contract(self, "key, heads value key -> heads value key", sigmoid_a_C, S)
        d_a_C = contract(self, "heads value, heads value key -> key", d_read_S_C, scaled_S3) * (
            1 + a_C * (1 - sigmoid_a_C)
        )
        scaled_d_S2 = contract(self, "key, heads value key -> heads value key", sigmoid_a_B, d_S)
        d_a_B = contract(self, "heads value key, heads, heads value -> key", scaled_d_S2, s, u) * (
            1 + a_B * (1 - sigmoid_a_B)
        )
        d_a_z = (sigmoid_a_z * d_y * (read_S_C + scaled_y)) * (1 + a_z * (1 - sigmoid_a_z))
        scaled_d_S = contract(self, "heads value, heads value key -> heads value key", sigmoid_a_u, d_S)
        scaled_d_scaled_y = sigmoid_a_u * d_scaled_y
        scaled_d_u = contract(self, "heads value key, heads, key -> heads value", scaled_d_S, s, B) + contract(
            self, "heads value, heads -> heads value", scaled_d_scaled_y, p.D
        )
        d_a_u = scaled_d_u * (1 + a_u * (1 - sigmoid_a_u))
        d_a2 = torch.cat((d_a_u, d_a_z), -1)
        d_a_x = torch.cat((d_a_B, d_a_C), -1)
        d_D_t = contract(self, "heads value, heads value -> heads", d_scaled_y, u)
        d_x = None
        if input_wanted:
            d_x = d_a2 @ p.weight_i_heads_value + d_a_x @ p.weight_i_key + d_a_s @ p.weight_i_heads
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_heads_value=outer(d_a2, x),
            weight_i_key=outer(d_a_x, x),
            weight_i_heads=outer(d_a_s, x),
            bias_i_heads=total(d_a_s),
            weight_yh=outer(d_h, y),
            a_log=total(d_exp_a_log * exp_a_log),
            D=total(d_D_t),
        )


class Mamba2(Mamba2Equations, MatrixStates, RecurrentLayer):
    """Mamba-2 over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        heads: a number of units
        value: a number of units
        key: a number of units
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


class Mamba2Cell(Mamba2Equations, MatrixStates, RecurrentCell):
    """Mamba-2, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, heads, value, key, bias, device, dtype; as in ``Mamba2``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, heads, value, key) or (heads, value, key,); zero by default
    """


Layer, Cell = Mamba2, Mamba2Cell
