# Written by `python -m derive code` from templates/torch/cell.py.j2. Do not edit: change the cell, and run it again.
"""Linear attention.

Katharopoulos, Vyas, Pappas and Fleuret (2020), Transformers are RNNs, ICML

Attention with the kernel φ(q)ᵀ φ(k), φ = ELU + 1, as a recurrence: z is what the weights of all values add up to. One
head; the small number in the divisor is the authors' code's.

One time step:

    qₜ = ELU(W_iq xₜ + b_iq) + 1
    kₜ = ELU(W_ik xₜ + b_ik) + 1
    vₜ = W_iv xₜ + b_iv
    Sₜ = Sₜ₋₁ + vₜ kₜᵀ
    zₜ = zₜ₋₁ + kₜ
    hₜ = Sₜ qₜ/(zₜᵀ qₜ + ε)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .backward import Tensors, outer, total
from .matrices import MatrixStates, contract
from .parallel import linear_scan
from .recurrent import RecurrentCell, RecurrentLayer


class Parameters(NamedTuple):
    """The parameters of one layer and direction; what is stacked in a tensor stands one below the other."""

    weight_ih: Tensor  # (hidden_size, input_size): W_iv
    bias_ih: Tensor | None  # (hidden_size,): b_iv
    weight_i_key: Tensor  # (2*key, input_size): W_iq, W_ik
    bias_i_key: Tensor | None  # (2*key,): b_iq, b_ik


class LinearAttentionEquations:
    """The equations of the LinearAttention, for every layer, direction and time step alike."""

    states = ("h", "S", "z")
    Parameters = Parameters
    saved = ("q", "dot_h", "h")
    summed = ("x", "a_q", "elu_a_q", "a_k", "elu_a_k", "k", "v", "S", "z")
    sizes = ("key",)
    matrix_states = {"S": ("hidden_size", "key")}
    c_files = {"": "linear_attention.c"}
    options = {"epsilon": 1e-06}

    epsilon: float

    def parameter_shapes(self, input_size: int, hidden_size: int, proj_size: int = 0) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter, in the order of registration."""
        return {
            "weight_ih": (hidden_size, input_size),
            "bias_ih": (hidden_size,),
            "weight_i_key": (2 * self.key, input_size),
            "bias_i_key": (2 * self.key,),
        }

    def state_sizes(self, hidden_size: int, proj_size: int = 0) -> tuple[int, ...]:
        """The number of features of each state."""
        return hidden_size, hidden_size * self.key, self.key

    def project_input(self, x: Tensor, p: Parameters) -> Tensors:
        """All that depends on the input alone, for every time step at once: ``x`` is (T, B, input_size)."""
        a_q, a_k = F.linear(x, p.weight_i_key, p.bias_i_key).chunk(2, -1)
        elu_a_q = F.elu(a_q, 1)
        q = elu_a_q + 1
        elu_a_k = F.elu(a_k, 1)
        k = elu_a_k + 1
        v = F.linear(x, p.weight_ih, p.bias_ih)
        return a_q, a_k, elu_a_q, q, elu_a_k, k, v

    def step(self, a: Tensors, states: Tensors, p: Parameters) -> tuple[Tensors, Tensors]:
        """One time step: ``a`` is what ``project_input`` gives at that step; every tensor is (B, features).

        Returns the new states, and what else the backward pass reads.
        """
        _, S_prev, z_prev = states
        a_q, a_k, elu_a_q, q, elu_a_k, k, v = a

        # Gates
        outer_S = contract(self, "hidden_size, key -> hidden_size key", v, k)

        # New state
        S = S_prev + outer_S
        z = z_prev + k

        # Gates
        read_S_q = contract(self, "hidden_size key, key -> hidden_size", S, q)
        dot_h = contract(self, "key, key -> ", z, q)

        # New state
        h = read_S_q / (dot_h + self.epsilon)
        return (h, S, z), (q, dot_h, a_q, elu_a_q, a_k, elu_a_k, k, v)

    def all_steps(self, x: Tensor, states: Tensors, p: Parameters) -> tuple[Tensor, Tensors]:
        """What ``step`` gives, for all time steps together: the outputs, (T, B, features), and the final states."""
        _, _, _, q, _, k, v = self.project_input(x, p)
        outer_S = contract(self, "hidden_size, key -> hidden_size key", v, k)
        S = linear_scan(x, 1, outer_S, states[1])
        read_S_q = contract(self, "hidden_size key, key -> hidden_size", S, q)
        z = linear_scan(x, 1, k, states[2])
        dot_h = contract(self, "key, key -> ", z, q)
        h = read_S_q / (dot_h + self.epsilon)
        return h, (h[-1], S[-1], z[-1])

    def quantities(self, x: Tensor, a: Tensors, states: Tensors, kept: Tensors, p: Parameters) -> dict[str, Tensor]:
        """What the equations name, for all time steps at once: ``a`` is what ``project_input`` gives, ``states`` what
        was before each step, ``kept`` all that ``step`` gives, the new states first.
        """
        _, _, _, q, _, k, v = a
        h, S, z, _, _, _, _, _, _, _, _ = kept
        return {"q": q, "k": k, "v": v, "S": S, "z": z, "h": h}

    # The backward pass, derived from the equations: d_q is the gradient of the loss with respect to q.

    def partials(self, saved: Tensors, p: Parameters) -> Tensors:
        """The local derivatives of several time steps at once, (T, B, features): dc_da is ∂c/∂a."""
        q, dot_h, h = saved
        dh_ddot_h = -h / (dot_h + self.epsilon)
        dh_dread_S_q = 1 / (dot_h + self.epsilon)
        return dh_ddot_h, dh_dread_S_q, q

    def step_backward(
        self, d_states: Tensors, local: Tensors, p: Parameters
    ) -> tuple[Tensors, tuple[Tensor | None, ...]]:
        """One time step backwards: from the gradients of the states to those of the previous states.

        Returns these, and what ``gradients`` reads.
        """
        d_h, d_S_next, d_z_next = d_states
        dh_ddot_h, dh_dread_S_q, q = local
        d_dot_h = (d_h * dh_ddot_h).sum(-1, keepdim=True)
        d_read_S_q = d_h * dh_dread_S_q
        d_z = d_z_next + contract(self, ", key -> key", d_dot_h, q)
        d_S = d_S_next + contract(self, "hidden_size, key -> hidden_size key", d_read_S_q, q)
        d_h_prev = torch.zeros_like(d_h)
        d_S_prev = d_S
        d_z_prev = d_z
        return (d_h_prev, d_S_prev, d_z_prev), (d_dot_h, d_read_S_q, d_z, d_S)

    def gradients(
        self, kept: Tensors, summed: Tensors, p: Parameters, input_wanted: bool, parameters_wanted: bool
    ) -> tuple[Tensor | None, Parameters | None]:
        """The gradients of the input and of the parameters, from all time steps at once."""
        d_dot_h, d_read_S_q, d_z, d_S = kept
        x, a_q, elu_a_q, a_k, elu_a_k, k, v, S, z = summed
        d_v = contract(self, "hidden_size key, key -> hidden_size", d_S, k)
        d_k = d_z + contract(self, "hidden_size key, hidden_size -> key", d_S, v)
        d_elu_a_k = d_k
        d_a_k = torch.where(a_k > 0, d_elu_a_k, d_elu_a_k * (elu_a_k + 1))
        d_q = contract(self, "hidden_size, hidden_size key -> key", d_read_S_q, S) + contract(
            self, ", key -> key", d_dot_h, z
        )
        d_elu_a_q = d_q
        d_a_q = torch.where(a_q > 0, d_elu_a_q, d_elu_a_q * (elu_a_q + 1))
        d_a = torch.cat((d_a_q, d_a_k), -1)
        d_x = d_v @ p.weight_ih + d_a @ p.weight_i_key if input_wanted else None
        if not parameters_wanted:
            return d_x, None
        return d_x, Parameters(
            weight_ih=outer(d_v, x),
            bias_ih=total(d_v),
            weight_i_key=outer(d_a, x),
            bias_i_key=total(d_a),
        )


