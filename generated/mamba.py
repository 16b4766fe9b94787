# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Mamba.

Gu and Dao (2023), Mamba, arXiv:2312.00752

The selective state space model S6. In the authors' code the steps s come of a map of low rank; a_log, D and the bias of
s start as there.

One time step:

    uₜ = SiLU(W_iu xₜ)
    zₜ = SiLU(W_iz xₜ)
    sₜ = softplus(W_s uₜ + b_s)
    Bₜ = W_uB uₜ
    Cₜ = W_uC uₜ
     A = −exp(a_log)
    Sₜ = exp(diag(sₜ) A) ⊙ Sₜ₋₁ + (sₜ ⊙ uₜ) Bₜᵀ
    yₜ = zₜ ⊙ (Sₜ Cₜ + D ⊙ uₜ)
    hₜ = W_yh yₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, contract
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

    weight_i_value: Tensor  # (2*value, input_size): W_iu, W_iz
    weight_s: Tensor  # (value, value): W_s
    bias_s: Tensor | None  # (value,): b_s
    weight_u_key: Tensor  # (2*key, value): W_uB, W_uC
    weight_yh: Tensor  # (hidden_size, value): W_yh
    a_log: Tensor  # (value*key,)
    D: Tensor  # (value,)


class MambaEquations:
    """The equations of the Mamba, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("z", "C", "exp_rows_s_A")
    summed = (
        "x",
        "S_prev",
        "a_u",
        "u",
        "a_z",
        "z",
        "a_s",
        "s",
        "B",
        "exp_a_log",
        "A",
        "exp_rows_s_A",
        "v_S",
        "S",
        "read_S_C",
        "y",
    )
    sizes = ("value", "key")
    leaves_float32 = True
    matrix_states = {"S": ("value", "key")}
    c_files = {"": "mamba.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_value": (2 * self.value, input_size),
            "weight_s": (self.value, self.value),
            "bias_s": (self.value,),
            "weight_u_key": (2 * self.key, self.value),
            "weight_yh": (hidden_size, self.value),
            "a_log": (self.value * self.key,),
            "D": (self.value,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.value * self.key

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        if p.bias_s is not None:
            drawn = nn.init.uniform_(p.bias_s, -6.907755278982137, -2.302585092994046)
            drawn.copy_(torch.log(-1 + torch.exp(torch.exp(drawn))))
        for block in p.a_log.view(-1, self.value, self.key):
            drawn = block.copy_(torch.arange(1, block.shape[-1] + 1))
            drawn.copy_(torch.log(drawn))
        nn.init.ones_(p.D)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        exp_a_log = with_slope(value_of_rate, slope_of_rate, p.a_log)
        A = -exp_a_log
        a_u, a_z = F.linear(x, p.weight_i_value).chunk(2, -1)
        u = F.silu(a_u)
        z = F.silu(a_z)
        a_s = F.linear(u, p.weight_s, p.bias_s)
        s = F.softplus(a_s, threshold=40)
        a_u2 = F.linear(u, p.weight_u_key)
        rows_s_A = contract(self, "value, value key -> value key", s, A)
        exp_rows_s_A = torch.exp(rows_s_A)
        v_S = s * u
        exp_a_log = exp_a_log.expand(*x.shape[:-1], -1)
        A = A.expand(*x.shape[:-1], -1)
        return exp_a_log, A, a_u, a_z, u, z, a_s, s, a_u2, exp_rows_s_A, v_S

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        exp_a_log, A, a_u, a_z, u, z, a_s, s, a_u2, exp_rows_s_A, v_S = a

        # Affine maps
        B, C = a_u2.chunk(2, -1)

        # Gates
        outer_S = contract(self, "value, key -> value key", v_S, B)

        # New state
        S = exp_rows_s_A * S_prev + outer_S

        # Gates
        read_S_C = contract(self, "value key, key -> value", S, C)
        y = z * (read_S_C + p.D * u)

        # New state
        h = F.linear(y, p.weight_yh)
        return (h, S), (z, C, exp_rows_s_A, a_u, u, a_z, a_s, s, B, exp_a_log, A, v_S, read_S_C, y)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, _, u, z, _, _, a_u2, exp_rows_s_A, v_S = self.project_input(x, p)
        B, C = a_u2.chunk(2, -1)
        outer_S = contract(self, "value, key -> value key", v_S, B)
        S = linear_scan(x, exp_rows_s_A, outer_S, states[1])
        read_S_C = contract(self, "value key, key -> value", S, C)
        y = z * (read_S_C + p.D * u)
        h = F.linear(y, p.weight_yh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, A, _, _, u, z, _, s, _, _, _ = a
        h, S, _, C, _, _, _, _, _, _, B, _, _, _, _, y = kept
        return {"u": u, "z": z, "s": s, "B": B, "C": C, "A": A, "S": S, "y": y, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        z, C, exp_rows_s_A = saved
        return z, C, exp_rows_s_A

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        z, C, exp_rows_s_A = local
        d_y = d_h @ p.weight_yh
        d_read_S_C = d_y * z
        d_S = d_S_next + contract(self, "value, key -> value key", d_read_S_C, C)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S * exp_rows_s_A
        return (d_h_prev, d_S_prev), (d_h, d_y, d_read_S_C, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_y, d_read_S_C, d_S = kept
        x, S_prev, a_u, u, a_z, z, a_s, s, B, exp_a_log, A, exp_rows_s_A, v_S, S, read_S_C, y = summed
        sigmoid_a_z = torch.sigmoid(a_z)
        sigmoid_a_u = torch.sigmoid(a_u)
        d_v_S = contract(self, "value key, key -> value", d_S, B)
        d_rows_s_A = exp_rows_s_A * d_S * S_prev
        d_A = contract(self, "value key, value -> value key", d_rows_s_A, s)
        d_exp_a_log = -d_A
        d_C = contract(self, "value, value key -> key", d_read_S_C, S)
        d_B = contract(self, "value key, value -> key", d_S, v_S)
        factor = torch.sigmoid(a_s)
        scaled_d_rows_s_A = contract(self, "value, value key -> value key", factor, d_rows_s_A)
        scaled_d_s = factor * d_v_S * u + contract(self, "value key, value key -> value", scaled_d_rows_s_A, A)
        d_a_s = scaled_d_s
        d_a_z = (sigmoid_a_z * d_y * (read_S_C + p.D * u)) * (1 + a_z * (1 - sigmoid_a_z))
        d_a = torch.cat((d_B, d_C), -1)
        d_u = d_v_S * s + d_y * z * p.D + d_a_s @ p.weight_s + d_a @ p.weight_u_key
        d_a_u = d_u * sigmoid_a_u * (1 + a_u * (1 - sigmoid_a_u))
        d_a_x = torch.cat((d_a_u, d_a_z), -1)
        d_x = d_a_x @ p.weight_i_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_value=outer(d_a_x, x),
            weight_s=outer(d_a_s, u),
            bias_s=total(d_a_s),
            weight_u_key=outer(d_a, u),
            weight_yh=outer(d_h, y),
            a_log=total(d_exp_a_log * exp_a_log),
            D=total(d_y * z * u),
        )


class Mamba(MambaEquations, MatrixStates, RecurrentLayer):
    """Mamba over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
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
        S: (D * num_layers, B, value, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class MambaCell(MambaEquations, MatrixStates, RecurrentCell):
    """Mamba, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, value, key, bias, device, dtype; as in ``Mamba``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, value, key) or (value, key,); zero by default
    """


Layer, Cell = Mamba, MambaCell
