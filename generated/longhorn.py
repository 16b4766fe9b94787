# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Longhorn.

Liu, Wang, Wu, Feng, Stone and Liu (2024), Longhorn, arXiv:2407.14207

A step of online learning in closed form, with the diagonal of k kᵀ in its place. In the authors' code the map of beta
is of low rank.

One time step:

    uₜ = SiLU(W_iu xₜ)
    zₜ = SiLU(W_iz xₜ)
    qₜ = W_uq uₜ
    kₜ = W_uk uₜ
    βₜ = σ(W_bη uₜ + b_β)
    sₜ = βₜ/(1 + βₜ (kₜᵀ kₜ))
    Sₜ = (1 − sₜ (kₜ²)ᵀ) ⊙ Sₜ₋₁ + (sₜ ⊙ uₜ) kₜᵀ
    yₜ = zₜ ⊙ (Sₜ qₜ + D ⊙ uₜ)
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


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_i_value: Tensor  # (2*value, input_size): W_iu, W_iz
    weight_u_key: Tensor  # (2*key, value): W_uq, W_uk
    weight_beta: Tensor  # (value, value): W_beta
    bias_beta: Tensor | None  # (value,): b_beta
    weight_yh: Tensor  # (hidden_size, value): W_yh
    D: Tensor  # (value,)


class LonghornEquations:
    """The equations of the Longhorn, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("z", "q", "scaled_S")
    summed = ("x", "S_prev", "a_u", "u", "a_z", "z", "k", "beta", "dot_s", "s", "v_S", "v_S2", "S", "read_S_q", "y")
    sizes = ("value", "key")
    leaves_float32 = True
    matrix_states = {"S": ("value", "key")}
    c_files = {"": "longhorn.c"}

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_i_value": (2 * self.value, input_size),
            "weight_u_key": (2 * self.key, self.value),
            "weight_beta": (self.value, self.value),
            "bias_beta": (self.value,),
            "weight_yh": (hidden_size, self.value),
            "D": (self.value,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, self.value * self.key

    def initial_values(self, p: Parameters) -> None:
        """The initial values of one layer and direction that differ from U(-1/√hidden_size, 1/√hidden_size)."""
        nn.init.ones_(p.D)

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_u, a_z = F.linear(x, p.weight_i_value).chunk(2, -1)
        u = F.silu(a_u)
        z = F.silu(a_z)
        q, k = F.linear(u, p.weight_u_key).chunk(2, -1)
        a_beta = F.linear(u, p.weight_beta, p.bias_beta)
        beta = torch.sigmoid(a_beta)
        dot_s = contract(self, "key, key -> ", k, k)
        s = beta / (1 + beta * dot_s)
        v_S = k**2
        v_S2 = s * u
        return a_u, a_z, u, z, q, k, beta, dot_s, s, v_S, v_S2

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        a_u, a_z, u, z, q, k, beta, dot_s, s, v_S, v_S2 = a

        # Affine maps
        scaled_S = -contract(self, "value, key -> value key", s, v_S)

        # Gates
        outer_S = contract(self, "value, key -> value key", v_S2, k)

        # New state
        S = (1 + scaled_S) * S_prev + outer_S

        # Gates
        read_S_q = contract(self, "value key, key -> value", S, q)
        y = z * (read_S_q + p.D * u)

        # New state
        h = F.linear(y, p.weight_yh)
        return (h, S), (z, q, scaled_S, a_u, u, a_z, k, beta, dot_s, s, v_S, v_S2, read_S_q, y)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, u, z, q, k, _, _, s, v_S, v_S2 = self.project_input(x, p)
        outer_S = contract(self, "value, key -> value key", v_S2, k)
        scaled_S = -contract(self, "value, key -> value key", s, v_S)
        S = linear_scan(x, 1 + scaled_S, outer_S, states[1])
        read_S_q = contract(self, "value key, key -> value", S, q)
        y = z * (read_S_q + p.D * u)
        h = F.linear(y, p.weight_yh)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, u, z, q, k, beta, _, s, _, _ = a
        h, S, _, _, _, _, _, _, _, _, _, _, _, _, _, y = kept
        return {"u": u, "z": z, "q": q, "k": k, "beta": beta, "s": s, "S": S, "y": y, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        z, q, scaled_S = saved
        dS_dS_prev = 1 + scaled_S
        return z, q, dS_dS_prev

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        z, q, dS_dS_prev = local
        d_y = d_h @ p.weight_yh
        d_read_S_q = d_y * z
        d_S = d_S_next + contract(self, "value, key -> value key", d_read_S_q, q)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S * dS_dS_prev
        return (d_h_prev, d_S_prev), (d_h, d_y, d_read_S_q, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_y, d_read_S_q, d_S = kept
        x, S_prev, a_u, u, a_z, z, k, beta, dot_s, s, v_S, v_S2, S, read_S_q, y = summed
        sigmoid_a_z = torch.sigmoid(a_z)
        sigmoid_a_u = torch.sigmoid(a_u)
        d_v_S2 = contract(self, "value key, key -> value", d_S, k)
        d_scaled_S = d_S * S_prev
        d_v_S = -contract(self, "value key, value -> key", d_scaled_S, s)
        factor = beta / (1 + beta * dot_s)
        scaled_d_scaled_S = contract(self, "value, value key -> value key", factor, d_scaled_S)
        scaled_d_s = factor * d_v_S2 * u - contract(self, "value key, key -> value", scaled_d_scaled_S, v_S)
        d_dot_s = (-scaled_d_s * s).sum(-1, keepdim=True)
        d_a_beta = (1 - beta) * scaled_d_s * (1 - s * dot_s)
        d_k = (
            2 * d_v_S * k
            + contract(self, ", key -> key", d_dot_s, k)
            + contract(self, ", key -> key", d_dot_s, k)
            + contract(self, "value key, value -> key", d_S, v_S2)
        )
        d_q = contract(self, "value, value key -> key", d_read_S_q, S)
        d_a_z = (sigmoid_a_z * d_y * (read_S_q + p.D * u)) * (1 + a_z * (1 - sigmoid_a_z))
        d_a = torch.cat((d_q, d_k), -1)
        d_u = d_v_S2 * s + d_y * z * p.D + d_a @ p.weight_u_key + d_a_beta @ p.weight_beta
        d_a_u = d_u * sigmoid_a_u * (1 + a_u * (1 - sigmoid_a_u))
        d_a_x = torch.cat((d_a_u, d_a_z), -1)
        d_x = d_a_x @ p.weight_i_value if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_i_value=outer(d_a_x, x),
            weight_u_key=outer(d_a, u),
            weight_beta=outer(d_a_beta, u),
            bias_beta=total(d_a_beta),
            weight_yh=outer(d_h, y),
            D=total(d_y * z * u),
        )


class Longhorn(LonghornEquations, MatrixStates, RecurrentLayer):
    """Longhorn over whole sequences.

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


class LonghornCell(LonghornEquations, MatrixStates, RecurrentCell):
    """Longhorn, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, value, key, bias, device, dtype; as in ``Longhorn``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, value, key) or (value, key,); zero by default
    """


Layer, Cell = Longhorn, LonghornCell
