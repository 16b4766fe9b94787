# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Retention.

Sun et al. (2023), Retentive Network, arXiv:2307.08621

Of one head; each head of a layer has a decay of its own, 1 - 2^-5 in the first. The rotation of queries and keys by
their places in the sequence is left out, as are the norm and the gate of the output.

One time step:

    qₜ = W_iq xₜ
    kₜ = W_ik xₜ
    vₜ = W_iv xₜ
    Sₜ = γ Sₜ₋₁ + vₜ kₜᵀ
    hₜ = Sₜ qₜ
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer
from .matrices import MatrixStates, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iv
    weight_i_key: Tensor  # (2*key, input_size): W_iq, W_ik


class RetentionEquations:
    """The equations of the Retention, for every layer, direction and time step alike."""

    states = ("h", "S")
    Parameters = Parameters
    saved = ("q",)
    summed = ("x", "k", "v", "S")
    sizes = ("key",)
    matrix_states = {"S": ("hidden_size", "key")}
    c_files = {"": "retention.c"}
    options = {"gamma": 0.96875}

    gamma: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "weight_i_key": (2 * self.key, input_size),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size * self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_x = F.linear(x, p.weight_i_key)
        v = F.linear(x, p.weight_ih)
        return a_x, v

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev = states
        a_x, v = a

        # Affine maps
        q, k = a_x.chunk(2, -1)

        # Gates
        outer_S = contract(self, "hidden_size, key -> hidden_size key", v, k)

        # New state
        S = self.gamma * S_prev + outer_S
        h = contract(self, "hidden_size key, key -> hidden_size", S, q)
        return (h, S), (q, k, v)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        a_x, v = self.project_input(x, p)
        q, k = a_x.chunk(2, -1)
        outer_S = contract(self, "hidden_size, key -> hidden_size key", v, k)
        S = linear_scan(x, self.gamma, outer_S, states[1])
        h = contract(self, "hidden_size key, key -> hidden_size", S, q)
        return h, (h[-1], S[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, v = a
        h, S, q, k, _ = kept
        return {"q": q, "k": k, "v": v, "S": S, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        (q,) = saved
        return (q,)

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next = d_states
        (q,) = local
        d_S = d_S_next + contract(self, "hidden_size, key -> hidden_size key", d_h, q)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S * self.gamma
        return (d_h_prev, d_S_prev), (d_h, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_h, d_S = kept
        x, k, v, S = summed
        d_v = contract(self, "hidden_size key, key -> hidden_size", d_S, k)
        d_k = contract(self, "hidden_size key, hidden_size -> key", d_S, v)
        d_q = contract(self, "hidden_size, hidden_size key -> key", d_h, S)
        d_a = torch.cat((d_q, d_k), -1)
        d_x = d_v @ p.weight_ih + d_a @ p.weight_i_key if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_v, x),
            weight_i_key=outer(d_a, x),
        )


class Retention(RetentionEquations, MatrixStates, RecurrentLayer):
    """Retention over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        key: a number of units
        num_layers: layers, each over the output of the one below; 1 by default
        gamma: the constant gamma; 0.96875 by default
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
        S: (D * num_layers, B, H, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class RetentionCell(RetentionEquations, MatrixStates, RecurrentCell):
    """Retention, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, key, bias, gamma, device, dtype; as in ``Retention``

    Call: ``(h, S) = cell(input, (h, S))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, H, key) or (H, key,); zero by default
    """


Layer, Cell = Retention, RetentionCell