class LinearAttention(LinearAttentionEquations, MatrixStates, RecurrentLayer):
    """Linear attention over whole sequences.

    The arguments, calls and errors are those of ``torch.nn.LSTM``.

    Arguments:
        input_size: features of the input, I
        hidden_size: units, H
        key: a number of units
        num_layers: layers, each over the output of the one below; 1 by default
        epsilon: the constant epsilon; 1e-06 by default
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

    Call: ``output, (h, S, z) = layer(input, (h, S, z))``
        input: (T, B, I), (B, T, I) with batch_first, (T, I), or a PackedSequence
        output: of the same form, with D * H features
        h: (D * num_layers, B, H), without B for unbatched input; zero by default
        S: (D * num_layers, B, H, key), without B for unbatched input; zero by default
        z: (D * num_layers, B, key), without B for unbatched input; zero by default

    Parameters: those of ``Parameters``, followed by ``_l0``, ``_l1``, ... and by ``_reverse`` in the second direction
    """


class LinearAttentionCell(LinearAttentionEquations, MatrixStates, RecurrentCell):
    """Linear attention, one time step.

    The arguments, calls and errors are those of ``torch.nn.LSTMCell``.

    Arguments: input_size, hidden_size, key, bias, epsilon, device, dtype; as in ``LinearAttention``

    Call: ``(h, S, z) = cell(input, (h, S, z))``
        input: (B, I) or (I,)
        h: (B, H) or (H,); zero by default
        S: (B, H, key) or (H, key,); zero by default
        z: (B, key) or (key,); zero by default
    """


Layer, Cell = LinearAttention, LinearAttentionCell
